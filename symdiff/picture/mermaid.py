"""A drawing goes in; text for Mermaid, which GitHub draws in Markdown, comes out."""
import re

SHAPE = {"parameter": ("([", "])"), "input": ("([", "])"), "data": ("[/", "/]"), "operation": ("(", ")"),
         "fold": ("[[", "]]"), "output": ("(", ")")}
STYLE = {"parameter": "fill:#e3eefd,stroke:#2f6fd0,color:#1b2430", "input": "fill:#e3eefd,stroke:#2f6fd0,color:#1b2430",
         "data": "fill:#e2f4e8,stroke:#2a8a57,color:#1b2430", "operation": "fill:#f7f8fa,stroke:#97a3b4,color:#1b2430",
         "fold": "fill:#f0ebfb,stroke:#7a5bc7,color:#1b2430",
         "output": "fill:#fff0dc,stroke:#d9730d,color:#1b2430,stroke-width:3px"}


def mermaid(drawing):
    """The drawing as a flowchart.

    >>> from .drawing import Box, Drawing, name
    >>> print(mermaid(Drawing("t", "w", (Box("x", "input", name("x")),), ())))
    flowchart LR
      n1(["x"]):::input
      classDef input fill:#e3eefd,stroke:#2f6fd0,color:#1b2430
    <BLANKLINE>
    """
    key = {box.key: f"n{k}" for k, box in enumerate(drawing.boxes, 1)}
    lines = ["flowchart LR"]
    for box in drawing.boxes:
        before, after = SHAPE[box.kind]
        lines.append(f"  {key[box.key]}{before}{quoted(*box.lines)}{after}:::{box.kind}")
    for arrow in drawing.arrows:
        label = f"|{quoted(arrow.label.text)}|" if arrow.label else ""
        lines.append(f"  {key[arrow.source]} -->{label} {key[arrow.target]}")
    used = dict.fromkeys([box.kind for box in drawing.boxes])
    return "\n".join([*lines, *[f"  classDef {kind} {STYLE[kind]}" for kind in used], ""])


def quoted(*lines):
    """Lines of any text as a label: what Mermaid, Markdown or HTML would read is written as the number of its letter.

    >>> print(quoted('a < "b"', "2*x"))
    "a #60; #34;b#34;<br>2#42;x"
    """
    return '"' + "<br>".join(map(_escaped, lines)) + '"'


def _escaped(line):
    listed = re.match(r"\d+[.)]|[-+]", line)                      # what Markdown would read as an item of a list
    start = listed.end() if listed else 0
    return "".join([f"#{ord(c)};" for c in line[:start]] + list(map(_letter, line[start:])))


def _letter(c):
    if c.isalnum() or c in " .,:+-=()/[]" or ord(c) > 127 and c.isprintable():
        return c
    return f"#{ord(c)};" if c.isprintable() else " "

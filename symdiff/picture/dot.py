"""A drawing goes in; text in DOT, the language of Graphviz, comes out."""

SHAPE = {"parameter": 'shape=box, style="rounded,filled", color="#2f6fd0", fillcolor="#e3eefd"',
         "input": 'shape=box, style="rounded,filled", color="#2f6fd0", fillcolor="#e3eefd"',
         "data": 'shape=parallelogram, style=filled, color="#2a8a57", fillcolor="#e2f4e8"',
         "operation": 'shape=box, style="rounded,filled", color="#97a3b4", fillcolor="#f7f8fa"',
         "fold": 'shape=box3d, style=filled, color="#7a5bc7", fillcolor="#f0ebfb"',
         "output": 'shape=box, style="rounded,filled", penwidth=2.5, color="#d9730d", fillcolor="#fff0dc"'}


def dot(drawing):
    """The drawing as the text of a DOT file.

    >>> from .drawing import Box, Drawing, name
    >>> print(dot(Drawing("t", "w", (Box("x", "input", name("x")),), ())))
    digraph "t" {
      rankdir=LR;
      node [fontname="Times"];
      edge [fontname="Times", color="#7f8b9b"];
      n1 [label="x", shape=box, style="rounded,filled", color="#2f6fd0", fillcolor="#e3eefd"];
    }
    <BLANKLINE>
    """
    key = {box.key: f"n{k}" for k, box in enumerate(drawing.boxes, 1)}
    lines = [f"digraph {quoted(drawing.title)} {{", "  rankdir=LR;", '  node [fontname="Times"];',
             '  edge [fontname="Times", color="#7f8b9b"];']
    for box in drawing.boxes:
        lines.append(f"  {key[box.key]} [label={quoted(*box.lines)}, {SHAPE[box.kind]}];")
    for arrow in drawing.arrows:
        label = f" [label={quoted(arrow.label.text)}]" if arrow.label else ""
        lines.append(f"  {key[arrow.source]} -> {key[arrow.target]}{label};")
    return "\n".join([*lines, "}", ""])


def quoted(*lines):
    r"""Lines of any text as a string of DOT, in which \n is a new line.

    >>> print(quoted('a "b" \\ c', "d"))
    "a \"b\" \\ c\nd"
    """
    return '"' + r"\n".join(["".join(map(_letter, line)) for line in lines]) + '"'


def _letter(c):
    if c in '"\\':
        return "\\" + c
    # Graphviz reads entities of HTML in labels, so that & would change what follows it
    return "&amp;" if c == "&" else c if c.isprintable() else " "

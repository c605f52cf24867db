"""A drawing goes in; SVG that stands alone comes out: no script, no other file, light and dark as the reader has it."""
from html import escape

from .layout import layout
from .typeset import RISE, SIZE, fitted, width
from .typeset import words as runs_of_words

SERIF = "'STIX Two Text','Times New Roman',Times,'Liberation Serif','Nimbus Roman',serif"
SANS = "system-ui,'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"
HEAD, NOTE, LABEL = 17, 13.5, 13                # sizes of letters
LINE = 1.32                                     # distance of lines, of the size of letters
PAD, SIDE, FOOT = 9, 14, 8                      # inside of a box; between box and paper's edge; under the drawing
ONE, WIDEST = 230, 300                          # a name and its formula share a line up to this width; no line is wider
SLANT = 9                                       # of a data box
PILE = 4                                        # offset of the cards of a pile

# (light, dark): paper and ink; of each kind of box its paper, its edge, and the lines that leave it
PAPER, INK, FAINT = ("#ffffff", "#12161d"), ("#1b2430", "#e6eaf0"), ("#5b6675", "#9aa6b5")
FILL = {"parameter": ("#e3eefd", "#16304f"), "data": ("#e2f4e8", "#15392a"), "input": ("#e3eefd", "#16304f"),
        "operation": ("#f7f8fa", "#1d2430"), "fold": ("#f0ebfb", "#2b2346"),
        "output": ("#fff0dc", "#47300f")}
EDGE = {"parameter": ("#2f6fd0", "#6ea8ff"), "data": ("#2a8a57", "#5fcf95"), "input": ("#2f6fd0", "#6ea8ff"),
        "operation": ("#97a3b4", "#667387"), "fold": ("#7a5bc7", "#a78bfa"),
        "output": ("#d9730d", "#ffab4a")}
WIRE = {"parameter": ("#9dbfee", "#3d608f"), "data": ("#98cfb1", "#37715a"), "input": ("#9dbfee", "#3d608f"),
        "operation": ("#a9b4c2", "#566274"), "fold": ("#b9a8e6", "#5e4f91"),
        "output": ("#a9b4c2", "#566274")}
MARK = {"value": ("#0b6b58", "#5fd9c0"), "adjoint": ("#b3261e", "#ff9c8f"), "size": FAINT, "count": FAINT,
        "partial": ("#6b3fa0", "#c9adff")}
TITLES = {"parameter": "parameter", "data": "data", "input": "input", "operation": "intermediate",
          "fold": "several steps", "output": "output"}


def svg(drawing):
    """The drawing as the text of an SVG file."""
    sizes = [measured(box) for box in drawing.boxes]
    place = {box.key: k for k, box in enumerate(drawing.boxes)}
    edges = [(place[arrow.source], place[arrow.target]) for arrow in drawing.arrows]
    room = [width(arrow.label.runs, LABEL) + 34 if arrow.label else 0 for arrow in drawing.arrows]
    found = layout(sizes, edges, room)
    inner = [*_wires(drawing, edges, found), *[_box(box, size, at) for box, size, at
                                                in zip(drawing.boxes, sizes, found.boxes)],
             *_labels(drawing, found)]
    return page(drawing.title, drawing.words, inner, found.width, found.height, legend(drawing))


# -- the page ---------------------------------------------------------------------------------------------------------

def page(title, words, inner, wide, high, foot=()):
    """A whole SVG of the parts `inner`, which fill (0, 0) to (wide, high), over a row of (svg, width) as a legend."""
    row = sum([w + 22 for _, w in foot]) - 22
    full, across = max(wide, row) + 2*SIDE, 0
    parts = []
    for part, w in foot:
        parts.append(f'<g transform="translate({number(across)} 0)">{part}</g>')
        across += w + 22
    low = high + SIDE + FOOT + 14
    whole = low + (22 if foot else 0)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd-drawing" role="img" width="{number(full)}" '
        f'height="{number(whole)}" viewBox="0 0 {number(full)} {number(whole)}" font-family="{SERIF}" '
        f'aria-label="{text(title)}">',
        f"<title>{text(title)}</title>", f"<desc>{text(words)}</desc>", STYLE,
        f'<rect width="100%" height="100%" rx="10" {paint("fill", "paper")}/>',
        f'<g transform="translate({number((full - wide)/2)} {SIDE})">', *inner, "</g>",
        f'<g transform="translate({number((full - row)/2)} {number(low)})">' if parts else "<g>", *parts, "</g>",
        "</svg>\n"])


def number(x):
    """A length with one digit after the point at most."""
    return f"{x:.1f}".removesuffix(".0").replace("-0", "0") if abs(x) < 0.05 else f"{x:.1f}".removesuffix(".0")


def text(words):
    """Any text as XML holds it."""
    shown = "".join([c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in words])
    return escape(shown)


COLOURS = {"paper": PAPER, "ink": INK, "faint": FAINT}
for group, pairs in (("fill", FILL), ("edge", EDGE), ("wire", WIRE), ("mark", MARK)):
    COLOURS |= {f"{group}-{what}": pair for what, pair in pairs.items()}


def paint(attribute, colour):
    """The attribute in its light colour, and the class that gives the dark one."""
    return f'{attribute}="{COLOURS[colour][0]}" class="{attribute[0]}-{colour}"'


def both(fill, stroke):
    """Fill and stroke, in light and dark."""
    return f'fill="{COLOURS[fill][0]}" stroke="{COLOURS[stroke][0]}" class="f-{fill} s-{stroke}"'


STYLE = ("<style>@media (prefers-color-scheme: dark) {"
         + "".join([f".sd-drawing .f-{name}{{fill:{dark}}}.sd-drawing .s-{name}{{stroke:{dark}}}"
                    for name, (_, dark) in COLOURS.items()]) + "}</style>")


def written(runs, x, y, size, colour="ink", anchor="middle", weight="", family=""):
    """One line of letters; y is the line they stand on."""
    out, level = [], 0.0
    for run in runs:
        rise = RISE[run.shift]*size
        step = "" if rise == level else f' dy="{number(level - rise)}"'
        small = f' font-size="{number(size*SIZE[run.shift])}"' if run.shift else ""
        slanted = ' font-style="italic"' if run.slanted else ""
        plain = not (step or small or slanted)
        out.append(text(run.text) if plain else f"<tspan{step}{small}{slanted}>{text(run.text)}</tspan>")
        level = rise
    weight = f' font-weight="{weight}"' if weight else ""
    family = f' font-family="{family}"' if family else ""
    return (f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"{weight}{family} '
            f'{paint("fill", colour)}>{"".join(out)}</text>')


# -- boxes ------------------------------------------------------------------------------------------------------------

def _rows(box):
    """[(runs, size, role)]: the lines of a box as they are drawn."""
    equals = runs_of_words(" = ")
    name, body = box.name.runs, box.body.runs if box.body else ()
    if body and width((*name, *equals, *body), HEAD) <= ONE:
        rows = [((*name, *equals, *body), HEAD, "ink")]
    elif body:
        rows = [(fitted(runs, HEAD, WIDEST), HEAD, "ink") for runs in ((*name, *runs_of_words(" =")), body)]
    else:
        rows = [(fitted(name, HEAD, WIDEST), HEAD, "ink")]
    return rows + [(fitted(line.runs, NOTE, WIDEST), NOTE, f"mark-{line.role}") for line in box.notes]


def measured(box):
    """(width, height) of a box, with the cards behind it."""
    rows = _rows(box)
    wide = max([width(runs, size) for runs, size, _ in rows]) + 2*PAD + 6
    high = sum([size*LINE for _, size, _ in rows]) + 2*PAD - 4
    if box.kind == "data":
        wide += 2*SLANT
    if box.kind in ("parameter", "input"):
        wide += 8
    pile = 2*PILE if box.copies > 1 else 0
    return max(wide, 40) + pile, high + pile


def shape(kind, x, y, wide, high, copies=1):
    """The outline of a box whose middle is (x, y)."""
    thick = 2.6 if kind == "output" else 1.5
    look = f'{both(f"fill-{kind}", f"edge-{kind}")} stroke-width="{thick}"'
    if kind == "data":
        left, right, top, foot = (x - wide/2, x + wide/2, y - high/2, y + high/2)
        points = [(left + SLANT, top), (right, top), (right - SLANT, foot), (left, foot)]
        return (f'<path d="M{" L".join(f"{number(a)} {number(b)}" for a, b in points)} Z" stroke-linejoin="round" '
                f'{look}/>')
    round_ = high/2 if kind in ("parameter", "input") and high < 40 else 16 if kind in ("parameter", "input") else 8
    out, inner = "", (wide, high)
    if copies > 1:
        inner = wide - 2*PILE, high - 2*PILE
        for k in (2, 1):
            out += _rect(x - wide/2 + k*PILE, y - high/2 + (2 - k)*PILE, *inner, round_, look)
        return out + _rect(x - wide/2, y - high/2 + 2*PILE, *inner, round_, look)
    return _rect(x - wide/2, y - high/2, wide, high, round_, look)


def _rect(x, y, wide, high, radius, look):
    return (f'<rect x="{number(x)}" y="{number(y)}" width="{number(wide)}" height="{number(high)}" '
            f'rx="{number(radius)}" {look}/>')


def _box(box, size, at):
    (wide, high), (x, y) = size, at
    pile = PILE if box.copies > 1 else 0
    rows = _rows(box)
    line = y + pile - sum([s*LINE for _, s, _ in rows])/2
    parts = []
    for runs, s, colour in rows:
        line += s*LINE
        weight = "600" if box.kind == "output" and colour == "ink" else ""
        parts.append(written(runs, x - pile, line - s*0.34, s, colour, weight=weight))
    whole = "&#10;".join(map(text, box.lines))
    return f'<g><title>{whole}</title>{shape(box.kind, x, y, wide, high, box.copies)}{"".join(parts)}</g>'


# -- arrows -----------------------------------------------------------------------------------------------------------

def _wires(drawing, edges, found):
    """One line with its branches for each box that others use, and the heads of its arrows."""
    ends = {}
    for e, (u, _) in enumerate(edges):
        ends.setdefault(u, []).append(found.ends[e])
    for u, branches in ends.items():
        kind = drawing.boxes[u].kind
        way, heads = [_line(found.trunks[u])], []
        for start, end, stop in branches:
            way.append(f"M{_point(start)}{_curve(start, end)}H{number(stop[0] - 5)}")
            x, y = stop
            heads.append(f"M{number(x - 0.5)} {number(y)}l-7.5 -3.6v7.2z")
        look = f'fill="none" stroke="{WIRE[kind][0]}" class="s-wire-{kind}" stroke-width="1.6"'
        yield f'<path d="{"".join(way)}" {look}/>'
        yield f'<path d="{"".join(heads)}" {paint("fill", f"wire-{kind}")}/>'


def _line(points):
    """A trunk: level lines and curves in turn."""
    (x, y), (end, _) = points[:2]
    out = [f"M{number(x - SLANT)} {number(y)}H{number(end)}"]
    for k in range(2, len(points), 2):
        out.append(f"{_curve(points[k - 1], points[k])}H{number(points[k + 1][0])}")
    return "".join(out)


def _curve(start, end):
    """A curve that leaves and arrives level."""
    (a, b), (c, d) = start, end
    if abs(b - d) < 0.1:
        return f"H{number(c)}"
    bend = (c - a)*0.5
    return f"C{number(a + bend)} {number(b)} {number(c - bend)} {number(d)} {_point(end)}"


def _point(at):
    return f"{number(at[0])} {number(at[1])}"


def _labels(drawing, found):
    for arrow, (start, end, _) in zip(drawing.arrows, found.ends):
        if arrow.label is not None:
            x, y = (start[0] + end[0])/2, (start[1] + end[1])/2
            wide = width(arrow.label.runs, LABEL) + 6
            yield (f'<g><title>{text(arrow.label.text)}</title>'
                   f'{_rect(x - wide/2, y - 9, wide, 18, 5, paint("fill", "paper"))}'
                   f'{written(arrow.label.runs, x, y + 4.2, LABEL, "mark-partial")}</g>')


# -- the legend -------------------------------------------------------------------------------------------------------

def legend(drawing):
    """[(svg, width)]: what the shapes and the colours of letters mean, of those that are drawn."""
    used = {box.kind for box in drawing.boxes}
    out = []
    for kind in [kind for kind in TITLES if kind in used]:
        words = runs_of_words(TITLES[kind])
        out.append((shape(kind, 13, 0, 26, 14) + _said(words, 33), 33 + _breadth(words)))
    for role, runs in drawing.marks:
        out.append((written(runs, 0, 4, 12.5, f"mark-{role}", "start", family=SANS), _breadth(runs)))
    return out


def _said(runs, x):
    return written(runs, x, 4, 12.5, "faint", "start", family=SANS)


def _breadth(runs):
    return width(runs, 12.5)*1.16                          # letters without serifs are wider

"""A network goes in; its anatomy as SVG comes out: columns of circles, inputs on the left, lines from each to each."""
import math

from .svg import both, number, page, paint, text, written
from .typeset import Run, named, typeset, width, words

RADIUS, PITCH, COLUMN, ROW = 17, 46, 150, 34    # of circles; from circle to circle, column to column, block to block
MOST, FIRST = 8, 3                              # circles of a block that are all drawn; of a folded one before the ⋮
DEEP, AHEAD, BEHIND = 9, 3, 2                   # columns that are all drawn; of a deep network before and after the …
CAPTION, SMALL, LINE = 15, 13, 18               # sizes of letters; distance of lines
KIND = {"input": "data", "hidden": "fold", "output": "output"}          # colours as those of boxes
CURVES = {
    "sigmoid": lambda t: 2/(1 + math.exp(-5*t)) - 1, "tanh": lambda t: math.tanh(3*t), "ReLU": lambda t: max(t, 0),
    "leaky ReLU": lambda t: max(t, 0.2*t), "softplus": lambda t: math.log1p(math.exp(5*t))/5,
    "swish": lambda t: t/(1 + math.exp(-6*t)), "ELU": lambda t: t if t > 0 else (math.exp(4*t) - 1)/4,
    "GELU": lambda t: t*(1 + math.erf(3*t))/2, "sin": lambda t: math.sin(4*t), "cos": lambda t: math.cos(4*t),
    "step": lambda t: (t > 0)*1.6 - 0.8, "exp": lambda t: math.exp(3*t - 3)*2 - 1, "erf": lambda t: math.erf(3*t),
    "Φ": lambda t: math.erf(2.2*t), "arctan": lambda t: math.atan(5*t)*0.65, "softsign": lambda t: 3.2*t/(1 + 3*abs(t)),
    "hard sigmoid": lambda t: min(max(2*t, -0.9), 0.9), "": lambda t: t,
}


def anatomy(network, title, described):
    """The SVG of a network."""
    columns, left_out = _columns(network)
    places = _Places(columns, bool(left_out))
    parts = [*_lines(network, places), *_arcs(network, places), *(_gap(left_out, places, network) if left_out else ())]
    for block in places.top:
        parts += _circles(block, places)
        parts += _caption(block, places, network)
    parts += _weights(network, places)
    high = max(places.caption.values()) + 2.4*LINE
    lowest = min([top - RADIUS for top in places.top.values()]
                 + [places.arc(link) for link in _skips(network, places)]) - 14
    moved = f'<g transform="translate({number(places.margin)} {number(-lowest)})">'
    return page(title, described, [moved, *parts, "</g>"], places.wide + 2*places.margin, high - lowest)


def _columns(network):
    """(the columns of blocks that are drawn, the blocks left out of a deep network)."""
    columns = {}
    for block in network.blocks:
        columns.setdefault(block.column, []).append(block)
    columns = [columns[k] for k in sorted(columns)]
    if len(columns) <= DEEP:
        return columns, []
    return columns[:AHEAD] + columns[-BEHIND:], [b for column in columns[AHEAD:-BEHIND] for b in column]


class _Places:
    """Where circles stand.

    x, top, foot, caption  of each block that is drawn: the middle of its circles, the first one, the last, its words
    column                 the place of its column among those drawn
    gap, middle            where the dots for what is left out stand
    """

    def __init__(self, columns, has_gap):
        self.x, self.top, self.foot, self.column, self.caption = {}, {}, {}, {}, {}
        self.margin = 62
        stacked = any([len(column) > 1 for column in columns])
        between = ROW + stacked*(CAPTION + 3*LINE + 10)                # stacked blocks have their captions between them
        tall = [sum(map(_height, column)) + (len(column) - 1)*between for column in columns]
        x = 0
        for k, (column, height) in enumerate(zip(columns, tall)):
            if has_gap and k == AHEAD:
                self.gap = x
                x += COLUMN
            y = (max(tall) - height)/2
            for block in column:
                self.x[block], self.top[block], self.column[block] = x, y, k
                self.foot[block] = y + _height(block)
                self.caption[block] = (self.foot[block] if stacked else max(tall)) + RADIUS + 10 + CAPTION
                y += _height(block) + between
            x += COLUMN
        self.wide, self.middle = x - COLUMN, max(tall)/2

    def circles(self, block):
        """[(x, y, index)]: the circles; the index is None for the last one of a folded block."""
        count, folded = _shown(block)
        rows = [(self.x[block], self.top[block] + k*PITCH, k) for k in range(count)]
        if folded:
            rows.append((self.x[block], self.top[block] + (count + 1)*PITCH, None))
        return rows

    def arc(self, link):
        """How high an arc rises."""
        spans = abs(self.column[link.target] - self.column[link.source])
        return min(self.top[link.source], self.top[link.target]) - RADIUS - 16 - 14*spans


def _shown(block):
    """(circles before the ⋮, is there a ⋮?)."""
    whole = isinstance(block.size, int) and block.size <= MOST
    return (block.size, False) if whole else (FIRST, True)


def _height(block):
    count, folded = _shown(block)
    return (count - 1 + 2*folded)*PITCH


def _skips(network, places):
    """The links that are drawn as arcs: they pass columns, or add values."""
    return [link for link in network.links if link.source in places.x and link.target in places.x
            and (link.weights is None or link.target.column != link.source.column + 1)]


def _full(network, places):
    return [link for link in network.links if link.source in places.x and link.target in places.x
            and link.weights is not None and link.target.column == link.source.column + 1]


# -- lines ------------------------------------------------------------------------------------------------------------

def _lines(network, places):
    for link in _full(network, places):
        way = []
        for a, b, _ in places.circles(link.source):
            for c, d, _ in places.circles(link.target):
                way.append(f"M{number(a)} {number(b)}L{number(c)} {number(d)}")
        yield f'<path d="{"".join(way)}" fill="none" stroke-width="1" {paint("stroke", "wire-operation")}/>'


def _arcs(network, places):
    for link in _skips(network, places):
        a, c = places.x[link.source], places.x[link.target]
        b, d, top = (places.top[link.source] - RADIUS, places.top[link.target] - RADIUS, places.arc(link))
        bend = (c - a)*0.2
        look = 'fill="none" stroke-width="1.6" stroke-dasharray="5 4" ' + paint("stroke", "edge-parameter")
        yield (f'<path d="M{number(a)} {number(b)}C{number(a + bend/3)} {number(top)} {number(a + bend)} {number(top)} '
               f'{number(a + 2*bend)} {number(top)}H{number(c - 2*bend)}C{number(c - bend)} {number(top)} '
               f'{number(c - bend/3)} {number(top)} {number(c)} {number(d - 6)}" {look}/>')
        yield f'<path d="M{number(c)} {number(d)}l-4 -8h8z" {paint("fill", "edge-parameter")}/>'
        label = words("+") if link.weights is None else _listed(link.weights)
        yield _label(label, (a + c)/2, top)


def _weights(network, places):
    """The names of the weights over the highest of their lines."""
    for link in _full(network, places):
        x = (places.x[link.source] + places.x[link.target])/2
        first, last = places.top[link.source], places.top[link.target]
        label = _listed(link.weights)
        clear = min(abs(first - last)/COLUMN*width(label, SMALL)/2, 40)
        yield _label(label, x, (first + last)/2 - 14 - clear)


def _listed(names, most=3):
    runs = ()
    for k, name in enumerate(names[:most]):
        runs += (words(", ") if k else ()) + (named(name) if len(name) <= 14 else words(name[:12] + "…"))
    return runs + (words(", …") if len(names) > most else ())


def _label(runs, x, y):
    wide = width(runs, SMALL) + 8
    return (f'<rect x="{number(x - wide/2)}" y="{number(y - 9)}" width="{number(wide)}" height="18" rx="5" '
            f'{paint("fill", "paper")}/>{written(runs, x, y + 4.2, SMALL, "mark-partial")}')


# -- blocks -----------------------------------------------------------------------------------------------------------

def _circles(block, places):
    kind = KIND[block.kind]
    curve = CURVES.get(block.function) if block.kind != "input" else None
    for x, y, index in places.circles(block):
        thick = 2.4 if block.kind == "output" else 1.5
        parts = [f'<circle cx="{number(x)}" cy="{number(y)}" r="{RADIUS}" stroke-width="{thick}" '
                 f'{both(f"fill-{kind}", f"edge-{kind}")}/>']
        name = _name(block, index)
        if block.kind == "input" and width(name, CAPTION) <= 2*RADIUS - 4:
            parts.append(written(name, x, y + 4.6, CAPTION))
        elif curve is not None:
            points = [(x + 11*t/10, y - 8*curve(t/10)) for t in range(-10, 11)]
            shown = " ".join([f"{number(a)},{number(b)}" for a, b in points])
            parts.append(f'<polyline points="{shown}" fill="none" stroke-width="1.6" stroke-linejoin="round" '
                         f'{paint("stroke", f"edge-{kind}")}/>')
        title = "".join([run.text for run in name])
        yield f'<g><title>{text(title)}</title>{"".join(parts)}</g>'
    if _shown(block)[1]:
        x, y = places.x[block], places.top[block] + FIRST*PITCH
        yield "".join([_dot(x, y + k*8, 1.9) for k in (-1, 0, 1)])


def _dot(x, y, radius):
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{radius}" {paint("fill", "faint")}/>'


def _name(block, index):
    """The runs of one node's name: x with a lowered 1."""
    if block.members:
        return named(block.members[index if index is not None else -1])
    name = block.name or {"input": "x", "hidden": "h", "output": "y"}[block.kind]
    name = name.lower() if len(name) == 1 else name
    place = str(block.size if index is None else index + 1)
    if block.size == 1:
        return named(name)
    runs = named(name)
    return (*runs[:-1], runs[-1]._replace(text=runs[-1].text + "," + place)) if runs[-1].shift < 0 else \
        (*runs, Run(place, False, -1))


def _caption(block, places, network):
    hidden = [b for b in network.blocks if b.kind == "hidden"]
    alone = len([b for b in network.blocks if b.kind == block.kind]) == 1
    title = f"hidden layer {hidden.index(block) + 1}" if block.kind == "hidden" and not alone else f"{block.kind} layer"
    lines = [(words(title), SMALL, "faint"), (said(block), CAPTION, "ink")]
    if block.function:
        lines.append((typeset(block.function) if "z" in block.function else words(block.function), SMALL, "mark-value"))
    y = places.caption[block]
    for runs, size, colour in lines:
        yield written(runs, places.x[block], y, size, colour)
        y += LINE


def said(block):
    """The runs of what a block holds and how many nodes: h₁: 16 nodes."""
    name = block.name if len(block.name) <= 12 else block.name[:10] + "…"
    front = (*(named(name) if len(block.name) <= 12 else words(name)), *words(": ")) if name else ()
    noun = "input" if block.kind == "input" else "node"
    return (*front, *typeset(str(block.size)), *words(f" {noun}{'' if block.size == 1 else 's'}"))


def _gap(left_out, places, network):
    """The dots for the columns that are not drawn, and what they are; lines that begin and end there."""
    x, y = places.gap, places.middle
    way, hidden = [], set(left_out)
    leading = {b for link in network.links for b in (link.source, link.target) if {link.source, link.target} & hidden}
    for block in places.x:
        if abs(places.x[block] - x) == COLUMN and block in leading:
            for a, b, _ in places.circles(block):
                way.append(f"M{number(a)} {number(b)}L{number(a + 0.45*(x - a))} {number(b + 0.3*(y - b))}")
    yield f'<path d="{"".join(way)}" fill="none" stroke-width="1" {paint("stroke", "wire-operation")}/>'
    yield "".join([_dot(x + k*14, y, 3) for k in (-1, 0, 1)])
    functions, sizes = {b.function for b in left_out}, {b.size for b in left_out}
    lines = [(words(f"{len(left_out)} more layers"), SMALL, "faint")]
    if len(sizes) == 1:
        lines.append(((*typeset(str(left_out[0].size)), *words(" nodes each")), CAPTION, "ink"))
    if len(functions) == 1 and left_out[0].function:
        lines.append((words(left_out[0].function), SMALL, "mark-value"))
    at = max(places.caption.values())
    for runs, size, colour in lines:
        yield written(runs, x, at, size, colour)
        at += LINE

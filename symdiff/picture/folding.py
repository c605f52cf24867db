"""A drawing of many boxes goes in; one of few comes out: boxes that belong together are drawn as one.

    named     what leads to a named equation becomes one box with its name and its formula
    repeated  steps, or layers, that repeat one after the other become one box, "× 28"
    bands     what is left is cut from left to right into bands with as many steps each

Every group is such that no way leaves it and comes back, so that the folded drawing has no circles either: its steps
follow each other in the order of the drawing, or lead to one step, or have depths that no other step has.
"""
import heapq
import re
from collections import Counter
from dataclasses import replace

from .drawing import Arrow, Line, plain
from .ranks import neighbours
from .typeset import words

MANY, FEW = 60, 40              # boxes above which a drawing is folded; how many it then has at most, where that can be
PERIOD, REPEATED = 12, 4        # steps of the longest pattern that is looked for; how often it must stand there
INPUTS = ("parameter", "data", "input")
BANDS, SHOWN = 12, 3            # bands of what has no other structure; operations that are counted on a box of them


def folded(drawing, titles, most=FEW):
    """The drawing folded until it has at most `most` boxes; titles: {key of a named box: its formula as a Line}."""
    if titles:
        drawing = _merged(drawing, _named(drawing, titles))
    if len(drawing.boxes) > most:
        drawing = _merged(drawing, _repeated(drawing))
        drawing = _merged(drawing, _piles(drawing, repeated=True))
    if len(drawing.boxes) > most:
        drawing = _merged(drawing, _bands(drawing, most))
        drawing = _merged(drawing, _piles(drawing))
    return drawing


class _Graph:
    """The boxes of a drawing by their places; the places of those that are no inputs."""

    def __init__(self, drawing):
        self.boxes = drawing.boxes
        place = {box.key: k for k, box in enumerate(self.boxes)}
        self.edges = [(place[arrow.source], place[arrow.target]) for arrow in drawing.arrows]
        self.before, self.after = neighbours(len(self.boxes), self.edges)
        self.steps = [k for k, box in enumerate(self.boxes) if box.kind not in INPUTS]


def _merged(drawing, groups):
    """The drawing with one box for each of the groups, (places, box)."""
    graph = _Graph(drawing)
    box, home = dict(enumerate(graph.boxes)), list(range(len(graph.boxes)))
    for places, made in groups:
        for k in places:
            home[k] = places[-1]
        box[places[-1]] = made
    arrows = {}
    for (u, v), arrow in zip(graph.edges, drawing.arrows):
        if home[u] != home[v]:
            alone = (home[u], home[v]) not in arrows and (u, v) == (home[u], home[v])
            arrows[home[u], home[v]] = Arrow(box[home[u]].key, box[home[v]].key, arrow.label if alone else None)
    return replace(drawing, boxes=tuple([box[k] for k in _in_order(sorted(set(home)), arrows)]),
                   arrows=tuple(arrows.values()))


def _in_order(places, edges):
    """The places, each after those that lead to it; else as they are."""
    missing, after = dict.fromkeys(places, 0), {}
    for u, v in edges:
        missing[v] += 1
        after.setdefault(u, []).append(v)
    ready = [k for k in places if not missing[k]]
    while ready:
        k = heapq.heappop(ready)
        yield k
        for v in after.get(k, ()):
            missing[v] -= 1
            if not missing[v]:
                heapq.heappush(ready, v)


def _inside(boxes):
    """((operation, how often), …) of several boxes, the most frequent first."""
    count = Counter()
    for box in boxes:
        count.update(dict(box.inside))
    return tuple(sorted(count.items(), key=lambda pair: (-pair[1], pair[0])))


def _steps(inside):
    total = sum([count for _, count in inside])
    return f"{total} step{'s' if total > 1 else ''}"


def _counted(inside):
    """75 steps / 30 ·, 24 +, …"""
    most = ", ".join([f"{count} {word}" for word, count in inside[:SHOWN]])
    return plain("count", _steps(inside)), plain("count", most + (", …" if len(inside) > SHOWN else ""))


def _from_to(boxes):
    """The Line of the first name, …, the last name."""
    first, last = boxes[0].name, boxes[-1].name
    return Line("head", f"{first.text} … {last.text}", (*first.runs, *words(" … "), *last.runs))


def _common(boxes, role):
    """The lines of a role, where all boxes have the same."""
    lines = {tuple([line for line in box.notes if line.role == role]) for box in boxes}
    return lines.pop() if len(lines) == 1 else ()


# -- named equations --------------------------------------------------------------------------------------------------

def _named(drawing, titles):
    """Groups that lead to a named box, or to the end; what leads to two named boxes belongs to the first."""
    graph = _Graph(drawing)
    head, groups = {}, {}
    for k in reversed(graph.steps):
        own = graph.boxes[k].key in titles or not graph.after[k]
        head[k] = k if own else min([head[user] for user in graph.after[k]])
    for k in graph.steps:
        groups.setdefault(head[k], []).append(k)
    for k, places in groups.items():
        box, inside = graph.boxes[k], _inside([graph.boxes[p] for p in places])
        box = replace(box, body=titles.get(box.key, box.body))    # what it names may stand in another box
        if len(places) > 1:
            box = replace(box, kind="output" if box.kind == "output" else "fold", inside=inside,
                          notes=(*box.notes, plain("count", _steps(inside))))
        yield places, box


# -- repetition -------------------------------------------------------------------------------------------------------

def _repeated(drawing):
    """Groups of patterns of steps that repeat one after the other; the first and the last one stay as they are."""
    graph = _Graph(drawing)
    signs, loose = _signs(graph)
    same = _same(signs)
    at = 0
    while at < len(signs):
        period, count = max([(p, run[at]//p + 1) for p, run in same.items()], key=lambda found: found[0]*found[1])
        if count < REPEATED:
            at += 1
            continue
        at = _start(graph, at, period)
        count = same[period][at]//period + 1
        first = at if at >= period and loose[at - period:at] == loose[at:at + period] else at + period
        end = at + period*(count - 1)
        yield _pattern(graph, graph.steps[first:end], period)
        at = end + period


def _start(graph, at, period):
    """Where the pattern begins: at a step that reads inputs after one that does not, where it has such."""
    reads = [any([graph.boxes[u].kind in INPUTS for u in graph.before[k]]) for k in graph.steps[at:at + period + 1]]
    return at + next((k for k in range(1, period + 1) if reads[k] and not reads[k - 1]), 0) % period


def _pattern(graph, places, period):
    boxes = [graph.boxes[k] for k in places]
    ends, body = boxes[period - 1::period], boxes[0].body if period == 1 else None
    times = plain("count", f"× {len(ends)}, {_steps(boxes[0].inside)} each" if period == 1 else
                  f"× {len(ends)}: {', '.join([word for box in boxes[:min(period, 5)] for word, _ in box.inside])}"
                  + (", …" if period > 5 else ""))
    if body is not None:
        body = Line("head", body.text + ", …", (*body.runs, *words(", …")))
    return places, replace(boxes[-1], kind="fold", name=_from_to(boxes), body=body, inside=_inside(boxes),
                           notes=(*_common(ends, "size"), times), copies=len(ends))


def _signs(graph):
    """(what each step does, whatever the names in it, with how far back its operands stand; the same without that)."""
    called = {box.name.text for box in graph.boxes}
    place = {k: i for i, k in enumerate(graph.steps)}
    full, loose = [], []
    for i, k in enumerate(graph.steps):
        box = graph.boxes[k]
        shape = re.sub(r"[^\W\d]\w*", lambda found: "#" if found[0] in called else found[0], box.body.text)
        shape = re.sub(r"\[[\d:, ]*\]", "[#]", shape)           # X[3], X[4]: which entry may differ
        back = [min(i - place[u], 3*PERIOD) if u in place else 0 for u in graph.before[k]]
        loose.append((shape, box.kind, box.inside))
        full.append((shape, box.kind, box.inside, tuple(back)))
    return full, loose


def _same(signs):
    """{period: [how many steps in a row, from each on, are as the step one period later]}."""
    known = {sign: k for k, sign in enumerate(dict.fromkeys(signs))}
    numbers = [known[sign] for sign in signs]
    found = {}
    for period in range(1, PERIOD + 1):
        run = [0]*(len(signs) + 1)
        for k in range(len(signs) - period - 1, -1, -1):
            run[k] = run[k + 1] + 1 if numbers[k] == numbers[k + period] else 0
        found[period] = run
    return found


# -- inputs -----------------------------------------------------------------------------------------------------------

def _piles(drawing, repeated=False):
    """Groups of inputs with the same users; `repeated`: those that a repeated pattern reads, by how they are called."""
    graph = _Graph(drawing)
    groups = {}
    for k, box in enumerate(graph.boxes):
        users = graph.after[k]
        if box.kind in INPUTS and (not repeated or [graph.boxes[u].copies > 1 for u in users] == [True]):
            stem = re.sub(r"[\d₀-₉]+$", "", box.name.text) if repeated else ""
            groups.setdefault((box.kind, tuple(users), stem), []).append(k)
    for places in groups.values():
        if len(places) > 1:
            boxes = [graph.boxes[k] for k in places]
            count = sum([box.copies for box in boxes])
            yield places, replace(boxes[-1], name=_from_to(boxes), copies=count,
                                  notes=(*_common(boxes, "size"), plain("count", f"× {count}")))


# -- bands ------------------------------------------------------------------------------------------------------------

def _bands(drawing, most):
    """Groups of steps of neighbouring depths: the parts of a band that hang together, or where these are many all."""
    graph = _Graph(drawing)
    inner = [k for k in graph.steps if graph.boxes[k].kind != "output"]
    depth = {}
    for k in graph.steps:
        depth[k] = max([depth.get(u, -1) for u in graph.before[k]], default=-1) + 1
    inner.sort(key=lambda k: (depth[k], k))
    bands, each = {}, max(2, -(-len(inner)//BANDS))
    cut = [0]                                                     # the band of each depth
    for k in inner:
        while len(cut) <= depth[k]:
            cut.append(cut[-1] + (len(bands.get(cut[-1], ())) >= each))
        bands.setdefault(cut[depth[k]], []).append(k)
    parts = [part for band in bands.values() for part in _connected(graph, sorted(band))]
    for places in parts if len(parts) <= most else [sorted(band) for band in bands.values()]:
        if len(places) > 1:
            boxes = [graph.boxes[k] for k in places]
            inside = _inside(boxes)
            yield places, replace(boxes[-1], kind="fold", name=_from_to(boxes), body=None, inside=inside,
                                  notes=_counted(inside))


def _connected(graph, places):
    """The places in parts that edges between them connect."""
    left = dict.fromkeys(places)
    while left:
        part = [next(iter(left))]
        del left[part[0]]
        for k in part:                                            # grows while it is walked
            near = [u for u in (*graph.before[k], *graph.after[k]) if u in left]
            part += near
            for u in near:
                del left[u]
        yield sorted(part)

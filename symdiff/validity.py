"""Outputs of a graph and what they are differentiated by go in; the places where the derivative does not hold come out.

Each primitive says where it has no derivative (its kinks) and where its value ends (its limits); here that is said of
the formulas that stand in its place.  Left out are places that the known ranges of values rule out (1 + exp(x) is never
0), and those that the branch in which they stand rules out (the log in where(x > 0, log(x), 0)).
"""
from dataclasses import dataclass, replace

import sympy as sp

from .document.blocks import Document, Items, Paragraph
from .document.formulas import Equal
from .document.shown import Shown
from .graph import order
from .instantiate import substitute
from .language import Array
from .passes.ranges import Range, Ranges
from .primitives.build import compare
from .primitives.contraction import is_movement
from .primitives.leaf import CONSTANT, INPUT, constant, number
from .primitives.record import Elementwise, Y
from .primitives.scan import SCAN
from .write import write

RELATIONS = {sp.Equality: "eq", sp.Unequality: "ne", sp.StrictLessThan: "lt", sp.LessThan: "le",
             sp.StrictGreaterThan: "gt", sp.GreaterThan: "ge"}
OPPOSITE = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
LOGIC = frozenset(("and", "or", "not"))
MOST = 60                               # places that are printed
EVERYWHERE = "It holds at every point: the formula has no kinks, and its domain has no ends."
ENTRYWISE = "Of an array one entry is enough."


@dataclass(frozen=True)
class Place:
    """Where the derivative does not hold.

    where     inline text: formulas and words, ("x = 0",)
    formula   what stands there
    what      "has a kink", or what happens: "division by zero"
    returned  what the derivative (at a kink) or the value (at a limit) is there
    limit     is it an end of the domain, or a kink?
    arrays    is it about the entries of an array?
    by        the operand whose derivative it is about, where it is about one of several
    """
    where: tuple
    formula: object
    what: str
    returned: str
    limit: bool = False
    arrays: bool = False
    by: object = None

    @property
    def sentence(self):
        """All of it as inline text."""
        if self.limit:
            return (*self.where, f": {self.what} in ", self.formula, f"; the value there is {self.returned}")
        derivative = ("the derivative by ", self.by) if self.by is not None else ("the derivative",)
        return (*self.where, ": ", self.formula, f" {self.what}; ", *derivative, f" there is {self.returned}")

    def __str__(self):
        return "".join([" = ".join(map(str, w.parts)) if isinstance(w, Equal) else str(w) for w in self.sentence])


class Validity(Shown):
    """The places where a derivative does not hold, in the order of the formula; empty where it holds everywhere.

    >>> from symdiff.derivation import derivation
    >>> print(derivation("log(x)*abs(x - a)", "x").validity)
    x < 0: log of a negative number in log(x); the value there is nan
    x = 0: log of zero in log(x); the value there is -inf
    x = a: Abs(x - a) has a kink; the derivative there is 0, the subgradient of least norm
    """

    def __init__(self, places):
        self.places = tuple(places)

    def __iter__(self):
        return iter(self.places)

    def __len__(self):
        return len(self.places)

    @property
    def blocks(self):
        """What is printed, as blocks of a document."""
        if not self.places:
            return [Paragraph(EVERYWHERE)]
        items = [one.sentence for one in self.places[:MOST]]
        items += [f"… and {len(self.places) - MOST} more"]*(len(self.places) > MOST)
        return [Items(tuple(items)), *[Paragraph(ENTRYWISE)]*any(one.arrays for one in self.places)]

    def document(self):
        """The places as a Document."""
        return Document("Where it holds", tuple(self.blocks))

    def __str__(self):
        return "\n".join(map(str, self.places)) or EVERYWHERE

    __repr__ = __str__


def validity(outputs, wrt, symbols, typed=None):
    """The Validity of the derivatives of some nodes.

    outputs   nodes
    wrt       the input nodes that they are differentiated by
    symbols   {node: the user's symbol for it}
    typed     (the nodes as they were typed, their symbols), where the outputs are what was made of them: the places are
              those of the formula as typed that are left, since choices and quotients of rewrites are none of the user's
    """
    made = _Places(outputs, wrt, symbols)
    if typed is None:
        return Validity(dict.fromkeys(made.written()))
    first = _Places(typed[0], wrt, typed[1])
    return Validity(dict.fromkeys(_left(first, made)))


def _left(first, made):
    """Of the places of a formula as typed those that what was made of it has, too, at the same inputs: as typed, with what
    is returned there now.  Of loops all that was made."""
    typed, now = list(first.all()), list(made.all())
    known = {(one.where, one.limit) for one in typed}
    others = [one for one in now if (one.where, one.limit) not in known]
    found = []
    for one in typed:
        same = [p for p in now if (p.where, p.limit) == (one.where, one.limit)]
        near = [p for p in same or others if p.limit == one.limit and _leaves(p) & _leaves(one)]
        returned = {p.returned for p in near if p.what == one.what}
        if same and not returned:
            found += [(made, p) for p in same]
        elif returned or any(p.limit for p in near):
            found.append((first, replace(one, returned=returned.pop()) if len(returned) == 1 else one))
    found += [(made, one) for one in others if not _leaves(one)]
    written = {places: iter(places.written([one for where, one in found if where is places])) for places in (first, made)}
    return [next(written[places]) for places, _ in found]


def _leaves(place):
    """The inputs that the condition of a place is about; none of what is said of a loop."""
    parts = [f for w in place.where for f in (w.parts if isinstance(w, Equal) else (w,)) if type(f) is _Formula]
    return {node for node in order(tuple([f.node for f in parts])) if node.op is INPUT}


@dataclass(frozen=True)
class _Formula:
    """A node that is to be written; `own`: what it is, not the name that the user gave it."""
    node: object
    own: bool = False


class _Places:
    """The places of one graph."""

    def __init__(self, outputs, wrt, symbols):
        self.nodes, self.symbols = order(outputs), symbols
        self.active = set(wrt)
        for node in self.nodes:
            if not self.active.isdisjoint(node.inputs):
                self.active.add(node)
        self.moved = {node for node in self.nodes if node.op is INPUT}
        for node in self.nodes:
            if not self.moved.isdisjoint(node.inputs):
                self.moved.add(node)
        self.users = {}
        for node in self.nodes:
            for k, i in enumerate(node.inputs):
                self.users.setdefault(i, []).append((node, k))
        self.flowing = set(outputs)                             # nodes that are more than compared
        for node in reversed(self.nodes):
            if node in self.flowing and not getattr(node.op, "boolean", False):
                self.flowing.update(node.inputs)
        self.guards = self._guards(outputs)
        self.choices = _of_choices(self.nodes)
        self.ranges = {frozenset(): Ranges(self.choices)}

    def written(self, places=None):
        """The places, or some of them, with their formulas, all written at once."""
        places = list(self.all()) if places is None else places
        asked = {f for one in places for f in (*one.where, one.formula, one.by) for f in getattr(f, "parts", (f,))
                 if type(f) is _Formula}
        own = {f for f in asked if f.own and f.node in self.symbols}
        rest = [f for f in asked if f not in own]
        forms = dict(zip(rest, write([f.node for f in rest], self.symbols))) if rest else {}
        forms |= {f: write(f.node, {n: s for n, s in self.symbols.items() if n is not f.node}) for f in own}

        def put(form):
            return Equal(tuple(map(put, form.parts))) if isinstance(form, Equal) else forms.get(form, form) \
                if type(form) is _Formula else form

        return [replace(one, where=tuple(map(put, one.where)), formula=put(one.formula), by=put(one.by))
                for one in places]

    def all(self):
        """The places, node by node."""
        for node in self.nodes:
            if node.op is SCAN:
                yield from self._in_a_loop(node)
            elif isinstance(node.op, Elementwise):
                yield from self._of_an_entry(node)
            else:
                yield from self._of_a_block(node)

    # -- kinds of nodes -------------------------------------------------------------------------------------------

    def _of_an_entry(self, node):
        op, nodes = node.op, node.inputs
        moving = {k for k, i in enumerate(nodes) if i in self.active}
        if op.name in OPPOSITE:
            yield from self._edges(node) if moving else ()
            return
        for limit in op.limits:
            yield from self._place(node, limit.where, limit.what, limit.returned, limit=True)
        if op.name == "select":
            if 0 in moving and not getattr(nodes[0].op, "boolean", False):
                yield from self._place(node, sp.Eq(op.args[0], 0), "changes its branch", "that of the branch taken")
            return
        for kink in op.kinks if node in self.flowing and not op.boolean else ():
            if moving if kink.of is None else moving.intersection(kink.of):
                by = None if kink.of is None or len(moving) < 2 else self._said(nodes[kink.of[0]])
                yield from self._place(node, kink.where, "has a kink", kink.convention, by=by)

    def _of_a_block(self, node):
        moving = any(i in self.active for i in node.inputs)
        for one in (*getattr(node.op, "limits", ()), *(getattr(node.op, "kinks", ()) if moving else ())):
            before, after = one.where.split("{0}")
            where = (*[before]*bool(before), self._said(node.inputs[0]), after)
            if hasattr(one, "returned"):
                yield Place(where, _Formula(node, True), one.what, one.returned, True)
            else:
                yield Place(where, _Formula(node, True), "has a kink", one.convention)

    def _edges(self, node):
        """Where a comparison changes: choices change their branch, and as a number it jumps."""
        where = sp.Eq(*node.op.args)
        choices, others = [], False
        stack = [node]
        while stack:
            for user, k in self.users.get(stack.pop(), ()):
                if user.op.name == "select" and k == 0:
                    choices.append(user)
                elif user.op.name in LOGIC or is_movement(user):
                    stack.append(user)
                else:
                    others = True
        for choice in dict.fromkeys(choices):
            yield from self._place(node, where, "changes its branch", "that of the branch taken", choice)
        if others or not choices:
            yield from self._place(node, where, "jumps", "0, as on both sides")

    def _in_a_loop(self, node):
        body = node.op is SCAN and node.attributes[0]
        moving = [p for p, i in zip(body.parameters, node.inputs) if i in self.active]
        if moving:
            names = {p: Array(p.attributes[0], *p.sizes) for p in body.parameters}
            for one in _Places(body.outputs, [*body.carry, *moving], names).written():
                yield replace(one, where=("in a step of the loop, ", *one.where))

    # -- places ---------------------------------------------------------------------------------------------------

    def _place(self, node, condition, what, returned, shown=None, limit=False, by=None):
        """The Place of a condition in the arguments of a node, unless it never holds."""
        args = dict(zip(node.op.args, node.inputs)) | {Y: node}
        condition = condition.xreplace({arg: n for arg, i in args.items() for n in [_number(i)] if n is not None})
        if not any(args[s] in self.moved for s in condition.free_symbols) and condition.free_symbols:
            return                                              # of numbers and lengths of axes alone
        guards = self.guards[shown or node]
        where = self._condition(condition, args, self._ranges(guards))
        if where is not None:
            words = (*where, *[" where its branch is taken"]*(bool(guards) and guards not in self.ranges))
            yield Place(words, _Formula(shown or node, True), what, returned, limit, bool(node.sizes), by)

    def _condition(self, condition, args, ranges):
        """The condition as inline text; None where it never holds."""
        if condition in (sp.true, sp.false):
            return ("everywhere",) if condition is sp.true else None
        if isinstance(condition, (sp.And, sp.Or)):
            parts = [self._condition(one, args, ranges) for one in sorted(condition.args, key=sp.default_sort_key)]
            if isinstance(condition, sp.And) and None in parts:
                return None
            word, parts = " and " if isinstance(condition, sp.And) else " or ", [p for p in parts if p is not None]
            return tuple([w for k, part in enumerate(parts) for w in (*[word]*bool(k), *part)]) or None
        kind, (left, right) = RELATIONS[condition.func], condition.args
        if kind in ("eq", "ne") and right == sp.floor(left):
            return self._said(_node(left, args)), " is a whole number" if kind == "eq" else " is no whole number"
        kind, left, right = _balanced(kind, _node(left, args), _node(right, args))
        if left is right:
            return ("everywhere",) if kind in ("eq", "le", "ge") else None
        return self._relation(kind, left, right) if _possible(kind, ranges(left), ranges(right)) else None

    def _relation(self, kind, left, right):
        if kind == "eq":
            return Equal((self._said(left), self._said(right))),
        if kind == "ne":
            return self._said(left), " is not ", self._said(right)
        return _Formula(compare(kind, left, right)),

    def _said(self, node):
        n = _number(node)
        return _Formula(node) if n is None else n

    # -- branches -------------------------------------------------------------------------------------------------

    def _guards(self, outputs):
        """{node: the conditions that hold wherever it is used, {(condition, whether it is true)}}."""
        found = dict.fromkeys(outputs, frozenset())
        for node in reversed(self.nodes):
            own = found[node]
            for k, i in enumerate(node.inputs):
                here = own | {(node.inputs[0], k == 1)} if node.op.name == "select" and k else own
                found[i] = found[i] & here if i in found else here
        return found

    def _ranges(self, guards):
        """What is known of values where some conditions hold; kept only where all that they say is used."""
        if guards in self.ranges:
            return self.ranges[guards]
        known, whole = dict(self.choices), True
        for condition, holds in guards:
            for node, span in _told(condition, holds):
                known[node] = _both(known.get(node) or self.ranges[frozenset()](node), span)
            whole = whole and bool(_told(condition, holds))
        made = Ranges(known)
        if whole:
            self.ranges[guards] = made
        return made


def _both(a, b):
    """What two ranges of one node say together."""
    return Range(max(a.low, b.low), min(a.high, b.high), a.nonzero or b.nonzero)


def _of_choices(nodes):
    """{choice: its Range}, where its condition tells more of its branches: where(abs(x) < 1, 1, x) is never 0."""
    known, plain = {}, Ranges()
    for node in nodes:
        if node.op.name == "select":
            spans = []
            for branch, holds in zip(node.inputs[1:], (True, False)):
                span = plain(branch)
                for one, told in _told(node.inputs[0], holds):
                    span = _both(span, told) if one is branch else span
                spans.append(span)
            a, b = spans
            known[node] = Range(min(a.low, b.low), max(a.high, b.high), a.nonzero and b.nonzero)
    return known


def _told(condition, holds):
    """[(node, Range)] that a condition on a node and a number tells, true or false."""
    name = condition.op.name
    if is_movement(condition):
        return []
    if name == "not":
        return _told(condition.inputs[0], not holds)
    if name == ("and" if holds else "or"):
        parts = [_told(i, holds) for i in condition.inputs]
        return [one for part in parts for one in part] if all(parts) else []
    if name not in OPPOSITE:
        return [(condition, Range(nonzero=True) if holds else Range(0.0, 0.0))]*(name not in LOGIC)
    kind, left, right = _balanced(name if holds else OPPOSITE[name], *condition.inputs)
    if right.op is not CONSTANT:
        return []
    n = number(right)
    low, high = (n if kind in ("gt", "ge", "eq") else -sp.oo), (n if kind in ("lt", "le", "eq") else sp.oo)
    nonzero = n == 0 and kind in ("gt", "lt", "ne") or n > 0 and kind in ("gt", "ge") or n < 0 and kind in ("lt", "le")
    told = [(left, Range(float(low), float(high), nonzero))]
    if left.op.name == "abs":
        told.append((left.inputs[0], Range(-float(high), float(high), nonzero)))
    return told


def _number(node):
    """The number that a node is, also where it is repeated; None where it is none."""
    if is_movement(node) and len(node.inputs) == 1 and len(set(node.attributes[1])) == len(node.sizes):
        node = node.inputs[0]
    if node.op is not CONSTANT:
        return None
    return sp.S.Zero if isinstance(node.attributes[0], str) else node.attributes[0]


def _node(side, args):
    """A side of a relation as a node."""
    if side.free_symbols:
        symbols = tuple([arg for arg in args if arg in side.free_symbols])
        return substitute(side, symbols, [args[arg] for arg in symbols])
    return constant(side, next(iter(args.values())).sizes)


def _balanced(kind, left, right):
    """The relation with numbers on the right, and as little as can be on the left."""
    while True:
        if left.op is CONSTANT and right.op is not CONSTANT:
            kind, left, right = MIRRORED[kind], right, left
        name, n = left.op.name, _number(right)
        if n is None or name not in _OPENED:
            return kind, left, right
        numbers = [_number(i) for i in left.inputs]
        if name == "neg":
            kind, left, right = MIRRORED[kind], left.inputs[0], constant(-n, right.sizes)
        elif name == "sub" and n == 0:
            left, right = left.inputs
        elif name == "add" and (numbers[0] is None) != (numbers[1] is None):
            k = int(numbers[0] is not None)
            left, right = left.inputs[k], constant(n - numbers[1 - k], right.sizes)
        elif name == "mul" and (numbers[0] is None) != (numbers[1] is None):
            k = int(numbers[0] is not None)
            kind, left = (kind if numbers[1 - k] > 0 else MIRRORED[kind]), left.inputs[k]
            right = constant(n/numbers[1 - k], right.sizes)
        elif kind == "eq" and n == 0 and _is_zero_with_its_first(left):
            left = left.inputs[0]
        else:
            return kind, left, right


_OPENED = frozenset(("sub", "add", "neg", "mul", "abs", "pow", "sqrt", "cbrt", "sinh", "tanh", "relu"))


def _is_zero_with_its_first(node):
    """Is the value 0 where its first operand is, and nowhere else?"""
    if node.op.name == "pow":
        return (_number(node.inputs[1]) or 0) > 0
    return node.op.name in ("abs", "sqrt", "cbrt", "sinh", "tanh") or node.op.name == "mul" and len(set(node.inputs)) == 1


def _possible(kind, a, b):
    """Can the relation hold between values of these ranges?"""
    apart = b.low == b.high == 0 and a.nonzero
    if kind == "eq":
        return a.low <= b.high and b.low <= a.high and not apart
    if kind in ("lt", "gt"):
        return a.low < b.high if kind == "lt" else a.high > b.low
    if kind in ("le", "ge"):
        return (a.low <= b.high and not (apart and a.low >= 0) if kind == "le"
                else a.high >= b.low and not (apart and a.high <= 0))
    return not a.low == a.high == b.low == b.high

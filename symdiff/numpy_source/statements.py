"""Expressions go in; lines of code come out, one formula each, and the code of what is returned.

What is used several times and costs something is computed once, under a name; long formulas are cut.  By a stack and
in the order of the shared graph, so that neither depth nor sharing costs anything.
"""

from ..language.core import TRUTH, Node
from ..language.printing.plan import ATOM, Plan, Shown
from ..language.printing.sharing import PROBABILITIES, letter

WIDE, SHORT = 88, 12                            # characters of a formula at most; of one that is typed twice
CHEAP = frozenset(["transpose", "index", "eye", "broadcast_to", "reshape", "iota"])


class Statements:
    """Lines made so far; `fragments` {expression: its code}."""

    def __init__(self, style, names):
        self.style, self.names = style, names
        self.lines, self.fragments = [], {}
        self.costly = set()                     # expressions whose code calls a function or multiplies matrices

    def add(self, roots):
        """The code of the roots; lines are made for what they need."""
        order, plans = self.planned(roots)
        uses = _uses(order, plans, roots)
        for e in order:
            kind, parts, notes = plans[e]
            if isinstance(e, Node) and e.op == "scan":
                self.step(e)
            shown = self.cut(Plan(kind, e, (), notes, False), parts)
            if kind == "node" and not _is_cheap(e) or any(p in self.costly for p in parts):
                self.costly.add(e)
            self.fragments[e] = shown
            if uses[e] > 1 and self.repays(e, kind):
                self.assign(e)
            elif _is_probability(e) and e not in roots and len(shown.text) > SHORT:
                self.assign(e)
        return [self.fragments[e] for e in roots]

    def define(self, target, body, name):
        """A line for an equation, under the name of its left side."""
        code, = self.add([body])
        self.lines.append(f"{name} = {self.style.number(code).text}")
        self.fragments[target] = Shown(name, ATOM, expr=target)
        if isinstance(body, Node):
            self.fragments[body] = self.fragments[target]
            self.costly.discard(body)

    def returned(self, roots):
        """The code of the outputs; where they are too long together, of each the name of a line."""
        self.add(roots)
        if len(roots) > 1 and sum([len(self.fragments[e].text) for e in roots]) > WIDE:
            for e in dict.fromkeys(roots):
                if not self.fragments[e].text.isidentifier():
                    self.assign(e)
        return [self.style.number(self.fragments[e]).text for e in roots]

    def step(self, e):
        """The lines of a function that is the step of a loop."""
        body, name, own = e.attributes[0], self.names.new("step"), {}
        for p in (*body.carry, *body.xs, *body.free):
            own[p] = p.name if p.name not in self.names.taken else self.names.new(p.name)
        before, self.style.parameters = self.style.parameters, own
        inner = Statements(self.style, self.names)
        returned = ", ".join(inner.returned(body.outputs))
        self.style.parameters, self.style.steps[e] = before, name
        comma = "," if len(body.outputs) == 1 else ""
        self.lines += [f"def {name}({', '.join(own.values())}):",
                       *["    " + line for line in (*inner.lines, f"return {returned}{comma}")]]

    def planned(self, roots):
        """The expressions not yet written, parts first, and their plans."""
        order, plans, stack = [], {}, [*reversed(roots)]
        seen = set(self.fragments)
        while stack:
            e = stack[-1]
            if e in seen:
                stack.pop()
                continue
            if e not in plans:
                plans[e] = self.style.plan(e)
            waiting = [p for p in plans[e][1] if p not in seen]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                seen.add(stack.pop())
                order.append(e)
        return order, plans

    def cut(self, plan, parts):
        """The code of one expression; where it is too long its longest parts get names."""
        while True:
            shown = getattr(self.style, plan.kind)(plan, [self.fragments[p] for p in parts])
            if len(shown.text) <= WIDE:
                return shown
            longest = max(parts, key=lambda p: len(self.fragments[p].text), default=None)
            if longest is None or len(self.fragments[longest].text) <= SHORT:
                return shown
            self.assign(longest)

    def assign(self, e, name=None):
        """A line that gives the code of an expression a name."""
        name = name or self.names.new(letter(e))
        self.lines.append(f"{name} = {self.fragments[e].text}")
        self.fragments[e] = Shown(name, ATOM, expr=e)
        self.costly.discard(e)

    def repays(self, e, kind):
        """Is it worth a line of its own, where it is used twice?"""
        if kind in ("leaf", "minus") or self.fragments[e].text.isidentifier():
            return False
        return e in self.costly or len(self.fragments[e].text) > SHORT


def _uses(order, plans, roots):
    """{expression: how often it would be written, all others being written once}; a sign or .T is written through."""
    uses = dict.fromkeys(order, 0)
    for e in roots:
        if e in uses:
            uses[e] += 1
    for e in reversed(order):
        kind, parts, _ = plans[e]
        through = kind == "minus" or isinstance(e, Node) and e.op == "transpose"
        for p in parts:
            if p in uses:
                uses[p] += uses[e] if through else 1
    return uses


def _is_cheap(e):
    """Is the function or word nothing to compute?"""
    op = e.op if isinstance(e, Node) else type(e)
    return op in CHEAP or op in TRUTH


def _is_probability(e):
    return (e.op if isinstance(e, Node) else type(e)) in PROBABILITIES

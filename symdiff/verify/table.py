"""A table of claimed partials goes in; one Question for each comes out, and the derivative that the chain rule makes of
all of them."""
import re
from dataclasses import dataclass

from .. import derive, passes
from ..errors import ArgumentError
from ..graph import Node, order, rebuild, same
from ..language import Array
from ..primitives.build import plus, times
from ..primitives.leaf import constant, input as input_node
from ..tidy import tidy
from ..write import write
from .question import Question

QUOTIENT = re.compile(r"\s*[d∂]?\s*(.+?)\s*/\s*[d∂]?\s*(.+?)\s*$")


@dataclass(frozen=True, eq=False)
class Link:
    """One claimed partial: ∂top/∂bottom, nodes, the Question whether it is right, and the right one in print."""
    top: Node
    bottom: Node
    question: Question
    right: object


def links(setting, pairs):
    """A Link for each pair (name, claimed partial): names as "ξ₄", "ξ₄/ξ₃" or ("ξ₄", "ξ₃")."""
    named = [(*_ends(setting, name), name, setting.claim(partial)) for name, partial in pairs]
    mentioned = {node for top, bottom, *_ in named for node in (top, bottom) if node is not None}
    out = []
    for top, bottom, name, claim in named:
        own = set(setting.equations.values())
        steps = own if top in own or own and top is setting.formula else set(setting.known.values())
        cut = _Cut(top, (steps | mentioned) - {top}, setting.wrt)
        bottom = cut.one(setting, name) if bottom is None else bottom
        if bottom not in cut.leaves:
            raise ArgumentError(f"{setting.called(top)} does not depend on {setting.called(bottom)} directly.",
                                known=", ".join(map(setting.called, cut.leaves)), do="name a partial of the table.")
        out.append(Link(top, bottom, *cut.question(setting, bottom, claim)))
    return out


def _ends(setting, name):
    """(top, bottom or None), nodes, of a partial's name."""
    parts = name if isinstance(name, tuple) else (name,)
    parts = [part if isinstance(part, str) else str(part) for part in parts]
    found = [setting.step(part) for part in parts]
    if len(parts) == 1 and found[0] is None:
        quotient = QUOTIENT.match(parts[0])
        parts = list(quotient.groups()) if quotient else parts
        found = [setting.step(part) for part in parts]
    if None in found or len(parts) not in (1, 2):
        raise ArgumentError(f"nothing is called {parts[found.index(None)] if None in found else name}.",
                            known=", ".join([*setting.known][:30]), do='name partials as "ξ₄", "ξ₄/ξ₃", ("p", "h").')
    return found[0], found[1] if len(found) == 2 else None


class _Cut:
    """A node in the intermediates that stand right below it.

    leaves  {intermediate or wrt: the leaf that stands for it}, those that depend on wrt
    """

    def __init__(self, top, steps, wrt):
        standing = [n for n in order([top]) if n in steps | {wrt}]
        stand = {n: input_node(f"step {k}", n.sizes) for k, n in enumerate(standing)}
        self.wrt, self.back = wrt, {leaf: n for n, leaf in stand.items()}
        self.local = rebuild((top,), lambda n, inputs: stand[n] if n in stand and n is not top else same(n, inputs))[0]
        active = {wrt}
        for n in order([top]):
            if not active.isdisjoint(n.inputs):
                active.add(n)
        held = set(order([self.local]))
        self.leaves = {n: leaf for n, leaf in stand.items() if leaf in held and n in active}
        self.top = top

    def one(self, setting, name):
        """The only intermediate that it depends on."""
        if len(self.leaves) != 1:
            known = ", ".join(map(setting.called, self.leaves)) or "nothing"
            raise ArgumentError(f"{name} depends on {known}: say in which the partial is.",
                                do='name it as a quotient: "L/p", or as a pair: ("L", "p").')
        return next(iter(self.leaves))

    def whole(self, node):
        """The node with the intermediates themselves for their leaves."""
        return rebuild((node,), lambda n, inputs: self.back.get(n) or same(n, inputs))[0]

    def question(self, setting, bottom, claim):
        """(Question whether the claim is ∂top/∂bottom, the other intermediates held; that partial in their names)."""
        partial, = derive.jacobian(self.local, [self.leaves[bottom]])
        truth = self.whole(partial)
        short, = tidy(passes.run((partial,), (passes.fold,))[0], [self.local])
        names = {leaf: Array(setting.called(n), *n.sizes) if n.inputs else setting.symbols[n]
                 for leaf, n in self.back.items()}
        result = Array(setting.called(self.top), *self.top.sizes)
        return Question(self.top, bottom, claim, (), truth, False, setting.symbols, setting.named(), result), \
            write(short, {**setting.symbols, **names})


def chained(setting, found):
    """The derivative by the chain rule: claimed partials where there are any, right ones elsewhere; None for arrays."""
    claimed = {(link.top, link.bottom): link.question.claim for link in found}
    tops = {link.top for link in found} | {link.bottom for link in found} | {setting.formula}
    slope = {setting.wrt: constant(1)}
    for top in [n for n in order([setting.formula]) if n in tops and n is not setting.wrt]:
        cut = _Cut(top, tops - {top}, setting.wrt)
        total = None
        for bottom, leaf in cut.leaves.items():
            partial = claimed.get((top, bottom))
            if partial is None:
                partial = cut.whole(derive.jacobian(cut.local, [leaf])[0])
            if partial.sizes or slope.get(bottom, partial).sizes:
                return None
            if bottom in slope:
                total = plus(total, times(partial, slope[bottom]))
        if total is not None:
            slope[top] = total
    return slope.get(setting.formula, constant(0))


"""Steps go in; every graph that the table prints or computes with comes out, in the leaves that stand for the steps.

What is accumulated along the chain, ∂L/∂ξ backward and dξ/dw forward, is kept in closed form as long as that is short.
"""
from functools import reduce

from ..derive import jvp
from ..primitives.build import plus
from ..primitives.leaf import constant
from . import forms


class Graphs:
    """The graphs of a derivation.

    edges     [(step, leaf)]: the step depends on what the leaf stands for
    partials  {edge: ∂step/∂leaf}, as derived; None where it has more than two axes
    pulled    {edge: what the step gives to ∂L/∂leaf}
    printed, printed_wide, given     {edge: the partial as printed; in the inputs; the pullback as printed}
    wide      {leaf of a step: its definition in the inputs, None where that is long}
    closed    {leaf: ∂L/∂leaf as printed, None where that is long}, backward
    slopes    {(leaf, w): d leaf/dw as printed, None where that is long}, forward, for a scalar w
    """

    def __init__(self, steps, wrt, named, reverse):
        self.steps, self.known = steps, {}
        self.edges = [(step, leaf) for step in steps for leaf in step.by]
        self.typed = [step.local for step in steps]
        self.partials = self._per_edge(forms.folded([p for step in steps for p in forms.partials(step)], self.typed))
        self.pulled = self._per_edge(forms.folded([p for step in steps for p in forms.contributions(step)], self.typed))
        self.printed = self._per_edge(forms.simple(list(self.partials.values()), self.typed))
        self.given = self._per_edge(forms.simple(list(self.pulled.values()), self.typed))
        self.wide = self._wide(steps)
        wider = [None if g is None else forms.expanded(g, self.wide, self.known) for g in self.printed.values()]
        self.printed_wide = self._per_edge(forms.simple(wider, [g for g in self.wide.values() if g is not None]))
        self.unnamed = self._wide([step for step in steps if step.node not in named])
        self.closed = self._short(self._backward()) if reverse else {}
        self.slopes = {} if reverse else self._short(self._forward([w for w in wrt if not w.sizes]))

    def _per_edge(self, values):
        return dict(zip(self.edges, values))

    def _wide(self, steps):
        """{leaf: its definition with the definitions of all of `steps` put in, None where that is long}."""
        wide = {}
        for step in steps:
            wide[step.leaf] = forms.expanded(step.local, wide, self.known)
        return wide

    def _backward(self):
        """{leaf: ∂L/∂leaf in leaves, or None where it is long}: sums of what the later steps give."""
        arrived, found = {self.steps[-1].leaf: [constant(1)]}, {}
        for step in reversed(self.steps):
            bar = found[step.leaf] = self._sum(arrived.get(step.leaf, []))
            for leaf in step.by:
                part = None
                if bar is not None:
                    part = forms.substituted(self.given[step, leaf], {step.bar: bar, step.local: step.leaf})
                arrived.setdefault(leaf, []).append(part)
        return found | {leaf: self._sum(parts) for leaf, parts in arrived.items() if leaf not in found}

    def _forward(self, wrt):
        """{(leaf, w): d leaf/dw in leaves, or None where it is long}."""
        found = {(v, w): constant(int(v is w)) for v in wrt for w in wrt}
        for step in self.steps:
            by = [leaf for leaf in step.by]
            for w in wrt:
                dots = [found.get((leaf, w)) for leaf in by]
                total = None if None in dots else jvp((step.local,), by, dots)[0]
                found[step.leaf, w] = self._sum([total])
        return found

    def _sum(self, parts):
        """The sum, None where a part is None or it is long."""
        if not parts or None in parts:
            return None
        total, = forms.simple([reduce(plus, parts)])
        return total if forms.length(total, self.known) <= forms.LONGEST else None

    def _short(self, found):
        """In the inputs and the user's names where that is short, else in leaves."""
        full = [None if g is None else forms.expanded(g, self.unnamed, self.known, forms.WIDEST) for g in found.values()]
        typed = [g for g in self.wide.values() if g is not None]
        short = [g if g is not None and forms.length(g, self.known) <= forms.LONGEST else None
                 for g in forms.simple(full, typed)]
        return {key: g if wide is None else wide for (key, g), wide in zip(found.items(), short)}

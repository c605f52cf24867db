"""A Judge and an asked point go in; the Samples on which the verdict rests come out."""
from dataclasses import replace

import numpy as np

from ..derivation import numbers
from ..evaluate import bind_sizes, evaluate
from ..primitives.leaf import INPUT
from .judge import cost
from .points import Points, inputs_of

MOST, FEWEST, BUDGET = 120, 8, 200_000          # points; operations in all
ENOUGH, PATIENCE, BATCH = 10, 240, 24           # points that must be judged; others tried for that
JUDGED = ("agree", "wrong", "undefined")
NEARBY, AROUND = 6, 1e-3


def samples(judge, asked, most=MOST):
    """Samples at the asked point (first, if there is one) and at as many others as there is time for."""
    q = judge.question
    nodes = (q.formula, q.claim, q.truth, *q.factors, *([q.wrt] if q.wrt.op is INPUT else []))
    points = Points(nodes, q.symbols)
    plan = points.plan(FEWEST if judge.rough else int(min(most, max(FEWEST, BUDGET//cost(q)))))
    found = [judge.sample(one) for one in ([asked] if asked is not None else []) + plan]
    tried, enough = 0, FEWEST if judge.rough else ENOUGH
    while sum(s.kind in JUDGED for s in found) < enough and tried < PATIENCE and points.inputs:
        seen = [(s.values, s.lengths) for s in found if s.kind in JUDGED]
        found += [judge.sample(one) for one in points.more(seen, BATCH)]
        tried += BATCH
    return [_hole(judge, s, points.rng) if s.kind == "undefined" else s for s in found]


def answer(found):
    """Is the claim right at every point that can be judged, and at one at least?"""
    kinds = {s.kind for s in found}
    return "agree" in kinds and not {"wrong", "undefined"} & kinds


def _hole(judge, sample, rng):
    """The sample, as a "hole" where the claim is right all around a point at which it has no value: along the variable,
    or in all directions."""
    for moving in ([judge.question.wrt.attributes[0]], list(sample.values)):
        kinds = set()
        for _ in range(NEARBY):
            values = {n: v + (n in moving)*AROUND*(np.abs(v) + 0.1)*rng.normal(size=v.shape)
                      for n, v in sample.values.items()}
            kinds.add(judge.sample((values, sample.lengths)).kind)
        if "agree" in kinds and not {"undefined", "wrong"} & kinds:
            return replace(sample, kind="hole")
    return sample


# -- the asked point ---------------------------------------------------------------------------------------------------

class _Names:
    """Inputs by name, as symdiff.derivation.numbers asks for them."""

    def __init__(self, inputs):
        self.inputs = inputs

    def node(self, key):
        return self.inputs[_called(key)]


def point(question, at):
    """({name: array}, {size symbol: int}) from {name or symbol: value}, of all inputs; None for None.

    Where wrt is a part of the formula, either its own value is given, or those of the inputs it is made of.  Names that
    the formula lacks are let be.
    """
    if at is None:
        return None
    wanted = inputs_of((question.formula, question.claim, *([question.wrt] if question.wrt.op is INPUT else [])))
    own, above = question.wrt.attributes[:1], {}
    if question.origin is not None and not any(_called(key) in own for key in getattr(at, "keys", tuple)()):
        above = inputs_of((question.origin,))
        wanted = {**{name: node for name, node in wanted.items() if node is not question.wrt}, **above}
    if hasattr(at, "items"):
        at = {key: value for key, value in at.items() if _called(key) in wanted}
    given = {node.attributes[0]: np.asarray(value if isinstance(value, np.ndarray) else float(value), dtype=np.float64)
             for node, value in numbers.point(at, _Names(wanted)).items()}
    if above:
        given[own[0]] = evaluate([question.origin], given)[0]
    lengths = bind_sizes({name: (node.sizes, given[name].shape) for name, node in wanted.items()})
    return given, lengths


def _called(key):
    """The name of a key, which is a name or a symbol."""
    return key if isinstance(key, str) else str(getattr(key, "label", None) or getattr(key, "name", key))

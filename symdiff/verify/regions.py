"""Samples go in; where a claim is right comes out, when it is right somewhere only: "x > 0", "A is symmetric"."""
import mpmath as mp
import numpy as np

from ..graph import order
from ..lengths import bind
from ..primitives.build import elementwise
from ..primitives.leaf import INPUT, is_constant
from .judge import numbers
from ..precise import Beyond

ENOUGH, FEW = 5, 3                      # samples on either side; of a kind made for the purpose
MOST_PARTS = 40


def region(question, samples):
    """(part, word) such that the claim is right where the part is so, and nowhere else; None where no such is found.

    The part is a node; the word "> 0", "< 0", "≥ 0", …, or "holds" or "does not hold" of a condition.
    """
    good = [s for s in samples if s.kind == "agree" and _telling(s)]
    bad = [s for s in samples if s.kind in ("wrong", "undefined")]
    if len(good) < ENOUGH or not bad:
        return None
    parts = _parts(question)
    here, there = [[_values(question, parts, s) for s in some] for some in (good, bad)]
    for word, holds in WORDS.items():
        for k, part in enumerate(parts):
            condition = getattr(part.op, "boolean", False)
            fits = condition == (word in CONDITIONS) and (condition or len(bad) >= ENOUGH)
            if fits and all(holds(v[k]) for v in here) and not any(holds(v[k]) for v in there):
                return part, word
    return None


def _telling(sample):
    """Is the derivative not 0 there?  (Where it is, many a wrong claim is right.)"""
    return any(v and mp.isfinite(v) for v in sample.true.flat)


def _whole(test):
    return lambda array: array is not None and all(not mp.isnan(x) and test(x) for x in array.flat)


WORDS = {"> 0": _whole(lambda x: x > 0), "< 0": _whole(lambda x: x < 0), "≥ 0": _whole(lambda x: x >= 0),
         "≤ 0": _whole(lambda x: x <= 0), "> 1": _whole(lambda x: x > 1), "< 1": _whole(lambda x: x < 1),
         "holds": _whole(lambda x: x != 0), "does not hold": _whole(lambda x: x == 0)}
CONDITIONS = ("holds", "does not hold")


def _parts(question):
    """What a region may be told by: inputs, then parts of claim, derivative and formula."""
    nodes = order((question.claim, question.truth, question.formula))
    inputs = [n for n in nodes if n.op is INPUT]
    parts = [n for n in nodes if n.inputs and not n.sizes]
    edges = [elementwise("sub", *n.inputs) for n in parts if n.op.name.startswith(("maximum", "minimum"))
             and not any(is_constant(i, 0) for i in n.inputs)]
    return (inputs + edges + parts)[:MOST_PARTS]


def _values(question, parts, sample):
    try:
        return numbers(question, parts, sample)
    except Beyond:
        return [None]*len(parts)


# -- kinds of inputs ---------------------------------------------------------------------------------------------------

def _symmetric(a):
    return a + np.swapaxes(a, -1, -2)


def _diagonal(a):
    return a*np.eye(a.shape[-1])


def _binary(a):
    """Zeros and ones, as they come."""
    return np.floor(np.abs(a)*7) % 2


MATRICES, ANY = {"symmetric": _symmetric, "diagonal": _diagonal}, {"0 or 1": _binary}


def kinds(judge, samples):
    """(input node, word) such that the claim is right where that input is so: "symmetric", "diagonal", "0 or 1"."""
    base = [s for s in samples if s.kind in ("wrong", "undefined", "agree")][:12]
    for node in [n for n in order((judge.question.claim, judge.question.truth)) if n.op is INPUT]:
        made_so = {**(MATRICES if _square(node, base) else {}), **(ANY if node is not judge.question.wrt else {})}
        for word, made in made_so.items():
            if _right_there(judge, base, node.attributes[0], made):
                return node, word
    return None


def _right_there(judge, base, name, made):
    tried = []
    for s in base:
        tried.append(judge.sample(({**s.values, name: made(s.values[name])}, s.lengths)))
        if tried[-1].kind in ("wrong", "undefined"):
            return False
    return sum(s.kind == "agree" and _telling(s) for s in tried) >= FEW


def _square(node, base):
    if len(node.sizes) < 2:
        return False
    rows, columns = node.sizes[-2:]
    return all(bind(rows, s.lengths) == bind(columns, s.lengths) for s in base)

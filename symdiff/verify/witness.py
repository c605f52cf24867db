"""A Question and Samples go in; an error comes out if the derivative that the claim was judged by is itself in doubt.

The reference (symdiff.reference) differentiates the same formula by ways that share no rule with the chain rule here.
"""
import mpmath as mp
import numpy as np

from ..errors import SymdiffError, UnknownForm
from ..graph import order
from ..language import Array, substitute
from ..primitives.leaf import INPUT
from ..reference import oracle
from ..reference.tape import Tape
from ..write import write

POINTS, MODERATE = 3, 100.0
FINE, ROUGH = mp.mpf(10)**-20, 1e-5


def attest(question, samples):
    """Nothing, where the reference agrees, or cannot tell; raises SymdiffError where it does not agree."""
    if not question.free:
        return
    agreed = [s for s in samples if s.kind == "agree" and _moderate(s)][:POINTS]
    named = {node: Array(f"v{k}", *node.sizes) for k, node in enumerate(order((question.formula, question.wrt)))
             if node.op is INPUT}
    for s in agreed:
        values = {array.name: s.values[node.attributes[0]] for node, array in named.items()}
        formula = substitute(write(question.formula, named), s.lengths)
        try:
            other = _derivative(formula, named[question.wrt].name, values)
        except (UnknownForm, ArithmeticError, ValueError):
            return
        _compare(s, other)


def _moderate(s):
    return all(np.all(np.abs(v) <= MODERATE) for v in s.values.values()) and all(map(mp.isfinite, s.true.flat))


def _derivative(formula, name, values):
    """By differences of 40 digits for a scalar, else by the tape."""
    if getattr(formula, "sizes", ()) == () and sum(v.size for v in values.values()) <= 30:
        return oracle.gradient(formula, [name], values, dps=40)[name]
    return np.asarray(Tape(formula, [name]).jacobian(values)[name])


def _compare(sample, other):
    allowed = FINE if other.dtype == object else ROUGH
    size = max([abs(v) for v in sample.true.flat], default=0)
    for a, b in zip(sample.true.flat, np.ravel(other)):
        if mp.isfinite(b) and abs(a - b) > allowed*(abs(a) + (size if allowed is ROUGH else 0)) + mp.mpf(10)**-25:
            two = f"{mp.nstr(a, 15)} by the chain rule, {mp.nstr(mp.mpf(b), 15)} by the reference"
            raise SymdiffError("two ways to the derivative differ, so no claim can be judged.",
                               where=f"{two}, at {sample.values}",
                               do="please report the formula: this is a mistake of symdiff.")

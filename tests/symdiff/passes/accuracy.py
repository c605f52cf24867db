"""Scalar graphs go in; values and derivatives in high precision, and the errors of what is computed, come out."""
import math

import mpmath

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.passes import AFTER, run
from tests.symdiff.passes.formula import exact

EPS, NORMAL = 2.0**-52, mpmath.mpf(2)**-1022
DIGITS = 660                                # of a difference of two terms near the largest float that is near its inverse
BARS = 8, 8, 64                             # units in the last place × max(1, condition), by the order of derivative


def reference(node, at, highest=2):
    """({wrt: (derivative, condition)}) with () for the value, (u,) and (u, v) for derivatives, in high precision."""
    names = sorted(at)
    known, digits = {}, DIGITS + int(2*max([abs(math.log10(abs(v))) for v in at.values() if v], default=0))

    def f(shift):
        if shift not in known:
            point = {n: mpmath.mpf(at[n])*(1 + k*step) for n, k in zip(names, shift)}
            known[shift] = exact(node, point, digits)
        return known[shift]

    with mpmath.workdps(digits):
        step = mpmath.mpf(10)**-45

        def difference(which, shift):
            """Of f along the names `which`, each times its value: x·∂f/∂x, x·y·∂²f/∂x∂y."""
            if not which:
                return f(shift)
            k = names.index(which[0])
            up, down = [tuple(s + d*(i == k) for i, s in enumerate(shift)) for d in (1, -1)]
            return (difference(which[1:], up) - difference(which[1:], down))/(2*step)

        zero = (0,)*len(names)
        found = {}
        for which in keys(names, highest):
            scale = mpmath.fprod(at[n] for n in which)
            value = difference(which, zero)
            more = [float(abs(difference((n, *which), zero)/value)) for n in names] if value else []
            found[which] = value/scale, max([1.0, *more])
        return found


def errors(outputs, known, node, at, highest=2):
    """{key: error in units in the last place over the condition}, of the outputs named by the keys `known`; below the
    normal range of the last place of its smallest number, as the judge of the passes has it."""
    wanted = reference(node, at, highest)
    got = dict(zip(known, evaluate(outputs, at)))
    found = {}
    for key, (value, condition) in wanted.items():
        miss = abs(mpmath.mpf(float(got[key])) - value) if math.isfinite(got[key]) else mpmath.inf
        found[key] = float(miss/max(abs(value), NORMAL))/EPS/condition
    return found


def keys(names, highest):
    """() for the value, (u,) for a first derivative, (u, v) for a second, up to the highest order."""
    pairs = [(u, v) for u in names for v in names if u <= v]
    return [(), *[(n,) for n in names], *(pairs if highest > 1 else [])]


def derived(node, stable, highest=2):
    """(keys, nodes of the value, the gradient, the Hessian), with the passes or without."""
    inputs = {i.attributes[0]: i for i in order((node,)) if i.op.name == "input"}
    names = sorted(inputs)
    by = [inputs[n] for n in names]
    value = run((node,))[0] if stable else (node,)
    first = derive.gradient(value[0], by)
    first = run(first, AFTER)[0] if stable else first
    second = [block for i in range(len(by) if highest > 1 else 0) for block in derive.jacobian(first[i], by[i:])]
    second = run(second, AFTER)[0] if stable else second
    return keys(names, highest), (*value, *first, *second)

"""Textbook formulas in naive form: value, gradient and Hessian within the bar where they have one, limits included."""
import math

import mpmath
import pytest

from tests.cases import handbook, textbook
from tests.cases.exact import exact, keys
from tests.cases.loading import compiled, parsed
from tests.cases.textbook import points

EPS, LARGEST, NORMAL = 2.0**-52, mpmath.mpf(1.7976931348623157e308), mpmath.mpf(2.2250738585072014e-308)
BARS = 8, 8, 64                             # units in the last place × max(1, condition), by the order of derivative
TABLE, PARTS = textbook.TABLE + handbook.TABLE, 100


def error(got, wanted):
    """Units in the last place over the condition; below the normal range of its smallest number; inf for a wrong
    special."""
    value, condition = wanted
    if math.isnan(got):
        return math.inf
    if abs(value) > LARGEST or math.isinf(got):
        return 0.0 if math.isinf(got) and abs(value) > LARGEST and (got > 0) == (value > 0) else math.inf
    return float(abs(mpmath.mpf(got) - value)/max(abs(value), NORMAL))/EPS/max(1.0, condition)


def missed(case, run):
    """([(point, key, error)] outside the bar, how many were judged); `run(point)` gives {key: number}."""
    found, count = [], 0
    for at in points(case):
        results = run(at)
        for key, wanted in exact(case[0], at)[0].items():
            if wanted is not None:
                count += 1
                wrong = error(float(results[key]), wanted)
                if not wrong <= BARS[len(key)]:
                    found.append((at, key, wrong))
    return found, count


def whole(case):
    """What is sold: a function of a point that gives the value, the slopes and the second derivatives."""
    names = sorted(case[1])
    f = compiled(parsed(case[0], {}), names)

    def run(at):
        value, gradient = f.value_and_grad(at)
        return {(): value, **{(n,): g for n, g in gradient.items()}, **f.hess(at)}

    return run


def alone(case):
    """The machine code without the second look that small formulas take."""
    names = sorted(case[1])
    f = compiled(parsed(case[0], {}), names)
    first, second = f.executable("value_and_grad"), f.executable("hess")

    def run(at):
        given = tuple([float(at[n]) for n in f.inputs])
        value, *gradient = first(given)
        blocks = dict(zip([(u, v) for u in f.wrt for v in f.wrt], second(given)))
        return {(): value, **{(n,): g for n, g in zip(f.wrt, gradient)}, **blocks}

    return run


@pytest.mark.parametrize("part", [pytest.param(k, marks=[] if k == 0 else pytest.mark.nightly) for k in range(PARTS)])
def test_compiled(part):
    for case in TABLE[part::PARTS]:
        wrong, count = missed(case, whole(case))
        assert not wrong and count, (case[0], wrong)


def test_a_wrong_digit_is_seen():
    case = "exp(x)", {"x": (1.0, 710.0)}, []
    wrong, count = missed(case, lambda at: dict.fromkeys(keys(("x",)), math.exp(min(at["x"], 709.0))*(1 + 1e-14)))
    assert count == 6 and [key for _, key, _ in wrong] == [(), ("x",), (), ("x",), ("x", "x")]

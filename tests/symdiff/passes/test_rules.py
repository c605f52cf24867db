"""Every rewrite at its worked point, and a search for points that it would push out of the bar."""
import math
import random

import mpmath
import numpy as np
import pytest

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.passes import AFTER, fold, powers, run, stabilise
from symdiff.passes.stabilise import RULES
from symdiff.passes.stabilise.match import instantiate
from symdiff.passes.stabilise.pattern import Call, Term, variables
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import constant, input
from symdiff.primitives.record import TABLE, Elementwise

from tests.symdiff.passes.formula import exact

EPS = 2.0**-52


def names(term):
    """The primitives that a pattern names."""
    if isinstance(term, Call):
        return {term.name}.union(*map(names, term.args))
    return set().union(*[names(t) for pair in getattr(term, "parts", ()) for t in pair if isinstance(t, Term)])


SCALAR = [r for r in RULES.values() if all(type(TABLE.get(name)) is Elementwise for name in names(r.pattern))]


def left(rule):
    """The pattern over inputs, as a graph."""
    return instantiate(rule.pattern, {v: input(v) for v in variables(rule.pattern)}, elementwise_of, ())


def elementwise_of(name, *inputs):
    return elementwise(name, *inputs)


def stable(node):
    return stabilise(powers(fold((node,))))


def truth(node, values, digits=900):
    """(value, condition): the largest relative change of the value by a relative change of an input."""
    value = exact(node, values, digits)
    if not mpmath.isfinite(value):
        return value, 1.0
    condition = 1.0
    with mpmath.workdps(digits):
        for name, x in values.items():
            if x:
                step = mpmath.mpf(x)*mpmath.mpf(10)**-40
                moved = exact(node, {**values, name: mpmath.mpf(x) + step}, digits)
                if value and mpmath.isfinite(moved):
                    condition = max(condition, float(abs((moved - value)/step*x/value)))
    return value, condition


def error(got, value):
    """Relative error; below the normal range against the smallest normal number; inf where one is finite only."""
    if math.isnan(got):
        return math.inf
    if abs(value) > mpmath.mpf(1.7976931348623157e308):
        return 0.0 if math.isinf(got) and (got > 0) == (value > 0) else math.inf
    if math.isinf(got):
        return math.inf
    return float(abs(mpmath.mpf(got) - value)/max(abs(value), mpmath.mpf(2.2250738585072014e-308)))


@pytest.mark.parametrize("rule", [r for r in SCALAR if r.fails], ids=lambda r: r.name)
def test_worked_point(rule):
    node = left(rule)
    (new,), fired = stable(node)
    assert any(f.rule == rule.name for f in fired), [f.rule for f in fired]
    value, condition = truth(node, rule.fails)
    bar = 8*EPS*condition
    (before,), (after,) = evaluate((node,), rule.fails), evaluate((new,), rule.fails)
    if mpmath.isfinite(value):
        assert not error(float(before), value) <= bar, "the left side does not fail here"
        assert error(float(after), value) <= bar, (float(after), value)
    else:
        assert math.isnan(before) and math.isfinite(after)


def test_the_second_derivative_of_x_log_x_at_the_smallest_x():
    """The first is log x + x/x; the derivative of x/x is no inf - inf, so that 1/x is left."""
    x = input("x")
    stable_form, _ = run((elementwise("mul", x, elementwise("log", x)),))
    first, _ = run(derive.gradient(stable_form[0], (x,)), AFTER)
    second, _ = run(derive.gradient(first[0], (x,)), AFTER)
    assert evaluate(second, {"x": 1e-308})[0] == pytest.approx(1e308)
    with np.errstate(over="ignore"):
        assert evaluate(second, {"x": 5e-324})[0] == math.inf


def test_the_logarithm_of_a_power_of_negative_zero():
    """Also of a graph that `fold` has not seen."""
    (new,), _ = stabilise((elementwise("log", elementwise("pow", input("x"), constant(-0.0, ()))),))
    assert evaluate((new,), {"x": 3.0})[0] == 0


@pytest.mark.parametrize("of", [(0, 1), (1, 0)])
def test_nothing_times_the_logarithm_of_nothing(of):
    """x·log1p(-y) at x = 0, y = 1, and beside it in one of the two."""
    x, y = input("x"), input("y")
    factors = x, elementwise("log1p", elementwise("neg", y))
    typed = elementwise("mul", *[factors[k] for k in of])
    new, fired = stable(typed)
    assert [f.rule for f in fired] == ["x*log(y)"], "once, though it stands there in each sweep"
    outputs = *new, *run(derive.gradient(new[0], (x,)), AFTER)[0]
    for at, wanted in (((0, 1), (0, -math.inf)), ((0, 0.5), (0, math.log(0.5))), ((2, 1), (-math.inf, -math.inf)),
                       ((0, 2), (math.nan, math.nan)), ((2, 0.5), (2*math.log(0.5), math.log(0.5)))):
        with np.errstate(all="ignore"):
            got = evaluate(outputs, dict(zip("xy", map(float, at))))
        np.testing.assert_allclose(got, wanted, rtol=1e-15)


def draw(generator):
    size = 10.0**generator.uniform(-20, 3.5) if generator.random() < 0.8 else 10.0**generator.uniform(-300, 300)
    return size if generator.random() < 0.5 else -size


def search(rule, count, seed):
    """Points where the old form was within the bar and the new one is not."""
    node = left(rule)
    (new,), _ = stable(node)
    names = sorted(i.attributes[0] for i in order((node,)) if i.op.name == "input")
    generator, worse = random.Random(seed), []
    for _ in range(count):
        values = {name: draw(generator) for name in names}
        if len(names) > 1 and generator.random() < 0.4:                     # close together
            values[names[1]] = values[names[0]]*(1 + 10.0**generator.uniform(-16, 0))
        (before,), (after,) = evaluate((node,), values), evaluate((new,), values)
        if not math.isfinite(before) or before == after:
            continue
        value, condition = truth(node, values)
        if not mpmath.isfinite(value):
            continue
        bar = 8*EPS*condition
        if error(float(before), value) <= bar < error(float(after), value):
            worse.append((values, float(before), float(after), float(value), condition))
    return worse


@pytest.mark.parametrize("rule", SCALAR, ids=lambda r: r.name)
def test_pushes_nothing_out(rule):
    assert not search(rule, 25, 1)


@pytest.mark.nightly
@pytest.mark.parametrize("rule", SCALAR, ids=lambda r: r.name)
def test_pushes_nothing_out_long(rule):
    assert not search(rule, 600, 2)

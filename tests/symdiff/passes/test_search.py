"""A search over the whole range for points that a rule pushes out of the bar, in the value or a first derivative."""
import math
import random

import pytest
from mpmath import mp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.graph import order
from tests.symdiff.passes.accuracy import BARS, derived, errors
from tests.symdiff.passes.formula import graph
from tests.symdiff.passes.test_families import FORMULAS
from tests.symdiff.passes.test_rules import SCALAR, draw, left


def search(node, count, seed):
    """[(point, key, errors before and after)] where only the passes make it wrong."""
    names = sorted(i.attributes[0] for i in order((node,)) if i.op.name == "input")
    known, typed = derived(node, False, 1)
    _, stable = derived(node, True, 1)
    generator, worse = random.Random(seed), []
    turns = any(i.op.name in ("sin", "cos", "tan", "sinc") for i in order((node,)))
    for _ in range(count):
        at = {name: draw(generator) for name in names}
        if len(names) > 1 and generator.random() < 0.4:
            at[names[1]] = at[names[0]]*(1 + 10.0**generator.uniform(-16, 0))
        if turns and max(map(abs, at.values())) > 1e30:         # the reference steps by 1e-45 of a value
            continue
        before, after = evaluate(typed, at), evaluate(stable, at)
        if not all(map(math.isfinite, before)) or before == after:
            continue
        wrong = errors(typed, known, node, at, 1), errors(stable, known, node, at, 1)
        for key in known:
            if wrong[0][key] <= BARS[len(key)] < wrong[1][key]:
                worse.append((at, key, wrong[0][key], wrong[1][key]))
    return worse


@pytest.mark.parametrize("text", [text for text, _ in FORMULAS[::9]])
def test_families(text):
    assert not search(graph(text), 12, 3)


@pytest.mark.parametrize("text, at", [
    ("x*log(x/y) - (x - y)", {"x": 2.5e239, "y": 0.16}), ("x*log(x/y) - (x - y)", {"x": 7.9e-118, "y": 6.2e162}),
    ("(x + 1)*log(x + 1) - x*log(x) - 1", {"x": 4.7e-175}), ("1/(x + 1) - 1/x", {"x": 1e90}),
])
def test_far_out(text, at):
    """Where u = B_i/B_j - 1 or its derivative overflows, in the branch that is not taken."""
    node = graph(text)
    known, outputs = derived(node, True, 1)
    assert all(error <= BARS[len(key)] for key, error in errors(outputs, known, node, at, 1).items())


# Formulas that the rewrites alone push out at some points: where the square of what is divided by leaves the range of
# floats, or log(erfcx(x)) is near 0.  What is sold takes a second look there: (x, y, …), mpmath's function.
BEYOND = {
    "2*x*sinh(y/(2*x)) - y": ([(2.2632333374295963e-294, 2.2632373440990844e-294),
                               (2.661056383099017e-282, 3.266227294086169e-282)],
                              lambda x, y: 2*x*mp.sinh(y/(2*x)) - y),
    "x*log(1 - y/x) + y": ([(-2.2492061744557155e+197, 1.1517833908363523e-184)], lambda x, y: x*mp.log(1 - y/x) + y),
    "log(exp(-x**2)/(1 + erf(x)))": ([(-0.03847303825856576,), (0.01,), (-1e-3,)],
                                     lambda x: mp.log(mp.exp(-x**2)/(1 + mp.erf(x)))),
}


@pytest.mark.parametrize("text", BEYOND)
def test_where_a_second_look_is_needed(text):
    points, true = BEYOND[text]
    f = sd.compile(sd.parse(text))
    with mp.workdps(1000):
        for point in points:
            exact, step = [*map(mp.mpf, point)], mp.mpf(10)**-250
            value, slopes = f.value_and_grad(dict(zip(f.inputs, point)))
            slope = []
            for k, x in enumerate(exact):
                up, down = ([*exact[:k], x*(1 + sign*step), *exact[k + 1:]] for sign in (1, -1))
                slope.append((true(*up) - true(*down))/(2*x*step))
            for ours, wanted in zip([value, *slopes.values()], [true(*exact), *slope]):
                assert abs(ours - wanted) <= 8*2.0**-52*abs(wanted) + 5e-324


@pytest.mark.nightly
@pytest.mark.parametrize("text", [text for text, _ in FORMULAS if text not in BEYOND])
def test_families_long(text):
    assert not search(graph(text), 200, 4)


@pytest.mark.nightly
@pytest.mark.parametrize("rule", SCALAR, ids=lambda r: r.name)
def test_rules_long(rule):
    assert not search(left(rule), 100, 5)


def test_the_search_finds_what_is_wrong(monkeypatch):
    """A form that loses digits where the typed one does not is found."""
    worse, honest = graph("log(exp(x))"), derived

    def other(node, stable, highest=2):
        return honest(worse if stable else node, False, highest)

    monkeypatch.setitem(globals(), "derived", other)
    assert search(graph("x"), 40, 6)

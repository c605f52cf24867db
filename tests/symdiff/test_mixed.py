"""Second derivatives in two arguments, each order of differentiation, at whole numbers, where a factor is often 0: the
records, the interpreted graph, the tape and machine code against differences of many digits."""
from functools import cache
from itertools import permutations, product

import mpmath
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import make
from symdiff.passes import stabilise
from symdiff.primitives import TABLE, Elementwise
from symdiff.primitives.leaf import input as input_node
from symdiff.reference import tape

NUMBERS = (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0)
RECORDS = [r for r in TABLE.values() if isinstance(r, Elementwise) and not r.boolean
           and sum(k not in r.whole + r.constant for k in range(len(r.args))) > 1]
STEP, DIGITS = mpmath.mpf(10)**-25, 120


def mixed(f, point, i, j):
    """∂²f/∂x_i∂x_j from four quadrants; None where they do not agree, or where f is not real and finite."""
    found = []
    with mpmath.workdps(DIGITS):
        for a, b in product((STEP, -STEP), repeat=2):
            total = mpmath.mpf(0)
            for p, q in product((0, 1), repeat=2):
                moved = [mpmath.mpf(v) for v in point]
                moved[i] += p*a
                moved[j] += q*b
                try:
                    value = f(*moved)
                except (ValueError, ZeroDivisionError):             # a pole, or what is complex
                    return None
                if not isinstance(value, (int, mpmath.mpf)) or not mpmath.isfinite(value):
                    return None
                total += value if p == q else -value
            found.append(total/(a*b))
        spread = max(found) - min(found)
    return float(found[0]) if spread <= 1e-12*max(1, abs(found[0])) else None


@cache
def smooth_points(record):
    """[(point, i, j, ∂²/∂i∂j), …] at which there is one."""
    active = [k for k in range(len(record.args)) if k not in record.whole + record.constant]
    found = []
    for point in product(*[(0.0, 1.0) if k in record.whole else NUMBERS for k in range(len(record.args))]):
        for i, j in product(active, active):
            true = mixed(record.mpmath, point, i, j) if i != j else None
            if true is not None:
                found.append((point, i, j, true))
    return found


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_partials_of_partials_of_every_record(record):
    """∂/∂x_j of ∂/∂x_i, as derived and after `stabilise`."""
    inputs = [input_node(f"x{k}", ()) for k in range(len(record.args))]
    formula = make(record, tuple(inputs))
    wanted = {}
    for point, i, j, true in smooth_points(record):
        wanted.setdefault((i, j), []).append((point, true))
    assert wanted, f"{record.name} is smooth nowhere"
    for (i, j), points in wanted.items():
        second = derive.gradient(derive.gradient(formula, [inputs[i]])[0], [inputs[j]])
        for outputs in (second, stabilise(second)[0]):
            for point, true in points:
                got = evaluate(outputs, {f"x{k}": v for k, v in enumerate(point)})
                assert same(np.asarray(got).item(), true), f"∂²{record.name}/∂{i}∂{j} at {point}: {got}, not {true}"


def same(got, true):
    return abs(got - true) <= 1e-12*max(1, abs(true))


def test_the_search_meets_factors_that_are_0():
    """The points hold those at which a choice was once differentiated in place of what it guards."""
    for name, point in (("pow", (2.0, 0.0)), ("xlogy", (0.0, 2.0)), ("log_poisson", (0.0, 2.0))):
        assert any(at == point for at, *_ in smooth_points(TABLE[name])), name


P, N = {"p": 0.3, "y": 0.0}, {"n": 5.0}
FORMULAS = {                                            # formula: (at these the derivatives, given these)
    "x**y": ({"x": 2.0, "y": 0.0}, {}),
    "(x*y)**z": ({"x": 2.0, "y": 3.0, "z": 0.0}, {}),
    "x*log(y)": ({"x": 0.0, "y": 3.0}, {}),
    "log(x**y)": ({"x": 2.0, "y": 0.0}, {}),
    "y*log(p)+(n-y)*log(1-p)": (P, N),
    "p**y*(1-p)**(n-y)": ({"p": 0.3, "y": 5.0}, N),
    "x**(a-1)*exp(-x)/gamma(a)": ({"x": 2.0, "a": 1.0}, {}),
    "log(x**k*exp(-x)/gamma(k+1))": ({"x": 3.0, "k": 0.0}, {}),
    "x**(a-1)*(1-x)**(b-1)/beta(a,b)": ({"x": 0.25, "a": 1.0, "b": 1.0}, {}),
    "n*(1-exp(-x))**(n-1)*exp(-x)": ({"x": 2.0, "n": 1.0}, {}),
    "A*K**a*M**(1-a)": ({"K": 2.0, "M": 3.0, "a": 0.0}, {"A": 1.5}),
    "(x**y+z**y)**(1/2)": ({"x": 2.0, "y": 0.0, "z": 3.0}, {}),
}
HIGH = {"gamma": mpmath.gamma, "beta": mpmath.beta, "exp": mpmath.exp, "log": mpmath.log}


def truth(text, at, given):
    """{(a, b): ∂²/∂a∂b} of the formula as text, by differences."""
    names = [*at]

    def f(*values):
        return eval(text.replace("1/2", "0.5"), HIGH, dict(zip(names, values)) | given)
    return {(a, b): mixed(f, tuple(at.values()), names.index(a), names.index(b)) for a, b in permutations(names, 2)}


SLOW = ("x**(a-1)*(1-x)**(b-1)/beta(a,b)", "log(x**k*exp(-x)/gamma(k+1))", "p**y*(1-p)**(n-y)")


@pytest.mark.parametrize("text", [t for t in FORMULAS if t not in SLOW] + [
    pytest.param(t, marks=pytest.mark.nightly) for t in SLOW])
def test_both_orders_of_a_formula(text):
    """Hessians by the tape and by machine code, and products with vectors, in both orders of wrt."""
    at, given = FORMULAS[text]
    true, formula = truth(text, at, given), sd.parse(text)
    assert None not in true.values()
    for names in ([*at], [*at][::-1]):
        compiled = sd.compile(formula, wrt=names)
        for h in (compiled.hess(**at, **given), tape.hessian(formula, names, at | given)):
            for pair, value in true.items():
                assert same(np.asarray(h[pair]).item(), value), f"{text}, {pair} of {names}: {h[pair]}, not {value}"
        for a in names:
            product_ = compiled.hvp({n: float(n == a) for n in names}, **at, **given)
            for b in names:
                assert a == b or same(float(product_[b]), true[a, b]), f"{text}: H·{a} in {b} is {product_[b]}"


def test_rows():
    """A Weibull log-likelihood over rows, its shape 1 and its scale after the shape or before it."""
    count = sd.sizes("count")
    x = sd.array("x", count)
    k, scale = sp.symbols("k l")
    total = sd.sum(sd.log(k/scale*(x/scale)**(k - 1)*sd.exp(-(x/scale)**k)))
    rows = np.array([0.5, 1.0, 2.0, 4.0])
    ours = [sd.compile(total, wrt=order).hess(x=rows, k=1.0, l=3.0)["k", "l"] for order in ([k, scale], [scale, k])]

    def f(k, scale):
        return sum(mpmath.log(k/scale) + (k - 1)*mpmath.log(r/scale) - (r/scale)**k for r in map(mpmath.mpf, rows))
    true = mixed(f, (1.0, 3.0), 0, 1)
    assert all(same(float(one), true) for one in ours), (ours, true)


def test_what_is_chosen_at_0_stays():
    """x**0 is flat at 0, 0·log 0 flat in both orders of what is asked, x**y at 0 flat in y > 0."""
    powers, logs = sd.compile(sd.parse("x**y"), wrt=["x", "y"]), sd.compile(sd.parse("x*log(y)"), wrt=["x", "y"])
    assert powers.grad(x=0.0, y=0.0)["x"] == 0 and powers.grad(x=0.0, y=2.0) == {"x": 0, "y": 0}
    count = sd.sizes("count")
    x, y = sd.array("x", count), sd.array("y", count)
    rows = np.array([0.0, 5e-324, 2.0**-1024, 2.0**-1024 + 2.0**-1074, 2.0**-1022, 1e-300, 1.0])
    for order in ([x, y], [y, x]):
        compiled = sd.compile(sd.sum(x**y), wrt=order)
        assert not np.any(compiled.grad(x=rows, y=0*rows)["x"])
        got = np.diag(compiled.hess(x=rows, y=0*rows)[x, y])[-2:]
        assert np.allclose(got*rows[-2:], 1, rtol=1e-12, atol=0)
    assert logs.grad(x=0.0, y=0.0)["y"] == 0 and logs.grad(x=0.0, y=2.0)["y"] == 0

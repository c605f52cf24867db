"""The oracle: against 50-digit references, at kinks, and in its own two ways; and what the reference may know of us."""
import ast
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.errors import NoDerivative
from symdiff.reference import oracle
from tests.cases import loading
from tests.symdiff.reference.forms import WORDS, total, values_of

x, y = sd.array("x"), sd.array("y")


def hard_points(step):
    """Every step-th point of the hard formulas that is no removable singularity: (case, point)."""
    cases = loading.load("loaders").hard()
    points = [(case, point) for case in cases for point in case["points"] if not point.get("kind")]
    return points[::step]


def check_hard(points):
    for case, point in points:
        expression = loading.python_reader(case["expr"], {})
        value, gradient = oracle.value_and_grad(expression, case["wrt"], point["at"], dps=30)
        with mp.workdps(40):
            got = [(value[()], point["f"])] + [(gradient[w][()], point["d"][w]) for w in case["wrt"]]
            for number, exact in got:
                exact = mp.mpf(exact)
                error = mp.mpf(10)**-28*abs(exact) + mp.mpf(10)**-330                   # far below the smallest float
                assert abs(number - exact) <= error, (case["name"], point["at"], number, exact)


def test_hard_formulas():
    """A sample; the gamma function takes long at many digits."""
    check_hard([(case, point) for case, point in hard_points(9) if "gamma" not in case["expr"]])


@pytest.mark.nightly
def test_all_hard_formulas():
    check_hard(hard_points(1))


@pytest.mark.nightly
def test_second_derivatives_of_hard_formulas():
    for case, point in hard_points(7):
        blocks = oracle.hessian(loading.python_reader(case["expr"], {}), case["wrt"], point["at"], dps=20)
        for pair, exact in point["h"].items():
            got = blocks[tuple(pair.split(","))][()]
            with mp.workdps(40):
                error = mp.mpf(10)**-15*abs(mp.mpf(exact)) + mp.mpf(10)**-330
                assert abs(got - mp.mpf(exact)) <= error, (case["name"], point["at"], got, exact)


@pytest.mark.parametrize("name", ["matmul", "einsum diagonal", "solve", "cholesky", "det", "prod", "softmax", "gather",
                                  "take"])
def test_the_sweep_agrees_with_differences_of_the_whole(name):
    if name == "gather":
        i, a = sp.Symbol("i"), sp.IndexedBase("a")
        expression, values = sp.Sum(sp.exp(a[i])*a[3 - i], (i, 0, 3)), {"a": np.array([0.3, -1.0, 0.2, 1.5])}
    else:
        expression = total(WORDS[name])
        values = values_of(expression)
    gradient = oracle.gradient(expression, list(values), values, dps=25)
    for n, v in values.items():
        for i in np.ndindex(np.shape(v)):
            with mp.workdps(80):
                h = mp.mpf(10)**-20
                whole = sum(s*oracle.shifted(expression, values, [((n, i), s*h)]) for s in (1, -1))/(2*h)
                assert abs(whole - gradient[n][i]) < mp.mpf(10)**-22


@pytest.mark.parametrize("expression, at, slope", [
    (sd.relu(x), 0.0, 0), (sd.abs(x), 0.0, 0), (sp.Max(x, 0), 0.0, 0), (sd.sqrt(x), 0.0, mp.inf), (x**0, 0.0, 0),
    (x**2, 0.0, 0), (sd.log(x), 0.0, mp.inf), (sd.step(x), 0.0, 0), (sd.floor(x), 1.0, 0),
    (sd.norm(sd.stack([x, x])), 0.0, 0),
    (sp.Piecewise((sp.log(x), x > 0), (0, True)), 0.0, 0), (sd.max(sd.stack([x, 2*x, 3*x])), 0.0, 2),
    (sd.xlogy(x, x), 0.0, 0)])
def test_kinks(expression, at, slope):
    assert abs(oracle.gradient(expression, ["x"], {"x": at})["x"][()] - slope) < 1e-40 or slope == mp.inf


def test_digits_lost_on_the_way_are_found_again():
    p = 1/(1 + sp.exp(-x))
    value, gradient = oracle.value_and_grad(sp.log(1 - p), [x], {"x": 800.0})
    assert abs(value[()] + 800) < 1e-45 and abs(gradient["x"][()] + 1) < 1e-45
    tail = oracle.gradient(sd.tanh(x), [x], {"x": 400.0})["x"][()]
    assert abs(tail/(4*mp.exp(-800)) - 1) < 1e-40
    assert oracle.value(x - x, {"x": 3.0})[()] == 0


def test_values_are_right_to_the_digits_asked_for():
    got = oracle.value(sd.exp(x)*sp.pi, {"x": 0.1}, dps=60)[()]
    with mp.workdps(70):
        assert abs(got - mp.exp(mp.mpf(0.1))*mp.pi) < mp.mpf(10)**-59


def test_a_gradient_is_of_one_number():
    with pytest.raises(NoDerivative):
        oracle.gradient(sd.array("u", 2), ["u"], {"u": np.ones(2)})


def test_the_reference_knows_only_the_language_and_the_errors():
    folder = Path(oracle.__file__).parent
    libraries = {"numpy", "scipy", "sympy", "mpmath", "functools", "itertools", "math", "operator"}
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                assert node.module.split(".")[0] in {"language", "errors"}, (file.name, node.module)
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            for name in names:
                assert name.split(".")[0] in libraries, (file.name, name)


def test_tape_and_oracle_share_no_table():
    folder = Path(oracle.__file__).parent
    text = (folder/"oracle_words.py").read_text(encoding="utf-8")
    imported = [n.module for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
    assert not imported

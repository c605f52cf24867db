"""Derivations of any formula: the table agrees with itself, with the tape, and from both ends."""
import warnings

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.derivation import derivation
from symdiff.evaluate import evaluate
from symdiff.language import Array
from symdiff.read import read
from symdiff.reference.tape import Tape
from tests.programs import draw, seeded
from tests.sparse import sparse

X, y, w, b = sd.array("X", 5, 3), sd.array("y", 5), sd.array("w", 3), sd.array("b")
RNG = np.random.default_rng(4)
POINT = {"X": RNG.normal(size=(5, 3)), "y": np.array([0, 1, 1, 0, 1.]), "w": RNG.normal(size=3), "b": 0.3}


def logistic():
    p = 1 / (1 + sp.exp(-(X @ w + b)))
    return -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


def of(*names):
    return {name: POINT[name] for name in names}


FORMULAS = [
    (logistic(), [w, b], POINT),
    (sd.sum(sp.tanh(X @ w + b)**2)/2 + sd.norm(w), [w, b], of(*"Xwb")),
    (sd.logsumexp(X @ w) - sd.sum(y*(X @ w)), [w], of(*"Xyw")),
    (sd.sum(sd.softmax(X @ w)*y) + w[0]*w[1], [w], of(*"Xyw")),
    (sd.sum((X.T @ X) @ w), [w, X], of(*"Xw")),
    (sd.max(X @ w) + sd.sum(sd.relu(X - b)), [w, b, X], of(*"Xwb")),
    (sd.parse("x**2*y + sin(x*y) - y/x + (x + y)**3"), ["x", "y"], {"x": 0.7, "y": -0.3}),
    (sp.Symbol("t")**2*sp.exp(-sp.Symbol("t")), ["t"], {"t": 0.4}),
    (sd.Model("h = tanh(X @ W + b)\np = sigmoid(h @ v)", loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
              parameters={"W": (3, 2), "b": (2,), "v": (2,)}, data={"X": (5, 3), "y": (5,)}), ["W", "b", "v"],
     {"X": POINT["X"], "y": POINT["y"], "W": RNG.normal(size=(3, 2)), "b": np.ones(2), "v": RNG.normal(size=2)}),
]


@pytest.mark.parametrize("steps", ["textbook", "compiled"])
@pytest.mark.parametrize("formula, wrt, at", sparse(FORMULAS, 2))
def test_forward_and_backward_meet_at_the_tape_s_gradient(formula, wrt, at, steps):
    theirs = Tape(formula, wrt).gradient(at)
    for mode in ("reverse", "forward"):
        d = derivation(formula, wrt, at=at, mode=mode, steps=steps)
        assert list(d.gradient) == [str(w) for w in wrt]
        for name, number in d.gradient.items():
            np.testing.assert_allclose(number, theirs[name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(d.value, Tape(formula).value(at), rtol=1e-12)


@pytest.mark.parametrize("steps", ["textbook", "compiled"])
@pytest.mark.parametrize("formula, wrt, at", sparse(FORMULAS, 2))
def test_what_is_printed_has_the_numbers_beside_it(formula, wrt, at, steps):
    agrees(derivation(formula, wrt, at=at, steps=steps), at)
    agrees(derivation(formula, wrt, at=at, steps=steps, mode="forward"), at)


def agrees(d, at):
    """Every form in the table, evaluated from the numbers in the table, gives the number beside it."""
    known = {name: np.asarray(value, float) for name, value in at.items()}
    known |= {str(row.name): np.asarray(row.value) for row in d.rows}
    known |= {str(row.bar): np.asarray(row.adjoint) for row in d.rows if row.adjoint is not None}
    users = {}
    for row in d.rows:
        same(row.definition, row.value, known)
        same(row.expanded, row.value, known)
        for edge in row.edges:
            same(edge.partial, edge.value, known)
            same(edge.expanded, edge.value, known)
            if edge.part is not None:
                same(edge.pulled, edge.part, known)
                users.setdefault(edge.by, []).append(edge.part)
        for k, slope in enumerate(row.slopes):
            same(slope, row.tangents[k] if row.tangents else None, known)
    for one in (*d.rows, *d.inputs):
        same(one.closed, one.adjoint, known)
        if one.name in users:
            np.testing.assert_allclose(sum(users[one.name]), one.adjoint, rtol=1e-9, atol=1e-12)


def same(expression, number, known):
    if expression is not None and number is not None:
        found, = evaluate([read(expression)], known)
        assert np.broadcast_shapes(np.shape(found), np.shape(number)) == np.shape(number), expression
        np.testing.assert_allclose(np.broadcast_to(found, np.shape(number)), number, rtol=1e-8, atol=1e-11,
                                   err_msg=str(expression))


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed):
    random_program(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 400))
def test_more_random_programs(seed):
    random_program(seed)


def random_program(seed):
    program = draw(seeded(seed), steps=6, rows=(3, 2, 5))
    at = {name: value for name, value in program.values.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Tape(program.loss, program.wrt).gradient(at)
        held = {str(s) for s in _symbols(program.loss)}
        wrt = [name for name in program.wrt if name in held]
        if not wrt:
            pytest.skip("nothing to differentiate by")
        at = {name: value for name, value in at.items() if name in held}
        d = derivation(program.loss, wrt, at=at)
    for name in wrt:
        if np.all(np.isfinite(theirs[name])):
            np.testing.assert_allclose(d.gradient[name], theirs[name], rtol=1e-7, atol=1e-9)
    assert str(d)


def _symbols(expression):
    from symdiff.language.core import walk
    return [e for e in walk(expression) if isinstance(e, sp.Symbol)]


def test_the_paths_add_up():
    from symdiff.derivation.paths import paths
    d = derivation("x**2*y + sin(x*y) - y/x + (x + y)**3", ["x", "y"], at={"x": 0.7, "y": -0.3})
    for w in d.wrt:
        found = paths(d.rows, w)
        assert len(found) > 1
        total = sum(np.prod([edge.value for edge in path]) for path in found)
        np.testing.assert_allclose(total, d.gradient[str(w)], rtol=1e-12)
        for path in found:
            assert path[0].row is d.result and path[-1].by == w
            assert all(a.by == b.row for a, b in zip(path, path[1:]))


def test_too_many_paths_are_counted_not_walked():
    from symdiff.derivation.paths import paths
    e = sd.array("x")
    for _ in range(200):
        e = sp.sin(e)*e
    d = derivation(e, "x")
    assert paths(d.rows, d.wrt[0]) is None
    assert "too many paths" in d.text(width=120)


def test_named_equations_keep_their_names_when_compiled():
    model = sd.Model("h = x*w + b\ns = log(1 + exp(h))", loss="s**2", parameters={"w": (), "b": ()})
    d = derivation(model, at={"x": 1, "w": 900, "b": 0}, steps="compiled")
    assert [str(row.name) for row in d.rows][1:3] == ["h", "s"]
    assert d.value == 900.0**2 and d.gradient["w"] == 1800.0
    before, after, reason = d.rewrites[0]
    assert str(before) == "log(1 + exp(h))" and str(after) == "softplus(h)" and reason


def test_textbook_steps_overflow_where_compiled_ones_do_not():
    typed = derivation("-y*log(1/(1 + exp(-W*x)))", "W", at={"x": -1, "y": 1, "W": 800})
    stable = derivation("-y*log(1/(1 + exp(-W*x)))", "W", at={"x": -1, "y": 1, "W": 800}, steps="compiled")
    assert not np.isfinite(typed.value) and stable.value == 800.0 and stable.gradient["W"] == 1.0


def test_compiled_numbers_are_the_compiled_function_s():
    f = sd.compile(logistic(), [w, b])
    value, gradient = f.value_and_grad(POINT)
    d = derivation(logistic(), [w, b], at=POINT, steps="compiled")
    assert d.by == "the compiled function"
    np.testing.assert_allclose(d.value, value, rtol=4e-16)
    np.testing.assert_allclose(d.gradient["w"], gradient["w"], rtol=1e-14)


def test_without_numba_the_numbers_are_numpy_s_and_it_says_so(monkeypatch):
    monkeypatch.delattr(sd, "numbers_of", raising=False)
    monkeypatch.setitem(sd._WHERE, "numbers_of", "codegen.not_there")
    d = derivation(logistic(), [w, b], at=POINT, steps="compiled")
    assert "Numba is not installed" in d.by and "Numba is not installed" in d.text(width=100)
    np.testing.assert_allclose(d.gradient["w"], sd.compile(logistic(), [w]).grad(POINT)["w"], rtol=1e-13)


def test_parts_without_wrt_are_written_where_they_are_used():
    d = derivation(sd.parse("a*b*x + exp(a)*b"), "x")
    assert [str(row.definition) for row in d.rows] == ["a*b*x", "ξ₁ + exp(a)*b"]


def test_a_name_of_the_user_is_never_taken():
    d = derivation(sp.sin(Array("ξ₁"))*Array("L"), ["ξ₁"])
    assert [str(row.name) for row in d.rows] == ["ζ₁", "f"]


def test_matrices_give_their_pullback():
    A, B = sd.array("A", 2, 3), sd.array("B", 3, 2)
    d = derivation(sd.sum(sp.exp(A @ B)), [A, B], at={"A": np.ones((2, 3)), "B": np.ones((3, 2))})
    edges = d.rows[0].edges
    assert [edge.partial for edge in edges] == [None, None]
    assert [str(edge.pulled) for edge in edges] == ["ξ̄₁ @ B.T", "A.T @ ξ̄₁"]
    agrees(d, {"A": np.ones((2, 3)), "B": np.ones((3, 2))})


@pytest.mark.parametrize("call, error, words", [
    (lambda: derivation("x**2", "q"), sd.ArgumentError, "no input is called"),
    (lambda: derivation("x**2", "x", mode="sideways"), sd.ArgumentError, "no mode"),
    (lambda: derivation("x**2", "x", steps="all"), sd.ArgumentError, "no steps"),
    (lambda: derivation("x**2", "x", at={"y": 1}), sd.ArgumentError, "no input is called"),
    (lambda: derivation("x**2*y", "x", at={"x": 1}), sd.ArgumentError, "no value for y"),
    (lambda: derivation("x**2", "x", at={"x": "one"}), sd.DTypeError, "no number"),
    (lambda: derivation("x**2", "x", at={"x": 1j}), sd.DTypeError, "real"),
    (lambda: derivation("x**2", "x", at={"x": [1, 2]}), sd.SizeMismatch, "axes"),
    (lambda: derivation("x**2", "x", at=[1]), sd.ArgumentError, "by name"),
    (lambda: derivation("x**2", "x", digits=0), sd.ArgumentError, "digits"),
    (lambda: derivation("x**2", ["x", "x"]), sd.ArgumentError, "twice"),
    (lambda: derivation(X @ w, w), sd.NoDerivative, "forward"),
    (lambda: derivation([w[0], w[1]], w), sd.ArgumentError, "one is derived"),
    (lambda: derivation(sd.sum(X @ w), w, at=POINT | {"extra": 1}), sd.ArgumentError, "no input is called"),
    (lambda: derivation(sd.sum(w), w, at={"w": [1, 2, 3]}, exact=True), sd.ArgumentError, "scalars"),
    (lambda: derivation("1 + 2"), sd.ArgumentError, "no inputs"),
    (lambda: derivation("x +"), sd.SpecError, "x"),
])
def test_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_vector_forward():
    d = derivation(sp.tanh(X @ w), [w], mode="forward", at=of("X", "w"))
    jac = Tape(sp.tanh(X @ w), ["w"]).jacobian(of("X", "w"))["w"]
    np.testing.assert_allclose(d.gradient["w"], jac, rtol=1e-10)
    assert "tanh" in d.text(width=120)


def test_every_format_says_the_same_formula():
    d = derivation("log(1 + exp(w*x))", "w", at={"x": 2, "w": 0.5})
    assert "ξ₂" in d.text(width=120, ascii=False) and "xi2" in d.text(width=120, ascii=True)
    assert r"\xi_{2}" in d.latex() and r"\begin{document}" in d.latex() and r"\begin{document}" not in d.latex(whole=False)
    assert "<math" in d.html() and d.html().lower().startswith("<!doctype html>")
    assert "|" in d.markdown()


@pytest.mark.parametrize("steps", ["textbook", "compiled"])
@pytest.mark.parametrize("formula, wrt, at", FORMULAS)
def test_the_module_of_basic_functions_runs_alone(formula, wrt, at, steps):
    d = derivation(formula, wrt, at=at, steps=steps)
    space = {}
    exec(d.source(), space)
    value, gradient = space["value_and_gradient"](**at)
    np.testing.assert_allclose(value, d.value, rtol=1e-12)
    for name, number in d.gradient.items():
        assert np.shape(gradient[name]) == np.shape(number)
        np.testing.assert_allclose(gradient[name], number, rtol=1e-9, atol=1e-12)


def test_sums_of_a_cotangent_that_is_one_number_count_every_entry():
    space = {}
    exec(derivation(sd.mean(X @ w + b), [w, b]).source(), space)
    _, gradient = space["value_and_gradient"](X=POINT["X"], w=POINT["w"], b=0.3)
    np.testing.assert_allclose(gradient["b"], 1.0, rtol=1e-14)
    np.testing.assert_allclose(gradient["w"], POINT["X"].mean(0), rtol=1e-14)


def test_basic_functions_are_python_functions():
    functions = derivation("-y*log(1/(1 + exp(-W*x)))", "W").functions()
    assert list(functions) == ["ξ₁", "ξ₂", "ξ₃", "ξ₄", "ξ₅", "L"]
    assert functions["ξ₁"].value(3, 3) == -9 and functions["ξ₁"].partials["W"](3) == -3
    assert functions["ξ₃"].value(2.0) == 3.0 and functions["ξ₃"].partials["ξ₂"]() == 1
    assert functions["ξ₄"].partials["ξ₃"](2.0) == -0.25


def test_odd_names_in_the_module():
    d = derivation(sd.array("class")*sd.array("np")*sp.sin(sd.array("a<b&c")) + sd.array("ξ₁_bar"), None)
    space = {}
    exec(d.source(), space)
    value, _ = space["value_and_gradient"](*[1.0]*4)
    np.testing.assert_allclose(value, np.sin(1) + 1)


def test_a_page_of_html_draws_the_graph():
    d = sd.derivation("log(1 + exp(w*x))", "w", at={"x": 2, "w": 0.5})
    page = d.html()
    assert page.count("<svg") == 1 and "ξ" in page and "Graph" in page
    assert "<svg" in d._repr_html_() and "<svg" not in d.text(width=100)


@pytest.mark.parametrize("formula, at", [("2**x", 10**9), ("gamma(x)", 10**6), ("x**x**x", 9)])
def test_exact_numbers_that_would_fill_the_memory_are_decimals(formula, at):
    d = derivation(formula, "x", at={"x": at}, exact=True)
    assert d.value.is_Float or not d.value.is_Rational
    assert len(d.text(width=100)) < 5000


@pytest.mark.parametrize("formula, at, value", [
    ("x**x**x**x", 9, sp.oo), ("exp(-exp(exp(exp(x))))", 3, 0), ("sin(exp(exp(x)))", 60, sp.nan),
    ("loggamma(exp(exp(x)))", 30, sp.oo)])
def test_exponentials_of_exponentials_are_infinite(formula, at, value):
    """Of a number beyond all floats nobody has the digits that its exponential takes."""
    d = derivation(formula, "x", at={"x": at}, exact=True)
    assert d.value is sp.sympify(value) and d.text()

"""The tape: against the oracle over every word and function, against autograd, at special points, deep and long."""
import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.errors import ArgumentError, NoDerivative, SizeMismatch, UnknownForm
from symdiff.model import Model
from symdiff.reference import oracle, tape
from tests.cases import loading
from tests.symdiff.reference.forms import FUNCTIONS, WORDS, close, total, values_of
from tests.sparse import sparse

FORMS = WORDS | FUNCTIONS
ENDLESS = {"gamma", "loggamma", "digamma", "polygamma", "erfinv", "log_ndtr"}   # at many digits: one direction only
HEAVY = """log_poisson, batch, batch vector, vector batch, batch batch, det batch, inv batch, solve batch, dot batch, trace batch
    einsum trace, transpose, log_softmax, softmax, erfcx, solve many, trace, solve, triangular upper, triangular many
    triangular, logaddexp, ndtr, sum all, einsum, cholesky, det, xlogy, where, log10, inv"""
HEAVY = {name.strip() for line in HEAVY.splitlines() for name in line.split(",")}
every_form = pytest.mark.parametrize("name", FORMS)


@every_form
def test_value_and_gradient_are_the_oracles(name):
    expression = total(FORMS[name])
    values = values_of(expression)
    value, gradient = tape.value_and_grad(expression, list(values), values)
    exact, exact_gradient = oracle.value_and_grad(expression, list(values), values, dps=20)
    close(value, exact)
    norm = max(float(np.max(np.abs(g))) for g in exact_gradient.values())
    for n in values:
        close(gradient[n], exact_gradient[n], scale=norm)


@pytest.mark.parametrize("name", sparse([n for n in FORMS if n not in ENDLESS | HEAVY], 4) + [
    pytest.param(n, marks=pytest.mark.nightly) for n in FORMS if n in HEAVY])
def test_hessian_is_the_oracles(name):
    expression = total(FORMS[name])
    values = values_of(expression)
    got, exact = tape.hessian(expression, list(values), values), oracle.hessian(expression, list(values), values, dps=13)
    norm = max(float(np.max(np.abs(h))) for h in exact.values())
    for pair, block in exact.items():
        close(got[pair], block, 1e-11, max(norm, 1e-10))


@every_form
def test_products_with_vectors_agree(name):
    """<c, J t> = <Jᵀ c, t>; J by rows is J by columns; H t is the second difference along t."""
    expression = FORMS[name]
    values, rng = values_of(expression), np.random.default_rng(3)
    made = tape.Tape(expression, list(values))
    t = {n: rng.standard_normal(np.shape(v)) for n, v in values.items()}
    c = rng.standard_normal(expression.sizes)
    pushed, pulled = made.jvp(t, values), made.vjp(c, values)
    assert np.sum(c*pushed) == pytest.approx(sum(np.sum(pulled[n]*t[n]) for n in values), rel=1e-12, abs=1e-13)
    trace, arrays = made.trace(values)
    for row, column in zip(trace.by_rows(arrays)[0], trace.by_columns(arrays)[0]):
        close(row, column, scale=1.0)
    one = tape.Tape(total(expression), list(values))
    curved, h = one.hvp(t, values), 1e-5
    ends = [one.gradient({n: v + s*h*t[n] for n, v in values.items()}) for s in (1, -1)]
    for n in values:
        slope = (ends[0][n] - ends[1][n])/(2*h)
        assert np.allclose(curved[n], slope, rtol=1e-5, atol=1e-6*(1 + np.max(np.abs(slope))))


def test_plain_sympy_is_read():
    x, y, i, j, n = sp.symbols("x y i j n")
    a, b = sp.IndexedBase("a"), sp.IndexedBase("b")
    A, B = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 3)
    p, A_value = np.array([0.3, -1.2, 2.0, 0.4]), np.eye(3)*2 + np.arange(9).reshape(3, 3)/10
    values = {"x": 0.4, "y": 1.7, "a": p, "b": p**2 + 1, "n": 3, "A": A_value, "B": A_value @ A_value.T/5}
    plain = [
        (x**y*sp.Heaviside(x) + sp.Max(x, y, 0) + sp.Abs(x - y)*sp.beta(1, 1), "xy"),
        (sp.Sum(sp.exp(a[i])*b[i]*x, (i, 0, n)), "axb"), (sp.Sum(a[i]*b[j]*(i + 1), (j, 0, i), (i, 0, n)), "ab"),
        (sp.Product(b[i] + x, (i, 0, n - 1)), "bx"), (sp.Sum(x*i**2, (i, 1, 5)), "x"),
        (sp.log(sp.Determinant(A)) + sp.Trace(A.T*B*A.I), "AB"), (sp.Sum(A[i, j]*B[j, i], (i, 0, 2), (j, 0, 2)), "AB"),
        (sp.Trace(sp.HadamardProduct(A, B)*A**2 + 2*A*x + sp.Identity(3)), "ABx"), (A[0, 1]*B[1, 1]**2, "AB"),
        (sp.Trace(B.applyfunc(sp.sin)*A), "AB"), (sp.Matrix([[x, y], [y**2, x]]).det(), "xy"),
        (sp.Trace(sp.ImmutableMatrix([[x, y, 1], [0, y, x], [x, x, y]])*A), "xyA")]
    for expression, wrt in plain:
        names = [str(s) for s in wrt]
        value, gradient = tape.value_and_grad(expression, names, values)
        exact, exact_gradient = oracle.value_and_grad(expression, names, values, dps=20)
        close(np.ravel(value), np.ravel(exact))
        for name in names:
            close(gradient[name], exact_gradient[name], 1e-11, 1.0)
    assert tape.value(sp.Sum(sp.exp(a[i])*b[i], (i, 0, n)), values) == pytest.approx(np.exp(p) @ (p**2 + 1), rel=1e-14)


x = sd.array("x")


@pytest.mark.parametrize("expression, at, slope", [
    (sd.relu(x), 0.0, 0.0), (sp.Max(0, x), 0.0, 0.0), (sd.abs(x), 0.0, 0.0), (sd.abs(x), -0.0, 0.0),
    (sd.sqrt(x), 0.0, np.inf), (x**0, 0.0, 0.0), (sd.xlogy(x, x), 0.0, 0.0), (sd.floor(x), 1.0, 0.0),
    (sd.norm(sd.stack([x]*2)), 0.0, 0.0), (sd.step(x), 0.0, 0.0), (sd.hard_unit(x), 0.5, 0.0),
    (sd.leaky_relu(x, 0.1), 0.0, 0.1), (sp.Piecewise((sp.log(x), x > 0), (0, True)), 0.0, 0.0),
    (sd.where(x > 0, sd.sqrt(x), x), 0.0, 1.0), (sd.softplus(x), 1000.0, 1.0), (sd.sigmoid(x), -800.0, 0.0),
    (sd.log_sigmoid(x), -1000.0, 1.0), (sd.tanh(x), 400.0, 0.0)])
def test_kinks_and_tails(expression, at, slope):
    assert tape.gradient(expression, ["x"], {"x": at})["x"] == slope


def test_ties_share_equally_and_sum_to_one():
    u, a, b, c = sd.array("u", 3), sd.array("a"), sd.array("b"), sd.array("c")
    assert tape.gradient(sd.max(u), ["u"], {"u": np.ones(3)})["u"].tolist() == [1/3]*3
    two = tape.gradient(sp.Max(a, b), ["a", "b"], {"a": 2.0, "b": 2.0})
    assert two == {"a": 0.5, "b": 0.5}
    three = tape.gradient(sp.Max(a, b, c), ["a", "b", "c"], {"a": 2.0, "b": 2.0, "c": 2.0})
    assert sum(three.values()) == 1 and three["a"] == three["c"] == 1/3


def test_values_at_special_points():
    x = sd.array("x")
    at = lambda e, v: tape.value(e, {"x": v})
    assert at(sd.step(x), 0.0) == 0.5 and at(x**0, 0.0) == 1 and at(sd.xlogy(x, x), 0.0) == 0
    assert np.isnan(at(sd.relu(x), np.nan)) and np.isnan(at(sp.Max(x, 0), np.nan))
    assert np.isnan(at(x**sp.Rational(1, 3), -8.0))
    assert np.signbit(at(x*1, -0.0)) and at(2**x, -1) == 0.5
    u = sd.array("u", 2)
    lse = lambda *p: tape.value(sd.logsumexp(u), {"u": np.array(p)})
    assert lse(1e308, -1e308) == 1e308 and lse(-np.inf, -np.inf) == -np.inf and lse(np.inf, 0.0) == np.inf


def test_lgamma_near_its_zeros():
    x = sd.array("x")
    for at in (1 + 1e-9, 1 - 1e-5, 2 + 1e-9, 2 - 3e-4, 1.3, 1.5, 2.499, 0.6):
        exact = float(oracle.value(sd.loggamma(x), {"x": at}))
        assert tape.value(sd.loggamma(x), {"x": at}) == pytest.approx(exact, rel=4e-16)


def test_symbolic_sizes_are_bound_by_shapes():
    n, d = sd.sizes("n d")
    X, w, r = sd.array("X", n, d), sd.array("w", d), sd.array("r", 2*n)
    expression = sd.sum(X @ w)/n + d
    made = tape.Tape(expression, ["w"])
    for rows in (3, 5, 3):
        data = np.arange(rows*2.0).reshape(rows, 2)
        value, gradient = made.value_and_grad({"X": data, "w": [1, 2]})
        assert value == pytest.approx(np.mean(data @ [1, 2]) + 2) and np.allclose(gradient["w"], data.mean(0))
    assert len(made.traces) == 2
    assert tape.value(sd.sum(r)/n, {"r": np.ones(6)}) == 2
    with pytest.raises(SizeMismatch):
        tape.value(expression, {"X": np.ones((3, 2)), "w": np.ones(3)})


def test_refusals():
    x, X = sp.Symbol("x"), sd.array("X", 3)
    with pytest.raises(UnknownForm):
        tape.value(sp.zeta(x), {"x": 2.0})
    with pytest.raises(UnknownForm):
        tape.value(sp.Function("sigmoid")(x), {"x": 2.0})
    with pytest.raises(ArgumentError):
        tape.value(x + sp.Symbol("y"), {"x": 2.0})
    with pytest.raises(NoDerivative):
        tape.gradient(X*2, ["X"], {"X": np.ones(3)})


def test_lists_give_tuples():
    x, y = sp.symbols("x y")
    both = [x*y, x + y**2]
    at = {"x": 2.0, "y": 3.0}
    assert tape.value(both, at) == (6, 11)
    first, second = tape.jacobian(both, [x, y], at)
    assert (first["x"], first["y"], second["x"], second["y"]) == (3, 2, 1, 6)
    assert tape.jvp(both, [x, y], {"x": 1.0}, at) == (3, 1)
    assert tape.vjp(both, [x, y], [1.0, 1.0], at) == {"x": 4, "y": 8}


@pytest.mark.parametrize("depth", sparse([3_000, 10_000, 100_000], 3))
def test_a_deep_chain_and_a_long_model(depth):
    w, b, h = sd.array("w"), sd.array("b"), sd.array("x")
    at, slope = {"w": 0.9999, "b": 0.5, "x": 1.0}, (1 - 0.9999**depth)/(1 - 0.9999)
    for _ in range(depth):
        h = w*h + b
    assert tape.gradient(h, [w, b], at)["b"] == pytest.approx(slope, rel=1e-9)
    equations = [("h0", sd.array("x"))] + [(f"h{k + 1}", w*sd.array(f"h{k}") + b) for k in range(depth)]
    model = Model(equations, loss=f"h{depth}", parameters=[w, b], data=[sd.array("x")])
    assert tape.Tape(model).gradient(at)["b"] == pytest.approx(slope, rel=1e-9)


def test_a_model_with_arrays():
    X, W, b = sd.array("X", 4, 3), sd.array("W", 3, 2), sd.array("b", 2)
    h = sd.array("h", 4, 2)
    model = Model([(h, sd.tanh(X @ W + b))], loss=sd.mean(h**2), parameters=[W, b], data=[X])
    rng = np.random.default_rng(1)
    values = {"X": rng.standard_normal((4, 3)), "W": rng.standard_normal((3, 2)), "b": rng.standard_normal(2)}
    value, gradient = tape.Tape(model).value_and_grad(values)
    exact, exact_gradient = oracle.value_and_grad(model, ["W", "b"], values, dps=20)
    close(value, exact)
    close(gradient["W"], exact_gradient["W"])
    close(gradient["b"], exact_gradient["b"])


def test_a_thousand_doublings():
    x = sd.array("x")
    e = x
    for _ in range(1000):
        e = e + e
    value, gradient = tape.value_and_grad(e, [x], {"x": 1.0})
    assert value == gradient["x"] == 2.0**1000


def test_autograd_agrees_on_a_network():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp
    rng = np.random.default_rng(0)
    W, V, b, D = (rng.standard_normal(s) for s in ((4, 6), (6, 3), (6,), (10, 4)))
    labels = np.eye(3)[rng.integers(0, 3, 10)]

    def loss(np, W, V, b):
        z = np.dot(np.tanh(np.dot(D, W) + b), V)
        return -np.sum(labels*(z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))))
    expression = loss(np, sd.array("W", 4, 6), sd.array("V", 6, 3), sd.array("b", 6))
    gradient = tape.gradient(expression, ["W", "V", "b"], {"W": W, "V": V, "b": b})
    for name, wanted in zip("WVb", autograd.grad(lambda *p: loss(anp, *p), (0, 1, 2))(W, V, b)):
        close(gradient[name], wanted)


class Taped:
    """The tape as an engine of the cases."""

    def __init__(self, expression, wrt):
        self.tape = tape.Tape(expression, wrt)

    def value_and_grad(self, /, **values):
        return self.tape.value_and_grad(values)

    def jac(self, /, **values):
        return self.tape.jacobian(values)

    def hess(self, /, **values):
        return self.tape.hessian(values)


def test_matrix_cases():
    gradients, hessians = loading.matrix_errors(Taped)
    assert (len(gradients), len(hessians)) == (41, 39)
    assert not loading.report("matrix, tape", gradients, 1e-11) + loading.report("their Hessians", hessians, 1e-9)


def test_gradbench_cases():
    sizes = {"hello": ["8"], "gmm": ["test", "gb_d2_k5"], "lstm": ["l2_c1024@8"], "llsq": ["n16_m4"],
             "lse": ["n5", "n100", "hard"]}
    assert not loading.report("gradbench, tape", loading.gradbench_errors(Taped, sizes), 1e-11)


def test_large_graphs():
    assert not loading.report("large graphs, tape", loading.large_graph_errors(Taped, 40), 1e-9)


def test_nist():
    assert not loading.report("NIST, tape", loading.nist_errors(Taped, loading.python_reader), 1e-9)

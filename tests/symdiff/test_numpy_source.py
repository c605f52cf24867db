"""numpy_code: the text is run with NumPy and SciPy alone, and gives what `evaluate` gives of the same formula."""
import inspect
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.errors import ArgumentError, UnknownForm
from symdiff.evaluate import evaluate
from symdiff.language.core import Array, make
from symdiff.numpy_source import numpy_code
from symdiff.numpy_source.functions import CALLS, HELPERS, TEMPLATES
from symdiff.numpy_source.given import taken_apart
from symdiff.primitives.record import TABLE, Elementwise
from symdiff.read import read_all
from symdiff.write import write
from tests.patience import soon
from tests.programs import draw, seeded

n, m, d = sd.sizes("n m d")
X, Y, A = sd.array("X", n, d), sd.array("Y", n, d), sd.array("A", 3, 3)
x, y, w, b, t = sd.array("x", n), sd.array("y", n), sd.array("w", d), sd.array("b"), sd.array("t")
i = sd.array("i", m)
T = sd.array("T", 2, 3, 3)
SHAPES = {"X": (5, 2), "Y": (5, 2), "A": (3, 3), "x": (5,), "y": (5,), "w": (2,), "b": (), "t": (), "T": (2, 3, 3)}
POINT = {name: np.random.default_rng(k).normal(size=shape) for k, (name, shape) in enumerate(SHAPES.items())}
POINT["i"] = np.array([0.0, 3.0, 3.0, 1.0])
S = A @ A.T + sd.eye(3)


def function(text, name="f"):
    """The function of a text, that was given nothing but Python."""
    space = {"__name__": "alone"}
    exec(compile(text, "<numpy_code>", "exec"), space)
    return space[name]


def run(expr, values, sizes=None, **more):
    f = function(numpy_code(expr, **more), **more)
    given = {**{str(s): k for s, k in (sizes or {}).items()}, **values}
    with np.errstate(all="ignore"):
        return f(**{name: given[name] for name in inspect.signature(f).parameters})


def agree(expr, values, sizes=None, rtol=1e-12):
    many = isinstance(expr, (list, tuple))
    found = run(expr, values, sizes)
    wanted = evaluate(read_all(expr).outputs, values, sizes)
    for a, b in zip(found if many else [found], wanted, strict=True):
        assert np.shape(a) == b.shape
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("seed", range(120))
def test_random_programs(seed):
    program = draw(seeded(seed), 4 + seed % 12)
    agree(program.outputs, program.values, program.sizes)


@pytest.mark.parametrize("seed", range(40))
def test_gradients_of_random_programs(seed):
    program = draw(seeded(seed), 4)
    gradients = list(sd.gradient(program.loss, program.wrt))
    agree([program.loss, *gradients], program.values, program.sizes, rtol=1e-9)


WORDS = [
    X @ w + b, x @ X, X.T @ y/n, x @ y, X.T, sd.transpose(T, (1, 0, 2)), sd.einsum("ij,kj->ik", X, Y), sd.outer(x, w),
    sd.dot(T, A), sd.trace(A), sd.trace(T), sd.sum(X), sd.sum(X, axis=0), sd.sum(T, axis=(0, 2), keepdims=True),
    sd.mean(X, axis=1), sd.prod(x), sd.max(X, axis=0), sd.min(x), sd.logsumexp(X, axis=1), sd.logsumexp(X),
    sd.logsumexp(T, (0, 1), True), sd.norm(x), sd.norm(X, axis=1), sd.norm(T, axis=(0, 1)), sd.norm(T), sd.softmax(X),
    sd.softmax(X, axis=0), sd.log_softmax(x), sd.cumsum(X, axis=0), sd.cumprod(x), sd.reshape(X, -1), sd.reshape(X, d,
    n), sd.broadcast_to(1, n, d), sd.broadcast_to(b, n), sd.broadcast_to(w, n, d), sd.broadcast_to(0, 3),
    sd.broadcast_to(2, n), sd.concatenate([x, y]), sd.concatenate([X, Y], axis=1), sd.stack([x, y]), sd.stack([b, t]),
    sd.stack([x, y], axis=1), sd.take(X, [0, 2], axis=0), sd.take(x, i), sd.take(X, i, axis=0), sd.take(x,
    list(range(5))*3), sd.diag(x), sd.diag(A), sd.tril(A), sd.triu(A, 1), sd.eye(3) + A, sd.arange(n)*x, sd.solve(S,
    A), sd.solve(S, A[0]), sd.triangular_solve(A, A[0]), sd.triangular_solve(A, A, lower=False, transposed=True),
    sd.inv(S), sd.det(A), sd.logdet(S), sd.logdet(S + 0.1*sd.tril(A)), sd.slogdet(A)[0], sd.slogdet(A)[1],
    sd.cholesky(S), sd.where(x > 0, x, -y), sd.where(X > b, 1, 0), sp.Piecewise((x, x > 1), (y, x > 0)), sp.Max(x, y,
    0), sp.Min(x, b), (x > 0)*y + (x <= y), sd.where((x > 0) & ~(y > 0) | sd.eq(x, y), x, 2), -(x > 0),
    sp.sqrt(abs(x)), abs(x)**-0.5, abs(x)**sp.Rational(-1, 2), x**-2, 2**x, abs(x)**y, x % 2, x//2, x[0], x[-1],
    x[1:], x[:-2], x[::-1], x[-3:], X[:, 0], X[:, None, 1], X[1:3, ::-1], x[n - 2], b[None], b[None, None], x[:n - 1]
    - x[1:], n*x + d*w[0], sp.pi*b + sp.E, sp.sqrt(2)*b, b*sp.Rational(1, 3) + b*0.1, b*1e300 + 10**20,
    sp.EulerGamma*b, np.arange(3.0)*A, A[0] + np.array([1.5, -0.0, 1e-300]), b*np.array([np.inf, -np.inf, np.nan]),
    x/3, x*2/(3*b), (x @ y)*x, X @ w*y, (X*2) @ w, X @ (w*b), A @ A @ A, -A @ A, x - (y - x), x/(y/x), (x**2)**2,
    sp.Heaviside(x), sp.polygamma(1, abs(x)), sp.atan2(x, y), sd.xlogy(abs(x), abs(y)),
    *[make(word, args, attributes) for word, args, attributes in (
        ("slice", (X,), ((1, 2, 2), (1, -1, 2))), ("slice", (x,), ((n - 1, -2, 2),)), ("slice", (x,), ((0, 2, 0),)),
        ("pad", (x, y), ((2*n,), (((0, 1),), ((n, 1),)))), ("pad", (x,), ((2*n,), (((2*n - 1, -2),),))),
        ("scatter_add", (2*i, i), (-1, 5)), ("scatter_add", (sd.outer(i, w), i), (-2, n)),
        ("recurrence", (x, y), (0,)), ("recurrence", (X, Y), (1,)), ("cofactor", (A,), ()), ("cofactor", (T,), ()))],
    sd.scan(lambda s, e: (s*b + e, s), 0.0, x)[1], sd.scan(lambda s, e: (s*e, None), w, X, reverse=True)[0]]


@pytest.mark.parametrize("k", range(len(WORDS)))
def test_every_word(k):
    agree(WORDS[k], POINT, {n: 5, d: 2, m: 4})


def test_no_word_is_left_out():
    tried = {e.op for one in WORDS for e in sd.language.walk(one) if hasattr(e, "op") and type(e.op) is str}
    assert tried == set(sd.language.core.SIZES)


def elementwise():
    return [record for record in TABLE.values() if isinstance(record, Elementwise)]


@pytest.mark.parametrize("record", elementwise(), ids=lambda record: record.name)
def test_every_record(record):
    """At points drawn where the record is judged, through the expression that `write` makes of it."""
    rng = np.random.default_rng(1)
    arrays = [Array(f"x{k}", n) for k in range(len(record.args))]
    values = {}
    for k, (array, interval) in enumerate(zip(arrays, record.domain)):
        low, high = max(float(interval.start), -30), min(float(interval.end), 30)
        drawn = rng.uniform(low, high, 40)
        values[array.name] = np.ceil(drawn) if k in record.whole or record.name in ("and", "or", "not") else drawn
    nodes = [read_all(array).outputs[0] for array in arrays]
    from symdiff.graph import make as node
    e = write(node(record, tuple(nodes)))
    if record.boolean or record.name in ("and", "or", "not"):
        e = sd.where(e, 1, 0)
    agree(e, values, rtol=2e-12)


def test_every_function_of_the_table_is_a_record():
    known = {record.sympy for record in elementwise()} | {sp.sec, sp.csc, sp.cot, sp.csch, sp.coth}
    assert set(CALLS) | set(TEMPLATES) <= known


@pytest.mark.parametrize("name", sorted(HELPERS))
def test_helpers_say_what_they_do(name):
    assert HELPERS[name].__doc__.endswith(".") and HELPERS[name].__globals__.keys() >= {"np"}


def test_tails():
    far = {"x": np.array([-800.0, -40.0, 0.0, 40.0, 800.0])}
    for f in (sd.sigmoid, sd.softplus, sd.log_sigmoid, sd.swish, sd.relu, sp.tanh, sd.log_ndtr, sd.erfcx):
        agree(f(x), far if f is not sd.erfcx else {"x": abs(far["x"])})
    agree(sd.softmax(x), far)
    agree(sd.log_softmax(x), far)
    agree(sd.logsumexp(x), far)


# -- other dialects ---------------------------------------------------------------------------------------------------

def test_plain_sympy():
    p, q = sp.symbols("p q")
    values = {"p": 0.3, "q": 1.7}
    for e in (sp.exp(-p**2/2)/sp.sqrt(2*sp.pi), p/q, -p/3, sp.log(q)/q - p*sp.sin(q)**2, 
              sp.Piecewise((p, p > 1), (q, True)), sp.gamma(q) + sp.erf(p), sp.Max(p, q, 1), 1/sp.sqrt(q), q**p,
              sp.Integer(3), sp.beta(p, q), sp.factorial(q), sp.sec(p), sp.Abs(p - q), sp.Heaviside(p, 1)):
        agree(e, values)


def test_matrices_and_sums():
    M, v = sp.MatrixSymbol("M", 3, 3), sp.MatrixSymbol("v", 3, 1)
    values = {"M": POINT["A"], "v": POINT["A"][:, :1]}
    agree((v.T*M*v)[0, 0], values)
    agree(sp.Trace(M*M.T), values)
    j, k = sp.symbols("j k", integer=True)
    a = sp.IndexedBase("a", shape=(5,))
    agree(sp.Sum(a[j]**2, (j, 0, 4)), {"a": POINT["x"]})


def test_a_model_has_lines_with_its_names():
    model = sd.Model("h = tanh(X @ W + c)\nunused = h*2\np = sigmoid(h @ v)",
                     loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
                     parameters={"W": (d, 3), "c": (3,), "v": (3,)}, data={"X": (n, d), "y": (n,)})
    text = numpy_code(model, name="loss")
    assert "def loss(W, c, v, X, y):" in text
    assert "    h = np.tanh(X @ W + c)\n    p = sigmoid(h @ v)\n    return -np.mean(" in text
    assert "unused" not in text
    values = {"W": POINT["X"][:2, :1]*np.ones(3), "c": np.ones(3), "v": np.arange(3.0), "X": POINT["X"],
              "y": np.ones(5)}
    assert run(model, values) == pytest.approx(float(evaluate(read_all(model).outputs, values)[0]), rel=1e-13)


def test_several_expressions():
    found = run([X @ w, sd.sum(x)], POINT)
    assert type(found) is tuple and found[0].shape == (5,) and np.ndim(found[1]) == 0
    assert type(run([X @ w], POINT)) is tuple


# -- the text ---------------------------------------------------------------------------------------------------------

def body(expr, **more):
    """The lines after the docstring."""
    text = numpy_code(expr, **more)
    return [line.strip() for line in text[text.rindex('"""') + 3:].strip().split("\n")]


def test_it_reads_well():
    p = sd.sigmoid(X @ w + b)
    assert body(X.T @ (p - y)/n)[1:] == ["n = X.shape[0]", "p = sigmoid(X @ w + b)", "return X.T @ (p - y)/n"]
    assert body((p - y)**2*sd.sum(p - y))[1:] == ["p = sigmoid(X @ w + b)", "return (p - y)**2*np.sum(p - y)"]
    assert body((sp.tanh(x) - y*b)**2*sd.sum(sp.tanh(x) - y*b))[1:] == ["r = np.tanh(x) - y*b", "return r**2*np.sum(r)"]
    assert body(sd.log(x)*2 + sd.log(x))[1:] == ["u = np.log(x)", "return u*2 + u"]
    assert body(x*(1 - x))[1:] == ["return x*(1 - x)"]


def test_lengths_come_from_shapes():
    assert "n = x.shape[0]" in body(x/n)
    assert body(sd.eye(2*n + 1) @ sd.array("z", 2*n + 1))[1] == "n = (z.shape[0] - 1)//2"
    assert "def f(x, k)" in numpy_code(sd.sum(x)*sd.sizes("k") + sd.sum(sd.eye(sd.sizes("k"))))
    assert "scipy" not in numpy_code(sd.softmax(x)) and "from scipy import special" in numpy_code(sp.loggamma(x))


ODD = ["lambda", "np", "a<b", "50%", "f", "softmax", "x y", "1x", "ξ₁", "ﬁ", "'", '"""', "\\", "é", "漢",
       "class", "None", "array", "E", "I", "pi", "a"*200, "\n"]


def test_odd_names():
    arrays = [Array(name, n) for name in ODD]
    text = numpy_code(sum(k*a for k, a in enumerate(arrays, 1))/n)
    f = function(text)
    values = [np.full(2, 10.0**k) for k in range(len(ODD))]
    wanted = sum(k*v for k, v in enumerate(values, 1))/2
    np.testing.assert_allclose(f(*values), wanted)
    assert "# lambda_ stands for 'lambda'" in text and all(len(line) < 1000 for line in text.split("\n"))


def test_depth_and_sharing():
    e = b
    for k in range(5_000):
        e = sp.tanh(e*b + 0.5)
    start = time.process_time()
    text = numpy_code(e)
    assert soon(start, 0.5) and max(map(len, text.split("\n"))) < 130
    wanted = 0.7
    for k in range(5_000):
        wanted = np.tanh(wanted*0.7 + 0.5)
    assert function(text)(0.7) == pytest.approx(wanted, rel=1e-12)
    twice = b
    for _ in range(200):
        twice = sp.sin(twice + twice*twice)
    assert len(numpy_code(twice)) < 20_000
    many = sum((k*b for k in range(3_000)), b)
    assert run(many, {"b": 1.0}) == 1 + 2_999*1_500


@pytest.mark.nightly
def test_the_same_text_on_every_run():
    code = ("import symdiff as sd, sympy as sp; n, d = sd.sizes('n d');"
            "X, w, x, y = sd.array('X', n, d), sd.array('w', d), *sp.symbols('x y');"
            "g = sd.exprel(x).diff(x)*sd.erfcx(y) + sp.exp(x*y) + sp.loggamma(x + y)*x + sp.exp(x*y)**2;"
            "print(sd.numpy_code([sd.sigmoid(X @ w)*sd.erfcx(X @ w)*n*d, g]))")
    path = ":".join(p for p in sys.path if p)
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": seed, "PYTHONPATH": path}).stdout for seed in "123"}
    assert len(runs) == 1 and "def _exprel_cumulant" in runs.pop()


def test_what_has_no_code_is_refused():
    for bad in ("f f", "class", "np", "softmax", 3, ""):
        with pytest.raises(ArgumentError):
            numpy_code(x, name=bad)
    with pytest.raises(UnknownForm):
        numpy_code(sp.zeta(sp.Symbol("s")))
    with pytest.raises(UnknownForm):
        numpy_code("x + 1")
    with pytest.raises(ArgumentError):
        numpy_code([])
    with pytest.raises(ArgumentError, match="too long"):
        numpy_code(sd.sum(sd.array("z", 10**6)*np.arange(1e6)))
    s = sp.Symbol("s")
    for bad in (s + sp.I, x*10**400, sp.oo, sp.nan, {"x": x}, [[x]], None, sp.Lambda(s, s), sp.Function("g")(s)):
        with pytest.raises(UnknownForm):
            numpy_code(bad)


def test_inputs_in_order():
    assert [s.name for s in taken_apart(y + X @ w).inputs] == ["y", "X", "w"]

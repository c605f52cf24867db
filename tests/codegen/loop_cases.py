"""Graphs for the tests of codegen: outputs, inputs and values, made by hand and at random."""
import types

import numpy as np

import symdiff.primitives  # noqa: F401
from codegen.emit.python import Given, Verb, source
from symdiff.derive import gradient
from symdiff.graph import make
from symdiff.lengths import sizes
from symdiff.primitives import algebra, arrangement, reduction
from symdiff.primitives.build import contract, elementwise, matmul, over, total
from symdiff.primitives.leaf import constant, data, input, iota, size

n, d, k = sizes("n d k")


class Case:
    """Outputs of a graph, its inputs in calling order, and values for them."""

    def __init__(self, name, outputs, inputs, values, names=None):
        self.name, self.outputs, self.inputs, self.values = name, tuple(outputs), tuple(inputs), values
        self.names = names or {}

    def __repr__(self):
        return self.name


def logistic(rows=70, columns=3, seed=0):
    """Logistic regression: loss, gradient in w, gradient in b."""
    e = elementwise
    X, y, w, b = input("X", (n, d)), input("y", (n,)), input("w", (d,)), input("b")
    z = e("add", contract([X, w], [(0, 1), (1,)], (0,)), b)
    one = constant(1)
    entropy = e("add", e("mul", y, e("softplus", e("neg", z))), e("mul", e("sub", one, y), e("softplus", z)))
    residual = e("sub", e("mul", e("sub", one, y), e("sigmoid", z)), e("mul", y, e("sigmoid", e("neg", z))))
    residual = e("div", residual, size(n))
    loss = e("div", total(entropy), size(n))
    outputs = (loss, contract([X, residual], [(0, 1), (0,)], (1,)), total(residual))
    rng = np.random.default_rng(seed)
    values = {"X": rng.normal(size=(rows, columns)), "y": (rng.random(rows) < 0.5)*1.0, "w": rng.normal(size=columns),
              "b": 0.3}
    return Case("logistic", outputs, (X, y, w, b), values, {z: "z", loss: "loss"})


def blocks():
    """Each block with its gradient, on small arrays of known sizes."""
    rng = np.random.default_rng(1)
    A, B, x, where, v = input("A", (4, 4)), input("B", (4, 3)), input("x", (5, 6)), input("where", (3,)), input("v",
                                                                                                                (4,))
    square = rng.normal(size=(4, 4))
    values = {"A": square @ square.T + 2*np.eye(4), "B": rng.normal(size=(4, 3)), "x": rng.normal(size=(5, 6)),
              "where": np.array([0.0, 2, 4]), "v": rng.normal(size=4)}
    nodes = {
        "logsumexp": (make(reduction.LOGSUMEXP, (x,), (1,)), x), "softmax": (make(reduction.SOFTMAX, (x,), (1,)), x),
        "log_softmax": (make(reduction.LOG_SOFTMAX, (x,), (1,)), x), "norm": (make(reduction.NORM, (x,), (2,)), x),
        "max": (make(reduction.MAX_REDUCE, (x,), (1,)), x), "min": (make(reduction.MIN_REDUCE, (x,), (2,)), x),
        "take rows": (arrangement.take(x, where, 0), x), "take columns": (arrangement.take(x, where, 1), x),
        "reshape": (arrangement.reshape(x, (3, 10)), x), "slice": (arrangement.cut(x, ((1, 2, 2), (5, -1, 4))), x),
        "concatenate": (arrangement.concatenate((x, arrangement.cut(x, ((0, 1, 2), (0, 1, 6)))), 0), x),
        "cumsum": (make(reduction.CUMSUM, (x,), (0,)), x), "matmul": (matmul(A, B), A),
        "solve": (algebra.solve(A, B), A),
        "inv": (algebra.inv(A), A), "logdet": (make(algebra.LOGDET, (A,)), A), "det": (make(algebra.DET, (A,)), A),
        "log_abs_det": (make(algebra.LOG_ABS_DET, (A,)), A), "cholesky": (make(algebra.CHOLESKY, (A,)), A),
        "trace": (contract([A, A], [(0, 1), (1, 2)], (0, 2)), A), "diagonal": (contract([v], [(0,)], (0, 0)), v),
        "outer": (contract([v, v], [(0,), (1,)], (0, 1)), v), "sum of the diagonal": (contract([A], [(0, 0)], ()), A),
        "positions": (elementwise("mul", v, iota(4)), v),
        "constants": (elementwise("mul", data(np.arange(4.0)**2 - 1), v), v),
    }
    for name, (node, wrt) in nodes.items():
        scalar = node if node.sizes == () else total(elementwise("mul", node, elementwise("sin", node)))
        yield Case(name, (node, *gradient(scalar, [wrt])), (A, B, x, where, v), values)


def network(rows=70, classes=3):
    """A layer of tanh, a softmax, and the gradient in its weights: products of matrices within the pass."""
    X, T, W, V = input("X", (n, d)), input("T", (n, classes)), input("W", (d, k)), input("V", (k, classes))
    h = elementwise("tanh", matmul(X, W))
    logp = make(reduction.LOG_SOFTMAX, (matmul(h, V),), (1,))
    loss = over(total(elementwise("mul", T, logp)), size(n))
    rng = np.random.default_rng(3)
    labels = rng.integers(0, classes, rows)
    values = {"X": rng.normal(size=(rows, 4)), "T": np.eye(classes)[labels], "W": rng.normal(size=(4, 5)),
              "V": rng.normal(size=(5, classes))}
    return Case("network", (loss, *gradient(loss, [W, V])), (X, T, W, V), values, {h: "h", loss: "loss"})


def embedding(rows=70):
    """Rows of a table taken by data, the gradient scattered back."""
    table, where, y = input("table", (k, d)), input("where", (n,)), input("y", (n, d))
    error = elementwise("sub", arrangement.take(table, where, 0), y)
    loss = total(elementwise("mul", error, error))
    rng = np.random.default_rng(4)
    values = {"table": rng.normal(size=(6, 3)), "where": rng.integers(0, 6, rows)*1.0, "y": rng.normal(size=(rows, 3))}
    return Case("embedding", (loss, *gradient(loss, [table])), (table, where, y), values, {loss: "loss"})


SMOOTH = ("exp", "sin", "tanh", "sigmoid", "softplus", "neg", "abs", "relu", "floor", "sign", "log1p", "sqrt", "not")
PAIRS = ("add", "sub", "mul", "div", "maximum", "minimum_const", "lt", "ge", "eq", "and", "or", "hypot", "atan2", "pow")


def random_case(seed, nodes=14):
    """A graph of random primitives over rows, columns, both and none; two or three outputs."""
    rng = np.random.default_rng(seed)
    rows, columns = (n, d) if seed % 3 else (int(rng.integers(1, 6)), int(rng.integers(1, 4)))
    inputs = (input("X", (rows, columns)), input("u", (rows,)), input("w", (columns,)), input("b"))
    known = [*inputs, constant(2, (rows,)), constant(-0.5), constant(3, (rows, columns))]
    known += [data(np.array([1.5, -2.0]))] if columns == 2 else []
    while len(known) < nodes + 8:
        known.append(_grown(rng, known, rows, columns))
    lengths = {n: int(rng.choice([1, 3, 300, 70])), d: int(rng.integers(1, 5))}
    shapes = [tuple(lengths.get(s, s) for s in i.sizes) for i in inputs]
    values = {i.attributes[0]: rng.normal(size=s) for i, s in zip(inputs, shapes)}
    outputs = [known[-1], known[int(rng.integers(len(inputs) + 3, len(known)))], total(known[-2])]
    return Case(f"random {seed}", outputs, inputs, values)


def _grown(rng, known, rows, columns):
    """One more node on those that are known."""
    def any_of(*wanted):
        fits = [x for x in known if x.sizes in wanted] or [x for x in known if not x.sizes]
        return fits[int(rng.integers(len(fits)))]

    kind, a = int(rng.integers(9)), known[int(rng.integers(len(known)))]
    if kind <= 2:
        return elementwise(SMOOTH[int(rng.integers(len(SMOOTH)))], a)
    if kind <= 5:
        b = any_of(a.sizes, (), (columns,) if a.sizes == (rows, columns) else ())
        if not set(b.sizes) <= set(a.sizes) or len(b.sizes) > len(a.sizes):
            b = constant(1.5, a.sizes)
        return elementwise(PAIRS[int(rng.integers(len(PAIRS)))], a, b)
    if kind == 6:
        return elementwise("select", elementwise("gt", a, constant(0)), elementwise("sin", a), a)
    if a.sizes == (rows, columns):
        axis = int(rng.integers(3))
        if axis == 2:
            return contract([a, any_of((columns,))], [(0, 1), (1,)],
                            (0,)) if any(x.sizes == (columns,) for x in known) else a
        return total(a, (axis,)) if rng.random() < 0.7 else make(reduction.MAX_REDUCE, (a,), (1,))
    if a.sizes == (rows,) and rng.random() < 0.5:
        return contract([a, any_of((rows, columns))], [(0,), (0, 1)], (1,))
    return total(a)


def text_of(case, program, verb="run", **options):
    """The module of one program."""
    given = [Given(i.attributes[0], i.attributes[0], i.sizes) for i in case.inputs]
    return source([Verb(verb, program, tuple(range(len(case.outputs))))], given, case.name, **options)


def module_of(text, name="generated"):
    """The module that a text is."""
    made = types.ModuleType(name)
    exec(compile(text, f"<{name}>", "exec"), made.__dict__)
    return made


def worst(got, wanted):
    """The largest difference of two lists of arrays, relative to the largest entry of each."""
    most = 0.0
    for a, b in zip(got, wanted, strict=True):
        a, b = np.asarray(a, float), np.asarray(b, float)
        assert a.shape == b.shape, (a.shape, b.shape)
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        fine = np.isfinite(b)
        np.testing.assert_array_equal(a[~fine & ~np.isnan(b)], b[~fine & ~np.isnan(b)])
        if fine.any():
            most = max(most, np.abs(a[fine] - b[fine]).max()/max(1.0, np.abs(b[fine]).max()))
    return most

"""Graphs are written as expressions: read(write(g)) is g for graphs as read, equal values for others."""
import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings, strategies as st

import symdiff.language as sd
from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.primitives import build
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, input
from symdiff.primitives.record import TABLE, Block, Elementwise
from symdiff.read import read, read_all
from symdiff.write import write

n, d = sd.sizes("n d")
X, Y = sd.array("X", n, d), sd.array("Y", n, d)
A, B = sd.array("A", 3, 3), sd.array("B", 2, 3, 3)
w, v, b = sd.array("w", d), sd.array("v", n), sd.array("b")
u, M = sd.array("u", 5), sd.array("M", 2, 5)
x, y = sp.symbols("x y")
LENGTHS = {n: 4, d: 3}

PROGRAMS = {
    "logistic": lambda: -sd.mean(v*sp.log(1/(1 + sp.exp(-(X @ w + b))))
                                 + (1 - v)*sp.log(1 - 1/(1 + sp.exp(-X @ w - b)))),
    "broadcast rows": lambda: X*w + v[:, None],
    "broadcast both": lambda: v[:, None] - w[None, :],
    "broadcast scalar": lambda: b*X - 3,
    "transpose": lambda: X.T @ v, "gram": lambda: X.T @ X, "gram of rows": lambda: X @ X.T, "batch": lambda: B @ A,
    "batch of vectors": lambda: B @ sd.array("c", 3), "inner": lambda: w @ w, "outer": lambda: sd.outer(v, w),
    "trace": lambda: sd.trace(A), "trace of a product": lambda: sd.trace(A @ A.T @ A), "diag": lambda: sd.diag(w),
    "diagonal": lambda: sd.diag(A), "diag in a product": lambda: sd.diag(w) @ X.T, "eye": lambda: A + sd.eye(3),
    "einsum": lambda: sd.einsum("bij,bjk,i->bk", B, B, sd.array("c", 3)),
    "sums": lambda: sd.sum(X, axis=0) + sd.sum(X)*w, "keepdims": lambda: X - sd.mean(X, axis=0, keepdims=True),
    "mean of all": lambda: sd.mean(X*X), "max": lambda: sd.max(X, axis=0), "min": lambda: sd.min(X),
    "prod": lambda: sd.prod(u),
    "prod of columns": lambda: sd.prod(M, axis=0), "prod of all": lambda: sd.prod(M),
    "cumsum": lambda: sd.cumsum(M, axis=0),
    "cumprod": lambda: sd.cumprod(M, axis=1), "cumprod of columns": lambda: sd.cumprod(M, axis=0),
    "logsumexp": lambda: sd.logsumexp(X, axis=1),
    "logsumexp of columns": lambda: sd.logsumexp(X, axis=0, keepdims=True),
    "softmax": lambda: sd.softmax(X), "softmax of columns": lambda: sd.softmax(X, axis=0),
    "log_softmax": lambda: sd.log_softmax(X)[:, 0], "norm": lambda: sd.norm(X),
    "norm of rows": lambda: X/sd.norm(X, axis=1)[:, None],
    "slices": lambda: M[:, 1:4:2] + M[1, 0], "backwards": lambda: u[::-1] - u[3:0:-1][0],
    "symbolic slices": lambda: v[1:] - v[:-1],
    "reshape": lambda: sd.reshape(M, (5, 2)) @ sd.array("c", 2), "ravel": lambda: sd.ravel(X),
    "concatenate": lambda: sd.concatenate([u, u[:2], 2*u]), "stack": lambda: sd.stack([w, w*w, sp.exp(w)], axis=1),
    "stack of numbers": lambda: sd.stack([b, 1, 2*b]), "take": lambda: sd.take(u, np.array([0, 3, 3])),
    "take columns": lambda: M[:, [1, 1, 0]], "tril": lambda: sd.tril(A) + sd.triu(A, 1),
    "solve": lambda: sd.solve(A, sd.array("c", 3)), "solve matrix": lambda: sd.solve(A, A.T),
    "solve batch": lambda: sd.solve(B, A),
    "triangular": lambda: sd.triangular_solve(A, sd.array("c", 3), lower=False), "inv": lambda: sd.inv(A) @ A,
    "det": lambda: sd.det(B), "slogdet": lambda: sd.slogdet(A)[0]*sd.slogdet(A)[1],
    "logdet": lambda: sd.logdet(A @ A.T + sd.eye(3)),
    "cholesky": lambda: sd.cholesky(A @ A.T + sd.eye(3)), "where": lambda: sd.where(X > 0, X, 0),
    "conditions": lambda: sd.where((X > 0) & (Y <= 1) | ~sd.eq(X, Y), X, Y),
    "max of many": lambda: sd.maximum(sd.maximum(X, Y), 0),
    "n-ary max": lambda: sp.Max(X, Y, X*Y, 1),
    "powers": lambda: X**2 + X**-1 + X**b + 2**X + X**sp.Rational(1, 3) + sp.sqrt(X),
    "signs": lambda: -X - (-Y) + (-1)*X - 2*Y, "quotients": lambda: 1/X/Y + b/(X*Y) + X/2 + 2/X,
    "constants": lambda: X*np.ones((4, 3))[0, 0] + sp.pi,
    "data": lambda: sd.array("q", 2, 2) @ np.array([[1.0, 2.0], [3.0, 4.0]]), "minus zero": lambda: X*-0.0,
    "functions": lambda: sp.sin(X) + sp.erf(X) + sd.sigmoid(X) + sp.atan2(X, Y) + sp.polygamma(2,
        X) + sp.digamma(X) + sp.loggamma(X) + sp.Abs(X),
    "sizes": lambda: sd.sum(X)/n + n*d, "iota": lambda: sd.sum(sd.arange(n)*v),
    "plain": lambda: x*sp.exp(-y**2/2)/sp.sqrt(2*sp.pi) - 3*y,
    "piecewise": lambda: sp.Piecewise((x, x > 0), (y, x > -1)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_reading_what_was_written_gives_the_node_itself(name):
    graph = read(PROGRAMS[name]())
    again = write(graph)
    reading = read_all(again)
    assert reading.outputs[0] is graph


def test_programs_use_every_block_that_a_formula_can_make():
    used = {node.op.name for make in PROGRAMS.values() for node in order([read(make())])}
    only_derived = {"pad", "scatter_add", "cofactor", "recurrence"}
    assert {name for name, record in TABLE.items() if isinstance(record, Block)} - used <= only_derived


@pytest.mark.parametrize("name", [k for k, r in TABLE.items() if isinstance(r, Elementwise)])
def test_every_elementwise_record(name):
    record = TABLE[name]
    from symdiff.graph import make
    inputs = tuple([input("abc"[k], (n,)) for k in range(len(record.args))])
    if name in ("polygamma", "maximum_const", "minimum_const"):
        k = 0 if name == "polygamma" else 1
        inputs = inputs[:k] + (constant(2, (n,)),) + inputs[k + 1:]
    node = make(record, inputs)
    assert record.boolean and read(sd.where(write(node), 1,
                                            0)).inputs[0] is node or not record.boolean and read(write(node)) is node


def values_of(graph, seed=0):
    rng = np.random.default_rng(seed)

    return {node.attributes[0]: rng.uniform(0.5, 1.5, [int(sp.sympify(s).subs(LENGTHS)) for s in node.sizes])
            for node in order([graph]) if node.op.name == "input"}


REWRITTEN = {
    "reverse cumsum": lambda: [TABLE["cumsum"], (input("M", (2, 5)),), (1,)],
    "transposed solve": lambda: [TABLE["solve"], (input("A", (3, 3)), input("C", (3, 2))), (1,)],
    "softmax over two": lambda: [TABLE["softmax"], (input("M", (2, 5)),), (2,)],
    "pad": lambda: [TABLE["pad"], (input("u", (5,)),), ((12,), (((1, 2),),))],
    "recurrence": lambda: [TABLE["recurrence"], (input("M", (2, 5)), input("K", (2, 5))), (1,)],
    "cofactor": lambda: [TABLE["cofactor"], (input("A", (3, 3)),), ()],
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_graphs_that_no_formula_makes_keep_their_values(name):
    from symdiff.graph import make
    graph = make(*REWRITTEN[name]())
    values = values_of(graph)
    np.testing.assert_allclose(*evaluate((graph, read(write(graph))), values), rtol=1e-13)


@pytest.mark.parametrize("subs, out, sizes", [
    ([(0, 1)], (0, 0, 1), {}), ([(0,)], (0, 0, 0), {}), ([(0, 0, 1)], (1, 0), {}), ([(0, 1)], (1, 2, 0), {2: 4}),
    ([(0, 1), (1, 2)], (0, 3, 2), {3: 2}), ([], (0, 1, 0, 1), {0: 2, 1: 3}), ([(0,), (1,)], (1, 0),
        {}), ([(0, 1), (0,)], (0,), {})])
def test_contractions_in_general(subs, out, sizes):
    lengths = {0: 3, 1: 3, 2: 3}
    operands = [input("PQ"[k], tuple([lengths[c] for c in labels])) for k, labels in enumerate(subs)]
    graph = contract(operands, subs, out, sizes)
    values = values_of(graph)
    again = read(write(graph))
    np.testing.assert_allclose(*evaluate((graph, again), values), rtol=1e-14)
    assert again is graph


@pytest.mark.parametrize("formula, printed", [
    (sd.einsum("b,a->ab", w, v), "outer(v, w)"), (sd.diag(A), "diag(A)"), (M[1, 0], "M[1, 0]"), (M[:, 2], "M[:, 2]"),
    (M[1:], "M[1:]"), (sd.trace(A @ A.T), "trace(A @ A.T)"), (A.T @ A.T, "A.T @ A.T"), (A @ A, "A @ A"),
    (sd.softmax(X, axis=0), "softmax(X, axis=0)"), (sd.solve(A.T, u[:3]), "solve(A.T, u[:3])"),
    (w @ (sd.array("D", d, d) @ w), "w @ (D @ w)"), (w @ sd.array("D", d, d) @ w, "w @ D @ w"),
    (sd.einsum("ab,ac->ab", X, X), None), (sd.einsum("ij,kl->", A, A), None), (b*sd.eye(3), "b*eye(3)"),
])
def test_words_of_products(formula, printed):
    graph = read(formula)
    assert read(write(graph)) is graph
    assert printed is None or str(write(graph)) == printed


def test_pieces_that_cover_an_axis_are_joined():
    q, x0, x1 = sd.array("q", 2), sd.array("s0"), sd.array("s1")
    for formula, printed in [(sd.sum(sd.stack([x0, x1])*q), "stack((s0, s1))"),
                             (q[0]*sd.sum(w) + sp.sin(q[1]), "stack((sum(w), cos(q[1])))")]:
        found, = gradient(read(formula), [read(q)])
        assert str(write(found)) == printed


def test_sympy_evaluates_nothing():
    s = sd.array("s")
    assert str(write(read(sp.erfc(-s)))) == "erfc(-s)"
    assert read(write(read(sp.exp(s)*sp.exp(-s)))) is read(sp.exp(s)*sp.exp(-s))


def test_names_are_the_users():
    reading = read_all(x*sp.sin(y))
    written = write(reading.outputs[0], reading.symbols)
    assert written.free_symbols == {x, y}
    assert write(read_all([X, w]).outputs) == (X, w)


def test_depth_and_sharing_cost_nothing():
    e = b
    for _ in range(3000):
        e = sp.tanh(e*b + 1)
    assert read(write(read(e))) is read(e)
    for _ in range(1000):
        e = e + e
    assert read(write(read(e))) is read(e)


LEAVES = st.sampled_from([X, Y, v[:, None], w, b, sp.Integer(2), sp.Rational(1, 3), 0.1])
UNARY = st.sampled_from([sp.exp, sp.tanh, sp.sin, lambda e: -e, lambda e: 1/e, lambda e: e**2,
                         lambda e: sd.softmax(e + X, axis=0),
                         lambda e: (e + X).T.T, lambda e: sd.sum(e + X, axis=1)[:, None], lambda e: (e + X) @ X.T @ Y,
                         lambda e: sd.where(e > X, e, 0), lambda e: sd.cumsum(X + e, axis=1), lambda e: e - sd.max(X*e,
                             axis=1, keepdims=True)])
BINARY = st.sampled_from([lambda p, q: p + q, lambda p, q: p - q, lambda p, q: p*q, lambda p, q: p/q, sp.Max])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(LEAVES, lambda inner: st.one_of(st.tuples(UNARY, inner), st.tuples(BINARY, inner, inner)),
                    max_leaves=12))
def test_random_programs(tree):
    def grow(tree):
        if not isinstance(tree, tuple):
            return tree
        f, *parts = tree
        return f(*[grow(p) if isinstance(p, tuple) else X*0 + p for p in parts])

    e = grow(tree)
    graph = read(e if isinstance(e, sp.Basic) else sp.sympify(e))
    assert read(write(graph)) is graph


def test_sum_of_a_repetition_is_written():
    graph = build.total(constant(1, (n, 3)))
    assert graph.op.name in ("mul", "size") and write(graph) is not None


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_keep_their_values_when_written(name):
    reading = read_all(PROGRAMS[name]())
    graph, = reading.outputs
    inputs = [node for node in order([graph]) if node.op.name == "input"]
    gradients = gradient(build.total(graph), inputs)
    values = {node.attributes[0]: values_of(graph)[node.attributes[0]] for node in inputs}
    again = read_all([PROGRAMS[name](), *write(gradients,
                                               reading.symbols)]).outputs[1:]         # together: a length alone names no axis
    for one, other in zip(evaluate(gradients, values, LENGTHS), evaluate(again, values, LENGTHS)):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)

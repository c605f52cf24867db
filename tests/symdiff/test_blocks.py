"""Blocks: values against NumPy and SciPy, derivatives to third order in both modes, sizes 0 and 1, special points."""
import numpy as np
import pytest
import scipy.special
from tests.symdiff.differences import near, numeric, verify

from symdiff.derive import gradient, hessian, jacobian
from symdiff.errors import ArgumentError, SizeMismatch
from symdiff.evaluate import evaluate
from symdiff.graph import check, make
from symdiff.primitives import algebra, arrangement, reduction
from symdiff.primitives.build import elementwise, total, transpose
from symdiff.primitives.leaf import constant, data, input
from symdiff.lengths import sizes

n, m = sizes("n m")


def normal(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape)


def value(function, *arrays):
    return evaluate([function(*map(data, arrays))], {})[0]


# ---------------------------------------------------------------- arrangement

ARRANGED = {
    "reshape": (lambda x: arrangement.reshape(x, (2, 6)), lambda x: x.reshape(2, 6), (2, 3, 2)),
    "reshape of a part": (lambda x: arrangement.reshape(x, (2, 3, 2)), lambda x: x.reshape(2, 3, 2), (2, 6)),
    "reshape to a scalar": (lambda x: arrangement.reshape(x, ()), lambda x: x.reshape(()), (1, 1)),
    "slice": (lambda x: arrangement.cut(x, [(1, 2, 2), (0, 1, 3)]), lambda x: x[1:4:2], (5, 3)),
    "slice backwards": (lambda x: arrangement.cut(x, [(3, -1, 4)]), lambda x: x[:, 3::-1], (2, 5)),
    "slice of the last": (lambda x: arrangement.cut(x, [(1, 1, 2)]), lambda x: x[:, :, 1:3], (2, 3, 4)),
    "slice of nothing": (lambda x: arrangement.cut(x, [(2, 1, 0)]), lambda x: x[2:2], (4,)),
    "index": (lambda x: arrangement.index(x, (("i", 1), ("n",), ("s", 0, 2, 2))), lambda x: x[1, None, ::2], (3, 4)),
    "index a number": (lambda x: arrangement.index(x, (("i", 2),)), lambda x: x[2], (3,)),
    "concatenate": (lambda x: arrangement.concatenate([x, x, arrangement.cut(x, [(0, 1, 1), (0, 1, 2)])], 0),
                    lambda x: np.concatenate([x, x, x[:1]]), (3, 2)),
    "stack": (lambda x: arrangement.stack([x, constant(2, (3,)), x], 1), lambda x: np.stack([x, 0*x + 2, x], 1), (3,)),
    "take": (lambda x: arrangement.take(x, data([[0, 2], [2, 2]]), 1), lambda x: x[:, [[0, 2], [2, 2]]], (2, 3, 2)),
    "take one": (lambda x: arrangement.take(x, data(2), 0), lambda x: x[2], (3, 2)),
    "take nothing": (lambda x: arrangement.take(x, data(np.zeros(0)), 0), lambda x: x[:0], (3, 2)),
}


@pytest.mark.parametrize("case", ARRANGED)
def test_arrangement(case):
    function, want, shape = ARRANGED[case]
    x = normal(*shape)
    np.testing.assert_array_equal(value(function, x), want(x))
    verify(function, x=x)


def test_scatter_add_is_the_adjoint_of_take():
    positions = data([[0, 2], [2, 1]])
    x = normal(2, 2, 2, 3)
    want = np.zeros((2, 4, 3))
    for i in np.ndindex(2, 2):
        want[:, int(positions.attributes[0].array[i])] += x[:, i[0], i[1]]
    function = lambda node: arrangement.scatter_add(node, positions, -2, 4)       # noqa: E731
    np.testing.assert_allclose(value(function, x), want)
    verify(function, x=x)


def test_pad_puts_pieces_in_place():
    x, y = normal(2, 2), normal(2, 3)
    function = lambda a, b: arrangement.pad([a, b], (6,), [((1, 3),), ((5, -2),)])  # noqa: E731
    want = np.zeros((2, 6))
    want[:, 1::3] += x
    want[:, 5::-2] += y
    np.testing.assert_array_equal(value(function, x, y), want)
    verify(function, x=x, y=y)


def test_pad_of_the_last_axis():
    verify(lambda a: arrangement.pad([a], (5,), [((1, 2),)]), x=normal(2, 3, 2))


def test_pieces_of_one_array_are_put_back_together():
    x = input("x", (1000,))
    entries = [arrangement.index(x, (("i", k),)) for k in range(1000)]
    result = entries[0]
    for k in range(1, 1000):
        result = elementwise("add", result, elementwise("mul", entries[k], entries[k - 1]))
    bar = check(gradient(result, [x]))[0]
    assert bar.op is arrangement.PAD and len(bar.inputs) == 1000
    v = normal(1000)
    want = np.append(v[1:], 0) + np.insert(v[:-1], 0, 0)
    want[0] += 1
    np.testing.assert_allclose(evaluate([bar], {"x": v})[0], want)


@pytest.mark.parametrize("wrong", [-1, 3, 0.5, np.nan, np.inf])
def test_positions_are_checked(wrong):
    node = arrangement.take(input("x", (3,)), input("i", (2,)), 0)
    with pytest.raises(ArgumentError, match="position"):
        evaluate([node], {"x": np.zeros(3), "i": [0, wrong]})


def test_arrangement_refuses():
    x = input("x", (3, 4))
    with pytest.raises(SizeMismatch):
        arrangement.reshape(x, (5, 2))
    with pytest.raises(SizeMismatch):
        arrangement.cut(x, [(2, 1, 3)])
    with pytest.raises(SizeMismatch):
        arrangement.concatenate([x, input("y", (3, 5))], 0)
    with pytest.raises(ArgumentError):
        evaluate([arrangement.cut(input("v", (n,)), [(2, 1, 3)])], {"v": np.zeros(4)})


def test_arrangement_of_symbolic_sizes():
    def function(x, y):
        joined = arrangement.concatenate([x, arrangement.cut(y, [(1, 1, m), (0, 1, 2)])], 0)
        return arrangement.reshape(elementwise("mul", joined, joined), (2*n + 2*m,))
    verify(lambda x, y, z: elementwise("mul", function(x, y), total(z)),
           symbolic={"x": (n, 2), "y": (m + 1, 2), "z": (m,)}, x=normal(3, 2), y=normal(3, 2), z=normal(2))


# ---------------------------------------------------------------- reductions

REDUCED = {
    "max": (lambda x: reduction.reduce_axes(reduction.MAX_REDUCE, x, (1,)), lambda x: x.max(1)),
    "min, kept": (lambda x: reduction.reduce_axes(reduction.MIN_REDUCE, x, (0, 2), True),
                  lambda x: x.min((0, 2), keepdims=True)),
    "logsumexp": (lambda x: reduction.reduce_axes(reduction.LOGSUMEXP, x, (0, 2)),
                  lambda x: scipy.special.logsumexp(x, (0, 2))),
    "softmax": (lambda x: reduction.along_axes(reduction.SOFTMAX, x, (1,)), lambda x: scipy.special.softmax(x, 1)),
    "log_softmax": (lambda x: reduction.along_axes(reduction.LOG_SOFTMAX, x, (0,)),
                    lambda x: scipy.special.log_softmax(x, 0)),
    "log_softmax, last": (lambda x: reduction.along_axes(reduction.LOG_SOFTMAX, x, (2,)),
                          lambda x: scipy.special.log_softmax(x, 2)),
    "norm": (lambda x: reduction.reduce_axes(reduction.NORM, x, (0, 1)), lambda x: np.linalg.norm(x, axis=(0, 1))),
    "cumsum": (lambda x: reduction.cumsum(x, 1), lambda x: np.cumsum(x, 1)),
    "cumprod": (lambda x: reduction.cumprod(x, 0), lambda x: np.cumprod(x, 0)),
    "prod": (lambda x: reduction.prod(x, (0, 2)), lambda x: np.prod(x, (0, 2))),
    "prod, kept": (lambda x: reduction.prod(x, (1,), True), lambda x: np.prod(x, 1, keepdims=True)),
}


@pytest.mark.parametrize("case", REDUCED)
@pytest.mark.parametrize("shape", [(2, 3, 2), (1, 1, 1), (2, 1, 3)])
def test_reduction(case, shape):
    function, want = REDUCED[case]
    x = normal(*shape)
    np.testing.assert_allclose(value(function, x), want(x), rtol=1e-13)
    verify(function, second=shape[0] == 2, x=x)


@pytest.mark.parametrize("case", ["logsumexp", "softmax", "cumsum", "cumprod", "norm", "prod"])
def test_no_entries(case):
    function, _ = REDUCED[case]
    x = input("x", (0, 3, 0))
    y = function(x)
    got = evaluate([y, *jacobian(y, [x])], {"x": np.zeros((0, 3, 0))})
    assert got[1].shape == got[0].shape + (0, 3, 0)
    assert np.all(got[0] == {"logsumexp": -np.inf, "norm": 0, "prod": 1}.get(case, 0)) or case == "norm"


@pytest.mark.parametrize("reverse", [0, 1])
@pytest.mark.parametrize("length", [1, 4])
def test_recurrence(reverse, length):
    a, b = normal(2, length), normal(2, length, seed=4)
    want, s = np.zeros((2, length)), 0
    for k in reversed(range(length)) if reverse else range(length):
        s = b[:, k] + a[:, k]*s
        want[:, k] = s
    function = lambda p, q: make(reduction.RECURRENCE, (p, q), (reverse,))        # noqa: E731
    np.testing.assert_allclose(value(function, a, b), want, rtol=1e-14)
    verify(function, a=a, b=b)
    verify(lambda x: make(reduction.CUMSUM, (x,), (reverse,)), x=a)


def test_recurrence_of_symbolic_length():
    function = lambda p: reduction.cumprod(p, 0)                                   # noqa: E731
    verify(function, symbolic={"x": (n,)}, x=normal(3))
    x = input("x", (n,))
    total_ = reduction.prod(x)
    for length in (0, 1):
        got, slope = evaluate([total_, *gradient(total_, [x])], {"x": np.full(length, 7.0)})
        assert got == 7.0**length and slope.tolist() == [1.0]*length


def test_zeros_in_products():
    for zeros in ([1], [0, 2]):
        x = np.array([2.0, 3.0, 5.0])
        x[zeros] = 0
        verify(lambda v: reduction.prod(v), x=x)
        verify(lambda v: reduction.cumprod(v, 0), x=x)


def test_ties_share():
    x = input("x", (4,))
    for block, point in ((reduction.MAX_REDUCE, [1.0, 3, 3, 3]), (reduction.MIN_REDUCE, [1.0, 0, 0, 0])):
        y = reduction.reduce_axes(block, x)
        slope = evaluate(gradient(y, [x]), {"x": point})[0]
        np.testing.assert_array_equal(slope, [0, 1/3, 1/3, 1/3])
        assert np.isnan(evaluate([y], {"x": [1, np.nan, 2, 3]})[0])
        assert np.all(np.isnan(evaluate(gradient(y, [x]), {"x": [1, np.nan, 2, 3]})[0]))


INF = np.inf


@pytest.mark.parametrize("point, largest, slope", [
    ([1e308, 1e308], 1e308, [.5, .5]), ([-1e308, 0.0], 0, [0, 1]), ([-INF, -INF], -INF, [.5, .5]),
    ([INF, 0.0], INF, [1, 0]), ([-INF, 2.0], 2, [0, 1]), ([0.0, -745.0], 5e-324, [1, 5e-324]),
    ([0.0, -40.0], np.exp(-40), [1, np.exp(-40)]), ([INF, INF], INF, [.5, .5])])
def test_exponentials_at_special_points(point, largest, slope):
    x = input("x", (2,))
    y = reduction.reduce_axes(reduction.LOGSUMEXP, x)
    got, first = evaluate([y, *gradient(y, [x])], {"x": point})
    assert got == largest
    np.testing.assert_allclose(first, slope, rtol=1e-15)
    logs = evaluate([reduction.along_axes(reduction.LOG_SOFTMAX, x, (0,))], {"x": point})[0]
    assert not np.any(np.isnan(logs))


def test_nan_is_never_hidden():
    x = input("x", (3,))
    for block in (reduction.LOGSUMEXP, reduction.NORM):
        y = reduction.reduce_axes(block, x)
        assert all(np.all(np.isnan(v)) for v in evaluate([y, *gradient(y, [x])], {"x": [1, np.nan, 2]}))
    for block in (reduction.SOFTMAX, reduction.LOG_SOFTMAX):
        assert np.all(np.isnan(evaluate([reduction.along_axes(block, x, (0,))], {"x": [1, np.nan, 2]})[0]))


def test_norm_at_zero_and_far():
    x = input("x", (3,))
    y = reduction.reduce_axes(reduction.NORM, x)
    got, slope, curve = evaluate([y, *gradient(y, [x]), hessian(y, [x])[0, 0]], {"x": np.zeros(3)})
    assert got == 0 and not np.any(slope) and not np.any(curve)
    for scale in (1e-200, 1e200, 5e-324):
        got, slope = evaluate([y, *gradient(y, [x])], {"x": [3*scale, 0, 4*scale]})
        assert got == pytest.approx(5*scale, rel=1e-15) and slope == pytest.approx([.6, 0, .8], rel=1e-15)


# ---------------------------------------------------------------- linear algebra

def spd(*shape, seed=8):
    a = normal(*shape, shape[-1], seed=seed)
    return a @ np.swapaxes(a, -1, -2) + 2*np.eye(shape[-1])


@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_solve(batch, transposed):
    a, b = normal(*batch, 3, 3) + 3*np.eye(3), normal(*batch, 3, 2, seed=4)
    function = lambda p, q: make(algebra.SOLVE, (p, q), (transposed,))             # noqa: E731
    want = np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)
    np.testing.assert_allclose(value(function, a, b), want, rtol=1e-12)
    verify(function, a=a, b=b, h=2e-3)


@pytest.mark.parametrize("lower", [0, 1])
@pytest.mark.parametrize("transposed", [0, 1])
def test_triangular_solve(lower, transposed):
    a, b = normal(2, 3, 3) + 3*np.eye(3), normal(2, 3, 2, seed=4)
    part = np.tril(a) if lower else np.triu(a)
    function = lambda p, q: algebra.triangular_solve(p, q, lower, transposed)      # noqa: E731
    want = np.linalg.solve(np.swapaxes(part, 1, 2) if transposed else part, b)
    np.testing.assert_allclose(value(function, a, b), want, rtol=1e-12)
    verify(function, a=a, b=b, h=2e-3)


def test_solve_with_a_vector_and_a_stretched_batch():
    a = normal(3, 3) + 3*np.eye(3)
    verify(algebra.solve, a=a, b=normal(3), h=2e-3)
    verify(algebra.solve, second=False, a=a, b=normal(2, 3, 2), h=2e-3)
    np.testing.assert_allclose(value(algebra.solve, a, normal(3)), np.linalg.solve(a, normal(3)))


@pytest.mark.parametrize("name", ["inv", "det", "cofactor", "log_abs_det"])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (1, 1)])
def test_general_matrices(name, shape):
    a = normal(*shape) + 2*np.eye(shape[-1])
    want = {"inv": np.linalg.inv, "det": np.linalg.det, "log_abs_det": lambda x: np.linalg.slogdet(x)[1],
            "cofactor": lambda x: np.linalg.det(x)[..., None, None]*np.swapaxes(np.linalg.inv(x), -1, -2)}[name]
    function = lambda x: make(getattr(algebra, name.upper()), (x,))                # noqa: E731
    np.testing.assert_allclose(value(function, a), want(a), rtol=1e-12)
    verify(function, a=a, h=1e-3)


def test_sign_det_is_a_step():
    a = input("A", (2, 2))
    sign = make(algebra.SIGN_DET, (a,))
    got, slope = evaluate([sign, *gradient(sign, [a])], {"A": [[0., 1], [1, 0]]})
    assert got == -1 and not np.any(slope)


def test_det_of_singular_matrices():
    a = input("A", (3, 3))
    det = make(algebra.DET, (a,))
    for rank in (0, 1, 2):
        point = normal(3, rank) @ normal(rank, 3, seed=9)
        got, slope = evaluate([det, *gradient(det, [a])], {"A": point})
        assert got == pytest.approx(0, abs=1e-15)
        near(slope, numeric(lambda x: np.linalg.det(x), point), 1e-9)
    broken = np.array([[1., 2], [2, 4]])
    a = input("A", (2, 2))
    nodes = algebra.inv(a), make(algebra.LOG_ABS_DET, (a,)), algebra.solve(a, constant(1, (2,)))
    got = evaluate(nodes, {"A": broken})
    assert np.all(np.isnan(got[0])) and got[1] == -INF and np.all(np.isnan(got[2]))


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (1, 1)])
def test_cholesky(shape):
    a = spd(*shape[:-1])
    function = lambda x: make(algebra.CHOLESKY, (x,))                              # noqa: E731
    np.testing.assert_allclose(value(function, a), np.linalg.cholesky(a), rtol=1e-13)
    verify(function, a=a, h=2e-3)
    assert np.all(np.isnan(value(function, -a)))


def test_logdet():
    a = spd(3)
    node = input("A", (3, 3))
    y = make(algebra.LOGDET, (node,))
    got, slope = evaluate([y, *gradient(y, [node])], {"A": a})
    assert got == pytest.approx(np.linalg.slogdet(a)[1], rel=1e-14)
    np.testing.assert_allclose(slope, np.linalg.inv(a).T, rtol=1e-12)
    general = make(algebra.LOG_ABS_DET, (node,))
    near(*evaluate([hessian(y, [node])[0, 0], hessian(general, [node])[0, 0]], {"A": a}), 1e-13)
    assert np.isnan(evaluate([y], {"A": -a})[0])


def test_algebra_of_symbolic_sizes():
    def function(a, b):
        return algebra.solve(elementwise("add", a, transpose(a)), b)
    verify(function, symbolic={"a": (n, n), "b": (n, m)}, a=normal(3, 3) + 3*np.eye(3), b=normal(3, 2), h=2e-3)
    verify(lambda a: make(algebra.CHOLESKY, (a,)), symbolic={"a": (n, n)}, a=spd(2), h=2e-3)


def test_algebra_refuses():
    with pytest.raises(SizeMismatch):
        make(algebra.INV, (input("A", (2, 3)),))
    with pytest.raises(SizeMismatch):
        algebra.solve(input("A", (3, 3)), input("b", (2,)))

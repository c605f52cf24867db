"""Bad inputs, section C (55 to 70): arrays as users have them, each test naming its number.

What tests/codegen/test_frontdoor.py tests form by form is here once more from the list; lengths are tested in full.
"""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd

n, m, d = sd.sizes("n m d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
v, M = sd.array("v", n), sd.array("M", m, n)
i, j = sd.array("i", d), sd.array("j", d)
s = sp.Symbol("s", integer=True)
DATA = np.arange(12.0).reshape(4, 3) - 5
POINT = {"X": DATA, "y": np.ones(4), "w": np.array([1.0, -2.0, 0.5]), "b": 0.5}


@pytest.fixture(scope="module")
def f():
    return sd.compile(sd.mean((X @ w + b - y)**2), wrt=[w, b])


@pytest.fixture(scope="module")
def matrix():
    return sd.compile(X*w)


def result(f, values):
    value, gradient = f.value_and_grad(values)
    return value, gradient["w"].tobytes(), gradient["b"]


@pytest.mark.parametrize("number, form", [
    (55, lambda a: a.astype(np.int64)), (55, lambda a: [[int(e) for e in row] for row in a]),
    (57, lambda a: a.astype(np.float32)), (59, lambda a: a.astype(">f8")), (60, np.asfortranarray),
    (60, lambda a: np.repeat(a, 2, axis=1)[:, ::2]), (60, lambda a: a[::-1].copy()[::-1]),
    (62, lambda a: np.ma.masked_array(a)), (62, lambda a: a.view(np.matrix)), (63, lambda a: a.tolist()),
    (63, lambda a: tuple(map(tuple, a))),
])
def test_55_to_63_taken(f, number, form):
    assert result(f, {**POINT, "X": form(DATA)}) == result(f, POINT)


def test_55_whole_numbers_are_no_integers():
    base, power = sp.symbols("base power")
    assert sd.compile(base**power)(base=2, power=-1) == 0.5


def test_56_bool(f):
    assert result(f, {**POINT, "y": np.ones(4, bool)}) == result(f, POINT)


def test_60_61_broadcast_and_read_only(f):
    frozen = np.broadcast_to(1.0, (4,))
    assert not frozen.flags.writeable and result(f, {**POINT, "y": frozen}) == result(f, POINT)
    read_only = DATA.copy()
    read_only.flags.writeable = False
    assert result(f, {**POINT, "X": read_only}) == result(f, POINT)


@pytest.mark.parametrize("number, value", [
    (58, DATA.astype(np.float16)), (58, DATA.astype(np.longdouble)), (58, DATA + 0j), (58, DATA.astype(object)),
    (58, [["a", "b", "c"]]), (58, np.array([["2020-01-01"]], "datetime64[D]")), (58, "abc"), (58, None),
    (62, np.ma.masked_array(DATA, DATA > 0)), (63, (row for row in DATA)), (63, [[1.0], [1.0, 2.0]]), (63, {1: 2}),
])
def test_58_62_63_refused(f, number, value):
    with pytest.raises(sd.DTypeError, match=r"X .*(?s:.)*do:"):
        f({**POINT, "X": value})


@pytest.mark.parametrize("change, name", [
    ({"w": 1.0}, "w"), ({"X": DATA[0]}, "X"), ({"b": [1.0]}, "b"), ({"y": np.ones(5)}, "y"),
    ({"w": np.ones(4)}, "w"), ({"X": DATA[:3]}, "y"), ({"X": DATA.T}, "(w|y)"),
])
def test_63_64_sizes_that_do_not_fit(f, change, name):
    for call in (f, f.value_and_grad, f.jac, lambda values: f.hvp({"b": 1.0}, values)):
        with pytest.raises(sd.SizeMismatch, match=rf"\b{name}\b(?s:.)*do:"):
            call({**POINT, **change})


# -- 64: no position outside of an array, whatever it is called with ---------------------------------------------------

x, q = sp.IndexedBase("x", shape=(n,)), sp.MatrixSymbol("q", n, n)
OUTSIDE = {
    "index": (v[5], {"v": np.ones(3)}),
    "index from the end": (v[-4], {"v": np.ones(3)}),
    "index by a length": (v[m] + 0*sd.sum(M), {"v": np.ones(3), "M": np.ones((3, 3))}),
    "entry of softmax": (sd.softmax(v)[0], {"v": []}),
    "row": (sd.sum(M[2]), {"M": np.ones((2, 3))}),
    "MatrixElement": (q[0, 3], {"q": np.ones((3, 3))}),
    "Indexed": (x[7], {"x": np.ones(3)}),
    "Indexed from the end": (x[n - 4], {"x": np.ones(3)}),
    "Sum beyond": (sp.Sum(x[s]**2, (s, 0, 5)), {"x": np.ones(3)}),
    "Sum of less than nothing": (sp.Sum(x[s]**2, (s, 2, n - 1)), {"x": np.ones(1)}),
    "Sum of neighbours": (sp.Sum(x[s]*x[s + 1], (s, 0, n - 2)), {"x": []}),
    "Product of less than nothing": (sp.Product(x[s], (s, 2, n - 1)), {"x": np.ones(1)}),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_64_positions_outside(case):
    expression, values = OUTSIDE[case]
    f = sd.compile(expression)
    for call in (f, f.value_and_grad, f.hess):
        with pytest.raises(sd.SizeMismatch, match=r"(position|long)(?s:.)*(n|m) is(?s:.)*do:"):
            call(values)


def test_64_the_same_formulas_inside():
    f = sd.compile([v[5], v[-4], sd.sum(v[4:]), np.roll(v, 5)])
    six = np.arange(6.0)
    one, two, three, rolled = f(v=six)
    assert (one, two, three) == (5.0, 2.0, 9.0) and np.array_equal(rolled, np.roll(six, 5))
    assert f.jac(v=six)[0]["v"].tolist() == [0, 0, 0, 0, 0, 1]
    with pytest.raises(sd.SizeMismatch):
        f(v=np.ones(4))


def test_64_rolled_by_more_than_there_is():
    """As NumPy rolls: round and round."""
    f = sd.compile(np.roll(v, 5))
    for length in (0, 1, 2, 3, 7):
        assert np.array_equal(f(v=np.arange(1.0*length)), np.roll(np.arange(1.0*length), 5))


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_64_slices_are_cut_as_numpy_cuts_them(cut, length):
    given = np.arange(1.0, length + 1)
    right = [given[5:], given[1:], given[:3], given[-3:], given[1:-1], given[::2], given[::-1], given[4:2],
             np.concatenate([given[2:], given[:-1]]), np.diff(given)]
    for ours, numpys in zip(cut(v=given), right, strict=True):
        assert np.array_equal(ours, numpys)


@pytest.fixture(scope="module")
def cut():
    return sd.compile([v[5:], v[1:], v[:3], v[-3:], v[1:-1], v[::2], v[::-1], v[4:2],
                       sd.concatenate([v[2:], v[:-1]]), np.diff(v)])


def test_64_lengths_nobody_tells_and_declared_ones():
    k = sd.sizes("k")
    with pytest.raises(sd.ArgumentError, match="no value tells the size k"):
        sd.compile(sd.sum(v[:k]))(v=np.ones(3))
    even, some = sp.Symbol("e", even=True, nonnegative=True), sp.Symbol("p", integer=True, positive=True)
    with pytest.raises(sd.SizeMismatch, match="the size e is 3, and was declared as even"):
        sd.compile(sd.sum(sd.array("z", even)[:even/2]))(z=np.ones(3))
    with pytest.raises(sd.SizeMismatch, match="the size p is 0, and was declared as positive"):
        sd.compile(sd.array("z", some)[0])(z=[])


def test_64_positions_that_are_values():
    pairs, taken = sd.compile(M[i, j]), sd.compile(sd.take(v, [1, 4]))
    given = np.arange(6.0).reshape(2, 3)
    assert pairs(M=given, i=[0, 1], j=[2, 0]).tolist() == [2, 3]
    for rows, columns in (([0], [4]), ([1], [-1]), ([2], [0]), ([0.5], [0]), ([np.nan], [0]), ([0], [1e300])):
        with pytest.raises(sd.ArgumentError, match="out of range"):
            pairs(M=given, i=rows, j=columns)
    assert taken(v=np.arange(5.0)).tolist() == [1, 4]
    with pytest.raises(sd.ArgumentError, match="out of range"):
        taken(v=np.arange(4.0))


def test_64_a_saved_module_refuses_too():
    module = {}
    exec(sd.compile(v[5] + sd.sum(v[1:]), wrt=[]).source, module)
    assert module["value"](np.arange(6.0)) == 20
    with pytest.raises(ValueError, match="position"):
        module["value"](np.ones(3))


# -- 65: no rows, one row, one column ---------------------------------------------------------------------------------

@pytest.mark.parametrize("rows, columns", [(0, 3), (1, 3), (4, 1), (3, 0), (0, 0)])
@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_65_few_rows_and_columns(f, rows, columns):
    values = {"X": np.ones((rows, columns)), "y": np.ones(rows), "w": np.ones(columns), "b": 0.5}
    right = (columns - 0.5)**2 if rows else np.nan
    slope = 2*(columns - 0.5) if rows else np.nan
    same = np.testing.assert_array_equal
    same(f(values), right)
    value, gradient = f.value_and_grad(values)
    same(value, right), same(gradient["b"], slope), same(gradient["w"], np.full(columns, slope))
    same(f.grad(values)["w"], gradient["w"]), same(f.jac(values)["b"], slope)
    assert f.hess(values)["w", "b"].shape == (columns,) and f.hess(values)["w", "w"].shape == (columns, columns)
    vectors = {"w": np.ones(columns), "b": 1.0}
    assert f.hvp(vectors, values)["w"].shape == (columns,)
    same(f.jvp({"b": 1.0}, values), slope), same(f.vjp(2.0, values)["b"], 2*slope)
    flat = f.flat(X=values["X"], y=values["y"])
    at = flat.pack(w=values["w"], b=0.5)
    same(flat.fun(at), right), same(flat.jac(at), np.full(columns + 1, slope))
    assert flat.hess(at).shape == (columns + 1,)*2 and flat.hessp(at, at).shape == (columns + 1,)
    buffers = {"w": np.empty(columns), "b": np.empty(())}
    same(f.into(buffers, values), right), same(buffers["w"], gradient["w"])
    report = f.check(values)
    assert report.ok or not rows, str(report)


def test_65_reductions_of_nothing():
    f = sd.compile([sd.sum(v), sd.prod(v), sd.max(v), sd.min(v), sd.logsumexp(v), sd.norm(v), sd.mean(v)])
    np.testing.assert_array_equal(f(v=[]), [0, 1, -np.inf, np.inf, -np.inf, 0, np.nan])
    assert all(block["v"].shape == (0,) for block in f.jac(v=[]))


# -- 66 to 70: results ------------------------------------------------------------------------------------------------

def not_writable():
    made = np.empty((4, 3))
    made.flags.writeable = False
    return made


@pytest.mark.parametrize("number, buffer, error, words", [
    (66, DATA, sd.ArgumentError, "shares memory with X"),
    (66, DATA[::-1][::-1], sd.ArgumentError, "shares memory with X"),
    (67, np.empty((4, 3), np.float32), sd.DTypeError, "float32"), (67, np.empty((4, 3), ">f8"), sd.DTypeError, ">f8"),
    (67, np.empty((3, 4)), sd.SizeMismatch, r"\(4, 3\)"), (67, not_writable(), sd.ArgumentError, "read-only"),
    (67, np.empty((4, 3), order="F"), sd.ArgumentError, "contiguous"), (67, [[0]*3]*4, sd.DTypeError, "list"),
    (67, np.empty((4, 6))[:, ::2], sd.ArgumentError, "contiguous"), (67, None, sd.DTypeError, "NoneType"),
    (67, np.ma.masked_array(np.empty((4, 3)), True), sd.DTypeError, "MaskedArray"),
])
def test_66_67_buffers(matrix, number, buffer, error, words):
    before = DATA.copy()
    if isinstance(buffer, np.ndarray) and buffer.flags.writeable and buffer.base is None and buffer is not DATA:
        buffer[...] = 7
    with pytest.raises(error, match=f"the buffer of the value.*{words}(?s:.)*do:"):
        matrix.into(buffer, X=DATA, w=POINT["w"])
    assert np.array_equal(DATA, before)
    if isinstance(buffer, np.ndarray) and buffer.flags.writeable and buffer.base is None and buffer is not DATA:
        assert (np.asarray(buffer) == 7).all()


def test_66_67_gradient_buffers(f):
    one = np.empty(3)
    for given, words in (({"w": one}, "one buffer for each"), ({"w": POINT["w"], "b": np.empty(())}, "with w"),
                         ({"w": one, "b": one[:1].reshape(())}, "buffer of b shares memory with the buffer of w"),
                         ({"w": one, "q": one}, "no input is called q")):
        with pytest.raises(sd.ArgumentError, match=words):
            f.into(given, POINT)


def test_68_69_results_are_fresh_and_inputs_as_they_were(f, matrix):
    values = {**POINT, "X": np.asfortranarray(DATA)}
    before = {name: np.array(value).tobytes() for name, value in values.items()}
    first, hessian = f.grad(values), f.hess(values)
    kept = first["w"].copy(), hessian["w", "w"].copy()
    one = matrix(X=DATA, w=POINT["w"])
    two = one.copy()
    other = {**POINT, "w": np.zeros(3)}
    f.grad(other), f.hess({**other, "X": DATA + 1}), matrix(X=DATA, w=np.zeros(3))
    assert np.array_equal(first["w"], kept[0]) and np.array_equal(hessian["w", "w"], kept[1])
    assert np.array_equal(one, two)
    assert before == {name: np.array(value).tobytes() for name, value in values.items()}


def test_70_a_result_that_does_not_fit():
    f = sd.compile(sd.outer(v, v))
    with pytest.raises(MemoryError, match="GB"):
        f(v=np.ones(10_000_000))
    assert f(v=[2.0]).tolist() == [[4.0]]


def test_more_inputs_than_numba_takes():
    many = sp.symbols("s0:1200")
    f = sd.compile(sp.Add(*[x**2*k for k, x in enumerate(many, 1)]), wrt=many[-2:])
    value, gradient = f.value_and_grad({x: 1.0 for x in many})
    assert value == 1200*1201/2 and gradient == {"s1198": 2398.0, "s1199": 2400.0}


# -- functions of one vector ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("given, error", [
    (np.zeros(3), sd.SizeMismatch), (np.zeros(5), sd.SizeMismatch), (np.zeros((4, 1)), sd.SizeMismatch),
    (3.0, sd.SizeMismatch), (np.zeros(4, complex), sd.DTypeError), (np.zeros(4, np.float16), sd.DTypeError),
    ("abcd", sd.DTypeError), (None, sd.DTypeError), ([[1], [1, 2]], sd.DTypeError),
    (np.ma.masked_array(np.zeros(4), True), sd.DTypeError), (np.array([1, None], object), sd.DTypeError),
])
def test_58_63_64_vectors(f, given, error):
    flat = f.flat(X=DATA, y=POINT["y"])
    for call in (flat.fun, flat.fun_and_jac, flat.jac, flat.hess, flat.unpack, lambda p: flat.hessp(np.zeros(4), p),
                 lambda x: flat.hessp(x, np.zeros(4))):
        with pytest.raises(error):
            call(given)


def test_49_50_vectors_that_are_not_finite(f):
    flat = f.flat(X=DATA, y=POINT["y"])
    for bad in (np.nan, np.inf):
        assert np.isnan(flat.fun(np.full(4, bad))) and np.isnan(flat.jac(np.full(4, bad))).all()

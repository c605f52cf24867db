"""The front door: what a user may pass, bit for bit as NumPy's plain array of it, and what is refused by name."""
import decimal

import numpy as np
import pytest
import scipy.sparse
import sympy as sp

import symdiff as sd

n, d = sd.sizes("n d")
X, w, b = sd.array("X", n, d), sd.array("w", d), sd.array("b")
RNG = np.random.default_rng(2)
DATA = RNG.integers(-4, 5, size=(4, 3)).astype(float)
W = np.array([1.0, -2.0, 3.0])


@pytest.fixture(scope="module")
def f():
    return sd.compile(sd.sum((X @ w)**2) + b, wrt=[w, b])


@pytest.fixture(scope="module")
def right(f):
    return f.value_and_grad(X=DATA, w=W, b=1.0)


def same(one, two):
    assert one[0] == two[0] and one[1]["b"] == two[1]["b"]
    assert np.array_equal(one[1]["w"], two[1]["w"])


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def misaligned(array):
    raw = np.empty(array.nbytes + 1, np.uint8)[1:].view(np.float64).reshape(array.shape)
    raw[...] = array
    return raw


@pytest.mark.parametrize("form", [
    lambda a: a.astype(np.int64), lambda a: a.astype(np.int8), lambda a: a.astype(np.float32),
    lambda a: a.astype(">f8"),
    lambda a: np.asfortranarray(a), lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    lambda a: a.tolist(), lambda a: tuple(map(tuple, a.tolist())), lambda a: a.view(np.matrix),
    lambda a: np.ma.masked_array(a),
    read_only, misaligned,
], ids="int64 int8 float32 big-endian fortran strided negative list tuple matrix unmasked read-only misaligned".split())
def test_every_form_of_a_matrix(f, right, form):
    given = form(DATA)
    same(f.value_and_grad(X=given, w=W, b=1.0), right)


def test_a_broadcast_a_map_and_what_calls_itself_an_array(f, tmp_path):
    row = np.broadcast_to(W, (4, 3))
    same(f.value_and_grad(X=row, w=W, b=0), f.value_and_grad(X=row.copy(), w=W, b=0))
    DATA.tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", float, "r", shape=(4, 3))
    same(f.value_and_grad(X=mapped, w=W, b=0), f.value_and_grad(X=DATA, w=W, b=0))

    class Frame:
        def __array__(self, dtype=None, copy=None):
            return DATA
    same(f.value_and_grad(X=Frame(), w=W, b=0), f.value_and_grad(X=DATA, w=W, b=0))


@pytest.mark.parametrize("one", [1, True, np.float64(1), np.float32(1), np.int16(1), np.array(1.0), np.array(1),
                                 np.bool_(True)])
def test_every_form_of_a_number(f, right, one):
    same(f.value_and_grad(X=DATA, w=W, b=one), right)


def test_integers_are_numbers():
    base, power = sp.symbols("base power")
    assert sd.compile(base**power)(base=2, power=-1) == 0.5


def test_values_by_dict_by_name_by_symbol_and_mixed(f, right):
    for call in (lambda: f.value_and_grad({"X": DATA, "w": W, "b": 1.0}),
                 lambda: f.value_and_grad({X: DATA, w: W}, b=1.0),
                 lambda: f.value_and_grad(b=1.0, w=W, X=DATA)):
        same(call(), right)


@pytest.mark.parametrize("value, words", [
    (DATA.astype(np.float16), "float16"), (DATA.astype(np.longdouble), "long|float128|float96"), (DATA + 0j, "complex"),
    (DATA.astype(object), "objects"), ([["a", "b", "c"]], "text"),
    (np.array([["2020-01-01"]], "datetime64[D]"), "dates"),
    (np.ma.masked_array(DATA, DATA > 0), "masked"), (scipy.sparse.csr_matrix(DATA), "sparse.*\n.*toarray"),
    (None, "None"),
    ("abc", "str"), ([[1.0], [1.0, 2.0]], "rows"), ((row for row in DATA), "generator"), ({1: 2}, "dict"),
    ([[decimal.Decimal(1)]], "objects"),
])
def test_refused_dtypes_name_the_argument(f, value, words):
    with pytest.raises(sd.DTypeError, match=f"(?s)X.*({words})|({words}).*X"):
        f(X=value, w=W, b=1.0)


def test_an_integer_too_large(f):
    with pytest.raises(sd.DTypeError, match="b is an integer"):
        f(X=DATA, w=W, b=10**400)


@pytest.mark.parametrize("change, words", [
    ({"X": W}, r"X is a matrix.*a vector"), ({"w": 1.0}, "w is a vector.*scalar"),
    ({"b": [1.0]}, "b is a scalar.*vector"),
    ({"w": [1.0, 2.0]}, "(?s)(w|X).*(2|3) entries"), ({"w": np.ones((3, 1))}, "w is a vector.*matrix"),
])
def test_wrong_sizes(f, change, words):
    with pytest.raises(sd.SizeMismatch, match=words):
        f({"X": DATA, "w": W, "b": 1.0, **change})


def test_a_fixed_length_is_checked():
    f = sd.compile(sd.sum(sd.array("v", 3)))
    with pytest.raises(sd.SizeMismatch, match="axis 0 of v is 3 long.* 2 entries"):
        f(v=np.ones(2))
    with pytest.raises(sd.SizeMismatch, match="axis 0 of v is 3 long"):
        f(v=[1.0])


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (4, 1), (0, 0)])
def test_few_rows_and_columns(f, shape):
    value, gradient = f.value_and_grad(X=np.ones(shape), w=np.ones(shape[1]), b=2.0)
    assert value == shape[0]*shape[1]**2 + 2 and gradient["w"].shape == (shape[1],)


@pytest.mark.parametrize("values, words", [
    ({"X": DATA}, "no value for w, b"), ({"X": DATA, "w": W, "b": 1, "q": 2}, "no input is called q"),
    ({"X": DATA, "W": W, "b": 1}, "(?s)no value for w.*did you mean w for W"),
    ({"X": DATA, "w": W, w: W, "b": 1}, "twice"),
    (3, "by name"), ([DATA], "by name"),
])
def test_wrong_names(f, values, words):
    with pytest.raises(sd.ArgumentError, match=words):
        f(values)


def test_given_twice(f):
    with pytest.raises(sd.ArgumentError, match="w is given twice"):
        f({"X": DATA, "w": W}, w=W, b=1)


def test_inputs_are_left_alone(f):
    given = {"X": np.asfortranarray(DATA), "w": W.astype(">f8"), "b": np.array(1)}
    before = {name: (value.tobytes("A"), value.dtype, value.flags.f_contiguous) for name, value in given.items()}
    f.value_and_grad(given), f.hess(given)
    assert before == {name: (value.tobytes("A"), value.dtype, value.flags.f_contiguous) for name,
                      value in given.items()}


def test_nan_and_infinity_come_through(f):
    spoilt = DATA.copy()
    spoilt[2, 1] = np.nan
    value, gradient = f.value_and_grad(X=spoilt, w=W, b=1.0)
    assert np.isnan(value) and np.isnan(gradient["w"]).all()
    spoilt[2, 1] = np.inf
    assert f(X=spoilt, w=W, b=1.0) == np.inf


@pytest.mark.parametrize("verb", ["__call__", "grad", "value_and_grad", "hess", "jac", "check", "blame", "accuracy",
                                  "flat"])
def test_values_without_names(f, verb):
    with pytest.raises(sd.ArgumentError) as error:
        getattr(f, verb)(DATA, W, 1.0)
    call = "f" if verb == "__call__" else f"f.{verb}"
    assert str(error.value).split("\n") == [
        "values are given by name, and 3 have none.", f"  in:    {call}(..., ..., ...)", "  known: X, w, b",
        f"  do:    write {call}(X=..., w=..., b=...)."]


@pytest.mark.parametrize("verb, first", [("hvp", "vectors"), ("jvp", "vectors"), ("vjp", "cotangents"),
                                         ("into", "given")])
def test_values_without_names_after_what_has_none(f, verb, first):
    for given, what in (((), f"f.{verb} takes {first} first."),
                        (({}, DATA, W), "values are given by name, and 2 have none.")):
        with pytest.raises(sd.ArgumentError) as error:
            getattr(f, verb)(*given)
        assert str(error.value).startswith(what)
        assert str(error.value).endswith(f"do:    write f.{verb}({first}, X=..., w=..., b=...).")

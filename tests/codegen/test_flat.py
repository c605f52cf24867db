"""Functions of one vector: what SciPy's optimisers call, against the results by name."""
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import check_grad, least_squares, minimize

import symdiff as sd

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
RNG = np.random.default_rng(11)
DATA = {"X": RNG.normal(size=(40, 3)), "y": RNG.normal(size=40)}
POINT = {"w": np.array([0.5, -1.0, 2.0]), "b": 0.25}


@pytest.fixture(scope="module")
def f():
    return sd.compile(sd.mean(sp.exp(-((X @ w + b) - y)**2/8)) + sd.sum(w**2), wrt=[w, b])


@pytest.fixture(scope="module")
def flat(f):
    return f.flat(**DATA)


def test_pack_and_unpack(flat):
    assert flat.size == 4
    x = flat.pack(POINT)
    assert x.tolist() == [0.5, -1, 2, 0.25] and np.array_equal(x, flat.pack(b=0.25, w=[0.5, -1, 2]))
    back = flat.unpack(x)
    assert back["b"] == 0.25 and type(back["b"]) is float and back["w"].tolist() == [0.5, -1, 2]
    assert not np.shares_memory(back["w"], x) and back[w] is back["w"]


def test_every_function(f, flat):
    x = flat.pack(POINT)
    value, gradient = f.value_and_grad(**DATA, **POINT)
    packed = flat.pack(gradient)
    assert flat.fun(x) == pytest.approx(value, rel=1e-14) and type(flat.fun(x)) is float
    np.testing.assert_allclose(flat.jac(x), packed, rtol=1e-12)
    both = flat.fun_and_jac(x)
    assert both[0] == value and np.array_equal(both[1], packed) and both[1].dtype == np.float64
    blocks = f.hess(**DATA, **POINT)
    whole = flat.hess(x)
    assert np.array_equal(whole[:3, :3], blocks["w", "w"]) and np.array_equal(whole[:3, 3], blocks["w", "b"])
    assert np.array_equal(whole, whole.T) or np.allclose(whole, whole.T, rtol=1e-14)
    p = np.array([1.0, 2, 3, 4])
    np.testing.assert_allclose(flat.hessp(x, p), whole @ p, rtol=1e-10)
    assert check_grad(flat.fun, flat.jac, x) < 1e-6


def test_results_are_fresh(flat):
    x = flat.pack(POINT)
    first = flat.fun_and_jac(x)[1]
    kept = first.copy()
    flat.fun_and_jac(x + 1)
    flat.jac(x + 1), flat.hessp(x, x)
    assert np.array_equal(first, kept) and x.tolist() == [0.5, -1, 2, 0.25]


def test_scipy_finds_the_minimum():
    loss = sd.mean((X @ w + b - y)**2)
    flat = sd.compile(loss, wrt=[w, b]).flat(DATA)
    right = np.linalg.lstsq(np.column_stack([DATA["X"], np.ones(40)]), DATA["y"], rcond=None)[0]
    for more in ({"method": "BFGS"}, {"method": "Newton-CG", "hessp": flat.hessp},
                 {"method": "trust-exact", "hess": flat.hess}):
        np.testing.assert_allclose(minimize(flat.fun_and_jac, np.zeros(4), jac=True, **more).x, right, atol=1e-4)


def test_residuals_for_least_squares():
    flat = sd.compile(X @ w + b - y, wrt=[w, b]).flat(DATA)
    assert flat.jac(np.zeros(4)).shape == (40, 4) and flat.fun_and_jac(np.zeros(4))[0].shape == (40,)
    fit = least_squares(flat.fun, np.zeros(4), flat.jac)
    assert np.linalg.norm(flat.jac(fit.x).T @ flat.fun(fit.x)) < 1e-9


def test_a_length_that_no_data_tell():
    x = sd.array("x", n)
    f = sd.compile(sd.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2))
    with pytest.raises(sd.ArgumentError, match="pack"):
        f.flat().size
    flat = f.flat()
    np.testing.assert_allclose(minimize(flat.fun_and_jac, np.zeros(5), jac=True).x, np.ones(5), atol=1e-4)
    assert flat.size == 5
    with pytest.raises(sd.SizeMismatch, match="6 entries, and the parameters 5"):
        flat.fun(np.zeros(6))
    flat = f.flat()
    assert flat.pack(x=[1.0, 2.0]).tolist() == [1, 2] and flat.size == 2
    with pytest.raises(sd.SizeMismatch):
        flat.pack(x=[1.0, 2.0, 3.0])


@pytest.mark.parametrize("given", [[1, 2, 3, 4], (1.0, 2, 3, 4), np.array([1, 2, 3, 4]),
                                   np.array([1.0, 2, 3, 4], ">f8"),
                                   np.repeat([1.0, 2, 3, 4], 2)[::2], np.array([1, 2, 3, 4], np.float32)])
def test_every_form_of_a_vector(flat, given):
    assert flat.fun(given) == flat.fun(np.array([1.0, 2, 3, 4]))


@pytest.mark.parametrize("wrong, error", [(np.zeros(3), sd.SizeMismatch), (np.zeros((4, 1)), sd.SizeMismatch),
                                          (0.0, sd.SizeMismatch),
                                          (np.zeros(1), sd.SizeMismatch), (np.zeros(4, complex), sd.DTypeError)])
def test_refused_vectors(flat, wrong, error):
    for call in (flat.fun, flat.fun_and_jac, flat.jac, flat.hess, flat.unpack, lambda x: flat.hessp(np.zeros(4), x)):
        with pytest.raises(error):
            call(wrong)


def test_data_by_name(f):
    with pytest.raises(sd.ArgumentError, match="no value for y"):
        f.flat(X=DATA["X"])
    with pytest.raises(sd.ArgumentError, match="no input is called z"):
        f.flat(**DATA, z=1)
    with pytest.raises(sd.SizeMismatch):
        f.flat(X=DATA["X"], y=np.zeros(39))
    with pytest.raises(sd.NoDerivative, match="list"):
        sd.compile([w, b]).flat()
    assert f.flat(**DATA, **POINT).size == 4                     # values of the parameters are let be


def test_float32_and_many_parameters():
    many = [sd.array(f"p{k}") for k in range(9)] + [sd.array("M", 2, 2)]
    loss = sum(p**2*k for k, p in enumerate(many[:9], 1)) + sd.sum(many[9]**3)
    flat, single = (sd.compile(loss, wrt=many, dtype=dtype).flat() for dtype in ("float64", "float32"))
    x = np.arange(13.0)
    want = np.concatenate([2*np.arange(1, 10)*x[:9], 3*x[9:]**2])
    np.testing.assert_allclose(flat.jac(x), want)
    np.testing.assert_allclose(single.fun_and_jac(x)[1], want, rtol=1e-6)
    assert single.fun_and_jac(x)[1].dtype == np.float64
    assert flat.unpack(x)["M"].tolist() == [[9, 10], [11, 12]]


def test_threads_do_not_disturb_each_other(flat):
    points = RNG.normal(size=(8, 4))
    right = [flat.fun_and_jac(x) for x in points]
    wrong = []

    def work(k):
        for _ in range(200):
            value, gradient = flat.fun_and_jac(points[k])
            if value != right[k][0] or not np.array_equal(gradient, right[k][1]):
                wrong.append(k)
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_call_past_the_wrapper_gives_the_same_bits(dtype):
    """Scalars among the parameters and the data, arrays of both; each kind of call."""
    n = sd.sizes("n")
    X, w, b, s = sd.array("X", n, 2), sd.array("w", 2), sd.array("b"), sd.array("s")
    f = sd.compile(sd.mean(sp.exp(X @ w*s + b)) + b**2, wrt=[b, w], dtype=dtype)
    rng = np.random.default_rng(0)
    data, at = {"X": rng.normal(size=(9, 2)), "s": 0.5}, {"b": 0.25, "w": np.array([0.5, -1.0])}
    flat, p = f.flat(data), np.array([1.0, 2.0, 3.0])
    x = flat.pack(at)
    for _ in range(2):
        value, gradient = f.value_and_grad(**data, **at)
        assert flat.fun(x) == value == flat.fun_and_jac(x)[0] and type(flat.fun(x)) is float
        for found in (flat.jac(x), flat.fun_and_jac(x)[1]):
            np.testing.assert_array_equal(found, [gradient["b"], *gradient["w"]])
        product = f.hvp({"b": 1.0, "w": p[1:]}, **data, **at)
        np.testing.assert_array_equal(flat.hessp(x, p), [product["b"], *product["w"]])
        data["X"] = data["X"]*2
        flat = f.flat(data)


def test_an_index_out_of_range_is_told_and_forgotten():
    n, k, x = sd.sizes("n"), sd.array("k"), sd.array("x", 3)
    flat = sd.compile(sd.sum(x[sd.array("i", n)])*k, wrt=[x, k]).flat(i=[0.0, 2.0])
    assert flat.fun(np.array([1.0, 2.0, 3.0, 2.0])) == 8.0
    bad = sd.compile(sd.sum(x[sd.array("i", n)]), wrt=[x]).flat(i=[0.0, 3.0])
    for _ in range(2):
        with pytest.raises(sd.ArgumentError, match="out of range"):
            bad.fun_and_jac(np.ones(3))


LARGE = 40_000                                      # numbers of a vector whose gradient is filled anew, not copied


def large():
    """(Flat, its Compiled, a vector): one array and a number between two, so that parts of the vector are passed."""
    x, b, z = sd.array("x", LARGE), sd.array("b"), sd.array("z", 3)
    f = sd.compile(sd.logsumexp(x) + b**2*sd.mean(x) + sd.sum(sd.exp(z)*b), wrt=[x, b, z])
    vector = np.random.default_rng(0).normal(size=LARGE + 4)
    return f.flat({}), f, vector


def test_a_large_gradient_is_the_callers():
    flat, f, v = large()
    kept = [flat.jac(v + k) for k in range(4)]
    for k, found in enumerate(kept):
        np.testing.assert_array_equal(found, flat.pack(f.grad(flat.unpack(v + k))))
    last = flat.jac(v)[10:20]                                      # a view keeps the whole
    wanted = last.copy()
    flat.jac(2*v)
    np.testing.assert_array_equal(last, wanted)


def test_a_large_gradient_nobody_has_is_filled_anew():
    flat, _, v = large()
    places = {flat.fun_and_jac(v)[1].ctypes.data for _ in range(40)}
    assert len(places) == 1


@pytest.mark.parametrize("form", ["turned", "read-only", "moved", "float32", "a list"])
def test_large_vectors_of_other_forms(form):
    flat, f, v = large()
    x = {"turned": np.repeat(v, 2)[::2], "read-only": v.copy(), "float32": v.astype(np.float32), "a list": v.tolist(),
         "moved": np.frombuffer(b"\0" + v.tobytes(), np.uint8)[1:].view(np.float64)}[form]
    if form == "read-only":
        x.flags.writeable = False
    before = np.array(x)
    value, gradient = flat.fun_and_jac(x)
    at = flat.unpack(np.asarray(x, float))
    wanted = f.value_and_grad(at)
    assert value == wanted[0]
    np.testing.assert_array_equal(gradient, flat.pack(wanted[1]))
    np.testing.assert_array_equal(flat.hessp(x, x), flat.pack(f.hvp(at, at)))
    np.testing.assert_array_equal(x, before)


def test_large_vectors_from_many_threads():
    flat, f, v = large()
    wanted = [flat.jac(v + k).copy() for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for found, true in zip(pool.map(flat.jac, [v + k for k in range(8)]), wanted):
                np.testing.assert_array_equal(found, true)

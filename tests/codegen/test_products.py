"""Large products: which statements are such, their numbers at every edge of the panels, and that no thread changes a bit."""
import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from codegen.execute import _Bound
from codegen.fuse import fuse
from codegen.kinds import Problem
from codegen.lower import lower
from codegen.plan import BLOCK_COLUMNS, BLOCK_DEPTH, BLOCK_ROWS
from codegen.products import sides
from symdiff.read import read

n, m = sd.sizes("n m")
FORMS = {"A @ B": (("n", 192), (192, 144)), "A.T @ B": (("n", 192), ("n", 144)), "A @ B.T": (("n", 192), (144, 192))}


def product(form, dtype="float64"):
    """The compiled product, with a row axis of any length."""
    named = {"n": n}
    A, B = (sd.array(name, *[named.get(length, length) for length in shape]) for name, shape in zip("AB", FORMS[form]))
    return sd.compile(eval(form, {"A": A, "B": B}), wrt=[], dtype=dtype)


def values(form, rows, rng):
    shapes = [tuple(rows if length == "n" else length for length in shape) for shape in FORMS[form]]
    return [rng.normal(size=shape) for shape in shapes]


def statements(expression):
    return fuse(lower(Problem([read(expression)], []).graph("value"))).statements


def test_what_a_large_product_is():
    X, W, small = sd.array("X", n, 192), sd.array("W", 192, 144), sd.array("V", 192, 10)
    found, = [one for one in map(sides, statements(X @ W)) if one is not None]
    assert (found.columns.extent, found.summed.extent) == (144, 192) and found.left.buffer.name == "X"
    for other in (X @ small, X @ sd.array("v", 192), X*X, sd.array("Y", n, m) @ sd.array("Z", m, 1000)):
        assert not any(map(sides, statements(other)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, BLOCK_DEPTH, BLOCK_DEPTH + 1, 2*BLOCK_COLUMNS + 25])
def test_the_numbers(form, rows):
    A, B = values(form, rows, np.random.default_rng(rows))
    got, wanted = product(form)(A=A, B=B), eval(form, {"A": A, "B": B})
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-13*max(rows, 192)**0.5)


@pytest.mark.parametrize("form", FORMS)
def test_float32(form):
    A, B = (one.astype("float32") for one in values(form, 3*BLOCK_ROWS + 5, np.random.default_rng(0)))
    wanted = eval(form, {"A": A.astype(float), "B": B.astype(float)})
    bound = np.finfo("float32").eps*eval(form, {"A": abs(A).astype(float), "B": abs(B).astype(float)})*20
    assert np.all(abs(product(form, "float32")(A=A, B=B) - wanted) <= bound)


@pytest.mark.parametrize("form", FORMS)
def test_nan_and_inf_stay_in_their_rows(form):
    A, B = values(form, 9, np.random.default_rng(1))
    A[3, 5], A[8, 6] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        wanted = eval(form, {"A": A, "B": B})
    np.testing.assert_array_equal(np.isnan(product(form)(A=A, B=B)), np.isnan(wanted))


def test_threads_change_no_bit(monkeypatch):
    rng, found, most = np.random.default_rng(2), [], []
    f, (A, B) = product("A @ B"), values("A @ B", 1000, rng)
    made = _Bound.__init__
    monkeypatch.setattr(_Bound, "__init__", lambda self, *a: (made(self, *a), most.append(self.workers))[0])
    for count in (1, 2, 3):
        monkeypatch.setattr(threads, "count", lambda count=count: count)
        found.append(product("A @ B")(A=A, B=B))
    assert most == [1, 2, 3] and f(A=A, B=B).tobytes() == found[0].tobytes() == found[1].tobytes() == found[2].tobytes()


def test_a_network_of_large_layers_against_the_tape():
    from symdiff.reference.tape import Tape
    rng, sizes = np.random.default_rng(3), (150, 160, 3)
    X, W, V = sd.array("X", n, sizes[0]), sd.array("W", *sizes[:2]), sd.array("V", *sizes[1:])
    loss = sd.sum(sd.log_softmax(sd.tanh(X @ W) @ V)**2)
    at = {"X": rng.normal(size=(70, 150)), "W": rng.normal(size=sizes[:2])/12, "V": rng.normal(size=sizes[1:])/12}
    value, gradient = sd.compile(loss, wrt=[W, V]).value_and_grad(**at)
    wanted, other = Tape(loss, [W, V]).value_and_grad(at)
    np.testing.assert_allclose(value, wanted, rtol=1e-13)
    for name in "WV":
        np.testing.assert_allclose(gradient[name], other[name], rtol=0, atol=1e-12*abs(other[name]).max())

"""The built-in functions that stand for methods called often: the bits of the slow ones, whatever goes in."""
import gc
import inspect
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest

import symdiff as sd
from codegen import builtin, execute, fastcall, team, threads
from codegen.emit.llvm.fastcall import PATIENT
from codegen.team import Rhythm

n = sd.sizes("n")
X, y, w, b = sd.array("X", n, 2), sd.array("y", n), sd.array("w", 2), sd.array("b")
RNG = np.random.default_rng(3)
AT = {"X": RNG.normal(size=(7, 2)), "y": RNG.normal(size=7), "w": np.array([0.5, -1.0]), "b": 0.25}


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(fastcall, "TIMES", 2)


def model(by=(w, b), **more):
    return sd.compile(sd.mean(sd.tanh(X @ w + b)*y) + b**3, wrt=list(by), **more)


def bits(found):
    """Results with the bits of their numbers, their types and shapes."""
    if isinstance(found, (tuple, list)):
        return [bits(one) for one in found]
    if isinstance(found, dict):
        return type(found), [(key, bits(one)) for key, one in found.items()]
    return type(found), np.shape(found), np.asarray(found).dtype, np.asarray(found).tobytes()


def is_fast(owner, method):
    return inspect.isbuiltin(owner.fast.get(method))


def agree(owner, method, *given, **named):
    """The same bits before and after; the results of one call are not those of the next."""
    call = getattr(owner, method)
    slow = call(*given, **named)
    call(*given, **named)
    assert is_fast(owner, method)
    fast = [call(*given, **named), getattr(owner, method)(*given, **named)]
    assert bits(fast[0]) == bits(fast[1]) == bits(slow)
    return fast[0]


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.nightly)])
def test_every_verb(dtype):
    f = model(dtype=dtype)
    at = {name: value.astype(dtype) if np.ndim(value) else value for name, value in AT.items()}
    for method in ("__call__", "value_and_grad", "grad", "jac"):
        agree(f, method, at)
        agree(f, method, **at)
    for method, given in (("hvp", {"w": at["w"], "b": 2.0}), ("jvp", {"b": 1.0, "w": at["w"]}), ("vjp", 3.0)):
        agree(f, method, given, at)
        agree(f, method, given, **at)
    assert agree(model([w], dtype=dtype), "hess", at)["w", "w"].shape == (2, 2)
    rows = sd.compile([X @ w, y*b, b + 1], dtype=dtype)
    agree(rows, "__call__", at), agree(rows, "jvp", {**at}, at)
    assert agree(sd.compile(X @ w, [w], dtype=dtype), "jac", X=at["X"], w=at["w"])["w"].shape == (7, 2)


def test_one_vector():
    f = model()
    flat, x, p = f.flat(AT), np.array([0.5, -1.0, 0.25]), np.array([1.0, 2.0, 3.0])
    for method in ("fun", "jac", "fun_and_jac"):
        agree(flat, method, x)
    agree(flat, "hessp", x, p)
    one = model([w]).flat(AT)
    np.testing.assert_allclose(agree(one, "hess", x[:2]), f.hess(AT)["w", "w"], rtol=1e-13)
    alone = sd.compile(b**3 + sd.exp(b), [b]).flat()
    assert agree(alone, "hess", x[:1]).shape == (1, 1) and agree(alone, "jac", x[:1]).shape == (1,)
    residuals = sd.compile(X @ w, [w]).flat(X=AT["X"])
    assert agree(residuals, "fun", x[:2]).shape == (7,) and agree(residuals, "jac", x[:2]).shape == (7, 2)
    for given in ([0.5, -1, 0.25], x.astype(np.float32), np.repeat(x, 2)[::2]):
        assert flat.fun(given) == flat.fun(x)
    for wrong in (x[:2], "x", None):
        with pytest.raises(sd.SymdiffError):
            flat.fun_and_jac(wrong)


def other(array):
    made = np.empty((*array.shape, 2))[..., 0]
    made[...] = array
    return made


def test_what_the_plan_does_not_expect_goes_to_the_method():
    f = model()
    right = agree(f, "value_and_grad", AT)
    for name in ("X", "w", "y"):
        value = AT[name]
        for form in (value.tolist(), other(value), value.astype(">f8"), value.view(np.matrix) if value.ndim == 2 else value,
                     np.asfortranarray(value), np.ma.masked_array(value)):
            assert bits(f.value_and_grad({**AT, name: form})) == bits(right)
    for form in (np.float64(0.25), np.float32(0.25), np.array(0.25)):
        assert bits(f.value_and_grad({**AT, "b": form})) == bits(right)
    assert f.value_and_grad({**AT, "b": 1})[0] == f.value_and_grad({**AT, "b": 1.0})[0]
    assert bits(f.value_and_grad({X: AT["X"], **{k: AT[k] for k in "ywb"}})) == bits(right)
    assert bits(f.value_and_grad({"X": AT["X"], "y": AT["y"]}, w=AT["w"], b=0.25)) == bits(right)
    read_only = AT["X"].copy()
    read_only.flags.writeable = False
    assert bits(f.value_and_grad({**AT, "X": read_only})) == bits(right)
    more = {name: np.concatenate([AT[name]]*2) for name in "Xy"}
    assert bits(f.value_and_grad({**AT, **more})) == bits(model().value_and_grad({**AT, **more}))


@pytest.mark.parametrize("given, named, error", [
    (({**AT, "z": 1.0},), {}, sd.ArgumentError), (({},), {}, sd.ArgumentError), ((), {"X": AT["X"]}, sd.ArgumentError),
    ((AT,), {"b": 1.0}, sd.ArgumentError), ((3,), {}, sd.ArgumentError), ((AT, AT), {}, sd.ArgumentError),
    (({**AT, "w": np.ones(3)},), {}, sd.SizeMismatch), (({**AT, "X": np.ones((6, 2))},), {}, sd.SizeMismatch),
    (({**AT, "w": 1j*AT["w"]},), {}, sd.DTypeError), (({**AT, "b": "one"},), {}, sd.DTypeError),
    (({**AT, "b": None},), {}, sd.DTypeError), ((), {**AT, "c": 1.0}, sd.ArgumentError)])
def test_the_same_errors(given, named, error):
    f = model()
    with pytest.raises(error) as slow:
        f.value_and_grad(*given, **named)
    agree(f, "value_and_grad", AT)
    with pytest.raises(error) as fast:
        f.value_and_grad(*given, **named)
    assert str(slow.value) == str(fast.value)


def test_a_shape_that_has_changed_in_place():
    f, x = sd.compile(sd.sum(X @ w)*b, [w]), np.arange(12.0).reshape(6, 2).copy()
    at = {"X": x, "w": AT["w"], "b": 2.0}
    before = agree(f, "grad", at)["w"]
    x.resize((3, 2), refcheck=False)
    assert f.grad(at)["w"].tolist() == [2*x[:, 0].sum(), 2*x[:, 1].sum()] != before.tolist()
    x.resize((4, 3), refcheck=False)
    with pytest.raises(sd.SizeMismatch):
        f.grad(at)


def test_it_is_made_anew_for_other_shapes():
    f = model()
    agree(f, "value_and_grad", AT)
    first, other_ = f.fast["value_and_grad"], {**AT, "X": AT["X"][:5], "y": AT["y"][:5]}
    right = f.value_and_grad(other_)
    for _ in range(8):
        assert bits(f.value_and_grad(other_)) == bits(right)
    assert f.fast["value_and_grad"] is not first and bits(first(other_)) == bits(right)


def test_where_rounding_spoils_it_more_digits_are_taken():
    f = sd.compile(sd.parse("(exp(x) - 1 - x)/x**2"))
    assert agree(f, "value_and_grad", x=1.0)[0] == pytest.approx(np.e - 2, rel=1e-15)
    assert f(x=1e-9) == pytest.approx(0.5 + 1e-9/6, rel=1e-15)
    assert f.value_and_grad(x=1e-9)[1]["x"] == pytest.approx(1/6 + 1e-9/12, rel=1e-15)
    flat = f.flat()
    agree(flat, "fun_and_jac", np.ones(1))
    assert flat.fun_and_jac(np.array([1e-9]))[1] == pytest.approx(1/6 + 1e-9/12, rel=1e-15)


def test_an_index_out_of_range():
    x, i = sd.array("x", 3), sd.array("i", n)
    f = sd.compile(sd.sum(x[i]), [x])
    agree(f, "value_and_grad", x=np.ones(3), i=np.array([0.0, 2.0]))
    for _ in range(3):
        with pytest.raises(sd.ArgumentError, match="out of range"):
            f.value_and_grad(x=np.ones(3), i=np.array([0.0, 3.0]))
        assert f(x=np.ones(3), i=np.array([0.0, 2.0])) == 2.0


def test_no_reference_is_lost_or_kept():
    f, wrong = model(), {**AT, "w": AT["w"].tolist()}
    agree(f, "value_and_grad", AT), agree(f, "__call__", AT)
    objects = [*AT.values(), AT, f, np.dtype(float), type(f.grad(AT)), *AT]
    before = [sys.getrefcount(one) for one in objects]
    for _ in range(200):
        f.value_and_grad(AT), f.value_and_grad(**AT), f(AT), f.value_and_grad(wrong)
    assert [abs(sys.getrefcount(one) - count) < 20 for one, count in zip(objects, before)] == [True]*len(objects)
    value, gradient = f.value_and_grad(AT)
    counts = [sys.getrefcount(gradient["w"]), sys.getrefcount(gradient), sys.getrefcount(value)]
    assert counts == [2, 2, 2]


def test_it_goes_with_its_owner():
    f = model()
    agree(f, "value_and_grad", AT)
    call, gone = f.value_and_grad, weakref.ref(f)
    del f
    gc.collect()
    assert gone() is not None and call(AT)[0] == model()(AT)        # the function keeps it
    del call
    gc.collect()
    assert gone() is None


def test_it_looks_like_the_method():
    f = model()
    agree(f, "value_and_grad", AT)
    call = f.value_and_grad
    assert inspect.isbuiltin(call) and call.__name__ == "value_and_grad" and "its gradient" in call.__doc__
    assert inspect.signature(call) == inspect.signature(model().value_and_grad)
    assert bits(pickle.loads(pickle.dumps(call))(AT)) == bits(call(AT))


def test_another_in_its_place_stays():
    f = model()
    f.value_and_grad = lambda *given, **named: "mine"
    for _ in range(3):
        type(f).value_and_grad(f, AT)
    assert is_fast(f, "value_and_grad") and f.value_and_grad(AT) == "mine"


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "while other threads run"])
def test_threads(monkeypatch, beside):
    monkeypatch.setattr(fastcall, "SHORT_WORK", 0 if beside else 10**9)
    f = model()
    agree(f, "value_and_grad", AT)
    points = [{**AT, "b": 0.1*k} for k in range(6)]
    right, wrong, start = [bits(model().value_and_grad(at)) for at in points], [], threading.Barrier(6)

    def run(k):
        start.wait()
        for _ in range(300):
            if bits(f.value_and_grad(points[k])) != right[k]:
                wrong.append(k)

    several = [threading.Thread(target=run, args=(k,)) for k in range(6)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert not wrong


def test_where_objects_lie_otherwise_there_is_none(monkeypatch):
    monkeypatch.setattr(builtin, "numpy_functions", lambda: None)
    f = model()
    assert bits(f.value_and_grad(AT)) == bits([f.value_and_grad(AT) for _ in range(5)][-1]) and not f.fast


def test_a_kernel_of_several_threads(monkeypatch):
    """The function takes the call where helpers are there, the Python method where they are to be started."""
    monkeypatch.setattr(threads, "count", lambda: 2)
    monkeypatch.setattr(execute, "SURE", 1)
    started = []
    monkeypatch.setattr(threads, "started", lambda work, workers: started.append(workers) or [])
    rows = 200_000
    at = {**AT, "X": RNG.normal(size=(rows, 2)), "y": RNG.normal(size=rows)}
    f = model()
    slow = [f.value_and_grad(at) for _ in range(3)][-1]
    assert is_fast(f, "value_and_grad") and started == [2]*3
    assert bits(f.value_and_grad(at)) == bits(slow) and started == [2]*4
    before = int(team._board[team.SERVING])
    try:
        team._board[team.SERVING] = before + 1                  # nobody comes, but that is not missed
        assert bits(f.value_and_grad(at)) == bits(slow) and started == [2]*4
    finally:
        team._board[team.SERVING] -= 1
    assert bits(f.value_and_grad(at)) == bits(slow) and started == [2]*5


def test_calls_of_little_work_are_done_alone_until_helpers_are_asked_for(monkeypatch):
    """PATIENT of them by the function, on this thread; the next one by the method, which asks the clock."""
    monkeypatch.setattr(threads, "count", lambda: 2)
    monkeypatch.setattr(Rhythm, "__call__", lambda self, alone, together: (asked.append(self), alone()))
    asked, rows = [], 200_000
    at = {**AT, "X": RNG.normal(size=(rows, 2)), "y": RNG.normal(size=rows)}
    f = model()
    slow = [f.value_and_grad(at) for _ in range(3)][-1]
    assert is_fast(f, "value_and_grad") and len(set(asked)) == 1
    rhythm, before = asked[0], len(asked)
    rhythm.missed[0] = 0
    for k in range(1, PATIENT + 1):
        assert bits(f.value_and_grad(at)) == bits(slow) and len(asked) == before and rhythm.missed[0] == k
    assert bits(f.value_and_grad(at)) == bits(slow) and len(asked) == before + 1
    try:
        team._board[team.SERVING] += 1                                  # helpers are there: all together
        assert bits(f.value_and_grad(at)) == bits(slow) and len(asked) == before + 1
    finally:
        team._board[team.SERVING] -= 1
    assert rhythm.missed[0] == PATIENT


def test_large_results_are_not_made_anew():
    v = sd.array("v", n)
    f = sd.compile(sd.sum(sd.exp(v)))
    for _ in range(5):
        f.grad(v=np.zeros(50_000))
    assert "grad" not in f.fast

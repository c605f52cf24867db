"""`compile`: every verb against the tape, in every form a user may write it."""
import copy
import pickle
import warnings

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen import execute
from codegen.loops import Load, Map
from symdiff.reference.tape import Tape

n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
RNG = np.random.default_rng(5)
VALUES = {"X": RNG.normal(size=(7, 3)), "y": (RNG.random(7) < 0.5).astype(float), "w": RNG.normal(size=3), "b": 0.25}
x = sp.Symbol("x")


def textbook():
    p = 1 / (1 + sp.exp(-(X @ w + b)))
    return -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


@pytest.fixture(scope="module")
def f():
    return sd.compile(textbook(), wrt=[w, b])


@pytest.fixture(scope="module")
def tape():
    return Tape(textbook(), [w, b])


def close(ours, theirs, rtol=1e-11):
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key in theirs:
            close(ours[key], theirs[key], rtol)
    else:
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-13)


def test_every_verb(f, tape):
    close(f(**VALUES), tape.value(VALUES))
    value, gradient = f.value_and_grad(**VALUES)
    close(value, tape.value(VALUES))
    close(gradient, tape.gradient(VALUES))
    close(f.grad(VALUES), tape.gradient(VALUES))
    close(f.jac(VALUES), tape.gradient(VALUES))
    close(f.hess(VALUES), tape.hessian(VALUES), 1e-9)
    v = {"w": np.array([1.0, -2, 3]), "b": 0.5}
    close(f.hvp(v, **VALUES), tape.hvp(v, VALUES), 1e-9)
    close(f.jvp(v, **VALUES), tape.jvp(v, VALUES))
    close(f.vjp(3.0, **VALUES), tape.vjp(3.0, VALUES))


def test_results_are_floats_and_fresh_arrays(f):
    value, gradient = f.value_and_grad(**VALUES)
    assert type(value) is float and type(gradient["b"]) is float
    kept = gradient["w"].copy()
    again = f.value_and_grad(**{**VALUES, "w": VALUES["w"] + 1})[1]["w"]
    assert not np.shares_memory(gradient["w"], again) and np.array_equal(gradient["w"], kept)
    blocks = f.hess(**VALUES)
    assert not np.shares_memory(blocks["w", "b"], blocks["b", "w"])
    identity = sd.compile(w, wrt=[])
    assert not np.shares_memory(identity(w=VALUES["w"]), VALUES["w"])


def test_symbols_find_results_too(f):
    gradient, blocks = f.grad(VALUES), f.hess(VALUES)
    assert gradient[w] is gradient["w"] and blocks[w, b] is blocks["w", "b"]
    with pytest.raises(KeyError):
        gradient["q"]


def test_a_vector_has_a_jacobian():
    f, tape = sd.compile(sp.tanh(X @ w + b), wrt=[w, b]), Tape(sp.tanh(X @ w + b), [w, b])
    values = {name: VALUES[name] for name in "Xwb"}
    close(f(values), tape.value(values))
    close(f.jac(values), tape.jacobian(values))
    close(f.vjp(np.arange(7.0), values), tape.vjp(np.arange(7.0), values))
    for verb in (f.grad, f.value_and_grad, f.hess):
        with pytest.raises(sd.NoDerivative, match="jac"):
            verb(values)
    with pytest.raises(sd.NoDerivative, match="jac"):
        f.hvp({"b": 1}, values)


def test_both_modes_agree():
    formula = sd.sum(sp.exp(X @ w)*y)
    found = [sd.compile(formula, wrt=[w], mode=mode) for mode in ("forward", "reverse", "auto")]
    close(found[0].jac(X=VALUES["X"], y=VALUES["y"], w=VALUES["w"]), found[1].jac({k: VALUES[k] for k in "Xyw"}))
    close(found[0].hess({k: VALUES[k] for k in "Xyw"}), found[2].hess({k: VALUES[k] for k in "Xyw"}))
    with pytest.raises(sd.ArgumentError, match="sideways"):
        sd.compile(formula, mode="sideways")


def test_a_list_gives_a_tuple_and_a_dict_a_dict():
    f = sd.compile([x**2, sd.sum(w)*x], wrt=[x])
    values = {"x": 3.0, "w": [1.0, 2.0]}
    assert f(values) == (9.0, 9.0)
    assert [row["x"] for row in f.jac(values)] == [6.0, 3.0]
    assert f.jvp({"x": 2}, values) == (12.0, 6.0)
    assert f.vjp([1, 10], values) == {"x": 36.0}
    with pytest.raises(sd.NoDerivative, match="list"):
        f.grad(values)
    with pytest.raises(sd.ArgumentError, match="2 cotangents"):
        f.vjp([1], values)
    assert sd.compile({"square": x**2, "cube": x**3})(x=2) == {"square": 4.0, "cube": 8.0}
    assert sd.compile(sp.Matrix([[x, 1], [x**2, x]]))(x=3).tolist() == [[3, 1], [9, 3]]


def test_what_its_owner_changes_later_is_compiled_as_it_was():
    matrix, listed = sp.Matrix([[x, 1], [x**2, x]]), [x**2, sd.sum(w)*x]
    f, g = sd.compile(matrix), sd.compile(listed, wrt=[x])
    matrix[0, 0], listed[0] = 5*x, x**3
    values = {"x": 3.0, "w": [1.0, 2.0]}
    assert f(x=3).tolist() == [[3, 1], [9, 3]] and f.check(x=3).ok
    assert g.check(values).ok and pickle.loads(pickle.dumps(g))(values) == (9.0, 9.0)


def test_a_model():
    model = sd.Model({"z": X @ w + b, "p": "sigmoid(z)"}, loss="-mean(y*log(p))", parameters=[w, b], data=[X, y])
    f, tape = sd.compile(model), Tape(model)
    assert set(f.wrt) == {"w", "b"}
    close(f.value_and_grad(VALUES)[1], tape.gradient(VALUES))
    assert f.check(VALUES).ok


def test_other_dialects():
    A, v = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("v", 2, 1)
    f = sd.compile((v.T*A*v), wrt=[A])
    assert f.jac(A=[[1, 2], [3, 4]], v=[[1], [2]])["A"].reshape(2, 2).tolist() == [[1, 2], [2, 4]]
    i, a = sp.Symbol("i", integer=True), sp.IndexedBase("a", shape=(4,))
    assert sd.compile(sp.Sum(a[i]**2, (i, 0, 3))).grad(a=[1, 2, 3, 4])["a"].tolist() == [2, 4, 6, 8]
    assert sd.compile(sp.Piecewise((x**2, x > 0), (0, True))).grad(x=3)["x"] == 6
    assert sd.compile(sd.parse("log(1 + exp(t))")).value_and_grad(t=800) == (800.0, {"t": 1.0})
    assert sd.compile(np.exp(w) @ w, wrt="w").grad(w=[0.0])["w"].tolist() == [1.0]


def test_names_that_python_uses():
    names = "self values out lambda None x0 _t1 vectors buffers".split()
    f = sd.compile(sum(sp.Symbol(name)*k for k, name in enumerate(names, 1)))
    gradient = f.grad({name: 1.0 for name in names})
    assert [gradient[name] for name in names] == [k for k in range(1, len(names) + 1)]
    f = sd.compile(sp.Symbol("self")*sp.Symbol("values")*sp.Symbol("vectors"))
    assert f(self=2, values=3, vectors=5) == 30 and f.hvp({"self": 1}, self=2, values=3, vectors=5)["values"] == 5


def test_two_symbols_of_one_name():
    p, q = sp.Symbol("t", positive=True), sp.Symbol("t", real=True)
    f = sd.compile(p*q**2)
    assert f({p: 2.0, q: 3.0}) == 18 and f.grad({p: 2.0, q: 3.0}) == {p: 9.0, q: 12.0}
    with pytest.raises(sd.NameClash, match="two inputs"):
        f(t=1.0)


def test_wrt():
    loss = textbook()
    assert sd.compile(loss).wrt == tuple(sd.compile(loss).inputs)
    assert sd.compile(loss, wrt="w").wrt == sd.compile(loss, wrt=w).wrt == ("w",)
    assert sd.compile(loss, wrt=[])(VALUES) == sd.compile(loss)(VALUES)
    for wrong, error, words in (([w, w], sd.ArgumentError, "twice"),
                                ([w + 1], sd.ArgumentError, "nothing to differentiate"),
                                (["q"], sd.ArgumentError, "no input"),
                                ([3], sd.ArgumentError, "nothing to differentiate")):
        with pytest.raises(error, match=words):
            sd.compile(loss, wrt=wrong)


def test_an_input_without_effect_has_a_zero_gradient():
    c = sd.array("c", d)
    f = sd.compile(sd.sum(w**2), wrt=[w, c])
    gradient = f.grad(w=[1.0, 2.0], c=[5.0, 6.0])
    assert gradient["c"].tolist() == [0, 0] and "c" in f.inputs
    assert any("c does not occur" in note for note in f.notes)
    assert sd.compile(sp.Integer(7), wrt=[c]).value_and_grad(c=[1, 2, 3])[1]["c"].tolist() == [0, 0, 0]


def test_steps_say_once_that_they_have_no_derivative():
    with pytest.warns(UserWarning, match="floor"):
        f = sd.compile(sp.floor(x)*x)
    assert f.grad(x=2.5)["x"] == 2 and any("floor" in note for note in f.notes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd.compile(sp.floor(x)*sp.Symbol("t"), wrt="t")


@pytest.mark.parametrize("wrong, error, words", [
    ("x**2", sd.UnknownForm, "sd.parse"),
    (x > 0, sd.UnknownForm, "condition"),
    (sp.zeta(x), sd.UnknownForm, "zeta"),
    (x*sp.I, sd.UnknownForm, "ImaginaryUnit|complex|I"),
    (object(), sd.UnknownForm, "formula"),
])
def test_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        sd.compile(wrong)


def test_dtypes():
    f = sd.compile(textbook(), wrt=[w, b], dtype="float32")
    value, gradient = f.value_and_grad(VALUES)
    assert type(value) is float and gradient["w"].dtype == np.float32
    np.testing.assert_allclose(gradient["w"], sd.compile(textbook(), wrt=[w, b]).grad(VALUES)["w"], rtol=1e-5)
    assert sd.compile(x, dtype=np.float32).dtype == "float32"
    with pytest.raises(sd.DTypeError, match="float16"):
        sd.compile(x, dtype="float16")


def test_what_was_done(f):
    assert "sigmoid" in str(f.rewrites) and len(str(f.rewrites).splitlines()) == len(f.rewrites)
    assert str(sd.compile(x**2).rewrites) == "nothing"
    before, after = f.counts["value_and_grad"]
    assert before > 0 and after > 0
    assert "w, b" in repr(f)
    assert "def value_and_grad" in f.source and f.source == f.source


def test_the_code_can_be_looked_at(f):
    """LLVM's language and assembly of value and gradient; each phase by itself gives, in order, what a call gives."""
    assert "define" in f.llvm and "fadd" in f.llvm and "ret" in f.asm and "define" not in f.asm
    value, gradient = f.value_and_grad(VALUES)
    phases = f.phases("value_and_grad", VALUES)
    assert {phase.kind for phase, _ in phases} <= {"plain", "product", "rows", "combine"} and len(phases) > 1
    assert [run() for _, run in phases] == [0]*len(phases)
    assert f.value_and_grad(VALUES)[0] == value and "w" in gradient
    assert "define" in sd.compile(x**2, wrt=[]).llvm and "define" in sd.compile([x, x**3]).llvm


def test_without_machine_code_there_is_none_to_look_at(f, monkeypatch):
    monkeypatch.setattr(execute, "interpreted", lambda: True)
    for look in (lambda: f.asm, lambda: f.phases("value", VALUES)):
        with pytest.raises(sd.ArgumentError, match="NUMBA_DISABLE_JIT"):
            look()


def test_copies(f):
    for twin in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f)):
        assert twin(VALUES) == f(VALUES) and twin.wrt == f.wrt


def test_into(f):
    out = np.empty(3)
    gradient = {"w": out, "b": np.empty(())}
    assert f.into(gradient, VALUES) == f(VALUES)
    close(out, f.grad(VALUES)["w"])
    close(gradient["b"][()], f.grad(VALUES)["b"])
    g = sd.compile(2*w, wrt=[])
    assert g.into(out, w=[1, 2, 3]) is out and out.tolist() == [2, 4, 6]
    values = np.ones(3)
    frozen = np.empty(3)
    frozen.flags.writeable = False
    for wrong, error, words in ((values, sd.ArgumentError, "shares memory with w"),
                                (np.empty(3, int), sd.DTypeError, "int64"),
                                (np.empty(4), sd.SizeMismatch, "shape"), (frozen, sd.ArgumentError, "read-only"),
                                (np.empty(6)[::2], sd.ArgumentError, "contiguous"), ([0.0]*3, sd.DTypeError, "list")):
        with pytest.raises(error, match=words):
            g.into(wrong, w=values)
    assert values.tolist() == [1, 1, 1]


def test_products_take_what_is_given(f):
    assert f.hvp({"w": np.zeros(3), b: 1}, VALUES)["b"] == f.hvp({"b": 1}, VALUES)["b"]
    with pytest.raises(sd.SizeMismatch, match="vector of w"):
        f.hvp({"w": 1.0}, VALUES)
    with pytest.raises(sd.NoDerivative, match="by X"):
        f.hvp({"X": VALUES["X"]}, VALUES)
    with pytest.raises(sd.ArgumentError, match="did you mean"):
        f.hvp({"W": 1.0}, VALUES)
    with pytest.raises(sd.ArgumentError, match="by name"):
        f.hvp(np.ones(3), VALUES)


def test_second_derivatives_of_a_share_between_far_thresholds():
    """log(sigmoid(b) - sigmoid(a)) with b - a = 1600: exp(b - a) is infinite, and no part of its derivatives."""
    n = sd.sizes("n")
    k, eta, cuts = sd.array("k", n), sd.array("eta", n), sd.array("cuts", 3)
    low = sd.sigmoid(sd.where(k > 0, sd.take(cuts, sd.maximum(k - 1, 0), 0), -800) - eta)
    high = sd.sigmoid(sd.where(k < 3, sd.take(cuts, sd.minimum(k, 2), 0), 800) - eta)
    f = sd.compile(-sd.mean(sd.log(high - low)), wrt=[eta, cuts])
    report = f.check(k=[0.0, 1, 2, 3, 1], eta=[0.1, -0.2, 0.3, 0.5, 1.0], cuts=[-1.0, 0, 1])
    assert report.ok, str(report)


@pytest.mark.parametrize("word", [sd.max, sd.min])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_the_largest_of_what_is_computed_again_is_found_in_float32(word, axis):
    """The extreme is stored in 24 bits, and compared with products computed again: they are compared as stored."""
    Y, extreme = sd.array("Y", n, d), word(X*sd.array("Y", n, d), axis=axis)
    loss = (extreme if axis is None else sd.sum(extreme)) + sd.sum(sd.min(X + Y, axis=0))
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=(9, 5)).astype(np.float32) for name in ("X", "Y")}
    found, true = sd.compile(loss, dtype="float32").grad(values), Tape(loss, ["X", "Y"]).gradient(
        {name: v.astype(float) for name, v in values.items()})
    for name in values:
        np.testing.assert_allclose(found[name], true[name], rtol=1e-6)


def test_a_hessian_that_is_the_identity():
    v = sd.array("v", sd.sizes("n"))
    np.testing.assert_array_equal(sd.compile(sd.sum(v**2)/2, [v]).hess(v=np.ones(3))["v", "v"], np.eye(3))


def test_a_symmetric_block_of_a_hessian_is_not_turned():
    """It is written as it is made, a row for each direction: no loop copies it with its axes exchanged."""
    v = sd.array("v", 60)
    f = sd.compile(sd.norm(v)*sd.sum(sd.tanh(v[1:]*v[:-1])))
    values = {"v": np.random.default_rng(0).normal(size=60)}
    assert f.check(values).ok
    statements = f.executable("hess").program.statements
    loops = [s for one in statements for s in (one, *getattr(one, "body", ())) if type(s) is Map]
    ends = [(s.body[-2], s.body[-1]) for s in loops if len(s.body) == 2 and s.body[-1].buffer.kind == "output"]
    assert loops and not [load for load, store in ends if isinstance(load, Load) and load.index == store.index[::-1]]


@pytest.mark.parametrize("mask", [lambda n, M: sd.arange(n)[:, None] >= sd.arange(n)[None, :], lambda n, M: M > 0])
def test_what_where_leaves_out_of_a_softmax(mask):
    """softmax and logsumexp of where(mask, S, -inf): no nan, and the derivatives of the entries that are left."""
    n = sd.sizes("n")
    S, M = sd.array("S", n, n), sd.array("M", n, n)
    at, kept = np.random.default_rng(0).standard_normal((4, 4)), np.tril(np.ones((4, 4)))
    masked = np.where(mask(n, M), S, -np.inf)
    loss = sd.sum(sd.softmax(masked, axis=-1)*sd.sin(S)) + sd.sum(sd.logsumexp(masked, axis=-1))
    f = sd.compile(loss + 0*sd.sum(M), S)
    value, gradient = f.value_and_grad(S=at, M=kept)
    e = np.exp(at)*kept
    p = e/e.sum(axis=1, keepdims=True)
    mean = np.sum(p*np.sin(at), axis=1, keepdims=True)
    assert value == pytest.approx(np.sum(mean) + np.sum(np.log(e.sum(axis=1))), rel=1e-14)
    np.testing.assert_allclose(gradient["S"], p*(np.sin(at) - mean + np.cos(at) + 1), rtol=1e-13, atol=1e-16)
    assert np.isfinite(f.hess(S=at, M=kept)["S", "S"]).all() and f.check(S=at, M=kept).ok
    for left_out in (-sp.oo, np.array(-np.inf), np.float64(-np.inf)):
        assert sd.where(mask(n, M), S, left_out) is masked
    x = sd.array("x")
    for elsewhere in (x + np.inf, x*-np.inf, sd.where(x > 0, x, np.nan)):
        with pytest.raises(sd.UnknownForm):
            sd.compile(elsewhere)

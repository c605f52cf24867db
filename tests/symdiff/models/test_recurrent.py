"""Recurrent layers against loops in NumPy, against PyTorch's and cuDNN's formulas, and against autograd's gradients."""
import numpy as np
import pytest

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.models import recurrent as R
from symdiff.models.initial import initial
from symdiff.models.network import GRU, LSTM, Dense, Embedding, Recurrent, network
from symdiff.read import read

RNG = np.random.default_rng(17)
ROWS, STEPS, CHANNELS, UNITS = 3, 5, 2, 4
GATES = {"recurrent": 1, "gru": 3, "lstm": 4}
n, steps = sd.sizes("n steps")


def sigmoid(z, np=np):
    return 1/(1 + np.exp(-z))


def numbers(word, rng=RNG, rows=ROWS, steps=STEPS, units=UNITS):
    wide = GATES[word]*units
    found = {"x": rng.normal(size=(rows, steps, CHANNELS)), "W": rng.normal(size=(CHANNELS, wide)),
             "U": rng.normal(size=(units, wide))/units, "b": rng.normal(size=wide)}
    return found | ({"c": rng.normal(size=units)} if word == "gru" else {})


def layer(word, values, steps=steps, **more):
    """The layer's expression for values of these sizes."""
    arrays = {name: sd.array(name, *value.shape) for name, value in values.items()}
    arrays["x"] = sd.array("x", n, steps, CHANNELS)
    return getattr(R, word)(**arrays, **more)


def by_hand(word, x, W, U, b, c=0, h=0, memory=0, forget=1, np=np):
    """All states, (rows, steps, units), a step and a gate at a time."""
    units, found = U.shape[0], []
    part = [slice(k*units, (k + 1)*units) for k in range(GATES[word])]
    h, memory = h + np.zeros((x.shape[0], units)), memory + np.zeros((x.shape[0], units))
    for t in range(x.shape[1]):
        z = [x[:, t] @ W[:, p] + b[p] for p in part]
        again = [h @ U[:, p] for p in part]
        if word == "recurrent":
            h = np.tanh(z[0] + again[0])
        elif word == "gru":
            r, u = sigmoid(z[0] + again[0], np), sigmoid(z[1] + again[1], np)
            h = (1 - u)*np.tanh(z[2] + r*(again[2] + c)) + u*h
        else:
            i, f, o = (sigmoid(z[k] + again[k] + (forget if k == 1 else 0), np) for k in (0, 1, 3))
            memory = f*memory + i*np.tanh(z[2] + again[2])
            h = o*np.tanh(memory)
        found.append(h)
    return np.stack(found, axis=1)


def value(expression, values):
    return evaluate([read(expression)], values)[0]


@pytest.mark.parametrize("word", GATES)
def test_states(word):
    values = numbers(word)
    wanted = by_hand(word, **values)
    np.testing.assert_allclose(value(layer(word, values, sequences=True), values), wanted, rtol=1e-13)
    np.testing.assert_allclose(value(layer(word, values), values), wanted[:, -1], rtol=1e-13)
    np.testing.assert_allclose(value(layer(word, values, STEPS), values), wanted[:, -1], rtol=1e-13)


@pytest.mark.parametrize("word", GATES)
def test_without_bias(word):
    values = numbers(word)
    given = {name: values[name] for name in "xWU"}
    wanted = by_hand(word, **given, b=np.zeros(GATES[word]*UNITS))
    np.testing.assert_allclose(value(layer(word, given), given), wanted[:, -1], rtol=1e-13)


def test_first_states():
    one, each = RNG.normal(size=UNITS), RNG.normal(size=(ROWS, UNITS))
    for start in (one, each):
        sizes = (UNITS,) if start.ndim == 1 else (n, UNITS)
        for word in ("recurrent", "gru"):
            values = numbers(word)
            found = value(layer(word, values, start=sd.array("s", *sizes)), {**values, "s": start})
            np.testing.assert_allclose(found, by_hand(word, **values, h=start)[:, -1], rtol=1e-13)
        values = numbers("lstm")
        found = value(layer("lstm", values, start=(sd.array("s", *sizes), sd.array("m", UNITS))),
                      {**values, "s": start, "m": one})
        np.testing.assert_allclose(found, by_hand("lstm", **values, h=start, memory=one)[:, -1], rtol=1e-13)


def test_the_formulas_of_pytorch():
    """GRU and LSTM as its documentation has them: weights (gates·units, …), two biases, W x + b + U h + b'."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, STEPS, CHANNELS))
    for word in ("gru", "lstm"):
        wide = GATES[word]*UNITS
        Wi, Wh = rng.normal(size=(wide, CHANNELS)), rng.normal(size=(wide, UNITS))
        bi, bh, h, c = rng.normal(size=wide), rng.normal(size=wide), np.zeros((ROWS, UNITS)), np.zeros((ROWS, UNITS))
        for t in range(STEPS):
            gi, gh = np.split(x[:, t] @ Wi.T + bi, GATES[word], 1), np.split(h @ Wh.T + bh, GATES[word], 1)
            if word == "gru":
                r, z = sigmoid(gi[0] + gh[0]), sigmoid(gi[1] + gh[1])
                h = (1 - z)*np.tanh(gi[2] + r*gh[2]) + z*h
            else:
                i, f, g, o = (a + b for a, b in zip(gi, gh))
                c = sigmoid(f)*c + sigmoid(i)*np.tanh(g)
                h = sigmoid(o)*np.tanh(c)
        values = {"x": x, "W": Wi.T, "U": Wh.T, "b": bi + bh}
        if word == "gru":
            values |= {"b": bi + np.where(np.arange(wide) < 2*UNITS, bh, 0), "c": bh[2*UNITS:]}
        found = value(layer(word, values, **{"forget": 0} if word == "lstm" else {}), values)
        np.testing.assert_allclose(found, h, rtol=1e-12)


@pytest.mark.parametrize("word", GATES)
def test_gradients_are_autograd_s(word):
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp
    values, weigh = numbers(word), RNG.normal(size=(ROWS, STEPS, UNITS))
    names = [name for name in values if name != "x"]
    f = sd.compile(sd.sum(sd.array("weigh", n, steps, UNITS)*layer(word, values, sequences=True)), wrt=[*names, "x"])
    found = f.grad({**values, "weigh": weigh})
    for name in (*names, "x"):
        def loss(moved, name=name):
            return anp.sum(weigh*by_hand(word, **{**values, name: moved}, np=anp))
        np.testing.assert_allclose(found[name], autograd.grad(loss)(values[name]), rtol=1e-11, atol=1e-12)


def of_squares(word, values, dtype="float64"):
    names = [name for name in values if name != "x"]
    return sd.compile(sd.mean(layer(word, values, sequences=True)**2), wrt=names, dtype=dtype)


@pytest.mark.parametrize("word", ["gru", *[pytest.param(word, marks=pytest.mark.nightly) for word in ("recurrent", "lstm")]])
def test_a_thousand_steps_by_the_program_of_five(word):
    """So many units that `check` leaves out the Hessian."""
    values = numbers(word, units=10)
    f = of_squares(word, values)
    assert f.check(values).ok
    long = numbers(word, steps=1000, units=10)
    assert f.value_and_grad(long)[0] == pytest.approx(np.mean(by_hand(word, **long)**2), rel=1e-11)


@pytest.mark.parametrize("word", ["recurrent", *[pytest.param(word, marks=pytest.mark.nightly) for word in GATES
                                                 if word != "recurrent"]])
def test_in_single_precision(word):
    values = numbers(word, steps=200)
    wanted, slopes = of_squares(word, values).value_and_grad(values)
    found, rough = of_squares(word, values, "float32").value_and_grad(values)
    assert found == pytest.approx(wanted, rel=1e-5) and rough["U"].dtype == np.float32
    for name in slopes:
        np.testing.assert_allclose(rough[name], slopes[name], rtol=1e-3, atol=1e-5)


@pytest.mark.nightly
@pytest.mark.parametrize("word", GATES)
def test_the_hessian_is_checked(word):
    values = numbers(word, units=2)
    assert of_squares(word, values).check(values).ok


@pytest.mark.parametrize("word", GATES)
def test_the_program_does_not_grow_with_the_length(word):
    made = [len(order(sd.compile(sd.mean(layer(word, numbers(word), length)**2), wrt=["U"])
                      .problem.graph("value_and_grad"))) for length in (41, 1013)]
    assert made[0] == made[1] < 200


@pytest.mark.parametrize("word", GATES)
def test_no_step_gives_the_first_state(word):
    values = numbers(word, steps=0)
    assert not value(layer(word, values), values).any()
    assert value(layer(word, values, sequences=True), values).shape == (ROWS, 0, UNITS)


def test_an_activation():
    values = numbers("recurrent")
    h = np.zeros((ROWS, UNITS))
    for t in range(STEPS):
        h = np.maximum(values["x"][:, t] @ values["W"] + h @ values["U"] + values["b"], 0)
    np.testing.assert_allclose(value(layer("recurrent", values, activation="relu"), values), h, rtol=1e-13)


# -- networks ----------------------------------------------------------------------------------------------------------

def test_in_a_network():
    model = network([GRU(3, sequences=True), LSTM(4, sequences=True), Recurrent(2, "softsign"), Dense(1)],
                    ("X", "n", "steps", CHANNELS), "gaussian", penalty={"l2": 2})
    sizes = {a.name: a.sizes for a in model.parameters}
    assert sizes == {"W1": (2, 9), "U1": (3, 9), "b1": (9,), "c1": (3,), "W2": (3, 16), "U2": (4, 16), "b2": (16,),
                     "W3": (4, 2), "U3": (2, 2), "b3": (2,), "W4": (2,), "b4": ()}
    v = {name: RNG.normal(size=np.shape(one)) for name, one in initial(model).items()}
    x, y = RNG.normal(size=(ROWS, STEPS, CHANNELS)), RNG.normal(size=ROWS)
    first = by_hand("gru", x, v["W1"], v["U1"], v["b1"], v["c1"])
    second, h = by_hand("lstm", first, v["W2"], v["U2"], v["b2"]), np.zeros((ROWS, 2))
    for t in range(STEPS):
        z = second[:, t] @ v["W3"] + h @ v["U3"] + v["b3"]
        h = z/(1 + np.abs(z))
    z = h @ v["W4"] + v["b4"]
    weights = sum((v[name]**2).sum() for name in v if name[0] in "WU")
    got = value(model.expression(), {"X": x, "y": y, **v})
    assert got == pytest.approx(np.mean((y - z)**2/2 + np.log(2*np.pi)/2) + weights, rel=1e-12)


def test_recurrent_weights_start_orthogonal_gate_by_gate():
    model = network([GRU(5, sequences=True), Recurrent(3, sequences=True), LSTM(4), Dense(2)],
                    ("X", "n", 7, CHANNELS), "categorical")
    start = initial(model, 2)
    for name, gates in (("U1", 3), ("U2", 1), ("U3", 4)):
        for block in np.split(start[name], gates, axis=1):
            np.testing.assert_allclose(block @ block.T, np.eye(len(block)), atol=1e-14)
    assert np.std(start["W1"]) < 0.6 and not start["b3"].any() and not start["c1"].any()
    given = initial(model, 2, "zeros")
    assert not given["U1"].any() and not given["W1"].any()


@pytest.mark.nightly
def test_words_are_classified():
    """Whole numbers through an embedding: is there a 7 in the first half?"""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 9, (300, 6))
    y = (words[:, :3] == 7).any(1).astype(int)
    model = network([Embedding(9, 4), GRU(6), Dense(2)], ("words", "n", 6), "categorical")
    found = sd.train(model, {"words": words, "y": y}, initial(model, 1), "adam", rate=0.03, epochs=40, seed=1)
    assert np.mean(found.predict("p", words=words).argmax(1) == y) > 0.97 > max(y.mean(), 1 - y.mean())
    with pytest.raises(sd.ArgumentError, match="index"):
        found.predict("p", words=np.full((1, 6), 9))


def test_no_formula_of_a_file_is_a_loop():
    with pytest.raises(sd.SpecError, match="recurrent layer in .network."):
        network([LSTM(4), Dense(1)], ("X", "n", "steps", 2), "bernoulli").to_toml()


def test_pictures_say_that_a_loop_has_no_column():
    model = network([LSTM(4), Dense(1)], ("X", "n", "steps", 2), "bernoulli")
    assert sd.picture(model).svg.startswith("<svg")
    with pytest.raises(sd.ArgumentError, match="a loop along a sequence"):
        sd.diagram(model)


x = sd.array("x", n, steps, 2)


@pytest.mark.parametrize("make, kind, part", [
    (lambda: R.recurrent(sd.array("x", n, 2), sd.array("W", 2, 4), sd.array("U", 4, 4)), sd.SizeMismatch, "sequences"),
    (lambda: R.gru(x, sd.array("W", 2, 12), sd.array("U", 4, 4)), sd.SizeMismatch, "(units, 3·units)"),
    (lambda: R.lstm(x, sd.array("W", 3, 16), sd.array("U", 4, 16)), sd.SizeMismatch, "W does not fit"),
    (lambda: R.lstm(x, sd.array("W", 2, 16), sd.array("U", 4, 16), sd.array("b", 4)), sd.SizeMismatch, "b does not"),
    (lambda: R.gru(x, sd.array("W", 2, 12), sd.array("U", 4, 12), c=sd.array("c", 12)), sd.SizeMismatch, "resets"),
    (lambda: R.lstm(x, sd.array("W", 2, 16), sd.array("U", 4, 16), start=sd.array("h", 4)), sd.ArgumentError, "two"),
    (lambda: R.gru(x, sd.array("W", 2, 12), sd.array("U", 4, 12), start=sd.array("h", 3)), sd.SizeMismatch, "start"),
    (lambda: R.gru(x, sd.array("W", 2, 3*n), sd.array("U", n, 3*n)), sd.ArgumentError, "is a number"),
    (lambda: R.recurrent(x, sd.array("W", 2, 4), sd.array("U", 4, 4), activation="tahn"), sd.UnknownForm, "tahn"),
    (lambda: network([LSTM(4)], ("X", "n", 3)), sd.SizeMismatch, "layer 1: LSTM"),
    (lambda: network([GRU(4), GRU(4)], ("X", "n", 3, 2)), sd.SizeMismatch, "layer 2: GRU"),
    (lambda: network([GRU(0)], ("X", "n", 3, 2)), sd.ArgumentError, "units"),
    (lambda: network([GRU(4, sequences=1)], ("X", "n", 3, 2)), sd.ArgumentError, "sequences"),
])
def test_refused(make, kind, part):
    with pytest.raises(kind) as caught:
        make()
    assert part in str(caught.value)

"""Every method of descent against its formula in NumPy, step by step over shuffled batches with a small last one."""
import numpy as np
import pytest

from codegen.train import train
from codegen.train.draws import Draws
from tests.codegen.train.problems import line, slope

RATE, EPOCHS, BATCH = 0.05, 4, 4


def steps(method, x, gradient, m, s, t):
    """x after step t, by the formulas of the papers."""
    if method == "sgd":
        return x - RATE*gradient, m, s
    if method == "momentum":
        m = 0.8*m + gradient
        return x - RATE*m, m, s
    if method == "nesterov":
        m = 0.8*m + gradient
        return x - RATE*(gradient + 0.8*m), m, s
    if method == "adagrad":
        s = s + gradient**2
        return x - RATE*gradient/(np.sqrt(s) + 1e-8), m, s
    if method == "rmsprop":
        s = 0.95*s + 0.05*gradient**2
        return x - RATE*gradient/(np.sqrt(s) + 1e-8), m, s
    m, s = 0.7*m + 0.3*gradient, 0.95*s + 0.05*gradient**2
    return x - RATE*(m/(1 - 0.7**t))/(np.sqrt(s/(1 - 0.95**t)) + 1e-8), m, s


def clipped(gradient, value, norm):
    gradient = np.clip(gradient, -value, value) if value else gradient
    length = np.linalg.norm(gradient)
    return gradient*norm/length if norm and length > norm else gradient


def by_hand(method, data, decay=0.0, value=None, norm=None, factor=lambda t: 1.0):
    """(parameters, loss of each epoch)."""
    x, m, s, t, losses, draws, order = np.zeros(4), 0.0, 0.0, 0, [], Draws(7), np.arange(11)
    for _ in range(EPOCHS):
        order, total = order[draws.order(11)], 0.0
        for rows in (order[k:k + BATCH] for k in range(0, 11, BATCH)):
            loss, gradient = slope(data, x, rows)
            total += loss*len(rows)
            rate = factor(t)
            if method == "adamw":
                x = x - RATE*rate*decay*x
            else:
                gradient = gradient + decay*x
            t += 1
            ahead, m, s = steps(method, x, clipped(gradient, value, norm), m, s, t)
            x = x + rate*(ahead - x)
        losses.append(total/11)
    return x, losses


METHODS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
SAME = {"rate": RATE, "epochs": EPOCHS, "batch": BATCH, "seed": 7, "momentum": 0.8, "betas": (0.7, 0.95)}


def agree(found, wanted):
    x, losses = wanted
    np.testing.assert_allclose(np.append(found.parameters["w"], found.parameters["b"]), x, rtol=1e-10)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_the_formula(method):
    loss, data = line()
    agree(train(loss, data, method=method, **SAME), by_hand(method, data))


@pytest.mark.parametrize("method", ["sgd", "adam", "adamw"])
def test_weight_decay(method):
    loss, data = line()
    agree(train(loss, data, method=method, weight_decay=0.3, **SAME), by_hand(method, data, decay=0.3))
    one = train(loss, data, method=method, weight_decay={"w": 0.3, "b": 0.3}, **SAME)
    agree(one, by_hand(method, data, decay=0.3))
    other = train(loss, data, method=method, weight_decay={"w": 0.3}, **SAME)
    agree(other, by_hand(method, data, decay=np.array([0.3, 0.3, 0.3, 0.0])))


@pytest.mark.parametrize("value, norm", [(0.4, None), (None, 0.5), (0.4, 0.5)])
def test_clipping(value, norm):
    loss, data = line()
    found = train(loss, data, method="sgd", clip_value=value, clip_norm=norm, **SAME)
    agree(found, by_hand("sgd", data, value=value, norm=norm))


SCHEDULES = [
    ("constant", lambda t: 1.0),
    ("cosine", lambda t: (1 + np.cos(np.pi*t/(3*EPOCHS)))/2),
    ({"name": "1/t", "half": 2}, lambda t: 1/(1 + t/3/2)),
    ({"name": "step", "every": 2, "factor": 0.1}, lambda t: 0.1**(t//6)),
    (lambda t, epochs: (1 - t/epochs), lambda t: 1 - t/(3*EPOCHS)),
]


@pytest.mark.parametrize("schedule, factor", SCHEDULES)
def test_schedules(schedule, factor):
    loss, data = line()
    agree(train(loss, data, method="sgd", schedule=schedule, **SAME), by_hand("sgd", data, factor=factor))


def test_warming_up():
    loss, data = line()
    found = train(loss, data, method="sgd", warmup=2, **SAME)
    agree(found, by_hand("sgd", data, factor=lambda t: min(1, (t + 1)/6)))


def test_all_rows_at_once():
    loss, data = line()
    x = np.zeros(4)
    for _ in range(5):
        x = x - RATE*slope(data, x, slice(None))[1]
    found = train(loss, data, method="gd", rate=RATE, epochs=5)
    np.testing.assert_allclose(np.append(found.parameters["w"], found.parameters["b"]), x, rtol=1e-12)
    assert found.steps == 5

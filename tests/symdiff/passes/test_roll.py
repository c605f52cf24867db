"""roll: what loops written out become, equal values, and what stays as it is."""
import numpy as np
import pytest
from tests.loops import normal

import symdiff as sd
from symdiff.derive import gradient
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.passes import AFTER, BEFORE, roll, run
from symdiff.primitives.scan import SCAN
from symdiff.read import read_all
from symdiff.reference import tape

T = 12
x, X, W, a = sd.array("x", T), sd.array("X", T, 3), sd.array("W", 3, 3), sd.array("a", 3)
VALUES = dict(x=normal(T), X=normal(T, 3), W=normal(3, 3)/2, a=normal(3, seed=4))


def states(step, first, count=T):
    made = [first]
    for t in range(count):
        made.append(step(made[-1], t))
    return made


def recurrent():
    return sd.sum(states(lambda h, t: sd.tanh(W @ h + X[t]), a)[-1]**2)


def all_states():
    """Every state is used after the loop, some of them twice."""
    h = states(lambda h, t: sd.tanh(W @ h + X[t]), a)
    return sd.sum(sd.stack(h[1:])**3) + sd.sum(h[3]*h[7]) + sd.sum(h[T])


def losses():
    """A running sum beside the state; targets one place further on."""
    h, total = a, 0.0
    for t in range(T - 1):
        h = np.tanh(np.dot(W, h) + X[t])
        total = total + np.sum((h - X[t + 1])**2)
    return total


def backwards():
    return sd.sum(states(lambda h, t: sd.sin(h*a + X[T - 1 - t]), a)[-1])


def of_second_order():
    """A state that remembers two steps."""
    before, now = a, 2*a
    for t in range(T):
        before, now = now, sd.sin(now) - 0.5*before + X[t]*sd.cos(before)
    return sd.sum(now*before)


def by_number():
    """Rows taken by numbers of the program, repeated ones among them."""
    rows = [0, 3, 3, 3, 1, 0, 7, 7, 2, 3, 3, 5]
    return sd.sum(states(lambda h, t: sd.exp(-h**2) + X[rows[t]], a)[-1])


def coefficients():
    """Numbers and arrays of numbers that differ from step to step."""
    parts = normal(T, 3, seed=9)
    return sd.sum(states(lambda h, t: sd.tanh(h*(0.5 + t) + parts[t]), a)[-1])


def windows():
    """Every other entry, and three in a row."""
    y = sd.array("y", 2*T + 3)
    return sd.sum(states(lambda h, t: sd.tanh(h*y[2*t] + y[t:t + 3]), a)[-1])


def two_loops():
    """One over the states of the other."""
    h = states(lambda h, t: sd.tanh(W @ h + X[t]), a)
    g = states(lambda g, t: sd.cos(g + h[T - t]*a), a)
    return sd.sum(g[-1])


def matrices():
    """Powers of a matrix: nothing is gone through."""
    return sd.sum(states(lambda M, t: sd.tanh(M @ W) + M, W, 9)[-1])


def columns():
    return sd.sum(states(lambda h, t: sd.tanh(h*X[:, 1][t] + X.T[:, t]), a)[-1])


ROLLED = {f.__name__: f for f in (recurrent, all_states, losses, backwards, of_second_order, by_number, coefficients,
                                  windows, two_loops, matrices, columns)}


def loops_in(outputs):
    return [node for node in order(outputs) if node.op is SCAN]


@pytest.mark.parametrize("name", ROLLED)
def test_loops_are_rolled(name):
    expression = ROLLED[name]()
    reading = read_all(expression)
    output, = check(roll(reading.outputs))
    values = VALUES | dict(y=normal(2*T + 3))
    names = [s.attributes[0] for s in reading.inputs.values()]
    found = loops_in([output])
    assert len(found) == (2 if name == "two_loops" else 1)
    assert all(node.attributes[1] >= 7 for node in found)
    wanted, slopes = tape.value_and_grad(expression, names, values)
    before, _ = run([output], BEFORE)
    after, _ = run((*before, *gradient(before[0], [reading.node(w) for w in names])), AFTER)
    got, *grads = evaluate(after, values)
    assert abs(got - wanted) <= 1e-12*max(1, abs(wanted))
    for w, g in zip(names, grads):
        np.testing.assert_allclose(g, slopes[w], rtol=1e-10, atol=1e-11, err_msg=w)


@pytest.mark.parametrize("count", [40, 400])
def test_the_size_does_not_depend_on_the_length(count):
    X = sd.array("X", count, 3)
    kept = states(lambda h, t: sd.tanh(W @ h + X[t]), a, count)
    for expression in (sd.sum(kept[-1]), sd.sum(sd.stack(kept[1:])**2), sd.mean(sd.stack(kept)[:, 1])):
        assert len(order(roll(read_all(expression).outputs))) < 30


def test_what_is_no_loop_stays():
    weights = [sd.array(f"W{k}", 3, 3) for k in range(T)]
    for expression in (
            sd.sum(states(lambda h, t: sd.tanh(weights[t] @ h), a)[-1]),                # other weights in each step
            sd.sum(states(lambda h, t: sd.tanh(W @ h), a, 7)[-1]),                      # too few
            states(lambda h, t: sd.sin(h) + x[t], sd.array("b"))[-1],                   # numbers, quick as they are
            sd.sum(states(lambda h, t: (sd.sin, sd.cos, sd.exp)[t*t % 3 % 2 + t % 2](h + X[t]), a)[-1])):
        outputs = read_all(expression).outputs
        assert not loops_in(roll(outputs))


def test_many_numbers_are_rolled():
    outputs = read_all(states(lambda h, t: sd.sin(h) + sd.cos(h)*h, sd.array("b"), 2000)[-1]).outputs
    rolled = roll(outputs)
    assert len(order(rolled)) < 30
    np.testing.assert_allclose(evaluate(rolled, {"b": 0.3}), evaluate(outputs, {"b": 0.3}), rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_lengths_of_steps_are_those_after_which_a_window_comes_again(seed):
    from symdiff.passes.roll import FEWEST, WINDOW, WINDOWS, _Text
    rng = np.random.default_rng(seed)
    letters = rng.integers(0, 3, size=int(rng.integers(40, 600)))
    period, start = int(rng.integers(2, 20)), int(rng.integers(0, 20))
    letters[start:start + 12*period] = np.resize(letters[start:start + period], len(letters[start:start + 12*period]))
    text = object.__new__(_Text)
    text.letters, text.arrays = letters, True
    starts, n = np.unique(np.linspace(0, len(letters) - WINDOW - 1, WINDOWS).astype(int)), len(letters)
    wanted = [p for p in range(1, n//FEWEST + 1)
              if any(s + WINDOW + p <= n and (letters[s:s + WINDOW] == letters[s + p:s + p + WINDOW]).all() for s in starts)]
    assert [*text._periods()] == wanted

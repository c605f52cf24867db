"""`tidy` as a whole: equal to the derivative by the tape at random points, never longer, in bounded time, the same on
every run."""
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff import closed, derive, passes
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.passes import fold
from symdiff.read import read, read_all
from symdiff.reference.tape import Tape
from symdiff.tidy import fullest, tidy
from symdiff.tidy.count import written_length
from symdiff.write import write
from tests.patience import soon
from tests.programs import draw, seeded

n, h = sd.sizes("n h")
DAY, NIGHT = range(40), range(1000, 1300)
ladder = pytest.mark.parametrize("seed", [*DAY, *[pytest.param(s, marks=pytest.mark.nightly) for s in NIGHT]])


def program(seed):
    drawn = draw(seeded(seed), steps=5, rows=(3, 2, 5))
    rng = np.random.default_rng(seed)
    values = {k: v + 0.01*rng.normal(size=v.shape) if not k.startswith("i") else v for k, v in drawn.values.items()}
    return drawn, values, {sd.sizes(k): v for k, v in drawn.sizes.items()}          # nothing stands on a kink


@ladder
def test_random_programs(seed):
    drawn, values, sizes = program(seed)
    loss = drawn.loss
    wanted = Tape(loss, drawn.wrt).gradient(values)
    for simplify in ("tidy", "full") if seed % 8 == 0 else ("tidy",):
        forms = sd.gradient(loss, drawn.wrt, simplify=simplify)
        found = evaluate(read_all([*forms, loss]).outputs[:-1], values, sizes)  # with the loss: a length names no axis
        for got, want in zip(found, wanted.values(), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9*max(1e-3, np.max(np.abs(want), initial=0)))


@pytest.mark.parametrize("seed", [*range(3), *[pytest.param(s, marks=pytest.mark.nightly) for s in range(100, 160)]])
def test_random_hessians(seed):
    drawn, values, sizes = program(seed)
    loss, w = drawn.loss, drawn.wrt[0]
    wanted = Tape(loss, [w]).hessian(values)[w, w]
    form, = sd.hessian(loss, [w])[0]
    got = evaluate(read_all([form, loss]).outputs[:1], values, sizes)[0]
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-8*max(1e-2, np.max(np.abs(wanted), initial=0)))


def derivatives(loss, wrt):
    """(outputs of the gradient as the chain rule gives it, the formula)."""
    reading = read_all(loss)
    output, = passes.run(reading.outputs, closed.SHORT_BEFORE)[0]
    found = derive.gradient(output, [reading.node(w) for w in wrt])
    return passes.run(found, closed.SHORT_AFTER)[0], (output,)


@ladder
def test_never_longer(seed):
    drawn, *_ = program(seed)
    found, typed = derivatives(drawn.loss, drawn.wrt)
    short = tidy(found, typed)
    check(short)
    for one, other in zip(short, found, strict=True):
        assert written_length((one,)) <= written_length((other,))
    assert [written_length((one,)) for one in tidy(short, typed)] <= [written_length((one,)) for one in short]


def network(layers):
    X, Y = sd.array("X", n, h), sd.array("Y", n, h)
    W, b, a = [], [], X
    for k in range(layers):
        W.append(sd.array(f"W{k}", h, h))
        b.append(sd.array(f"b{k}", h))
        a = sp.tanh(a @ W[-1] + b[-1])
    return sd.mean((a - Y)**2), [w.name for w in W + b]


def chain(length):
    x, w, b = sd.array("x"), sd.array("w"), sd.array("b")
    e = x
    for _ in range(length//3):
        e = sp.tanh(e*w + b)
    return e, ["x", "w", "b"]


@pytest.mark.nightly
@pytest.mark.parametrize("formula", [lambda: network(30), lambda: chain(2000)], ids=["30 layers", "2000 operations"])
def test_time_is_bounded(formula):
    found, typed = derivatives(*formula())
    start = time.process_time()
    tidy(found, typed)
    assert soon(start, 1)


@pytest.mark.nightly
@pytest.mark.parametrize("make", [chain, lambda size: network(size//40)])
def test_twice_the_size_takes_about_twice_as_long(make):
    def seconds(size):
        found, typed = derivatives(*make(size))
        start = time.process_time()
        tidy(found, typed)
        return time.process_time() - start

    seconds(200)
    assert seconds(2400) < 5*seconds(1200) + 0.5


def test_sums_that_double_a_thousand_times():
    x = sd.array("x", n)
    e = x
    for _ in range(1000):
        e = e + e*x
    assert written_length(tidy((read(e),))) <= 2000


def test_a_sum_of_many_terms():
    parts = [sd.array(f"x{k}") for k in range(3000)]
    total = parts[0]
    for k, part in enumerate(parts[1:]):
        total = total + part*parts[k]
    short, = tidy((read(total),))
    values = {part.name: float(k % 7) for k, part in enumerate(parts)}
    assert evaluate((short,), values) == evaluate((read(total),), values)


def test_the_formula_s_own_parts_stay():
    X, y, w = sd.array("X", n, h), sd.array("y", n), sd.array("w", h)
    residual = X @ w - y
    assert "X @ w - y" in str(sd.gradient(sd.sum((residual*3)**2), w))
    assert str(sd.gradient(sd.sum((y - X @ w)**2), w)) == "-2*(X.T @ (y - X @ w))"


@pytest.mark.nightly
def test_the_same_text_on_every_run():
    program = ("import sympy as sp, symdiff as sd\n"
               "n, d = sd.sizes('n d')\n"
               "X, W, A = sd.array('X', n, d), sd.array('W', d, d), sd.array('A', d, d)\n"
               "h = sp.tanh(X @ W)\n"
               "print(*sd.gradient(sd.sum((h @ A @ W - X)**2*h) + sd.logdet(A.T @ A + W), [W, A]), sep='\\n')")
    printed = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                              env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(sys.path)}).stdout
               for seed in (1, 2, 3)}
    assert len(printed) == 1 and printed.pop()


def test_constants_and_nothing_at_all():
    x = sd.array("x", n)
    zero, = tidy((read(x - x),))
    assert str(write(zero)) == "broadcast_to(0, (n,))"
    assert tidy(()) == () and tidy((read(sp.Integer(3)),)) == (read(sp.Integer(3)),)
    assert fullest((read(x*0),)) == tidy((read(x*0),))
    assert fold(tidy((read(2*x),))) == (read(2*x),)
    assert len(order(tidy((read(x),)))) == 1

"""Random programs of the whole language: the compiler, at every stage, finds what the tape finds.

The tape walks the raw expression with formulas of its own.  A stage is judged to some digits of the largest entry and
to what the tape's own result moves by when the values move by a few units in the last place; entries for which
the tape has no number (it stabilises nothing) are not judged.
"""
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp

hypothesis = pytest.importorskip("hypothesis")
import symdiff as sd
from codegen.execute import Executable
from codegen.fuse import fuse
from codegen.interpret import interpret
from codegen.loops import check
from codegen.lower import lower
from hypothesis import HealthCheck, given, settings, strategies
from symdiff import derive, passes
from symdiff.evaluate import evaluate
from symdiff.primitives.leaf import input as input_node
from symdiff.read import read_all
from symdiff.reference.tape import Tape
from tests.programs import Drawn, d, draw, m, n, seeded

MOVE = 2.0**-43
LARGEST_HESSIAN = 30            # entries of the parameters


class Work:
    """One program: its graphs, its values, and what the tape finds."""

    def __init__(self, program):
        self.program, self.wrt = program, program.wrt
        self.expressions = [program.loss, *program.outputs]
        reading = read_all(self.expressions)
        self.nodes = {str(symbol.name): node for symbol, node in reading.inputs.items()}
        self.by = [self.nodes[w] for w in self.wrt]
        self.outputs = reading.outputs
        self.stable = passes.run(self.outputs, passes.BEFORE)[0]
        self.values = {node.attributes[0]: program.values[name] for name, node in self.nodes.items()}
        self.sizes = {n: program.sizes["n"], m: program.sizes["m"]}
        self.tape, self.first = Tape(self.expressions, self.wrt), Tape(program.loss, self.wrt)

    def graph(self):
        """The values, and the gradient of the loss, as they go to the machine."""
        made = (*self.stable, *derive.gradient(self.stable[0], self.by))
        return passes.run(made, passes.AFTER)[0]

    def product(self):
        """The Hessian times vectors, which are inputs of their own."""
        vectors = [input_node("v_" + w, node.sizes) for w, node in zip(self.wrt, self.by)]
        return passes.run(derive.hvp(self.stable[0], self.by, vectors), passes.AFTER)[0]

    def by_the_tape(self, values):
        return [*self.tape.value(values), *self.first.gradient(values).values()]

    def wanted(self, function):
        """(results, how far each moves) of a function of values."""
        rng, given = np.random.default_rng(0), self.program.values
        found, far = _arrays(function(given)), None
        for _ in range(2):
            moved = {k: v + MOVE*(np.abs(v) + 0.1)*rng.choice([-1.0, 1.0], np.shape(v)) if k in self.wrt else v
                     for k, v in given.items()}
            gap = [np.abs(a - b) for a, b in zip(_arrays(function(moved)), found)]
            far = gap if far is None else [np.maximum(a, b) for a, b in zip(far, gap)]
        return found, far


def _arrays(results):
    return [np.asarray(r, float) for r in results]


def agree(stage, got, wanted, digits=1e-9):
    """AssertionError naming the stage and the output, unless the results agree."""
    for k, (ours, theirs, far) in enumerate(zip(_arrays(got), *wanted, strict=True)):
        assert ours.shape == theirs.shape, f"{stage}, output {k}: {ours.shape} for {theirs.shape}"
        judged = np.isfinite(theirs) & np.isfinite(far)
        largest = np.max(np.abs(theirs), where=judged, initial=0.0)
        gap = np.abs(np.where(judged, ours - theirs, 0.0))
        wrong = ~(gap <= digits*(largest + 1e-3) + 100*np.where(judged, far, 0.0))
        assert not wrong.any(), f"{stage}, output {k}: off by {gap[wrong].max()}, the largest is {largest}"


def judge(program, machine=False):
    """Every stage of a program against the tape, the earliest first."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work = Work(program)
        wanted = work.wanted(work.by_the_tape)
        count = len(work.outputs)
        agree("as read", evaluate(work.outputs, work.values, work.sizes), [w[:count] for w in wanted])
        agree("stabilised", evaluate(work.stable, work.values, work.sizes), [w[:count] for w in wanted])
        graph = work.graph()
        _run("", graph, work, work.values, wanted, machine)
        if work.wrt and sum(np.size(program.values[w]) for w in work.wrt) <= LARGEST_HESSIAN:
            rng = np.random.default_rng(1)
            vectors = {w: rng.normal(size=np.shape(program.values[w])) for w in work.wrt}
            values = work.values | {"v_" + w: v for w, v in vectors.items()}
            wanted = work.wanted(lambda at: work.first.hvp(vectors, at).values())
            _run("second, ", work.product(), work, values, wanted, False)


def _run(order, graph, work, values, wanted, machine):
    agree(f"{order}graph", evaluate(graph, values, work.sizes), wanted)
    loops = check(lower(graph))
    agree(f"{order}lower", interpret(loops, values, work.sizes), wanted)
    agree(f"{order}fuse", interpret(check(fuse(loops)), values, work.sizes), wanted)
    if machine:
        run = Executable(graph, tuple(work.nodes.values()))
        arrays = [np.ascontiguousarray(values[x.attributes[0]]) if x.sizes else float(values[x.attributes[0]])
                  for x in run.inputs]
        got = run(arrays)
        agree(f"{order}machine", got, wanted)
        again = run(arrays)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(got, again)), "two calls, different bits"


class Replayed:
    """The choices of hypothesis as the generator takes them."""

    def __init__(self, data):
        self.data = data

    def __call__(self, k):
        return self.data.draw(strategies.integers(0, k - 1))


QUIET = dict(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@settings(max_examples=120, derandomize=True, **QUIET)
@given(strategies.data())
def test_loops(data):
    judge(draw(Replayed(data), steps=5, rows=(3, 1, 2, 65, 257)))


@pytest.mark.parametrize("seed", range(8))
def test_machine_code(seed):
    judge(draw(seeded(seed), steps=8), machine=True)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_loops_long(seed):
    for one in range(100):
        judge(draw(seeded(100*seed + one), steps=5 + one % 8))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2000, 2030))
def test_machine_code_long(seed):
    for one in range(10):
        judge(draw(seeded(10*seed + one), steps=12), machine=True)


# -- programs that were found wrong ------------------------------------------------------------------------------------

def found(outputs, values, sizes=None):
    """A program written out."""
    return Drawn(list(outputs), list(values), {k: np.asarray(v, float) for k, v in values.items()},
                 {"n": 3, "m": 2} | (sizes or {}))


def wave(*shape):
    return np.cos(np.arange(np.prod(shape, dtype=int))*1.3 + 0.1).reshape(shape)


ROWS = 300
x, X, Y, square = sd.array("x", n), sd.array("X", n, 2), sd.array("Y", m, 1, 1), sd.array("A", 3, 3)
table, short = sd.array("table", n, 3, m), sd.array("s", 2, 2)
FOUND = {
    "a gradient that is a repeated number, reshaped": found([sd.reshape(short, 4), 2*short], {"s": wave(2, 2)}),
    "pieces of a joined axis": found([sd.concatenate([x, sp.sin(x), x[::-1]])], {"x": wave(ROWS)}, {"n": ROWS}),
    "a reversed axis beside a plain one": found([X[::-1], sp.exp(X)], {"X": wave(ROWS, 2)}, {"n": ROWS}),
    "shifted rows": found([x[1:]*x[:-1], sp.cos(x)], {"x": wave(ROWS)}, {"n": ROWS}),
    "sums done again in a second pass": found(
        [sd.norm(sd.einsum("abc,cde,cdd->e", table, sd.softplus(Y), Y)*m/(n + 2) + 0.5, keepdims=True)],
        {"table": wave(3, 3, 2), "Y": wave(2, 1, 1)}),
    "numbers given beside a reshape": found([np.arange(4.0) - sd.reshape(short, 4)], {"s": wave(2, 2)}),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name):
    judge(FOUND[name], machine=True)


# -- rows at the edges of tiles and chunks, threads, calls in flight ---------------------------------------------------

data, target, w, b = sd.array("data", n, d), sd.array("target", n), sd.array("w", d), sd.array("b")
z = data @ w + b
centred = data - sd.mean(data, axis=0)
PASSES = {
    "batch norm": sd.mean(sp.sin(centred/sp.sqrt(sd.mean(centred**2, axis=0) + 0.1) @ w)*target + b),
    "largest of the data": sd.mean(sp.exp((z - sd.max(z))/10)*target),
    "softmax over the rows": sd.sum(sd.softmax(z)*target) + b,
    "neighbours": sd.mean((z[1:] - 2*z[:-1])**2*target[1:]) + sd.mean(sp.sin(z[::-1]*z)),
    "running sum": sd.mean(sp.sin(sd.cumsum(z)/n)*target),
}
EDGES = (1, 2, 255, 256, 257, 4095, 4096, 4097, 8191, 8192, 8193, 16385)


def regression(rows, columns=3):
    return {"data": wave(rows, columns), "target": wave(rows), "w": wave(columns), "b": 0.3}


def close(ours, theirs):
    for a, c in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-9, atol=1e-11)


def results(answer):
    value, gradient = answer
    return [value, *[gradient[name] for name in ("w", "b", "data")]]


@pytest.mark.parametrize("name", PASSES)
def test_edges_of_tiles_and_chunks(name):
    loss, by = PASSES[name], [w, b, data]
    f, tape = sd.compile(loss, wrt=by), Tape(loss, by)
    for rows in EDGES:
        if rows > 1 or name != "neighbours":
            close(results(f.value_and_grad(regression(rows))), results(tape.value_and_grad(regression(rows))))


def test_threads_change_no_bit(monkeypatch):
    loss, values, bits = PASSES["batch norm"], regression(100_003), set()
    for count in ("1", "2", "3"):
        monkeypatch.setenv("SYMDIFF_NUM_THREADS", count)
        f = sd.compile(loss, wrt=[w, b, data])                  # one made before keeps its number of threads
        bits.add(b"".join(np.asarray(r).tobytes() for r in results(f.value_and_grad(values))))
    close(results(f.value_and_grad(values)), results(Tape(loss, [w, b, data]).value_and_grad(values)))
    assert len(bits) == 1


def test_calls_in_flight():
    loss = PASSES["neighbours"]
    f = sd.compile(loss, wrt=[w, b, data])
    given_rows = [5, 300, 5000, 30_000]*8
    alone = {rows: results(f.value_and_grad(regression(rows))) for rows in set(given_rows)}
    with ThreadPoolExecutor(8) as pool:
        for rows, got in zip(given_rows, pool.map(lambda r: results(f.value_and_grad(regression(r))), given_rows)):
            assert all(np.array_equal(a, c) for a, c in zip(got, alone[rows]))

"""scan: values and derivatives of loops against the steps written out; what passes do to them; what is refused."""
import inspect
import pickle

import numpy as np
import pytest
from tests.loops import LOOPS, n, normal
from tests.symdiff.differences import near, verify

import symdiff as sd
from symdiff import passes
from symdiff.derive import gradient, hessian, hvp, jacobian, pullback, pushforward
from symdiff.errors import ArgumentError, SizeMismatch
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.operations import operations
from symdiff.primitives import arrangement, scan_rules
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, input
from symdiff.primitives.scan import SCAN, Parameter, loop, parameter, parts
from symdiff.read import read, read_all
from symdiff.reference import oracle, tape
from symdiff.write import write

each_loop = pytest.mark.parametrize("name", LOOPS)


def made(name):
    """(reading, names of what it is differentiated by, values)"""
    function, values = LOOPS[name]
    expression = function()
    return expression, read_all(expression), list(values), values


def loops_in(outputs):
    return [node for node in order(outputs) if node.op is SCAN]


# ---------------------------------------------------------------- against the steps written out

@each_loop
def test_value_and_gradient(name):
    expression, reading, names, values = made(name)
    output, = check(reading.outputs)
    wanted, slopes = tape.value_and_grad(expression, names, values)
    grads = check(gradient(output, [reading.node(w) for w in names]))
    got, *found = evaluate([output, *grads], values)
    near(got, wanted, 1e-12)
    for w, g in zip(names, found):
        near(g, slopes[w], 1e-11, w)


@each_loop
def test_second_derivatives(name):
    """Hessians, forward over reverse and reverse over reverse, and their products with vectors."""
    expression, reading, names, values = made(name)
    output, wrt = reading.outputs[0], [reading.node(w) for w in names]
    wanted = tape.hessian(expression, names, values)
    blocks = hessian(output, wrt)
    for (i, j), got in zip(blocks, evaluate(list(blocks.values()), values)):
        near(got, wanted[names[i], names[j]], 1e-9, f"{names[i]}, {names[j]}")
    first = gradient(output, wrt)
    for mode in ("forward", "reverse"):
        for j, got in enumerate(evaluate(jacobian(first[0], wrt, mode), values)):
            near(got, wanted[names[0], names[j]], 1e-9, mode)
    vectors = [input(f"v{k}", w.sizes) for k, w in enumerate(wrt)]
    given = {f"v{k}": normal(*np.shape(values[w]), seed=k) for k, w in enumerate(names)}
    for i, got in enumerate(evaluate(hvp(output, wrt, vectors), values | given)):
        near(got, sum(np.tensordot(wanted[names[i], w], given[f"v{j}"], np.ndim(values[w]))
                      for j, w in enumerate(names)), 1e-9, "H·v")


@pytest.mark.parametrize("name", ["recurrent", "numbers", "nested"])
def test_the_oracle_agrees(name):
    expression, reading, names, values = made(name)
    wanted, slopes = oracle.value_and_grad(expression, names, values, dps=20)
    output, = reading.outputs
    got, *found = evaluate([output, *gradient(output, [reading.node(w) for w in names])], values)
    near(got, np.array(wanted, dtype=float), 1e-13)
    for w, g in zip(names, found):
        near(g, np.array(slopes[w], dtype=float), 1e-12, w)


@pytest.mark.parametrize("reverse", [0, 1])
def test_all_derivatives_of_one_loop(reverse):
    """To third order, both modes, leading axes: states and results as outputs with axes."""
    derivatives_of_one_loop(reverse)


def derivatives_of_one_loop(reverse, second=True):
    def recurrence(h0, X, W):
        """Results of the state and of the entries alone; a state that only remembers the last entry."""
        h, last, x = [Parameter(parameter((2,)), i) for i in (h0, h0, X)]
        new = elementwise("tanh", elementwise("add", contract([W, h.node], [(0, 1), (1,)], (0,)), x.node))
        square = elementwise("mul", x.node, x.node)
        return loop([h, last], [x], [], (new, x.node, elementwise("mul", new, h.node), square), X.sizes[0], reverse)

    values = dict(h0=normal(2), X=normal(3, 2), W=normal(2, 2, seed=1))
    verify(lambda *inputs: parts(recurrence(*inputs))[0][0], second=second, **values)
    verify(lambda *inputs: parts(recurrence(*inputs))[1][0], second=second, symbolic={"X": (n, 2)}, **values)
    verify(recurrence, second=False, **values)


def test_cotangents_of_whole_parts_are_found():
    """Of parts of 0, 2, 0, 3 entries; anything else than whole parts, each once, is cut out of the cotangent."""
    starts, (u, v) = [0, 0, 2, 2, 5], [input(name, (k,)) for name, k in (("u", 2), ("v", 3))]

    def at(piece, start, step=1):
        return piece, (start, step)

    def pieces(*placed):
        whole = arrangement.pad([p for p, _ in placed], (5,), [(where,) for _, where in placed])
        return scan_rules._pieces(whole, starts)

    assert pieces(at(u, 0)) == {1: u} and pieces(at(v, 2)) == {3: v} and pieces(at(v, 2), at(u, 0)) == {1: u, 3: v}
    assert pieces(at(input("e", (0,)), 0), at(v, 2)) == {0: input("e", (0,)), 3: v}
    assert scan_rules._pieces(arrangement.pad([v], (5,), [((2, 1),)]), [0, 2, 5]) == {1: v}
    for wrong in ([at(u, 0), at(u, 0)], [at(u, 0, 2)], [at(v, 0)], [at(u, 1)], [at(u, 2)]):
        assert pieces(*wrong) is None
    assert scan_rules._pieces(input("w", (5,)), starts) is None
    assert scan_rules._pieces(arrangement.pad([input("M", (2, 5))], (2, 5), [((0, 1), (0, 1))]), starts) is None


def test_a_cotangent_of_nought_is_none():
    node, = loops_in(read_all(LOOPS["recurrent"][0]()).outputs)
    assert pullback(node, constant(0, node.sizes)) == [None]*len(node.inputs)
    assert pushforward(node, [constant(0, i.sizes) for i in node.inputs]) is None


@pytest.mark.parametrize("length", [0, 1, 2])
def test_short_loops(length):
    function, values = LOOPS["recurrent"]
    values = values | dict(X=values["X"][:length], c=values["c"][:length])
    reading, names = read_all(function()), ["W", "h0", "b", "U"]
    grads = gradient(reading.outputs[0], [reading.node(w) for w in names])
    wanted, slopes = tape.value_and_grad(function(), names, values) if length else (
        np.sum(values["h0"]), {w: np.ones(3) if w == "h0" else np.zeros(np.shape(values[w])) for w in names})
    got, *found = evaluate([reading.outputs[0], *passes.run(grads, passes.AFTER)[0]], values)
    near(got, wanted, 1e-13)
    for w, g in zip(names, found):
        near(g, slopes[w], 1e-12, w)


# ---------------------------------------------------------------- the graph

@each_loop
def test_reading_writing_and_pickling(name):
    expression, reading, _, values = made(name)
    output, = reading.outputs
    assert read(write(output, reading.symbols)) is output
    assert pickle.loads(pickle.dumps(expression)) is expression
    grads = passes.run(gradient(output, [reading.node(w) for w in values]), passes.AFTER)[0]
    for g, again in zip(evaluate(grads, values), evaluate([read(w) for w in write(grads, reading.symbols)], values)):
        near(g, again, 1e-12)


@each_loop
def test_passes_keep_the_values(name):
    _, reading, names, values = made(name)
    before, _ = passes.run(reading.outputs)
    grads = gradient(before[0], [reading.node(w) for w in names])
    after, _ = passes.run((*before, *grads), passes.AFTER)
    check(after)
    for a, b in zip(evaluate(after, values), evaluate([*reading.outputs, *grads], values)):
        near(a, b, 1e-11)
    assert operations(after) <= operations((*before, *grads))


def test_equal_loops_are_one_node():
    W, X, h0 = sd.array("W", 2, 2), sd.array("X", n, 2), sd.array("h0", 2)
    one, other = (sd.scan(lambda s, e: (sd.tanh(W @ s + e), None), h0, X)[0] for _ in range(2))
    assert one is other and read(one) is read(other)


def test_what_is_the_same_in_every_step_is_computed_outside():
    w, x = sd.array("w", 2), sd.array("x", n)
    last, _ = sd.scan(lambda s, e: (s*sd.exp(w) + e, None), sd.array("s", 2), x)
    node, = loops_in([read(last)])
    assert [i.op.name for i in node.inputs] == ["input", "input", "exp"]
    assert "exp" not in [inner.op.name for inner in order(node.attributes[0].outputs)]


def test_a_gradient_is_two_loops():
    """One forward with the value, one backward; what is dear is not computed again."""
    reading = read_all(LOOPS["recurrent"][0]())
    before, _ = passes.run(reading.outputs)
    after, _ = passes.run((*before, *gradient(before[0], [reading.node("W")])), passes.AFTER)
    forward, backward = loops_in(after)
    assert (forward.attributes[2], backward.attributes[2]) == (0, 1)
    products = [node for node in order(backward.attributes[0].outputs) if node.op.name == "contract"]
    assert len(products) <= 2 and "tanh" not in [node.op.name for node in order(backward.attributes[0].outputs)]


def test_unused_states_and_results_go():
    x, w = sd.array("x", n), sd.array("w")
    (a, _), (_, ys) = sd.scan(lambda s, e: ((s[0]*w + e, s[1] + sd.exp(s[0])), (s[1], s[0])), (0.0, 0.0), x)
    out, = passes.run([read(sd.sum(ys))])[0]
    node, = loops_in([out])
    assert len(node.attributes[0].outputs) == 2
    near(evaluate([out], dict(x=normal(4), w=0.3))[0], evaluate([read(sd.sum(ys))], dict(x=normal(4), w=0.3))[0], 1e-14)


def test_a_state_that_stays_is_no_state():
    """The cotangent of a running sum is the same in every step."""
    x, w = sd.array("x", n), sd.array("w")
    (s, total), _ = sd.scan(lambda s, e: ((sd.sin(s[0]*w + e), s[1] + s[0]), None), (0.3, 0.0), x)
    reading = read_all(total**2)
    after, _ = passes.run(gradient(reading.outputs[0], [reading.node("w")]), passes.AFTER)
    backward = loops_in(after)[-1]
    assert len(backward.attributes[0].carry) == 2                   # of s and of w
    values = dict(x=normal(4), w=0.3)
    near(evaluate(after, values)[0], tape.gradient(total**2, ["w"], values)["w"], 1e-13)


def test_steps_are_stabilised():
    x = sd.array("x", n)
    last, _ = sd.scan(lambda s, e: (s + sd.log(1 + sd.exp(e)), None), 0.0, x)
    reading = read_all(last)
    output, rewrites = passes.run(reading.outputs)
    assert [r.rule for r in rewrites] == ["log(1 + exp(x))"]
    grads, _ = passes.run(gradient(output[0], [reading.node("x")]), passes.AFTER)
    value, slope = evaluate([*output, *grads], {"x": np.array([800.0, -800.0])})
    assert value == 800 and list(slope) == [1, 0]


def test_sizes_are_replaced():
    expression, values = LOOPS["recurrent"][0](), LOOPS["recurrent"][1]
    near(evaluate([read(expression.subs(n, 4))], values)[0], evaluate([read(expression)], values)[0], 1e-15)


def test_parts_are_printed_by_their_numbers():
    X, W, h0 = sd.array("X", n, 2), sd.array("W", 2, 2), sd.array("h0", 2)
    last, sums = sd.scan(lambda h, x: (sd.tanh(W @ h + x), sd.sum(h)), h0, X)
    assert str(last) == "scan(body, h0, X, W)[0]" and str(sums) == "scan(body, h0, X, W)[1]"
    assert sd.sum(sums)._repr_latex_() and "[2]" in str(sd.gradient(sd.sum(sums), W))


@each_loop
def test_as_text_and_as_code(name):
    """One line, the step elided; as NumPy code, the gradient too, the step is a function."""
    expression, _, names, values = made(name)
    assert "scan(body" in str(expression) and "\n" not in str(expression) and len(str(expression)) < 600
    wanted, slopes = tape.value_and_grad(expression, names, values)
    for formula, right in ((expression, wanted), (sd.gradient(expression, names[0]), slopes[names[0]])):
        space = {}
        exec(sd.numpy_code(formula), space)
        arguments = [values[k.rstrip("_")] for k in inspect.signature(space["f"]).parameters]
        near(space["f"](*arguments), right, 1e-12)


# ---------------------------------------------------------------- what is refused

def test_refusals():
    x, h = sd.array("x", n, 2), sd.array("h", 3)
    with pytest.raises(SizeMismatch, match="becomes"):
        sd.scan(lambda s, e: (s + e, None), 0.0, x)
    with pytest.raises(SizeMismatch, match="different lengths"):
        sd.scan(lambda s, e: (s, None), h, (x, h))
    with pytest.raises(SizeMismatch, match="through a scalar"):
        sd.scan(lambda s, e: (s, None), h, sd.array("b"))
    with pytest.raises(ArgumentError, match="how many steps"):
        sd.scan(lambda s, e: (s, None), h)
    with pytest.raises(ArgumentError, match="new state, result"):
        sd.scan(lambda s, e: s, h, x)
    with pytest.raises(ArgumentError, match="not built like"):
        sd.scan(lambda s, e: ((s, s), None), h, x)
    with pytest.raises(SizeMismatch):
        sd.scan(lambda s, e: (s + x, None), h, x)


def test_the_record_refuses_what_does_not_fit():
    s, x = Parameter(parameter((2,)), input("s", (2,))), Parameter(parameter((2,)), input("x", (3, 2)))
    with pytest.raises(SizeMismatch, match="to go through"):
        loop([s], [x], [], (elementwise("add", s.node, x.node),), 4)
    with pytest.raises(SizeMismatch, match="becomes"):
        loop([s], [x], [], (total(s.node),), 3)

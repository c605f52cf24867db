"""Determinants, inverses and systems of structured matrices: what they become, and their values and gradients."""
import numpy as np
import pytest

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import make, order
from symdiff.passes import run
from symdiff.primitives.build import swap, total, triangle
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import input
from symdiff.primitives.record import TABLE

GENERATOR = np.random.default_rng(5)
COSTLY = {"solve", "inv", "det", "log_abs_det", "sign_det", "logdet", "cofactor"}


def block(name, *inputs, attributes=()):
    return make(TABLE[name], inputs, attributes)


def diag(vector):
    labels = tuple(range(len(vector.sizes)))
    return contract([vector], [labels], labels + labels[-1:])


def stable(node):
    (new,), fired = run((node,))
    return new, {f.rule for f in fired}


def cases(batch):
    """{name: (node as typed, does a factorisation remain?)}"""
    A, b, a = input("A", batch + (3, 3)), input("b", batch + (3, 2)), input("a", batch + (3,))
    low, high = triangle(A, 0, True), triangle(A, 0, False)
    made = {f"{name} {kind}": (block(name, matrix), False) for name in ("det", "log_abs_det", "sign_det")
            for kind, matrix in (("diag", diag(a)), ("lower", low), ("upper", high))}
    made |= {f"{name} turned": (block(name, swap(A)), True) for name in ("det", "log_abs_det", "sign_det")}
    made |= {f"{name} inverse": (block(name, block("inv", A)), True) for name in ("det", "log_abs_det", "sign_det")}
    made |= {"logdet diag": (block("logdet", diag(a)), False), "inv diag": (block("inv", diag(a)), False)}
    for turned in (0, 1):
        for kind, matrix in (("diag", diag(a)), ("lower", low), ("upper", high)):
            made[f"solve {kind} {turned}"] = block("solve", matrix, b, attributes=(turned,)), False
    return made


@pytest.mark.parametrize("batch", [(), (4,)])
@pytest.mark.parametrize("name", cases(()))
def test_structured(name, batch):
    node, remains = cases(batch)[name]
    new, fired = stable(node)
    assert fired and new is not node
    assert remains or not COSTLY & {n.op.name for n in order((new,))}
    values = {"A": GENERATOR.normal(size=batch + (3, 3)) + 3*np.eye(3), "b": GENERATOR.normal(size=batch + (3, 2)),
              "a": GENERATOR.uniform(0.5, 2, size=batch + (3,))}
    if "logdet" not in name:
        values["a"] *= GENERATOR.choice([-1, 1], size=batch + (3,))
    (before,), (after,) = evaluate((node,), values), evaluate((new,), values)
    np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-12)
    if "sign" in name:
        return
    inputs = [n for n in order((node,)) if n.op.name == "input"]
    gradients = [evaluate(derive.gradient(total(one), inputs), values) for one in (node, new)]
    for one, other in zip(*gradients):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-10)


def test_cholesky_factors_are_triangular():
    S, b = input("S", (3, 3)), input("b", (3, 1))
    node = block("solve", block("cholesky", S), b, attributes=(0,))
    new, _ = stable(node)
    assert "triangular_solve" in {n.op.name for n in order((new,))}
    A = GENERATOR.normal(size=(3, 3))
    values = {"S": A @ A.T + np.eye(3), "b": GENERATOR.normal(size=(3, 1))}
    np.testing.assert_allclose(evaluate((new,), values)[0], evaluate((node,), values)[0], rtol=1e-12)


@pytest.mark.parametrize("operands, labels, out", [([], [], "ii"), (["c"], ["k"], "kii"), (["a"], ["i"], "kii"),
                                                   (["a"], ["i"], "iii"), (["A"], ["ki"], "kii")])
def test_diagonals_of_any_labels(operands, labels, out):
    """The identity, multiples of it, one diagonal repeated, one whose entries stand in matrices of their own."""
    sizes = {"a": (3,), "c": (2,), "A": (2, 3)}
    matrix = contract([input(name, sizes[name]) for name in operands], labels, out, {"i": 3, "k": 2})
    values = {name: GENERATOR.normal(size=size) for name, size in sizes.items()}
    for name in ("det", "inv")[:1 + (out != "iii")]:
        node = block(name, matrix)
        new, fired = stable(node)
        assert fired and not COSTLY & {n.op.name for n in order((new,))}
        np.testing.assert_allclose(evaluate((new,), values)[0], evaluate((node,), values)[0], rtol=1e-12)


def test_of_huge_entries():
    """The logarithm of a determinant that overflows."""
    a = input("a", (3,))
    new, _ = stable(block("log_abs_det", diag(a)))
    assert evaluate((new,), {"a": np.full(3, -1e200)})[0] == pytest.approx(3*200*np.log(10))


@pytest.mark.parametrize("size", [0, 1])
def test_small_sizes(size):
    a = input("a", (size,))
    for name in ("det", "log_abs_det"):
        new, _ = stable(block(name, diag(a)))
        wanted = 2.0**size if name == "det" else size*np.log(2)
        assert evaluate((new,), {"a": np.full(size, 2.0)})[0] == pytest.approx(wanted)


def test_what_is_not_structured_stays():
    A, B = input("A", (3, 3)), input("B", (3, 3))
    product = contract([A, B], ["ij", "jk"], "ik")
    for node in (block("det", A), block("inv", product), block("det", triangle(A, 1, True))):
        new, fired = stable(node)
        assert new.op is node.op and not fired

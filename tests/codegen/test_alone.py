"""What one operand alone carries is summed in it first: fewer multiplications, equal numbers."""
import numpy as np

import symdiff as sd
from codegen.alone import alone
from symdiff.evaluate import evaluate
from symdiff.graph import order
from symdiff.primitives.contraction import CONTRACT
from symdiff.read import read


def test_labels_of_one_operand_are_summed_in_it():
    rng = np.random.default_rng(0)
    values = {"a": rng.normal(size=(3, 4, 5)), "b": rng.normal(size=(7, 3, 4))}
    a, b = sd.array("a", 3, 4, 5), sd.array("b", 7, 3, 4)
    before = (read(sd.einsum("kij,nki->kj", a, b)),)
    after = alone(before)
    most = [max(len(node.attributes[2]) for node in order(one) if node.op is CONTRACT) for one in (before, after)]
    assert most == [4, 3]
    wanted = np.einsum("kij,nki->kj", values["a"], values["b"])
    np.testing.assert_allclose(evaluate(after, values)[0], wanted, rtol=1e-13, atol=1e-13)


def test_what_both_operands_carry_stays():
    a, b = sd.array("a", 3, 4), sd.array("b", 4, 5)
    before = (read(a @ b), read(sd.sum(a*a)))
    assert alone(before) == before

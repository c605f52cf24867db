"""The cases of the emitter by which an elementwise primitive becomes code, with one thing wrong in each: noticed."""
import math

import numpy as np
import pytest

from codegen import cache
from codegen.emit.llvm import primitives as llvm
from codegen.execute import Executable
from symdiff.evaluate import evaluate
from symdiff.lengths import sizes
from symdiff.primitives import TABLE
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import constant, input
from tests.mutation import engine

n = sizes("n")
WORDS = ("add", "sub", "mul", "div", "neg", "abs", "sqrt", "maximum", "minimum", "maximum_const", "minimum_const", "relu",
         "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "exp", "erf", "floor", "ceil", "round", "sign", "step",
         "hard_unit", "leaky_relu", "cbrt")
POWERS = (0, 1, 2, 3, 5, 6, 7, -1, -2, 0.5, 1.5, -0.5, 2.5)
POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, math.inf, -math.inf, math.nan, 1e300, 7.25])

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"add\(b, a\)|add', b, a|mul\(b, a\)|mul\(root, x\)|mul\(square, result\)|equal\(ops.constant|ops.equal\(a, a\)|"
    r"add\(half, x\)|equal\(zero, x\)":
        "sums, products and equality may change their operands",
    r"add\(ops.constant\(0.0\), |unordered\('!=', b, a\)|1 & whole": "so may this sum, this comparison, these bits",
    r"LONGEST_INLINE": "a formula written out and one called are the same",
    r"LARGEST_POWER|small_power: power": "another power is taken by pow, as right and slower",
}

# {function: how many of its wrong forms pass, unargued}: in branches that these short cases do not reach, masks that are
# one for all lanes and functions that are called instead of written out; the numbers only fall
OPEN = {"_select": 6, "_wide_mask": 1, "apply": 6, "as_mask": 1}


def cases():
    """Nodes on two vectors and a scalar, every word on each kind of operand."""
    x, y, s = input("x", (n,)), input("y", (n,)), input("s")
    wide = elementwise("mul", s, s)
    made = []
    for word in WORDS:
        count = len(TABLE[word].args)
        for operands in ([(x,), (s,)] if count == 1 else [(x, y), (s, wide)]):
            made.append(elementwise(word, *operands))
    made += [elementwise("pow", x, constant(p, (n,))) for p in POWERS]
    low, high = elementwise("lt", x, y), elementwise("ge", y, constant(1, (n,)))
    made += [elementwise("select", low, x, y), elementwise("select", low, high, elementwise("not", high)),
             elementwise("select", x, y, constant(3, (n,))), elementwise("mul", low, x), elementwise("and", low, x),
             elementwise("select", elementwise("gt", s, wide), s, wide)]
    return made, (x, y, s)


def compared(run):
    """Every node of the cases beside NumPy's, at pairs of special points."""
    nodes, inputs = cases()
    a, b = (np.ascontiguousarray(g.ravel()) for g in np.meshgrid(POINTS, POINTS))
    for s in (0.5, -3.0):
        for node, one, other in zip(nodes, run(nodes, inputs, (a, b, s)), evaluate(nodes, {"x": a, "y": b, "s": s})):
            same = (one == other) & (np.signbit(one) == np.signbit(other)) | np.isnan(one) & np.isnan(other)
            with np.errstate(all="ignore"):
                near = np.abs(one - other) <= 8*np.spacing(np.abs(other))
            power = node.op.name == "pow"
            root = power & np.isnan(one) & (a == -np.inf)       # a root of -inf is nan, and C's power of it is a number
            free = node.op.name.startswith(("maximum", "minimum")) & (one == other)    # which zero is open in IEEE 754
            zero = (one == other) & power                       # so is the sign of 0**(1/2)
            assert np.all(same | near & (other != 0) | root | free | zero), node


def by_machine(nodes, inputs, values):
    """Compiled now, with nothing kept."""
    cache._memory.clear()
    cache._from_disk, cache._keep = lambda digest: None, lambda *made: None
    return Executable(tuple(nodes), inputs)(values)


MACHINE = engine.reached(llvm.apply, llvm._ARITHMETIC, llvm._LOGIC, module=llvm)
NAMES = [own[0].__qualname__ for own in MACHINE.values() if own[0].__name__ != "formula_function"]


@pytest.mark.nightly
@pytest.mark.parametrize("which", sorted(set(NAMES)))
def test_every_wrong_instruction_is_noticed(which):
    tried, left = [], []
    for own in MACHINE.values():
        for mutant in engine.of_function(own[0]) if own[0].__qualname__ == which else ():
            tried.append(mutant.what)
            if not engine.noticed(lambda: compared(by_machine), lambda: engine.install(own, mutant.made)):
                left.append(mutant.what)
    engine.report(which, tried, left, ARGUED, OPEN.get(which, 0))


@pytest.mark.nightly
def test_the_witness_passes():
    assert not engine.noticed(lambda: compared(by_machine))

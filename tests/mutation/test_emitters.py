"""The cases of the emitter by which an elementwise primitive becomes code, with one thing wrong in each: noticed."""
import math

import numpy as np
import pytest
import sympy as sp

from codegen import cache
from codegen.emit.llvm import primitives as llvm
from codegen.emit.llvm import straight, text
from codegen.execute import Executable
from symdiff.entries import assembled, entry
from symdiff.evaluate import evaluate
from symdiff.lengths import sizes
from symdiff.primitives import TABLE
from symdiff.primitives.arrangement import cut, reshape, take
from symdiff.primitives.build import elementwise, squeeze, total
from symdiff.primitives.leaf import constant, input
from tests.codegen.emit import test_straight as lines
from tests.mutation import engine

n = sizes("n")
WORDS = ("add sub mul div neg abs sqrt maximum minimum maximum_const minimum_const relu lt le gt ge eq ne and or not "
         "exp erf floor ceil round sign step hard_unit leaky_relu cbrt sin cos hypot logaddexp").split()
POWERS = (0, 1, 2, 3, 4, 5, 6, 7, -1, -2, 0.5, 1.5, -0.5, 2.5, 0.3, 1.7, 1001)
POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, math.inf, -math.inf, math.nan, 1e300, 7.25, 1.1])

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"add\(b, a\)|add', b, a|mul\(b, a\)|mul\(root, x\)|mul\(square, result\)|mul\(a, slope\)|"
    r"equal\(ops.constant|ops.equal\(a, a\)|"
    r"add\(half, x\)|equal\(zero, x\)":
        "sums, products and equality may change their operands",
    r"_two\('fadd', ZERO, |_two\('fmul', b, a\)": "and so they may as text",
    r"^fits: .* becomes (isinstance\(line, \(Number, Apply\)\) and|_place\(line\) is None|getattr\(.*\) !=)|"
    r"^fits: getattr\(line, 'mode', 'set'\) becomes": "it is built by llvmlite's objects, as right and slower",
    r"^_Writer.call: .*arithmetic\(2\)": "LLVM declares its own functions where they are not declared",
    r"add\(ops.constant\(0.0\), |unordered\('!=', b, a\)|1 & whole": "so may this sum, this comparison, these bits",
    r"LONGEST_INLINE": "a formula written out and one called are the same",
    r"FUNCTIONS or \(?code.calls|^apply: lanes == 1 becomes":
        "a formula is called instead of written out, as right and slower",
    r"^small_power: power \* 2 becomes power (/ 2|\* 3)": "every power is taken by pow, as right and slower",
    r"^_select: (mask.lanes == 1 becomes mask.lanes == 2|lanes > 1 becomes)|^_select: Value.* False\)$":
        "LLVM chooses between vectors by one truth value, too; and only its bits are read",
    r"^_Writer.put: self.count \+= 1 becomes|^_Writer.__init__: .* 1\)$": "other numbers in the names of values",
    r"^_Writer.line: self._truth\(one.name, one.args\) becomes":
        "a comparison is a function of numbers, as right and slower",
    r"^_select: Value\(code.splat.* becomes .* True, lanes\)$": "of what is chosen by only the bits are read",
    r"^_select: a.mask and b.mask becomes a.mask or b.mask": "`wide` makes numbers of truth values anyway",
    r"^as_mask: .* becomes .*, False\)$": "who asks for a truth value reads its bits only",
}


def cases(sizes=(n,)):
    """Nodes on two vectors, or numbers, and a number: every word on each kind of operand."""
    x, y, s = input("x", sizes), input("y", sizes), input("s")
    wide = elementwise("mul", s, s)
    made = []
    for word in WORDS:
        count = len(TABLE[word].args)
        for operands in ([(x,), (s,)] if count == 1 else [(x, y), (s, wide)]):
            made.append(elementwise(word, *operands))
    made += [elementwise("pow", x, constant(p, sizes)) for p in POWERS]
    numbers = [elementwise(word, x, constant(c, sizes)) for word in ("add", "sub", "mul", "div") for c in (-2, 4)]
    less, more = elementwise("sub", x, y), elementwise("add", y, s)
    made += numbers + [elementwise("sub", *pair) for one in numbers for pair in ((s, one), (one, s))]
    made += [elementwise("sub", elementwise("add", less, s), elementwise("sub", y, x)), elementwise("add", more, less),
             elementwise("neg", less), elementwise("mul", less, more), elementwise("div", elementwise("neg", x), more),
             *[elementwise("pow", elementwise("sub", *pair), constant(p, sizes))
               for p, pair in ((2, (y, s)), (3, (s, y)))],
             elementwise("sub", x, elementwise("neg", less)),
             *[elementwise("sub", elementwise("abs", a), elementwise("sub", s, elementwise("abs", b)))
               for a, b in ((x, y), (y, x))],
             *[elementwise("add", elementwise(word, elementwise("abs", x), b), elementwise("abs", y))
               for word, b in (("sub", elementwise("exp", y)), ("sub", constant(-3, sizes)),
                               ("add", constant(-5, sizes)))]]
    low, high = elementwise("lt", x, y), elementwise("ge", y, constant(1, sizes))
    made += [elementwise("select", low, x, y), elementwise("select", low, high, elementwise("not", high)),
             elementwise("select", x, y, constant(3, sizes)), elementwise("mul", low, x), elementwise("and", low, x),
             elementwise("or", s, low)]
    one = elementwise("gt", s, wide)
    made += [elementwise("select", one, s, wide), elementwise("select", one, x, y), elementwise("and", low, one)]
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


def entries(dtype):
    """Entries at fixed and computed places of small arrays, in straight lines, beside NumPy's."""
    straight.LONGEST, straight.PIECE = 0, 5
    x, c, v, s = input("x", (2, 3)), input("c", (2, 3, 2)), input("v", (n,)), input("s")
    known = [entry(x, k) for k in range(6)]
    steps = [elementwise("mul", elementwise("sub", a, b), s) for a, b in zip(known, known[1:] + known[:1])]
    fixed = (assembled(np.array(steps, dtype=object).reshape(2, 3)), elementwise("exp", steps[3]),
             elementwise("add", at(reshape(x, (6,)), 4), at(reshape(c, (2, 6)), 1, 4)))
    others = (elementwise("mul", take(v, s, 0), s), elementwise("add", at(v, n - 1), s),
              elementwise("sub", at(v, n - 2), s), total(elementwise("mul", v, v)))
    values = {"x": np.arange(6.0).reshape(2, 3)**2 - 3, "c": np.arange(12.0).reshape(2, 3, 2)**2,
              "v": np.arange(4.0) + 0.5, "s": 2.0}
    for outputs in (fixed, *[(one,) for one in others]):
        cache._memory.clear()
        cache._from_disk, cache._keep = lambda digest: None, lambda *made: None
        got = Executable(outputs, (x, c, v, s), dtype=dtype)([np.asarray(a, dtype) for a in values.values()])
        for one, other in zip(got, evaluate(outputs, values, {n: 4})):
            np.testing.assert_allclose(one, other, rtol=1e-15 if dtype == "float64" else 1e-6)


def at(node, *places):
    """An entry of an array as a number."""
    return squeeze(cut(node, [(k, 1, 1) for k in places]), range(len(places)))


def by_pieces(as_text):
    """The same of numbers in straight lines, in short pieces: written as text, or built by llvmlite's objects."""
    def run(nodes, inputs, values):
        straight.LONGEST, straight.PIECE = 0, 30
        if not as_text:
            text.fits = lambda lines: False
        nodes, inputs = cases(())
        cache._memory.clear()
        cache._from_disk, cache._keep = lambda digest: None, lambda *made: None
        execute = Executable(tuple(nodes), inputs)
        a, b, s = values
        return map(np.array, zip(*[execute((float(p), float(q), s)) for p, q in zip(a, b)]))
    return run


def stored(sizes):
    """In float32 values are compared as they are stored, and with a number as it is; numbers in straight lines."""
    straight.LONGEST, straight.PIECE = 0, 5
    x, y = input("x", sizes), input("y", sizes)
    again = elementwise("add", x, elementwise("mul", y, constant(sp.Rational(1, 10**9), sizes)))
    nodes = [elementwise(word, again, x) for word in ("eq", "ne", "gt", "ge", "lt", "le")]
    nodes += [elementwise("eq", x, constant(sp.Rational(1, 10), sizes))]
    cache._memory.clear()
    cache._from_disk, cache._keep = lambda digest: None, lambda *made: None
    shape = (9,)*len(sizes)
    got = Executable(tuple(nodes), (x, y), dtype="float32")([np.full(shape, one, np.float32) for one in (0.1, 1)])
    assert np.array_equal(got, [np.full(shape, float(one)) for one in (1, 0, 0, 1, 0, 1, 0)])


def witness(module):
    """What the functions of an emitter make, in every form of code in which they are used."""
    compared(by_pieces(True))
    if module is text:
        lines.test_fixed_places()
        entries("float64")
        entries("float32")
        stored(())
    if module is llvm:
        compared(by_pieces(False))
        compared(by_machine)
        stored((n,))


MACHINE = [(module, own) for module, found in (
    (llvm, engine.reached(llvm.apply, llvm._ARITHMETIC, llvm._LOGIC, llvm.scalar_function, module=llvm)),
    (text, engine.defined(text))) for own in found.values()]
MODULES = {"primitives": llvm, "text": text}
NAMED = [((module.__name__.rsplit(".", 1)[-1], own[0].__qualname__), own) for module, own in MACHINE]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 4))
def test_every_wrong_instruction_is_noticed(name, which, k, of):
    tried, left = [], []
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        tried.append(mutant.what)
        if not engine.noticed(lambda: witness(MODULES[name]), lambda: engine.install(own, mutant.made), 90):
            left.append(mutant.what)
    engine.report(which, tried, left, ARGUED)


@pytest.mark.nightly
def test_the_witness_passes():
    assert not engine.noticed(lambda: witness(llvm)) and not engine.noticed(lambda: witness(text))

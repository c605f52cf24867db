"""Straight lines of single numbers: the bits that loops over arrays give, in every piece, at both precisions."""
import numpy as np
import pytest
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from tests.codegen.emit.test_llvm import BINARY, POINTS, UNARY

from codegen.emit.llvm import straight, text
from codegen.emit.llvm.angles import sine_and_cosine
from codegen.execute import Executable
from codegen.loops import Affine, Axis, Buffer, Gather, Load, Map, affine, at
from codegen.vectormath import FUNCTIONS, emit
from codegen.vectormath.host import has_fma
from codegen.vectormath.trigonometric import NEAR
from symdiff.entries import assembled, entry
from symdiff.evaluate import evaluate
from symdiff.lengths import sizes
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import constant, input

CONDITIONS = ("lt", "le", "gt", "ge", "eq", "ne")


def stacked(nodes):
    return assembled(np.array(nodes, dtype=object))


def compared(builds, points, dtype="float64"):
    """{name: (values on arrays, values on their entries)} of builds {name: function (x, …) -> node}."""
    arrays = [input(name, p.shape) for name, p in zip("xyz", points)]
    entries = [[entry(a, k) for a in arrays] for k in range(len(points[0]))]
    whole = tuple([build(*arrays) for build in builds.values()])
    single = tuple([stacked([build(*e) for e in entries]) for build in builds.values()])
    given = tuple([np.asarray(p, dtype) for p in points])
    program = Executable(single, arrays, dtype=dtype)
    assert any(isinstance(s, Map) and straight.is_long(s) for s in program.program.statements)
    return dict(zip(builds, zip(Executable(whole, arrays, dtype=dtype)(given), program(given))))


def wrong(*arguments):
    """The names of what has other bits."""
    return [name for name, (a, b) in compared(*arguments).items() if not equal(a, b).all()]


def primitives(names):
    return {name: lambda *x, name=name: elementwise(name, *x) for name in names}


def equal(a, b):
    return (a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """What is long, and pieces that end in the middle of things."""
    monkeypatch.setattr(straight, "LONGEST", 30)
    monkeypatch.setattr(straight, "PIECE", 37)


@pytest.mark.parametrize("dtype, every", [("float64", 1), ("float32", 4)])
def test_every_primitive_of_one_number(dtype, every):
    with np.errstate(all="ignore"):
        assert wrong(primitives(UNARY), [POINTS[::every].astype(dtype)], dtype) == []


def test_every_primitive_of_two_numbers():
    a, b = (np.ascontiguousarray(g.ravel()) for g in np.meshgrid(POINTS[::4], POINTS[::6]))
    assert wrong(primitives((*BINARY, *CONDITIONS)), [a, b]) == []


def test_choices_and_connectives_across_pieces():
    def build(x, y, z):
        c, d = elementwise("lt", x, y), elementwise("gt", y, z)
        both, none = elementwise("and", c, d), elementwise("not", elementwise("or", c, d))
        return elementwise("add", elementwise("select", both, x, z), elementwise("add", none, elementwise("and", x, c)))
    points = np.random.default_rng(2).choice([-1.0, 0.0, 2.0], (3, 90))
    assert wrong({"choices": build}, list(points)) == []


def test_constant_powers():
    builds = {power: lambda x, power=power: elementwise("pow", x, constant(power, x.sizes))
              for power in (-6, -3, -2, -1.5, -0.5, 0.5, 1.5, 2, 3, 5, 6, 7, 2.5, 0.3)}
    assert wrong(builds, [np.abs(POINTS[np.isfinite(POINTS)])]) == []


def test_fixed_places():
    """The entry that an access is of, where that is a number; the last index may run through the axes that are left."""
    cube, line, i = Buffer("c", "input", (2, 3, 2)), Buffer("v", "input", (sizes("n"),)), Axis(2)

    def place(buffer, *offsets):
        index = tuple([k if isinstance(k, (Affine, Gather)) else affine([], k) for k in offsets])
        return text._place(Load(buffer, index))

    assert place(cube, 1, 2, 1) == 11 and place(cube, 1, 0, 1) == 7 and place(cube, 7) == 7
    assert place(Buffer("x", "input", ())) == 0
    for away in (place(cube, 1, 4), place(line, sizes("n") - 1), place(line, 0), place(cube, at(i), 0, 0),
                 place(cube, 1, Gather(0, 3), 0)):
        assert away is None


def test_values_kept_in_one_place_after_another():
    """Places for values of later pieces are given anew; each value is still there when it is needed."""
    x = input("x", (40,))
    values = [entry(x, k) for k in range(40)]
    rng = np.random.default_rng(3)
    for k in range(900):
        a, b = (values[-1 - int(j)] for j in rng.integers(0, 400 if k > 400 else 40, 2))
        values.append(elementwise("tanh" if k % 5 == 0 else "sub", *([a] if k % 5 == 0 else [a, b])))
    outputs = (stacked(values[-300:]),)
    given = {"x": rng.normal(size=40)}
    program = Executable(outputs, (x,))
    body = program.program.statements[-1].body
    slots, count = straight._kept(body)
    assert count < len(slots)
    np.testing.assert_allclose(program((given["x"],))[0], evaluate(outputs, given)[0], rtol=1e-12, atol=1e-12)


def pair():
    """Two functions x -> (sin x, cos x): by the one that straight lines call, and by the two formulas."""
    @intrinsic
    def both(typing, x):
        def generate(context, builder, sig, args):
            made = builder.call(sine_and_cosine(builder.module, has_fma()), args)
            return cgutils.pack_array(builder, [builder.extract_value(made, k) for k in range(2)])
        return types.UniTuple(types.float64, 2)(x), generate

    @intrinsic
    def each(typing, x):
        def generate(context, builder, sig, args):
            made = [emit(builder, FUNCTIONS[name], args[0]) for name in ("sin", "cos")]
            return cgutils.pack_array(builder, made)
        return types.UniTuple(types.float64, 2)(x), generate

    return njit(lambda x: both(x)), njit(lambda x: each(x))


def test_angles_near_nought_have_the_same_bits():
    rng = np.random.default_rng(4)
    near = np.nextafter(NEAR, [0, 1])
    xs = np.concatenate([rng.uniform(-1, 1, 3000), rng.normal(size=300)*1e-8, 10.0**rng.uniform(-320, 15, 500), POINTS,
                         near, -near, [NEAR]])
    both, each = pair()
    ours, theirs = (np.array([f(x) for x in xs]) for f in (both, each))
    assert equal(ours, theirs).all()

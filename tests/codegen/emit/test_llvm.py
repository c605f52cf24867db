"""The LLVM emitter: elementwise primitives at every kind of number, translated Python, linear algebra."""
import math

import numpy as np
import pytest
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

import symdiff.primitives  # noqa: F401
from codegen import routines
from codegen.execute import Executable
from codegen.translate import View, call
from codegen.vectormath import FUNCTIONS
from symdiff.evaluate import evaluate
from symdiff.lengths import sizes
from symdiff.primitives import special
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import input
from symdiff.primitives.record import TABLE

n, _ = sizes("n d")
INF, NAN = math.inf, math.nan
POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, INF, -INF, NAN, 5e-324, -5e-324, 1e-300,
                   1e300, -1e300, 1e-8, 0.3, -0.7, 7.5, -7.5, 12.0, 33.3, -33.3, 100.0, -100.5, 170.6, 1.7e308, 4.0, 1.5, 2.5, -710.0, 745.0])
UNARY = sorted(name for name, r in TABLE.items() if getattr(r, "scalar", None) and len(r.args) == 1)
BINARY = sorted(name for name, r in TABLE.items() if getattr(r, "scalar", None) and len(r.args) == 2 and not r.whole)
LOOSE = {"sin", "cos", "tan", "sinc"}           # at huge arguments judged by test_vectormath
SQUARES = {"ndtr", "log_ndtr", "inverse_mills"} # NumPy's forms round x² in exp(-x²/2), the lanes do not


def differs(name, ours, theirs, where):
    """Entries further apart than both bounds allow: (where, ours, theirs)."""
    bound = 2*(TABLE[name].ulp + FUNCTIONS[name].ulp if name in FUNCTIONS else TABLE[name].ulp) + 2
    found = []
    for a, b, x in zip(ours, theirs, where, strict=True):
        same = a == b or math.isnan(a) and math.isnan(b)
        condition = max(1, float(x)*float(x)) if name in SQUARES else 1
        near = math.isfinite(a) and math.isfinite(b) and abs(a - b) <= bound*condition*math.ulp(max(abs(a), abs(b)))
        if not (same or near or name in LOOSE and np.max(np.abs(x)) > 1e6):
            found.append((x, a, b))
    return found


def test_every_elementwise_primitive_at_special_points():
    """All of one argument in one program, in lanes and singly: as NumPy has them, signs of zero and nan too."""
    x = input("x", (n,))
    nodes = tuple([elementwise(name, x) for name in UNARY])
    ours = Executable(nodes, (x,))((POINTS,))
    theirs = evaluate(nodes, {"x": POINTS})
    wrong = {name: found for name, a, b in zip(UNARY, ours, theirs) if (found := differs(name, a, b, POINTS))}
    assert not wrong


def test_every_elementwise_primitive_of_two_arguments():
    a, b = (np.ascontiguousarray(g.ravel()) for g in np.meshgrid(POINTS, POINTS))
    x, y = input("x", (n,)), input("y", (n,))
    nodes = tuple([elementwise(name, x, y) for name in BINARY])
    ours = Executable(nodes, (x, y))((a, b))
    theirs = evaluate(nodes, {"x": a, "y": b})
    wrong = {name: found[:3] for name, p, q in zip(BINARY, ours, theirs)
             if (found := differs(name, p, q, np.stack([a, b], 1)))}
    assert not wrong


# -- translated Python ------------------------------------------------------------------------------------------------

def native(*functions):
    """One function (which, a, b) -> float that calls the k-th of some plain functions of one or two floats."""
    @intrinsic
    def chosen(typing, which, a, b):
        def generate(context, builder, sig, args):
            out = cgutils.alloca_once(builder, ir.DoubleType())
            for k, function in enumerate(functions):
                with builder.if_then(builder.icmp_signed("==", args[0], ir.Constant(args[0].type, k))):
                    builder.store(call(builder, function, *args[1:1 + function.__code__.co_argcount]), out)
            return builder.load(out)
        return types.float64(which, a, b), generate

    return njit("float64(int64,float64,float64)", error_model="numpy")(lambda which, a, b: chosen(which, a, b))


def language(x, y):
    """What the translator knows, in one function."""
    total, k = 0.0, 0.0
    for i in range(3, -1, -2):
        total += i*0.5
    for i in range(2) if x > 0.0 else range(1, 4):
        total -= i % 2
    while k < 3.0:
        k += 1.0
        if k == 2.0 and not y < 0.0:
            total *= 2.0
        elif k == 3.0 or x != x:
            return total if x == x else k
    k = int(total)
    a, b = y, x
    a, b = b, a
    return min(a, b) + max(2.0**-3, k) + abs(-y) % 3.0


SCALARS = [special.mod, special.erfcx, special.ierfcx,
           special.lgamma, special.gamma, special.digamma, special.polygamma, special.jn, special.erfinv, special.pow_,
           special.direction, special.round_, special.log_ndtr]


def test_translated_functions_give_the_bits_of_python():
    run = native(*SCALARS, language)
    for which, function in enumerate([*SCALARS, language]):
        of_order = function in (special.ierfcx, special.polygamma, special.jn)
        for a in (0.0, 1.0, 2.0, 3.0) if of_order else POINTS:
            for b in POINTS if function.__code__.co_argcount == 2 else (0.0,):
                if of_order and not abs(b) < 1e3 or function is language and not (abs(a) < 1e3 and abs(b) < 1e3):
                    continue
                arguments = (float(a), float(b))[:function.__code__.co_argcount]
                ours, theirs = run(which, float(a), float(b)), float(function(*arguments))
                same = math.copysign(1, ours) == math.copysign(1, theirs) if ours == theirs else ours != ours and theirs != theirs
                loose = function is special.direction and abs(ours - theirs) <= 2*math.ulp(theirs)
                assert same or loose, (function, arguments)


# -- linear algebra ---------------------------------------------------------------------------------------------------

def routine(name, *flags):
    """A routine of codegen.routines as a function of its arrays."""
    function = routines.ROUTINES[name].function

    @intrinsic
    def kernel(typing, arrays):
        def generate(context, builder, sig, args):
            views = []
            for k, kind in enumerate(sig.args[0].types):
                array = context.make_array(kind)(context, builder, builder.extract_value(args[0], k))
                shape = list(cgutils.unpack_tuple(builder, array.shape))
                strides = [ir.Constant(ir.IntType(64), 1)]
                for length in reversed(shape[1:]):
                    strides.insert(0, builder.mul(strides[0], length))
                views.append(View(array.data, shape, strides))
            call(builder, function, *[ir.Constant(ir.IntType(64), f) for f in flags], *views)
            return context.get_dummy_value()
        return types.void(arrays), generate

    return njit(lambda arrays: kernel(arrays))


@pytest.fixture(scope="module")
def solvers():
    return {name: routine(name, *flags) for name, *flags in (("solve", 1), ("inv",), ("cholesky",), ("log_abs_det",))}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 13, 70])
def test_factorisations_agree_with_lapack(solvers, size):
    rng = np.random.default_rng(size)
    a, right = rng.normal(size=(2, size, size)), rng.normal(size=(2, size, 3))
    out, u = np.empty_like(right), np.empty_like(a)
    solvers["solve"]((a, right, out, u))
    bound = 1e-13*size*np.linalg.cond(a).max()
    np.testing.assert_allclose(out, np.linalg.solve(a.transpose(0, 2, 1), right), rtol=bound, atol=bound)
    inverse = np.empty_like(a)
    solvers["inv"]((a, inverse, u))
    np.testing.assert_allclose(inverse @ a, np.broadcast_to(np.eye(size), a.shape), atol=bound)
    logs = np.empty((2, 1))
    solvers["log_abs_det"]((a, logs, u))
    np.testing.assert_allclose(logs[:, 0], np.linalg.slogdet(a)[1], rtol=1e-12, atol=1e-12)
    spd = a @ a.transpose(0, 2, 1) + np.eye(size)
    factor = np.empty_like(a)
    solvers["cholesky"]((spd, factor))
    np.testing.assert_allclose(factor, np.linalg.cholesky(spd), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 4, 6, 9])
def test_what_has_no_inverse_is_nan(solvers, size):
    fine, singular = np.eye(size), np.ones((size, size)) if size > 1 else np.zeros((1, 1))
    a = np.stack([singular, fine])
    out, u = np.empty_like(a), np.empty_like(a)
    solvers["inv"]((a, out, u))
    assert np.isnan(out[0]).all() and (out[1] == fine).all()
    solvers["cholesky"]((-a, out))
    assert np.isnan(out).all()
    a[0, 0, 0] = NAN
    solvers["inv"]((a, out, u))
    assert np.isnan(out[0]).any() and (out[1] == fine).all()

"""The vectorised mathematics: stated bounds against mpmath, special values, the same bits on every path."""
import math
import platform

import numpy as np
import pytest

from codegen.vectormath import FUNCTIONS, LIBM, Function, NumPyOps, exponential, host, libm, logarithm, measure, minimax
from codegen.vectormath.apply import compiled
from symdiff.primitives import TABLE

INF, NAN = math.inf, math.nan
TINY = 5e-324                                             # the least subnormal
ALL = {**FUNCTIONS, **LIBM}
OFTEN = ("exp", "exp2", "expm1", "tanh", "sigmoid", "swish", "logistic_pdf", "sech", "sinh", "cosh", "log", "log2",
         "log10", "log1p", "log1mexp", "softplus", "log_sigmoid", "logaddexp", "pow", "sin", "cos", *LIBM)


def compiled_often(names):
    """To be compiled in the quick suite where used often; the others run there on NumPy, and compiled at night."""
    return [name if name in OFTEN else pytest.param(name, marks=pytest.mark.nightly) for name in names]


FMA = (False, True) if host.has_fma() else (False,)


def run(name, *columns, lanes=None, has_fma=None, function=None):
    columns = [np.ascontiguousarray(c, dtype=np.asarray(columns[0]).dtype) for c in columns]
    out = np.empty_like(columns[0])
    compiled(function or ALL[name], len(columns), lanes, has_fma)(out, *columns)
    return out


def interpret(name, *columns, has_fma):
    with np.errstate(all="ignore"):
        return np.asarray(ALL[name].build(NumPyOps(has_fma), *columns))


def same(a, b):
    """Bit for bit; all nan are one."""
    return np.where(np.isnan(a), np.isnan(b), a.view(np.int64) == b.view(np.int64))


def assert_same(a, b, *columns):
    different = ~same(a, b)
    assert not different.any(), [(*map(float, row),) for row in zip(*(c[different][:5] for c in (*columns, a, b)))]


def check_bound(name, results, columns):
    ulp, where = measure.worst(name, results, *columns)
    assert ulp <= ALL[name].ulp, f"{name}{where} is off by {ulp} ulp"


# ---- bounds

@pytest.mark.parametrize("name", compiled_often(ALL))
def test_stated_bound(name):
    columns = measure.points(name, 2000, seed=1)
    check_bound(name, run(name, *columns), columns)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_stated_bound_without_fma(name):
    columns = measure.points(name, 1000 if name in OFTEN else 400, seed=2)
    check_bound(name, interpret(name, *columns, has_fma=False), columns)


@pytest.mark.nightly
@pytest.mark.parametrize("has_fma", FMA)
@pytest.mark.parametrize("name", ALL)
def test_stated_bound_dense(name, has_fma):
    columns = measure.points(name, 100_000 if name in FUNCTIONS else 10_000, seed=3)
    check_bound(name, run(name, *columns, has_fma=has_fma), columns)


def test_multiples_of_half_pi():
    """Where sin or cos nearly vanishes all digits come from the low parts of π/2."""
    n = np.random.default_rng(0).integers(1, 2**21, 500)
    x = np.concatenate([n * (np.pi / 2), [1e22]])
    for name in ("sin", "cos"):
        check_bound(name, run(name, x), (x,))
    x = np.full(5, 6381956970095103.0 * 2.0**797)         # the worst of all, left to the C library
    assert measure.worst("cos", run("cos", x), x)[0] < 16


@pytest.mark.parametrize("name, x", [
    ("sigmoid", -740.0), ("sigmoid", -745.0), ("softplus", -740.0), ("log_sigmoid", 744.0), ("exp", -740.5),
    ("exp", -745.13), ("exp2", -1074.0), ("exp2", -1073.5), ("log1mexp", -742.0), ("exp", 709.782712893384),
    ("expm1", 709.782712893384), ("sinh", 710.4758600739439), ("cosh", -710.4758600739439)])
def test_ends_of_the_range(name, x):
    result = run(name, np.full(5, x))
    assert 0 < abs(result[0]) < INF
    check_bound(name, result, (np.full(5, x),))


# ---- special values

SPECIAL = {
    "exp": [(-INF, 0.0), (INF, INF), (0.0, 1.0), (-0.0, 1.0), (-746.0, 0.0), (-1e308, 0.0), (709.79, INF), (1e308, INF),
            (TINY, 1.0)],
    "exp2": [(-INF, 0.0), (INF, INF), (0.0, 1.0), (-1074.0, TINY), (-1076.0, 0.0), (1023.0, 2.0**1023), (1024.0, INF),
             (3.0, 8.0), (1e308, INF), (-1e308, 0.0)],
    "expm1": [(-INF, -1.0), (INF, INF), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (-1e308, -1.0),
              (709.79, INF), (3e-310, 3e-310)],
    "tanh": [(-INF, -1.0), (INF, 1.0), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (400.0, 1.0),
             (-1e308, -1.0), (20.0, 1.0), (3e-310, 3e-310)],
    "sigmoid": [(-INF, 0.0), (INF, 1.0), (0.0, 0.5), (-0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (1e308, 1.0)],
    "swish": [(INF, INF), (-INF, -0.0), (0.0, 0.0), (-0.0, -0.0), (-800.0, -0.0), (800.0, 800.0), (TINY, 0.0)],
    "logistic_pdf": [(-INF, 0.0), (INF, 0.0), (0.0, 0.25), (-0.0, 0.25), (800.0, 0.0), (-800.0, 0.0)],
    "sech": [(-INF, 0.0), (INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (800.0, 0.0), (1e308, 0.0)],
    "sinh": [(-INF, -INF), (INF, INF), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (711.0, INF), (-1e308, -INF)],
    "cosh": [(-INF, INF), (INF, INF), (0.0, 1.0), (711.0, INF), (-1e308, INF), (TINY, 1.0)],
    "log": [(0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (-1.0, NAN), (-TINY, NAN), (1.0, 0.0),
            (TINY, -744.4400719213812)],
    "log2": [(0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (-1.0, NAN), (1.0, 0.0), (8.0, 3.0), (TINY, -1074.0),
             (2.0**1023, 1023.0)],
    "log10": [(0.0, -INF), (INF, INF), (-1.0, NAN), (1.0, 0.0), (1000.0, 3.0), (1e15, 15.0), (1e22, 22.0)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (-1.0, -INF), (-1.5, NAN), (-INF, NAN),
              (INF, INF), (3e-310, 3e-310), (1e308, 709.1962086421661)],
    "log1mexp": [(0.0, -INF), (-0.0, -INF), (1.0, NAN), (INF, NAN), (-INF, 0.0), (-TINY, -744.4400719213812)],
    "softplus": [(-INF, 0.0), (INF, INF), (0.0, math.log(2)), (-0.0, math.log(2)), (1000.0, 1000.0), (-1000.0, 0.0),
                 (1e308, 1e308)],
    "log_sigmoid": [(-INF, -INF), (INF, -0.0), (0.0, -math.log(2)), (-1000.0, -1000.0), (1000.0, -0.0)],
    "sin": [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY)],
    "cos": [(INF, NAN), (-INF, NAN), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0)],
    "tan": [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY)],
    "sinc": [(INF, 0.0), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0)],
    "exprel": [(-INF, 0.0), (INF, INF), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (-TINY, 1.0), (1e308, INF),
               (-4.0**510, 4.0**-510), (716.0, math.exp(700) * (math.exp(16) / 716)), (718.0, INF)],
    "inv_exprel": [(-INF, INF), (INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (800.0, 0.0), (-1e300, 1e300)],
    "log1prel": [(INF, 0.0), (-1.0, INF), (-1.5, NAN), (-INF, NAN), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (-TINY, 1.0)],
    "log1pmx": [(INF, -INF), (-1.0, -INF), (-1.5, NAN), (-INF, NAN), (0.0, 0.0), (TINY, -0.0), (1e308, -1e308)],
    "asin": [(2.0, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (1.0, math.pi / 2),
             (-1.0, -math.pi / 2), (1 + 2.0**-52, NAN)],
    "acos": [(2.0, NAN), (-INF, NAN), (0.0, math.pi / 2), (1.0, 0.0), (-1.0, math.pi), (TINY, math.pi / 2)],
    "atan": [(INF, math.pi / 2), (-INF, -math.pi / 2), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY),
             (1e308, math.pi / 2), (-1.0, -math.pi / 4)],
    "asinh": [(INF, INF), (-INF, -INF), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY),
              (-1e308, -709.889355822726)],
    "acosh": [(INF, INF), (1.0, 0.0), (1 - 2.0**-53, NAN), (-2.0, NAN), (-INF, NAN), (1e308, 709.889355822726)],
    "atanh": [(1.0, INF), (-1.0, -INF), (1.5, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY),
              (-TINY, -TINY)],
    "half_circle": [(1.0, 0.0), (-1.0, 0.0), (2.0, NAN), (-INF, NAN), (0.0, 1.0), (TINY, 1.0)],
    "erf": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (7.0, 1.0),
            (-1e308, -1.0)],
    "erfc": [(INF, 0.0), (-INF, 2.0), (0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (-1e308, 2.0), (1e308, 0.0), (28.0, 0.0)],
    "erfcx": [(INF, 0.0), (-INF, INF), (0.0, 1.0), (-0.0, 1.0), (-27.0, INF), (-1e308, INF),
              (2.0**1000, 0.5641895835477563 / 2.0**1000)],
    "ndtr": [(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (-0.0, 0.5), (-1e308, 0.0), (1e308, 1.0), (TINY, 0.5)],
    "log_ndtr": [(-INF, -INF), (0.0, -math.log(2)), (-1e200, -INF), (-2.0**500, -2.0**999), (-1e308, -INF)],
    "inverse_mills": [(INF, 0.0), (-INF, INF), (1e308, 0.0), (40.0, 0.0)],
    "lgamma": [(INF, INF), (-INF, INF), (0.0, INF), (-0.0, INF), (1.0, 0.0), (2.0, 0.0), (-3.0, INF), (1e306, INF),
               (TINY, 744.4400719213812)],
    "digamma": [(INF, INF), (0.0, -INF), (-0.0, INF), (-3.0, NAN), (TINY, -INF), (-TINY, INF),
                (2.0**-1000, -2.0**1000)],
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name):
    x, want = np.array([*SPECIAL[name], (NAN, NAN)]).T
    for has_fma in (False, True):
        assert_same(interpret(name, x, has_fma=has_fma), want.copy(), x)


@pytest.mark.parametrize("has_fma", FMA)
@pytest.mark.parametrize("name", compiled_often(SPECIAL))
def test_special_values_compiled(name, has_fma):
    x, want = np.array([*SPECIAL[name], (NAN, NAN)]).T
    for lanes in (1, 4):
        assert_same(run(name, x, lanes=lanes, has_fma=has_fma), want.copy(), x)


@pytest.mark.parametrize("a, b, want", [
    (INF, INF, INF), (-INF, -INF, -INF), (INF, -INF, INF), (-INF, INF, INF), (NAN, 1.0, NAN), (1.0, NAN, NAN),
    (-INF, 3.0, 3.0), (3.0, -INF, 3.0), (0.0, 0.0, math.log(2)), (1e308, -1e308, 1e308), (-1e308, -1e308, -1e308)])
def test_logaddexp_special_values(a, b, want):
    assert_same(run("logaddexp", [a] * 5, [b] * 5), np.full(5, want))


@pytest.mark.parametrize("name", ["atan2", "hypot", "direction", "xlogy", "log_poisson"])
def test_special_values_of_two(name):
    """Every pair of delicate numbers, against the record's scalar function."""
    delicate = [0.0, 1.0, 0.5, INF, TINY, 2.0**-1070, 1e300, 1.7e308, 1e-300]
    x, y = map(np.ravel, np.meshgrid(*2 * [[*delicate, *(-d for d in delicate), NAN]]))
    got = interpret(name, x, y, has_fma=True)
    want = np.array([TABLE[name].scalar(a, b) for a, b in zip(x.tolist(), y.tolist())])
    with np.errstate(all="ignore"):
        near = np.isfinite(want) & (np.abs(got - want) <= 3 * np.spacing(np.abs(want)))
    different = ~(near & (np.signbit(got) == np.signbit(want)) | same(got, want))
    assert not different.any(), [*zip(x[different], y[different], got[different], want[different])][:5]


def test_pow_special_values():
    """Every pair of delicate numbers, against the C library's pow, whose special cases are C99's, and the square root:
    of -inf it is nan, and so is every power that is not whole.
    """
    delicate = [0.0, 1.0, 2.0, 0.5, 3.0, 2.5, INF, TINY, 2.0**-1070, 1e300, 1e308, 2.0**53, 2.0**53 + 2, 2.0**52 + 1,
                2.0**52 - 0.5, 1 - 2.0**-53, 1 + 2.0**-52, 1e-3, 1023.0, 1075.0]
    x, y = map(np.ravel, np.meshgrid(*2 * [[*delicate, *(-d for d in delicate), NAN]]))
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    got = run("pow", x, y)
    with np.errstate(all="ignore"):
        want = np.array([np.float64(a) ** np.float64(b) for a, b in zip(x, y)])
        want[(x == -INF) & (np.floor(y) != y)] = NAN
        near = np.isfinite(want) & (np.abs(got - want) <= 2 * np.spacing(np.abs(want)))
    near &= np.signbit(got) == np.signbit(want)
    different = ~(near | same(got, want))
    assert not different.any(), [*zip(x[different], y[different], got[different], want[different])][:5]


# ---- the same bits on every path

@pytest.mark.parametrize("has_fma", FMA)
@pytest.mark.parametrize("name", compiled_often(FUNCTIONS))
def test_lanes_and_interpreter_give_the_same_bits(name, has_fma):
    columns = measure.points(name, 4001, seed=4)
    one = run(name, *columns, lanes=1, has_fma=has_fma)
    assert_same(run(name, *columns, lanes=4, has_fma=has_fma), one, *columns)
    assert_same(interpret(name, *columns, has_fma=has_fma), one, *columns)


@pytest.mark.parametrize("name", ["exp", "log", "softplus", "sin", "pow"])
@pytest.mark.parametrize("lanes", [2, 8])
def test_every_width_gives_the_same_bits(name, lanes):
    columns = measure.points(name, 2001, seed=8)
    assert_same(run(name, *columns, lanes=lanes), run(name, *columns), *columns)


@pytest.mark.parametrize("name", LIBM)
def test_calls_give_the_library_s_bits(name):
    columns = measure.points(name, 999, seed=5)
    assert_same(run(name, *columns), interpret(name, *columns, has_fma=False), *columns)


@pytest.mark.parametrize("name", ["exp", "sigmoid", "log1p", "cos", "atan"])
def test_float32_is_computed_in_double(name):
    x = np.random.default_rng(6).uniform(-80, 80, 1003).astype(np.float32)
    x[:3] = NAN, -0.0, -100.0
    with np.errstate(all="ignore"):
        want = run(name, x.astype(np.float64)).astype(np.float32)
    assert np.array_equal(run(name, x), want, equal_nan=True)


def test_emulated_fma_rounds_once():
    """Against exact fractions, where two roundings go wrong."""
    from fractions import Fraction

    rng = np.random.default_rng(7)
    a, b = rng.uniform(1, 2, (2, 20_000))
    c = -(a * b) * (1 + rng.integers(-3, 4, a.size) * 2.0**-rng.integers(1, 110, a.size).astype(float))
    got = NumPyOps().fma(a, b, c)
    want = [float(Fraction(p) * Fraction(q) + Fraction(r)) for p, q, r in zip(a.tolist(), b.tolist(), c.tolist())]
    assert np.array_equal(got, want)


# ---- the machine code

SINGLY = {"sin", "cos", "tan", "sinc", "lgamma", "digamma"}        # rare lanes are computed one by one
X86 = platform.machine() in ("x86_64", "AMD64")


def assembly(function, lanes=4):
    loop = compiled(function, 1, lanes)
    loop(np.empty(9), np.ones(9))
    return next(iter(loop.inspect_asm().values())).split(".Lfunc_end0")[0]


@pytest.mark.skipif(not X86 or host.lanes() < 4, reason="reads the instructions of AVX")
@pytest.mark.parametrize("name", compiled_often([name for name in FUNCTIONS if measure.arguments(name) == 1]))
def test_code_is_vectorised(name):
    text = assembly(FUNCTIONS[name])
    assert "mulpd" in text and "ymm" in text
    calls = [line for line in text.splitlines() if line.split()[:1] in (["callq"], ["call"])]
    assert len(calls) == (5 if name in SINGLY else 0)


def test_tanh_and_its_derivative_share_one_exponential():
    """4·logistic_pdf(2x) is sech(x)²: beside tanh(x) it needs no reduction of its own."""
    def derivative(x):
        return exponential.logistic_pdf(x * 2.0)

    def both(x):
        return exponential.tanh(x) + derivative(x)

    counts = []
    for function in (derivative, both):
        loop = compiled(Function(function, 4.0, 1), 1, 16, True)
        loop(np.empty(9), np.ones(9))
        counts.append(next(iter(loop.inspect_llvm().values())).count("call <16 x double> @llvm.fma"))
    assert 0 < counts[0] <= counts[1] <= counts[0] + 4


def test_both_signs_share_one_exponential():
    def together(x):
        h = exponential.sigmoid(x) + exponential.sigmoid(-x)
        return h + logarithm.softplus(x) * logarithm.log_sigmoid(x)

    loop = compiled(Function(together, 4.0, 1), 1, 16)    # a width LLVM does not choose for the remainder
    loop(np.empty(9), np.ones(9))
    text = next(iter(loop.inspect_llvm().values()))
    assert text.count("fdiv <16 x double>") == 2          # one for 1/(1 + e), one for log1p(e)


# ---- where the numbers come from

def test_every_symbol_is_found_by_the_linker():
    from llvmlite import binding

    libm.make_known()
    assert all(binding.address_of_symbol(symbol) for symbol in libm.SYMBOLS)


@pytest.mark.nightly
def test_coefficients_are_those_derived():
    from pathlib import Path

    from codegen.vectormath import coefficients

    assert minimax._text() == Path(coefficients.__file__).read_text(encoding="utf-8")

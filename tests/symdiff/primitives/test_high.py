"""mpmath's functions, safe and quick: its own values where it has them, asymptotic ones and infinities beyond, in no time."""
import random
import time

import mpmath
import pytest

from symdiff.primitives import TABLE, high
from symdiff.primitives.record import Elementwise
from tests.patience import soon

BITS, MORE = 200, 2500
OF_ORDER = ("polygamma", "stirling", "jn", "exprel_cumulant", "ierfcx")
FUNCTIONS = {op.name: op for op in TABLE.values() if type(op) is Elementwise and not op.boolean}
FAR = [sign*mpmath.ldexp(mpmath.mpf(1.2345), exponent)
       for exponent in (40, 900, 4900, 19_000, 30_000, 10**9, 10**20, -4900, -30_000, -10**9) for sign in (1, -1)]


def same(one, other, bits):
    if mpmath.isnan(one) or mpmath.isnan(other):
        return mpmath.isnan(one) and mpmath.isnan(other)
    return one == other or abs(one - other) <= mpmath.ldexp(abs(other), -bits)


def sample(seed, low, high_end, count=60):
    draws = random.Random(seed)
    return [mpmath.mpf(draws.choice((1, -1))*10**draws.uniform(low, high_end)) for _ in range(count)]


def real(f, *xs):
    try:
        found = f(*xs)
    except (ValueError, ZeroDivisionError):
        return mpmath.nan
    return found if isinstance(found, mpmath.mpf) else mpmath.nan


@pytest.mark.parametrize("name", "exp expm1 sinh cosh sech tanh erf erfc gamma sin cos tan sinc".split())
def test_what_mpmath_has(name):
    for x in sample(name, -30, 2 if name == "gamma" else 6):
        with mpmath.workprec(BITS):
            found = getattr(high, name)(x)
        with mpmath.workprec(BITS + 150):
            assert same(found, real(getattr(mpmath, name), x), BITS - 8), x


def test_powers():
    draws = random.Random(1)
    for x in sample(2, -30, 6, 200):
        y = mpmath.mpf(draws.uniform(-30, 30))
        y = mpmath.nint(y*10**draws.randint(0, 5)) if draws.random() < 0.4 else y
        with mpmath.workprec(BITS):
            found = high.power(x, y)
        with mpmath.workprec(BITS + 150):
            assert same(found, real(mpmath.power, x, y), BITS - 8), (x, y)
    assert high.power(mpmath.mpf(-3), mpmath.mpf(2)**200 + 1) == 3**(mpmath.mpf(2)**200)       # even, as it is rounded
    assert high.power(mpmath.mpf(-3), mpmath.mpf(10**7 + 1)) < 0 < high.power(mpmath.mpf(-3), mpmath.mpf(10**7))


def test_exponentials_of_large_numbers():
    """e^x·e^-x is 1, e^x·e^y is e^(x + y), to all bits but a few: of whole numbers mpmath takes powers, we do not."""
    with mpmath.workprec(BITS):
        for x in (1e7, 1e20, 1e100, 1e300):
            assert same(high.exp(mpmath.mpf(x))*high.exp(-mpmath.mpf(x)), mpmath.mpf(1), BITS - 4)
            assert same(high.exp(mpmath.mpf(x)), high.exp(mpmath.mpf(x)/2)**2, BITS - 4)
        assert same(high.exp(mpmath.mpf(2)**21), mpmath.exp(mpmath.mpf(2)**21), BITS - 4)


@pytest.mark.parametrize("n", range(4))
def test_integrals_of_erfc(n):
    """Against the recurrence of DLMF 7.18.7 with digits enough for what cancels in it."""
    for x in sample(n, -3, 2.5):
        with mpmath.workprec(BITS):
            found = high.ierfcx(n, x)
        with mpmath.workprec(MORE):
            before, value = 2/mpmath.sqrt(mpmath.pi), mpmath.exp(x*x)*mpmath.erfc(x)
            for k in range(1, n + 1):
                before, value = value, (before - 2*x*value)/(2*k)
            assert same(found, value, BITS - 8), x


@pytest.mark.parametrize("bits", [100, 1400])
def test_erfinv(bits):
    for y in (0.3, 0.5000001, 0.9, -0.7, 1 - 2.0**-50):
        with mpmath.workprec(bits):
            x = high.erfinv(mpmath.mpf(y))
            assert same(mpmath.erf(x), mpmath.mpf(y), bits - 8), y
    with mpmath.workprec(bits):
        rest = mpmath.ldexp(1, 10 - bits)
        assert same(mpmath.erfc(high.erfinv(1 - rest)), rest, bits - 20)
    assert high.erfinv(mpmath.mpf(1)) == mpmath.inf


@pytest.mark.parametrize("n", range(4))
def test_polygamma(n):
    """By mpmath, which goes up in steps of 1; and ψ⁽ⁿ⁾(x + 1) - ψ⁽ⁿ⁾(x) = (-1)ⁿ n!/xⁿ⁺¹ where that takes for ever."""
    for x in sample(n, -5, 3):
        with mpmath.workprec(BITS):
            found = high.psi(n, x)
        with mpmath.workprec(BITS + 150):
            assert same(found, mpmath.psi(n, x), BITS - 12), x
    with mpmath.workprec(BITS):
        x = mpmath.mpf(-1e7 - 0.3)
        step = high.psi(n, x + 1) - high.psi(n, x)
        size = (-1)**n*mpmath.factorial(n)/x**(n + 1)
        assert abs(step - size) < mpmath.ldexp(abs(high.psi(n, x)), 20 - BITS)
    assert mpmath.isnan(high.psi(n, mpmath.mpf(-3)))


@pytest.mark.parametrize("n", range(4))
def test_stirling(n):
    """Binet's function is larger by (x + 1/2) log(1 + 1/x) - 1 at x than at x + 1; far away the terms of its series are
    left."""
    for x in map(mpmath.mpf, (0.01, 3, 1000.5)):
        with mpmath.workprec(BITS):
            found = high.stirling(n, x) - high.stirling(n, x + 1)
        with mpmath.workprec(5*BITS):
            wanted = mpmath.diff(lambda t: (t + 0.5)*mpmath.log1p(1/t) - 1, x, n, h=x*mpmath.mpf(10)**-40)
        assert same(found, wanted, BITS - 40), x
    with mpmath.workprec(BITS):
        for x in (mpmath.mpf(10)**k for k in (12, 30, 200)):
            wanted = sum((-1)**n*mpmath.bernoulli(2*k)/(2*k*(2*k - 1))*mpmath.rf(2*k - 1, n)/x**(2*k - 1 + n)
                         for k in range(1, 5))
            assert same(high.stirling(n, x), wanted, BITS - 8), x


def test_small_arguments():
    with mpmath.workprec(BITS):
        tiny = mpmath.ldexp(mpmath.mpf(1.5), -10**6)
        assert high.log1pmx(tiny) == -tiny*tiny/2 and high.log1pmx(-tiny) == -tiny*tiny/2
        assert high.exprel_cumulant(1, tiny) == 0.5 and same(high.exprel_cumulant(2, tiny), mpmath.mpf(1)/12, BITS - 2)
        assert same(high.exprel_cumulant(3, tiny), -tiny/120, BITS - 4)            # B₄/4 = -1/120


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_numbers_of_any_size_take_no_time(name):
    op = FUNCTIONS[name]
    with mpmath.workprec(1400):
        for x in FAR:
            for n in (1, 2) if name in OF_ORDER else (x,):
                start = time.process_time()
                real(op.mpmath, *[mpmath.mpf(n), *[x]*(len(op.args) - 1)][:len(op.args)])
                assert soon(start, 0.1), x


@pytest.mark.parametrize("name, x, wanted", [
    ("exp", 1, mpmath.inf), ("exp", -1, 0), ("expm1", -1, -1), ("tanh", -1, -1), ("erf", 1, 1), ("erfc", 1, 0),
    ("erfc", -1, 2), ("sech", 1, 0), ("gamma", 1, mpmath.inf), ("sigmoid", -1, 0), ("softplus", -1, 0), ("ndtr", 1, 1),
    ("softplus", 1, None), ("log_ndtr", 1, 0), ("swish", 1, None)])
def test_beyond(name, x, wanted):
    far = x*mpmath.ldexp(mpmath.mpf(1), 10**12)
    assert FUNCTIONS[name].mpmath(far) == (far if wanted is None else wanted)
    assert mpmath.isnan(high.sin(far)) and mpmath.isnan(high.jn(1, far))


def test_what_grows_slowly_is_its_asymptotic_form():
    with mpmath.workprec(BITS):
        far = mpmath.ldexp(mpmath.mpf(1.25), 10**12)
        assert high.psi(0, far) == mpmath.log(far) and high.psi(1, far) == 1/far and high.psi(2, far) == -1/far**2
        assert high.loggamma(far) == far*(mpmath.log(far) - 1)
        assert same(high.erfcx(far), 1/(far*mpmath.sqrt(mpmath.pi)), BITS - 4)
        assert same(high.stirling(0, far), 1/(12*far), BITS - 4)

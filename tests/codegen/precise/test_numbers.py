"""Constants that are functions of numbers are no floats where a formula needs more of their digits: against mpmath."""
import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.language.core import make
from symdiff.primitives.record import TABLE, Elementwise
from tests.sparse import sparse

PLACES = (sp.Rational(1, 3), sp.Rational(7, 5), sp.Rational(-2, 3))         # one of them lies in every domain
CLOSE, MANY = (1e-20, 1e-9), 150


def changing():
    """(primitive, numbers in its domain) of all with a slope that can be typed."""
    found = []
    for record in TABLE.values():
        if type(record) is Elementwise and record.sympy is not None and len(record.args) < 3 \
                and not (record.whole or record.constant) and any(partial != 0 for partial in record.partials):
            at = [next(p for p in PLACES if p in interval) for interval in record.domain]
            found.append((record, (at[0], *[p + sp.Rational(1, 7) for p in at[1:]])))
    return found


def change(record, at, x):
    """f(a + x, …) - f(a, …) by mpmath."""
    with mp.workdps(MANY):
        numbers = [mp.mpf(int(p.p))/int(p.q) for p in at]
        return float(record.mpmath(numbers[0] + mp.mpf(x), *numbers[1:]) - record.mpmath(*numbers))


@pytest.mark.parametrize("record, at", sparse(changing(), 6), ids=lambda v: getattr(v, "name", ""))
def test_a_function_less_itself_at_numbers(record, at):
    x = sd.array("x")
    f = sd.compile(make(record.sympy, (at[0] + x, *at[1:])) - make(record.sympy, at), [x])
    for step in CLOSE:
        assert f(x=step) == pytest.approx(change(record, at, step), rel=2e-15, abs=0)


NUMBERS = (
    ("(pi + x)**2 - pi**2", lambda x: (mp.pi + x)**2 - mp.pi**2),
    ("2**(pi + x) - 2**pi", lambda x: 2**(mp.pi + x) - 2**mp.pi),
    ("sqrt(pi + x) - sqrt(pi)", lambda x: mp.sqrt(mp.pi + x) - mp.sqrt(mp.pi)),
    ("polygamma(1, 1/3 + x) - polygamma(1, 1/3)",
     lambda x: mp.polygamma(1, mp.mpf(1)/3 + x) - mp.polygamma(1, mp.mpf(1)/3)),
    ("beta(1/2 + x, 1/3) - beta(1/2, 1/3)",
     lambda x: mp.beta(mp.mpf(1)/2 + x, mp.mpf(1)/3) - mp.beta(mp.mpf(1)/2, mp.mpf(1)/3)),
    ("sin(sin(1) + x) - sin(sin(1))", lambda x: mp.sin(mp.sin(1) + x) - mp.sin(mp.sin(1))),
    ("0.1*3 - 0.1*(3 + x)", lambda x: mp.mpf(0.1)*3 - mp.mpf(0.1)*(3 + x)),
    ("sqrt(0.1 + x) - sqrt(0.1)", lambda x: mp.sqrt(mp.mpf(0.1) + x) - mp.sqrt(mp.mpf(0.1))),
    ("log(0.1 + x) - log(0.1)", lambda x: mp.log(mp.mpf(0.1) + x) - mp.log(mp.mpf(0.1))),
    ("exp(0.1 + x) - exp(0.1)", lambda x: mp.exp(mp.mpf(0.1) + x) - mp.exp(mp.mpf(0.1))),
    ("erf(10)*(1 + x) - 1", lambda x: mp.erf(10)*(1 + x) - 1),
    ("x**2*0.1*3 - 0.3*x**2", lambda x: (mp.mpf(0.1)*3 - mp.mpf(0.3))*x**2),
    ("0.1*x + 0.2*x - 0.3*x", lambda x: (mp.mpf(0.1) + mp.mpf(0.2) - mp.mpf(0.3))*x),
    ("(1 - erf(10))*x", lambda x: mp.erfc(10)*x),
)


@pytest.mark.parametrize("text, true", sparse(NUMBERS, 3))
def test_numbers_made_of_numbers(text, true):
    f = sd.compile(sd.parse(text))
    for step in CLOSE:
        with mp.workdps(MANY):
            wanted, slope = float(true(mp.mpf(step))), float(mp.diff(true, mp.mpf(step), h=mp.mpf(10)**-60))
        assert f(x=step) == pytest.approx(wanted, rel=2e-15, abs=0)
        assert f.grad(x=step)["x"] == pytest.approx(slope, rel=2e-15, abs=0)
    assert not any(row.judged and not row.ok for row in f.check({"x": CLOSE[0]}).rows)


def test_objects_of_sympy_and_arrays():
    x, v = sd.array("x"), sd.array("v", 2)
    assert sd.compile(sp.sin(1 + x) - sp.sin(1), [x])(x=1e-20) == pytest.approx(5.403023058681397e-21, rel=1e-15)
    found = sd.compile(sd.tan(1 + v) - sp.tan(1), [v])(v=np.array(CLOSE))
    np.testing.assert_allclose(found, [change(TABLE["tan"], (sp.S.One,), step) for step in CLOSE], rtol=1e-15)


@pytest.mark.parametrize("text, at, wanted", [
    ("x - sin(1)", 0.8414709848078965, lambda x: x - mp.sin(1)), ("x - 0.1*3", 0.3, lambda x: x - mp.mpf(0.1)*3),
    ("x - gamma(1/3)", 2.678938534707748, lambda x: x - mp.gamma(mp.mpf(1)/3))])
def test_what_is_left_beside_the_float_nearest(text, at, wanted):
    """Where the machine finds 0, or next to nothing, whichever way it rounds."""
    with mp.workdps(MANY):
        assert sd.compile(sd.parse(text))(x=at) == pytest.approx(float(wanted(mp.mpf(at))), rel=1e-15)


@pytest.mark.parametrize("text, wanted", sparse([
    ("(sin(1)**2 + cos(1)**2 - 1)/x", 0), ("x*(acos(1/2) - pi/3)", 0), ("x*floor(log(8)/log(2)) + x", 4),
    ("x/(acos(1/2)/pi - 1/3)", np.inf), ("x*(erfinv(erf(1/2)) - 1/2)", 0), ("cos(pi/5)*x - (1 + sqrt(5))/4*x", 0),
    ("x*floor(100*log10(2) + 0.1*30)", 33), ("x*(gamma(30) - 8841761993739701954543616000000)", 0),
    ("atan2(1, 1)*4*x - pi*x", 0)], 3))
def test_exact_numbers_stay_exact(text, wanted):
    """What is rational is so, whatever it is computed of."""
    assert sd.compile(sd.parse(text), wrt=["x"])(x=1.0) == wanted

"""Records of the units of networks and likelihoods."""
import mpmath
import numpy as np
import sympy as sp

from . import functions as f
from . import special
from .entrywise import quiet
from .record import X, X1, Elementwise, Kink, Y, interval

TAILS = interval(-700, 700)
WIDE = interval(-10**6, 10**6)
HALF = sp.S.Half


def _tail(x):
    return np.exp(-np.abs(x))


def _softplus(x):
    tail = np.log1p(_tail(x))
    return np.where(x > 0, x + tail, tail)


def _sigmoid(x):
    return np.where(np.asarray(x) >= 0, 1.0, _tail(x))/(1 + _tail(x))


def _swish(x):
    far = np.asarray(x) < -700
    return np.where(far, np.where(np.asarray(x) < -1000, -0.0, x*np.exp(x + 64.0)*np.exp(-64.0)), x*_sigmoid(x))


sigmoid = Elementwise(
    name="sigmoid", sympy=f.sigmoid, args=(X,), partials=(f.logistic_pdf(X),),
    numpy=quiet(_sigmoid), scalar=special.sigmoid, mpmath=f.sigmoid.mp,
    domain=(TAILS,), at={0: sp.Rational(1, 4)}, cost=16, source="σ' = σ(x)σ(-x)")

logistic_pdf = Elementwise(
    name="logistic_pdf", sympy=f.logistic_pdf, args=(X,), partials=(-Y*sp.tanh(X/2),),
    numpy=quiet(lambda x: _tail(x)/(1 + _tail(x))**2), scalar=special.logistic_pdf, mpmath=f.logistic_pdf.mp,
    domain=(TAILS,), at={0: 0}, cost=16, source="σ'' = σ'·(1 - 2σ) = -σ'·tanh(x/2)")

log_sigmoid = Elementwise(
    name="log_sigmoid", sympy=f.log_sigmoid, args=(X,), partials=(f.sigmoid(-X),),
    numpy=quiet(lambda x: -_softplus(np.negative(x))), scalar=special.log_sigmoid, mpmath=f.log_sigmoid.mp,
    domain=(TAILS,), at={0: HALF}, cost=22, source="chain rule")

softplus = Elementwise(
    name="softplus", sympy=f.softplus, args=(X,), partials=(f.sigmoid(X),),
    numpy=quiet(_softplus), scalar=special.softplus, mpmath=f.softplus.mp,
    domain=(TAILS,), at={0: HALF}, cost=22, source="chain rule")

swish = Elementwise(
    name="swish", sympy=f.swish, args=(X,), partials=(f.sigmoid(X)*(1 + X*f.sigmoid(-X)),),
    numpy=quiet(_swish), scalar=special.swish, mpmath=f.swish.mp,
    domain=(TAILS,), at={0: HALF}, cost=17, source="product rule")

relu = Elementwise(
    name="relu", sympy=f.relu, args=(X,), partials=(sp.Piecewise((1, X > 0), (0, True)),),
    numpy=quiet(lambda x: np.where(np.asarray(x) <= 0, 0.0, x)), scalar=special.relu, mpmath=f.relu.mp,
    domain=(WIDE,), at={2: 1, 0: 0, -2: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "0, the subgradient of least norm"),), cost=1, source="piecewise linear")

leaky_relu = Elementwise(
    name="leaky_relu", sympy=f.leaky_relu, args=(X, X1),
    partials=(sp.Piecewise((1, X > 0), (X1, True)), sp.Piecewise((0, X > 0), (X, True))),
    numpy=quiet(lambda x, slope: np.where(np.asarray(x) > 0, x, slope*x)), scalar=special.leaky_relu,
    mpmath=f.leaky_relu.mp, domain=(WIDE, interval(0, 1)),
    at={(2, HALF): (1, 0), (-2, HALF): (HALF, -2), (0, HALF): (HALF, 0), (HALF, HALF): (1, 0)}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "the slope below 0, the subgradient of least norm for slopes in [0, 1]"),), cost=2,
    source="piecewise linear")

step = Elementwise(
    name="step", sympy=f.step, args=(X,), partials=(sp.S.Zero,),
    numpy=quiet(lambda x: np.heaviside(x, 0.5)), scalar=special.step, mpmath=f.step.mp,
    domain=(WIDE,), at={2: 0, -2: 0, 0: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "0, and the value is 1/2"),), cost=1, source="DLMF 1.16.13")

sign = Elementwise(
    name="sign", sympy=sp.sign, args=(X,), partials=(sp.S.Zero,),
    numpy=quiet(lambda x: np.where(np.asarray(x) == 0, x, np.sign(x))), scalar=special.sign,
    mpmath=lambda x: mpmath.sign(x), domain=(WIDE,), at={2: 0, -2: 0, 0: 0}, ulp=1,
    kinks=(Kink(sp.Eq(X, 0), "0, and so is the value"),), cost=1, source="DLMF 1.16(i)")

hard_unit = Elementwise(
    name="hard_unit", sympy=f.hard_unit, args=(X,), partials=(sp.Piecewise((1, sp.Abs(X) < HALF), (0, True)),),
    numpy=quiet(lambda x: np.clip(np.asarray(x) + 0.5, 0.0, 1.0)), scalar=special.hard_unit, mpmath=f.hard_unit.mp,
    domain=(interval(-4, 4),), at={0: 1, 1: 0, -1: 0, HALF: 0, -HALF: 0}, ulp=1,
    kinks=(Kink(sp.Eq(sp.Abs(X), HALF), "0, the one-sided derivative of least norm"),), cost=2,
    source="piecewise linear")

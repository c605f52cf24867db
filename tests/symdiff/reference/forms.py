"""Small expressions that use every word and function, by name, for tape and oracle to agree on."""
import numpy as np
import sympy as sp

import symdiff.language as sd
from symdiff.language.core import make
from symdiff.primitives.functions import inv_exprel, log1prel, log_poisson

RNG = np.random.default_rng(5)
X, S, L = sd.array("X", 2, 3), sd.array("S", 3, 3), sd.array("L", 3, 3)
u, v, M = sd.array("u", 3), sd.array("v", 3), sd.array("M", 3, 2)
T = sd.array("T", 2, 3, 3)
x, y = sd.array("x"), sd.array("y")

_root = RNG.standard_normal((3, 3))
VALUES = {"X": RNG.standard_normal((2, 3)), "S": _root @ _root.T + np.eye(3), "u": RNG.uniform(0.3, 2, 3),
          "L": np.tril(RNG.standard_normal((3, 3))) + 3*np.eye(3), "v": RNG.uniform(0.3, 2, 3),
          "M": RNG.standard_normal((3, 2)), "T": RNG.standard_normal((2, 3, 3)) + 3*np.eye(3), "x": 0.7, "y": -1.3}

WORDS = {
    "matmul": X @ M, "matmul vector": X @ u, "vector matmul": u @ M, "inner": u @ v, "batch": T @ M,
    "batch vector": T @ u,
    "vector batch": v @ T, "batch batch": T @ T,
    "einsum": sd.einsum("ij,jk,j->ki", X, M, u), "einsum diagonal": sd.einsum("ii,i->i", S, u),
    "einsum alone": sd.einsum("ij,k->i", X, u), "einsum trace": sd.einsum("kii->k", T),
    "sum": sd.sum(X**2, axis=0), "sum kept": sd.sum(X**3, axis=1, keepdims=True)*X, "sum all": sd.sum(sp.exp(X)),
    "mean": sd.mean(X**2, axis=1), "prod": sd.prod(X, axis=0), "prod all": sd.prod(X),
    "prod kept": sd.prod(X, axis=1, keepdims=True),
    "max": sd.max(X, axis=1), "min": sd.min(X), "logsumexp": sd.logsumexp(X, axis=1), "softmax": sd.softmax(X, axis=0),
    "log_softmax": sd.log_softmax(X, axis=1), "cumsum": sd.cumsum(X**2, axis=1), "cumprod": sd.cumprod(X, axis=1),
    "cumprod first": sd.cumprod(X, axis=0), "norm": sd.norm(X), "norm axis": sd.norm(X, axis=0),
    "transpose": sd.transpose(T**2, (2, 0, 1)), "reshape": sd.reshape(X**2, 3, 2),
    "broadcast_to": sd.broadcast_to(u**2, 2, 3),
    "concatenate": sd.concatenate([X**2, X], axis=1), "stack": sd.stack([u, v*u, u], axis=1),
    "take": sd.take(X**2, np.array([2, 0, 0, 1]), axis=1), "take matrix": sd.take(u**2, np.array([[2, 0], [0, 1]])),
    "index": (X**2)[1, 0:2], "index backwards": (u**2)[::-1], "index new": (u**2)[:, None]*X[0], "diag": sd.diag(u**2),
    "diag of": sd.diag(S**2), "trace": sd.trace(S @ L), "trace batch": sd.trace(T**2), "outer": sd.outer(u, v**2),
    "dot": sd.dot(X, M), "dot batch": sd.dot(X, T), "solve": sd.solve(S, u), "solve many": sd.solve(S, M),
    "solve batch": sd.solve(T, M),
    "triangular": sd.triangular_solve(L, u), "triangular many": sd.triangular_solve(L, M, transposed=True),
    "triangular upper": sd.triangular_solve(L.T, M, lower=False), "inv": sd.inv(S), "inv batch": sd.inv(T),
    "det": sd.det(S),
    "det batch": sd.det(T), "logdet": sd.logdet(S), "sign_det": sd.slogdet(S)[0]*x, "log_abs_det": sd.slogdet(L)[1],
    "cholesky": sd.cholesky(S), "tril": sd.tril(S**2), "triu": sd.triu(S**2, 1), "eye": S @ sd.eye(3),
    "iota": sd.arange(3)*u}

FUNCTIONS = {f.__name__: f(u*x) for f in (
    sd.exp, sd.expm1, sd.exprel, sd.log, sd.log1p, sd.exp2, sd.log2, sd.log10, sd.sigmoid, sd.log_sigmoid, sd.softplus,
    sd.swish, sd.relu,
    sd.step, sd.hard_unit, sd.sin, sd.cos, sd.tan, sd.atan, sd.sinh, sd.cosh, sd.tanh, sd.asinh, sd.sinc, sd.erf,
    sd.erfc, sd.erfcx,
    sd.ndtr, sd.log_ndtr, sd.gamma, sd.loggamma, sd.digamma, sd.floor, sd.ceiling, sd.round_, sd.abs, sd.sign,
    sd.sqrt, sd.cbrt)}
FUNCTIONS |= {
    "asin": sd.asin(u/3), "acos": sd.acos(u/3), "acosh": sd.acosh(1 + u), "atanh": sd.atanh(u/3),
    "erfinv": sd.erfinv(u/3),
    "atan2": sd.atan2(u, y), "log1mexp": sd.log1mexp(-u), "logaddexp": sd.logaddexp(u, x*v), "xlogy": sd.xlogy(u, v),
    "log_poisson": make(log_poisson, [u, v]), "inv_exprel": make(inv_exprel, [u*x]),
    "log1prel": make(log1prel, [u*x]), "hypot": sd.hypot(u, y), "leaky_relu": sd.leaky_relu(X, x), "polygamma": sd.polygamma(2, u), "mod": sp.Mod(u, x),
    "sec": sp.sec(u), "csc": sp.csc(u), "cot": sp.cot(u), "sech": sp.sech(u), "csch": sp.csch(u), "coth": sp.coth(u),
    "pow": u**v, "pow 3": X**3, "pow -2": u**-2, "pow broken": u**sp.Rational(3, 2), "pow -1/2": u**sp.Rational(-1, 2),
    "division": X/u - 2/(1 + u), "difference": u - v*x - 3, "maximum": sd.maximum(u, v), "minimum": sp.Min(u, v, x),
    "maximum 3": sp.Max(u, v, x), "maximum constant": sp.Max(X, 0), "where": sd.where(X > 0, X**2, sp.exp(X)),
    "piecewise": sp.Piecewise((u**2, u < x), (v, u < 1), (u*v, True)),
    "and or not": sd.where((X > 0) & ~(X > 1) | (X < -1), X**2, X),
    "constants": u*np.array([1.0, 2.0, 3.0]) + sp.pi*u**2 + sp.E**u, "comparison": (u >= 1)*v + sd.eq(u, u)*v**2}


def total(expression):
    """One number that depends on every entry of an expression in its own way."""
    if not expression.sizes:
        return expression
    weights = np.cos(1.0 + np.arange(int(np.prod(expression.sizes)))).reshape(expression.sizes)
    return sd.sum(expression*weights)


def values_of(expression):
    """The values of the names in an expression."""
    names = sorted(s.name for s in expression.free_symbols)
    return {n: VALUES[n] for n in names}


def close(got, wanted, tolerance=1e-12, scale=1e-30):
    """Do arrays agree, relative to the largest entry?"""
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    assert got.shape == wanted.shape
    size = max(np.max(np.abs(wanted), initial=0.0), scale)
    assert np.all(np.isfinite(got)) and np.max(np.abs(got - wanted), initial=0.0) <= tolerance*size, (got, wanted)

"""NumPy's protocols: a NumPy function called with arrays goes in, a node comes out; so a function written for NumPy
is traced by
calling it.  What has no primitive is refused with a remedy; never an object array."""
import string
from functools import partial

import numpy as np
import sympy as sp

from ..errors import ArgumentError
from . import arrange, composed, elementwise as e, factor, layout, products, ranked, reduce
from .accepted import accepted, called
from .axes import no_primitive, operand, require_rank
from .core import ArrayExpr, make, sizes_of


def _node(op):
    return lambda *args: make(op, [operand(a) for a in args])


def _minus(a, b):
    return operand(a) - b if isinstance(a, ArrayExpr) else b.__rsub__(a)


def _divide(a, b):
    return a/b if isinstance(a, ArrayExpr) else b.__rtruediv__(a)


def _floor_divide(a, b):
    return a//b if isinstance(a, ArrayExpr) else b.__rfloordiv__(a)


def _not_nan(choose):
    """The larger (smaller) of two entries; the other one where one is nan."""
    def chosen(a, b):
        a, b = operand(a), operand(b)
        return make(sp.Piecewise, (b, e.ne(a, a), a, e.ne(b, b), make(choose, (a, b)), sp.true))
    return chosen


def _logaddexp2(a, b):
    """log2(2^a + 2^b)."""
    one = sp.log(2)
    return make(e.logaddexp, (make(sp.Mul, (one, operand(a))), make(sp.Mul, (one, operand(b)))))/one


def _infinite(x, relation):
    """|x| beside infinity, which is data."""
    return make(relation, (make(sp.Abs, (operand(x),)), e._branch(sp.oo)))


_pi = sp.pi
# by the name of the ufunc, so that those of scipy.special are read too
UFUNCS = {
    "add": _node(sp.Add), "subtract": _minus, "multiply": _node(sp.Mul), "divide": _divide, "true_divide": _divide,
    "floor_divide": _floor_divide, "power": _node(sp.Pow), "float_power": _node(sp.Pow), "pow": _node(sp.Pow),
    "remainder": _node(sp.Mod), "mod": _node(sp.Mod), "matmul": products.matmul,
    "vecdot": lambda a, b: reduce.sum(_node(sp.Mul)(a, b), -1),
    "matvec": lambda a, b: products.einsum("...ij,...j->...i", a, b),
    "vecmat": lambda a, b: products.einsum("...i,...ij->...j", a, b),
    "negative": lambda x: -x, "positive": lambda x: x, "absolute": _node(sp.Abs), "fabs": _node(sp.Abs),
    "conjugate": lambda x: x,
    "sign": _node(sp.sign), "square": lambda x: x**2, "sqrt": sp.sqrt, "cbrt": _node(e.cbrt),
    "reciprocal": lambda x: 1/x,
    "exp": _node(sp.exp), "log": _node(sp.log), "exp2": _node(e.exp2), "log2": _node(e.log2), "log10": _node(e.log10),
    "expm1": _node(e.expm1), "log1p": _node(e.log1p), "logaddexp": _node(e.logaddexp), "hypot": _node(e.hypot),
    "sin": _node(sp.sin), "cos": _node(sp.cos), "tan": _node(sp.tan), "arcsin": _node(sp.asin),
    "arccos": _node(sp.acos),
    "arctan": _node(sp.atan), "arctan2": _node(sp.atan2), "sinh": _node(sp.sinh), "cosh": _node(sp.cosh),
    "tanh": _node(sp.tanh),
    "arcsinh": _node(sp.asinh), "arccosh": _node(sp.acosh), "arctanh": _node(sp.atanh),
    "deg2rad": lambda x: x*(_pi/180), "radians": lambda x: x*(_pi/180), "rad2deg": lambda x: x*(180/_pi),
    "degrees": lambda x: x*(180/_pi),
    "floor": _node(sp.floor), "ceil": _node(sp.ceiling), "rint": _node(e.round_),
    "trunc": lambda x: make(sp.sign, (x,))*make(sp.floor, (make(sp.Abs, (x,)),)),
    "heaviside": lambda x, at_zero: e.of_function(sp.Heaviside, (operand(x), operand(at_zero))),
    "maximum": _node(sp.Max), "minimum": _node(sp.Min), "clip": e.clip,
    "fmax": _not_nan(sp.Max), "fmin": _not_nan(sp.Min), "logaddexp2": _logaddexp2,
    "greater": _node(sp.Gt), "greater_equal": _node(sp.Ge), "less": _node(sp.Lt), "less_equal": _node(sp.Le),
    "equal": e.eq, "not_equal": e.ne,
    "logical_and": _node(sp.And), "logical_or": _node(sp.Or), "logical_not": _node(sp.Not),
    "logical_xor": e.xor, "bitwise_xor": e.xor,
    "isnan": lambda x: e.ne(x, x), "isinf": lambda x: _infinite(x, sp.Eq), "isfinite": lambda x: _infinite(x, sp.Lt),
    "bitwise_and": _node(sp.And), "bitwise_or": _node(sp.Or), "invert": _node(sp.Not), "bitwise_not": _node(sp.Not),
    # scipy.special
    "expit": _node(e.sigmoid), "log_expit": _node(e.log_sigmoid), "softplus": _node(e.softplus),
    "xlogy": _node(e.xlogy),
    "entr": lambda x: -e.xlogy(x, x), "rel_entr": lambda x, y: _node(e.xlogy)(x, _divide(x, y)),
    "logit": lambda x: make(sp.log, (x/(1 - x),)), "ndtr": _node(e.ndtr), "log_ndtr": _node(e.log_ndtr),
    "erf": _node(sp.erf), "erfc": _node(sp.erfc),
    "erfcx": _node(e.erfcx), "erfinv": _node(sp.erfinv), "gamma": _node(sp.gamma), "gammaln": _node(sp.loggamma),
    "psi": _node(sp.digamma),
    "betaln": lambda a, b: sum_of_loggammas(a, b),
}


def sum_of_loggammas(a, b):
    """log B(a, b)."""
    a, b = operand(a), operand(b)
    return make(sp.loggamma, (a,)) + make(sp.loggamma, (b,)) - make(sp.loggamma, (make(sp.Add, (a, b)),))


REDUCE = {"add": reduce.sum, "multiply": reduce.prod, "maximum": reduce.max, "minimum": reduce.min,
          "logaddexp": reduce.logsumexp}
ACCUMULATE = {"add": reduce.cumsum, "multiply": reduce.cumprod, "maximum": partial(ranked.running, e.maximum),
              "minimum": partial(ranked.running, e.minimum)}


def _array_ufunc(self, ufunc, method, *args, **options):
    name = ufunc.__name__
    shown = ("scipy.special." if not hasattr(np, name) else "numpy.") + name
    options = accepted(shown, options)
    if method == "__call__" and name in UFUNCS and not options:
        return UFUNCS[name](*args)
    if method == "reduce" and name in REDUCE:
        return REDUCE[name](args[0], **{"axis": 0, **options})
    if method == "accumulate" and name in ACCUMULATE:
        return ACCUMULATE[name](args[0], **{"axis": 0, **options})
    if method == "outer" and name in UFUNCS and len(args) == 2 and not options:
        return _outer(name, *map(operand, args))
    raise no_primitive(shown + ("" if method == "__call__" else "." + method),
                       "write it with functions that have one: " + ", ".join(UFUNCS) + ".")


def _outer(name, a, b):
    """Each entry of one array with each of the other."""
    if name == "multiply" and len(sizes_of(a)) == len(sizes_of(b)) == 1:
        return products.outer(a, b)
    return UFUNCS[name](a[(..., *(None,)*len(sizes_of(b)))] if sizes_of(a) and sizes_of(b) else a, b)


# -- functions that are no ufuncs -------------------------------------------------------------------------------------

def _clip(x, a_min=None, a_max=None, *, min=None, max=None):
    return e.clip(x, a_min if min is None else min, a_max if max is None else max)


def _where(choice, *branches):
    if len(branches) != 2:
        raise no_primitive("numpy.where without two branches", "write where(condition, a, b).")
    return e.where(choice, *branches)


def _select(conditions, choices, default=0):
    flat = [x for choice, value in zip(conditions, choices) for x in (operand(value), e._condition(choice))]
    return make(sp.Piecewise, (*flat, operand(default), sp.true))


def _kron(a, b):
    """Each entry of a times the whole of b, along as many axes as the two have."""
    rank = max(1, len(sizes_of(operand(a))), len(sizes_of(operand(b))))
    a, b = arrange.atleast(a, rank), arrange.atleast(b, rank)
    first, second = string.ascii_letters[:rank], string.ascii_letters[rank:2*rank]
    both = "".join([c for pair in zip(first, second) for c in pair])
    sizes = tuple([n*m for n, m in zip(a.sizes, b.sizes)])
    return arrange.reshape(products.einsum(f"{first},{second}->{both}", a, b), sizes)


def _multi_dot(arrays):
    result = operand(arrays[0])
    for a in arrays[1:]:
        result = products.matmul(result, a)
    return result


def _append(x, values, axis=None):
    return arrange.concatenate([x, values], axis)


def _average(x, axis=None, weights=None, keepdims=False):
    x = operand(x)
    if weights is None:
        return reduce.mean(x, axis, keepdims)
    if not isinstance(weights, ArrayExpr) and np.all(np.sum(weights, axis=axis if np.ndim(weights) > 1 else None) == 0):
        raise ArgumentError("the weights of an average sum to 0.", where=f"average({x})", do="give others.")
    weights = operand(weights)
    if type(axis) is int and len(sizes_of(weights)) == 1 < len(sizes_of(x)):
        weights = weights[(slice(None), *(None,)*(len(sizes_of(x)) - 1 - axis % len(sizes_of(x))))]
        return reduce.sum(x*weights, axis, keepdims)/reduce.sum(weights)
    return reduce.sum(x*weights, axis, keepdims)/reduce.sum(weights, axis, keepdims)


def _vsplit(x, parts):
    require_rank("vsplit", operand(x), 2)
    return arrange.split(x, parts, 0)


def _vector_norm(x, *, axis=None, keepdims=False, ord=2):
    if axis is None and len(operand(x).sizes) > 1 and ord != 2:
        x = arrange.ravel(x) if not keepdims else arrange.reshape(x, (1,)*(len(x.sizes) - 1) + (-1,))
        axis = -1
    return reduce.norm(x, None if axis is None else ord, axis, keepdims)


def _matrix_norm(x, *, keepdims=False, ord="fro"):
    return reduce.norm(x, ord, (-2, -1), keepdims)


def _any(choice, axis=None, keepdims=False):
    return reduce.max(e.where(choice, 1, 0), axis, keepdims) > 0


def _all(choice, axis=None, keepdims=False):
    return reduce.min(e.where(choice, 1, 0), axis, keepdims) > 0


def _einsum(*given, optimize=None):
    """NumPy's einsum: also with lists of numbers for labels, after each operand and, if given, for the result."""
    if isinstance(given[0], str):
        return products.einsum(*given)
    pairs = len(given)//2
    numbers = sorted({k for labels in (*given[1:2*pairs:2], *given[2*pairs:]) for k in labels if k is not Ellipsis})
    letter = {k: string.ascii_letters[m] for m, k in enumerate(numbers)} | {Ellipsis: "..."}
    texts = ["".join([letter[k] for k in labels]) for labels in given[1:2*pairs:2]]
    spec = ",".join(texts) + "".join(["->" + "".join([letter[k] for k in labels]) for labels in given[2*pairs:]])
    return products.einsum(spec, *given[:2*pairs:2])


FUNCTIONS = {
    np.sum: reduce.sum, np.mean: reduce.mean, np.prod: reduce.prod, np.max: reduce.max, np.min: reduce.min,
    np.amax: reduce.max,
    np.amin: reduce.min, np.var: reduce.variance, np.std: lambda *a, **k: sp.sqrt(reduce.variance(*a, **k)),
    np.average: _average,
    np.ptp: lambda x, axis=None, keepdims=False: reduce.max(x, axis, keepdims) - reduce.min(x, axis, keepdims),
    np.cumsum: reduce.cumsum, np.cumprod: reduce.cumprod, np.dot: products.dot, np.outer: products.outer,
    np.inner: products.inner,
    np.vdot: lambda a, b: products.dot(arrange.ravel(a), arrange.ravel(b)), np.tensordot: products.tensordot,
    np.einsum: _einsum,
    np.kron: _kron, np.trace: layout.trace, np.transpose: arrange.transpose, np.swapaxes: arrange.swapaxes,
    np.moveaxis: arrange.moveaxis,
    np.reshape: lambda x, shape: arrange.reshape(x, shape), np.ravel: arrange.ravel, np.squeeze: arrange.squeeze,
    np.expand_dims: arrange.expand_dims, np.broadcast_to: lambda x, shape: arrange.broadcast_to(x, shape),
    np.concatenate: arrange.concatenate, np.stack: arrange.stack, np.vstack: arrange.vstack, np.hstack: arrange.hstack,
    np.column_stack: arrange.column_stack, np.append: _append, np.split: arrange.split,
    np.array_split: arrange.array_split,
    np.atleast_1d: lambda x: arrange.atleast(x, 1), np.atleast_2d: lambda x: arrange.atleast(x, 2),
    np.flip: arrange.flip,
    np.roll: arrange.roll, np.repeat: arrange.repeat, np.tile: arrange.tile, np.diff: arrange.diff, np.pad: layout.pad,
    np.take: arrange.take, np.diag: layout.diag, np.diagonal: layout.diagonal, np.tril: arrange.tril,
    np.triu: arrange.triu,
    np.where: _where, np.select: _select, np.clip: _clip, np.copy: lambda x: x, np.real: lambda x: x,
    np.round: lambda x, decimals=0: x.round(decimals), np.around: lambda x, decimals=0: x.round(decimals),
    np.any: _any, np.all: _all,
    np.count_nonzero: lambda c, axis=None, *, keepdims=False: reduce.sum(e.where(c, 1, 0), axis, keepdims),
    np.sinc: lambda x: make(sp.sinc, (x*_pi,)), np.zeros_like: lambda x: arrange.full_like(x, 0),
    np.ones_like: lambda x: arrange.full_like(x, 1),
    np.full_like: arrange.full_like, np.shape: lambda x: x.sizes, np.ndim: lambda x: len(x.sizes),
    np.size: lambda x: x.size,
    np.iscomplexobj: lambda x: False, np.result_type: lambda *a: np.dtype(np.float64),
    np.matrix_transpose: arrange.matrix_transpose,
    np.linalg.solve: factor.solve, np.linalg.inv: factor.inv, np.linalg.det: factor.det,
    np.linalg.slogdet: factor.slogdet,
    np.linalg.cholesky: factor.cholesky, np.linalg.norm: reduce.norm, np.linalg.matrix_power: factor.matrix_power,
    np.linalg.multi_dot: _multi_dot, np.linalg.trace: products.trace, np.linalg.outer: products.outer,
    np.linalg.matmul: products.matmul, np.linalg.matrix_transpose: arrange.matrix_transpose,
    np.cross: composed.cross, np.linalg.cross: composed.cross, np.cov: composed.cov, np.corrcoef: composed.corrcoef,
    np.convolve: composed.convolve, np.correlate: composed.correlate, np.trapezoid: composed.trapezoid,
    np.gradient: composed.gradient, np.polyval: composed.polyval, np.vander: composed.vander,
    np.block: layout.block, np.meshgrid: layout.meshgrid, np.dstack: layout.dstack, np.rot90: layout.rot90,
    np.fliplr: lambda x: arrange.flip(x, 1), np.flipud: lambda x: arrange.flip(x, 0), np.delete: layout.delete,
    np.insert: layout.insert, np.take_along_axis: layout.take_along_axis, np.linspace: layout.linspace,
    np.diagflat: lambda x, k=0: layout.diag(arrange.ravel(x), k), np.ediff1d: lambda x: arrange.diff(arrange.ravel(x)),
    np.linalg.diagonal: lambda x, *, offset=0: layout.diagonal(x, offset, -2, -1),
    np.vsplit: _vsplit,
    np.hsplit: lambda x, parts: arrange.split(x, parts, 0 if len(x.sizes) == 1 else 1),
    np.sort: ranked.sort, np.argsort: ranked.argsort, np.argmax: ranked.argmax, np.argmin: ranked.argmin,
    np.median: ranked.median, np.quantile: ranked.quantile, np.percentile: ranked.percentile,
    np.searchsorted: ranked.searchsorted, np.interp: ranked.interp,
    np.linalg.vector_norm: _vector_norm, np.linalg.matrix_norm: _matrix_norm, np.linalg.tensordot: products.tensordot,
    np.linalg.vecdot: lambda a, b, *, axis=-1: reduce.sum(_node(sp.Mul)(a, b), axis),
}


_NEWER = {"unstack": lambda x, *, axis=0: arrange.unstack(x, axis),            # than NumPy 2.0
          "cumulative_sum": lambda x, *, axis=None: reduce.cumsum(x, axis),
          "cumulative_prod": lambda x, *, axis=None: reduce.cumprod(x, axis)}
FUNCTIONS |= {getattr(np, name): build for name, build in _NEWER.items() if hasattr(np, name)}
_SPECTRAL = ("sums of functions of eigenvalues can often do without them: Σ λ is the trace, Σ log λ logdet, Σ 1/λ the "
             "trace of inv(A), Σ λ² of a symmetric matrix sum(A**2).")
_SQUARES = "where the columns are independent write solve(A.T @ A, A.T @ b), and solve(A.T @ A, A.T) for pinv(A)."
_OTHERWISE = ("write it with functions that have a primitive; symdiff's words are NumPy's: sum, mean, max, where, "
              "concatenate, stack, take, einsum, linalg.solve, ...")
REMEDIES = {**dict.fromkeys(["eig", "eigh", "eigvals", "eigvalsh", "svd", "svdvals", "cond", "matrix_rank"], _SPECTRAL),
            **dict.fromkeys(["lstsq", "pinv"], _SQUARES),
            "qr": "where the columns are independent R is cholesky(A.T @ A).T up to the signs of its rows.",
            "array": "join arrays by stack([x, y])."}


def _array_function(self, function, types, args, options):
    name = f"{function.__module__}.{function.__name__}"
    build = FUNCTIONS.get(function)
    if build is None:
        raise no_primitive(name, REMEDIES.get(function.__name__, _OTHERWISE))
    return called(name, build, args, options)


ArrayExpr.__array_ufunc__ = _array_ufunc
ArrayExpr.__array_function__ = _array_function
ArrayExpr.__array_priority__ = 1000

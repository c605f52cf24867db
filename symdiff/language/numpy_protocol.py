"""NumPy's protocols: a NumPy function called with arrays goes in, a node comes out; so a function written for NumPy
is traced by
calling it.  What has no primitive is refused with a remedy; never an object array."""
import numpy as np
import sympy as sp

from ..errors import UnknownForm
from . import arrange, elementwise as e, factor, products, reduce
from .axes import no_primitive, operand
from .core import ArrayExpr, make, sizes_of


def _node(op):
    return lambda *args: make(op, [operand(a) for a in args])


def _minus(a, b):
    return operand(a) - b if isinstance(a, ArrayExpr) else b.__rsub__(a)


def _divide(a, b):
    return a/b if isinstance(a, ArrayExpr) else b.__rtruediv__(a)


def _floor_divide(a, b):
    return a//b if isinstance(a, ArrayExpr) else b.__rfloordiv__(a)


_pi = sp.pi
# by the name of the ufunc, so that those of scipy.special are read too
UFUNCS = {
    "add": _node(sp.Add), "subtract": _minus, "multiply": _node(sp.Mul), "divide": _divide, "true_divide": _divide,
    "floor_divide": _floor_divide, "power": _node(sp.Pow), "float_power": _node(sp.Pow), "pow": _node(sp.Pow),
    "remainder": _node(sp.Mod), "mod": _node(sp.Mod), "matmul": products.matmul,
    "vecdot": lambda a, b: reduce.sum(_node(sp.Mul)(a, b), -1),
    "negative": lambda x: -x, "positive": lambda x: x, "absolute": _node(sp.Abs), "fabs": _node(sp.Abs),
    "conjugate": lambda x: x,
    "sign": _node(sp.sign), "square": lambda x: x**2, "sqrt": sp.sqrt, "cbrt": sp.cbrt, "reciprocal": lambda x: 1/x,
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
    "greater": _node(sp.Gt), "greater_equal": _node(sp.Ge), "less": _node(sp.Lt), "less_equal": _node(sp.Le),
    "equal": e.eq, "not_equal": e.ne,
    "logical_and": _node(sp.And), "logical_or": _node(sp.Or), "logical_not": _node(sp.Not),
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


def _array_ufunc(self, ufunc, method, *args, **options):
    name = ufunc.__name__
    shown = ("scipy.special." if not hasattr(np, name) else "numpy.") + name
    options = _accepted(shown, options)
    if method == "__call__" and name in UFUNCS and not options:
        return UFUNCS[name](*args)
    if method == "reduce" and name in REDUCE:
        return REDUCE[name](args[0], **{"axis": 0, **options})
    if method == "outer" and name == "multiply":
        return products.outer(*args)
    raise no_primitive(shown + ("" if method == "__call__" else "." + method),
                       "write it with functions that have one: " + ", ".join(UFUNCS) + ".")


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


def _trace(x, offset=0, axis1=0, axis2=1):
    x = operand(x)
    if offset or (axis1, axis2) != (0, 1) or len(sizes_of(x)) != 2:
        raise no_primitive("numpy.trace of other diagonals or more axes",
                           "write symdiff.trace(x), over the last two axes, or einsum.")
    return products.trace(x)


def _kron(a, b):
    a, b = arrange.atleast(a, 2), arrange.atleast(b, 2)
    (n, m), (p, q) = a.sizes, b.sizes
    return arrange.reshape(products.einsum("ij,kl->ikjl", a, b), (n*p, m*q))


def _multi_dot(arrays):
    result = operand(arrays[0])
    for a in arrays[1:]:
        result = products.matmul(result, a)
    return result


def _pad(x, width, mode="constant", constant_values=0):
    if mode != "constant" or isinstance(constant_values, (tuple, list)):
        raise no_primitive(f"numpy.pad with mode {mode!r}", "join what is to stand there by concatenate.")
    x = operand(x)
    widths = np.broadcast_to(np.asarray(width), (len(sizes_of(x)), 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        def block(k):
            return [arrange.broadcast_to(constant_values, x.sizes[:axis] + (k,) + x.sizes[axis + 1:])] if k else []
        x = arrange.concatenate(block(before) + [x] + block(after), axis) if before or after else x
    return x


def _append(x, values, axis=None):
    return arrange.concatenate([x, values], axis)


def _average(x, axis=None, weights=None):
    x = operand(x)
    if weights is None:
        return reduce.mean(x, axis)
    return reduce.sum(x*weights, axis)/reduce.sum(weights if isinstance(weights, ArrayExpr) else operand(weights), axis)


FUNCTIONS = {
    np.sum: reduce.sum, np.mean: reduce.mean, np.prod: reduce.prod, np.max: reduce.max, np.min: reduce.min,
    np.amax: reduce.max,
    np.amin: reduce.min, np.var: reduce.variance, np.std: lambda *a, **k: sp.sqrt(reduce.variance(*a, **k)),
    np.average: _average,
    np.ptp: lambda x, axis=None, keepdims=False: reduce.max(x, axis, keepdims) - reduce.min(x, axis, keepdims),
    np.cumsum: reduce.cumsum, np.cumprod: reduce.cumprod, np.dot: products.dot, np.outer: products.outer,
    np.inner: products.inner,
    np.vdot: lambda a, b: products.dot(arrange.ravel(a), arrange.ravel(b)), np.tensordot: products.tensordot,
    np.einsum: products.einsum,
    np.kron: _kron, np.trace: _trace, np.transpose: arrange.transpose, np.swapaxes: arrange.swapaxes,
    np.moveaxis: arrange.moveaxis,
    np.reshape: lambda x, shape: arrange.reshape(x, shape), np.ravel: arrange.ravel, np.squeeze: arrange.squeeze,
    np.expand_dims: arrange.expand_dims, np.broadcast_to: lambda x, shape: arrange.broadcast_to(x, shape),
    np.concatenate: arrange.concatenate, np.stack: arrange.stack, np.vstack: arrange.vstack, np.hstack: arrange.hstack,
    np.column_stack: arrange.column_stack, np.append: _append, np.split: arrange.split, np.array_split: arrange.split,
    np.atleast_1d: lambda x: arrange.atleast(x, 1), np.atleast_2d: lambda x: arrange.atleast(x, 2),
    np.flip: arrange.flip,
    np.roll: arrange.roll, np.repeat: arrange.repeat, np.tile: arrange.tile, np.diff: arrange.diff, np.pad: _pad,
    np.take: arrange.take, np.diag: arrange.diag, np.diagonal: arrange.diagonal, np.tril: arrange.tril,
    np.triu: arrange.triu,
    np.where: _where, np.select: _select, np.clip: _clip, np.copy: lambda x: x, np.real: lambda x: x,
    np.round: lambda x, decimals=0: x.round(decimals),
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
    np.linalg.vector_norm: lambda x, *, axis=None, keepdims=False, ord=None: reduce.norm(x, ord if ord != 2
                                                                                         or axis is not None else None,
                                                                                         axis, keepdims),
}


def _array_function(self, function, types, args, options):
    name = f"{function.__module__}.{function.__name__}"
    build = FUNCTIONS.get(function)
    if build is None:
        raise no_primitive(name,
                           "write it with functions that have a primitive; symdiff's words are NumPy's: sum, "
                           "mean, max, where, "
                                 "concatenate, stack, take, einsum, linalg.solve, ...")
    return build(*args, **_accepted(name, options))


_IGNORED = {"out": (None,), "where": (True, None), "dtype": (None, float, np.float64, "float64", np.dtype(float)),
            "casting": ("same_kind",),
            "order": ("C", "K", None), "subok": (True, False), "initial": (None,), "mode": ("raise",),
            "device": (None,), "shape": (None,)}


def _accepted(name, options):
    """The options that mean something here; those at their defaults are dropped, those that cannot be kept are
    refused."""
    kept = {}
    for key, value in options.items():
        if value is np._NoValue or type(value) is tuple and all(v is None for v in value):
            continue
        if key not in _IGNORED or key == "mode" and name == "numpy.pad":
            kept[key] = value
        elif not any(value is v or type(value) in (str, bool, type) and value == v for v in _IGNORED[key]):
            raise UnknownForm(f"{name} with {key}= is not read.",
                              do="leave it out: arrays are never changed in place, and numbers are float64.")
    return kept


ArrayExpr.__array_ufunc__ = _array_ufunc
ArrayExpr.__array_function__ = _array_function
ArrayExpr.__array_priority__ = 1000

"""What an array does in Python: operators, comparisons, indexing and NumPy's methods; operands go in, a node comes out.

Importing this module attaches them to ArrayExpr, and makes the traps and SymPy's methods that know no arrays say so.
"""
import sympy as sp

from .. import lengths
from ..errors import ArgumentError, UnknownForm
from . import arrange, factor, indexing, layout, products, ranked, reduce
from .accepted import called
from .core import ArrayExpr, lift, make
from .elementwise import clip, round_, xor

# -- operators --------------------------------------------------------------------------------------------------------


def _minus(x):
    """-x: of a literal number the literal (exactly), else a product with -1."""
    x = lift(x)
    return -x if x.is_Number and not x.is_zero else make(sp.Mul, (sp.S.NegativeOne, x))


def _over(x):
    return make(sp.Pow, (x, sp.S.NegativeOne))


def _divide(a, b):
    if (type(a) is int or isinstance(a, sp.Integer)) and a == 1:
        return _over(b)
    return make(sp.Mul, (a, _over(b)))


def _power(a, b, modulo=None):
    if modulo is not None:
        raise ArgumentError("pow with a modulus of an array.", do="write (a**b) % m.")
    return make(sp.Pow, (a, b))


def _floor_divide(a, b):
    return make(sp.floor, (_divide(a, b),))


BINARY = {
    "add": lambda a, b: make(sp.Add, (a, b)),
    "sub": lambda a, b: make(sp.Add, (a, _minus(b))),
    "mul": lambda a, b: make(sp.Mul, (a, b)),
    "truediv": _divide,
    "floordiv": _floor_divide,
    "pow": _power,
    "mod": lambda a, b: make(sp.Mod, (a, b)),
    "matmul": products.matmul,
    "and": lambda a, b: make(sp.And, (a, b)),
    "or": lambda a, b: make(sp.Or, (a, b)),
    "xor": xor,
}
COMPARE = {"lt": sp.Lt, "le": sp.Le, "gt": sp.Gt, "ge": sp.Ge}


def _attach(name, function, doc=None):
    function.__name__ = name
    setattr(ArrayExpr, name, function)


for _name, _build in BINARY.items():
    _attach(f"__{_name}__", lambda self, other, *rest, build=_build: build(self, other, *rest))
    _attach(f"__r{_name}__", lambda self, other, *rest, build=_build: build(other, self, *rest))
for _name, _op in COMPARE.items():
    _attach(f"__{_name}__", lambda self, other, op=_op: make(op, (self, other)))
_attach("__neg__", lambda self: make(sp.Mul, (sp.S.NegativeOne, self)))
_attach("__pos__", lambda self: self)
_attach("__abs__", lambda self: make(sp.Abs, (self,)))
_attach("__invert__", lambda self: make(sp.Not, (self,)))
_attach("__getitem__", indexing.index)
_attach("__round__", lambda self, digits=None: _rounded(self, digits))
_attach("__floor__", lambda self: make(sp.floor, (self,)))
_attach("__ceil__", lambda self: make(sp.ceiling, (self,)))


def _rounded(x, digits=None):
    if digits:
        raise UnknownForm(f"rounding to {digits} digits.", where=str(x),
                          do=f"write round(x*10**{digits})/10**{digits}.")
    return make(round_, (x,))


# -- traps ------------------------------------------------------------------------------------------------------------

def _refuse(names, error, what, do):
    for name in names:
        def refused(self, *args, name=name, **options):
            raise error(what(self, name), where=str(self), do=do)
        _attach(name, refused)


_refuse(["__bool__"], ArgumentError, lambda self, name: "an array has no truth value.",
        "for `if` write where(condition, a, b); for `and or not` write & | ~ with brackets around comparisons; "
        "for 0 < x < 1 write "
        "(0 < x) & (x < 1); for max(x, y), min(x, y) write maximum, minimum; for x != y write ne(x, y).")
_refuse(["__iter__", "__contains__"], ArgumentError,
        lambda self, name: "an array is not walked through entry by entry.",
        "use the words for whole arrays (sum, max, stack, ...), or index it: [x[i] for i in range(3)].")
_refuse(["__setitem__", "__delitem__"], ArgumentError, lambda self, name: "an array's entries cannot be assigned.",
        "build the new array with where, concatenate or stack.")
_refuse(["__float__", "__int__", "__complex__", "__index__", "item", "tolist", "evalf", "n"],
        ArgumentError,
        lambda self, name: "this is a formula, not data.",
        "for its values compile it and call the result: symdiff.compile(expr, wrt=[...]); for math.exp write "
        "numpy.exp or sympy.exp.")
_refuse(["__array__"], ArgumentError, lambda self, name: "NumPy asked for the entries of a formula.",
        "join arrays by stack([x, y]) rather than numpy.array([x, y]); for values compile the formula and call it.")
_refuse(["diff", "_eval_derivative", "_eval_derivative_n_times", "fdiff"], UnknownForm,
        lambda self, name: "SymPy's diff does not know arrays.",
        "write symdiff.gradient(expr, x), jacobian or hessian.")
SYMPY_ONLY = """adjoint apart args_cnc as_coefficient as_coefficients_dict as_content_primitive as_dummy as_independent
    as_leading_term as_numer_denom as_ordered_factors as_ordered_terms as_poly as_powers_dict as_real_imag as_terms
    aseries
    cancel canonical_variables coeff collect combsimp count count_ops dummy_eq equals extract_additively
    extract_branch_factor
    extract_multiplicatively factor find fourier_series fps gammasimp getn integrate invert is_algebraic_expr
    is_constant
    is_hypergeometric is_meromorphic is_polynomial is_rational_function leadterm limit lseries match matches normal
    nseries nsimplify
    powsimp primitive radsimp ratsimp rcall removeO replace rewrite separate series taylor_term together
    trigsimp""".split()
for _name in SYMPY_ONLY:
    _refuse([_name], UnknownForm, lambda self, name: f"SymPy's {name} does not know arrays.",
            "formulas are simplified when they are compiled; to put expressions in the place of others write "
            "expr.subs({old: new}).")
for _name in "_lambdacode _pythoncode _numpycode _scipycode _mpmathcode _ccode _fcode".split():
    _refuse([_name], UnknownForm, lambda self, name: "SymPy's lambdify and code printers do not know arrays.",
            "write symdiff.compile(expr, wrt=[...]).")


def _length(self):
    """How long the first axis is, where that is a number."""
    first = self.sizes[0] if self.sizes else None
    if type(first) is not int:
        raise ArgumentError("a scalar has no length." if first is None
                            else f"the length of the first axis is {first}, a symbol.",
                            where=str(self),
                            do="use x.shape[0], which may be a symbol, or give the array sizes that are numbers.")
    return first


_attach("__len__", _length)

# -- NumPy's attributes and methods -----------------------------------------------------------------------------------

PROPERTIES = {
    "T": arrange.transpose,
    "mT": arrange.matrix_transpose,
    "shape": lambda self: self.sizes,
    "ndim": lambda self: len(self.sizes),
    "size": lambda self: lengths.product(self.sizes),
    "real": lambda self: self,
}
for _name, _build in PROPERTIES.items():
    setattr(ArrayExpr, _name, property(_build))


def _transposed(self, *axes):
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = axes[0]
    return arrange.transpose(self, axes or None)


METHODS = {
    "sum": reduce.sum, "mean": reduce.mean, "prod": reduce.prod, "max": reduce.max, "min": reduce.min,
    "cumsum": reduce.cumsum,
    "cumprod": reduce.cumprod, "var": lambda self, axis=None, ddof=0, keepdims=False: reduce.variance(self, axis, ddof,
                                                                                                      keepdims),
    "std": lambda self, axis=None, ddof=0, keepdims=False: sp.sqrt(reduce.variance(self, axis, ddof, keepdims)),
    "dot": products.dot, "trace": layout.trace, "reshape": arrange.reshape, "ravel": arrange.ravel,
    "flatten": arrange.ravel,
    "transpose": _transposed, "swapaxes": arrange.swapaxes, "squeeze": arrange.squeeze, "take": arrange.take,
    "repeat": arrange.repeat,
    "diagonal": layout.diagonal, "clip": lambda self, min=None, max=None: clip(self, min, max),
    "round": _rounded, "conj": lambda self: self,
    "conjugate": lambda self: self,
    "det": factor.det, "inv": factor.inv,
    "argmax": ranked.argmax, "argmin": ranked.argmin, "argsort": ranked.argsort,
}
for _name, _build in METHODS.items():
    _attach(_name, lambda self, *args, name=_name, build=_build, **options: called(f"an array's {name}", build,
                                                                                   (self, *args), options))


def _astype(self, dtype, **options):
    import numpy as np
    if np.dtype(dtype).kind != "f":
        raise UnknownForm(f"an array of {np.dtype(dtype)}.", where=str(self),
                          do="use floor, round or a comparison; all numbers are floats.")
    return self


_attach("astype", _astype)

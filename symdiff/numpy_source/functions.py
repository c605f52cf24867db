"""How functions are called in NumPy's code: a SymPy class goes in, a template of the call and its level come out.

{0}, {1} stand for the arguments; `np`, `special` (scipy.special), the helpers and the scalar functions of the records
may be called.
"""
import inspect
import math
import re
import textwrap

import sympy as sp

from ..language.printing.plan import ATOM, MUL
from ..primitives import functions as f
from ..primitives import special as scalars
from . import helpers

_NUMPY = {sp.exp: "exp", sp.log: "log", f.log1p: "log1p", f.expm1: "expm1", f.exp2: "exp2", f.log2: "log2",
          f.log10: "log10", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "arcsin", sp.acos: "arccos",
          sp.atan: "arctan", sp.atan2: "arctan2", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
          sp.asinh: "arcsinh", sp.acosh: "arccosh", sp.atanh: "arctanh",
          sp.Abs: "abs", sp.sign: "sign", sp.floor: "floor",
          sp.ceiling: "ceil", f.round_: "rint", f.cbrt: "cbrt", f.hypot: "hypot", f.logaddexp: "logaddexp",
          sp.Mod: "mod"}
_SCIPY = {sp.erf: "erf", sp.erfc: "erfc", sp.erfinv: "erfinv", f.erfcx: "erfcx", sp.gamma: "gamma",
          sp.loggamma: "gammaln", sp.digamma: "digamma", sp.polygamma: "polygamma", f.ndtr: "ndtr",
          f.log_ndtr: "log_ndtr", f.xlogy: "xlogy", f.exprel: "exprel"}
_HELPERS = (f.sigmoid, f.logistic_pdf, f.log_sigmoid, f.swish, f.leaky_relu, f.half_circle, f.direction, f.log1mexp,
            f.log1prel, f.inverse_mills)
_SCALARS = {f.exprel_cumulant: "exprel_cumulant", f.log_poisson: "log_poisson", f.ierfcx: "ierfcx", sp.jn: "jn",
            f.log1pmx: "log1pmx", f.stirling: "stirling"}

CALLS = {
    **{cls: (f"np.{name}", ATOM) for cls, name in _NUMPY.items()},
    **{cls: (f"special.{name}", ATOM) for cls, name in _SCIPY.items()},
    **{cls: (cls.__name__, ATOM) for cls in _HELPERS},
    **{cls: (name, ATOM) for cls, name in _SCALARS.items()},
}
TEMPLATES = {                               # of arguments in brackets where they are sums or products
    f.relu: ("np.maximum({0}, 0)", ATOM), f.softplus: ("np.logaddexp(0, {0})", ATOM),
    f.step: ("np.heaviside({0}, 0.5)", ATOM), f.hard_unit: ("np.clip({0} + 0.5, 0, 1)", ATOM),
    sp.sech: ("1/np.cosh({0})", MUL), sp.csch: ("1/np.sinh({0})", MUL), sp.coth: ("1/np.tanh({0})", MUL),
    sp.sec: ("1/np.cos({0})", MUL), sp.csc: ("1/np.sin({0})", MUL), sp.cot: ("1/np.tan({0})", MUL),
    f.inv_exprel: ("1/special.exprel({0})", MUL), sp.sinc: ("np.sinc({0:bracket}/np.pi)", ATOM),
}
KNOWN = frozenset([*CALLS, *TEMPLATES, sp.Max, sp.Min, sp.Heaviside])

HELPERS = {name: function for name, function in vars(helpers).items()
           if inspect.isfunction(function) and function.__module__ == helpers.__name__}
LIBRARY = frozenset([*HELPERS, *_SCALARS.values(), "np", "special", "math"])       # names that the text may use itself


def carried(text):
    """(imports, definitions) that a text needs: the helpers it calls, those that they call, and SciPy."""
    wanted, todo = [], [text]
    while todo:
        words = re.findall(r"(?<![\w.])([A-Za-z_]\w*)", todo.pop())
        for name in dict.fromkeys(words):
            if name in wanted or name not in HELPERS and name not in _SCALARS.values():
                continue
            wanted.append(name)
            if name in HELPERS:
                todo.append(inspect.getsource(HELPERS[name]))
    parts = [inspect.getsource(HELPERS[name]).rstrip() for name in sorted(wanted) if name in HELPERS]
    scalar = [name for name in sorted(wanted) if name not in HELPERS]
    parts += _copies(scalar)
    everything = "\n".join([text, *parts])
    imports = ["import math", ""] if scalar else []
    imports += ["import numpy as np"]
    imports += ["from scipy import special"] if re.search(r"(?<![\w.])special\.", everything) else []
    return imports, parts


def _copies(names):
    """The scalar functions with all they need, under names with an underscore in front, and the functions of arrays."""
    if not names:
        return []
    order = _needed(names)
    local = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, order)) + r")\b")
    constants, functions = [], []
    for name in order:
        value = getattr(scalars, name)
        if inspect.isfunction(value):
            body = inspect.getsource(value).rstrip()
            head, quotes, rest = body.partition('"""')
            doc, quotes, code = rest.partition('"""')
            functions.append(local.sub(r"_\1", head) + '"""' + doc + '"""' + local.sub(r"_\1", code))
        else:
            constants.append(wrapped(f"_{name} = {_constant(value)}"))
    arrays = [f"{name} = np.vectorize(_{name}, otypes=[float])" for name in names]
    return ["\n".join(constants), *functions, "\n".join(arrays)]


def wrapped(line):
    """A long line of numbers in several."""
    return "\n".join(textwrap.wrap(line, 110, subsequent_indent=" "*8, break_long_words=False, break_on_hyphens=False))


def _constant(value):
    return {math.inf: "math.inf"}.get(value) or ("math.nan" if value != value else repr(value))


def _needed(names):
    """The names of the scalar functions' module that functions use, those used first in front."""
    order, stack = [], [(name, False) for name in reversed(names)]
    while stack:
        name, ready = stack.pop()
        if name in order:
            continue
        value = getattr(scalars, name)
        if ready or not inspect.isfunction(value):
            order.append(name)
            continue
        stack.append((name, True))
        stack += [(used, False) for used in value.__code__.co_names
                  if used != name and used != "math" and hasattr(scalars, used) and (used, True) not in stack]
    return order

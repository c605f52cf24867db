"""symdiff: mathematics in, a graph in the middle, machine code or a printed derivation out.

The public names are fetched when they are first used, so that importing this costs next to nothing.
"""
import sys
from importlib import import_module

__version__ = "0.1.0"

_WORDS = """sizes array Array
    matmul einsum dot outer trace
    sum mean prod max min logsumexp softmax log_softmax cumsum cumprod norm
    transpose swapaxes reshape ravel squeeze expand_dims broadcast_to concatenate stack vstack hstack take
    diag tril triu eye arange
    scan
    solve triangular_solve inv det slogdet logdet cholesky
    where maximum minimum clip eq ne
    abs acos acosh asin asinh atan atan2 atanh cbrt ceiling cos cosh digamma erf erfc erfcx erfinv exp exp2 expm1 exprel
    floor gamma hard_unit hypot leaky_relu log log1mexp log1p log2 log10 log_ndtr log_sigmoid logaddexp loggamma ndtr
    polygamma relu round_ sigmoid sign sin sinc sinh softplus sqrt step swish tan tanh xlogy""".split()

_ERRORS = """SymdiffError UnknownForm SizeMismatch SizeLost NameClash DTypeError ArgumentError NoDerivative SpecError
    CacheWarning""".split()

_WHERE = {
    **dict.fromkeys(_WORDS, "symdiff.language"),
    **dict.fromkeys(_ERRORS, "symdiff.errors"),
    **dict.fromkeys(["gradient", "jacobian", "hessian"], "symdiff.closed"),
    "Model": "symdiff.document.of_model",
    "parse": "symdiff.formulas",
    "shared": "symdiff.language.printing.sharing",
    "numpy_code": "symdiff.numpy_source",
    "nll": "symdiff.models.distributions",
    "load": "symdiff.spec",
    **dict.fromkeys(["derivation", "picture", "diagram"], "symdiff.picture"),
    "verify": "symdiff.verify",
    "stationary": "symdiff.stationary",
    "compile": "codegen.compile",
    **dict.fromkeys(["train", "Steps", "load_weights"], "codegen.train"),
    "fit": "codegen.fit",
}

__all__ = sorted(_WHERE)
_WHERE["numbers_of"] = "codegen.numbers"                     # for the printed derivation, which may not know codegen


def __getattr__(name):
    place = _WHERE.get(name)
    if place is None:
        raise AttributeError(f"module 'symdiff' has no attribute {name!r}")
    value = globals()[name] = getattr(_module(place), name)
    return value


def _module(place):
    try:
        return import_module(place)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in ("codegen", "symdiff"):
            raise
        found = getattr(import_module(package), "__file__", None)
        raise ImportError(f"{error.name} is not where symdiff-compiler has it: another package called {package} stands "
                          f"in front, {found}.  Uninstall or rename that one; `symdiff doctor` says more.") from error


def __dir__():
    return sorted({*globals(), *__all__})


class _Face(type(sys)):
    """This package as a module: a public name is the verb, never the module of the same name that was imported."""

    def __setattr__(self, name, value):
        if name not in _WHERE or not isinstance(value, type(sys)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face

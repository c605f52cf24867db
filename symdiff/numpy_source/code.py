"""An expression, a list of them or a Model goes in; the text of a Python function that needs NumPy comes out."""
import keyword
import re
import unicodedata

from ..errors import ArgumentError
from ..language.printing import as_text
from ..language.printing.names import plain
from ..language.printing.sharing import Names
from ..model import Model
from .functions import LIBRARY, carried, wrapped
from .given import taken_apart, told_by
from .statements import WIDE, Statements
from .style import NumPyStyle

RESERVED = frozenset(["float", "max", "min", "array", *LIBRARY])
INDENT = " "*4
QUIET = '@np.errstate(all="ignore")                  # of branches that are not taken'


def numpy_code(expr, name="f"):
    """The text of a Python function of the inputs, in order, that computes the expression with NumPy alone.

    A list or tuple of expressions gives a function that returns a tuple; of a Model the loss (or its outputs) is
    computed, by lines with the user's names.  Lengths of axes are taken from the shapes.  What is used twice is
    computed once.  SciPy is imported only for special functions that NumPy lacks.  Names that Python does not take are
    replaced, and a comment says so.  Raises UnknownForm for what has no code, and ArgumentError for a name that
    no function can have.

    >>> from symdiff import array, sizes
    >>> n, d = sizes("n d")
    >>> X, y, w = array("X", n, d), array("y", n), array("w", d)
    >>> print(numpy_code(X.T @ (X @ w - y)/n))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(X, w, y):
        \"\"\"X.T @ (X @ w - y) / n\"\"\"
        X, w, y = (np.asarray(array, dtype=float) for array in (X, w, y))
        n = X.shape[0]
        return X.T @ (X @ w - y)/n
    <BLANKLINE>
    """
    if not isinstance(name, str) or not _is_python(name) or name in RESERVED:
        raise ArgumentError(f"{name!r} is no name for this function.", do='write numpy_code(expr, name="gradient").')
    given = taken_apart(expr)
    called = Called({*RESERVED, name})
    for symbol in (*given.inputs, *[target for target, _ in given.equations], *given.sizes):
        called.add(symbol)
    statements = Statements(NumPyStyle(called, called.constant), called.names)
    for target, body in given.equations:
        statements.define(target, body, called.table[target])
    returned = ", ".join(statements.returned(given.outputs))
    returned = f"({returned}{',' if len(given.outputs) == 1 else ''})" if given.many else returned
    return _text(name, given, called, [*statements.lines, f"return {returned}"], _described(expr, given))


class Called:
    """Names in the code: of inputs, equations and lengths as near to the user's as Python allows."""

    def __init__(self, taken):
        self.names = Names(taken)
        self.table, self.comments, self.used = {}, [], {}
        self.constants = {}                     # Constant -> (name, code)

    def __call__(self, symbol):
        """The name of a symbol in a formula."""
        self.used[symbol] = None
        return self.table[symbol]

    def add(self, symbol):
        """Choose the name of a symbol."""
        wanted = symbol.name
        if not _is_python(wanted) or unicodedata.normalize("NFKC", wanted) != wanted or len(wanted) > 60:
            wanted = re.sub(r"\W+", "_", plain(wanted[:60], ascii=True), flags=re.ASCII).strip("_") or "x"
            wanted = wanted if wanted[0].isalpha() else "x_" + wanted
        free, k = wanted, 2
        while free in self.names.taken or keyword.iskeyword(free):
            free, k = f"{wanted}_{k}" if k > 2 else wanted + "_", k + 1
        self.names.taken.add(free)
        self.table[symbol] = free
        if free != symbol.name:
            self.comments.append(f"# {free} stands for {ascii(plain(symbol.name))}")

    def constant(self, e, code):
        """The name of an array of numbers."""
        if e not in self.constants:
            self.constants[e] = self.names.new("c"), code
        return self.constants[e][0]


def _is_python(name):
    return name.isidentifier() and not keyword.iskeyword(name)


def _text(name, given, called, body, described):
    """The whole text, from the lines of the function."""
    inputs = [called.table[s] for s in given.inputs]
    told, asked = _lengths(given, called)
    begin = [f'"""{described}"""', *called.comments]
    if len(inputs) == 1:
        begin.append(f"{inputs[0]} = np.asarray({inputs[0]}, dtype=float)")
    elif inputs:
        begin.append(f"{', '.join(inputs)} = (np.asarray(array, dtype=float) for array in ({', '.join(inputs)}))")
    constants = [wrapped(f"{place} = {code}") for place, code in called.constants.values()]
    code = "\n".join([*constants, *body])
    imports, definitions = carried(code)
    quiet = [QUIET] if "np.where(" in code else []
    function = [*quiet, f"def {name}({', '.join([*inputs, *asked])}):",
                *[INDENT + line for line in (*begin, *told, *body)]]
    parts = ["\n".join(imports), *definitions, *(["\n".join(constants)] if constants else []), "\n".join(function)]
    return "\n\n\n".join(parts) + "\n"


def _lengths(given, called):
    """(lines that take lengths from shapes, names of those that must be given), of the lengths that the code uses."""
    told, asked = [], []
    for symbol in given.sizes:
        if symbol in called.used:
            code = told_by(symbol, given.inputs, called.table)
            if code is None:
                asked.append(called.table[symbol])
            else:
                told.append(f"{called.table[symbol]} = {code}")
    return told, asked


def _described(expr, given):
    """What the function computes, in one line of a docstring."""
    if isinstance(expr, Model):
        shown = "The loss of the model." if expr.loss is not None else "The outputs of the model."
    else:
        shown = ", ".join([as_text.shown(e, ascii=True).text for e in given.outputs])
    shown = shown if len(shown) <= WIDE else shown[:WIDE] + " ..."
    return shown.replace("\\", "\\\\").replace('"', '\\"')

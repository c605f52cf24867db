"""The rows and inputs of a derivation go in; the drawing of its graph comes out: a box for each, an arrow a use."""
import numpy as np
import sympy as sp
from sympy.tensor.array.expressions import ArraySymbol

from ..document.digits import digits_of, entries
from ..language import Node, sizes_of
from ..language.core import walk
from ..language.printing import names, text
from ..lengths import text as sizes_text
from ..read.inputs import name_of
from .drawing import Arrow, Box, Drawing, Line, formula, name, plain
from .typeset import Run, named, typeset, words

LABELLED = 12                   # boxes up to which arrows carry partial derivatives
DIGITS = 5
ENTRIES = 3                     # of an array that are shown
SYMBOLS = (sp.Symbol, sp.MatrixSymbol, sp.IndexedBase, ArraySymbol)
SIGNS = {sp.Add: "+", sp.Mul: "·", sp.Pow: "power", sp.Piecewise: "choice"}


def drawing(derivation, asked):
    """The Drawing of a Derivation; asked: did the user say what are the parameters?"""
    rows, inputs = derivation.rows, derivation.inputs
    known = {one.name: name_of(one.name) for one in (*inputs, *rows)}
    keys = dict(zip(known, _different(known.values())))
    # formulas have an array in the place of a matrix symbol
    arrays = {known[one.name]: one.name for one in inputs if not isinstance(one.name, sp.Symbol)}
    labelled = len(rows) + len(inputs) <= LABELLED
    boxes, arrows = [], []
    for one in inputs:
        kind = one.role if asked else "input"
        boxes.append(Box(keys[one.name], kind, name(known[one.name]), None, _notes(derivation, one, known)))
    for row in rows:
        kind = "output" if row is rows[-1] else "operation"
        boxes.append(Box(keys[row.name], kind, name(known[row.name]), written("head", row.definition),
                         _notes(derivation, row, known), inside=((_operation(row.definition), 1),)))
        partials = {edge.by: edge.partial for edge in row.edges}
        leaves = [e if e in known else arrays.get(getattr(e, "name", None)) for e in walk(row.definition)]
        for leaf in dict.fromkeys([leaf for leaf in leaves if leaf is not None and leaf != row.name]):
            partial = partials.get(leaf) if labelled else None
            arrows.append(Arrow(keys[leaf], keys[row.name], None if partial is None else written("partial", partial)))
    used = {arrow.source for arrow in arrows} | {keys[rows[-1].name]}
    result = known[rows[-1].name]
    begin = ", ".join([names.plain(known[one.name]) for one in inputs[:8]]) + (", ..." if len(inputs) > 8 else "")
    return Drawing(f"The computational graph of {names.plain(result)}",
                   f"{len(rows)} step{'s' if len(rows) > 1 else ''} from {begin} to {names.plain(result)}, "
                   "left to right.",
                   tuple([box for box in boxes if box.key in used]), tuple(arrows), _marks(derivation, boxes, arrows))


def _different(texts):
    """The texts, those that stood before with a number after them."""
    taken = set()
    for one in texts:
        found, k = one, 1
        while found in taken:
            k += 1
            found = f"{one}#{k}"
        taken.add(found)
        yield found


def _marks(derivation, boxes, arrows):
    """What the lines under the boxes, and the labels of the arrows, are."""
    back, used = derivation.mode == "reverse", {line.role for box in boxes for line in box.notes}
    accumulated = _partial("∂", name_of(derivation.result), "ξ") if back else _partial("d", "ξ", "w")
    marks = {"value": words("value at the point"),
             "adjoint": (*words("adjoint " if back else "tangent "), *accumulated)}
    marks = [(role, runs) for role, runs in marks.items() if role in used]
    if any([arrow.label for arrow in arrows]):
        marks.append(("partial", words("local partial derivative")))
    return tuple(marks)


def written(role, expression):
    """An expression as a Line; without mathematical signs where a name in it is no word."""
    shown = text(expression)
    plainly = any([names.read(name_of(e)) is None for e in walk(expression) if isinstance(e, SYMBOLS)])
    return plain(role, shown) if plainly else formula(role, shown)


def _notes(derivation, one, known):
    """The lines under a box: its sizes, its value, its adjoint or its tangents."""
    lines = []
    if sizes_of(one.name):
        lines.append(plain("size", sizes_text(sizes_of(one.name))))
    if one.value is not None:
        lines.append(_equal("value", None, one.value))
    result = name_of(derivation.result)
    adjoint = getattr(one, "adjoint", None)
    if adjoint is not None and one.name != derivation.result:
        lines.append(_equal("adjoint", ("∂", result, known[one.name]), adjoint))
    for w, tangent in zip(derivation.wrt, getattr(one, "tangents", ())):
        if tangent is not None and not sizes_of(w):
            lines.append(_equal("adjoint", ("d", known[one.name], name_of(w)), tangent))
    return tuple(lines)


def _partial(sign, top, bottom):
    """The runs of ∂top/∂bottom."""
    return (Run(sign, False, 0), *_short(top), Run("/" + sign, False, 0), *_short(bottom))


def _short(called):
    """The runs of a name, cut where it is long."""
    return named(called) if len(called) <= 12 else words(names.plain(called)[:10] + "…")


def _equal(role, derivative, number):
    """A Line: = number, or derivative = number; a derivative is (sign, top, bottom)."""
    shown = _number(number)
    if derivative is None:
        return Line(role, f"= {shown}", (*words("= "), *typeset(shown)))
    sign, top, bottom = derivative
    return Line(role, f"{sign}{names.plain(top)}/{sign}{names.plain(bottom)} = {shown}",
                (*_partial(sign, top, bottom), *words(" = "), *typeset(shown)))


def _number(number):
    """A number, or the first entries of an array, as text."""
    if isinstance(number, sp.Basic):
        return text(number)
    if np.ndim(number) == 0:
        return digits_of(np.asarray(number)[()] + 0.0, DIGITS)               # -0.0 is 0
    flat = np.ravel(number)
    first, _ = entries(flat[:ENTRIES] + 0.0, DIGITS - 2)
    return "[" + ", ".join(first) + (", ...]" if flat.size > ENTRIES else "]")


def _operation(expression):
    """The sign or the word of the outermost operation."""
    op = expression.op if isinstance(expression, Node) else type(expression)
    if isinstance(op, str):
        return {"matmul": "matrix product"}.get(op, op)
    if op is sp.Mul and any([a.is_Pow and a.args[1] == -1 for a in expression.args]):
        return "/"
    return SIGNS.get(op, op.__name__)

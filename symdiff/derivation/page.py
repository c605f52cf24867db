"""A Derivation goes in; the document that is printed of it comes out."""
import numpy as np
import sympy as sp

from ..document.blocks import Display, Document, Heading, Items, Paragraph, Table
from ..document.formulas import Arrow, Equal, Partial, Plus, Times, Value
from ..language import sizes_of
from ..model import Model
from . import numbers
from .paths import paths

DIGITS = 5                      # of the entries of an array, at most
MOST_ROWS = 400                 # of a formula whose derivative is also written as one expression


def document(d):
    """The table of intermediates, what is accumulated, the chain rule along its paths, the closed form, its limits."""
    blocks = [*_formula(d), Paragraph(_setting(d)), *_rewrites(d), Heading("Intermediates"), _intermediates(d),
              Heading("Backward, from the last row up" if d.mode == "reverse" else "Forward, from the first row down"),
              _backward(d) if d.mode == "reverse" else _forward(d),
              Heading("The chain rule"), *_chains(d),
              Heading("Closed form"), *_closed(d),
              Heading("Where it holds"), *d.validity.blocks]
    notes = _notes(d)
    return Document(("Derivation of ", d.result), tuple(blocks + ([Items(notes)] if notes else [])))


def _formula(d):
    if isinstance(d.expression, Model):
        equations = [Display(Equal((name, expr))) for name, expr in d.expression.equations]
        loss = d.expression.loss
        known = loss is None or loss in [name for name, _ in d.expression.equations]
        return equations + ([] if known else [Display(Equal((d.result, loss)))])
    return [Display(Equal((d.result, d.expression)))]


def _setting(d):
    text = ["Differentiated by ", *_listed(d.wrt), f" in {d.mode} mode; ",
            "the steps are those of the formula as typed." if d.steps == "textbook" else
            "the steps are those of the stable graph that is compiled."]
    if d.at is not None:
        point = [Equal((i.name, _value(d, i.value))) for i in d.inputs]
        text += [" At ", *_listed(point), f".  Numbers by {d.by}."]
    return tuple(text)


def _listed(formulas):
    out = []
    for k, formula in enumerate(formulas):
        out += [", ", formula] if k else [formula]
    return out


def _rewrites(d):
    if d.steps == "textbook":
        return []
    if not d.rewrites:
        return [Paragraph("Nothing had to be rewritten.")]
    items = [(Arrow(before, after), ": ", reason) for before, after, reason in d.rewrites]
    return [Heading("Rewritten before it is differentiated"), Items(tuple(items))]


def _intermediates(d):
    at, forward = d.at is not None, d.mode == "forward"
    headers = ["", "definition", "partial derivative", "in the inputs"]
    if at:
        headers += ["value", "its value"]
    whole = [Partial("ξ", w, total=True) for w in d.wrt] if forward else [Partial(d.result, "ξ")]
    rows = []
    for row in d.rows:
        parts = [p for p in (row.definition, row.expanded) if p is not None]
        first = (row.name, _equal(*parts), *[_value(d, row.value)]*at, *_accumulated(d, row))
        for edge in row.edges or (None,):
            name, definition, *rest = first or [None]*(2 + at + len(whole))
            rows.append((name, definition, _partial(edge), edge and edge.expanded, *rest[:at], *[_value(d, edge and edge.value)]*at,
                         *rest[at:]))
            first = None
    return Table((*headers, *whole), tuple(rows), tuple(range(4, 4 + (2 + len(whole))*at)))


def _partial(edge):
    if edge is None:
        return None
    name = Partial(edge.row, edge.by)
    return name if edge.partial is None else Equal((name, edge.partial))


def _accumulated(d, row):
    """The row's dξ/dw for each w, or its ∂L/∂ξ: numbers where there is a point, else closed forms."""
    if d.at is None:
        return list(row.slopes) if d.mode == "forward" else [row.closed]
    return [_value(d, number) for number in (row.tangents if d.mode == "forward" else [row.adjoint])]


def _value(d, number):
    if number is None or isinstance(number, sp.Basic):
        return number
    digits = min(d.digits, DIGITS) if isinstance(number, np.ndarray) and number.ndim else d.digits
    return Value(number + 0.0, digits)                          # -0.0 is printed as 0


# -- what is accumulated -------------------------------------------------------------------------------------------------

def _backward(d):
    at = d.at is not None
    rows = []
    acting = [row for row in reversed(d.rows) if row.edges or row is d.rows[-1]]
    for one in [*acting, *[i for i in d.inputs if i.role == "parameter"]]:
        name = Partial(d.result, one.name)
        if one is d.rows[-1]:
            rows.append((name, None, sp.S.One, *[_value(d, one.adjoint)]*at))
            continue
        rows.append((name, _arriving(d, one), one.closed, *[_value(d, one.adjoint)]*at))
        if at and len(one.users) > 1:
            for edge in one.users:
                rows.append((None, ("by ", edge.row), None, _value(d, edge.part)))
    headers = ["adjoint", "chain rule", "closed form", *["value"]*at]
    return Table(tuple(headers), tuple(rows), (3,)*at)


def _arriving(d, one):
    """The sum over the later rows: of ∂L/∂row · ∂row/∂one, or of their pullbacks where arrays are among them."""
    if not one.users:
        return sp.S.Zero
    if any(sizes_of(edge.row) or sizes_of(edge.by) for edge in one.users) and all(e.pulled is not None for e in one.users):
        return _plus([edge.pulled for edge in one.users])
    return _plus([Partial(edge.row, edge.by) if edge.row is d.result else
                  Times((Partial(d.result, edge.row), Partial(edge.row, edge.by))) for edge in one.users])


def _forward(d):
    at = d.at is not None
    rows = []
    for row in d.rows:
        for k, w in enumerate(d.wrt):
            terms = [_step(edge, w, d.wrt) for edge in row.edges]
            terms = [term for term in terms if term is not None]
            rows.append((Partial(row.name, w, total=True), _plus(terms) if terms else sp.S.Zero, row.slopes[k],
                         *[_value(d, row.tangents[k]) if at else None]*at))
    return Table(("tangent", "chain rule", "closed form", *["value"]*at), tuple(rows), (3,)*at)


def _step(edge, w, wrt):
    local = Partial(edge.row, edge.by)
    if edge.by in wrt:
        return local if edge.by == w else None
    return Times((local, Partial(edge.by, w, total=True)))


# -- the whole -----------------------------------------------------------------------------------------------------------

def _chains(d):
    blocks = []
    for w in d.wrt:
        name = Partial(d.result, w, total=True)
        found = paths(d.rows, w)
        if found is None:
            blocks.append(Paragraph(("There are too many paths from ", w, " to ", d.result,
                                     " to write them out one by one; the table above adds them up row by row.")))
        elif not found:
            blocks.append(Paragraph((d.result, " does not depend on ", w, ".")))
        else:
            products = [Times(tuple([Partial(edge.row, edge.by) for edge in path])) for path in found]
            blocks.append(Display(_equal(name, _plus(products), *_products(d, found))))
    return blocks


def _equal(*parts):
    """a = b = c, each said once."""
    kept = [part for k, part in enumerate(parts) if part is not None and (not k or not _is_same(part, parts[k - 1]))]
    return Equal(tuple(kept)) if len(kept) > 1 else kept[0]


def _is_same(part, other):
    if isinstance(part, Value) and isinstance(other, sp.Expr) and other.is_Number:
        return part.number == float(other)
    return type(part) is type(other) and part == other


def _plus(terms):
    terms = [term.parts[0] if isinstance(term, Times) and len(term.parts) == 1 else term for term in terms]
    return terms[0] if len(terms) == 1 else Plus(tuple(terms))


def _products(d, found):
    """The same with the partials and with their numbers, where all is scalar."""
    edges = [edge for path in found for edge in path]
    if any(sizes_of(edge.row) or sizes_of(edge.by) or edge.partial is None for edge in edges):
        return ()
    written = [_plus([Times(tuple([edge.partial for edge in path])) for path in found])]
    if d.at is not None:
        written.append(_plus([Times(tuple([_value(d, edge.value) for edge in path])) for path in found]))
    return tuple(written)


def _closed(d):
    if len(d.rows) > MOST_ROWS:
        return [Paragraph(f"A formula of {len(d.rows)} steps has no closed form that could be read; the tables above say "
                          f"the same in parts.")]
    number, blocks = d.gradient or {}, []
    for w, form in d.closed.items():
        value = number.get(str(w))
        decimal = Value(float(value), d.digits) if d.exact and getattr(value, "is_extended_real", False) else None
        blocks.append(Display(_equal(Partial(d.result, w, total=True), form, _value(d, value), decimal)))
    return blocks


def _notes(d):
    notes = []
    arrays = any(sizes_of(row.name) for row in d.rows)
    if arrays:
        notes.append(("Where a step works entry by entry, its partial derivative is that of each entry; elsewhere it is "
                      "the Jacobian."))
    if arrays and d.mode == "reverse":
        bar = next(row for row in d.rows if sizes_of(row.name))
        notes.append((bar.bar, " stands for ", Partial(d.result, bar.name), "."))
    if d.by is not None and d.by != numbers.BY_MACHINE and d.steps == "compiled" and not d.exact:
        notes.append("Numba is not installed: the numbers are NumPy's, not those of machine code.")
    return tuple(notes)

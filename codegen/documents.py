"""A compiled function, the report of a check, or measures go in; the Document that shows them comes out."""
import numpy as np
import sympy as sp

from symdiff import lengths
from symdiff.document.blocks import Display, Document, Heading, Items, Paragraph, Table
from symdiff.document.formulas import Arrow, Equal, Value
from symdiff.document.of_model import equations
from symdiff.graph import order
from symdiff.language import Array
from symdiff.model import Model
from symdiff.read import as_arrays
from symdiff.write import write

MOST_REWRITES = 30
MOST_NODES = 3000                               # of a graph whose operations are counted to be shown


def of_compiled(f, reading):
    """What was compiled, its inputs, what was rewritten, and how many operations are left."""
    symbols = [_symbol(key, node) for key, node in zip(f.inputs, f.nodes)]
    inputs = Table(("input", "sizes", "role"),
                   tuple([(symbol, lengths.text(node.sizes) if node.sizes else "",
                           "differentiated by" if key in f.wrt else "given")
                          for symbol, key, node in zip(symbols, f.inputs, f.nodes)]))
    blocks = [*_formula(f.expression), inputs, Paragraph(f"All numbers are {f.dtype}."), *_rewrites(f, reading)]
    if len(order(f.problem.outputs)) <= MOST_NODES:
        blocks += _counts(f.counts)
    return Document("Compiled function", tuple(blocks + [Items(tuple(f.notes))]*bool(f.notes)))


def _symbol(key, node):
    return Array(key, *node.sizes) if isinstance(key, str) else key


def _formula(expression):
    if isinstance(expression, Model):
        return equations(expression)
    if isinstance(expression, dict):
        return [Display(Equal((str(key), one))) for key, one in expression.items() if isinstance(one, sp.Basic)]
    listed = expression if isinstance(expression, (list, tuple)) else [expression]
    return [Display(one) for one in listed if isinstance(one, sp.Basic)]


def _rewrites(f, reading):
    found = f.problem.rewrites
    if not found:
        return [Paragraph("Nothing had to be rewritten before it is differentiated.")]
    shown = found[:MOST_REWRITES]
    named = as_arrays(reading.named)
    written = {side: write(side, reading.symbols | {n: name for n, name in named.items() if n is not side})
               for rewrite in shown for side in (rewrite.node, rewrite.result)}
    items = [(Arrow(written[one.node], written[one.result]), ": ", one.reason) for one in shown]
    items += [f"… and {len(found) - MOST_REWRITES} more"]*(len(found) > MOST_REWRITES)
    return [Heading("Rewritten before it is differentiated"), Items(tuple(items))]


def _counts(counts):
    words = {"value": "value", "value_and_grad": "value and gradient", "jac": "Jacobian"}
    rows = [(words[verb], *map(Value, pair)) for verb, pair in counts.items()]
    return [Heading("Operations, at 64 for each symbolic size"),
            Table(("", "as typed", "after the passes"), tuple(rows), (1, 2))]


def of_check(report):
    """The rows of a check's report, and what they come to."""
    rows = [(row.quantity, row.against, Value(row.judged + row.unjudged), Value(row.error, 2), Value(row.allowed, 1),
             ("ok" if row.ok else "WRONG", f", {row.unjudged} unjudged"*bool(row.unjudged))) for row in report.rows]
    verdict = "Every quantity agrees with every reference." if report.ok else \
        "Some quantity differs from a reference by more than rounding explains." if any(r.judged for r in report.rows) \
        else "No reference gives a number here: nothing was judged."
    more = of_accuracy(report.accuracy).blocks if report.accuracy is not None else ()
    return Document("Check", (Paragraph(verdict), Table(
        ("quantity", "against", "entries", "difference", "allowed", ""), tuple(rows), (2, 3, 4)), *more))


def of_accuracy(report):
    """The rows of a statement of accuracy."""
    rows = [(row.quantity, Value(row.ulp, 2), Value(row.relative, 2), _point(row.worst_at),
             ("ok" if row.ok else "WRONG", f", {row.unjudged} unjudged"*bool(row.unjudged))) for row in report.rows]
    return Document("Accuracy", (
        Paragraph(f"The largest error against mpmath at {report.points} points, in units in the last place; and the same "
                  "over max(1, condition), by which it is judged."),
        Table(("quantity", "ulp", "over max(1, condition)", "at", ""), tuple(rows), (1, 2))))


def _point(at):
    """A point as one cell."""
    cell = []
    for name, value in at.items():
        cell += [", "]*bool(cell) + [Equal((str(name), Value(value if np.ndim(value) else float(value), 17)))]
    return tuple(cell) or None


def of_bench(measures):
    """Measures as a table."""
    rows = [(m.what, Value(m.value, 3), m.unit,
             None if m.reach is None else ("at least " if m.at_least else "at most ", Value(m.reach)),
             {True: "reached", False: "MISSED", None: None}[m.reached]) for m in measures]
    return Document("Measures on this machine", (Table(("", "measured", "unit", "aim", ""), tuple(rows), (1,)),))

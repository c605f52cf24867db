"""A loss and its unknowns go in; the point at which the gradient is zero comes out, and whether that is a minimum."""
import sympy as sp

from .. import instantiate
from ..document.blocks import Display, Document, Paragraph
from ..document.formulas import Equal
from ..document.shown import Shown
from ..errors import ArgumentError, NoDerivative
from ..formulas import parse
from ..language import Array, ArrayExpr, Node, nodes, substitute
from ..lengths import text
from ..model import Model
from ..primitives.leaf import INPUT
from ..read import read_all
from ..write import write
from .columns import layout
from .forms import Forms
from .nature import nature
from .quadratic import Quadratic
from .solve import System

ARITHMETIC = (sp.Add, sp.Mul, sp.Pow)


def stationary(loss, wrt=None):
    """Where the gradient of a loss that is quadratic in its unknowns is zero, in closed form.

    loss   a scalar expression of any dialect, text, or a Model
    wrt    the unknowns: a symbol or name, or a list; a Model's parameters, if left out

    Raises ArgumentError where the loss is not quadratic in the unknowns; NoDerivative where it is no scalar.

    >>> from symdiff.language import sum
    >>> x, y, a, b = Array("x", 5), Array("y", 5), Array("a"), Array("b")
    >>> found = stationary(sum((y - a - b*x)**2), [a, b])
    >>> for unknown, form in found.solution.items():
    ...     print(unknown, "=", form)
    b = sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)
    a = mean(y) - b*mean(x)
    >>> found.minimum
    True
    """
    loss = parse(loss) if isinstance(loss, str) else loss
    wrt = list(getattr(loss, "parameters", ())) if wrt is None else wrt
    asked = list(wrt) if isinstance(wrt, (list, tuple, sp.Tuple)) else [wrt]
    if not asked:
        raise ArgumentError("no unknowns were given.", do="write stationary(loss, [w, b]).")
    return Stationary(loss, asked)


class Stationary(Shown):
    """The stationary point of a quadratic loss.

    equations   ((left, right), …): the normal equations, one for each unknown
    solution    {unknown: expression}, in the order in which they are found: later ones hold those before; {} where
                there is no single solution
    explicit    {unknown: expression}, in the data alone
    minimum     True when it is a minimum for all values (where `conditions` hold), False when for none, else None
    conditions  expressions that must not be negative for that
    unique      False where the equations are singular whatever the values
    """

    def __init__(self, loss, asked):
        reading = read_all(loss)
        if len(reading.outputs) != 1:
            raise ArgumentError(f"{len(reading.outputs)} expressions were given for one loss.", do="give one of them.")
        node, = reading.outputs
        if node.sizes:
            raise NoDerivative(f"a loss is one number, and this has the sizes {text(node.sizes)}.",
                               do="take its sum or its mean.")
        unknowns = [reading.node(w) for w in asked]
        if len(set(unknowns)) < len(unknowns):
            raise ArgumentError("an unknown stands twice in wrt.", do="name it once.")
        if any(w.op is not INPUT for w in unknowns):
            raise ArgumentError("an unknown is an input of the loss.", do="give its symbols.")
        self._symbols = {n: s if isinstance(s, sp.Symbol) else Array(n.attributes[0], *n.sizes)
                         for n, s in reading.symbols.items()}
        self.wrt = tuple([self._symbols[w] for w in unknowns])
        names = ", ".join([w.attributes[0] for w in unknowns])
        self._recipe = loss, asked
        self._solve(Quadratic(node, unknowns, names))
        inlined = loss.expression() if isinstance(loss, Model) else loss
        self.loss = inlined

    def __reduce__(self):
        return Stationary, self._recipe

    def _solve(self, quadratic):
        forms = Forms(self._symbols)
        laid = layout(quadratic)
        found = nature(quadratic, laid)
        system = System(laid, forms, self._symbols)
        self.equations = system.equations
        self.minimum, self.unique, self.solvable = found.minimum if found.unique else None, found.unique, found.solvable
        self.conditions = tuple([forms(node) for node in found.conditions])
        self.solution, self.explicit = {}, {}
        if self.unique:
            solved = system.solution()
            self.solution = {self._symbols[w]: self._bare(expr) for w, expr in solved.items()}
            for w, expr in solved.items():
                known = {s: e for s, e in self.explicit.items()}
                self.explicit[self._symbols[w]] = self._bare(substitute(expr, known) if known else expr)

    def _bare(self, expr):
        """An expression of scalars alone with common factors cancelled; of plain symbols as SymPy's own."""
        if not isinstance(expr, ArrayExpr):
            return sp.together(sp.cancel(expr))
        names, made = {}, {}
        for e in nodes(expr):
            if isinstance(e, Node):
                if e.op not in ARITHMETIC or e.sizes:
                    return expr
                made[e] = e.op(*[made[a] for a in e.args])
            elif isinstance(e, Array) and not e.sizes:
                made[e] = names.setdefault(e, sp.Dummy(str(e)))
            elif isinstance(e, sp.Number):
                made[e] = e
            else:
                return expr
        formula = sp.together(sp.cancel(made[expr]))
        if not formula.free_symbols:
            return formula
        reading = read_all(tuple(names))
        return write(instantiate.substitute(formula, names.values(), reading.outputs), reading.symbols)

    def document(self):
        """What is printed, as blocks."""
        result = Array("L")
        blocks = [Display(Equal((result, self.loss))), Paragraph("Where its derivatives are zero:")]
        blocks += [Display(Equal(sides)) for sides in self.equations]
        if self.solution:
            blocks.append(Paragraph("So"))
            blocks += [Display(Equal(pair)) for pair in self.solution.items()]
        return Document("The stationary point", (*blocks, Paragraph(self._said())))

    def _said(self):
        if not self.solvable:
            return ("These equations have no solution, whatever the values: the loss has no stationary point.",)
        if not self.unique:
            return ("There is no single solution: the equations are singular, whatever the values.",)
        if self.minimum is False:
            return ("It is no minimum: the second derivative is negative.",)
        if self.minimum is None:
            return ("It is the minimum where the second derivative, the matrix of these equations, is positive "
                    "definite.",)
        words = ["It is the minimum, since the loss is a sum of squares"]
        for k, condition in enumerate(self.conditions):
            words += [", if " if k == 0 else " and ", condition, " ≥ 0"]
        return (*words, ", and unique where the equations have one solution.")

"""An expression, a model or a derivation goes in; the picture of its graph comes out, as SVG, DOT and Mermaid."""
from functools import cached_property
from pathlib import Path

import sympy as sp

from ..derivation import Derivation, derivation
from ..errors import ArgumentError, NoDerivative
from ..files import write_file
from ..formulas import parse
from ..model import Model
from .boxes import LABELLED, drawing, written
from .dot import dot
from .folding import FEW, MANY, folded
from .mermaid import mermaid
from .outline import outline
from .svg import svg


FORMS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}


class Picture:
    """A drawing; Jupyter shows it.  Made by `picture` and `diagram`.

    svg       as the text of an SVG file that needs no other file, light and dark
    dot       in the language of Graphviz
    mermaid   as a flowchart of Mermaid, which GitHub draws in Markdown
    words     what is drawn, in a sentence
    """

    def __init__(self, found, draw=svg):
        self._drawing, self._draw = found, draw

    @cached_property
    def svg(self):
        return self._draw(self._drawing)

    @cached_property
    def dot(self):
        return dot(self._drawing)

    @cached_property
    def mermaid(self):
        return mermaid(self._drawing)

    @property
    def words(self):
        return f"{self._drawing.title}: {self._drawing.words}"

    def save(self, path, force=False):
        """Write the drawing to a file, whose suffix says in which form: .svg; .dot, .gv; .mmd, .mermaid.  The path.

        Raises ArgumentError where the suffix is another, or the file exists and `force` is not set.
        """
        suffix = Path(path).suffix if isinstance(path, (str, Path)) else ""
        form = FORMS.get(suffix.lower())
        if form is None:
            raise ArgumentError(f"a picture is not written {'as ' + suffix if suffix else 'without a suffix'}.",
                                where=str(path)[:200], known=", ".join(FORMS),
                                do="give the file one of these suffixes.")
        return write_file(path, getattr(self, form), force)

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return f"<{self.words}>"


def picture(expr, wrt=None, at=None, fold="auto"):
    """The picture of a formula's graph, left to right: inputs, every intermediate, the output; with values at a point.

    expr   an expression of any SymPy dialect, text, a Model, or a Derivation
    wrt    what it is differentiated by: these inputs are drawn as parameters, the others as data; a Model's parameters,
           if left out
    at     the point, {name or symbol: number or array}: boxes then carry their value and their adjoint ∂L/∂ξ
    fold   True: named equations and repeated steps are drawn as one box each; False: every step has its box; "auto":
           folded where there are more than 60 boxes

    Raises ArgumentError for wrong names, values and options.

    >>> drawn = picture("-y*log(1/(1 + exp(-w*x)))", "w", at={"x": 3, "y": 1, "w": 3})
    >>> drawn
    <The computational graph of L: 6 steps from y, w, x to L, left to right.>
    >>> drawn.svg[:4], drawn.dot[:7], drawn.mermaid[:12]
    ('<svg', 'digraph', 'flowchart LR')
    """
    if fold not in (True, False, "auto") or type(fold) is int:
        raise ArgumentError(f"fold is {fold!r}.", do='write fold=True, False or "auto".')
    if isinstance(expr, Derivation):
        if wrt is not None or at is not None:
            raise ArgumentError("a derivation has its own wrt and at.", do="give these to sd.derivation.")
        derived, asked = expr, True
    else:
        derived, asked = _derived(expr, wrt, at), wrt is not None or isinstance(expr, Model) and bool(expr.parameters)
    found = drawing(derived, asked)
    if fold is True or fold == "auto" and len(found.boxes) > MANY:
        found = folded(found, _titles(derived), FEW)
    return Picture(found)


def _derived(expr, wrt, at):
    """What is drawn: of a formula with few steps, or at a point, its derivation, backward where it is a scalar."""
    expr = parse(expr) if isinstance(expr, str) else expr
    asked = list(getattr(expr, "parameters", ())) or None if wrt is None else \
        list(wrt) if isinstance(wrt, (list, tuple, sp.Tuple)) else [wrt]
    if at is None:
        found = outline(expr, asked)
        if len(found.rows) + len(found.inputs) > LABELLED:
            return found
    try:
        return derivation(expr, asked, at)
    except NoDerivative:
        return derivation(expr, asked, at, mode="forward")


def _titles(derived):
    """{key of a named equation: its formula as a Line}."""
    model = derived.expression
    if not isinstance(model, Model):
        return {}
    formulas = {str(name.name): expr for name, expr in model.equations}
    last = derived.result.name
    if model.loss is not None and last not in formulas:
        formulas[last] = model.loss
    return {name: written("head", expr) for name, expr in formulas.items()}


Derivation.drawn = picture                      # a derivation shows its graph, where pages can show one

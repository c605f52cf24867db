"""A formula or Model and names go in; its closed-form derivatives as text, LaTeX, Markdown or HTML come out."""
from symdiff.closed import gradient, jacobian
from symdiff.document.blocks import Display, Document
from symdiff.document.formulas import Equal, Partial
from symdiff.language.core import sizes_of
from symdiff.language.printing import latex
from symdiff.model import Model
from symdiff.read import read_all


def closed_forms(formula, wrt, name, style):
    """The formula and the closed forms of its derivatives by `wrt` (None: the parameters, or all names), a line each."""
    lines = [(name, formula)]
    if isinstance(formula, Model):
        lines, name = _equations(formula)
    known = {symbol.name: symbol for symbol in read_all(formula).inputs}
    if wrt is None:
        wrt = [symbol.name for symbol in getattr(formula, "parameters", ())] or list(known)
    wrt = [known.get(w, w) for w in wrt]
    rule = jacobian if not isinstance(formula, Model) and sizes_of(formula) else gradient
    forms = list(zip(wrt, rule(formula, wrt)))
    if style == "text":
        return "\n".join([f"{left} = {right}" for left, right in lines]
                         + [f"d{name}/d{w} = {form}" for w, form in forms])
    if style == "latex":
        return "\n".join([f"{left if isinstance(left, str) else latex(left)} = {latex(right)}" for left, right in lines]
                         + [rf"\frac{{\partial {name}}}{{\partial {latex(w)}}} = {latex(form)}" for w, form in forms])
    parts = [*lines, *((Partial(name, w), form) for w, form in forms)]
    return _pages()[style](Document(("Derivatives of ", name), tuple([Display(Equal(part)) for part in parts])))


def _equations(model):
    """(the lines of a model, the name of what is differentiated)."""
    lines = list(model.equations)
    for name in [name for name, _ in lines]:
        if model.outputs == (name,):
            return lines, name
    return [*lines, *([("loss", model.loss)] if model.loss is not None else [])], "loss"


def _pages():
    from symdiff.document.html import html
    from symdiff.document.markdown import markdown
    return {"markdown": markdown, "html": html}

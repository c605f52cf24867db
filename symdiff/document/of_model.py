"""A Model goes in; its document comes out: inputs, equations, loss.  A Model shows itself by it."""
from .. import lengths
from ..language.core import sizes_of
from ..model import SHOWN, Model
from .blocks import Display, Document, Heading, Paragraph, Table
from .formulas import Equal
from .shown import Shown

METHODS = "text markdown latex html _repr_html_ _repr_latex_".split()


def of_model(model):
    """The document of a Model.

    >>> from symdiff.language import array
    >>> print(of_model(Model("z = a*x", loss="z**2", parameters=[array("a")])).blocks[0].rows)
    ((a, '', 'parameter'), (x, '', 'data'))
    """
    inputs = [(a, lengths.text(sizes_of(a)) if sizes_of(a) else "", _role(model, a, role))
              for role, arrays in (("parameter", model.parameters), ("data", model.data)) for a in arrays]
    blocks = [Table(("input", "sizes", "role"), tuple(inputs[:SHOWN])), *more(inputs, "inputs")] if inputs else []
    return Document("Model", (*blocks, Heading("Equations"), *equations(model)))


def _role(model, array, role):
    kind = model.constraints.get(array.name)
    return f"{role}, {kind}" if kind is not None else role


def equations(model):
    """The blocks of its equations and its loss; of a long model the first equations."""
    blocks = [Display(Equal((name, expr))) for name, expr in model.equations[:SHOWN]]
    blocks += more(model.equations, "equations")
    if model.loss is not None and model.loss not in [name for name, _ in model.equations]:
        blocks.append(Display(Equal(("loss", model.loss))))
    return blocks


def more(shown, what):
    """A paragraph that says how many more there are than are shown, if any."""
    left = len(shown) - SHOWN
    return [Paragraph(f"… and {left} more {what}.")] if left > 0 else []


Model.document = of_model
for _name in METHODS:
    setattr(Model, _name, getattr(Shown, _name))

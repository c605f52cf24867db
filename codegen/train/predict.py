"""A formula in a model's names, its parameters, running statistics and data go in; the formula's value comes out."""
from symdiff.errors import ArgumentError
from symdiff.formulas import parse

from ..compile import compile as compiled_of


class Predictor:
    """Values of formulas at some parameters (and running statistics), of the model as it predicts."""

    def __init__(self, task, parameters):
        self.task, self.parameters = task, parameters

    def __call__(self, formula, data, named):
        """The value; data by name, in a dict or one by one; what the formula needs and they lack is an error."""
        if data is not None and not hasattr(data, "keys"):
            raise ArgumentError(f"data are given by name, and this is a {type(data).__name__}.",
                                do='write predict("p", X=X), or predict("p", {"X": X}).')
        given = {str(key): value for key, value in {**(data or {}), **named}.items()}
        f = self._compiled(formula, given)
        own = {str(key): value for key, value in self.parameters.items()}
        needed = {str(key) for key in f.inputs}
        spare = [key for key in given if key not in {str(k) for k in self.task.compiled.inputs} | needed]
        if spare:
            raise ArgumentError(f"no input is called {spare[0]}.", known=", ".join(sorted(needed - set(own))),
                                do="give the data that the formula needs.")
        values = {key: value for key, value in {**own, **given}.items() if key in needed}
        return f(values)

    def _compiled(self, formula, given):
        """The formula as a function of data and parameters."""
        model = self.task.model
        if model is not None:
            model = model.predicting([name for name in model.modes if name not in given])
            return compiled_of(model.expression(formula), [], self.task.compiled.dtype)
        if isinstance(formula, str):
            names = {str(s): s for s in self.task.compiled._reading.inputs}
            formula = parse(formula, **names)
        return compiled_of(formula, [], self.task.compiled.dtype)

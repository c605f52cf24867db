"""What a training has found goes in; parameters, loss, history, a summary and a curve come out."""
from dataclasses import dataclass, field

import numpy as np

from symdiff.errors import ArgumentError

from . import weights
from .predict import Predictor


@dataclass(frozen=True, eq=False)
class Training:
    """A trained model.

    parameters  {name: value}                     loss        at these parameters, of all rows trained on, as predict
                                                              sees them: without dropout, by running statistics
    statistics  {name: value} of the running statistics that training has kept for prediction
    reason      why it ended, as a sentence       ok          did it end as it should?
    fault       the first intermediate that went bad (its words, name, formula, row), or None
    losses      of each epoch or iteration: the mean over its batches, as the parameters moved
    validation  the validation loss after each epoch; empty without validation
    spread      the loss that each start led to, in order of the starts; the parameters are those of the best
    steps       how many steps were taken         seconds     how long it took
    x           the point found as one vector: of a constrained parameter its free numbers

    >>> from symdiff.language import array, mean
    >>> from symdiff.lengths import sizes
    >>> from codegen.train import train
    >>> n = sizes("n")
    >>> x, y, slope = array("x", n), array("y", n), array("slope")
    >>> found = train(mean((slope*x - y)**2), {"x": [1.0, 2, 3], "y": [2.0, 4, 6]}, method="L-BFGS-B")
    >>> found.ok, round(found.parameters["slope"], 6)
    (True, 2.0)
    >>> found.predict(slope*x, x=[10.0]).round(4)
    array([20.])
    """
    parameters: dict
    loss: float
    reason: str
    ok: bool
    method: str
    losses: np.ndarray
    validation: np.ndarray
    spread: np.ndarray
    steps: int
    seconds: float
    fault: object = None
    task: object = None
    statistics: dict = field(default_factory=dict)
    x: object = None

    @property
    def epochs(self):
        """How many epochs or iterations were taken."""
        return len(self.losses)

    def predict(self, formula, data=None, /, **named):
        """The value of one of the model's equations, or of another formula in its names, at the trained parameters.

        Masks that are not among the data are at rest, so that dropout changes nothing; statistics of a batch are the
        running ones, so that a row's value does not depend on the other rows.
        """
        return Predictor(self.task, {**self.parameters, **self.statistics})(formula, data, named)

    def save(self, path, force=False):
        """The parameters and the running statistics as an .npz file, written whole or not at all; `sd.load_weights`
        reads it."""
        values = {**self.parameters, **self.statistics}
        return weights.save(path, values, f"trained by {self.method}: {self.reason}", force)

    def plot(self, axes=None):
        """The losses over the epochs, drawn with matplotlib (extra `plot`); the axes."""
        axes = axes or _axes()
        axes.plot(np.arange(1, len(self.losses) + 1), self.losses, label="training")
        if len(self.validation):
            axes.plot(np.arange(1, len(self.validation) + 1), self.validation, label="validation")
            axes.legend()
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        return axes

    def __repr__(self):
        unit = "epochs" if self.steps != len(self.losses) else "steps"
        lines = [f"trained by {self.method}, {len(self.losses)} {unit}, {self.seconds:.3g} s: {self.reason}",
                 f"  loss        {self.loss:.6g}"]
        if len(self.validation):
            lines.append(f"  validation  {np.nanmin(self.validation):.6g} at its lowest")
        if self.fault is not None:
            lines.append(f"  first bad   {self.fault}")
        if len(self.spread) > 1:
            low, middle, high = np.nanmin(self.spread), np.nanmedian(self.spread), np.nanmax(self.spread)
            lines.append(f"  starts      {len(self.spread)}, their losses from {low:.6g} to {high:.6g}, "
                         f"half of them below {middle:.6g}")
        for key, value in list(self.parameters.items())[:12]:
            text = np.array2string(np.asarray(value), precision=5, threshold=6, edgeitems=2).replace("\n", " ")
            lines.append(f"  {str(key):<11} {' '.join(text.split())}")
        return "\n".join(lines + ["  …"]*(len(self.parameters) > 12))


def _axes():
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ArgumentError("a curve is drawn with matplotlib, which is not installed.",
                            do='pip install "symdiff-compiler[plot]"') from None
    return pyplot.figure().add_subplot()

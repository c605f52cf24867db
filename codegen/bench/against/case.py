"""Nothing goes in; Case comes out: a model, its data, its point and what is asked of it."""
from dataclasses import dataclass, field, replace
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Training:
    """Steps of Adam (Kingma and Ba, 2015): so many epochs of batches, whose last one may be smaller."""
    batch: int
    epochs: int
    rate: float = 1e-3


@dataclass(frozen=True, eq=False)
class Case:
    """One line of the comparison.

    family   what it is one size of, for the picture      size   of its data, as text
    entries  how large it is, as a number
    asked    "gradient" (with the value), "jacobian", "hessian", "product" (Hessian times the array `direction`), or
             "training" (the loss of all rows and the parameters, after the steps of `training`)
    model    model(words, {name: array}) -> the value
    forms    {name: model} of the ways to write it, where there are several; each system is measured by its quickest
    values   {name: NumPy array or float}                 wrt    the names to differentiate by
    limit    {"logistic": …} or {"products": …}: what code by hand, or BLAS, is timed beside it
    operations  how many scalars the model names, where it is a long line of them
    unrolled    how many steps of loops there are for a system that writes them out
    named_rows  is the length of the first axis of data a name for us, or a number as all others are?
    """
    family: str
    size: str
    entries: int
    asked: str
    model: Callable
    values: dict
    wrt: tuple
    dtype: str = "float64"
    direction: np.ndarray | None = None
    limit: dict = field(default_factory=dict)
    operations: int | None = None
    unrolled: int = 0
    forms: dict = field(default_factory=dict)
    training: Training | None = None
    named_rows: bool = True

    @property
    def name(self):
        """The family and the size."""
        return f"{self.family} {self.size}"

    @property
    def data(self):
        """The names of what is not differentiated by."""
        return tuple([name for name in self.values if name not in self.wrt])

    @property
    def written(self):
        """{name of the form: the case in it}; one without a name where there is one form."""
        return {name: replace(self, model=model) for name, model in self.forms.items()} or {"": self}

    @property
    def rows(self):
        """The length of the first axis of the data."""
        return len(self.values[self.data[0]])

    @property
    def steps(self):
        """What a call is divided into: the steps of a training, else 1."""
        return self.training.epochs*-(-self.rows//self.training.batch) if self.training else 1

"""A Model goes in, or none for a linear one; an estimator of scikit-learn's kind, with fit and predict, comes out.

It needs scikit-learn (extra `sklearn`).
"""
import warnings
from functools import cache

import numpy as np

from symdiff import language as words
from symdiff.errors import ArgumentError
from symdiff.language.core import sizes_of
from symdiff.model import Model
from symdiff.modes import Mask

from .compile import compile
from .train import train

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError('estimators need scikit-learn 1.6 or newer: pip install "symdiff-compiler[sklearn]"') from error


class _Estimator(BaseEstimator):
    """What both share: a model whose data are X and y is fitted by `train`, and one of its formulas is evaluated."""

    def __init__(self, model=None, prediction=None, method="L-BFGS-B", max_iter=1000, options=None, random_state=None):
        self.model = model
        self.prediction = prediction
        self.method = method
        self.max_iter = max_iter
        self.options = options
        self.random_state = random_state

    def _trained(self, model, X, y):
        names = {array.name for array in model.data} - {name for name, mode in model.modes.items()
                                                         if isinstance(mode, Mask)}
        if names != {"X", "y"}:
            raise ArgumentError("the data of this model are not X and y.", where=f"data: {', '.join(sorted(names))}",
                                do="call what is given X (rows, columns), and what is predicted y.")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1)) if self.random_state is not None else 0
        function = compile(model.predicting().expression(self.prediction or _last(model)), [])
        known = {"X", *model.modes, *(array.name for array in model.parameters)}
        if not {str(key) for key in function.inputs} <= known:
            raise ArgumentError("what is predicted holds y, which new rows have not.",
                                where=str(function.expression)[:200], do="name another equation as prediction.")
        found = train(model, {"X": X, "y": y}, None, self.method, epochs=self.max_iter, seed=seed, progress=False,
                      **(self.options or {}))
        if not found.ok:
            warnings.warn(f"the training ended early: {found.reason}", ConvergenceWarning, stacklevel=3)
        self.parameters_ = {str(name): value for name, value in found.parameters.items()}
        self.statistics_ = found.statistics
        self.loss_, self.n_iter_ = found.loss, max(1, found.epochs)
        self._function = function
        return self

    def _predicted(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        given = {"X": X, **self.parameters_, **self.statistics_}
        found = np.asarray(self._function({str(key): given[str(key)] for key in self._function.inputs}))
        if found.shape[:1] != X.shape[:1]:
            raise ArgumentError("the prediction has no value for each row.", where=f"its shape is {found.shape}",
                                do="name an equation whose first axis is that of X.")
        return found


class SymdiffRegressor(RegressorMixin, _Estimator):
    """A model of numbers, for scikit-learn's pipelines and searches.

    model         a Model whose data are X (rows, columns) and y (rows); None: linear least squares
    prediction    the equation, or formula in its names, that predicts y; None: its last equation but the loss
    method        any of `train`, max_iter its epochs or iterations, options further arguments of it
    random_state  decides random starts and the order of rows

    After fit: parameters_ {name: array}, statistics_ (running ones, of batch normalisation), loss_, n_iter_,
    n_features_in_.  A model with dropout needs a method that takes steps along gradients: "adam", "sgd", …

    >>> import numpy as np
    >>> X = np.arange(6.0).reshape(6, 1)
    >>> SymdiffRegressor().fit(X, 2*X[:, 0] + 1).predict([[10.0]]).round(4)
    array([21.])
    """

    def fit(self, X, y):
        """Find the parameters; the estimator."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        return self._trained(self.model or _linear(), X, np.asarray(y, float))

    def predict(self, X):
        """The prediction for each row."""
        return self._predicted(X)


class SymdiffClassifier(ClassifierMixin, _Estimator):
    """A model of classes, for scikit-learn's pipelines and searches.

    model         a Model whose data are X (rows, columns) and y: rows, the number of the class from 0; or rows and
                  classes, 1 at its class; None: logistic regression, of two classes or more
    prediction    the equation that gives the chance of class 1, or of each class; None: its last one but the loss

    The other arguments as SymdiffRegressor has them.  After fit: classes_, parameters_, statistics_, loss_, n_iter_,
    n_features_in_.

    >>> import numpy as np
    >>> X = np.array([[0.0], [1], [2], [3], [4], [5]])
    >>> SymdiffClassifier().fit(X, ["a", "b", "a", "b", "b", "b"]).predict([[-3.0], [9]])
    array(['a', 'b'], dtype='<U1')
    """

    def fit(self, X, y):
        """Find the parameters; the estimator."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ArgumentError("y has 1 class only, and there is nothing to tell apart.",
                                do="give rows of two classes or more.")
        model = self.model or (_logistic() if len(self.classes_) == 2 else _multinomial(len(self.classes_)))
        one_hot = any(array.name == "y" and len(sizes_of(array)) == 2 for array in model.data)
        return self._trained(model, X, np.eye(len(self.classes_))[codes] if one_hot else codes.astype(float))

    def predict_proba(self, X):
        """The chance of each class, for each row."""
        found = self._predicted(X)
        found = np.column_stack([1 - found, found]) if found.ndim == 1 else found
        if found.shape[1:] != self.classes_.shape or found.size and not (found.min() >= 0 and found.max() <= 1 + 1e-9):
            raise ArgumentError(f"the prediction gives no chances of {len(self.classes_)} classes.",
                                where=f"its shape is {found.shape}",
                                do="name an equation of numbers in [0, 1]: one a row, or one a row and class.")
        return found

    def predict(self, X):
        """The likeliest class of each row."""
        chances = self.predict_proba(X)
        return self.classes_[np.argmax(chances, axis=1)]


def _last(model):
    names = [name for name, expr in model.equations if name.name != "loss" and name is not model.loss]
    if not names:
        raise ArgumentError("this model has no equation but its loss.", do='say what predicts: prediction="X @ w + b".')
    return names[-1].name


@cache
def _linear():
    return Model("f = X @ w + b", "mean((f - y)**2)", {"w": ("d",), "b": ()}, {"X": ("n", "d"), "y": ("n",)})


@cache
def _logistic():
    return Model("z = X @ w + b\np = sigmoid(z)", "mean(softplus(z) - y*z)", {"w": ("d",), "b": ()},
                 {"X": ("n", "d"), "y": ("n",)})


@cache
def _multinomial(classes):
    n, d = words.sizes("n d")
    X, y = words.array("X", n, d), words.array("y", n, classes)
    W, b = words.array("W", d, classes), words.array("b", classes)
    z, p = words.array("z", n, classes), words.array("p", n, classes)
    loss = -words.mean(words.sum(y*words.log_softmax(z, axis=1), axis=1))
    return Model([(z, X @ W + b), (p, words.softmax(z, axis=1))], loss, [W, b], [X, y])

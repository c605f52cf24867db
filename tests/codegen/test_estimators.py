"""The estimators by scikit-learn's own checks, and beside its own estimators."""
import pickle

import numpy as np
import pytest

import symdiff as sd

pytest.importorskip("sklearn", minversion="1.6")
from sklearn.base import clone                                              # noqa: E402
from sklearn.datasets import load_diabetes, load_iris                       # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression       # noqa: E402
from sklearn.model_selection import GridSearchCV                            # noqa: E402
from sklearn.pipeline import make_pipeline                                  # noqa: E402
from sklearn.preprocessing import StandardScaler                            # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks          # noqa: E402

from codegen.estimators import SymdiffClassifier, SymdiffRegressor          # noqa: E402
from symdiff.models.network import BatchNorm, Dense, Dropout                # noqa: E402
from symdiff.models.network import network as made                          # noqa: E402


@parametrize_with_checks([SymdiffRegressor(), SymdiffClassifier()])
def test_scikit_learn_s_checks(estimator, check):
    check(estimator)


def test_a_linear_model_is_scikit_learn_s():
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X[:, [0, 1, 2, 3, 8, 9]])
    ours = SymdiffRegressor(method="trust-exact").fit(X, y)
    theirs = LinearRegression().fit(X, y)
    assert ours.parameters_["w"] == pytest.approx(theirs.coef_, rel=1e-6)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-9)


@pytest.mark.parametrize("classes", [[1, 2], [0, 1, 2]])
def test_chances_are_scikit_learn_s(classes):
    X, y = load_iris(return_X_y=True)
    X, y = X[np.isin(y, classes)][:, :2], y[np.isin(y, classes)]
    ours = SymdiffClassifier(options={"options": {"gtol": 1e-9, "ftol": 1e-15}}).fit(X, y)
    theirs = LogisticRegression(C=np.inf, tol=1e-9, max_iter=5000).fit(X, y)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-4)
    assert ours.classes_.tolist() == classes


NETWORK = """h = tanh(X @ W + b)
f = h @ v + c"""


def network():
    return sd.Model(NETWORK, "mean((f - y)**2)", {"W": ("d", 8), "b": (8,), "v": (8,), "c": ()},
                    {"X": ("n", "d"), "y": ("n",)})


def test_dropout_and_batch_normalisation():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (200, 2))
    y = X[:, 0]*X[:, 1] > 0
    model = made([Dense(16, "relu"), BatchNorm(), Dropout(0.1), Dense(1)], ("X", "n", 2), "bernoulli")
    ours = SymdiffClassifier(model, method="adam", max_iter=150, options={"rate": 0.02}, random_state=1).fit(X, y)
    assert ours.score(X, y) > 0.95 and set(ours.statistics_) == {"mean2", "var2"}
    np.testing.assert_allclose(ours.predict_proba(X[:1]), ours.predict_proba(X)[:1], rtol=1e-12)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(ours)).predict_proba(X), ours.predict_proba(X))
    with pytest.raises(sd.ArgumentError, match="mask3"):
        SymdiffClassifier(model).fit(X, y)


def test_a_network_in_a_pipeline_and_in_a_search():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (200, 1))
    y = np.sin(2*X[:, 0])
    search = GridSearchCV(make_pipeline(StandardScaler(), SymdiffRegressor(network(), random_state=1)),
                          {"symdiffregressor__max_iter": [3, 400]}, cv=2).fit(X, y)
    assert search.best_params_ == {"symdiffregressor__max_iter": 400} and search.score(X, y) > 0.95


def test_a_fitted_estimator_survives_pickling_and_cloning():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(30, 2))
    fitted = SymdiffRegressor(network(), max_iter=5).fit(X, X[:, 0])
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).predict(X), fitted.predict(X))
    assert np.array_equal(clone(fitted).fit(X, X[:, 0]).predict(X), fitted.predict(X))


@pytest.mark.parametrize("model, prediction, words", [
    (sd.Model("f = Z @ w", "mean((f - y)**2)", {"w": ("d",)}, {"Z": ("n", "d"), "y": ("n",)}), None, "not X and y"),
    (sd.Model("r = X @ w - y", "mean(r**2)", {"w": ("d",)}, {"X": ("n", "d"), "y": ("n",)}), None, "holds y"),
    (sd.Model("", "mean((X @ w - y)**2)", {"w": ("d",)}, {"X": ("n", "d"), "y": ("n",)}), None, "but its loss"),
])
def test_models_that_do_not_fit_are_refused(model, prediction, words):
    with pytest.raises(sd.ArgumentError, match=words):
        SymdiffRegressor(model, prediction).fit(np.eye(3), np.ones(3))


def test_one_class_is_refused():
    with pytest.raises(sd.ArgumentError, match="1 class"):
        SymdiffClassifier().fit(np.eye(3), np.ones(3))

"""Nonlinear regressions: fits from two starts far off against parameters and standard errors found with 80 digits."""
import numpy as np
import pytest

import symdiff as sd
from tests.cases.regressions import REGRESSIONS, certified, data

QUICK = ["Michaelis-Menten", "two predictors"]


@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.nightly)
                                  for name in REGRESSIONS])
def test_regression(name):
    case, given = REGRESSIONS[name], data(name)
    arrays = {p: sd.array(p) for p in case.truth} | {key: sd.array(key, len(v)) for key, v in given.items()}
    model = sd.parse(case.formula, **{key: a for key, a in arrays.items() if key != "y"})
    parameters, errors = certified(name)
    for start in case.starts:
        found = sd.fit(sd.sum((arrays["y"] - model)**2), given, dict(zip(case.truth, map(float, start))))
        assert np.max(np.abs([found.coefficients[p] for p in case.truth]/parameters - 1)) < 1e-8, start
        assert np.max(np.abs([found.standard_errors[p] for p in case.truth]/errors - 1)) < 1e-8, start

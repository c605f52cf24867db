"""NIST's nonlinear regressions: fits from both starts against the certified parameters and standard deviations."""
import numpy as np
import pytest

import symdiff as sd
from tests.cases.loading import load, report

STARTS = ("start1", "start2")


def fit_errors(every=1):
    """{"problem start": error of the worst parameter}, the same of standard deviations; of every so many problems."""
    errors, deviations = {}, {}
    for name, problem in list(load("loaders").nist().items())[::every]:
        n, parameters = problem["nobs"], problem["params"]
        names = {p: sd.array(p) for p in parameters} | {x: sd.array(x, n) for x in problem["predictors"]}
        data = dict(zip(problem["predictors"], np.asarray(problem["x"], dtype=float).reshape(-1, n)))
        data["y"] = np.log(problem["y"]) if problem["response"] == "log(y)" else np.asarray(problem["y"], dtype=float)
        loss = sd.sum((sd.array("y", n) - sd.parse(problem["model"], **names))**2)
        for start in STARTS:
            found = sd.fit(loss, data, dict(zip(parameters, map(float, problem[start]))))
            errors[f"{name} {start}"] = worst(found.coefficients, parameters, problem["certified"])
            if float(problem["certified_rss"]) > 1e-20:         # below, the residuals are the rounding of y
                deviations[f"{name} {start}"] = worst(found.standard_errors, parameters, problem["certified_sd"])
    return errors, deviations


def worst(found, parameters, certified):
    """The largest relative error."""
    wanted = np.array(certified, dtype=float)
    return float(np.max(np.abs(np.array([found[p] for p in parameters])/wanted - 1)))


@pytest.mark.parametrize("every, count", [(20, 4), pytest.param(1, 54, marks=pytest.mark.nightly)])
def test_certified_values(every, count):
    errors, deviations = fit_errors(every)
    assert len(errors) == count
    assert report("NIST fits, parameters", errors, 1e-6) == []
    assert report("NIST fits, standard deviations", deviations, 1e-6) == []

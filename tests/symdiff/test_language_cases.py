"""Objectives written for NumPy trace by being called with arrays: the shared cases, with all inputs arrays or a few."""
import pathlib
import sys

import numpy as np
import pytest

import symdiff.language as sd

CASES = pathlib.Path(__file__).resolve().parents[3]/"shared"/"cases"
if not CASES.is_dir():
    pytest.skip(f"{CASES} is not there", allow_module_level=True)
sys.path.insert(0, str(CASES))
import gradbench_cases as gradbench  # noqa: E402
import large_graphs  # noqa: E402
import matrix_cases as matrix  # noqa: E402


def arrays(inputs, names):
    return {k: sd.array(k, *np.shape(v)) if isinstance(v, np.ndarray) and k in names else v for k, v in inputs.items()}


@pytest.mark.parametrize("name", matrix.CASES)
def test_matrix_cases(name):
    case = matrix.CASES[name]
    inputs = case.inputs()
    # used as positions, and in NumPy alone
    every = set(inputs) - {"hmm_forward": {"obs"}, "gp_marginal_likelihood": {"X"}}.get(name, set())
    for names in (case.wrt, every):
        assert case.objective(np, arrays(inputs, names)).sizes == ()


@pytest.mark.parametrize("name, size",
    [("hello", "8"), ("gmm", "gb_d3_k4_n50_m2"), ("gmm", "1k_d10_K5"), ("lstm", "l2_c1024@8"), ("llsq", "n16_m4"),
        ("lse", "n100")])
def test_gradbench_cases(name, size):
    case = gradbench.CASES[name]
    inputs = case.inputs(size)
    for names in (case.wrt, inputs):
        assert case.objective(np, arrays(inputs, names)).sizes == ()


@pytest.mark.parametrize("name", large_graphs.RECIPES)
def test_large_graphs(name):
    recipe = large_graphs.RECIPES[name]
    size = recipe.sizes[1]
    for numbers in (large_graphs.NumpyNS(), large_graphs.SympyNS()):
        out = recipe.fn([sd.array(f"x{k}") for k in range(recipe.n_in(size))], numbers, size)
        assert all(isinstance(e, sd.ArrayExpr) and e.sizes == () for e in out)

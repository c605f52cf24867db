"""Matrix calculus, 41 cases of the literature: value, gradient and small Hessian of the compiled functions."""
import pytest

from tests.cases.loading import compiled, matrix_errors, report


@pytest.mark.parametrize("every, count, small", [(6, 7, 6), pytest.param(1, 41, 39, marks=pytest.mark.nightly)])
def test_matrix_cases(every, count, small):
    gradients, hessians = matrix_errors(compiled, every)
    assert (len(gradients), len(hessians)) == (count, small)
    assert report("matrix calculus, gradients", gradients, 1e-10) + report("their Hessians", hessians, 1e-8) == []

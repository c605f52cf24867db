"""Matrix calculus, 41 cases of the literature: value, gradient and small Hessian of the compiled functions."""
from tests.cases.loading import compiled, matrix_errors, report


def test_matrix_cases():
    gradients, hessians = matrix_errors(compiled)
    assert (len(gradients), len(hessians)) == (41, 39)
    assert report("matrix calculus, gradients", gradients, 1e-10) + report("their Hessians", hessians, 1e-8) == []

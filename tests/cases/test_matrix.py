"""Matrix calculus, 41 cases of the literature: value, gradient and small Hessian of the compiled functions."""
import symdiff as sd

from tests.cases.loading import matrix_errors, report


def test_matrix_cases():
    gradients, hessians = matrix_errors(lambda expression, wrt: sd.compile(expression, wrt=wrt))
    assert (len(gradients), len(hessians)) == (41, 39)
    failed = report("matrix calculus, gradients", gradients, 1e-10) + report("matrix calculus, Hessians", hessians, 1e-8)
    assert failed == []

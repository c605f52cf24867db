"""NIST's 27 regression problems: gradient, Jacobian rows and Hessian at both starts and at the certified solution."""
from tests.cases.loading import compiled, nist_errors, parsed, report


def test_nist():
    errors = nist_errors(compiled, parsed)
    assert len(errors) == 81
    assert report("NIST regression", errors, 1e-9) == []

"""NIST's 27 regression problems: gradient, Jacobian rows and Hessian at both starts and at the certified solution."""
import pytest

from tests.cases.loading import compiled, nist_errors, parsed, report


@pytest.mark.parametrize("every, count", [(6, 15), pytest.param(1, 81, marks=pytest.mark.nightly)])
def test_nist(every, count):
    errors = nist_errors(compiled, parsed, every)
    assert len(errors) == count
    assert report("NIST regression", errors, 1e-9) == []

"""NIST's 27 regression problems: gradient, Jacobian rows and Hessian at both starts and at the certified solution."""
import symdiff as sd
from tests.cases.loading import nist_errors, report


def test_nist():
    errors = nist_errors(lambda expression, wrt: sd.compile(expression, wrt=wrt), lambda text, names: sd.parse(text, **names))
    assert len(errors) == 81
    assert report("NIST regression", errors, 1e-9) == []

"""Large scalar graphs: Jacobian and Hessian of the compiled recipes, arms to Brusselators; `-s` shows the times."""
import pytest

from tests.cases.loading import compiled, large_graph_errors, report

TOLERANCE = 1e-9                                                # the logistic map of 20 steps has condition 1e6


@pytest.mark.parametrize("largest, count", [(3, 16), pytest.param(512*512, 53, marks=pytest.mark.nightly)])
def test_large_graphs(largest, count):
    """Recipes whose Jacobian has at most so many entries."""
    errors = large_graph_errors(compiled, largest)
    assert len(errors) == count
    assert report("large graphs", errors, TOLERANCE) == []

"""Large scalar graphs: Jacobian and Hessian of the compiled recipes, arms to Brusselators; `-s` shows the times."""
import pytest

from tests.cases.loading import compiled, large_graph_errors, report

TOLERANCE = 1e-9                                                # the logistic map of 20 steps has condition 1e6


@pytest.mark.parametrize("largest, every, count", [(9, 6, 4), pytest.param(512*512, 1, 53, marks=pytest.mark.nightly)])
def test_large_graphs(largest, every, count):
    """Recipes whose Jacobian has at most so many entries, or every so many of them."""
    errors = large_graph_errors(compiled, largest, every)
    assert len(errors) == count
    assert report("large graphs", errors, TOLERANCE) == []

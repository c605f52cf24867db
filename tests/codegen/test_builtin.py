"""Objects lie in memory as our built-in functions have it, or there are none."""
import numpy as np

from codegen import builtin


def test_objects_lie_as_the_machine_code_has_it():
    assert builtin.numpy_functions() is not None
    assert not builtin._lies_as_expected(np.ones(2).view(np.recarray))

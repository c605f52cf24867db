"""The Numba boundary: what Numba compiles runs, and its machine code runs again wherever it can be linked."""
import pickle

import numpy as np
import pytest
from numba import types

from codegen import jit


def doubled(x, out):
    for k in range(x.size):
        out[k] = 2.0*np.sin(x[k])


@pytest.fixture(scope="module")
def made():
    return jit.function(doubled, types.void(*[types.float64[::1]]*2))


def right(entry):
    x = np.arange(7.0)
    x.flags.writeable = False
    out = np.empty(7)
    entry(x, out)
    np.testing.assert_allclose(out, 2*np.sin(x), rtol=1e-15)


def test_machine_code_runs_and_runs_again(made):
    right(made[0])
    right(jit.loaded(made[1]))
    with pytest.raises(TypeError):
        made[0](np.arange(3.0, dtype=np.float32), np.empty(3))


def test_what_cannot_be_linked_is_refused(made):
    parts, _ = pickle.loads(made[1])
    with pytest.raises(LookupError, match="no_such_function"):
        jit.loaded(pickle.dumps((parts, ["malloc", "no_such_function"])))

"""Long chains of single numbers: value, Jacobian and Hessian of the compiled recipes against jets of 50 digits."""
import zlib
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import sympy as sp

from symdiff.language import array, stack
from tests.cases import jets
from tests.cases.chains import CHAINS
from tests.cases.loading import compiled, distance

OURS = SimpleNamespace(exp=sp.exp, log=sp.log, sin=sp.sin, cos=sp.cos, tanh=sp.tanh, sqrt=sp.sqrt, rat=sp.Rational)
QUICK = [("fraction", 30)]
LARGEST = 5_400                                                 # entries × length of a Hessian of jets
SIZES = [(name, length) for name, (_, _, lengths, _, _) in CHAINS.items() for length in lengths]


def of_fifty_digits(recipe, values, length, second):
    """(value, Jacobian, Hessian of the first output or None)."""
    with mpmath.workdps(jets.DIGITS):
        found = recipe(jets.inputs(values, second), jets.WORDS, length)
        return (float(found[0].value), np.array([f.slope for f in found], dtype=float),
                np.array(found[0].bend, dtype=float) if second else None)


@pytest.mark.parametrize("name, length", [one if one in QUICK else pytest.param(*one, marks=pytest.mark.nightly)
                                          for one in SIZES])
def test_chain(name, length):
    recipe, inputs, _, low, high = CHAINS[name]
    n = inputs(length)
    values = np.random.default_rng(zlib.crc32(f"{name} {length}".encode())).uniform(low, high, n)
    x = array("x", n)
    outputs = recipe([x[k] for k in range(n)], OURS, length)
    value, jacobian, hessian = of_fifty_digits(recipe, values, length, n*n*length <= LARGEST)
    assert distance(compiled(stack(outputs), ["x"]).jac(x=values)["x"], jacobian) < 1e-10
    f = compiled(outputs[0], ["x"])
    found, slopes = f.value_and_grad(x=values)
    assert abs(found - value) <= 1e-11*max(1.0, abs(value))
    assert distance(slopes["x"], jacobian[0]) < 1e-10
    if hessian is not None:
        assert distance(f.hess(x=values)["x", "x"], hessian) < 1e-10

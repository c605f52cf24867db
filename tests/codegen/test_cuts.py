"""What is too long for LLVM is cut, and the pieces compute what the whole would."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from codegen import merge
from codegen.emit.llvm import kernel
from codegen.fuse import fuse
from codegen.loops import Map, Rows, check
from codegen.lower import lower
from symdiff.read import read
from symdiff.reference.tape import Tape


def chain(length):
    """A long elementwise chain along an axis."""
    x = sd.array("x", sd.sizes("n"))
    y = x
    for k in range(length):
        y = sp.sin(y) + x*sp.Rational(1, 10) if k % 3 else y*sp.Rational(9, 10) + sp.tanh(y)
    return x, sd.sum(y)


def test_a_long_chain_of_rows_is_several_loops_of_one_pass():
    program = check(fuse(lower((read(chain(200)[1]),))))
    rows, = (s for s in program.statements if isinstance(s, Rows))
    loops = [s for s in rows.body if isinstance(s, Map)]
    assert len(loops) > 1
    assert all(len(s.body) < 1.5*merge.LONGEST for s in loops)


@pytest.mark.parametrize("rows", [1, 257, 9000])
def test_the_loops_compute_what_the_chain_does(rows):
    x, total = chain(200)
    at = {"x": np.random.default_rng(rows).normal(size=rows)}
    value, gradient = sd.compile(total, wrt=[x]).value_and_grad(**at)
    wanted, slope = Tape(total, [x]).value_and_grad(at)
    np.testing.assert_allclose(value, wanted, rtol=1e-13)
    np.testing.assert_allclose(gradient["x"], slope["x"], rtol=1e-11, atol=1e-13)


def test_many_statements_are_several_phases():
    parts = [sd.array(f"p{k}", 3, 3) for k in range(40)]
    total = sd.sum(sp.sin(sum((p @ p for p in parts[1:]), parts[0])))
    f = sd.compile(total, wrt=parts[:2])
    program = fuse(lower((read(total),)))
    plain = [p for p in kernel.phases(program) if p.kind == "plain"]
    assert len(plain) > 1 and all(len(p.statements) <= kernel.LONGEST for p in plain)
    rng = np.random.default_rng(0)
    at = {f"p{k}": rng.normal(size=(3, 3))/3 for k in range(40)}
    value, gradient = f.value_and_grad(**at)
    wanted, slope = Tape(total, parts[:2]).value_and_grad(at)
    np.testing.assert_allclose(value, wanted, rtol=1e-13)
    for name in ("p0", "p1"):
        np.testing.assert_allclose(gradient[name], slope[name], rtol=1e-12, atol=1e-14)

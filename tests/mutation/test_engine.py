"""The engine of mutations itself: it makes wrong things, only wrong ones, and knows whether they are noticed."""
import os
import signal
import time

import sympy as sp

from tests.mutation import engine

x, y = sp.symbols("x y")


def piece(a, b):
    """A function to be mutated."""
    return (a - 2*b)/3 if a > b else max(-a, b*b)


def values():
    return [piece(a, b) for a, b in ((5, 1), (1, 5), (-7, 2), (2, 2), (-3, -1), (8, 3))]


RIGHT = [1.0, 25, 7, 4, 3, 2/3]


def test_mutants_of_a_formula():
    found = {mutant.made for mutant in engine.of_formula(x**2 - 3*sp.sin(y))}
    assert {x**2, -3*sp.sin(y), x**2 + 3*sp.sin(y), x**3 - 3*sp.sin(y), 2**x - 3*sp.sin(y), x**2 - 2*sp.sin(y)} <= found
    assert x**2 - 3*sp.sin(y) not in found and len(found) >= 8
    chosen = {m.made for m in engine.of_formula(sp.Piecewise((1, x > 0), (y, True)))}
    assert sp.Piecewise((y, x > 0), (1, True)) in chosen and sp.Piecewise((1, x <= 0), (y, True)) in chosen
    assert all(m.made != x + y for m in engine.of_formula(x + y))


def test_mutants_of_a_function():
    found, right = engine.of_function(piece), piece.__code__
    words = " ".join(mutant.what for mutant in found)
    assert all(part in words for part in ("a + 2", "2 * b - a", "a <= b", "max(b * b, -a)", "/ 4", "+a", "b / b"))
    seen = {}
    try:
        for mutant in found:
            engine.install([piece], mutant.made)
            seen[mutant.what] = values()
    finally:
        engine.install([piece], right)
    same = [what for what, found in seen.items() if found == RIGHT]
    assert values() == RIGHT and len(seen) >= 8 and len(same) == 1 and "max(b * b, -a)" in same[0]


def test_what_is_noticed():
    assert not engine.noticed(lambda: None)
    assert engine.noticed(lambda: 1/0) and engine.noticed(lambda: os.kill(os.getpid(), signal.SIGSEGV))
    assert engine.noticed(lambda: time.sleep(60), deadline=0.1)
    assert engine.noticed(lambda: sum(iter(int, 1)), deadline=1)
    mutant = next(m for m in engine.of_function(piece) if "a <= b" in m.what)
    assert engine.noticed(lambda: values() == RIGHT or 1/0, lambda: engine.install([piece], mutant.made))
    assert values() == RIGHT

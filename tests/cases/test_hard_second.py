"""Second derivatives of hard scalar formulas: within 64 ulp × max(1, condition), the condition by SymPy and mpmath."""
import mpmath as mp
import pytest
import sympy as sp

from tests.cases.loading import compiled, load, parsed

BAR, WORDS = 64, {"loggamma": sp.loggamma, "Abs": sp.Abs}


@pytest.mark.parametrize("part", [pytest.param(k, marks=[] if k == 0 else pytest.mark.nightly) for k in range(12)])
def test_second_derivatives(part):
    measure, missed, count = load("loaders"), [], 0
    for case in measure.hard()[part::12]:
        f = compiled(parsed(case["expr"], {}), case["wrt"])
        for point in case["points"]:
            found = f.hess(point["at"])
            for pair, exact in point["h"].items():
                count += 1
                error = measure.rel_error(float(found[tuple(pair.split(","))]), exact)/measure.EPS
                if error > BAR and error > BAR*condition(case["expr"], pair.split(","), point["at"], exact):
                    missed.append((case["name"], pair, point["at"], error))
    print(f"\nsecond derivatives: {count - len(missed)} of {count} right", *missed, sep="\n  ")
    assert not missed and count


def condition(text, pair, at, exact):
    """Σ |x ∂f''/∂x|/|f''| with 2000 bits."""
    names = sorted(at)
    symbols = dict(zip(names, sp.symbols(names, real=True)))
    second = sp.sympify(text, locals={**symbols, **WORDS}).diff(*[symbols[name] for name in pair])
    with mp.workprec(2000):
        values = [mp.mpf(at[name]) for name in names]
        third = [sp.lambdify(list(symbols.values()), second.diff(s), "mpmath")(*values) for s in symbols.values()]
        return float(sum(abs(x*t) for x, t in zip(values, third))/abs(mp.mpf(exact)))

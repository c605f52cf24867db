"""Every partial of every elementwise record, with one thing wrong in it: the tests of the table notice each."""
import copy
import itertools

import mpmath
import pytest
import sympy as sp

from symdiff.primitives import TABLE, Elementwise
from tests.mutation import engine
from tests.symdiff import test_table as table

RECORDS = [r for r in TABLE.values() if isinstance(r, Elementwise) and any(sp.sympify(p) != 0 for p in r.partials)]


def is_the_same(record, k, wrong):
    """Is it the same function, at many points and at small round numbers, to thirty digits?  (hypot is even.)"""
    mutant = copy.copy(record)
    object.__setattr__(mutant, "partials", record.partials[:k] + (wrong,) + record.partials[k + 1:])
    round_ = [[v for v in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0) if i.start <= v <= i.end] for i in record.domain]
    for point in [*table.draw(record, 200), *itertools.product(*round_)]:
        high = tuple(map(mpmath.mpf, point))
        with mpmath.workdps(table.DIGITS):
            try:
                a, b = table.mp_partial(record, k)(*high), table.mp_partial(mutant, k)(*high)
            except (ArithmeticError, ValueError):
                continue
            if abs(a - b) > mpmath.mpf(10)**-30*max(abs(a), abs(b)):
                return False
    return True


def noticed(record, k, wrong):
    """Do the tests of the table notice another partial in argument k?"""
    mutant = copy.copy(record)
    object.__setattr__(mutant, "partials", record.partials[:k] + (wrong,) + record.partials[k + 1:])

    def witness():
        for test in (table.test_partials_at_worked_points, table.test_partials_are_right, kinks,
                     table.test_partials_are_accurate):
            test(mutant)
    return engine.noticed(witness, deadline=20)


def kinks(record):
    """The points of the table that lie far out or on kinks, those of this record."""
    for name, k, point, expected in table.FAR:
        if name == record.name and expected is not None:
            env = dict(zip(record.args, point)) | {table.Y: float(record.numpy(*point))}
            assert table.same(table.value(table.tree(record.partials[k]), env) + 0.0, expected + 0.0, 8)


@pytest.mark.nightly
@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_every_wrong_partial_is_noticed(record):
    mutants, survivors = [], []
    for k, partial in enumerate(record.partials):
        if k in record.whole or k in record.constant or sp.sympify(partial) is sp.nan:
            continue
        for mutant in engine.of_formula(partial):
            what = f"∂{record.name}/∂{record.args[k]}: {mutant.what}"
            if not noticed(record, k, mutant.made):
                if is_the_same(record, k, mutant.made):
                    continue                                    # the same function, and as accurate: nothing is wrong
                survivors.append(what)
            mutants.append(what)
    engine.report(record.name, mutants, survivors)


def test_a_wrong_partial_is_noticed():
    """The quick sample: of three records."""
    for name in ("tanh", "maximum", "div"):
        test_every_wrong_partial_is_noticed(TABLE[name])

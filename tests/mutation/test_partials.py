"""Every partial of every elementwise record, with one thing wrong in it: the tests of the table notice each."""
import copy

import pytest
import sympy as sp

from symdiff.primitives import TABLE, Elementwise
from tests.mutation import engine
from tests.symdiff import test_table as table

RECORDS = [r for r in TABLE.values() if isinstance(r, Elementwise) and any(sp.sympify(p) != 0 for p in r.partials)]

# {part of what is wrong: why nobody can notice it}
ARGUED = {}


def noticed(record, k, wrong):
    """Do the tests of the table notice another partial in argument k?"""
    mutant = copy.copy(record)
    object.__setattr__(mutant, "partials", record.partials[:k] + (wrong,) + record.partials[k + 1:])
    for test in (table.test_partials_at_worked_points, table.test_partials_are_right, kinks):
        try:
            test(mutant)
        except (AssertionError, ArithmeticError, KeyError, TypeError, ValueError, IndexError, AttributeError):
            return True
    return False


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
            mutants.append(what)
            if not noticed(record, k, mutant.made):
                survivors.append(what)
    engine.report(record.name, mutants, survivors, ARGUED)


def test_a_wrong_partial_is_noticed():
    """The quick sample: of three records."""
    for name in ("tanh", "maximum", "div"):
        test_every_wrong_partial_is_noticed(TABLE[name])

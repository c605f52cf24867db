"""Every rewrite of a structured matrix, with one thing wrong in its code: the tests of determinants, inverses and
systems notice each."""
import pytest

from symdiff.passes.stabilise import matrices
from tests.mutation import engine
from tests.symdiff.passes import test_matrices as tests

NAMED = [((own[0].__qualname__,), own) for own in engine.defined(matrices).values()]


def witness():
    tests.test_what_is_not_structured_stays()
    for name in tests.cases(()):
        for batch in ((), (4,)):
            tests.test_structured(name, batch)
    for labels in (([], [], "ii"), (["c"], ["k"], "kii"), (["a"], ["i"], "iii")):
        tests.test_diagonals_of_any_labels(*labels)
    tests.test_cholesky_factors_are_triangular()
    tests.test_of_huge_entries()
    for size in (0, 1):
        tests.test_small_sizes(size)


@pytest.mark.nightly
@pytest.mark.parametrize("which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(which, k, of):
    wrong, left = [], []
    for own, mutant in engine.share(NAMED, (which,), k, of):
        wrong.append(mutant.what)
        if not engine.noticed(witness, lambda: engine.install(own, mutant.made)):
            left.append(mutant.what)
    engine.report(which, wrong, left)


def test_the_witness_passes():
    assert not engine.noticed(witness)

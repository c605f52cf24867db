"""Every pullback and pushforward of the blocks, with one thing wrong in its code: their tests notice each."""
import pytest

from symdiff.primitives import TABLE, Block, algebra, arrangement, reduction
from tests.mutation import engine
from tests.symdiff import test_blocks as blocks
from tests.symdiff.differences import verify

MODULES = {"reduction": reduction, "algebra": algebra, "arrangement": arrangement}

CONSTRUCTORS = [arrangement.cut, arrangement.index, arrangement.pad, arrangement.scatter_add]

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"\b(times|plus)\((.*), (.*)\) becomes \1\(\3, \2\)$": "sums and products may change their operands",
    r"elementwise\('(mul|add|eq)', (.*), (.*)\) becomes elementwise\('\1', \3, \2\)$": "and so may these",
    r"[mM]ax\((.*), (.*)\) becomes (sp\.)?[mM]ax\(\2, \1\)": "and so may the greater of two",
    r"^_shift: (type\(n\) is int|max\(n - 1, 0\) if)": "SymPy's greater of two numbers is that number, only slower",
    r"^_direction: 1 becomes 2$": "a divisor that is used where the length is 0 only, and whose quotient is not taken",
}


def of_reductions():
    blocks.test_ties_share()
    blocks.test_norm_at_zero_and_far()
    for case, (function, _) in blocks.REDUCED.items():
        verify(function, second=case != "prod, kept", x=blocks.normal(2, 3, 2))
    for reverse in (0, 1):
        for length in (1, 4):
            blocks.test_recurrence(reverse, length)
    blocks.test_recurrence_of_symbolic_length()


def of_algebra():
    for name in ("inv", "det", "cofactor", "log_abs_det"):
        blocks.test_general_matrices(name, (2, 2, 2))
    for first in (0, 1):
        blocks.test_solve((2,), first)
        for second in (0, 1):
            blocks.test_triangular_solve(first, second)
    blocks.test_solve_with_a_vector_and_a_stretched_batch()
    blocks.test_cholesky((2, 2, 2))
    blocks.test_logdet()
    blocks.test_sign_det_is_a_step()
    blocks.test_det_of_singular_matrices()


def of_arrangements():
    for function, _, shape in blocks.ARRANGED.values():
        verify(function, x=blocks.normal(*shape))
    blocks.test_scatter_add_is_the_adjoint_of_take()
    blocks.test_pad_puts_pieces_in_place()
    blocks.test_pad_of_the_last_axis()
    blocks.test_pieces_of_one_array_are_put_back_together()
    blocks.test_arrangement_of_symbolic_sizes()


WITNESSES = {"reduction": of_reductions, "algebra": of_algebra, "arrangement": of_arrangements}


def functions(module):
    """{code: functions} of what the rules of a module's blocks reach in it; values, sizes and constructors left out."""
    roots = [rule for record in TABLE.values() if isinstance(record, Block) for rule in (record.pullback, record.pushforward)]
    apart = [part for record in TABLE.values() if isinstance(record, Block)
             for part in (record.numpy, record.infer_sizes, record.cost, record.reach)] + CONSTRUCTORS
    found, left_out = engine.reached(*roots, module=module), engine.reached(*apart, module=module)
    return {code: own for code, own in found.items() if code not in left_out}


NAMES = [(name, own[0].__qualname__) for name, module in MODULES.items() for own in functions(module).values()]


def survivors(name, which):
    """(what was tried, what nobody noticed) of the functions of a module called so."""
    tried, left = [], []
    for own in functions(MODULES[name]).values():
        if own[0].__qualname__ != which:
            continue
        for mutant in engine.of_function(own[0]):
            tried.append(mutant.what)
            if not engine.noticed(WITNESSES[name], lambda: engine.install(own, mutant.made)):
                left.append(mutant.what)
    return tried, left


@pytest.mark.nightly
@pytest.mark.parametrize("name, which", sorted(set(NAMES)))
def test_every_wrong_rule_is_noticed(name, which):
    engine.report(which, *survivors(name, which), ARGUED)


@pytest.mark.nightly
@pytest.mark.parametrize("name", WITNESSES)
def test_the_witnesses_pass(name):
    """What notices mutants has nothing to say of what is right."""
    assert not engine.noticed(WITNESSES[name])


def test_a_wrong_rule_is_noticed():
    assert len(NAMES) > 35 and not engine.noticed(blocks.test_ties_share)
    own, = [own for own in functions(reduction).values() if own[0].__name__ == "_shares"]
    mutant = next(m for m in engine.of_function(own[0]) if "+ count" in m.what)
    assert engine.noticed(blocks.test_ties_share, lambda: engine.install(own, mutant.made))

"""Every pullback and pushforward of blocks, contractions and loops, with one thing wrong in its code: their tests
notice each."""
import mpmath
import pytest

from symdiff.primitives import TABLE, Block, algebra, arrangement, contraction, reduction, scan_rules
from tests.loops import LOOPS
from tests.mutation import engine
from tests.symdiff import test_blocks as blocks
from tests.symdiff import test_contraction as contractions
from tests.symdiff import test_scan as loops
from tests.symdiff.differences import verify
from tests.symdiff.passes import test_steady as steady

MODULES = {"reduction": reduction, "algebra": algebra, "arrangement": arrangement, "contraction": contraction,
           "scan_rules": scan_rules}

CONSTRUCTORS = [arrangement.cut, arrangement.index, arrangement.pad, arrangement.scatter_add]

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"\b(times|plus)\((.*), (.*)\) becomes \1\(\3, \2\)$": "sums and products may change their operands",
    r"elementwise\('(mul|add|eq)', (.*), (.*)\) becomes elementwise\('\1', \3, \2\)$": "and so may these",
    r"[mM]ax\((.*), (.*)\) becomes (sp\.)?[mM]ax\(\2, \1\)": "and so may the greater of two",
    r"^_product: -len": "operands may stand in another order, one that is always the same",
    r"\| set\(out\) becomes set\(out\) \|": "a union may change its operands",
    r"_tie\(tied, places.setdefault\(place, c\), c\)": "of two labels that are one either may stand for both",
    r"^(tangent|_backward): dict\(.*\) \| {.*} becomes {.*} \| dict": "the keys are different ones",
    r"^tangent: c \+ len\(xs\) becomes":
        "an array gone through that is given once more, as one that stays, is not used as that",
    r"^_pieces: k \+ 2 becomes k - 2": "no piece with entries starts where all parts have ended",
    r"^_scalar_product: node.attributes\[0\] becomes node.attributes\[1\]": "`times` multiplies exact numbers, too",
    r"maxsize": "how many derivatives are remembered",
    r"^_cholesky_on: \(1, 0\) becomes \(2, 0\)": "a mark that is not 0 says lower, whichever number it is",
    r"^_shift: (type\(n\) is int|max\(n - 1, 0\) if)": "SymPy's greater of two numbers is that number, only slower",
    r"^_direction: .*\b1\b.* becomes .*\b2\b":
        "a divisor that is used where the length is 0 only, and whose quotient is not taken",
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
    steady.test_several_axes_and_symbols_beside()
    steady.test_marks_go()
    with mpmath.workdps(150):
        for mode in ("forward", "reverse"):
            steady.test_the_graph_itself("30 apart", mode)


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


def of_contractions():
    for test in (contractions.test_trace_of_a_product_is_the_indexed_sum,
                 contractions.test_products_that_move_nothing_are_mul, contractions.test_movements_are_read_through,
                 contractions.test_identity_alone_and_traced, contractions.test_constants_leave,
                 contractions.test_diagonals_are_added_on_the_diagonal, contractions.test_refuses):
        test()
    for spec in contractions.SPECS:
        for length in (0, 1):
            contractions.test_value_and_rule(spec, length)
    for spec in contractions.PLACED:
        contractions.test_placing_and_repeating(spec)
    for spec in contractions.SPECS:
        verify(lambda *a: contractions.labelled(spec, *a), second=False,
               **{f"x{k}": a for k, a in enumerate(contractions.operands(spec, 3))})
    contractions.test_symbolic_sizes()


def of_loops():
    scan_rules.cotangents.cache_clear()                                     # what was found before the change
    for name in LOOPS:
        loops.test_value_and_gradient(name)
    for length in (0, 1, 2):
        loops.test_short_loops(length)
    for test in (loops.test_cotangents_of_whole_parts_are_found, loops.test_a_cotangent_of_nought_is_none,
                 loops.test_a_gradient_is_two_loops, loops.test_a_state_that_stays_is_no_state):
        test()
    for name in ("outputs of one step", "batches", "branches", "recurrent backwards"):
        loops.test_passes_keep_the_values(name)
    for reverse in (0, 1):
        loops.derivatives_of_one_loop(reverse, second=False)


WITNESSES = {"reduction": of_reductions, "algebra": of_algebra, "arrangement": of_arrangements,
             "contraction": of_contractions, "scan_rules": of_loops}


ROOTS = {contraction: [contraction.Contraction.pullback, contraction.Contraction.pushforward, contraction.contract],
         scan_rules: [scan_rules.cotangents, scan_rules.tangent]}


def functions(module):
    """{code: functions} of what the rules of a module's blocks reach in it; values, sizes and constructors left out."""
    if module in ROOTS:
        return engine.reached(*ROOTS[module], module=module)
    roots = [rule for record in TABLE.values() if isinstance(record, Block) for rule in (record.pullback, record.pushforward)]
    apart = [part for record in TABLE.values() if isinstance(record, Block)
             for part in (record.numpy, record.infer_sizes, record.cost, record.reach)] + CONSTRUCTORS
    found, left_out = engine.reached(*roots, module=module), engine.reached(*apart, module=module)
    return {code: own for code, own in found.items() if code not in left_out}


NAMED = [((name, own[0].__qualname__), own) for name, module in MODULES.items() for own in functions(module).values()]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_rule_is_noticed(name, which, k, of):
    tried, left = [], []
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        tried.append(mutant.what)
        if not engine.noticed(WITNESSES[name], lambda: engine.install(own, mutant.made)):
            left.append(mutant.what)
    engine.report(which, tried, left, ARGUED)


@pytest.mark.nightly
@pytest.mark.parametrize("name", WITNESSES)
def test_the_witnesses_pass(name):
    """What notices mutants has nothing to say of what is right."""
    assert not engine.noticed(WITNESSES[name])


def test_a_wrong_rule_is_noticed():
    assert len(NAMED) > 60 and not engine.noticed(blocks.test_ties_share)
    own, = [own for own in functions(reduction).values() if own[0].__name__ == "_shares"]
    mutant = next(m for m in engine.of_function(own[0]) if "+ count" in m.what)
    assert engine.noticed(blocks.test_ties_share, lambda: engine.install(own, mutant.made))

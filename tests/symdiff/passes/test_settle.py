"""What a pass made stays as it is when the pass comes again: on random programs, and on what was found wrong."""
import pytest

from symdiff import derive, passes
from symdiff.passes import AFTER, BEFORE, fold, stabilise
from symdiff.passes.settle import SWEEPS, settled
from symdiff.passes.text import short
from symdiff.primitives.build import elementwise, transpose
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import input
from symdiff.read import read_all
from tests.programs import draw, seeded


def stages(seed):
    """(name of a pass, the pass, what it is given) for each pass on a program and on its gradient."""
    program = draw(seeded(seed), steps=5 + seed % 6)
    reading = read_all([program.loss, *program.outputs])
    nodes = {str(symbol.name): node for symbol, node in reading.inputs.items()}
    stable = passes.run(reading.outputs, BEFORE)[0]
    gradient = derive.gradient(stable[0], [nodes[w] for w in program.wrt])
    for outputs, several in ((reading.outputs, BEFORE), ((*stable, *gradient), AFTER)):
        for one in several:
            def done(now, one=one):
                return one(now)[0] if one is stabilise else one(now)
            yield one.__name__, done, outputs
            outputs = done(outputs)


def judge(seed):
    for name, done, outputs in stages(seed):
        once = done(outputs)
        assert done(once) == once, name


@pytest.mark.parametrize("seed", range(60))
def test_every_pass_keeps_what_it_made(seed):
    judge(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1020))
def test_every_pass_keeps_what_it_made_long(seed):
    for one in range(50):
        judge(50*seed + one)


x, X, s = input("x", (3,)), input("X", (3, 4)), input("s")


def wide(node, *labels):
    """The node repeated over (3, 4)."""
    return contract([node], [labels], (0, 1), {0: 3, 1: 4})


SIGNS = [
    (wide(elementwise("neg", x), 0), "-x"), (elementwise("neg", wide(x, 0)), "-x"),
    (elementwise("add", X, wide(elementwise("neg", x), 0)), "X - x"),
    (elementwise("mul", X, elementwise("neg", wide(x, 0))), "-X*x"),
    (elementwise("div", wide(elementwise("neg", s)), X), "-s/X"),
    (contract([wide(elementwise("neg", x), 0), X], ["ij", "ij"], ""), "-X.T @ x"),
    (transpose(elementwise("neg", transpose(X))), "-X"),
]


@pytest.mark.parametrize("node, wanted", SIGNS, ids=[wanted for _, wanted in SIGNS])
def test_signs_of_what_is_repeated(node, wanted):
    once, = fold((node,))
    assert fold((once,)) == (once,) and short(once) == wanted


def test_a_sweep_is_done_until_nothing_changes():
    seen = []

    def fewer(outputs):
        seen.append(outputs)
        return tuple([max(0, o - 1) for o in outputs])

    assert settled([2, 1], fewer) == (0, 0) and seen == [(2, 1), (1, 0), (0, 0)]
    assert settled([100], fewer) == (100 - SWEEPS,)

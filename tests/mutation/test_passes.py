"""The passes that put a graph in order, with one thing wrong in the code of one: their own tests, and values and costs
of what they make of many graphs, notice each.

A mutant that makes another graph of some case, of the same values and no dearer, finds another form.
"""
import importlib
import random
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import sympy as sp

from symdiff import derive
from symdiff.evaluate import evaluate
from symdiff.graph import check, digest, order
from symdiff.operations import operations
from symdiff.passes import AFTER, BEFORE, fold, run
from symdiff.primitives.build import elementwise, stretch, total
from symdiff.primitives.contraction import contract
from symdiff.primitives.leaf import constant, input, size
from symdiff.read import read_all
from tests.mutation import engine
from tests.programs import draw, m, n, seeded
from tests.symdiff.passes import test_associate as associated
from tests.symdiff.passes import test_fold as folded
from tests.symdiff.passes import test_guard as guarded

MODULES = {name: importlib.import_module(f"symdiff.passes.{name}") for name in ("fold", "powers", "associate", "guard")}
POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, np.inf, -np.inf, np.nan, 1e300, 1e-300, 7.25, -800.0])
NOISE = np.random.default_rng(3)
EXPONENTS = [sp.Rational(p, q) for p, q in ((1, 2), (-1, 2), (3, 2), (5, 2), (7, 2), (9, 2), (-3, 2), (-5, 2), (1, 3))]
EXPONENTS += [-1, 2, 3, -2, -3, -16, -17, 2.5, -1.5, sp.pi]

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"^_folded: (\(op, a, b\) if id|id\(a\) < id\(b\) becomes)": "any order of the two, as long as it is one",
    r"^_results: node.op is CONTRACT becomes node.op is not": "an early end: without sums of products there are no results",
    r"^guard: node.op is _CHOICE becomes node.op is not": "an early end: without choices nothing is guarded",
    r"^powers: node.(inputs\[0\] becomes node.inputs\[1\]|op.name == 'pow' becomes)":
        "an early end: without powers and squares nothing else is found",
    r"^_local: results.get\(node, 0\) becomes": "nothing has less than an entry",
    r"^_factors: k < len\(factors\) < 4 becomes .* < 5|^_is_fixed: .* < 20 becomes .* < 21": "how far is looked",
    r"^_pulled: 1 - k becomes k - 1": "of two, the one before the first is the other",
    r"^_flat: view\[0\] becomes view\[1\]": "there are as many labels as operands",
    r"^_flat: \(\[\], \[\], False\) becomes": "an early end: two operands have one order",
    r"^_(every_order|greedy): (?P<a>[\w. -]+|\w+\[\w+\]|\(.*\)) (?P<o>[&|^]) (?P<b>[\w. -]+|\w+\[\w+\]) becomes "
    r"\(?(?P=b)\)? (?P=o) \(?(?P=a)\)?$": "both ways round they are the same",
    r"^_every_order: (mask >> k & 1 becomes 1 & mask >> k|n \+ 1 becomes n \+ 2)":
        "so are these, and no members are more than all",
    r"^powers: inputs\[0\] becomes inputs\[1\]$": "both are the same",
}


@dataclass
class Case:
    """Outputs and values at which they are compared."""
    outputs: tuple
    values: dict
    sizes: dict


# -- cases -------------------------------------------------------------------------------------------------------------

def powers():
    """Powers of what they are simplified on, at special points."""
    x, y = input("x", (n,)), input("y", (n,))
    bases = [x, elementwise("exp", x), elementwise("abs", x), elementwise("sqrt", x),
             elementwise("sqrt", elementwise("abs", x)), elementwise("sqrt", elementwise("mul", x, x))]
    made = [elementwise("pow", base, constant(p, base.sizes)) for base in bases for p in EXPONENTS]
    made += [elementwise("pow", base, y) for base in bases[:2]]
    made += [elementwise("mul", base, other) for base in bases for other in (x, base)]
    a, b = map(np.ravel, np.meshgrid(POINTS, POINTS))
    return [Case((one,), {"x": a, "y": b}, {}) for one in made] + [Case(tuple(made), {"x": a, "y": b}, {})]


def at_random(until, count):
    """Gradients of random programs as they come to a pass."""
    made, before = [], AFTER[:[one.__name__ for one in AFTER].index(until)]
    for seed in range(count):
        program = draw(seeded(seed), rows=(3, 2, 5))
        reading = read_all([program.loss])
        nodes = {str(symbol.name): node for symbol, node in reading.inputs.items()}
        stable = run(reading.outputs, BEFORE)[0]
        outputs = run((*stable, *derive.gradient(stable[0], [nodes[w] for w in program.wrt])), before)[0]
        values = {node.attributes[0]: program.values[name] for name, node in nodes.items()}
        made.append(Case(outputs, values, {n: program.sizes["n"], m: program.sizes["m"]}))
    return made


def choices():
    """Choices repeated, of conditions that are numbers, below a line, in sums of products of three."""
    x, y, s, v = input("x", (n,)), input("y", (n,)), input("s"), input("v", (m,))
    zero, none = constant(0, (n,)), constant(0)
    one = elementwise("select", elementwise("gt", s, none), elementwise("log", s), none)
    some = elementwise("select", x, elementwise("log", y), zero)
    others = elementwise("select", x, zero, elementwise("log", y))
    more = elementwise("select", elementwise("gt", y, zero), elementwise("exp", x), zero)
    wide = stretch(elementwise("exp", v), (n, m))
    made = [elementwise("mul", stretch(one, (n,)), x), elementwise("mul", x, stretch(one, (n,))),
            elementwise("mul", stretch(elementwise("exp", one), (n,)), x), elementwise("div", x, more),
            *[elementwise(word, *pair) for word in ("add", "sub") for pair in ((some, others), (others, some))],
            *[elementwise("mul", elementwise(word, *pair), x) for word in ("add", "sub")
              for pair in ((some, more), (more, some))], elementwise("div", elementwise("add", some, more), x),
            *[contract([one, *pair], ["i", "i", "j"], "i") for one in (some, more)
              for pair in ((x, v), (elementwise("exp", x), v), (elementwise("exp", x), wide))[:2]],
            contract([some, elementwise("sin", y), wide], ["i", "i", "ij"], "i"),
            contract([elementwise("sin", y), more, v], ["i", "i", "j"], "ij")]
    a, b = map(np.ravel, np.meshgrid(POINTS, POINTS))
    return [Case((node,), {"x": a, "y": b, "s": value, "v": np.array([0.5, -2.0])}, {})
            for value in (0.0, -1.0, 3.0) for node in made]


def networks(count):
    """Contractions of contractions of many operands, short and long, some used twice, labels in any order."""
    for seed in range(count):
        choose = random.Random(seed)
        lengths = {c: choose.choice((2, 3, 4, 6)) for c in "abcdefgh"}
        known = []
        for _ in range(choose.randint(2, 9)):
            labels = "".join(choose.sample("abcdefgh", choose.randint(1, 3)))
            known.append((input(labels, tuple([lengths[c] for c in labels])), labels))
        values = {labels: NOISE.normal(size=node.sizes) for node, labels in known}
        for k in range(choose.randint(1, 4)):
            many = len(known) if k == 0 and seed % 4 == 0 else min(choose.randint(1, 4), len(known))
            parts = choose.sample(known, many)
            carried = sorted(set("".join(labels for _, labels in parts)))
            out = "".join(choose.sample(carried, min(choose.randint(0, 3), len(carried))))
            known.append((contract([node for node, _ in parts], [labels for _, labels in parts], out), out))
        outputs = [node for node, _ in known[-1:] + (known[-2:-1] if seed % 5 == 0 else [])]
        yield Case(tuple(outputs), values, {})
    a, b, v = input("a", (4, 3)), input("b", (4, 3)), input("v", (3,))
    values = {"a": NOISE.normal(size=(4, 3)), "b": NOISE.normal(size=(4, 3)), "v": np.ones(3)}
    sums = contract([a], ["ij"], "i")
    for other in ([b], ["ik"], "ik"), ([b, v], ["ik", "k"], "i"), ([b], ["ik"], ""):
        yield Case((contract([sums, *other[0]], ["i", *other[1]], other[2]),), values, {})


def scalings(count):
    """Sums, products, quotients and choices of arrays and of scalars repeated."""
    x, values = input("x", (3,)), {"x": np.array([0.5, 1.0, -2.0])}
    yield Case((total(elementwise("div", x, elementwise("mul", constant(2, (3,)), elementwise("sin", x)))), total(x),
                elementwise("div", x, elementwise("mul", stretch(size(n), (3,)), elementwise("cos", x)))),
               values, {n: 3})
    for seed in range(count):
        choose = random.Random(seed)
        known = [input("x", (n,)), input("X", (n, m)), input("y", (n,)), input("Y", (n, m))]
        scalars = [input("s"), input("t"), elementwise("exp", input("s")), size(n),
                   elementwise("div", constant(2), size(m)), constant(3), constant(sp.Float(0.1))]
        for _ in range(choose.randint(3, 14)):
            a = choose.choice(known[-5:])
            alike = [b for b in known if b.sizes == a.sizes]
            word = choose.choice("add sub mul div neg sin select scale scale over sum".split())
            if word in ("scale", "over"):
                b = stretch(choose.choice(scalars), a.sizes)
                made = elementwise("div", a, b) if word == "over" else \
                    elementwise("mul", *choose.sample((a, b), 2))
            elif word == "sum":
                axes = choose.sample(range(len(a.sizes)), choose.randint(0, len(a.sizes)))
                made = total(a, tuple(axes), True)
                made = contract([made], [range(len(a.sizes))], tuple(range(len(a.sizes))))
                made = stretch(made, a.sizes)
            elif word == "select":
                made = elementwise("select", elementwise("gt", choose.choice(alike), constant(0, a.sizes)),
                                   *choose.sample((a, constant(0, a.sizes)), 2))
            else:
                pair = choose.sample((a, choose.choice(alike)), 2)
                made = elementwise(word, *(pair[:1] if word in ("neg", "sin") else pair))
            known.append(made)
        outputs = (total(known[-1]), *([known[-2]] if seed % 3 == 0 else []), total(known[-3]))
        values = {"x": NOISE.normal(size=3), "y": NOISE.normal(size=3), "X": NOISE.normal(size=(3, 2)),
                  "Y": NOISE.normal(size=(3, 2)), "s": 0.7, "t": -1.3}
        yield Case(fold(outputs), values, {n: 3, m: 2})


CASES = {"fold": lambda: at_random("fold", 20), "powers": powers, 
         "associate": lambda: [*at_random("associate", 80), *networks(300), *scalings(300)],
         "guard": lambda: [*choices(), *at_random("guard", 100)]}
CHANGES = {"powers": ("powers", "roots")}


# -- what is known -----------------------------------------------------------------------------------------------------

@cache
def known(name):
    """[(function, case, what it makes now, its values, its cost)]"""
    found = []
    for word in CHANGES.get(name, (name,)):
        change = getattr(MODULES[name], word)
        for case in CASES[name]():
            made = change(case.outputs)
            found.append((word, case, [digest(one) for one in made], evaluate(made, case.values, case.sizes),
                          operations(made)))
    return found


def signs(outputs):
    """What minus signs cost."""
    return sum(operations((node,)) - operations(node.inputs) for node in order(outputs) if node.op.name == "neg")


def witness(name):
    """Its own tests, then costs and values of every case."""
    OWN[name]()
    for word, case, _, right, cost in known(name):
        made = check(getattr(MODULES[name], word)(case.outputs))
        assert operations(made) <= cost
        for one, other in zip(evaluate(made, case.values, case.sizes), right):
            scale = np.max(np.abs(other[np.isfinite(other)]), initial=0)
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12*scale)


def same(name):
    """Raise where another graph is made."""
    for word, case, digests, *_ in known(name):
        assert [digest(one) for one in getattr(MODULES[name], word)(case.outputs)] == digests


def fold_tests():
    for text, wanted in (("x + 0", "x"), ("x*1", "x"), ("a + -b", "a - b"), ("x*0", "x*0")):
        folded.test_forms(text, wanted)
    folded.test_what_may_be_nan_stays()
    folded.test_negative_zero()
    folded.test_commutative_order_is_shared()
    folded.test_what_is_settled_is_made_anew_above_products_that_were_merged()


def associate_tests():
    for test in (associated.test_chain_of_products, associated.test_shared_product_stays,
                 associated.test_gram_of_a_shared_vector, associated.test_many_operands_two_by_two,
                 associated.test_greedy_beyond_six, associated.test_cheapest_is_cheapest,
                 associated.test_product_of_repeated_arrays_is_a_contraction, associated.test_scalars_outside_of_sums,
                 associated.test_common_factors, associated.test_three_vectors_two_by_two,
                 associated.test_scalars_that_are_given_stay_where_they_are,
                 associated.test_a_sum_over_a_repetition_counts_it):
        test()
    for seed in range(12):
        associated.test_the_cost_is_that_of_the_steps(seed)


def guard_tests():
    for name in ("log", "acosh"):
        guarded.test_infinite_partial(name)
    for test in (guarded.test_through_a_chain, guarded.test_two_choices_of_one_value,
                 guarded.test_scalar_repeated_in_a_sum, guarded.test_second_derivative,
                 guarded.test_both_branches_and_no_more_products, guarded.test_live_nan_stays):
        test()


def powers_tests():
    for text, wanted in folded.ROOTS:
        folded.test_forms_of_roots(text, wanted)
    for seed in range(5):
        folded.test_values_of_random_programs(MODULES["powers"].powers, seed)


OWN = {"fold": fold_tests, "powers": powers_tests, "associate": associate_tests, "guard": guard_tests}
NAMED = [((name, own[0].__qualname__), own) for name, module in MODULES.items()
         for own in engine.defined(module).values()]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 20))
def test_every_wrong_pass_is_noticed(name, which, k, of):
    known(name)
    wrong, left, others = [], [], 0
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        wrong.append(mutant.what)
        if not engine.noticed(lambda: witness(name), lambda: engine.install(own, mutant.made)):
            if engine.noticed(lambda: same(name), lambda: engine.install(own, mutant.made)):
                others += 1
            else:
                left.append(mutant.what)
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED)


@pytest.mark.nightly
@pytest.mark.parametrize("name", MODULES)
def test_the_witnesses_pass(name):
    """As they do before, where that is finite; roots of -inf and powers of exp are better than they were."""
    for _, case, _, right, _ in known(name):
        plain = np.abs([case.values[k] for k in "xy"]).max(0) < 700 if name == "powers" else True
        for one, other in zip(evaluate(case.outputs, case.values, case.sizes), right):
            judged = np.isfinite(one) & plain
            np.testing.assert_allclose(np.where(judged, other, 0), np.where(judged, one, 0), 1e-11, 1e-12)
        if name == "associate":
            made = fold(MODULES[name].associate(case.outputs))
            assert operations(made) - signs(made) <= operations(case.outputs)
    assert not engine.noticed(lambda: witness(name))

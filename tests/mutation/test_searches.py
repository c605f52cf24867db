"""Every rewrite that a function finds, with one thing wrong in its code: what the formulas on which it fires get right
notices each.

A mutant that makes another graph of some formula, and is right wherever the present one is, finds another form.
"""
import importlib
from dataclasses import dataclass
from functools import cache, partial
from mmap import mmap

import pytest

from symdiff.graph import order
from symdiff.passes.stabilise import RULES
from symdiff.primitives.leaf import CONSTANT, number
from tests.mutation import engine, formulas, right
from tests.symdiff.passes import test_arrays as arrays
from tests.symdiff.passes import test_picked as picked
from tests.symdiff.passes import test_rules as rules
from tests.symdiff.passes import test_series as series
from tests.symdiff.passes.formula import graph
from tests.symdiff.passes.test_families import FORMULAS

MODULES = {name: importlib.import_module(f"symdiff.passes.stabilise.{name}") for name in
           ("factorials", "rational", "special", "quotients", "gammas", "logarithms", "exponentials", "series",
            "logsums", "differences", "common", "hyperbolic", "angles", "divided")}

# tests of their own
TESTS = {"logarithms": [lambda: rules.test_nothing_times_the_logarithm_of_nothing((0, 1)),
                        lambda: rules.test_nothing_times_the_logarithm_of_nothing((1, 0)),
                        rules.test_the_logarithm_of_a_power_of_negative_zero, arrays.test_weighted_share_and_mean],
         "exponentials": [picked.test_an_outer_product_of_exponentials_stays],
         "series": [lambda: series.test_coefficients("log(sinh(x)/x)"), series.test_sums_that_cancel_for_long]}

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"^\w+: (p \* q|m \* n)( \* sign)? becomes|^_cancelled: p \* power( \* q)? becomes":
        "of the product of powers only the sign is asked for",
    r"^_merged: p \* power becomes p / power|^_cancelled: power < 0 becomes power < 1": "the power is 1 or -1",
    r"^_expm1_in_sum: (sign_shift \* shift.attributes\[0\] becomes sign_shift / |sign \* sign_other becomes sign / |"
    r"(sign_one|sign \* sign_other) < 0 becomes .* < 1)": "signs are 1 or -1",
    r"^_log1p_square: :2 becomes :3": "the third says whether 0 is among them, and is no large number",
    r"^_gamma_quotient: abs\(rational\(a\)\) > 64 becomes abs\(rational\(a\)\) > 65": "how far off is still looked at",
    r"^_one_choice: group\[0\] becomes group\[1\]": "all choices of a group have one condition",
    r"same\((.*), (.*)\) becomes (context\.matcher\.)?same\(\2, \1\)$": "two that are the same are so either way round",
    r"build\('(add|mul)', (.*), (.*)\) becomes (context\.)?build\('\1', \3, \2\)$": "sums and products may change their operands",
    r"^_is_plain: len\(seen\) > 80": "how large a term is looked at",
    r"^_is_plain: (:1 becomes :2|top.inputs\[:1\] if|top.op.name == 'pow' becomes)":
        "an exponent that is a number is as plain as its base",
    r"^_log_poisson: _made\(.*\) becomes _made\(context, k, of, factorial, mean\)": "both orders are tried",
    r"^_cancels: return False becomes|^_cancelling_sum: .*(None not in parts|jet is not None)":
        "an early answer, and what the few coefficients have told already: the whole series tell",
    r"^_removable: .*context.samples.vanishes\(above\) and": "an early answer: the series tell",
    r"^_at: power - j becomes j - power|^_at: power - order becomes power \+ order":
        "sizes are compared, of one order and at one point",
    r"^_terms: (3 \* value becomes 4|least / 8 becomes least / 9)":
        "margins of what is left out, and of what the series itself may lose: wide where a crossover is chosen",
    r"^_number: .* - .* becomes": "the size of a difference is asked for",
    r"^_over_argument: p \* power( \* q)? becomes p \* power / q|^_over_argument: p \* power becomes p / power":
        "of the product of powers only the sign is asked for",
    r"^Variable._joined: .* < 0 becomes .* < 1": "no power is 0",
    r"^Variable.__init__: top in seen or": "numbers have no inputs, and what was seen is seen in vain",
    r"^_in_ratios: c > 0 becomes c <= 0": "both signs are asked for",
    r"_near\((.*), (.*)\) becomes _near\(\2, \1\)$": "two that share a term share it either way round",
    r"^_turned: :3 becomes :4|^_Collected.pairs: len\(found\) < 6|^_pairs: spread\(node, 10\)|"
    r"^_in_common: spread\(node, 8\) becomes spread\(node, 9\)|"
    r"^_product_of_sums: spread|^(_over_one_divisor|_quotient): spread": "how much is looked at",
    r"^_quotient: _shared\(context, p, q, below\) becomes": "a sum is one either way round",
    r"^_quotient: _where\(context, top, below, near, new, one, other\) becomes": "both are of one function",
    r"^log_sum: is_constant\(us\[0\], 0\) becomes": "1 + 1 is a number",
    r"^log_sum: us\[0\] becomes us\[1\]": "of u and -u, and cosh is even",
    r"^_power_near_one: :1 becomes :2": "x - 1 is no power near 1: what is made of it is refused",
    r"^_shared: inside & seen becomes": "what two sets share is so either way round",
    r"^_shared: len\(inside\) < 40": "how much is looked at",
    r"^_logarithm_of_one: jets.fixed\(1\) becomes": "the size of what is rounded: the crossovers tried are far apart",
    r"^_one_of_two: (\(None, 0\) becomes|max\()": "how far is enough, and the larger of two either way round",
    r"^_times: min\(k, 1\) becomes min\(1, k\)": "the less of two is so either way round",
    r"^_log_of_difference: _is_swapped\(": "both orders are tried",
    r"^_Collected._other: self._atoms\(above\) \|": "a union is one either way round",
    r"^_where_near: difference\(|^_function_difference: _where_near\(context, node, one, other":
        "a distance is asked for",
    r"^_with_conjugate: (-1 becomes -2|QQ\(1\) becomes QQ\(2\))": "of terms that meet only the signs are asked for",
    r"^_divided: power < 0 becomes power < 1": "no power is 0",
    r"^_with_half_angle: c \* p becomes c / p": "of the product only the sign is asked for",
    r"^_one_exponential: len\(terms\) - len\(others\) becomes": "one function alone comes out as it was",
    r"^_common_denominator: len\(terms\)": "an early answer: of two atoms, as of one, nothing cancels",
}


def found_by(module):
    """{code: functions} of what the rules of a module reach in it."""
    roots = [rule.find for rule in RULES.values() if rule.find is not None and rule.find.__module__ == module.__name__]
    return engine.reached(*roots, module=module)


@cache
def cases(name):
    """The formulas on which rules of the module fire: their patterns, of the families, and more."""
    own = {rule.name for rule in RULES.values()
           if rule.find is not None and rule.find.__module__ == MODULES[name].__name__}
    texts = [*formulas.FORMULAS[name], *[text for text, _ in FORMULAS if own & fired(text)]]
    return [rules.left(rule) for rule in rules.SCALAR if rule.name in own] + [graph(text) for text in texts]


@cache
def fired(text):
    stable = right.Stable(graph(text))
    stable.nodes(1)
    return stable.fired


@dataclass(frozen=True, eq=False)
class Known:
    """A formula, and by the order of derivative its nodes and the functions that are called to make them."""
    node: object
    made: tuple
    called: tuple

    def calls(self, which):
        return any(which in called for called in self.called)

    def size(self):
        return len(order(tuple([node for made in self.made for node in made.values()])))


def formula(name, node):
    stable, file = right.Stable(node), MODULES[name].__file__
    return Known(node, *zip(*[engine.called(partial(stable.nodes, order_), file) for order_ in range(3)]))


@cache
def facts(one):
    return right.facts(one.node, 12, edges=edges(one.made[0].values()), seed=4, made=one.made)


def edges(nodes):
    """The numbers that are compared in some formulas."""
    compared = [i for one in order(tuple(nodes)) if one.op.name in ("lt", "gt") for i in one.inputs]
    return tuple(sorted({abs(number(i)) for i in compared if i.op is CONSTANT} - {0.0}))


@cache
def known(name):
    """[Known], the smallest first, made before anything is changed."""
    return sorted([formula(name, node) for node in cases(name)], key=Known.size)


def prepared(name, which):
    """Facts, found before the children ask for them, of the formulas that a function is called for; what mpmath
    remembers of 900 digits is so, too, but last, since it is the slower for it."""
    for one in known(name):
        if one.calls(which):
            facts(one)
    worked_points(name)


ANOTHER = mmap(-1, 1)                       # 1 where a child made another graph


def worked_points(name):
    for rule in rules.SCALAR:
        if rule.find is not None and rule.find.__module__ == MODULES[name].__name__ and rule.fails:
            rules.test_worked_point(rule)
    for test in TESTS.get(name, ()):
        test()


def witness(name, which):
    """The worked points, then what is known of the formulas that a function is called for: first the values, then the
    derivatives."""
    worked_points(name)
    touched = [one for one in known(name) if one.calls(which)]
    stable = [(one, right.Stable(one.node)) for one in touched]
    for order_ in range(3):
        for one, now in stable:
            before = one.made[order_]
            if which not in one.called[order_] and (not order_ or now.nodes(order_ - 1) == one.made[order_ - 1]):
                now.take(order_, before)
            elif now.nodes(order_) != before:
                ANOTHER[0] = 1
                right.witness(now, [fact for fact in facts(one) if len(fact.key) == order_])


NAMED = [((name, own[0].__qualname__), own) for name, module in MODULES.items() for own in found_by(module).values()]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(name, which, k, of):
    prepared(name, which)
    wrong, left, others = [], [], 0
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        wrong.append(mutant.what)
        ANOTHER[0] = 0
        if not engine.noticed(lambda: witness(name, which), lambda: engine.install(own, mutant.made)):
            others += ANOTHER[0]
            left += [] if ANOTHER[0] else [mutant.what]
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED)


@pytest.mark.nightly
@pytest.mark.parametrize("name", MODULES)
def test_the_witnesses_pass(name):
    for which in [which for (one, which), _ in NAMED if one == name]:
        prepared(name, which)
        assert not engine.noticed(lambda: witness(name, which))

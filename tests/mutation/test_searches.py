"""Every rewrite that a function finds, with one thing wrong in its code: what the formulas on which it fires get right
notices each.

A mutant that makes another graph of some formula, and is right wherever the present one is, finds another form.
"""
import importlib
from functools import cache

import pytest

from symdiff.graph import digest
from symdiff.passes.stabilise import RULES
from tests.mutation import engine, right
from tests.symdiff.passes import test_rules as rules
from tests.symdiff.passes.formula import graph
from tests.symdiff.passes.test_families import FORMULAS

MODULES = {name: importlib.import_module(f"symdiff.passes.stabilise.{name}") for name in
           ("factorials", "rational")}

# formulas beside the rules' own patterns and the families
MORE = {
    "factorials": ["y*log(x) - x - lgamma(y + 1)", "log(x**y*exp(-x)/gamma(y + 1))", "log(x)*y - x - lgamma(y + 2)",
                   "2*x + 2*lgamma(y + 1) - 2*(log(x)*y)", "y*log(x) - y - lgamma(y + 1)",
                   "1 + y*log(x) - x - lgamma(y + 1)", "sin(x) + y*log(x) - x - lgamma(y + 1)",
                   "y*log(x) + x - lgamma(y + 1)", "y*log(x) - lgamma(y + 1) - x",
                   "exp(y)*log(x) - x - lgamma(exp(y) + 1)", "log(x)*exp(y) - x - lgamma(exp(y) + 1)",
                   "log(x**y*exp(-x)/gamma(y + 2))"],
    "rational": ["exp(-x) + 1/(x + 1) - 1/x", "erfc(x) + (x + 1)**2 - x**2", "exp(-x) + y - (x + y)*(1/(1 + x/y))",
                 "1/x - 1/(x + 1) - exp(-x)", "1/(x + 1) - 1/x + x*exp(-x)", "(x + 1)**2 - x**2 - 2*x - 1",
                 *[f"exp(-x) - erfc(x) + exp(-2*x) - exp(-3*x) + exp(-4*x) - exp(-x**2) - exp(-5*x) {rest}"
                   for rest in ("+ 1/(x + 1) - 1/x", "+ (x + 1)**2 - x**2 - 2*x - 1")]],
}

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"same\((.*), (.*)\) becomes same\(\2, \1\)$": "two that are the same are so either way round",
    r"build\('add', (.*), (.*)\) becomes build\('add', \2, \1\)$": "a sum may change its operands",
    r"^_is_plain: len\(seen\) > 80": "how large a term is looked at",
    r"^_is_plain: (:1 becomes :2|top.inputs\[:1\] if|top.op.name == 'pow' becomes)":
        "an exponent that is a number is as plain as its base",
    r"^_log_poisson: _made\(.*\) becomes _made\(context, k, of, factorial, mean\)": "both orders are tried",
    r"^_common_denominator: len\(terms\)": "an early answer: of two atoms, as of one, nothing cancels",
}

# {function: how many of its wrong forms pass, unargued, in one share}: the branch in which all that is a quotient cancels
# beside terms that are none, too many to be taken as one; the numbers only fall
OPEN = {"_joined": 2}


def found_by(module):
    """{code: functions} of what the rules of a module reach in it."""
    roots = [rule.find for rule in RULES.values() if rule.find is not None and rule.find.__module__ == module.__name__]
    return engine.reached(*roots, module=module)


@cache
def formulas(name):
    """The formulas on which rules of the module fire: their patterns, of the families, and more."""
    own = {rule.name for rule in RULES.values()
           if rule.find is not None and rule.find.__module__ == MODULES[name].__name__}
    made = [rules.left(rule) for rule in rules.SCALAR if rule.name in own] + [graph(text) for text in MORE[name]]
    return made + [graph(text) for text, _ in FORMULAS if own & fired(text)]


@cache
def fired(text):
    stable = right.Stable(graph(text))
    stable.nodes(1)
    return stable.fired


@cache
def known(name):
    """[(formula, [Fact])]"""
    return [(node, right.facts(node, 12, seed=4)) for node in formulas(name)]


def made(node):
    """The names of the graphs that are made of a formula."""
    return [digest(made) for order in range(3) for made in right.Stable(node).nodes(order).values()]


@cache
def now(name):
    """{formula: (the names of the graphs made of it, the functions of the module that are called for it)}"""
    return {node: engine.called(lambda: made(node), MODULES[name].__file__) for node in formulas(name)}


def touched(name, which):
    """The formulas for which a function is called: no other one is changed with it."""
    return [node for node, (_, called) in now(name).items() if which in called]


def witness(name, nodes):
    """The worked points, then what is known: of some formulas the values, then first, then second derivatives."""
    for rule in rules.SCALAR:
        if rule.find is not None and rule.find.__module__ == MODULES[name].__name__ and rule.fails \
                and rules.left(rule) in nodes:
            rules.test_worked_point(rule)
    stable = {node: right.Stable(node) for node in nodes}
    for order in range(3):
        for node, facts in known(name):
            if node in stable:
                right.witness(stable[node], [fact for fact in facts if len(fact.key) == order])


NAMED = [((name, own[0].__qualname__), own) for name, module in MODULES.items() for own in found_by(module).values()]


def same(name, nodes):
    """Raise where another graph is made."""
    for node in nodes:
        assert made(node) == now(name)[node][0]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(name, which, k, of):
    known(name)
    nodes = touched(name, which)
    wrong, left, others = [], [], 0
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        wrong.append(mutant.what)
        if not engine.noticed(lambda: witness(name, nodes), lambda: engine.install(own, mutant.made), 120):
            if engine.noticed(lambda: same(name, nodes), lambda: engine.install(own, mutant.made), 120):
                others += 1
            else:
                left.append(mutant.what)
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED, OPEN.get(which, 0))


@pytest.mark.nightly
@pytest.mark.parametrize("name", MODULES)
def test_the_witnesses_pass(name):
    known(name)
    assert not engine.noticed(lambda: witness(name, formulas(name)))

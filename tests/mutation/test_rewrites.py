"""Every rewrite by a pattern, with one thing wrong in its result: its worked point and the search around notice each."""
from fractions import Fraction

import pytest

from symdiff.passes.stabilise.pattern import Call, Product, Sum, Term
from tests.mutation import engine
from tests.symdiff.passes import test_rules as rules

BY_PATTERN = [rule for rule in rules.SCALAR if rule.find is None and isinstance(rule.result, Term)]

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {}

# {rule: how many wrong results pass, unargued}: most are the same function (cosh of the other sign), or choose the other
# of two forms where both are right; the numbers only fall
OPEN = {
    "1 + 2*sinh(x)**2": 3,
    "1 - cos(x)": 4,
    "1 - tanh(x)**2": 3,
    "1/cosh(x)": 2,
    "exp(-x**2)/erfc(x)": 18,
    "exp(log(x))": 1,
    "hypot(1, x) - 1": 6,
    "hypot(1, x) - x": 17,
    "log(cosh(x))": 15,
    "log(erfc(x))": 9,
    "log(p + (1 - p)*exp(x))": 10,
    "log1p(x) - log(x)": 20,
    "sigmoid(logaddexp(x, y) - a)*sigmoid(x - y)": 1,
    "sin(x)/x": 2,
    "sqrt(1 + x**2)": 5,
    "sqrt(x**2 + y**2)": 5,
    "sqrt(x**2)": 2,
}


def mutants(term):
    """[Mutant] of a term: a sign or a power flipped, a part dropped, a number changed, arguments exchanged."""
    return [engine.Mutant(f"{term} becomes {wrong}", wrong) for wrong in _wrong(term) if str(wrong) != str(term)]


def _wrong(term):
    if isinstance(term, Call):
        for k, arg in enumerate(term.args):
            yield from (Call(term.name, (*term.args[:k], wrong, *term.args[k + 1:])) for wrong in _wrong(arg))
            yield Call(term.name, (*term.args[:k], -arg, *term.args[k + 1:]))
        for k in range(len(term.args) - 1):
            yield Call(term.name, (*term.args[:k], term.args[k + 1], term.args[k], *term.args[k + 2:]))
    if isinstance(term, Sum):
        yield Sum(term.number + 1, term.parts)
        for k, (c, inner) in enumerate(term.parts):
            before, after = list(term.parts[:k]), list(term.parts[k + 1:])
            yield Sum(term.number, before + after)
            yield Sum(term.number, [*before, (-c, inner), *after])
            yield from (Sum(term.number, [*before, (c, wrong), *after]) for wrong in _wrong(inner))
    if isinstance(term, Product):
        yield Product(term.coefficient*Fraction(2), term.parts)
        for k, (inner, power) in enumerate(term.parts):
            before, after = list(term.parts[:k]), list(term.parts[k + 1:])
            yield Product(term.coefficient, before + after)
            yield Product(term.coefficient, [*before, (inner, -power), *after])
            yield from (Product(term.coefficient, [*before, (wrong, power), *after]) for wrong in _wrong(inner))
    yield -term


def witness(rule):
    """What the tests of the rules do with one."""
    if rule.fails:
        rules.test_worked_point(rule)
    assert not rules.search(rule, 60, 1)


@pytest.mark.nightly
@pytest.mark.parametrize("rule", BY_PATTERN, ids=lambda rule: rule.name)
def test_every_wrong_result_is_noticed(rule):
    made = mutants(rule.result)
    left = [f"{rule.name}: {mutant.what}" for mutant in made
            if not engine.noticed(lambda: witness(rule), lambda: object.__setattr__(rule, "result", mutant.made))]
    engine.report(rule.name, made, left, ARGUED, OPEN.get(rule.name, 0))


def test_a_wrong_result_is_noticed():
    rule = next(rule for rule in BY_PATTERN if rule.name == "log(1 + exp(x))")
    assert not engine.noticed(lambda: witness(rule)) and len(mutants(rule.result)) >= 2
    test_every_wrong_result_is_noticed(rule)

"""Every rewrite by a pattern, with one thing wrong in its result: its worked point and what it gets right notice each.

A mutant that passes both, being the same function to thirty digits and as accurate, in value and derivatives, at many
more points, is another form of what is right: a sign in an even function, operands of hypot, a threshold within the
interval where both branches hold, what is put in a branch that is not taken.
"""
from fractions import Fraction
from functools import cache

import pytest

from symdiff.graph import order
from symdiff.passes.stabilise.match import instantiate
from symdiff.passes.stabilise.pattern import Call, Product, Sum, Term, variables
from symdiff.primitives.build import elementwise
from symdiff.primitives.leaf import input, number
from tests.mutation import engine, right
from tests.symdiff.passes import test_rules as rules

BY_PATTERN = [rule for rule in rules.SCALAR if rule.find is None and isinstance(rule.result, Term)]


def mutants(term):
    """[Mutant] of a term: a sign or a power flipped, a part dropped, a number changed, arguments exchanged."""
    made = {str(wrong): wrong for wrong in _wrong(term) if str(wrong) != str(term)}
    return [engine.Mutant(f"{term} becomes {what}", wrong) for what, wrong in made.items()]


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


def graph(term, of=input):
    """The formula as it stands, nothing rewritten; `of(name)` makes what stands for a variable."""
    return instantiate(term, {v: of(v) for v in variables(term)}, elementwise, ())


FORMS = {"any": input, "not negative": lambda v: elementwise("abs", input(v))}


@cache
def where_it_fires(rule):
    """(name of a form of the variables in which the rule fires, the pattern in it)."""
    for form, of in FORMS.items():
        node = graph(rule.pattern, of)
        if any(one.rule == rule.name for one in rules.stable(node)[1]):
            return form, node
    raise AssertionError(f"{rule.name} fires in no form")


def edges(*nodes):
    """The sizes of the numbers in some formulas: thresholds among them."""
    return tuple(sorted({abs(number(n)) for node in nodes for n in order((node,)) if n.op.name == "constant"} - {0.0}))


@cache
def known(rule, count, beside, seed):
    """What the rule gets right of its pattern, at `count` points and beside some numbers."""
    return right.facts(where_it_fires(rule)[1], count, edges=beside, seed=seed)


@cache
def few(rule):
    """The first of them, found before anything is changed: the children have them from here."""
    return known(rule, 30, edges(graph(rule.result)), 1)


def witness(rule):
    if rule.fails:
        rules.test_worked_point(rule)
    right.witness(right.Stable(where_it_fires(rule)[1]), few(rule))


def is_another_form(rule, wrong):
    """Is it the same function where the rule fires, and nothing less accurate, at many more points?"""
    form, node = where_it_fires(rule)
    one, other = graph(rule.result, FORMS[form]), graph(wrong, FORMS[form])
    more = known(rule, 100, edges(one, other), 3)
    return right.equal(one, other, edges(one, other)) and \
        not engine.noticed(lambda: right.witness(right.Stable(node), more),
                           lambda: object.__setattr__(rule, "result", wrong))


@pytest.mark.nightly
@pytest.mark.parametrize("rule", BY_PATTERN, ids=lambda rule: rule.name)
def test_every_wrong_result_is_noticed(rule):
    few(rule)                                                               # before the children ask for it
    wrong, left, forms = [], [], []
    for mutant in mutants(rule.result):
        passes = not engine.noticed(lambda: witness(rule), lambda: object.__setattr__(rule, "result", mutant.made))
        if passes and is_another_form(rule, mutant.made):
            forms.append(mutant.what)
            continue
        wrong.append(mutant.what)
        left += [mutant.what] if passes else []
    print(f"{rule.name}: {len(forms)} other forms that are right")
    engine.report(rule.name, wrong, left)


def test_a_wrong_result_is_noticed():
    rule = next(rule for rule in BY_PATTERN if rule.name == "log(1 + exp(x))")
    assert not engine.noticed(lambda: witness(rule)) and len(mutants(rule.result)) >= 2
    test_every_wrong_result_is_noticed(rule)

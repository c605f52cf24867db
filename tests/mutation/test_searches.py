"""Every rewrite that a function finds, with one thing wrong in its code: what the formulas on which it fires get right
notices each.

A mutant that makes another graph of some formula, and is right wherever the present one is, finds another form.
"""
import importlib
from functools import cache
from mmap import mmap

import pytest

from symdiff.passes.stabilise import RULES
from tests.mutation import engine, right
from tests.symdiff.passes import test_arrays as arrays
from tests.symdiff.passes import test_rules as rules
from tests.symdiff.passes.formula import graph
from tests.symdiff.passes.test_families import FORMULAS

MODULES = {name: importlib.import_module(f"symdiff.passes.stabilise.{name}") for name in
           ("factorials", "rational", "special", "quotients", "gammas", "logarithms", "exponentials")}

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
                 "exp(-x) - erfc(x) + exp(-2*x) - exp(-3*x) + exp(-4*x) - exp(-x**2) - exp(-5*x) + 1/(x + 1) - 1/x",
                 "(x + 1)**2 - (x**2 + 2*x + 1)",
                 *[f"(x + 1)**2 {sign} sigmoid(x) - exp(-x) - erfc(x) - atan(x) - tanh(x) - asinh(x) - (x**2 + 2*x + 1)"
                   for sign in "+-"],
                 "(x/y)**2/(1 + (x/y)**2) - 1", "1/(1 + x/y) - (x/y)/(1 + x/y)**2", "x*direction(x, 1)/hypot(1, x) - 1"],
    "special": ["x**2/(1 + y)", "x**3/(1 + hypot(1, y))", "y*x**2/(1 + hypot(1, x))", "x**2*y/(1 + hypot(1, x))",
                "x**y/(1 + hypot(1, x))", "exp(x)*y/(1 + hypot(1, x))", "x**2*(3*y/x)", "x**2/(3*x*y)",
                "x**3*sqrt(y)*sqrt(y)", "select(gt(x, 0), x*sqrt(y), y)*sqrt(y)",
                "select(gt(y, 0), x*y, y)*(a + x*b*c*y*exp(a)*exp(b)*exp(c)*sin(x)*sin(y))",
                "select(gt(y, 0), y*x, y)*(1/x*exp(x)*sin(x)*erf(x)*cos(x)*tanh(x)*atan(x)*asinh(x)*sinh(x)*cosh(x))",
                "select(gt(y, 0), x*y, y)/(3*x)", "y/x*select(gt(y, 0), x*y, y)", "x*y/select(gt(y, 0), x*y, y)",
                "select(gt(y, 0), x*y, y)/(x*sin(y))",
                "select(gt(x, 0), (x + y)**2, y) - select(gt(x, 0), x**2, y)",
                "select(gt(x, 0), x + y, y) - select(gt(x, 0), x, y)",
                "(1/2)*select(gt(x, 0), x, y) + (1/3)*select(gt(x, 0), y, x)"],
    "quotients": ["expm1(2*x)/x", "3*expm1(a*x)*y/a", "expm1(a*x)/(2*a*y)", "x/expm1(2*x)", "y*a/expm1(a*x)",
                  "a/expm1(a*x)", "log1p(x*y)/x", "2*log1p(3*x*y)/x", "log1p(x)**2/x", "expm1(x*y)**2/x",
                  "log1p(x*y)*x", "x/log1p(x*y)", "expm1(a*x)*a", "select(gt(x, 0), expm1(a*x), y)/a",
                  "3*select(gt(x, 0), expm1(2*a*x), y)/a", "select(gt(x, 0), exp(x), y)/x",
                  "a/select(gt(x, 0), expm1(a*x), y)", "expm1(y*log(x))/y", "expm1(y*log(x))/log(x)",
                  "expm1(xlogy(y, x))/y", "expm1(xlogy(2*y, x))/y", "expm1(xlogy(y, x)*a)/log(x)",
                  "expm1(y*log1p(x))/x", "expm1(a*log1p(x*y))/(a*x)", "((1 + x)**y - 1)/x", "(x**y - 1)/y",
                  "expm1(y*sqrt(x))*sqrt(x)", "log1p(y*sqrt(x))*sqrt(x)", "1/y/log(x)*expm1(y*log(x))",
                  "expm1(a*xlogy(y, x))/xlogy(y, x)"],
    "gammas": ["gamma(x)*gamma(y)", "gamma(x)/gamma(y)", "gamma(x + y)/gamma(x)", "gamma(x)/gamma(x + 1/2)",
               "gamma(x + 64)/gamma(x)", "gamma(select(gt(x, 0), x, y) + 1/2)/gamma(select(gt(x, 0), x, y))",
               "3*gamma(x + 1/2)*exp(y)/gamma(x)", "gamma(x + 100)/gamma(x)",
               "gamma(x + 1/2)*gamma(y)/(gamma(x)*gamma(y + 1/2))"],
    "logarithms": ["log(2 + exp(x))", "log(exp(x) + 3*exp(y) + 1)", "log(exp(x) - exp(y))", "log(2 - exp(x))",
                   "log(exp(x) - 2)", "log(3*exp(x) - 2*exp(y))", "log(exp(y) - x)", "log(x - exp(y))",
                   "log(exp(x) - y + 2)", "log(2 + y - exp(x))", "log(2*erfc(x) - exp(-2*x**2))",
                   "log(exp(-x**2/2) - erfc(x))", "log((1/2)*exp(x) - exp(y))", "log((1/2) - exp(x))",
                   "log(sigmoid(y)*erfc(x))", "log(sigmoid(y)/erfc(x))", "log(-exp(x) - exp(y))", "log(x*y)",
                   "log(3*a*exp(x))", "log(exp(x)/a)", "log(3*exp(x)/exp(y))", "log(a**y*b)", "log(a**y)",
                   "log(b/a**y)", "log(-3*a*exp(x))", "log(gamma(x)*y)", "log(y/gamma(x))",
                   "log(gamma(sigmoid(x))*y)", "log(gamma(select(gt(x, 0), x, y)))", "log(y*sigmoid(x)**2)",
                   "log(y/erfc(x)**3)", "log(sqrt(erfc(x))*y)", "log((exp(x) + exp(y))*a)", "log(a/(exp(x) + exp(y)))",
                   "log(2*cosh(x))", "log(y*select(gt(x, 0), exp(x), exp(-x)/ndtr(x)))",
                   "log(select(gt(x, 0), exp(x), y))", "log(select(gt(x, 0), ndtr(x), 1/ndtr(x)))",
                   "log(cosh(x)**y)", "log(sign(x)**y*exp(x))", "log(exp2(x)*y)", "log(ndtr(x)*x)",
                   "log(1/x)", "log(2/x)", "log(sqrt(x))", "log(x**3)", "log(x**(-2))", "log(x**(1/3))", "log(y/x)",
                   "log1p(x**3)", "log1p(tanh(x)**2)", "log1p(x**y)", "log1p(select(gt(x, 0), x, y)**2)", "log1p(x*y)",
                   "log(y)*x", "2*log(y)", "x*log1p(-y)", "log1p(-y)*x", "x*log1p(y)", "exp(x)*log(y)",
                   "sin(x)*exp(y)", "select(ne(x, 0), x/x, 0)", "select(eq(x, 0), 0, x/x)", "select(ne(x, 1), x/x, y)",
                   "x*log(2 + sin(y))", "select(ne(x, 0), y/x, 0)", "select(ne(x, 0), x/y, 0)",
                   "select(ne(y, 0), x/x, 0)", "select(eq(x, 0), x/x, y)", "select(ne(x, y), x/x, 0)",
                   "select(gt(x, 0), x/x, 0)"],
    "exponentials": ["exp(x) + y - 1", "y - exp(x) + 1", "1 - exp(x) + y", "1 - (exp(x) + y)", "1 - (y - exp(x))",
                     "-1 - (y - exp(x))", "-1 - (y + exp(x))", "y + exp(x) - 2",
                     "y + exp(x) + 1", "y + sin(x) - 1", "y*exp(x) - 1", "x - (y + exp(x))",
                     "1 - x**y", "x**y - 2", "x**y + 1", "-1 - x**y",
                     "(1 + x)**3 - 1", "(x + 1)**3 - 1", "(1 - x)**5 - 1", "x**3 - 1", "(x - 1)**3 - 1",
                     "(x + 2)**3 - 1", "1 - (1 + x)**3", "cosh(x)**y - 1", "1 - cosh(x)**y",
                     "select(gt(x, 0), x, y)**y - 1", "y - x**y", "(x*y)**3 - 1", "exp(a)/b",
                     "log(exp(x)*cosh(y) + exp(y))", "log(exp(x)*cosh(y)**2 + 1)", "log(x*exp(x) + 1)",
                     "log(exp(x)*sqrt(cosh(y)) + 2)", "log(cosh(x) + cosh(y))", "log(exp(x)/cosh(y) + 3)",
                     "log(2**x + exp(y))", "log(3*5**x + 2)", "log(exp2(x) + exp(y))", "log(x**2 + exp(y))",
                     "log(x**y + exp(y))", "log((-2)**x + exp(y))", "log(exp(x) + y)", "log(exp(x) - 2 + exp(y))",
                     "log(2 + exp(x) + exp(y))", "log(exp(x) + 1 + exp(y))", "log(2*erfc(x) - exp(y))",
                     "log(exp(x) - 3*ndtr(x))", "log(exp(x) - ndtr(x)**2)", "log(exp(x) - ndtr(x)*erfc(x))",
                     "log(exp(x) + ndtr(x))", "log(2 - exp(x))",
                     "exp(y)/(exp(x) + exp(y))", "a*exp(x)/(2 + exp(x))", "2/(1 + exp(x))", "exp(x)/(1 + exp(x))**2",
                     "exp(2*x)/(1 + exp(x))", "exp(x)**2/(1 + exp(x))**2", "1/(2 + exp(x))", "1/(1 + exp(x))**2",
                     "3/(2 + exp(x) + exp(y))", "exp(x)/(1 + x)", "sin(x)/(exp(x) + exp(y))",
                     "3*exp(x)/(exp(x) + exp(y))", "exp(x)/sqrt(1 + exp(x))", "y*exp(x)/(exp(x) + exp(y))",
                     "2**x/(2**x + 3**x)", "exp(x)/((exp(x) + exp(y))*(exp(x) + exp(2*y)))",
                     "exp(x)/(exp(x) - exp(y))", "exp(x)*(exp(x) + exp(y))", "exp2(x)**2/(exp2(x) + exp(x))",
                     "log(exp(x)/(3*cosh(y)) + 1)", "log(exp(y) + exp(x)/(-3*cosh(y)))", "log(exp(x) - erfc(x)/2)",
                     "log(2*exp(x) + exp(y))", "(1 - x)**(5/2) - 1", "log(exp(x) + exp(-x))", "log(exp(-x) + exp(x))",
                     "(1 + x)**y", "(y + 1)**x", "(1 - x)**y", "(1 + x)**30", "(1 + x)**5", "(1 + x)**4", "(2 + x)**y",
                     "(x - 1)**y", "(1 + x*y)**(1/x)", "(1 + select(gt(x, 0), x, y))**y", "(1 + x)**(1/y)",
                     f"log({'*'.join(f'hypot(x, {k})' for k in range(1, 10))} + exp(x))"],
}

# tests of their own
TESTS = {"logarithms": [lambda: rules.test_nothing_times_the_logarithm_of_nothing((0, 1)),
                        lambda: rules.test_nothing_times_the_logarithm_of_nothing((1, 0)),
                        rules.test_the_logarithm_of_a_power_of_negative_zero, arrays.test_weighted_share_and_mean]}

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
    r"build\('add', (.*), (.*)\) becomes build\('add', \2, \1\)$": "a sum may change its operands",
    r"^_is_plain: len\(seen\) > 80": "how large a term is looked at",
    r"^_is_plain: (:1 becomes :2|top.inputs\[:1\] if|top.op.name == 'pow' becomes)":
        "an exponent that is a number is as plain as its base",
    r"^_log_poisson: _made\(.*\) becomes _made\(context, k, of, factorial, mean\)": "both orders are tried",
    r"^_common_denominator: len\(terms\)": "an early answer: of two atoms, as of one, nothing cancels",
}


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
    """[(formula, its nodes by the order of derivative, [Fact])], made before anything is changed; what mpmath remembers
    of 900 digits is so, too, but last, since it is the slower for it."""
    made = [(node, derived(node), right.facts(node, 12, seed=4)) for node in formulas(name)]
    worked_points(name)
    return made


def derived(node):
    stable = right.Stable(node)
    return [stable.nodes(order) for order in range(3)]


ANOTHER = mmap(-1, 1)                       # 1 where a child made another graph


def worked_points(name):
    for rule in rules.SCALAR:
        if rule.find is not None and rule.find.__module__ == MODULES[name].__name__ and rule.fails:
            rules.test_worked_point(rule)
    for test in TESTS.get(name, ()):
        test()


def witness(name):
    """The worked points, then what is known: of all formulas the values, then first, then second derivatives."""
    worked_points(name)
    stable = [(right.Stable(node), before, facts) for node, before, facts in known(name)]
    for order in range(3):
        for now, before, facts in stable:
            if now.nodes(order) != before[order]:
                ANOTHER[0] = 1
                right.witness(now, [fact for fact in facts if len(fact.key) == order])


NAMED = [((name, own[0].__qualname__), own) for name, module in MODULES.items() for own in found_by(module).values()]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_search_is_noticed(name, which, k, of):
    known(name)                                                             # before the children ask for it
    wrong, left, others = [], [], 0
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        wrong.append(mutant.what)
        ANOTHER[0] = 0
        if not engine.noticed(lambda: witness(name), lambda: engine.install(own, mutant.made)):
            others += ANOTHER[0]
            left += [] if ANOTHER[0] else [mutant.what]
    print(f"{which}: {others} other forms")
    engine.report(which, wrong, left, ARGUED)


@pytest.mark.nightly
@pytest.mark.parametrize("name", MODULES)
def test_the_witnesses_pass(name):
    known(name)
    assert not engine.noticed(lambda: witness(name))

"""Claimed derivatives, right and wrong, are judged: no wrong one passes, no right one is refused, slips are named."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.document.formulas import Equal, Partial, Value
from symdiff.verify import samples
from symdiff.verify.judge import Judge
from symdiff.precise import Beyond, precise
from symdiff.verify.proof import equal
from symdiff.verify.question import Setting
from symdiff.read import read
from tests.sparse import sparse

P = "1/(1 + exp(-W*X))"
L_A, L_B = f"-y*log({P})", f"-(1 - y)*log(1 - {P})"
BERNOULLI = "-(y*log(p) + (1 - y)*log(1 - p))"
n, d, k = sd.sizes("n d k")
X, y, w, b, x = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b"), sd.array("x", n)
A, S = sd.array("A", n, n), sd.array("S", n, n)
p = sd.sigmoid(X @ w)
LOGISTIC = -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p))


def chained():
    return sd.Model("h = b0 + b1*X\np = sigmoid(h)", loss=BERNOULLI)


def said(verdict):
    """The first fault as plain text."""
    return "".join([plain(word) for word in verdict.fault.words]) if verdict.fault else ""


def plain(word):
    if isinstance(word, Partial):
        return f"∂{plain(word.top)}/∂{plain(word.bottom)}"
    if isinstance(word, Equal):
        return " = ".join(map(plain, word.parts))
    return str(word.number) if isinstance(word, Value) else str(word)


# -- right claims, in any form -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("claim, formula, wrt", sparse([
    ("1/(1 + exp(-x))", "log(1 + exp(x))", "x"),
    ("exp(x)/(1 + exp(x))", "log(1 + exp(x))", "x"),                    # inf/inf in floats from 710 on
    ("1 - 1/(1 + exp(x))", "log(1 + exp(x))", "x"),                     # cancels for negative x
    ("1 - tanh(x)**2", "tanh(x)", "x"),                                 # cancels in the tails
    ("1/cosh(x)**2", "tanh(x)", "x"),
    ("4*exp(2*x)/(exp(2*x) + 1)**2", "tanh(x)", "x"),
    ("exp(-x)/(1 + exp(-x))**2", "sigmoid(x)", "x"),
    ("exp(a)/(exp(a) + exp(b))", "log(exp(a) + exp(b))", "a"),
    ("1/(1 + exp(b - a))", "logaddexp(a, b)", "a"),
    ("(p - y)/(p*(1 - p))", BERNOULLI, "p"),
    ("1/abs(x)", "log(x)", "x"),                                        # log has no value for negative x
    ("x/sqrt(x**2)", "sqrt(x**2)", "x"),
    ("sqrt(x)/(2*x)", "sqrt(x)", "x"),
    ("where(x >= 0, 1, 0)", "relu(x)", "x"),                            # another convention at the kink
    ("2*abs(x)", "x*abs(x)", "x"),
    ("x**x*(log(x) + 1)", "x**x", "x"),
    ("sin(x + pi/2)", "sin(x)", "x"),
    ("n*x**n/x", "x**n", "x"),
    ("exp(-x**2/2)/sqrt(2*pi)", "ndtr(x)", "x"),
    ("digamma(x)*gamma(x)", "gamma(x)", "x"),
    ("0", "floor(x)", "x"),
    ("0.1*x", "x**2/20", "x"),                                          # decimals mean what they say
    ("0.3333333333333333*x**2", "x**3/9", "x"),                         # constants rounded to float64
    ("479425538604203*x**3/250000000000000", "x**4*sin(1/2)", "x"),
    ("6.283185307179586*r", "pi*r**2", "r"),
    ("-y*X*exp(-W*X)/(1 + exp(-W*X))", L_A, "W"),                      # the closed forms of the lecture
    ("(1 - y)*X/(1 + exp(-W*X))", L_B, "W"),
    (f"X*({P} - y)", f"{L_A} - (1 - y)*log(1 - {P})", "W"),
], 3))
def test_right(claim, formula, wrt):
    verdict = sd.verify(claim, formula, wrt)
    assert verdict and verdict.right and verdict.faults == () and verdict.counterexample is None
    assert verdict.points >= 10


@pytest.mark.parametrize("claim, formula, wrt", sparse([
    (2*X.T @ (X @ w - y), sd.sum((X @ w - y)**2), w),
    (X.T @ (p - y)/n, LOGISTIC, w),
    ((A + A.T) @ x, x @ A @ x, x),
    (sd.inv(A).T, sd.logdet(A), A),
    (-sd.outer(sd.solve(S.T, x), sd.solve(S, x)), x @ sd.solve(S, x), S),
    (sd.softmax(w), sd.logsumexp(w), w),
    (sd.diag(sd.softmax(w)) - sd.outer(sd.softmax(w), sd.softmax(w)), sd.softmax(w), w),
    (2*sd.mean(X @ w + b - y), sd.mean((X @ w + b - y)**2), b),
    (0, sd.sum(y), w),
    (2*sp.MatrixSymbol("M", 3, 2), sp.Trace(sp.MatrixSymbol("M", 3, 2)*sp.MatrixSymbol("M", 3, 2).T),
     sp.MatrixSymbol("M", 3, 2)),
], 2))
def test_right_of_arrays(claim, formula, wrt):
    assert sd.verify(claim, formula, wrt)


@pytest.mark.nightly
def test_the_closed_form_of_ours_is_right():
    for formula, wrt in [(LOGISTIC, w), (sd.sum(x[1:]*x[:-1]**2), x), (sd.prod(x), x), (sd.det(A), A),
                         (sd.sum(sd.take(x, np.array([0, 1, 1]))**2), x), (sd.sum(sd.cumsum(x)**2), x),
                         (sd.sum(sd.cholesky(A @ A.T + sd.eye(n))), A), (sd.norm(x), x), (sd.max(x)**2, x)]:
        assert sd.verify(sd.gradient(formula, wrt), formula, wrt)


def test_any_mixture_of_dialects():
    t, X3 = sp.Symbol("t"), sp.MatrixSymbol("X", 3, 3)
    assert sd.verify(2*t, "t**2", "t") and sd.verify("2*t", t**2, t) and sd.verify(2*sd.array("t"), t**2, "t")
    assert sd.verify(2*sp.Symbol("t", positive=True), t**2, sp.Symbol("t", real=True))
    assert sd.verify(2*sd.array("X", 3, 3), sp.Trace(X3*X3.T), X3)
    assert sd.verify("2*X", sp.Trace(X3*X3.T), "X")
    assert sd.verify(sd.array("X", 4, 2).T @ sd.array("r", 4), "r @ X @ w", sd.array("w", 2))
    assert sd.verify("2*X.T @ (X @ w - y)", sd.sum((X @ w - y)**2), "w")
    i, size = sp.Symbol("i", integer=True), sp.Symbol("n", integer=True, nonnegative=True)
    v, m = sp.IndexedBase("v"), sp.Symbol("m")
    assert sd.verify(-2*sp.Sum(v[i] - m, (i, 0, size - 1)), sp.Sum((v[i] - m)**2, (i, 0, size - 1)), m)


def test_proved_or_judged():
    assert sd.verify("1/(1 + exp(-x))", "log(1 + exp(x))", "x").proved
    assert sd.verify("-y*X*exp(-W*X)/(1 + exp(-W*X))", L_A, "W").proved
    assert not sd.verify("sin(x + pi/2)", "sin(x)", "x").proved
    assert "not proved" in str(sd.verify("sin(x + pi/2)", "sin(x)", "x"))


# -- wrong claims ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("claim, formula, wrt", sparse([
    ("where(x > 50, 1.0, tanh(x))", "log(cosh(x))", "x"),               # in the tails only
    ("minimum(tanh(x), 0.99999999)", "log(cosh(x))", "x"),
    ("where(x > 5000, 0, 2*x)", "x**2", "x"),
    ("where(x > 100000000, 0, 2*x)", "x**2", "x"),
    ("where(abs(x - 3) < 0.00001, 0, 2*x)", "x**2", "x"),               # next to one number
    ("2*x + 0.001*relu(-x - 200)", "x**2", "x"),
    ("2*x + 0.001*exp(-1000000*(x - 7)*(x - 7))", "x**2", "x"),
    ("2*x*(1 + 1e-9)", "x**2", "x"),                                    # by little
    ("2*x + 1e-12", "x**2", "x"),
    ("2*x + 1e-9*sin(pi*x)", "x**2", "x"),                              # nowhere at whole numbers
    ("y**2", "x*y", "x"),                                               # right for y = 0 and y = 1
    ("-y**2/p + (1 - y)**2/(1 - p)", BERNOULLI, "p"),
    ("1/abs(x)", "log(abs(x))", "x"),                                   # for positive x only
    ("1", "sqrt(x**2)", "x"),
    ("log(x) + 1", "x*log(abs(x))", "x"),
    ("sqrt(1 - sin(x)**2)", "sin(x)", "x"),
    ("2*x", "x*abs(x)", "x"),
    ("0.333333*x**2", "x**3/9", "x"),                                   # rounded
    ("6.2831853*r", "pi*r**2", "r"),
    ("1/(1 + x**2)", "atan(1/x)", "x"),
    ("a/(a + b)", "log(exp(a) + exp(b))", "a"),
    ("k", "x", "x"),                                                    # a name the formula lacks
], 2))
def test_wrong(claim, formula, wrt):
    verdict = sd.verify(claim, formula, wrt)
    assert not verdict
    (entry, (claimed, right)), = verdict.counterexample.differ.items()
    apart = verdict.counterexample.apart
    assert entry == () and apart != 0 and claimed == pytest.approx(right + apart, nan_ok=True)


def test_counterexamples_are_the_plainest_points():
    verdict = sd.verify("3*x", "x**2", "x")
    assert {str(name): float(v) for name, v in verdict.counterexample.values.items()} == {"x": 2.0}
    assert verdict.counterexample.differ[()] == (6.0, 4.0)


def test_the_answer_and_its_text_are_the_same_on_every_run():
    texts = {str(sd.verify("y**2/p", BERNOULLI, "p")) for _ in range(2)}
    assert len(texts) == 1


# -- what is said of them ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("claim, formula, wrt, words", sparse([
    ("1/x**2", "1/x", "x", "The sign is wrong."),
    ("1 - y", "-(1 - y)*t", "t", "The sign is wrong."),
    ("-y/p - (1 - y)/(1 - p)", BERNOULLI, "p", "The sign of the term (1 - y)/(1 - p) is wrong."),
    ("x", "x**2", "x", "A factor 2 is missing."),
    ("4*x", "x**2", "x", "A factor 2 is too much."),
    ("cos(w*x)", "sin(w*x)", "x", "A factor w is missing."),
    ("exp(-W*X)/(1 + exp(-W*X))**2", P, "W", "A factor X is missing."),
    ("2*x + 1", "x**2 + 3", "x", "The term 1 is too much."),
    ("2*x", "x**2 + 3*x", "x", "The term 3 is missing."),
    ("1", "sqrt(x**2)", "x", "Right only where x > 0."),
    ("y**2", "x*y", "x", "Right only where y is 0 or 1."),
    ("where(x > 5000, 0, 2*x)", "x**2", "x", "Right only where x > 5000 does not hold."),
    ("6.28319*r", "pi*r**2", "r", "It agrees with the derivative to about 6 digits: a number in it may be rounded."),
    ("sigmoid(x)*(1 - x)", "sigmoid(x)", "x", "The term x stands where sigmoid(x) should, in the factor 1 - x."),
    ("3*x**3", "x**3", "x", "The factor x**3 has the wrong power: the exponent should be 2."),
    ("y*exp(x*y)", "exp(x*y)", "y", "The factor y stands where x should."),
    ("1/x", "log10(x)", "x", "It is 2.302585092994046 times the derivative."),
    ("x*cos(y)", "x*sin(y)", "x", "It is the derivative in y."),
], 3))
def test_said(claim, formula, wrt, words):
    verdict = sd.verify(claim, formula, wrt)
    assert not verdict and said(verdict) == words


@pytest.mark.parametrize("claim, formula, wrt, words", sparse([
    (X.T @ (y - p)/n, LOGISTIC, w, "The sign is wrong."),
    (X.T @ (p - y), LOGISTIC, w, "A factor 1/n is missing."),
    (X.T @ (X @ w - y), sd.sum((X @ w - y)**2), w, "A factor 2 is missing."),
    (2*X.T @ (X @ w + y), sd.sum((X @ w - y)**2), w, "The sign of the term y is wrong."),
    (2*A @ x, x @ A @ x, x, "Right only where A is symmetric."),
    (sd.inv(A), sd.logdet(A), A, "The transpose of the claim is right."),
    (-sd.outer(sd.solve(S, x), sd.solve(S, x)), x @ sd.solve(S, x), S, "Right only where S is symmetric."),
], 2))
def test_said_of_arrays(claim, formula, wrt, words):
    verdict = sd.verify(claim, formula, wrt)
    assert not verdict and said(verdict) == words


def test_the_parts_that_are_named():
    fault = sd.verify("-y/p - (1 - y)/(1 - p)", BERNOULLI, "p").fault
    assert (fault.kind, str(fault.part), str(fault.instead)) == ("sign", "(1 - y)/(1 - p)", "-(1 - y)/(1 - p)")


# -- the errors of the lecture's slides --------------------------------------------------------------------------------

def test_a_wrong_term_inside_a_factor_of_the_chain():
    claim, at = "-X*sigmoid(h)*(1 - sigmoid(h))*(y/p + (1 - y)/(1 - p))", {"X": 3, "b1": 3, "b0": 0, "y": 0}
    verdict = sd.verify(claim, chained(), "b1", at=at)
    assert said(verdict) == "The sign of the term (1 - y)/(1 - p) is wrong, in the factor y/p + (1 - y)/(1 - p)."
    claimed, right = verdict.at.differ[()]
    assert verdict.at is verdict.counterexample
    np.testing.assert_allclose([claimed, right], [-2.99962981627, 2.99962981627], rtol=1e-11)
    assert sd.verify("X*(sigmoid(h) - y)", chained(), "b1")


def test_the_derivative_of_a_part_for_that_of_the_whole():
    words = "It is the derivative of b0 + b1*X alone: the factor ∂loss/∂h is missing."
    assert said(sd.verify(1, chained(), "b0")) == words


def test_the_squared_error_lacks_its_inner_derivative():
    b0, b1 = sd.array("b0"), sd.array("b1")
    loss = sd.sum((y - b0 - b1*x)**2)
    assert said(sd.verify(2*sd.sum(y - b0 - b1*x), loss, b0)) == "The sign is wrong."
    assert sd.verify(-2*sd.sum((y - b0 - b1*x)*x), loss, b1)


def test_a_chain_of_factors():
    factors = ["-(1 - y)", "1/xi5", "-1", "1/xi3**2", "1", "exp(xi1)", "-X"]
    verdict = sd.verify(factors, L_B, "W")
    assert said(verdict) == "In the factor 1/ξ₃**2, which is ∂ξ₄/∂ξ₃, the sign is wrong."
    factors[3] = "-1/xi3**2"
    assert sd.verify(factors, L_B, "W") and sd.verify(factors[::-1], L_B, "W")
    verdict = sd.verify(["1 - y", "(1 + exp(-W*X))/exp(-W*X)", -1, f"-{P}**2", "exp(-W*X)", "-X"], L_B, "W")
    assert said(verdict) == "In the factor 1 - y, which is ∂L/∂ξ₆, the sign is wrong."
    verdict = sd.verify(["-y/p - (1 - y)/(1 - p)", "p*(1 - p)", "X"], chained(), "b1")
    assert said(verdict) == "In the factor -y/p - (1 - y)/(1 - p), which is ∂loss/∂p, the sign of the term " \
                            "(1 - y)/(1 - p) is wrong."


@pytest.mark.nightly
def test_a_table_of_partials():
    table = [("L", "-y"), ("ξ₅", "1/ξ₄"), ("ξ₄", "1/ξ₃**2"), ("ξ₃", 1), ("xi_2", "exp(xi1)"), ("xi1/W", "-X")]
    verdict = sd.verify(table, L_A, "W", at={"X": 3, "y": 1, "W": 3})
    assert [line.right for line in verdict.lines] == [True, True, False, True, True, True]
    assert str(verdict.lines[2].derivative) == "-1/ξ₃**2"
    assert said(verdict) == "In ∂ξ₄/∂ξ₃: The sign is wrong."
    np.testing.assert_allclose(verdict.at.differ[()], (0.00037018372, -0.00037018372), rtol=1e-7)
    table[2] = (("ξ₄", "ξ₃"), "-1/(1 + exp(-W*X))**2")
    assert sd.verify(table, L_A, "W")
    verdict = sd.verify({"loss": "-y/p - (1 - y)/(1 - p)", "p/h": "p*(1 - p)", "h": "X"}, chained(), "b1")
    assert [line.right for line in verdict.lines] == [False, True, True]


def test_a_derivation_is_a_table():
    derivation = sd.derivation(L_A, "W")
    assert sd.verify(derivation, derivation, "W")
    assert len(sd.verify(derivation, L_A, "W").lines) == len(derivation.rows)


# -- in what -----------------------------------------------------------------------------------------------------------

def test_in_an_equation_of_a_model():
    assert sd.verify("-y/p + (1 - y)/(1 - p)", chained(), "p")
    assert sd.verify("p - y", chained(), "h") and sd.verify("sigmoid(h) - y", chained(), "h")
    assert sd.verify("-y*(1 + exp(-h)) + (1 - y)*(1 + exp(h))", chained(), "p")         # in what p is made of
    verdict = sd.verify("-y/p", chained(), "p", at={"X": 3, "b1": 3, "b0": 0, "y": 0})
    np.testing.assert_allclose(float(verdict.at.values[sd.array("p")]), 1/(1 + np.exp(-9)))


def test_in_a_part_of_the_formula():
    z = X @ w
    assert sd.verify(2*(z - y), sd.sum((z - y)**2), z)
    assert not sd.verify(z - y, sd.sum((z - y)**2), z)


def test_a_name_that_the_formula_lacks():
    assert sd.verify(0, sp.Symbol("t")**2, sp.Symbol("u"))
    with pytest.raises(sd.ArgumentError, match="the formula has no u"):
        sd.verify("0", "t**2", "u")


# -- where -------------------------------------------------------------------------------------------------------------

def test_at_a_point():
    verdict = sd.verify("-y*X*exp(-W*X)/(1 + exp(-W*X))", L_A, "W", at={"X": 3, "y": 1, "W": 3, "unused": 1})
    assert verdict.at.differ == {}
    np.testing.assert_allclose(verdict.at.claimed, -0.000370183725, rtol=1e-8)
    with pytest.raises(sd.ArgumentError, match="no value for W"):
        sd.verify("1", L_A, "W", at={"X": 3, "y": 1})
    with pytest.raises(sd.SymdiffError):
        sd.verify("1", L_A, "W", at={"X": 3, "y": 1, "W": "three"})
    with pytest.raises(sd.SizeMismatch):
        sd.verify(2*w, sd.sum(w**2), w, at={"w": 3.0})


def test_points_without_a_derivative_are_told():
    verdict = sd.verify("sign(x)", "sqrt(x**2)", "x")
    assert verdict and any("no derivative" in note[0] for note in verdict.notes)
    verdict = sd.verify("x**2/x", "x**2/2", "x")
    assert verdict and any("no value" in note[0] for note in verdict.notes)
    with pytest.raises(sd.NoDerivative):
        sd.verify("1", "log(-x**2 - 1)", "x")
    with pytest.raises(sd.NoDerivative, match="too few"):
        sd.verify("2*x", "x**2 + where(abs(x - 1) < 1e-12, 0, log(-1 - x**2))", "x")


def test_assumptions_of_symbols_are_kept():
    u = sp.Symbol("u", positive=True)
    assert sd.verify(1/u, sp.log(u), u)
    assert sd.verify(sp.Integer(1), sd.parse("sqrt(u**2)", u=u), u)
    assert not sd.verify(sp.Integer(1), sd.parse("sqrt(u**2)", u=sp.Symbol("u")), "u")


# -- sizes and bad claims ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("claim, formula, wrt, words", [
    (X @ w, sd.sum((X @ w)**2), w, r"the sizes \(d,\), and the claim \(n,\)"),
    (sp.exp(x), sp.exp(x), x, "diag of the claim is right"),
    (sd.outer(w, y), y @ X @ w, X, "its transpose is right"),
    (X @ w + b - y, sd.sum((X @ w + b - y)**2)/2, b, "the sum of the claim is right"),
    (X @ w + b - y, sd.mean((X @ w + b - y)**2)/2, b, "the mean of the claim is right"),
])
def test_sizes_that_do_not_fit(claim, formula, wrt, words):
    with pytest.raises(sd.SizeMismatch, match=words):
        sd.verify(claim, formula, wrt)


@pytest.mark.parametrize("call, words", [
    (lambda: sd.verify("2*x", "x**2", ["x"]), "one variable at a time"),
    (lambda: sd.verify([], "x**2", "x"), "empty list"),
    (lambda: sd.verify([["x"], 2], "x**2", "x"), "a list stands among the factors"),
    (lambda: sd.verify([("nothing", "x")], "x**2", "x"), "nothing is called nothing"),
    (lambda: sd.verify([("L/y", "x")], "sin(x*y)", "x"), "does not depend on"),
    (lambda: sd.verify("2*x", "x**2", 3), "nothing to differentiate by"),
    (lambda: sd.verify("2*x", "x**2", sp.sin(sp.Symbol("x"))), "no part of the formula"),
    (lambda: sd.verify("2*", "x**2", "x"), "an operand is missing"),
    (lambda: sd.verify("2*x", [sp.Symbol("x"), sp.Symbol("y")], "x"), "one is differentiated at a time"),
    (lambda: sd.verify(2*sd.array("w", 3), sd.sum(sd.array("w", 4)**2), "w"), "two sizes"),
    (lambda: sd.verify([w, y], sd.sum(w), w), "do not fit together"),
    (lambda: sd.verify("2*x", "x**2", "x", at=3), "given by name"),
    (lambda: sd.verify("x > 0", "x**2", "x"), "condition"),
    (lambda: sd.verify(None, "x**2", "x"), "no formula"),
])
def test_bad_claims(call, words):
    with pytest.raises(sd.SymdiffError, match=words):
        call()


def test_names_beyond_ascii_and_a_document():
    verdict = sd.verify("2*β₁", "β₁**2 + γ", "β₁")
    assert verdict and "β₁" in str(verdict)
    assert "The claim is right" in verdict.html() and "<math" in verdict._repr_html_()
    assert verdict.latex(whole=False) and verdict.markdown()


# -- the pieces --------------------------------------------------------------------------------------------------------

def test_values_are_right_where_floats_lose_everything():
    value, = precise([read(sd.parse("log(1 - 1/(1 + exp(-x)))"))], {"x": np.float64(700)}, {})
    assert abs(value[()] + 700) < 1e-300
    with pytest.raises(Beyond):
        precise([read(sd.parse("exp(exp(x))"))], {"x": np.float64(100)}, {})


def test_proofs_are_sound():
    def nodes(*texts):
        return [read(sd.parse(text)) for text in texts]
    assert equal(*nodes("sqrt(x)**3/x", "sqrt(x)")) and equal(*nodes("exp(2*x)/exp(x)", "exp(x)"))
    assert equal(*nodes("(x + y)**2 - x**2 - y**2", "2*x*y")) and equal(*nodes("x**(n - 1)*x", "x**n"))
    assert equal(*nodes("sin(x*y)/x", "sin(y*x)*x/x**2")) and equal(*nodes("1 - tanh(x)**2", "1/cosh(x)**2"))
    assert not equal(*nodes("sqrt(x**2)", "x + 1")) and not equal(*nodes("exp(x*y)", "exp(x)*exp(y)"))
    assert not equal(*nodes("log(x*y)", "log(x)*log(y)")) and not equal(*nodes("sin(2*x)", "2*sin(x)"))


def test_a_kink_condemns_nobody_and_hides_nothing():
    def kind(claim, formula, at):
        setting = Setting(formula, "x", [claim])
        return Judge(setting.question(setting.claim(claim))).sample(({"x": np.float64(at)}, {})).kind
    assert kind("5", "abs(x)", 0) == "none" and kind("5", "abs(x)", 1) == "wrong"
    assert kind("5", "x*abs(x)", 0) == "wrong" and kind("0", "x*abs(x)", 0) == "agree"
    assert kind("1/x", "log(x)", -1) == "outside" and kind("log(x)", "x**2", -1) == "undefined"


def test_large_formulas_are_judged_in_floats():
    B, t, v = sd.array("B", 200, 40), sd.array("t", 40), sd.array("v", 200)
    verdict = sd.verify(2*B.T @ (B @ t - v), sd.sum((B @ t - v)**2), t)
    assert verdict and verdict.rough and verdict.points >= samples.FEWEST
    assert not sd.verify(2*(1 + 1e-6)*B.T @ (B @ t - v), sd.sum((B @ t - v)**2), t)

"""Bad inputs, section A (1 to 34): expressions, each refused by an error of the project or compiled right."""
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy as sp
import sympy.physics.units
import sympy.stats

import symdiff as sd
from tests.patience import soon

x, y = sp.symbols("x y", real=True)
z = sp.Symbol("z")
n, d = sd.sizes("n d")
k = sp.Symbol("k", integer=True)
MARKER = "/tmp/symdiff-marker-of-a-bad-input"
CODE = f"__import__('os').system('touch {MARKER}')"


def refused(error, words, call):
    """The error, which says what and what to do."""
    start = time.process_time()
    with pytest.raises(error, match=f"(?s){words}") as caught:
        call()
    assert caught.type.__module__ == "symdiff.errors" and caught.value.do and soon(start, 0.25)
    return caught.value


def test_1_text_is_not_compiled():
    refused(sd.UnknownForm, "text.*parse", lambda: sd.compile("x**2"))
    refused(sd.UnknownForm, "text", lambda: sd.gradient("x**2", "x"))


FORMULAS = {
    2: [CODE, "open('a')", "exec(x)"],
    3: ["().__class__.__base__", "x.real", "x.__class__", "lambda: 1", "[a for a in b]", "f'{x}'", "(x:=3)",
        "x if y else z",
        "x;y", "x = 3", "x, y", "*x", "**x", "exp(**x)", "x!", "`x`", "yield x", "not x", "print(x)"],
    4: ["9**9**9", "factorial(10**9)", "2**(-10**9)", "x"*10_000_000, "("*100_000 + "x" + ")"*100_000, "1"*100_000],
    17: ["I*x", "re(x)", "conjugate(x)"],
    18: ["oo*x", "-oo + x", "nan", "inf*x", "zoo", "1/0*x", "0/0"],
    19: ["10**400*x", "1e400*x", "9"*400],
}


@pytest.mark.parametrize("number, formula", [(number, f) for number, formulas in FORMULAS.items() for f in formulas],
                         ids=lambda value: str(value)[:20])
def test_2_3_4_17_18_19_formulas(number, formula):
    start = time.process_time()
    try:
        made = sd.parse(formula)
    except sd.SymdiffError as error:
        assert "column" in str(error) or "characters" in str(error) or "factorial" in str(error)
        assert error.do and len(str(error)) < 1000
    else:
        pytest.fail(f"{formula[:40]} was read as {str(made)[:80]}")
    assert soon(start, 0.1) and not os.path.exists(MARKER)


def test_2_4_the_command_line_says_the_same():
    done = subprocess.run([sys.executable, "-m", "symdiff", "derive", CODE], capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr and not os.path.exists(MARKER)
    assert done.stderr.startswith("symdiff: SpecError: ") and "column" in done.stderr and "do:" in done.stderr


NAMES = [CODE, "it's \"quoted\"", "a\nb", "%s%d", "{}{0}", "\\", "a\0b", "x"*100_000, "lambda", "None", "math", "np",
         "out",
         "x0", "_t1", "self", "λ", "ﬁ", "fi", " ", "#", '"""', "t0", "run", "table", "out0", "values", "dx", "bar_0",
         "<b>&", "$_^"]


def test_5_6_7_names_of_every_kind():
    symbols = [sp.Symbol(name, real=True) for name in NAMES]
    f = sd.compile(sp.Add(*[sp.sin(s)*i for i, s in enumerate(symbols, 1)]), wrt=symbols[:4] + symbols[-2:])
    values = {name: i/10 for i, name in enumerate(NAMES)}
    right = sum(i*np.sin(values[name]) for i, name in enumerate(NAMES, 1))
    assert f(values) == pytest.approx(right, rel=1e-14)
    gradient = f.grad(values)
    for i in (0, 1, 2, 3, len(NAMES) - 2, len(NAMES) - 1):
        assert gradient[NAMES[i]] == pytest.approx((i + 1)*np.cos(values[NAMES[i]]), rel=1e-14)
    module = {}
    exec(compile(f.source, "source", "exec"), module)
    assert module["value"](*[values[name] for name in f.inputs]) == pytest.approx(right, rel=1e-14)
    assert repr(f) and str(f.rewrites) and not os.path.exists(MARKER)


def test_8_code_as_the_name_of_other_things():
    refused(sd.UnknownForm, "undefined function", lambda: sd.compile(sp.Function(CODE)(x)))
    base, matrix, i = sp.IndexedBase(CODE, shape=(n,)), sp.MatrixSymbol(CODE + " ", 2, 2), sp.Symbol("i")
    f = sd.compile(sp.Sum(base[i], (i, 0, n - 1)) + sp.Trace(matrix))
    assert f({CODE: np.ones(3), CODE + " ": np.eye(2)}) == 5.0 and not os.path.exists(MARKER)


def test_9_10_two_symbols_of_one_name():
    one, two = sp.Symbol("x", positive=True), sp.Symbol("x", real=True)
    f = sd.compile(one - 2*two, wrt=[one, two])
    assert f({one: 1.0, two: 2.0}) == -3 and f.grad({one: 1.0, two: 2.0})[two] == -2
    refused(sd.NameClash, "two inputs are called 'x'", lambda: f(x=1.0))
    refused(sd.NameClash, "positive=True.*real=True", lambda: sd.compile(one - 2*two, wrt=["x"]))
    t, u = sp.Dummy("_t"), sp.Dummy("_t")
    assert sd.compile(t - 2*u)({t: 1.0, u: 2.0}) == -3
    refused(sd.NameClash, "two things are called 'x'", lambda: sd.compile(sd.sum(sd.array("x", n)) + two))


def test_11_names_that_are_not_declared():
    error = refused(sd.SpecError, "v, zz", lambda: sd.Model(equations={"h": "tanh(a*u + v)"}, loss="h*zz",
                                                              parameters={"a": ()}, data={"u": ()}).outputs)
    assert "v in h" in str(error)
    refused(sd.ArgumentError, "no value for x, y", lambda: sd.compile(x*y + z)(z=1.0))


def test_12_inputs_without_effect():
    w = sd.array("w", 3)
    f = sd.compile(x**2, wrt=[x, w])
    values = {"x": 2.0, "w": np.ones(3)}
    assert f.inputs == ("x", "w") and f.grad(values)["w"].tolist() == [0, 0, 0] and not f.hess(values)["w", "w"].any()
    assert any("w does not occur" in note for note in f.notes)


@pytest.mark.parametrize("wrt", [[x, x], [x, "x"], x + y, [sp.sin(x)], 3, [3], [None], "q", ["x", "q"], [x, 2.5], z])
def test_13_14_what_to_differentiate_by(wrt):
    if wrt is z:                                            # no input yet: it becomes one, of derivative 0
        assert sd.compile(x*y, wrt=z).grad(x=1.0, y=1.0, z=1.0) == {"z": 0.0}
        return
    refused(sd.ArgumentError, "twice|nothing to differentiate|no input", lambda: sd.compile(x*y, wrt=wrt))


UNKNOWN = {
    15: [sp.besselj(k, x), sp.Derivative(sp.Function("f")(x), x), sp.Subs(sp.Function("f")(y), y, x),
         sp.Integral(sp.exp(-x**2), (x, 0, y)), sp.Sum(x**k, (k, 0, y)), sp.Sum(x**k, (k, 0, sp.oo)),
         sp.Sum(x**k, (k, 0, n)), sp.zeta(x), sp.DiracDelta(x), sp.Limit(sp.sin(x)/x, x, 0), sp.LambertW(x),
         sp.O(x**2) + x, sp.Idx("i")*x],
    17: [sp.I*x, sp.sqrt(-1)*x, sp.conjugate(z), sp.re(z), sp.im(z), sp.arg(z), sp.Symbol("c", imaginary=True)*2],
    18: [sp.zoo, sp.nan*x, sp.oo*x, x + sp.oo, x*sp.Float("inf"), x + sp.Float("nan"),
         sp.Piecewise((x, x > 0), (sp.nan, True)),
         sp.Piecewise((x, x > 0), (sp.oo, True))],
    19: [x*10**400, x*sp.Float("1e400")],
    26: [sp.Symbol("A", commutative=False)*x],
    28: [x > 0, sp.And(x > 0, y > 0), sp.true, sp.Eq(x, y), sp.ITE(x > 0, y > 0, y < 0)],
    31: [None, {x}, [[x]], lambda x: x, np.array([x]), sp.Interval(0, 1), sp.Lambda(x, x**2)],
    33: [sp.stats.Normal("N", 0, 1)*x, sp.physics.units.meter*x, sp.Q.positive(x)],
}


@pytest.mark.parametrize("number, expression", [(number, e) for number, several in UNKNOWN.items() for e in several],
                         ids=lambda value: str(value)[:20])
def test_15_to_33_unknown_forms(number, expression):
    error = refused((sd.UnknownForm, sd.DTypeError), "", lambda: sd.compile(expression))
    assert "Traceback" not in str(error) and len(str(error)) < 2000
    if number in (15, 33):
        assert error.where and "do:" in str(error)


def piecewise(*pairs):
    return sp.Piecewise(*pairs, evaluate=False)


RIGHT = {                                                   # (formula, value at x = 0.7, derivative)
    "15 floor": (sp.floor(x), 0.0, 0.0), "15 ceiling": (sp.ceiling(x), 1.0, 0.0), "15 frac": (sp.frac(x), 0.7, 1.0),
    "15 Mod": (sp.Mod(x, 2), 0.7, 1.0), "16 Abs": (sp.Abs(z).subs(z, -x), 0.7, 1.0),
    "19 third": (x*sp.Rational(1, 3), 0.7/3, 1/3), "19 ratio": (x*sp.Rational(10**400 + 1, 10**400), 0.7, 1.0),
    "19 digits": (x*sp.Float("0.1" + "0"*48 + "1", 50), 0.7*0.1, 0.1),
    "27 no default": (sp.Piecewise((x**2, x > 0)), 0.7**2, 1.4),
    "27 nothing holds": (sp.Piecewise((x, x > 1)), np.nan, np.nan),
    "27 overlap": (piecewise((x, x > 0), (x**2, x > -1), (3, True)), 0.7, 1.0),
    "27 equal": (piecewise((1, x < 0.7), (2, x < 0.7), (x*3, True)), 3*0.7, 3.0),
    "32 Add": (sp.Add(x, x, evaluate=False), 1.4, 2.0), "32 Unevaluated": (sp.UnevaluatedExpr(x)*x, 0.7*0.7, 1.4),
    "32 0*x": (sp.Mul(0, x, evaluate=False), 0.0, 0.0), "34 x/x": (x/x + x - x, 1.0, 0.0),
}


def test_15_16_19_27_32_34_taken():
    with pytest.warns(UserWarning, match="taken as 0"):
        f = sd.compile({name: formula for name, (formula, _, _) in RIGHT.items()}, wrt=[x])
    values, slopes = f(x=0.7), f.jac(x=0.7)
    for name, (_, value, slope) in RIGHT.items():
        if name == "27 nothing holds":
            assert np.isnan(values[name])
            continue
        assert values[name] == pytest.approx(value, rel=1e-15), name
        assert slopes[name]["x"] == pytest.approx(slope, rel=1e-15), name


def test_16_symbols_are_real():
    assert sd.compile(sp.Abs(z))(z=-2.0) == 2 and sd.compile(sp.Abs(z)).grad(z=-2.0) == {"z": -1.0}


def test_20_deep():
    deep, formula = sd.array("x"), "tanh("*900 + "x" + ")"*900
    for _ in range(900):
        deep = sp.tanh(deep)
    right, slope = 0.5, 1.0
    for _ in range(900):
        right = np.tanh(right)
        slope *= 1 - right*right
    for f in (sd.compile(deep), sd.compile(sd.parse(formula))):
        value, gradient = f.value_and_grad(x=0.5)
        assert value == pytest.approx(right, rel=1e-12) and gradient["x"] == pytest.approx(slope, rel=1e-10)
    far = sd.array("x")
    for _ in range(20_000):
        far = sp.tanh(far)
    assert sd.compile(far).inputs == ("x",)


def test_21_sixty_doublings():
    e, plain = sd.array("x"), x
    for _ in range(60):
        e, plain = e*e, sp.Mul(plain, plain, evaluate=False)
    for f in (sd.compile(e), sd.compile(plain)):
        assert f.value_and_grad(x=1.0) == (1.0, {"x": 2.0**60})


def test_22_a_long_sum():
    terms = sp.symbols("s0:1500")
    f = sd.compile(sp.Add(*[s**2 for s in terms]), wrt=terms[:1])
    assert f.value_and_grad({s: 2.0 for s in terms}) == (6_000.0, {"s0": 4.0})


def test_23_25_matrices_where_sympy_says_0():
    S, F = sp.MatrixSymbol("S", n, n), sp.MatrixSymbol("F", n, n)
    f = sd.compile([sp.log(sp.Determinant(S)), sp.exp(sp.Trace(S)), (sp.Trace(F.T*F) - 3)**2], wrt=["S", "F"])
    values = {"S": np.array([[2.0, 0.5], [0.3, 1.0]]), "F": np.array([[1.0, 2.0], [3.0, 4.0]])}
    logdet, trace, square = f.jac(values)
    np.testing.assert_allclose(logdet["S"], np.linalg.inv(values["S"]).T, rtol=1e-13)
    np.testing.assert_allclose(trace["S"], np.exp(3.0)*np.eye(2), rtol=1e-14)
    np.testing.assert_allclose(square["F"], 4*(30 - 3)*values["F"], rtol=1e-14)
    assert f.jac({"S": [[2.0]], "F": [[1.0]]})[0]["S"].tolist() == [[0.5]]
    assert f({"S": np.ones((0, 0)), "F": np.ones((0, 0))})[1] == 1.0


@pytest.mark.filterwarnings("ignore::sympy.utilities.exceptions.SymPyDeprecationWarning")
def test_24_products_that_do_not_fit():
    refused(sd.SizeMismatch, r"\(2, 3\).*\(2, 3\)", lambda: sd.array("A", 2, 3) @ sd.array("B", 2, 3))
    wrong = sp.MatMul(sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("B", 2, 3), check=False)
    refused(sd.SizeMismatch, r"\(2, 3\).*\(2, 3\)", lambda: sd.compile(wrong))
    refused(sd.SizeMismatch, "(n,).*(d,)", lambda: sd.array("a", n) + sd.array("b", d))


def test_29_constants():
    f = sd.compile([sp.Integer(3), sp.pi, sp.Float(2.5)], wrt=[sd.array("w", 2, 3)])
    assert f(w=np.ones((2, 3))) == (3.0, np.pi, 2.5)
    assert all(block["w"].tolist() == [[0]*3]*2 for block in f.jac(w=np.ones((2, 3))))


def test_30_a_vector_has_no_gradient():
    f = sd.compile(sd.array("v", n)*2)
    for call in (f.grad, f.value_and_grad, f.hess, lambda **values: f.hvp({}, **values)):
        refused(sd.NoDerivative, "jac", lambda: call(v=np.ones(3)))
    refused(sd.NoDerivative, "jacobian", lambda: sd.gradient(sd.array("v", n)*2, "v"))


def test_31_outputs_of_every_kind():
    terms, wanted = [x, x**2], [2.0, 4.0]
    for given in (terms, tuple(terms), sp.Tuple(*terms), sp.Matrix(terms), sp.Array(terms), {"a": x, "b": x**2}):
        found = sd.compile(given, wrt=[x])(x=2.0)
        assert np.ravel(list(found.values()) if isinstance(found, dict) else found).tolist() == wanted
    assert sd.compile([])() == () and sd.compile(np.array([1.0, 2.0]))().tolist() == [1, 2]

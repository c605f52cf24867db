"""Every dialect of SymPy is read into one graph: values against NumPy, identity between dialects, refusals by name."""
import re
import time

import numpy as np
import pytest
import scipy.special as special
import sympy as sp
from sympy.matrices.expressions import DiagMatrix, DiagonalMatrix, DiagonalOf, DotProduct, HadamardPower
from sympy.matrices.expressions import KroneckerProduct
from sympy.tensor.array import ImmutableDenseNDimArray, MutableDenseNDimArray
from sympy.tensor.array.expressions import (ArrayAdd, ArrayContraction, ArrayDiagonal, ArrayElementwiseApplyFunc,
                                            ArraySymbol,
                                            ArrayTensorProduct, OneArray, PermuteDims, Reshape, ZeroArray)

import symdiff.language as sd
from symdiff.errors import ArgumentError, NameClash, SymdiffError, UnknownForm
from symdiff.evaluate import evaluate
from symdiff.graph import check, order
from symdiff.primitives.leaf import number
from symdiff.model import Model
from symdiff.read import read, read_all
from symdiff.write import write
from tests.patience import soon

x, y, z = sp.symbols("x y z")
n, m = sd.sizes("n m")
i, j, k = sp.symbols("i j k", integer=True)
RNG = np.random.default_rng(1)


def value(expression, **values):
    """The value of one expression; the graph is checked, and read again from what is written."""
    reading = read_all(expression)
    check(reading.outputs)
    names = {node.attributes[0] for node in reading.inputs.values()}
    result, = evaluate(reading.outputs, {k: v for k, v in values.items() if k in names})
    if any(node.sizes for node in reading.inputs.values()) or not sp.sympify(expression).free_symbols & {n, m}:
        assert read(write(reading.outputs[0])) is reading.outputs[0]
    return result


def close(got, expected, rtol=1e-12):
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-14)


# -- plain scalars ---------------------------------------------------------------------------------

SCALARS = [
    (x*sp.exp(-x)/(y + 1) - 3*y, lambda x, y: x*np.exp(-x)/(y + 1) - 3*y),
    (sp.sqrt(x)/sp.sqrt(y) + x**sp.Rational(1, 3) + y**-2 + x**y + 2**x, lambda x,
     y: np.sqrt(x/y) + x**(1/3) + y**-2 + x**y + 2**x),
    (sp.pi*x + sp.E*y + sp.EulerGamma + sp.GoldenRatio + sp.Catalan, lambda x,
     y: np.pi*x + np.e*y + 0.5772156649015329 + 1.618033988749895 + 0.915965594177219),
    (sp.sec(x) + sp.csc(x) + sp.cot(x) + sp.sech(x) + sp.csch(x) + sp.coth(x),
     lambda x, y: 1/np.cos(x) + 1/np.sin(x) + 1/np.tan(x) + 1/np.cosh(x) + 1/np.sinh(x) + 1/np.tanh(x)),
    (sp.asec(x + 2) + sp.acsc(x + 2) + sp.acot(x) + sp.asech(y/9) + sp.acsch(x) + sp.acoth(x + 2),
     lambda x, y: np.arccos(1/(x + 2)) + np.arcsin(1/(x + 2)) + np.arctan(1/x)
     + np.arccosh(9/y) + np.arcsinh(1/x) + np.arctanh(1/(x + 2))),
    (sp.log(x, 3) + sp.log(x*y), lambda x, y: np.log(x)/np.log(3) + np.log(x*y)),
    (sp.digamma(x) + sp.polygamma(2, y) + sp.trigamma(x) + sp.loggamma(x) + sp.gamma(y),
     lambda x, y: special.digamma(x) + special.polygamma(2, y) + special.polygamma(1,
         x) + special.gammaln(x) + special.gamma(y)),
    (sp.binomial(x + 3, y), lambda x, y: special.binom(x + 3, y)),
    (sp.beta(x, y) + sp.factorial(x), lambda x, y: special.beta(x, y) + special.gamma(x + 1)),
    (sp.erf(x) + sp.erfc(y) + sp.erf2(x, y) + sp.erfinv(y/9) + sp.sinc(x),
     lambda x, y: special.erf(x) + special.erfc(y) + special.erf(y) - special.erf(x)
     + special.erfinv(y/9) + np.sin(x)/x),
    (sp.Max(x, y, 1, x*y) - sp.Min(x, 2*y, x*y) + sp.Max(x, 1), lambda x,
     y: max(x, y, 1, x*y) - min(x, 2*y, x*y) + max(x, 1)),
    (abs(x - y) + sp.sign(x - y) + sp.Mod(x, y) + sp.floor(9*x) + sp.ceiling(9*y) + sp.frac(7*x),
     lambda x, y: abs(x - y) + np.sign(x - y) + np.mod(x, y) + np.floor(9*x) + np.ceil(9*y) + 7*x - np.floor(7*x)),
    (sp.Heaviside(x - y) + sp.Heaviside(x - x*1, sp.Rational(1, 4)) + sp.Heaviside(x*y - x*y + x - 7), lambda x,
     y: np.heaviside(x - y, 0.5) + 0.25),
    (sp.Piecewise((x, x < y), (y, (x > 2*y) | ~(y < 1)), (x*y, True)), lambda x,
     y: x if x < y else y if x > 2*y or not y < 1 else x*y),
    (sp.Piecewise((1, sp.ITE(x < y, x > 1, y > 1)), (0, True)),
     lambda x, y: float(x > 1 if x < y else y > 1)),
    (sp.atan2(y, x) + sp.asinh(x) + sp.acosh(x + 1) + sp.atanh(y/9), lambda x,
     y: np.arctan2(y, x) + np.arcsinh(x) + np.arccosh(x + 1) + np.arctanh(y/9)),
    (sp.Mul(-1, sp.sin(x), y) - 2*x*y - x/y, lambda x, y: -np.sin(x)*y - 2*x*y - x/y),
    (sp.exp(x, evaluate=False)*sp.Pow(sp.E, y, evaluate=False), lambda x, y: np.exp(x)*np.exp(y)),
    (sp.UnevaluatedExpr(x + y)*sp.Add(x, x, evaluate=False), lambda x, y: (x + y)*2*x),
]


@pytest.mark.parametrize("case", range(len(SCALARS)))
def test_scalars(case):
    expression, expected = SCALARS[case]
    for a, b in RNG.uniform(0.5, 3, (5, 2)):
        close(value(expression, x=a, y=b), expected(a, b), 1e-11)


def test_heaviside_at_zero():
    assert value(sp.Heaviside(x), x=0.0) == 0.5
    assert value(sp.Heaviside(x, 0), x=0.0) == 0 and value(sp.Heaviside(x, 1), x=0.0) == 1


def test_forms():
    def names(e):
        return [node.op.name for node in order([read(e)]) if node.inputs]

    assert names(x - y) == ["sub"] and names(-x) == ["neg"] and names(x/y) == ["div"] and names(1/x) == ["div"]
    assert names(sp.sqrt(x)) == ["sqrt"] and names(1 - x) == ["sub"] and names(x - 1) == ["sub"]
    assert names(1 - 2*x) == ["mul", "sub"] and names(1/sp.sqrt(x)) == ["sqrt", "div"]
    assert names(sp.Max(x, 0)) == ["maximum_const"] and names(sp.Max(x, y)) == ["maximum"]
    assert "max_reduce" in names(sp.Max(x, y, z))
    assert names(x**2) == ["pow"] and names(sp.exp(x)) == ["exp"]


def test_bad_input_15_16_steps_and_absolute_values():
    assert value(sp.floor(x) + sp.ceiling(x) + sp.Mod(x, 2) + abs(x), x=-2.5) == -3 - 2 + 1.5 + 2.5


def test_bad_input_19_numbers():
    assert value(sp.Rational(1, 3)) == 1/3
    assert value(sp.Float("0.1", 50)) == 0.1
    assert value(sp.Float("1.00000000000000011102230246251565404236316680908203126", 60)) == 1.0000000000000002
    assert value(sp.Rational(10**400 + 1, 10**400)) == 1.0 and value(sp.Rational(1, 10**400)) == 0
    assert value(sp.pi) == np.pi and value(sp.E) == np.e
    for too_large in (sp.Integer(10)**400, sp.Float("1e400"), x*10**400, sp.Integer(2)**1024):
        with pytest.raises(UnknownForm, match="larger than float64"):
            read(too_large)
    close(value(sp.loggamma(200)*x, x=1.0), special.gammaln(200))
    close(value(sp.log(10**400)), 400*np.log(10))
    close(value(sp.log(sp.Integer(10)**10**6)*x, x=1.0), 10**6*np.log(10))


def test_numbers_of_more_digits_than_python_writes_out():
    """They are told by how many digits they have; logarithms of them are numbers like others."""
    for too_large in (sp.Integer(2)**10**6*x, sp.factorial(10**4) + x, sp.sin(sp.Integer(10)**10**5)*x,
                      x/2 + sp.Rational(3**20_000, 2)):
        with pytest.raises(UnknownForm, match="of some [0-9,]+ digits is larger than float64"):
            read(too_large)
    close(value(sp.log(sp.prod(range(1, 2000)))*x, x=1.0), special.gammaln(2000))


@pytest.mark.parametrize("bad", [sp.zoo, sp.nan, sp.oo, x + sp.oo, sp.Max(x, -sp.oo, evaluate=False), x + sp.zoo*y])
def test_bad_input_18_no_real_number(bad):
    with pytest.raises(UnknownForm):
        read(bad)


@pytest.mark.parametrize("bad", [sp.I*x, sp.sqrt(-1), sp.sqrt(-2)*x, sp.conjugate(x), sp.re(x), sp.im(x), sp.arg(x),
                                 (-8)**sp.Rational(1, 3)*x,
                                 sp.log(-2.0), sp.Pow(-8, sp.Rational(1, 3), evaluate=False)])
def test_bad_input_17_complex(bad):
    with pytest.raises(UnknownForm, match="complex"):
        read(bad)


f = sp.Function("f")
REFUSED = [sp.Derivative(f(x), x), sp.Derivative(sp.zeta(x), x), sp.Integral(sp.exp(x**x), (x, 0, 1)),
           sp.Subs(f(x), x, 2), f(x), sp.zeta(x),
           sp.besselj(2, x), sp.lowergamma(x, y), sp.DiracDelta(x), sp.LambertW(x), sp.Limit(f(x), x, 0),
           sp.Sum(x**k, (k, 0, z)),
           sp.Sum(x**k, (k, 0, sp.oo)), sp.Sum(x**k, (k, 0, m)), sp.Sum(x**k/k, (k, 1, sp.Rational(7, 2))),
           sp.hyper([1], [2], x),
           sp.Lambda(x, x), sp.FiniteSet(x), sp.Tuple(x, sp.Tuple(y))]


@pytest.mark.parametrize("bad", REFUSED, ids=str)
def test_bad_input_15_unknown_forms_name_what_and_where(bad):
    with pytest.raises(UnknownForm) as caught:
        read(bad)
    assert "in:" in str(caught.value) and "do:" in str(caught.value)


def test_bad_input_33_symbols_that_are_no_numbers():
    from sympy.physics.units import meter
    from sympy.stats import Normal
    for bad in (Normal("X", 0, 1) + x, 3*meter, sp.Q.positive(x)):
        with pytest.raises(UnknownForm):
            read(bad)


def test_the_path_to_what_is_unknown():
    with pytest.raises(UnknownForm) as caught:
        read(sp.zeta(x)*sp.exp(-z*y))
    text = str(caught.value)
    assert text.startswith("no primitive reads sympy.zeta.") and "exp(-y*z)*zeta(x)" in text \
        and "known: " in text and "README" in text
    assert "Mul" in text and "zeta(x)" in text.split("\n")[2]
    deep = sp.zeta(x)
    for _ in range(300):
        deep = sp.Add(sp.sin(deep, evaluate=False), 1, evaluate=False)
    with pytest.raises(UnknownForm) as caught:
        read(deep)
    assert len(str(caught.value)) < 1000


def test_bad_input_26_symbols_that_do_not_commute():
    with pytest.raises(UnknownForm, match="commute"):
        read(sp.Symbol("Q", commutative=False)**2)


def test_bad_input_28_conditions_are_no_outputs():
    for bad in (x < y, sp.And(x < y, y < z), sp.true, sp.Eq(x, y), sd.array("a") < 1):
        with pytest.raises(UnknownForm, match="condition"):
            read(bad)


def test_bad_input_27_piecewise():
    e = sp.Piecewise((x, x < 0), (2*x, x < 1), (3*x, sp.Eq(x, 1)))
    assert [value(e, x=float(v)) for v in (-1, 0, 0.5, 1)] == [-1, 0, 1, 3] and np.isnan(value(e, x=2.0))
    overlapping = sp.Piecewise((1, x < 2), (2, x < 3), (3, True))
    assert [value(overlapping, x=v) for v in (1.0, 2.0, 3.0)] == [1, 2, 3]


def test_bad_input_29_31_constants_and_containers():
    assert value(sp.Integer(3)) == 3 and read_all(sp.Integer(3)).inputs == {}
    reading = read_all([x, 2, sp.sin(x)])
    assert reading.structure == "list" and len(reading.outputs) == 3
    assert read_all((x, y)).structure == "tuple"
    reading = read_all({"a": x, "b": y})
    assert reading.structure == "dict" and reading.keys == ("a", "b")
    close(value(sp.Matrix([[x, 1], [y, x*y]]), x=2.0, y=3.0), [[2, 1], [3, 6]])
    close(value(sp.ImmutableMatrix([[1, 2], [3, 4]])), [[1, 2], [3, 4]])
    close(value(sp.SparseMatrix(2, 2, {(0, 1): x}), x=2.0), [[0, 2], [0, 0]])
    close(value(ImmutableDenseNDimArray([[[x, y], [1, 2]]]), x=5.0, y=6.0), [[[5, 6], [1, 2]]])
    close(value(MutableDenseNDimArray([x, y]), x=5.0, y=6.0), [5, 6])
    assert value(2.5) == 2.5 and value(np.float64(2.5)) == 2.5
    close(value(np.eye(2)), np.eye(2))
    for bad in ("x**2", [[x]], object(), None, True, {1: [x]}):
        with pytest.raises(SymdiffError):
            read_all(bad)


def test_bad_input_1_text():
    with pytest.raises(UnknownForm, match="text"):
        read("x**2")


def test_bad_input_5_6_7_names():
    for name in ("'; import os", "a\nb", "%{}", "\\", "x" * 100_000, "lambda", "None", "out", "self", "λ"):
        assert value(2*sp.Symbol(name), **{name: 3.0}) == 6
    reading = read_all(sp.Symbol("ﬁ") - sp.Symbol("fi"))
    assert len(set(reading.inputs.values())) == 2


def test_bad_input_9_10_symbols_of_one_name():
    p, q = sp.Symbol("p"), sp.Symbol("p", positive=True)
    reading = read_all(p - 2*q)
    a, b = reading.inputs[p], reading.inputs[q]
    assert a is not b
    got, = evaluate(reading.outputs, {a.attributes[0]: 5.0, b.attributes[0]: 1.0})
    assert got == 3 and reading.find(q) is q
    with pytest.raises(NameClash, match="positive=True"):
        reading.find("p")
    s, t = sp.Dummy("t"), sp.Dummy("t")
    reading = read_all(s*t)
    assert len(set(reading.inputs.values())) == 2


def test_names_that_clash():
    with pytest.raises(NameClash, match="'a'"):
        read(sd.array("a", 3)[0] + sd.array("a", 4)[0])
    with pytest.raises(NameClash, match="Symbol a"):
        read(sd.array("a", 3)*sp.Symbol("a"))
    with pytest.raises(ArgumentError, match="no input is called 'q'"):
        read_all(x).find("q")
    assert read_all(x*y).find("y") is y


def test_bad_input_8_symbols_that_hold_code():
    with pytest.raises(UnknownForm):
        read(sp.Function("__import__('os').system('true')")(x))
    close(value(sp.MatrixSymbol("print(1)", 2, 2), **{"print(1)": np.eye(2)}), np.eye(2))


def test_bad_input_20_21_22_depth_sharing_length():
    deep = x
    for _ in range(2000):
        deep = sp.Add(sp.sin(deep, evaluate=False), 1, evaluate=False)
    assert len(order([read(deep)])) == 4002
    square = sd.array("s")
    for _ in range(1000):
        square = square*square
    assert len(order([read(square)])) == 1001
    terms = sp.Add(*[sp.Symbol(f"x{c}") for c in range(50_000)], evaluate=False)
    start = time.process_time()
    assert len(read_all(terms).inputs) == 50_000 and soon(start, 1)


def test_bad_input_34_what_sympy_folds_is_gone():
    assert read(x/x) is read(sp.Integer(1)) and read(0*x) is read(sp.Integer(0))


def test_large_formulas_are_typed_and_read_in_seconds():
    weights = [sd.array(f"w{c}") for c in range(10)]
    start = time.process_time()
    e = sd.array("h")
    for c in range(33_333):
        e = sp.tanh(e*weights[c % 10] + weights[(c + 1) % 10])
    assert len(order([read(e)])) > 99_999
    assert soon(start, 1.8)


# -- matrices --------------------------------------------------------------------------------------

A, B, S = sp.MatrixSymbol("A", 3, 4), sp.MatrixSymbol("B", 4, 3), sp.MatrixSymbol("S", 3, 3)
P, u, w = sp.MatrixSymbol("P", n, m), sp.MatrixSymbol("u", n, 1), sp.MatrixSymbol("w", m, 1)
VALUES = {"A": RNG.normal(size=(3, 4)), "B": RNG.normal(size=(4, 3)), "S": RNG.normal(size=(3, 3)) + 3*np.eye(3),
          "P": RNG.normal(size=(5, 2)),
          "u": RNG.normal(size=(5, 1)), "w": RNG.normal(size=(2, 1)), "x": 0.7, "y": 1.3}
d_ = sp.Dummy("d")
MATRICES = [
    (A*B, lambda A, B, **_: A @ B), (2*x*A*B - S, lambda A, B, S, x, **_: 2*x*(A @ B) - S), (A.T, lambda A, **_: A.T),
    (sp.Trace(A*B), lambda A, B, **_: np.trace(A @ B)),
    (sp.Trace(S) + sp.Trace(S*S.T*S), lambda S, **_: np.trace(S) + np.trace(S @ S.T @ S)),
    (sp.Determinant(S), lambda S, **_: np.linalg.det(S)),
    (sp.log(sp.Determinant(S)), lambda S, **_: np.log(np.linalg.det(S))),
    (sp.exp(sp.Trace(S)), lambda S, **_: np.exp(np.trace(S))),
    (sp.Trace(S.T*S) - 3, lambda S, **_: np.trace(S.T @ S) - 3),
    (S.inv()*A, lambda S, A, **_: np.linalg.solve(S, A)),
    (S**3 + S**-2 + S**0, lambda S, **_: S @ S @ S + np.linalg.inv(S @ S) + np.eye(3)),
    (S**5, lambda S, **_: np.linalg.matrix_power(S, 5)),
    (sp.HadamardProduct(A, B.T), lambda A, B, **_: A*B.T), (HadamardPower(A, 2), lambda A, **_: A**2),
    (HadamardPower(sp.OneMatrix(3, 4) + A.applyfunc(sp.Lambda(d_, d_**2)), x), lambda A, x, **_: (1 + A**2)**x),
    (A.applyfunc(sp.exp), lambda A, **_: np.exp(A)),
    (A.applyfunc(sp.Lambda(d_, sp.sin(d_)*x + 1)), lambda A, x, **_: np.sin(A)*x + 1),
    (A*sp.OneMatrix(4, 1), lambda A, **_: A.sum(1, keepdims=True)),
    (S + sp.Identity(3) - sp.ZeroMatrix(3, 3), lambda S, **_: S + np.eye(3)),
    (DiagMatrix(u)*P, lambda u, P, **_: u*P), (sp.diagonalize_vector(u), lambda u, **_: np.diag(u[:, 0])),
    (DiagonalMatrix(S), lambda S, **_: np.diag(np.diag(S))), (DiagonalOf(S), lambda S, **_: np.diag(S)[:, None]),
    (A[1, 2] + S[0, 0]*x, lambda A, S, x, **_: A[1, 2] + S[0, 0]*x), (A[:2, 1:4:2], lambda A, **_: A[:2, 1:4:2]),
    (P[1:, :], lambda P, **_: P[1:]), (KroneckerProduct(A, B), lambda A, B, **_: np.kron(A, B)),
    (DotProduct(u, P*w), lambda u, P, w, **_: (u.T @ P @ w)[0, 0]), ((u.T*P*w), lambda u, P, w, **_: u.T @ P @ w),
    ((u.T*P*w)[0, 0], lambda u, P, w, **_: (u.T @ P @ w)[0, 0]),
    (sp.log((u.T*u)[0, 0]), lambda u, **_: np.log((u.T @ u)[0, 0])),
    (sp.exp(u.T*u/10), lambda u, **_: np.exp((u.T @ u)[0, 0]/10)),
    (sp.BlockMatrix([[S, A], [B, sp.ZeroMatrix(4, 4)]]), lambda S, A, B,
     **_: np.block([[S, A], [B, np.zeros((4, 4))]])),
    (sp.BlockDiagMatrix(S, A), lambda S, A, **_: np.block([[S, np.zeros((3, 4))], [np.zeros((3, 3)), A]])),
    (sp.ImmutableMatrix([[1, x, 0], [0, 2, y]])*A, lambda A, x, y, **_: np.array([[1, x, 0], [0, 2, y]]) @ A),
    (sp.ImmutableMatrix([[1, 2, 3]])*S, lambda S, **_: np.array([[1.0, 2, 3]]) @ S),
    (sp.Matrix(sp.MatrixSymbol("A", 3, 4))*x, lambda A, x, **_: A*x),
    (P*w - u, lambda P, w, u, **_: P @ w - u),
    ((P.T*P).inv()*P.T*u, lambda P, u, **_: np.linalg.lstsq(P, u, rcond=None)[0]),
    (sp.MatMul(-1, A), lambda A, **_: -A), (A - A.T.T*x, lambda A, x, **_: A - A*x),
]


@pytest.mark.parametrize("case", range(len(MATRICES)))
def test_bad_input_23_25_matrices(case):
    expression, expected = MATRICES[case]
    close(value(expression, **VALUES), expected(**VALUES))


def test_bad_input_24_shapes():
    with pytest.raises(SymdiffError, match=re.escape("(2, 3) * (2, 3)")):
        read(sp.Basic.__new__(sp.MatMul, sp.MatrixSymbol("C", 2, 3), sp.MatrixSymbol("D", 2, 3)))
    empty = sp.MatrixSymbol("E", 0, n)
    close(value(empty.T*empty, E=np.zeros((0, 3))), np.zeros((3, 3)))


@pytest.mark.parametrize("bad", [sp.exp(S), S**x, sp.sin(A), sp.Adjoint(A), S**sp.Rational(1, 2)], ids=str)
def test_matrices_where_scalars_are_needed(bad):
    with pytest.raises(UnknownForm):
        read(bad)


# -- indices ---------------------------------------------------------------------------------------

a, b, c = sp.IndexedBase("A", shape=(3, 4)), sp.IndexedBase("B", shape=(4, 3)), sp.IndexedBase("S", shape=(3, 3))
p, q, v = sp.IndexedBase("P", shape=(n, m)), sp.IndexedBase("q", shape=(m,)), sp.IndexedBase("v")
IND = dict(VALUES, q=RNG.normal(size=2), v=RNG.normal(size=6), t=RNG.uniform(0.5, 1.5, 5), g=np.array([2.0, 0.0, 1.0]))
t, g = sp.IndexedBase("t", shape=(5,)), sp.IndexedBase("g", shape=(3,))
INDEXED = [
    (sp.Sum(a[i, j]*b[j, i], (i, 0, 2), (j, 0, 3)), lambda A, B, **_: np.trace(A @ B)),
    (sp.Sum(sp.exp(q[j])*p[i, j], (i, 0, n - 1), (j, 0, m - 1)), lambda P, q, **_: (np.exp(q)*P).sum()),
    (sp.Sum((sp.Sum(p[i, j]*q[j], (j, 0, m - 1)) - 1)**2, (i, 0, n - 1)), lambda P, q, **_: ((P @ q - 1)**2).sum()),
    (sp.Sum(c[i, i], (i, 0, 2)), lambda S, **_: np.trace(S)),
    (sp.Sum(sp.exp(c[i, i]) + c[i, 0], (i, 0, 2)), lambda S, **_: np.exp(np.diag(S)).sum() + S[:, 0].sum()),
    (sp.Sum(t[i + 1]*t[i], (i, 0, 3)), lambda t, **_: (t[1:]*t[:-1]).sum()),
    (sp.Sum(t[i], (i, 1, 3)), lambda t, **_: t[1:4].sum()),
    (sp.Sum(t[4 - i]*t[2*i], (i, 0, 2)), lambda t, **_: (t[4:1:-1]*t[0:5:2]).sum()),
    (sp.Sum(t[i + j]*c[i, j], (i, 0, 2), (j, 0, 2)), lambda t, S,
     **_: sum(t[i + j]*S[i, j] for i in range(3) for j in range(3))),
    (sp.Sum(t[g[i]]*c[i, 1], (i, 0, 2)), lambda t, g, S, **_: (t[g.astype(int)]*S[:, 1]).sum()),
    (sp.Sum(v[i]**2, (i, 0, 5)), lambda v, **_: (v**2).sum()),
    (sp.Sum(t[i**2]*c[i, 0], (i, 0, 2)), lambda t, S, **_: (t[[0, 1, 4]]*S[:, 0]).sum()),
    (t[2] + a[1, 3], lambda t, A, **_: t[2] + A[1, 3]),
    (sp.Product(t[i], (i, 0, 4)) + sp.Product(t[i]*x, (i, 1, 3)), lambda t, x, **_: t.prod() + (t[1:4]*x).prod()),
    (sp.Product(x, (i, 0, 4)), lambda x, **_: x**5),
    (sp.Sum(sp.Product(a[i, j], (j, 0, 3)), (i, 0, 2)), lambda A, **_: A.prod(1).sum()),
    (sp.Product(a[i, j], (i, 0, 2), (j, 0, 3)), lambda A, **_: A.prod()),
    (sp.Sum(sp.KroneckerDelta(i, j)*c[i, j]*t[i], (i, 0, 2), (j, 0, 2)), lambda S, t, **_: (np.diag(S)*t[:3]).sum()),
    (sp.Sum(sp.KroneckerDelta(i, 1)*t[i], (i, 0, 4)), lambda t, **_: t[1]),
    (sp.Sum(sp.Piecewise((t[i], i < 2), (i*t[i], sp.Eq(sp.Mod(i, 2), 0)), (0, True)), (i, 0, 4)), lambda t,
     **_: t[0] + t[1] + 2*t[2] + 4*t[4]),
    (sp.Sum(sp.Piecewise((c[i, j], i <= j), (0, True)), (i, 0, 2), (j, 0, 2)), lambda S, **_: np.triu(S).sum()),
    (sp.Sum(i*t[i]/(t[i] + 1), (i, 0, 4)), lambda t, **_: (np.arange(5)*t/(t + 1)).sum()),
    (sp.Sum(i**2, (i, 0, 9)), lambda **_: 285.0),
    (sp.Sum(-2*x*t[i], (i, 0, 4)) - sp.Sum(-t[i], (i, 0, 4)), lambda t, x, **_: (1 - 2*x)*t.sum()),
    (sp.Sum(t[i]*x + 1, (i, 0, 4), (j, 0, 2)), lambda t, x, **_: 3*(t*x + 1).sum()),
    (sp.Sum(p[n - 1 - i, 0], (i, 0, n - 1)), lambda P, **_: P[:, 0].sum()),
    (sp.Sum(p[n - 1, j], (j, 0, m - 1)), lambda P, **_: P[-1].sum()),
    (sp.Sum(t[i]*sp.Sum(t[i], (i, 0, 1)), (i, 2, 4)), lambda t, **_: t[2:].sum()*t[:2].sum()),
    (sp.log(sp.Sum(sp.exp(t[i]), (i, 0, 4))), lambda t, **_: np.log(np.exp(t).sum())),
    (sp.Sum(1/t[i]*c[i, j]/q[0], (i, 0, 2), (j, 0, 2)), lambda t, S, q, **_: (S/t[:3, None]).sum()/q[0]),
    (sp.Sum(sp.MatrixSymbol("S", 3, 3)[i, j]*t[i], (i, 0, 2), (j, 0, 2)), lambda S, t, **_: (S*t[:3, None]).sum()),
    (sp.Sum(ArraySymbol("A", (3, 4))[i, 2], (i, 0, 2)), lambda A, **_: A[:, 2].sum()),
    (sp.Sum(x*y, (i, 0, 4), (j, 0, 1)), lambda x, y, **_: 10*x*y),
]


@pytest.mark.parametrize("case", range(len(INDEXED)))
def test_indices(case):
    expression, expected = INDEXED[case]
    close(value(expression, **IND), expected(**IND))


def test_dialects_meet_in_one_node():
    assert read(sp.Trace(A*B)) is read(sp.Sum(a[i, j]*b[j, i], (i, 0, 2), (j, 0, 3)))
    LA, LB = sd.array("A", 3, 4), sd.array("B", 4, 3)
    assert read(sp.Trace(A*B)) is read(sd.trace(LA @ LB)) is read(sd.einsum("ij,ji->", LA, LB))
    assert read(A*B) is read(LA @ LB)
    assert read(sp.Trace(A.T*A)) is read(sp.Sum(sp.Mul(a[i, j], a[i, j], evaluate=False), (i, 0, 2), (j, 0, 3)))
    assert len(set(read_all([A*B, a[0, 0]]).inputs.values())) == 2


def test_parts_are_read_over_their_own_indices():
    graph = read(sp.Sum(sp.exp(q[j])*p[i, j], (i, 0, n - 1), (j, 0, m - 1)))
    assert [node.sizes for node in order([graph]) if node.op.name == "exp"] == [(m,)]


def test_bases_without_a_shape():
    h = sp.IndexedBase("h")
    assert read_all(sp.Sum(h[i], (i, 0, n - 1))).inputs[h].sizes == (n,)
    assert read_all(sp.Sum(h[i + 1] - h[i], (i, 0, n - 2))).inputs[h].sizes == (n,)
    assert read_all(sp.Sum(h[i]*h[0], (i, 0, 4))).inputs[h].sizes == (5,)
    for bad in (h[0], sp.Sum(h[i], (i, 0, n - 1)) + sp.Sum(h[i], (i, 0, m - 1))):
        with pytest.raises(UnknownForm, match="IndexedBase"):
            read(bad)


@pytest.mark.parametrize("bad", [t[5], t[-1], sp.Sum(t[i], (i, 0, 5)), sp.Sum(t[i + 1], (i, 0, 4)),
                                 sp.Sum(t[i - 1], (i, 0, 4)), sp.Sum(p[i, 0], (i, 0, n)),
                                 sp.Sum(p[i, 0], (i, 0, m - 1)), A[sp.Symbol("r", integer=True), 0]], ids=str)
def test_out_of_range(bad):
    with pytest.raises(SymdiffError):
        read(bad)


@pytest.mark.parametrize("bad", [sp.Sum(c[i, j], (i, 0, j), (j, 0, 2)), t[i], sp.Sum(t[i]*sp.Trace(t[i]*S), (i, 0, 2))],
                         ids=str)
def test_sums_that_are_refused(bad):
    with pytest.raises(SymdiffError):
        read(bad)


def test_arrays_of_the_language_under_a_sum():
    s = sd.array("s")
    close(value(sp.Sum(t[i]*s + s, (i, 0, 4)), s=2.0, **IND), (IND["t"]*2 + 2).sum())
    X = sd.array("X", 5)
    with pytest.raises(UnknownForm, match="under a sum"):
        read(sp.Sum(X[i]*t[i], (i, 0, 4)))


def test_lengths_without_a_sign():
    r = sp.Symbol("r", integer=True)
    Z = sp.MatrixSymbol("Z", r, r)
    reading = read_all(sp.Trace(Z)/r)
    assert list(reading.inputs) == [Z]
    close(evaluate(reading.outputs, {"Z": np.eye(3)})[0], 1.0)


def test_idx():
    index = sp.Idx("e", 5)
    close(value(sp.Sum(t[index]**2, index), **IND), (IND["t"]**2).sum())


# -- array expressions -----------------------------------------------------------------------------

M3, N3 = ArraySymbol("M", (2, 3, 3)), ArraySymbol("N", (3, 2))
ARR = {"M": RNG.normal(size=(2, 3, 3)), "N": RNG.normal(size=(3, 2)), "x": 0.3, "y": 0.5}
ARRAYS = [
    (ArrayTensorProduct(N3, N3), lambda M, N: np.einsum("ab,cd->abcd", N, N)),
    (ArrayContraction(M3, (1, 2)), lambda M, N: np.einsum("abb->a", M)),
    (ArrayContraction(ArrayTensorProduct(M3, N3), (2, 3)), lambda M, N: np.einsum("abc,cd->abd", M, N)),
    (ArrayContraction(ArrayTensorProduct(M3, N3), (1, 2, 3)), lambda M, N: np.einsum("abb,bd->ad", M, N)),
    (ArrayDiagonal(M3, (1, 2)), lambda M, N: np.einsum("abb->ab", M)),
    (ArrayDiagonal(ArrayTensorProduct(M3, N3), (0, 4), (1, 3)), lambda M, N: np.einsum("abc,ba->cab", M, N)),
    (PermuteDims(M3, [2, 0, 1]), lambda M, N: np.transpose(M, [2, 0, 1])),
    (ArrayAdd(M3, PermuteDims(M3, [0, 2, 1])), lambda M, N: M + np.transpose(M, [0, 2, 1])),
    (ArrayElementwiseApplyFunc(sp.exp, N3), lambda M, N: np.exp(N)),
    (ArrayElementwiseApplyFunc(sp.Lambda(x, x**2 + 1), N3), lambda M, N: N**2 + 1),
    (Reshape(N3, (2, 3)), lambda M, N: N.reshape(2, 3)), (ArrayAdd(N3, OneArray(3, 2)), lambda M, N: N + 1),
    (ZeroArray(2, 2), lambda M, N: np.zeros((2, 2))),
    (M3[1, 0, 2], lambda M, N: M[1, 0, 2]),
]


@pytest.mark.parametrize("case", range(len(ARRAYS)))
def test_array_expressions(case):
    expression, expected = ARRAYS[case]
    close(value(expression, **ARR), expected(ARR["M"], ARR["N"]))


# -- models ----------------------------------------------------------------------------------------

def test_models():
    X, w, unused = sd.array("X", n, 3), sd.array("w", 3), sd.array("unused")
    model = Model([("z", X @ w), ("p", "sigmoid(z)")], loss="-mean(log(p))", parameters=[w, unused], data=[X])
    reading = read_all(model)
    assert reading.structure == "model" and list(reading.inputs) == [w, unused, X]
    assert reading.outputs == (read(-sd.mean(sp.log(sd.sigmoid(X @ w)))),)
    assert {name: node for node, names in reading.names.items() for name in names} == {"z": read(X @ w),
        "p": read(sd.sigmoid(X @ w))}


@pytest.mark.nightly
def test_a_model_of_100_000_equations():
    e = h = sd.array("h")
    equations = []
    for c in range(100_000):
        name = sd.array(f"e{c}")
        equations.append((name, e*h + 1 if c % 7 else sp.sin(e)))
        e = name
    model = Model(equations, loss=e)
    start = time.process_time()
    reading = read_all(model)
    assert soon(start, 1) and len(reading.inputs) == 1 and len(reading.names) == 100_000


# -- the language ----------------------------------------------------------------------------------

def trace_of_program(f, **shapes):
    """The same program by NumPy on numbers, and by its graph."""
    values = {name: RNG.uniform(0.5, 1.5, shape) for name, shape in shapes.items()}
    symbols = {name: sd.array(name, *shape) for name, shape in shapes.items()}
    close(value(f(**symbols), **values), f(**values), 1e-11)


PROGRAMS = [
    (lambda X, w: 1/(1 + np.exp(-(X @ w))), dict(X=(4, 3), w=(3,))),
    (lambda X, w: np.sum(X*w, axis=0) - np.mean(X, axis=1, keepdims=True).T.sum(), dict(X=(4, 3), w=(3,))),
    (lambda B, A: B @ A + A @ B, dict(B=(2, 3, 3), A=(3, 3))), (lambda B, v: B @ v, dict(B=(2, 3, 4), v=(4,))),
    (lambda v, B: v @ B, dict(B=(2, 3, 4), v=(3,))),
    (lambda B, C: B @ C, dict(B=(1, 3, 4), C=(5, 4, 2))),
    (lambda A: np.trace(A)*A.T + np.diag(np.diag(A)), dict(A=(3, 3))),
    (lambda u, v: np.outer(u, v) @ v + u*np.dot(u, u), dict(u=(3,), v=(2,))),
    (lambda B, C: np.dot(B, C), dict(B=(2, 3, 4), C=(5, 4, 2))),
    (lambda B, A: np.einsum("bij,jk->bik", B, A), dict(B=(2, 3, 3), A=(3, 4))),
    (lambda A: np.prod(A, axis=0) + np.prod(A), dict(A=(3, 3))),
    (lambda A: np.cumsum(A, axis=0) + np.cumprod(A, axis=1), dict(A=(3, 3))),
    (lambda A: np.max(A, axis=0) - np.min(A), dict(A=(3, 4))),
    (lambda A: np.linalg.norm(A) + np.linalg.norm(A, axis=1).sum(), dict(A=(3, 4))),
    (lambda A: np.tril(A, -1) + np.triu(A, 1), dict(A=(3, 3))),
    (lambda A, b: np.linalg.solve(A + 3*np.eye(3), b), dict(A=(3, 3), b=(3,))),
    (lambda A, b: np.linalg.solve(A + 3*np.eye(3), b), dict(A=(2, 3, 3), b=(2, 3, 1))),
    (lambda A: np.linalg.inv(A + 3*np.eye(3)) + np.linalg.det(A), dict(A=(3, 3))),
    (lambda A: np.linalg.slogdet(A)[0]*np.linalg.slogdet(A)[1], dict(A=(2, 3, 3))),
    (lambda A: np.linalg.cholesky(A @ A.T + np.eye(3)), dict(A=(3, 3))),
    (lambda u: u[1:4:2] + u[::-2][:2] + u[-1] + u[None, 2:4][0], dict(u=(5,))),
    (lambda A: A[1, :2, None] + A[::-1, -1], dict(A=(3, 4))),
    (lambda A: np.concatenate([A, A[:1]*2], axis=0)[:, [0, 2, 2]], dict(A=(3, 4))),
    (lambda u, v: np.stack([u, v, u*v], axis=1), dict(u=(3,), v=(3,))),
    (lambda u: np.where(u > 1, np.log(u), u**2), dict(u=(5,))),
    (lambda A: np.reshape(A, (4, 3)).T + np.transpose(np.reshape(A, (4, 3))), dict(A=(3, 4))),
    (lambda u: np.broadcast_to(u, (2, 3))*2, dict(u=(3,))),
    (lambda u: np.take(u, np.array([2, 0])) + np.maximum(u, 1)[:2], dict(u=(3,))),
    (lambda u: np.tanh(u) + np.sqrt(u) - np.abs(-u)/u + np.arctan2(u, u*2) + np.hypot(u,
        1) + np.expm1(u) + np.log1p(u) + np.cbrt(u), dict(u=(5,))),
]


@pytest.mark.parametrize("case", range(len(PROGRAMS)))
def test_programs_of_numpy(case):
    program, shapes = PROGRAMS[case]
    trace_of_program(program, **shapes)


def test_words_of_our_own():
    X = sd.array("X", 4, 3)
    V = RNG.normal(size=(4, 3))
    close(value(sd.softmax(X, axis=0), X=V), special.softmax(V, axis=0))
    close(value(sd.log_softmax(X), X=V), special.log_softmax(V, axis=1))
    close(value(sd.logsumexp(X), X=V), special.logsumexp(V))
    close(value(sd.sigmoid(X) + sd.softplus(X) + sd.relu(X), X=V),
          special.expit(V) + np.logaddexp(0, V) + np.maximum(V, 0))
    c = sd.array("c", 3)
    L = np.tril(V[:3]) + 3*np.eye(3)
    close(value(sd.triangular_solve(sd.array("L", 3, 3), c), L=L, c=V[0]), np.linalg.solve(L, V[0]))
    close(value(sd.logdet(sd.array("L", 3, 3)), L=L @ L.T), np.linalg.slogdet(L @ L.T)[1])
    close(value(sd.eye(3) @ c*sd.arange(3), c=V[0]), V[0]*np.arange(3))


def test_sizes_stand_as_numbers():
    X = sd.array("X", n, m)
    close(value(sd.sum(X)/(n*m) + n - 1, X=np.ones((4, 2))), 4.0)
    assert read(sd.sum(X)/(n*m)) is read(sd.mean(X))
    assert read_all(n*x).inputs.keys() == {n, x}            # no axis has this length: a plain input


def test_where_of_constants_keeps_axes():
    close(value(sd.where(sd.array("X", 3) > 0, 1, 0), X=np.array([1.0, -1, 2])), [1, 0, 1])


def test_numbers_keep_their_bits():
    assert np.signbit(number(read(sd.lift(-0.0))))
    assert value(sd.array("s")*0.1, s=1.0) == 0.1

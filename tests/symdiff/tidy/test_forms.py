"""Each rule of `tidy` on the smallest formula that shows it: what is printed, and that the value stays."""
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read, read_all
from symdiff.tidy import tidy
from symdiff.write import write

n, d, k = sd.sizes("n d k")
A, B, C = sd.array("A", d, d), sd.array("B", d, d), sd.array("C", d, d)
X, Y, W = sd.array("X", n, d), sd.array("Y", n, d), sd.array("W", d, k)
x, z, u, v = sd.array("x", d), sd.array("z", d), sd.array("u", n), sd.array("v", n)
a, b, c, p, y = [sd.array(name) for name in "abcpy"]
LENGTHS = {n: 6, d: 4, k: 3}
ones = sd.broadcast_to(1, (d,))

PRODUCTS = [
    ("transposes pushed in", (A.T @ B).T, "B.T @ A"),
    ("transposes pulled out", A.T @ B.T, "(B @ A).T"),
    ("transposes that cancel", (A.T @ (B.T @ x)[:, None]).T, "((B @ A).T @ x)[None]"),
    ("a number outside", A @ (2*x), "2*(A @ x)"),
    ("a scalar outside", (a*A) @ (x/b), "a*(A @ x)/b"),
    ("a decimal stays one", 0.2*(0.5*x), "0.1*x"),
    ("a fraction stays one", (x/3)/2, "x/6"),
    ("equal factors joined", x*z/x, "z"),
    ("powers joined", x**3*z/x**2, "x*z"),
    ("a root squared", sp.sqrt(a)**2*x, "a*x"),
    ("an outer product", x[:, None]*z[None, :], "outer(x, z)"),
    ("the same as einsum", sd.einsum("b,a->ab", x, z), "outer(z, x)"),
    ("a diagonal times a matrix", sd.diag(u) @ X, "X*u[:, None]"),
    ("a diagonal between", X.T @ sd.diag(u) @ X, "X.T*u @ X"),
    ("a product of rows summed", sd.einsum("ij,j->i", X, x), "X @ x"),
    ("a bilinear form", sd.sum(A*sd.outer(x, z)), "x @ A @ z"),
    ("no brackets between matrices", A @ (B @ C), "A @ B @ C"),
    ("vectors first", A @ B @ x, "A @ (B @ x)"),
    ("ones in a product", A @ ones, "sum(A, axis=1)"),
    ("a mean", sd.sum(u)/n, "mean(u)"),
    ("a mean along one axis of two", sd.sum(X, axis=0)/(n*d), "mean(X, axis=0)/d"),
    ("a mean of so many", sd.sum(sd.array("q", 4))/8, "mean(q)/2"),
    ("a symmetric matrix transposed", (X @ X.T).T @ u, "X @ (X.T @ u)"),
    ("an even function of a difference", sp.exp(-(u[:, None] - u[None, :])**2).T @ v,
     "exp(-(u[:, None] - u)**2) @ v"),
    ("a trace of many", sd.trace(A @ B @ C.T), "sum(C*(A @ B))"),
    ("three operands", sd.einsum("ij,jk,kl->il", A, B, C), "A @ B @ C"),
    ("a loose factor", (x @ z)*A, "x @ z * A"),
]
SUMS = [
    ("equal matrices collected", A @ B + A @ B, "2*(A @ B)"),
    ("alike but for the order", sd.trace(A @ B) + sd.trace(B @ A), "2*trace(A @ B)"),
    ("what cancels", A @ x - (x @ A.T), "broadcast_to(0, (d,))"),
    ("a factor on the right", A @ x + A.T @ x, "(A + A.T) @ x"),
    ("a factor on the left", X.T @ u + X.T @ v, "X.T @ (u + v)"),
    ("factors on both sides", A @ B @ C - A @ C @ C, "A @ (B - C) @ C"),
    ("a scalar of all", a*x + a*z, "a*(x + z)"),
    ("a scalar of what is on a diagonal", a*sd.eye(d) - a*sd.outer(x, x), "a*(eye(d) - outer(x, x))"),
    ("a power of all", x**3 - 2*x**2, "x**2*(x - 2)"),
    ("a divisor of all", x/a - z/a**2, "(x - z/a)/a"),
    ("a number of all", 3*x + 3*z, "3*(x + z)"),
    ("a sign of all", -x - z, "-(x + z)"),
    ("a sign turned", -a*(x - z), "a*(z - x)"),
    ("of a share the sign stays", -a*(1 - p), "-a*(1 - p)"),
    ("multiplied out where it cancels", (1 - y)*p - y*(1 - p), "p - y"),
    ("divisors that cancel", (-y/p + (1 - y)/(1 - p))*(p*(1 - p)), "p - y"),
    ("a quotient cleared", 1/(a*(1 + b/a)), "1/(a + b)"),
    ("a divisor cleared after a factor", p*(p*(y - 1)/(1 - p) + y) - (p*(y - 1)/(1 - p) + y), "p - y"),
    ("a power taken in", a*(a**3 + a**2*b), "a**3*(a + b)"),
    ("sums of what is centred", sd.sum(u - sd.mean(u)), "0"),
    ("a sum known by its transpose", (A @ B).T + (B @ A).T, "(A @ B + B @ A).T"),
    ("the derivative of shares", p*x*(1 - x) + x**2*p, "p*x"),
    ("a placed sum", sd.softmax(x)*(sd.eye(d) - sd.softmax(x)[:, None]),
     "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
    ("what is only repeated is added first", x + (a + b) + x*a, "(a + 1)*x + (a + b)"),
]
WORDS = [
    ("the slope of tanh", sp.sech(x)**2, "1 - tanh(x)**2"),
    ("a norm", x/sp.sqrt(sd.sum(x**2)), "x/norm(x)"),
    ("a norm squared beside it", sp.sqrt(sd.sum(x**2))*a + sd.sum(x**2), "norm(x)*(a + norm(x))"),
    ("rows of norms", X/sp.sqrt(sd.sum(X**2, axis=1))[:, None], "X/norm(X, axis=1)[:, None]"),
    ("shares sum to one", sd.sum(sd.softmax(x))*a, "a"),
    ("rows of shares", sd.sum(sd.softmax(X), axis=1)*u, "u"),
    ("the complement of a share", sd.sigmoid(x)*sd.sigmoid(-x), "sigmoid(x)*(1 - sigmoid(x))"),
    ("alone it is another one", a*(1 - sd.sigmoid(x)), "a*sigmoid(-x)"),
    ("an identity matrix of numbers", sd.array("M", 3, 3) @ np.eye(3), "M"),
    ("noughts of numbers", sd.array("M", 3, 3) @ np.zeros((3, 3)) + sd.array("M", 3, 3), "M"),
    ("absolute value and sign", sp.Abs(x)*sp.sign(x), "x"),
    ("over its absolute value", x/sp.Abs(x), "sign(x)"),
    ("sine over cosine", a*sp.sin(x)/sp.cos(x), "a*tan(x)"),
    ("a constant under a root", sp.exp(-x**2)*(sp.sqrt(2)/(2*sp.sqrt(sp.pi))), "exp(-x**2)/sqrt(2*pi)"),
    ("solve of a multiple", sd.solve(A, 3*x), "3*solve(A, x)"),
    ("solve of the identity", sd.solve(A, sd.eye(d)), "inv(A)"),
    ("solve beside the inverse", sd.solve(A, sd.inv(A)), "inv(A) @ inv(A)"),
    ("solve of a symmetric matrix", sd.solve(X.T @ X + sd.eye(d), x) - sd.solve((X.T @ X + sd.eye(d)).T, x),
     "broadcast_to(0, (d,))"),
    ("a linear word", sd.cumsum(-2*x), "-2*cumsum(x)"),
    ("an axis of length one", sd.reshape(X, 1, n, d) + 0*X[None], "X[None]"),
]
CHOICES = [
    ("a maximum", sd.where(x > z, x, z), "Max(x, z)"),
    ("a minimum", sd.where(x > z, z, x), "Min(x, z)"),
    ("an absolute value", sd.where(x > 0, x, -x), "Abs(x)"),
    ("a clip at a number", sd.where(sp.Abs(x) <= 2, x, 2*sp.sign(x)), "Min(Max(x, -2), 2)"),
    ("a clip at a scalar of any sign", sd.where(sp.Abs(x) <= c, x, c*sp.sign(x)), "sign(x)*Min(Abs(x), c)"),
    ("a clip the other way round", sd.where(sp.Abs(x) > 2, 2*sp.sign(x), x), "Min(Max(x, -2), 2)"),
    ("a clip of two steps", sd.where(x > 2, 2, sd.where(x < -2, -2, x)), "Min(Max(x, -2), 2)"),
    ("noughts where a ramp is nought", sd.where(x > 0, z*sd.maximum(x, 0), 0), "z*Max(x, 0)"),
    ("a common factor", sd.where(x > 0, 3*z*x, 3*z*x**2), "3*z*x*Piecewise((1, x > 0), (x, True))"),
    ("a number of one branch", sd.where(x > 0, 2*sp.exp(x), 0), "2*Piecewise((exp(x), x > 0), (0, True))"),
]
RULES = [*PRODUCTS, *SUMS, *WORDS, *CHOICES]


@pytest.mark.parametrize("formula, printed", [pytest.param(*rest, id=name) for name, *rest in RULES])
def test_printed_and_equal(formula, printed):
    short, = tidy((read(formula),))
    written = write(short)
    assert str(written) == printed
    old, new = read_all([formula, written]).outputs
    for seed in (1, 2):
        one, other = evaluate((old, new), values(formula, seed), LENGTHS)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def values(formula, seed):
    """Numbers of both signs but for scalars, which are divided by and under roots; matrices that can be inverted."""
    rng, found = np.random.default_rng(seed), {}
    for symbol in sorted((s for s in formula.free_symbols if hasattr(s, "sizes")), key=str):
        shape = [s if isinstance(s, int) else LENGTHS[s] for s in symbol.sizes]
        found[symbol.name] = rng.normal(size=shape)*3 + 4*np.eye(*shape) if len(shape) == 2 \
            else rng.normal(size=shape)*3 if shape else rng.uniform(0.2, 0.9)
    return found

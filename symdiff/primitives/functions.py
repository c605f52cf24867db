"""Function classes that SymPy lacks (sigmoid, softplus, relu, …): numbers and expressions in, SymPy expressions out.

They work in plain SymPy: exact values at a few points, evalf at any precision, derivatives, LaTeX, lambdify.  The
derivative is the partial of the function's record, and is written there only.  A class method `mp` is the value at
high precision.
"""
import mpmath
import sympy as sp
from sympy.codegen.cfunctions import exp2, expm1, log1p, log2, log10  # noqa: F401  (ours by re-export)
from sympy.core.function import ArgumentIndexError
from sympy.core.sympify import _sympify

from . import high
from .record import TABLE, Y


class RealFunction(sp.Function):
    """A real function of real arguments: what all classes below share.

    latex_name  how it is typeset;  exact  {argument: value} where both are exact;  sign  of the value: 1, -1 or None
    """
    latex_name = ""
    exact = {}
    sign = None

    @classmethod
    def eval(cls, *args):
        if any(a is sp.nan for a in args):
            return sp.nan
        return cls.exact.get(args[0]) if len(args) == 1 else None

    @classmethod
    def record(cls):
        """The record of the table that reads this class."""
        return TABLE[cls.__name__.rstrip("_")]

    def fdiff(self, argindex=1):
        if not 1 <= argindex <= len(self.args):
            raise ArgumentIndexError(self, argindex)
        record = self.record()
        values = dict(zip(record.args, self.args)) | {Y: self}
        return _sympify(record.partials[argindex - 1]).xreplace(values)

    def _eval_evalf(self, prec):
        if not all(a.is_number for a in self.args):
            return None
        values = [a._to_mpmath(prec + 10) for a in self.args]
        if not all(isinstance(v, (mpmath.mpf, int)) for v in values):
            return None
        with mpmath.workprec(prec + 10):
            return sp.Expr._from_mpmath(mpmath.mpf(self.mp(*map(mpmath.mpf, values))), prec)

    @classmethod
    def textbook(cls, *args):
        """The same in common functions, which may cancel or overflow; None where there is no shorter form."""

    def _eval_expand_func(self, **hints):
        form = self.textbook(*self.args)
        return self if form is None else form

    def _eval_is_extended_real(self):
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_is_positive(self):
        return self.sign == 1 if self.sign and all(a.is_real for a in self.args) else None

    def _eval_is_negative(self):
        return self.sign == -1 if self.sign and all(a.is_real for a in self.args) else None

    def _latex(self, printer, exp=None):
        inside = ", ".join(printer._print(a) for a in self.args)
        call = rf"{self.latex_name}{{\left({inside} \right)}}"
        return call if exp is None else rf"\left({call}\right)^{{{exp}}}"

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls._imp_ = staticmethod(lambda *args, cls=cls: cls.record().numpy(*args))         # for lambdify


class sigmoid(RealFunction):
    """1/(1 + exp(-x))."""
    nargs = 1
    latex_name = r"\sigma"
    exact = {sp.S.Zero: sp.S.Half, sp.oo: sp.S.One, -sp.oo: sp.S.Zero}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return 1/(1 + sp.exp(-x))

    @classmethod
    def mp(cls, x):
        return 1/(1 + high.exp(-x))


class log_sigmoid(RealFunction):
    """log(sigmoid(x)) = -softplus(-x)."""
    nargs = 1
    latex_name = r"\log\sigma"
    exact = {sp.S.Zero: -sp.log(2), sp.oo: sp.S.Zero, -sp.oo: -sp.oo}
    sign = -1

    @classmethod
    def textbook(cls, x):
        return -sp.log(1 + sp.exp(-x))

    @classmethod
    def mp(cls, x):
        return -softplus.mp(-x)


class softplus(RealFunction):
    """log(1 + exp(x))."""
    nargs = 1
    latex_name = r"\operatorname{softplus}"
    exact = {sp.S.Zero: sp.log(2), sp.oo: sp.oo, -sp.oo: sp.S.Zero}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return sp.log(1 + sp.exp(x))

    @classmethod
    def mp(cls, x):
        return x + mpmath.log1p(high.exp(-x)) if x > 0 else mpmath.log1p(high.exp(x))


class logistic_pdf(RealFunction):
    """sigmoid(x)·sigmoid(-x), the derivative of sigmoid; its own, -logistic_pdf(x)·tanh(x/2), cancels nowhere."""
    nargs = 1
    latex_name = r"\sigma'"
    exact = {sp.S.Zero: sp.Rational(1, 4), sp.oo: sp.S.Zero, -sp.oo: sp.S.Zero}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return sigmoid(x)*(1 - sigmoid(x))

    @classmethod
    def mp(cls, x):
        return sigmoid.mp(x)*sigmoid.mp(-x)


class swish(RealFunction):
    """x·sigmoid(x)."""
    nargs = 1
    latex_name = r"\operatorname{swish}"
    exact = {sp.S.Zero: sp.S.Zero, sp.oo: sp.oo, -sp.oo: sp.S.Zero}

    @classmethod
    def textbook(cls, x):
        return x/(1 + sp.exp(-x))

    @classmethod
    def mp(cls, x):
        return mpmath.mpf(0) if x == -mpmath.inf else x*sigmoid.mp(x)


class relu(RealFunction):
    """x where x > 0, else 0."""
    nargs = 1
    latex_name = r"\operatorname{ReLU}"

    @classmethod
    def eval(cls, x):
        if x.is_Number:
            return x if x is sp.nan or x.is_extended_positive else sp.S.Zero

    @classmethod
    def mp(cls, x):
        return x if x > 0 or x != x else mpmath.mpf(0)


class leaky_relu(RealFunction):
    """x where x > 0, else slope·x."""
    nargs = 2
    latex_name = r"\operatorname{LeakyReLU}"

    @classmethod
    def eval(cls, x, slope):
        if x is sp.nan or slope is sp.nan:
            return sp.nan
        if x.is_Number:
            return x if x.is_extended_positive else slope*x

    @classmethod
    def mp(cls, x, slope):
        return x if x > 0 else slope*x


class step(RealFunction):
    """0 where x < 0, 1/2 at 0, 1 where x > 0."""
    nargs = 1
    latex_name = r"\operatorname{step}"

    @classmethod
    def eval(cls, x):
        if x is sp.nan:
            return sp.nan
        if x.is_Number:
            return sp.S.Half if x.is_zero else sp.S.One if x.is_extended_positive else sp.S.Zero

    @classmethod
    def mp(cls, x):
        return x if x != x else (mpmath.sign(x) + 1)/2


class hard_unit(RealFunction):
    """The piecewise-linear unit: 0 up to -1/2, then x + 1/2, and 1 from 1/2 on."""
    nargs = 1
    latex_name = r"\operatorname{hard}"

    @classmethod
    def eval(cls, x):
        if x is sp.nan:
            return sp.nan
        if x.is_Number:
            return sp.Max(0, sp.Min(1, x + sp.S.Half))

    @classmethod
    def mp(cls, x):
        return x if x != x else min(max(x + mpmath.mpf(0.5), mpmath.mpf(0)), mpmath.mpf(1))


class logaddexp(RealFunction):
    """log(exp(x1) + exp(x2))."""
    nargs = 2
    latex_name = r"\operatorname{logaddexp}"

    @classmethod
    def textbook(cls, a, b):
        return sp.log(sp.exp(a) + sp.exp(b))

    @classmethod
    def mp(cls, a, b):
        large, small = (a, b) if a >= b else (b, a)
        if small == -mpmath.inf or large == mpmath.inf:
            return large
        with mpmath.extraprec(100):                                     # the two terms may cancel
            return large + mpmath.log1p(high.exp(small - large))


class log1mexp(RealFunction):
    """log(1 - exp(x)), for x < 0."""
    nargs = 1
    latex_name = r"\operatorname{log1mexp}"
    exact = {-sp.oo: sp.S.Zero, sp.S.Zero: -sp.oo}

    @classmethod
    def textbook(cls, x):
        return sp.log(1 - sp.exp(x))

    @classmethod
    def mp(cls, x):
        if x == 0:
            return -mpmath.inf
        if not x < 0:
            return mpmath.nan
        return mpmath.log1p(-high.exp(x)) if x < -1 else mpmath.log(-high.expm1(x))


class exprel(RealFunction):
    """(exp(x) - 1)/x."""
    nargs = 1
    latex_name = r"\operatorname{exprel}"
    exact = {sp.S.Zero: sp.S.One, sp.oo: sp.oo, -sp.oo: sp.S.Zero}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return (sp.exp(x) - 1)/x

    @classmethod
    def mp(cls, x):
        return high.expm1(x)/x if x else mpmath.mpf(1)


class inv_exprel(RealFunction):
    """x/(exp(x) - 1): what generates the Bernoulli numbers."""
    nargs = 1
    latex_name = r"\operatorname{exprel}^{-1}"
    exact = {sp.S.Zero: sp.S.One, sp.oo: sp.S.Zero, -sp.oo: sp.oo}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return x/(sp.exp(x) - 1)

    @classmethod
    def mp(cls, x):
        return x/high.expm1(x) if x else mpmath.mpf(1)


class log1prel(RealFunction):
    """log(1 + x)/x."""
    nargs = 1
    latex_name = r"\operatorname{log1prel}"
    exact = {sp.S.Zero: sp.S.One, sp.oo: sp.S.Zero}

    @classmethod
    def textbook(cls, x):
        return sp.log(1 + x)/x

    @classmethod
    def mp(cls, x):
        return mpmath.log1p(x)/x if x else mpmath.mpf(1)


class log1pmx(RealFunction):
    """log(1 + x) - x."""
    nargs = 1
    latex_name = r"\operatorname{log1pmx}"
    exact = {sp.S.Zero: sp.S.Zero, sp.oo: -sp.oo, sp.S.NegativeOne: -sp.oo}

    @classmethod
    def textbook(cls, x):
        return sp.log(1 + x) - x

    @classmethod
    def mp(cls, x):
        return high.log1pmx(x)


class exprel_cumulant(RealFunction):
    """The derivative of order x1 >= 1 of log exprel(x2): cumulants of a uniform variable on [0, 1], tilted."""
    nargs = 2
    latex_name = r"\kappa"

    @classmethod
    def mp(cls, n, x):
        return high.exprel_cumulant(n, x)


class xlogy(RealFunction):
    """x1·log(x2), and 0 where x1 = 0, whatever x2 is (but nan)."""
    nargs = 2
    latex_name = r"\operatorname{xlogy}"

    @classmethod
    def eval(cls, x, y):
        if x is sp.nan or y is sp.nan:
            return sp.nan
        if x.is_zero and y.is_Number:
            return sp.S.Zero

    @classmethod
    def textbook(cls, x, y):
        return x*sp.log(y)

    @classmethod
    def mp(cls, x, y):
        return mpmath.mpf(0) if x == 0 and y == y else x*high.real_log(y)


class log_poisson(RealFunction):
    """x1·log(x2) - x2 - loggamma(x1 + 1), the logarithm of a Poisson probability."""
    nargs = 2
    latex_name = r"\operatorname{logpoisson}"

    @classmethod
    def textbook(cls, k, m):
        return k*sp.log(m) - m - sp.loggamma(k + 1)

    @classmethod
    def mp(cls, k, m):
        return high.log_poisson(k, m)


class stirling(RealFunction):
    """The derivative of order x1 of loggamma(x2) - (x2 - 1/2)·log(x2) + x2 - log(2π)/2, the remainder of Stirling's
    formula (Binet's function), for x2 > 0."""
    nargs = 2
    latex_name = r"\operatorname{stirling}"

    @classmethod
    def textbook(cls, n, x):
        if n.is_zero:
            return sp.loggamma(x) - (x - sp.S.Half)*sp.log(x) + x - sp.log(2*sp.pi)/2

    @classmethod
    def mp(cls, n, x):
        return high.stirling(n, x)


class erfcx(RealFunction):
    """exp(x²)·erfc(x)."""
    nargs = 1
    latex_name = r"\operatorname{erfcx}"
    exact = {sp.S.Zero: sp.S.One, sp.oo: sp.S.Zero, -sp.oo: sp.oo}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return sp.exp(x**2)*sp.erfc(x)

    @classmethod
    def mp(cls, x):
        return high.erfcx(x)


class ierfcx(RealFunction):
    """exp(x²)·iⁿerfc(x), n whole: the derivatives of erfcx are (-2)ⁿ n! times these (DLMF 7.18)."""
    nargs = 2
    latex_name = r"\operatorname{ierfcx}"

    @classmethod
    def eval(cls, n, x):
        if n is sp.nan or x is sp.nan:
            return sp.nan
        if n.is_zero:
            return erfcx(x)

    @classmethod
    def mp(cls, n, x):
        return high.ierfcx(n, x)


class ndtr(RealFunction):
    """Φ(x), the distribution function of the standard normal."""
    nargs = 1
    latex_name = r"\Phi"
    exact = {sp.S.Zero: sp.S.Half, sp.oo: sp.S.One, -sp.oo: sp.S.Zero}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return (1 + sp.erf(x/sp.sqrt(2)))/2

    @classmethod
    def mp(cls, x):
        with mpmath.extraprec(2*min(max(0, mpmath.mag(x)), high.FAR) + 10 if mpmath.isfinite(x) else 0):
            return high.erfc(-x/mpmath.sqrt(2))/2


class log_ndtr(RealFunction):
    """log Φ(x)."""
    nargs = 1
    latex_name = r"\log\Phi"
    exact = {sp.S.Zero: -sp.log(2), sp.oo: sp.S.Zero, -sp.oo: -sp.oo}
    sign = -1

    @classmethod
    def textbook(cls, x):
        return sp.log((1 + sp.erf(x/sp.sqrt(2)))/2)

    @classmethod
    def mp(cls, x):
        if mpmath.isinf(x):
            return mpmath.mpf(0) if x > 0 else x
        if x > 0:
            return mpmath.log1p(-ndtr.mp(-x))
        return mpmath.log(erfcx.mp(-x/mpmath.sqrt(2))/2) - x*x/2


class inverse_mills(RealFunction):
    """φ(x)/Φ(x), the derivative of log Φ: the inverse Mills ratio."""
    nargs = 1
    latex_name = r"\frac{\phi}{\Phi}"
    exact = {sp.S.Zero: sp.sqrt(2/sp.pi), sp.oo: sp.S.Zero, -sp.oo: sp.oo}
    sign = 1

    @classmethod
    def textbook(cls, x):
        return sp.exp(-x**2/2)/sp.sqrt(2*sp.pi)/ndtr(x)

    @classmethod
    def mp(cls, x):
        if mpmath.isinf(x):
            return mpmath.mpf(0) if x > 0 else mpmath.inf
        return mpmath.sqrt(2/mpmath.pi)/erfcx.mp(-x/mpmath.sqrt(2))


class hypot(RealFunction):
    """sqrt(x1² + x2²), without overflow."""
    nargs = 2
    latex_name = r"\operatorname{hypot}"

    @classmethod
    def textbook(cls, a, b):
        return sp.sqrt(a**2 + b**2)

    @classmethod
    def mp(cls, a, b):
        return mpmath.inf if mpmath.isinf(a) or mpmath.isinf(b) else mpmath.sqrt(a*a + b*b)


class direction(RealFunction):
    """x1/hypot(x1, x2), and 0 at the origin: the derivative of hypot, a cosine."""
    nargs = 2
    latex_name = r"\operatorname{direction}"

    @classmethod
    def textbook(cls, a, b):
        return a/sp.sqrt(a**2 + b**2)

    @classmethod
    def mp(cls, a, b):
        return a/mpmath.sqrt(a*a + b*b) if a or b else mpmath.mpf(0)


class half_circle(RealFunction):
    """sqrt(1 - x²), from (1 - x)(1 + x)."""
    nargs = 1
    latex_name = r"\operatorname{circle}"
    exact = {sp.S.Zero: sp.S.One, sp.S.One: sp.S.Zero, -sp.S.One: sp.S.Zero}

    @classmethod
    def textbook(cls, x):
        return sp.sqrt(1 - x**2)

    @classmethod
    def mp(cls, x):
        return mpmath.sqrt((1 - x)*(1 + x)) if abs(x) <= 1 else mpmath.nan


class round_(RealFunction):
    """The nearest whole number, ties to the even one."""
    nargs = 1
    latex_name = r"\operatorname{round}"

    @classmethod
    def eval(cls, x):
        if x is sp.nan or x.is_infinite:
            return x
        if x.is_Rational:
            return sp.Integer(round(x))

    @classmethod
    def mp(cls, x):
        return mpmath.nint(x) if mpmath.isfinite(x) else x


class cbrt(RealFunction):
    """The real cube root: -2 at -8.  SymPy's own x**(1/3) is the principal power, complex below 0."""
    nargs = 1

    @classmethod
    def eval(cls, x):
        if x is sp.nan or x.is_infinite and x.is_extended_real:
            return x
        if x.is_number and x.is_extended_real:
            return -sp.cbrt(-x) if x.is_negative else sp.cbrt(x) if x.is_nonnegative else None

    @classmethod
    def mp(cls, x):
        return mpmath.sign(x)*mpmath.cbrt(abs(x))

    def _latex(self, printer, exp=None):
        root = rf"\sqrt[3]{{{printer._print(self.args[0])}}}"
        return root if exp is None else rf"\left({root}\right)^{{{exp}}}"


NAMES = tuple(c.__name__ for c in RealFunction.__subclasses__())

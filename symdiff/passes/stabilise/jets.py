"""Power series of scalar formulas in one variable t, about 0: a node goes in, its coefficients come out.

A jet is t**first·(c0 + c1 t + …), COUNT coefficients of 60 digits, c0 not 0; or FEW of them, where only the leading
ones are asked for.  The recurrences are those of the functions' differential equations.  What has no such series, as
log(t) and sqrt(t), is refused with NoSeries.
"""
import mpmath

from ...primitives.leaf import CONSTANT
from .judge import constant_value

COUNT, FEW, DIGITS = 60, 8, 60
LARGEST = 2_000                              # exponent of numbers with a series: of 2^(10^6) a power takes for ever
NOTHING = mpmath.mpf(10)**-48                # what is left of a coefficient that cancels


class NoSeries(Exception):
    """The formula has no power series in t about 0, or none that is found here."""


class TooFew(NoSeries):
    """All of less than COUNT/2 coefficients are 0: there may be others behind them."""


class Jet:
    """t**first·Σ coefficients[k]·t**k."""

    def __init__(self, first, coefficients):
        self.first, self.coefficients = first, coefficients

    def __neg__(self):
        return Jet(self.first, [-c for c in self.coefficients])

    def __add__(self, other):
        return _sum(self, other)

    def __sub__(self, other):
        return _sum(self, -other)

    def __mul__(self, other):
        a, b = self.coefficients, other.coefficients
        count = min(len(a), len(b))
        if not any(b[1:]):
            return Jet(self.first + other.first, [c*b[0] for c in a[:count]])
        return Jet(self.first + other.first, [mpmath.fdot(zip(a[:k + 1], b[k::-1])) for k in range(count)])

    def __truediv__(self, other):
        if not other.coefficients:
            raise NoSeries
        a, b, quotient = self.coefficients, other.coefficients, []
        if not any(b[1:]):
            return Jet(self.first - other.first, [c/b[0] for c in a[:len(b)]])
        for k in range(min(len(a), len(b))):
            quotient.append((a[k] - mpmath.fdot(zip(quotient, b[k:0:-1])))/b[0])
        return Jet(self.first - other.first, quotient)

    def taylor(self):
        """The coefficients of 1, t, t², …; NoSeries where negative powers stand."""
        if self.first < 0 and self.coefficients:
            raise NoSeries
        return ([mpmath.mpf(0)]*self.first + self.coefficients)[:COUNT] if self.coefficients else [mpmath.mpf(0)]*COUNT


def variable(count=COUNT):
    """t, of so many coefficients; what is made of it has as many."""
    return Jet(1, [mpmath.mpf(1)] + [mpmath.mpf(0)]*(count - 1))


def fixed(value):
    """A number."""
    return Jet(0, [mpmath.mpf(value)] + [mpmath.mpf(0)]*(COUNT - 1)) if value else Jet(0, [])


def from_taylor(coefficients):
    """The jet of Σ c_k t**k."""
    return _stripped(0, list(coefficients), max(map(abs, coefficients), default=0))


def _stripped(first, coefficients, size):
    """Without the leading coefficients that are 0 or what cancellation leaves."""
    skip = 0
    while skip < len(coefficients) and abs(coefficients[skip]) <= NOTHING*size:
        skip += 1
    if skip < len(coefficients):
        return Jet(first + skip, coefficients[skip:])
    if skip < COUNT//2:
        raise TooFew
    return Jet(0, [])


def _sum(a, b):
    if not a.coefficients or not b.coefficients:
        return a if a.coefficients else b
    first = min(a.first, b.first)
    end = min(a.first + len(a.coefficients), b.first + len(b.coefficients))
    total = []
    for k in range(first, end):
        p = a.coefficients[k - a.first] if k >= a.first else 0
        q = b.coefficients[k - b.first] if k >= b.first else 0
        total.append(p + q if abs(p + q) > NOTHING*max(abs(p), abs(q)) else mpmath.mpf(0))
    return _stripped(first, total, 0)


# functions: Taylor coefficients of the argument in, those of the value out

def _exp(a):
    e = [mpmath.exp(a[0])]
    weighted = [k*c for k, c in enumerate(a)]
    for k in range(1, len(a)):
        e.append(mpmath.fdot(zip(weighted[1:k + 1], e[k - 1::-1]))/k)
    return e


def _log(a):
    if not a[0] > 0:
        raise NoSeries
    found = [mpmath.log(a[0])]
    for k in range(1, len(a)):
        known = mpmath.fdot((j*found[j], a[k - j]) for j in range(1, k))
        found.append((a[k] - known/k)/a[0])
    return found


def _power(a, r):
    if not a[0] > 0 and r != int(r) or not a[0]:
        raise NoSeries
    p = [a[0]**r]
    for k in range(1, len(a)):
        p.append(mpmath.fdot(((r*j - (k - j)), a[j]*p[k - j]) for j in range(1, k + 1))/(k*a[0]))
    return p


def _circular(a):
    s, c = [mpmath.sin(a[0])], [mpmath.cos(a[0])]
    weighted = [k*v for k, v in enumerate(a)]
    for k in range(1, len(a)):
        s.append(mpmath.fdot(zip(weighted[1:k + 1], c[k - 1::-1]))/k)
        c.append(-mpmath.fdot(zip(weighted[1:k + 1], s[k - 1::-1]))/k)
    return s, c


def _integral(start, a, slope):
    """The function of value `start` at t = 0 and derivative slope·a'."""
    change = [(k + 1)*c for k, c in enumerate(a[1:])] + [mpmath.mpf(0)]
    product = [mpmath.fdot(zip(change[:k + 1], slope[k::-1])) for k in range(len(a))]
    return [start] + [c/(k + 1) for k, c in enumerate(product[:-1])]


def _jet(coefficients):
    return from_taylor(coefficients)


def _squared(a):
    jet = _jet(a)
    return (jet*jet).taylor()


def _plus(number, a, sign=1):
    found = [sign*c for c in a]
    found[0] += number
    return found


def _inverse(function, form):
    """atan and its like, from the power of 1 ± a² that is the derivative."""
    def rule(a):
        sign, power = form
        return _integral(function(a[0]), a, _power(_plus(1, _squared(a), sign), mpmath.mpf(power)))
    return rule


def _error_function(a):
    slope = _exp([-c for c in _squared(a)])
    return _integral(mpmath.erf(a[0]), a, [2/mpmath.sqrt(mpmath.pi)*c for c in slope])


def _composed(derivatives):
    """A function by the values of its derivatives over k! at a[0], by Horner's rule."""
    def rule(a):
        outer = derivatives(a[0], len(a))
        inner, total = _jet([mpmath.mpf(0), *a[1:]]), fixed(0)
        for c in reversed(outer):
            total = total*inner + fixed(c)
        return total.taylor()
    return rule


def _lgamma(x, count):
    if not x > 0:
        raise NoSeries
    return [mpmath.loggamma(x)] + [mpmath.psi(k - 1, x)/mpmath.factorial(k) for k in range(1, count)]


def _digamma(x, count):
    if not x > 0:
        raise NoSeries
    return [mpmath.psi(k, x)/mpmath.factorial(k) for k in range(count)]


def _of_exp(formula):
    """A function of e^a and its inverse, as jets."""
    def rule(a):
        up = _jet(_exp(a))
        return formula(up, fixed(1)/up, _jet(a)).taylor()
    return rule


ONE = fixed(1)
HALF = fixed(mpmath.mpf(1)/2)
TAYLOR = {
    "exp": _exp, "log": _log, "log1p": lambda a: _log(_plus(1, a)), "expm1": lambda a: _plus(-1, _exp(a)),
    "sin": lambda a: _circular(a)[0], "cos": lambda a: _circular(a)[1],
    "tan": lambda a: (_jet(_circular(a)[0])/_jet(_circular(a)[1])).taylor(),
    "sinh": _of_exp(lambda up, down, a: HALF*(up - down)), "cosh": _of_exp(lambda up, down, a: HALF*(up + down)),
    "sech": _of_exp(lambda up, down, a: fixed(2)/(up + down)),
    "tanh": _of_exp(lambda up, down, a: (up - down)/(up + down)),
    "sigmoid": _of_exp(lambda up, down, a: up/(ONE + up)), "logistic_pdf": _of_exp(
        lambda up, down, a: ONE/(fixed(2) + up + down)),
    "softplus": lambda a: _log(_plus(1, _exp(a))), "log_sigmoid": lambda a: [-c for c in _log(_plus(1, _exp(
        [-c for c in a])))],
    "exprel": _of_exp(lambda up, down, a: (up - ONE)/a), "inv_exprel": _of_exp(lambda up, down, a: a/(up - ONE)),
    "log1prel": lambda a: (_jet(_log(_plus(1, a)))/_jet(a)).taylor(),
    "sinc": lambda a: (_jet(_circular(a)[0])/_jet(a)).taylor(),
    "atan": _inverse(mpmath.atan, (1, -1)), "asinh": _inverse(mpmath.asinh, (1, -0.5)),
    "atanh": _inverse(mpmath.atanh, (-1, -1)), "asin": _inverse(mpmath.asin, (-1, -0.5)),
    "acos": lambda a: _plus(mpmath.pi/2, _inverse(mpmath.asin, (-1, -0.5))(a), -1),
    "half_circle": lambda a: _power(_plus(1, _squared(a), -1), mpmath.mpf(0.5)),
    "erf": _error_function, "erfc": lambda a: _plus(1, _error_function(a), -1),
    "ndtr": lambda a: [c/2 for c in _plus(1, _error_function([c/mpmath.sqrt(2) for c in a]))],
    "lgamma": _composed(_lgamma), "gamma": lambda a: _exp(_composed(_lgamma)(a)), "digamma": _composed(_digamma),
}


def _root(jet, r):
    """jet**r, where t**first does not leave a sign open."""
    if not jet.coefficients:
        raise NoSeries
    if r == int(r):
        return Jet(jet.first*int(r), _power(jet.coefficients, int(r)))
    first = jet.first*r
    if jet.first and (jet.first % 2 or first != int(first) or int(first) % 2):
        raise NoSeries
    return Jet(int(first), _power(jet.coefficients, r))


def _sign(jet):
    """The sign near t = 0, on both sides."""
    if not jet.coefficients or jet.first % 2:
        raise NoSeries
    return 1 if jet.coefficients[0] > 0 else -1


_TESTS = {"lt": (-1,), "le": (-1,), "gt": (1,), "ge": (1,)}


def applied(name, parts):
    """The jet of a primitive on jets."""
    if name in ("add", "sub"):
        return parts[0] + parts[1] if name == "add" else parts[0] - parts[1]
    if name == "neg":
        return -parts[0]
    if name == "mul":
        return parts[0]*parts[1] if all(p.coefficients for p in parts) else fixed(0)
    if name == "div":
        return parts[0]/parts[1] if parts[0].coefficients else fixed(0)
    if name in ("sqrt", "cbrt"):
        return _root(parts[0], mpmath.mpf(1)/2 if name == "sqrt" else mpmath.mpf(1)/3)
    if name == "hypot":
        return _root(parts[0]*parts[0] + parts[1]*parts[1], mpmath.mpf(1)/2)
    if name == "pow":
        exponent = parts[1].taylor()
        if not any(exponent[1:]):
            return _root(parts[0], exponent[0])
        return _jet(_exp((parts[1]*_jet(_log(parts[0].taylor()))).taylor()))
    if name == "xlogy":
        return parts[0]*_jet(_log(parts[1].taylor()))
    if name == "abs":
        return parts[0] if _sign(parts[0]) > 0 else -parts[0]
    if name in _TESTS:
        return fixed(1 if _sign(parts[0] - parts[1]) in _TESTS[name] else 0)
    if name == "select":
        return parts[1] if parts[0].coefficients else parts[2]
    rule = TAYLOR.get(name)
    if rule is None or len(parts) != 1:
        raise NoSeries
    return _jet(rule(parts[0].taylor()))


def jet_of(node, leaf, origin, limit=48):
    """The jet of a node; `leaf(node)` gives that of a power of t, and None of others; `origin` maps series to formulas."""
    with mpmath.workdps(DIGITS):
        return _walk(node, leaf, origin, limit)


def _walk(node, leaf, origin, limit):
    known, stack = {}, [node]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        formula = origin.get(top, top)
        found = fixed(constant_value(top)) if top.op is CONSTANT else leaf(top)
        if found is not None:
            if not _is_middling(found):
                raise NoSeries
            known[stack.pop()] = found
            continue
        below = (formula,) if formula is not top else formula.inputs
        if not below or len(known) > limit:
            raise NoSeries
        if formula.op.name == "select" and formula is top:
            below = _branch(top, known)
        waiting = [i for i in below if i not in known]
        if waiting:
            stack += waiting
        elif formula is not top:
            known[stack.pop()] = known[formula]
        elif top.op.name == "select":
            known[stack.pop()] = known[below[-1]]
        else:
            known[stack.pop()] = applied(top.op.name, [known[i] for i in below])
        if top in known and not _is_middling(known[top]):
            raise NoSeries
    return known[node]


def _is_middling(jet):
    """Is the leading coefficient no infinity and not beyond all floats?"""
    return not jet.coefficients or bool(mpmath.isfinite(jet.coefficients[0])) \
        and abs(mpmath.mag(jet.coefficients[0])) < LARGEST


def _branch(node, known):
    """What is needed of a choice: the condition, then the branch that it takes."""
    c, a, b = node.inputs
    if c not in known:
        return (c,)
    return (c, a if known[c].coefficients else b)

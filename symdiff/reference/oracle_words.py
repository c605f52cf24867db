"""The oracle's words: mpmath on every entry (scalars), and plain loops over arrays of mpf (arrays); no derivatives."""
import itertools

import mpmath as mp
import numpy as np

ZERO, ONE, NAN = mp.mpf(0), mp.mpf(1), mp.nan
MAGNITUDE = 20_000                                              # bits: 6 000 digits
BEYOND = 2_500                                  # exponent of numbers that no float, nor a product of two of them, reaches
SATURATED = """exp expm1 exp2 sinh cosh tanh sech csch coth erf erfc ndtr gamma sigmoid softplus log_sigmoid
    log1mexp""".split()                         # words that there have, as floats, the value they have at infinity
ENDLESS = "sinc polygamma erfcx log_ndtr exprel inv_exprel swish log_poisson".split()    # that take too many digits


def real(f):
    """f on reals: nan where it has no real value."""
    def g(*xs):
        if any(mp.isnan(x) for x in xs):
            return NAN
        try:
            y = f(*xs)
        except (ValueError, OverflowError):                     # mpmath at a pole, or outside a domain
            return NAN
        return y if isinstance(y, mp.mpf) else NAN if isinstance(y, mp.mpc) and y.imag else mp.mpf(y.real)
    return g


def turning(f):
    """f, of which a number with more than MAGNITUDE bits before the point has no value that can be had: it takes as many
    digits of π.
    """
    return lambda x: NAN if mp.isfinite(x) and mp.mag(x) > MAGNITUDE else f(x)


def is_beyond(x):
    return mp.isfinite(x) and mp.mag(x) > BEYOND


def saturated(f):
    """f, of which numbers of numbers of numbers, as exp(exp(exp(x))), are infinite or 0."""
    return lambda x: f(mp.sign(x)*mp.inf if is_beyond(x) else x)


def endless(f):
    """f, of which they have no value that can be had."""
    return lambda *xs: NAN if any(map(is_beyond, xs)) else f(*xs)


def div(a, b):
    if b:
        return a/b
    return NAN if not a or mp.isnan(a) else mp.sign(a)*mp.inf


def log(x):
    return mp.log(x) if x > 0 else -mp.inf if x == 0 else NAN


def power(x, p):
    if p == 0:
        return ONE
    if x == 0:
        return ZERO if p > 0 else mp.inf
    if not (x > 0 or p == mp.floor(p)):
        return NAN
    size = p*mp.log(abs(x)) if mp.isfinite(x) and mp.isfinite(p) else ZERO
    if not is_beyond(size):
        return x**p
    return (-1 if x < 0 and p % 2 else 1)*(mp.inf if size > 0 else ZERO)


def log1p_exp(x):
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def normal(x):
    return mp.erfc(-x/mp.sqrt(2))/2


def erfcx(x):
    with mp.extraprec(int(3*min(x*x, 10**5)) + 20):
        return mp.exp(x*x)*mp.erfc(x)


def erfinv(y):
    """Newton's method from mpmath's 30 digits, whose own search for more takes seconds."""
    if not abs(y) < 1:
        return mp.erfinv(y)
    digits = [mp.mp.dps + 10]
    while digits[-1] > 30:
        digits.append(digits[-1]//2 + 3)
    if abs(y) > 0.5:
        rest = 1 - abs(y)
        x = mp.sqrt(-mp.log(rest))
        for few in (30,)*6 + tuple(digits[::-1]):
            with mp.workdps(few):
                tail = mp.erfc(x)
                x += mp.log(tail/rest)*tail*mp.exp(x*x)*mp.sqrt(mp.pi)/2
        return mp.sign(y)*x
    with mp.workdps(30):
        x = mp.erfinv(y)
    for few in digits[::-1]:
        with mp.workdps(few):
            x -= (mp.erf(x) - y)*mp.exp(x*x)*mp.sqrt(mp.pi)/2
    return x


def piecewise(*parts):
    for value, condition in zip(parts[::2], parts[1::2]):
        if condition:
            return value
    return NAN


def kept_nan(choose):
    return lambda *xs: NAN if any(map(mp.isnan, xs)) else choose(xs)


def truth(test):
    return lambda *xs: ONE if test(*xs) else ZERO


def lgamma(x):
    if is_beyond(x) and x > 0:
        return x*(mp.log(x) - 1)
    return mp.inf if x <= 0 and x == mp.floor(x) else mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x)


def digamma(x):
    return mp.log(x) - 1/(2*x) - 1/(12*x*x) if is_beyond(x) and x > 0 else mp.digamma(x)


def add_exponentials(a, b):
    large, small = max(a, b), min(a, b)
    return large if is_beyond(large) or is_beyond(small) else large + log1p_exp(small - large)


def polygamma(n, x):
    """At large negative x by reflection: mpmath goes up from them in steps of 1."""
    n = int(n)
    if n == 0 or x > -100:
        return mp.polygamma(n, x)
    slope = {1: 1}                                              # of cot(πx), {power of it: coefficient}
    for _ in range(n):
        slope = {k: -slope.get(k + 1, 0)*(k + 1) - slope.get(k - 1, 0)*(k - 1) for k in range(max(slope) + 2)}
    cotangent = mp.cospi(x)/mp.sinpi(x)
    return (-1)**n*mp.polygamma(n, 1 - x) - mp.pi**(n + 1)*mp.fsum(a*cotangent**k for k, a in slope.items() if a)


SCALARS = {name: real(getattr(mp, name)) for name in """exp expm1 log1p sin cos tan asin acos atan atan2 sinh cosh tanh
    asinh acosh atanh sec csc cot sech csch coth erf erfc gamma floor ceil hypot sign sqrt""".split()}
SCALARS |= {name: real(f) for name, f in {
    "add": lambda *xs: sum(xs[1:], xs[0]), "mul": lambda *xs: mp.fprod(xs), "div": div, "pow": power, "log": log,
    "cbrt": lambda x: mp.sign(x)*mp.cbrt(abs(x)), "exp2": lambda x: mp.mpf(2)**x, "log2": lambda x: log(x)/mp.log(2),
    "log10": lambda x: log(x)/mp.log(10), "logaddexp": add_exponentials,
    "exprel": lambda x: mp.expm1(x)/x if x else ONE, "inv_exprel": lambda x: x/mp.expm1(x) if x else ONE,
    "log1prel": lambda x: mp.log1p(x)/x if x else ONE,
    "log_poisson": lambda k, m: (k*log(m) if k else ZERO) - m - lgamma(k + 1),
    "log1mexp": lambda x: log(-mp.expm1(x)), "xlogy": lambda x, y: x*log(y) if x else ZERO,
    "sigmoid": lambda x: 1/(1 + mp.exp(-x)), "log_sigmoid": lambda x: -log1p_exp(-x), "softplus": log1p_exp,
    "swish": lambda x: x/(1 + mp.exp(-x)), "relu": lambda x: x if x > 0 else ZERO, "sinc": mp.sinc,
    "leaky_relu": lambda x, slope: x if x > 0 else slope*x, "abs": abs, "mod": lambda a, b: a - b*mp.floor(div(a, b)),
    "hard_unit": lambda x: max(ZERO, min(ONE, x + mp.mpf(0.5))), "round": mp.nint, "erfcx": erfcx, "ndtr": normal,
    "log_ndtr": lambda x: mp.log(normal(x)) if x < 0 else mp.log1p(-normal(-x)), "lgamma": lgamma, "digamma": digamma,
    "erfinv": erfinv,
    "polygamma": polygamma,
    "step": lambda x, at_0=mp.mpf(0.5): ONE if x > 0 else at_0 if x == 0 else ZERO}.items()}
SCALARS |= {name: turning(SCALARS[name]) for name in "sin cos tan sec csc cot".split()}
SCALARS |= {name: saturated(SCALARS[name]) for name in SATURATED}
SCALARS |= {name: endless(SCALARS[name]) for name in ENDLESS}
SCALARS |= {
    "maximum": kept_nan(max), "minimum": kept_nan(min), "piecewise": piecewise,
    "select": lambda c, a, b: a if c else b, "lt": truth(lambda a, b: a < b), "le": truth(lambda a, b: a <= b),
    "gt": truth(lambda a, b: a > b), "ge": truth(lambda a, b: a >= b), "eq": truth(lambda a, b: a == b),
    "ne": truth(lambda a, b: a != b), "and": truth(lambda *xs: all(xs)), "or": truth(lambda *xs: any(xs)),
    "not": truth(lambda x: not x)}
# words of derivative 0
FLAT = {"floor", "ceil", "round", "sign", "step", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"}
FIXED = {"select": (0,), "polygamma": (0,)}                     # operands without a derivative


# -- arrays ----------------------------------------------------------------------------------------------------------
def box(x):
    """An array of objects, also where there are no axes."""
    if isinstance(x, np.ndarray):
        return x
    out = np.empty((), dtype=object)
    out[()] = x
    return out


def along(f):
    """A function of a list of numbers as a reduction over axes."""
    def word(x, axes, keepdims):
        rest = [i for i in range(x.ndim) if i not in axes]
        y = np.empty([x.shape[i] for i in rest], dtype=object)
        moved = np.transpose(x, rest + list(axes))
        for i in np.ndindex(y.shape):
            y[i] = f(list(box(moved[i]).flat))
        return y.reshape([1 if i in axes else n for i, n in enumerate(x.shape)]) if keepdims else y
    return word


def each(f):
    """A function of a list giving a list of the same length, along one axis."""
    def word(x, axis):
        y = np.empty(np.moveaxis(x, axis, -1).shape, dtype=object)
        moved = np.moveaxis(x, axis, -1)
        for i in np.ndindex(y.shape[:-1]):
            y[i] = f(list(moved[i]))
        return np.moveaxis(y, -1, axis)
    return word


def log_sum_exp(xs):
    top = max(xs, default=mp.ninf)
    return top if mp.isinf(top) else top + mp.log(mp.fsum(mp.exp(x - top) for x in xs))


def soft(xs):
    total = log_sum_exp(xs)
    return [mp.exp(x - total) for x in xs]


def running(f):
    return each(lambda xs: list(itertools.accumulate(xs, f)))


def einsum(*args):
    """The sum over all labels, by loops."""
    *operands, spec = args
    inputs, output = spec.split("->")
    inputs = inputs.split(",")
    length = {label: n for labels, x in zip(inputs, operands) for label, n in zip(labels, x.shape)}
    summed = [label for label in length if label not in output]
    y = np.empty([length[label] for label in output], dtype=object)
    for place in np.ndindex(y.shape):
        at = dict(zip(output, place))
        total = ZERO
        for rest in itertools.product(*[range(length[label]) for label in summed]):
            at.update(zip(summed, rest))
            total += mp.fprod(x[tuple([at[label] for label in labels])] for labels, x in zip(inputs, operands))
        y[place] = total
    return y


def matmul(a, b):
    batch = "zyxwvutsr"
    left = (batch[:a.ndim - 2][::-1] + "ij") if a.ndim > 1 else "j"
    right = (batch[:b.ndim - 2][::-1] + "jk") if b.ndim > 1 else "j"
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = np.broadcast_to(a, shape[len(shape) - max(a.ndim - 2, 0):] + a.shape[-2:])
    b = np.broadcast_to(b, shape[len(shape) - max(b.ndim - 2, 0):] + b.shape[-2:])
    output = batch[:len(shape)][::-1] + ("i" if a.ndim > 1 else "") + ("k" if b.ndim > 1 else "")
    return einsum(a, b, f"{left},{right}->{output}")


def dot(a, b):
    if b.ndim < 2:
        return einsum(a, b, "abcdef"[:a.ndim - 1] + "z,z->" + "abcdef"[:a.ndim - 1])
    front, back = "abcdef"[:a.ndim - 1], "ghijkl"[:b.ndim - 2]
    return einsum(a, b, f"{front}z,{back}zy->{front}{back}y")


# -- matrices: by elimination ----------------------------------------------------------------------------------------
def batched(f):
    """A function of one matrix (and a right side) over the axes in front."""
    def word(a, *others):
        vector = bool(others) and others[0].ndim == 1
        others = [o[:, None] if vector else o for o in others]
        batch = np.broadcast_shapes(a.shape[:-2], *[o.shape[:-2] for o in others])
        wide = [np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, *others)]
        parts = {i: box(f(*[x[i] for x in wide])) for i in np.ndindex(batch)}
        y = np.empty(batch + next(iter(parts.values())).shape, dtype=object)
        for i, part in parts.items():
            y[i] = part if part.ndim else part[()]
        return y[..., 0] if vector else y
    return word


def eliminate(a, b):
    """(x with a x = b, determinant), by Gauss with row pivots."""
    n = len(a)
    rows, sign = [list(a[i]) + list(b[i]) for i in range(n)], ONE
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if not rows[pivot][k]:
            return np.full(b.shape, NAN, dtype=object), ZERO
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        for i in range(k + 1, n):
            factor = rows[i][k]/rows[k][k]
            rows[i] = [u - factor*v for u, v in zip(rows[i], rows[k])]
    determinant = sign*mp.fprod(rows[k][k] for k in range(n))
    x = np.empty(b.shape, dtype=object)
    for i in reversed(range(n)):
        for j in range(b.shape[1]):
            x[i, j] = (rows[i][n + j] - mp.fsum(rows[i][k]*x[k, j] for k in range(i + 1, n)))/rows[i][i]
    return x, determinant


def identity(n):
    return np.array([[ONE if i == j else ZERO for j in range(n)] for i in range(n)], dtype=object).reshape(n, n)


def determinant(a):
    return eliminate(a, identity(len(a)))[1]


def cholesky(a):
    """Of the symmetric part."""
    n = len(a)
    lower = np.full((n, n), ZERO, dtype=object)
    for j in range(n):
        d = a[j, j] - mp.fsum(x*x for x in lower[j, :j])
        lower[j, j] = mp.sqrt(d) if d > 0 else NAN
        for i in range(j + 1, n):
            lower[i, j] = ((a[i, j] + a[j, i])/2 - mp.fsum(lower[i, :j]*lower[j, :j]))/lower[j, j]
    return lower


def triangular_solve(t, b, lower, flipped):
    def one(t, b):
        t = np.where(np.tril(np.ones(t.shape)) if lower else np.triu(np.ones(t.shape)), t, ZERO)
        return eliminate(t.T if flipped else t, b)[0]
    return batched(one)(t, b)


def diag(x):
    if x.ndim == 1:
        y = np.full((len(x), len(x)), ZERO, dtype=object)
        y[range(len(x)), range(len(x))] = x
        return y
    return np.diagonal(x, axis1=-2, axis2=-1)


def whole(x):
    return np.array([int(v) for v in x.flat], dtype=np.intp).reshape(x.shape)


MOVES = {                                                       # words that only move entries, or put zeros
    "transpose": lambda x, permutation: np.transpose(x, permutation), "reshape": lambda x, sizes: np.reshape(x, sizes),
    "broadcast_to": lambda x, sizes: np.broadcast_to(x, sizes), "concatenate": lambda *a: np.concatenate(a[:-1], a[-1]),
    "stack": lambda *a: np.stack(a[:-1], a[-1]), "take": lambda x, i, axis: np.take(x, whole(i), axis),
    "index": lambda x, key: x[key], "gather": lambda x, *i: x[tuple(map(whole, i))], "diag": diag,
    "tril": lambda x, k: np.where(np.tril(np.ones(x.shape), k), x, ZERO),
    "triu": lambda x, k: np.where(np.triu(np.ones(x.shape), k), x, ZERO)}
ARRAYS = MOVES | {
    "sum": along(mp.fsum), "mean": along(lambda xs: div(mp.fsum(xs), mp.mpf(len(xs)))), "prod": along(mp.fprod),
    "max": along(lambda xs: kept_nan(max)(*xs) if xs else mp.ninf),
    "min": along(lambda xs: kept_nan(min)(*xs) if xs else mp.inf),
    "logsumexp": along(log_sum_exp), "norm": along(lambda xs: mp.sqrt(mp.fsum(x*x for x in xs))),
    "softmax": each(soft), "log_softmax": each(lambda xs: [x - log_sum_exp(xs) for x in xs]),
    "cumsum": running(lambda a, b: a + b), "cumprod": running(lambda a, b: a*b),
    "einsum": einsum, "matmul": matmul, "dot": dot, "outer": lambda a, b: einsum(a, b, "i,j->ij"),
    "trace": batched(lambda a: mp.fsum(a[i, i] for i in range(min(a.shape)))),
    "solve": batched(lambda a, b: eliminate(a, b)[0]), "triangular_solve": triangular_solve,
    "inv": batched(lambda a: eliminate(a, identity(len(a)))[0]), "det": batched(determinant),
    "logdet": batched(lambda a: log(determinant(a))), "log_abs_det": batched(lambda a: log(abs(determinant(a)))),
    "sign_det": batched(lambda a: mp.sign(determinant(a))), "cholesky": batched(cholesky)}
LINEAR = {"sum", "mean", "einsum", "matmul", "dot", "outer", "trace", "cumsum"}


# -- kinks: the derivatives at points where there are two, or none -----------------------------------------------------
def ties(sign, xs, constants=()):
    """The shares of the largest (sign 1) or smallest operands; constants take the whole."""
    best = max(xs) if sign > 0 else min(xs)
    winners = [k for k, x in enumerate(xs) if x == best]
    if len(winners) < 2:                            # none is the largest where one is nan
        return None
    holders = [k for k in winners if k not in constants]
    share = ZERO if len(holders) < len(winners) else mp.mpf(1)/len(holders)
    return [share if k in holders else ZERO for k in range(len(xs))]


def at_zero(slope):
    return lambda x: [mp.mpf(slope)] if x == 0 else None


KINKS = {
    "relu": at_zero(0), "abs": at_zero(0), "cbrt": at_zero("inf"), "log": at_zero("inf"),
    "leaky_relu": lambda x, slope: [slope, ZERO] if x == 0 else None,
    "hard_unit": lambda x: [ZERO] if abs(x) == 0.5 else None,
    "hypot": lambda a, b: [ZERO, ZERO] if a == b == 0 else None,
    "mod": lambda a, b: [ONE, -mp.floor(div(a, b))],
    "xlogy": lambda x, y: None if y else [ZERO if not x else -mp.inf, ZERO if not x else x*mp.inf],
    "log1p": lambda x: [mp.inf] if x == -1 else None}


def kink_of_power(x, p):
    """x**p at x = 0: sqrt'(0) is inf, x**0 and x**1 are flat and straight; 0 in p where p > 0."""
    if x:
        return None if x > 0 else [p*power(x, p - 1) if p else ZERO, NAN]
    slope = ZERO if p == 0 or p > 1 else ONE if p == 1 else mp.inf*mp.sign(p)
    return [slope, ZERO if p > 0 else -mp.inf]


KINKS["pow"] = kink_of_power

"""Random programs of the language for the tests: a stream of choices goes in; outputs, parameters and values come out.

A choice is `choose(k)`, an int from 0 to below k, so that one generator is fed by hypothesis, which makes a failing
program small, and by a seed, which is quick.  The choice 0 is the plainest one everywhere.

Every value stays near 1 in magnitude, so that results may be compared by their digits: what grows is squeezed.
"""
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

import symdiff as sd
from symdiff.language import sizes_of
from symdiff.language.core import Array, constant, nodes

ROWS = (3, 1, 2, 5, 64, 65, 257, 300)           # what the symbolic size n may be
FEW = (2, 1, 3, 5)                              # what the symbolic size m may be
KNOWN = (2, 3, 1, 4)                            # lengths that are numbers
LARGEST = 40_000                                # entries of one array
RANK = 3

n, m, d = sd.sizes("n m d")


@dataclass
class Drawn:
    """A program: `outputs` are expressions, `wrt` the names of parameters, `values` {name: array}."""
    outputs: list
    wrt: list
    values: dict
    sizes: dict
    steps: list = field(default_factory=list)

    def __repr__(self):
        return f"{dict(self.sizes)}  " + "\n".join(str(e) for e in self.outputs)

    @property
    def loss(self):
        """One number that depends on every output: the sum of the averages of sin(output + 1)."""
        return sum(self._scalar(e) for e in self.outputs)

    def _scalar(self, e):
        bent = sp.sin(e + 1)
        if not sizes_of(e):
            return bent
        empty = any(s.subs(self.sizes) == 0 if isinstance(s, sp.Basic) else s == 0 for s in sizes_of(e))
        return sd.sum(bent) if empty else sd.mean(bent)             # nothing has no average


def seeded(seed):
    """A stream of choices from a seed."""
    rng = np.random.default_rng(seed)
    return lambda k: int(rng.integers(k))


def draw(choose, steps=6, rows=ROWS):
    """A program of about so many operations."""
    return _Growth(choose, rows).grown(steps)


class _Growth:
    """Expressions made so far, and the values of inputs that they need."""

    def __init__(self, choose, rows):
        self.choose, self.values, self.wrt = choose, {}, []
        self.sizes = {n: self.one_of(rows), m: self.one_of(FEW)}
        self.noise = np.random.default_rng(choose(1 << 16))
        self.known = []
        for _ in range(2 + choose(3)):
            self.input()

    # choices ------------------------------------------------------------------------------------------------------
    def one_of(self, options):
        return options[self.choose(len(options))]

    def some(self, options):
        """A part of the options, in their order."""
        return [o for o in options if self.choose(2)]

    def any(self, fits=lambda e: True):
        """An expression made before, the latest ones first; None when none fits."""
        found = [e for e in reversed(self.known) if fits(e)]
        return self.one_of(found) if found else None

    def length(self):
        return self.one_of((n, m, *KNOWN))

    def bound(self, length):
        return length if isinstance(length, int) else int(length.subs(self.sizes))

    def entries(self, sizes):
        return int(np.prod([self.bound(s) for s in sizes], dtype=object))

    # leaves -------------------------------------------------------------------------------------------------------
    def input(self, sizes=None):
        sizes = tuple([self.length() for _ in range(self.choose(RANK + 1))]) if sizes is None else sizes
        if self.entries(sizes) > LARGEST:
            sizes = sizes[:1]
        name = f"x{len(self.values)}"
        shape = tuple(map(self.bound, sizes))
        self.values[name] = self.numbers(shape)
        self.wrt.append(name)
        self.known.append(sd.array(name, *sizes))
        return self.known[-1]

    def numbers(self, shape):
        """Normal numbers; sometimes whole ones, so that zeros and ties occur."""
        if self.choose(5) == 4:
            return self.noise.integers(-2, 3, shape).astype(float)
        return self.noise.normal(size=shape)

    def constant(self, sizes):
        """Numbers of sizes that are ints, or one number."""
        if all(isinstance(s, int) for s in sizes):
            return constant(self.numbers(sizes)) if sizes else sp.Rational(self.choose(7) - 3, 2)
        return 0.5

    # growth -------------------------------------------------------------------------------------------------------
    def grown(self, steps):
        made = []
        for _ in range(steps):
            step = self.one_of(STEPS)
            e = step(self)
            if e is None or self.entries(sizes_of(e)) > LARGEST or len(sizes_of(e)) > RANK + 1:
                continue
            made.append(step.__name__)
            self.known.append(e)
        outputs = [self.known[-1]]
        for _ in range(self.choose(3)):
            outputs.append(self.any())
        told = {s for e in outputs for x in inputs_of(e) for s in x.sizes if isinstance(s, sp.Symbol)}
        if len(told) < 2:                                   # a size must be told by an array
            outputs.append(sd.mean(self.input((n, m))))
        sizes = {str(s): k for s, k in self.sizes.items()}
        used = {x.name for e in outputs for x in inputs_of(e)}
        values = {k: v for k, v in self.values.items() if k in used}
        return Drawn(outputs, [w for w in self.wrt if w in used], values, sizes, made)


def inputs_of(e):
    """The arrays that an expression reads."""
    return [x for x in nodes(e) if isinstance(x, Array)]


# -- steps: each gives one more expression, or None where nothing fits -------------------------------------------------

SMOOTH = (
    sp.sin, sp.tanh, sp.cos, sd.sigmoid, sd.softplus, sp.atan, sp.erf, sp.asinh, sd.log_sigmoid, sd.swish,
    lambda e: sp.exp(sp.sin(e)), lambda e: sp.sqrt(1 + e**2), lambda e: sp.log(1 + e**2), lambda e: 1/(2 + sp.sin(e)),
    lambda e: sp.log(1 + sp.exp(e)), lambda e: 1/(1 + sp.exp(-e)), lambda e: sd.expm1(-e**2), lambda e: (e/3)**3,
    lambda e: e**2/(1 + e**2), lambda e: -e, lambda e: 2 - e, lambda e: (1 + e**2)**sp.Rational(-3, 2), lambda e: e - e,
    lambda e: (1 + sp.sin(e)**2)**sp.cos(e))
SHARP = (sp.Abs, sd.relu, sp.sign, sd.step, sp.floor, sd.hard_unit, lambda e: sd.leaky_relu(e, 0.1))


def smooth(g):
    return g.one_of(SMOOTH)(g.any())


def sharp(g):
    return g.one_of(SHARP)(g.any())


def _partner(g, a):
    """An operand that broadcasts against a."""
    sizes = sizes_of(a)
    kind = g.choose(5)
    if kind == 0:
        return g.any(lambda e: sizes_of(e) == sizes)
    if kind == 1:
        return g.constant(sizes[g.choose(len(sizes) + 1):])
    if kind == 2:
        return g.any(lambda e: not sizes_of(e))
    if kind == 3:
        b = g.any(lambda e: 0 < len(sizes_of(e)) <= len(sizes) and sizes_of(e) == sizes[len(sizes) - len(sizes_of(e)):])
        if b is not None and g.choose(2) and len(sizes_of(b)) == len(sizes):
            k = g.choose(len(sizes))
            return sd.mean(b, axis=k, keepdims=True)
        return b
    vector = g.any(lambda e: len(sizes_of(e)) == 1 and sizes_of(e)[0] in sizes)
    if vector is None:
        return None
    k = g.one_of([k for k, s in enumerate(sizes) if s == sizes_of(vector)[0]])
    return vector[(slice(None), *[None]*(len(sizes) - 1 - k))]


PAIRS = (lambda a, b: a + b, lambda a, b: a*b, lambda a, b: a - b, lambda a, b: a/(2 + sp.sin(b)), sd.maximum,
         sd.minimum, sp.Max, sp.Min, sd.logaddexp, lambda a, b: sd.hypot(a, b + 2), lambda a, b: b - 2*a,
         lambda a, b: sp.atan2(a, 1.5 + sp.sin(b)))


def pair(g):
    a = g.any()
    b = _partner(g, a)
    if b is None:
        return None
    return g.one_of(PAIRS)(a, b)


def branch(g):
    a = g.any()
    b, c = _partner(g, a), _partner(g, a)
    if b is None or c is None:
        return None
    kind = g.choose(5)
    if kind == 0:
        return sd.where(a > b, a, c)
    if kind == 1:
        return sd.where(a <= 0, c*a, sp.cos(a))
    if kind == 2:
        return sp.Piecewise((sp.sin(a), a > 1), (a*b, a > -1), (c + 0*a, True)) if sizes_of(a) else None
    if kind == 3:
        return sd.where(a > 0, sp.log(sd.where(a > 0, a, 1)), b)
    return sd.where((a > b) & (a < 1), a, b)


def _axes(g, a):
    """None, one axis, or several."""
    rank = len(sizes_of(a))
    kind = g.choose(3)
    if kind == 0 or rank == 0:
        return None
    if kind == 1:
        return g.choose(2*rank) - rank
    return tuple(g.some(range(rank))) or None


REDUCTIONS = (sd.sum, sd.mean, sd.max, sd.min, sd.logsumexp, sd.norm, sd.prod)


def reduce(g):
    a = g.any(lambda e: sizes_of(e) and g.entries(sizes_of(e)))         # nothing has no largest entry
    if a is None:
        return None
    word, axes, keep = g.one_of(REDUCTIONS), _axes(g, a), bool(g.choose(2))
    if word is sd.norm:
        return sd.norm(a + 0.5, axis=axes if not isinstance(axes, tuple) else axes[0], keepdims=keep)
    if word is sd.prod:
        a = 1 - 0.1*sp.cos(a) if g.choose(2) else sp.sin(a)
    e = word(a, axis=axes, keepdims=keep)
    return sp.tanh(e) if word is sd.sum and g.entries(sizes_of(a)) > 30 else e


def along(g):
    a = g.any(lambda e: sizes_of(e) and g.entries(sizes_of(e)))
    if a is None:
        return None
    axis = g.choose(len(sizes_of(a)))
    kind = g.choose(6)
    if kind == 0:
        return sd.softmax(a, axis=axis)
    if kind == 1:
        return sd.log_softmax(a, axis=axis)
    if kind == 2:
        return sd.cumsum(a, axis=axis)/g.bound(sizes_of(a)[axis])
    if kind == 3:
        return sd.cumprod(sp.sin(a), axis=axis)
    if kind == 4:
        return a - sd.mean(a, axis=axis, keepdims=True)
    return (a - sd.max(a, axis=axis, keepdims=True))/(1 + sd.sum(a**2, axis=axis, keepdims=True))


def einsum(g):
    operands = [g.any(lambda e: 0 < len(sizes_of(e)) <= RANK) for _ in range(1 + g.choose(3))]
    if any(o is None for o in operands):
        return None
    letters, length, subs = iter("abcdefghij"), {}, []
    for o in operands:
        labels = ""
        for s in sizes_of(o):
            same = [c for c in length if length[c] == s]
            if same and g.choose(3):
                labels += g.one_of(same)
            else:
                c = next(letters)
                length[c] = s
                labels += c
        subs.append(labels)
    total = g.entries(length.values())
    if total > 10*LARGEST:
        return None
    out = g.some(length)
    if out and g.choose(2):
        out = out[::-1]
    if g.entries([length[c] for c in out]) > LARGEST:
        return None
    summed = g.entries([length[c] for c in length if c not in out])
    return sd.einsum(",".join(subs) + "->" + "".join(out), *operands)/max(1, summed)


def product(g):
    a = g.any(sizes_of)
    if a is None:
        return None
    kind, s = g.choose(6), sizes_of(a)
    if kind == 0:
        b = g.any(lambda e: sizes_of(e) and (sizes_of(e)[-2:-1] or sizes_of(e)) == s[-1:] and len(sizes_of(e)) <= 2)
        return None if b is None or len(s) > 2 else (a @ b)/g.bound(s[-1])
    if kind == 1:
        return a @ a.T/g.bound(s[-1]) if len(s) == 2 else sd.outer(a, a) if len(s) == 1 else None
    if kind == 2:
        return sd.diag(a) if len(s) == 1 or len(s) == 2 and s[0] == s[1] else None
    if kind == 3:
        return sd.trace(a) if len(s) == 2 and s[0] == s[1] else None
    if kind == 4:
        return sd.outer(a, g.any(lambda e: len(sizes_of(e)) == 1)) if len(s) == 1 else a.T
    return sd.transpose(a, tuple(np.roll(range(len(s)), 1 + g.choose(2)).tolist()))


def pick(g):
    a = g.any(sizes_of)
    if a is None:
        return None
    key = []
    for s in sizes_of(a):
        kind, length = g.choose(6), g.bound(s)
        if kind == 0:
            key.append(slice(None))
        elif kind == 1:
            key.append(slice(None, None, -1))
        elif kind == 2 and isinstance(s, int) and s:
            key.append(slice(g.choose(s), None, 1 + g.choose(2)))
        elif kind == 3 and isinstance(s, int) and s:
            key.append(slice(None, g.choose(s), -1 - g.choose(2)))
        elif kind == 4 and length:
            key.append(g.one_of((0, -1)))
        elif kind == 5 and length > 1:
            key.append(g.one_of((slice(1, None), slice(None, -1), slice(None, None, 2), slice(1, None, 2))))
        else:
            key.append(slice(None))
    if g.choose(4) == 3:
        key.insert(g.choose(len(key) + 1), None)
    return a[tuple(key)]


def join(g):
    a = g.any(sizes_of)
    if a is None:
        return None
    kind, s = g.choose(4), sizes_of(a)
    if kind == 0:
        axis = g.choose(len(s))
        rest = s[:axis] + s[axis + 1:]
        b = g.any(lambda e: len(sizes_of(e)) == len(s) and sizes_of(e)[:axis] + sizes_of(e)[axis + 1:] == rest)
        return sd.concatenate([a, sp.sin(a), b][:2 + g.choose(2)], axis=axis)
    if kind == 1:
        b = g.any(lambda e: sizes_of(e) == s)
        return sd.stack([a, b], axis=g.choose(len(s) + 1))
    if kind == 2:
        axis = g.choose(len(s))
        count, length = 1 + g.choose(4), g.bound(s[axis])
        where = [g.choose(length) for _ in range(count)] if length else []
        return sd.take(a, where, axis=axis) if length else None
    axis = g.choose(len(s))
    length = g.bound(s[axis])
    if not length or not isinstance(s[axis], (int, sp.Symbol)):
        return None
    place = sd.array(f"i{len(g.values)}", m)
    g.values[place.name] = g.noise.integers(0, length, g.sizes[m]).astype(float)
    return sd.take(a, place, axis=axis)


def reshape(g):
    a = g.any(lambda e: sizes_of(e) and g.entries(sizes_of(e)))
    if a is None:
        return None
    kind, s = g.choose(4), sizes_of(a)
    if kind == 0:
        return sd.reshape(a, -1)
    if kind == 1:
        return sd.reshape(a, *s[:-2], -1) if len(s) > 1 else sd.reshape(a, -1, 1)
    if kind == 2:
        return sd.reshape(a, *s[::-1])
    two = [k for k, q in enumerate(s) if q == 4]
    return sd.reshape(a, *s[:two[0]], 2, 2, *s[two[0] + 1:]) if two else sd.reshape(a, 1, *s)


def factor(g):
    a = g.any(lambda e: len(sizes_of(e)) == 2 and isinstance(sizes_of(e)[0], int) and 0 < sizes_of(e)[0] < 5)
    if a is None:
        return None
    k = sizes_of(a)[0]
    a = sp.tanh(a)
    A = a @ a.T/max(1, g.bound(sizes_of(a)[1])) + np.eye(k) + (0.1*np.arange(k)[:, None] if g.choose(2) else 0)
    kind = g.choose(6)
    if kind == 0:
        b = g.any(lambda e: len(sizes_of(e)) in (1, 2) and sizes_of(e)[0] == k)
        return None if b is None else sd.solve(A, b)
    if kind == 1:
        return sd.inv(A)
    if kind == 2:
        return sd.logdet((A + A.T)/2)
    if kind == 3:
        return sd.cholesky((A + A.T)/2)
    if kind == 4:
        return sd.det(A)
    return sd.slogdet(A)[1]


def sized(g):
    """Lengths as numbers, positions as numbers."""
    a = g.any()
    kind = g.choose(3)
    if kind == 0:
        return a/n
    if kind == 1:
        return a*m/(n + 2)
    s = sizes_of(a)
    return a + sd.arange(s[-1])/(1 + s[-1]) if s else a*sp.sqrt(n)/n


def more(g):
    return g.input()


STEPS = (smooth, pair, reduce, branch, einsum, product, pick, join, along, reshape, sharp, factor, sized, more, smooth,
         pair)

"""What a record of the table is: a primitive with all that is known of it, refused when made wrong."""
from dataclasses import dataclass, field
from typing import Callable

import sympy as sp
from sympy.core.sympify import _sympify

from ..errors import SizeMismatch
from ..lengths import text

TABLE = {}          # every primitive by its name, in the order of declaration


@dataclass(frozen=True)
class Kink:
    """A point, line or half-line without a derivative, and the convention that stands in for it.

    where        a SymPy condition in the arguments, e.g. sp.Eq(x, 0)
    convention   what the derivative is taken as there and why: "0, the subgradient of least norm"
    of           places of the arguments whose derivative it is about; None for all
    """
    where: object
    convention: str
    of: tuple | None = None


@dataclass(frozen=True)
class Limit:
    """Where a value ends: beyond it, or at it, there is no real number.

    where      a SymPy condition in the arguments, e.g. x < 0; for a block, words in which {0}, {1} stand for its inputs
    what       what happens there: "log of a negative number"
    returned   what the value is there: "nan"
    do         how it is kept from happening
    """
    where: object
    what: str
    returned: str
    do: str


class Primitive:
    """What all records share: a name, and `infer(inputs, attributes)`, which gives the sizes or refuses."""

    def __repr__(self):
        return f"<primitive {self.name}>"

    def _declare(self):
        if self.name in TABLE:
            raise ValueError(f"two primitives are called {self.name}")
        TABLE[self.name] = self


@dataclass(frozen=True, eq=False, repr=False)
class Leaf(Primitive):
    """A node without inputs; its sizes are in its attributes.  `sizes(attributes)` tells them."""
    name: str
    sizes: Callable

    def __post_init__(self):
        self._declare()

    def infer(self, inputs, attributes):
        return self.sizes(attributes)


@dataclass(frozen=True, eq=False, repr=False)
class Elementwise(Primitive):
    """A scalar function applied entry by entry; all inputs have the sizes of the node (broadcasting is its own node).

    name        the field's word; also the name of the function in generated code
    sympy       the SymPy class it is read from and written as; None when only `read` and passes make it
    args        SymPy symbols standing for the inputs
    partials    one SymPy scalar per input, in `args` and `y`, the node itself; 0 where it is a step
    numpy       entry-by-entry NumPy function: what `evaluate` calls
    domain      one sp.Interval per input: where the tests draw their points
    at          worked by hand: {point or tuple of points: partial or tuple of partials}
    kinks       tuple of Kink
    limits      tuple of Limit: wherever finite arguments give no finite value, but for overflow
    cost        in multiplications
    source      where the formulas stand
    scalar      the function of symdiff.primitives.special that gives the value: floats in, a float out
    mpmath      the value at high precision: a function of mpmath numbers
    boolean     True where the value is a truth value (0.0 or 1.0)
    commutative True where two inputs may change places
    ulp         the stated bound of `numpy` and `scalar` over the domain, in units in the last place × max(1, condition)
    whole       places of the arguments that are whole numbers (an order); nothing is differentiated in them
    constant    places of the arguments that are numbers by contract; nothing is differentiated in them
    """
    name: str
    sympy: object
    args: tuple
    partials: tuple
    numpy: Callable
    domain: tuple
    mpmath: Callable
    at: dict = field(default_factory=dict)
    kinks: tuple = ()
    limits: tuple = ()
    cost: int = 1
    source: str = ""
    scalar: Callable | None = None
    boolean: bool = False
    commutative: bool = False
    ulp: float = 4
    whole: tuple = ()
    constant: tuple = ()

    def __post_init__(self):
        known = {*self.args, Y}
        if len(self.partials) != len(self.args):
            raise ValueError(f"{self.name}: {len(self.args)} arguments but {len(self.partials)} partials")
        if len(self.domain) != len(self.args):
            raise ValueError(f"{self.name}: {len(self.args)} arguments but {len(self.domain)} domains")
        for partial in self.partials:
            if stray := _sympify(partial).free_symbols - known:
                raise ValueError(f"{self.name}: a partial names {stray}, which is no argument")
        for point, worked in self.at.items():
            if len(worked if isinstance(worked, tuple) else (worked,)) != len(self.args):
                raise ValueError(f"{self.name}: the worked point {point} needs one partial per argument")
            for value, interval in zip(point if isinstance(point, tuple) else (point,), self.domain, strict=True):
                if not interval.start <= value <= interval.end:
                    raise ValueError(f"{self.name}: the worked point {point} is outside the domain {interval}")
        for kink in self.kinks:
            if not kink.convention:
                raise ValueError(f"{self.name}: a kink without a convention")
        for place in (*self.kinks, *self.limits):
            if stray := _sympify(place.where).free_symbols - known:
                raise ValueError(f"{self.name}: a {type(place).__name__.lower()} names {stray}, which is no argument")
        self._declare()

    def infer(self, inputs, attributes):
        first = inputs[0].sizes
        for other in inputs[1:]:
            if other.sizes != first:
                raise SizeMismatch(f"{self.name} of different sizes: " + " and ".join(text(i.sizes) for i in inputs)
                                   + ".")
        return first


@dataclass(frozen=True, eq=False, repr=False)
class Block(Primitive):
    """A primitive that moves, joins, reduces or factors whole axes.

    It acts on trailing axes; any leading axes are a batch, and cotangents may carry more of them than the value.

    infer_sizes(inputs, attributes)                  -> sizes, or raises SizeMismatch
    pullback(node, bar, lead, k)                     -> the cotangent of input k (None for no dependence);
                                                        bar has sizes lead + node.sizes, the result lead + input.sizes
    pushforward(node, dots, lead)                    -> lead + node.sizes, from one tangent (or None) per input
    numpy(attributes, sizes, *values)                -> the value; `sizes` are the node's, lengths are ints everywhere
    cost(node)                                       -> multiplications, an int or a size expression
    reach(node)                                      -> [(start, step, length, n)]: the positions start + step·j,
                                                        0 ≤ j < length, on axes of length n, that it reads or writes
    kinks, limits  tuples of Kink and of Limit whose places are words
    """
    name: str
    infer_sizes: Callable
    pullback: Callable
    pushforward: Callable
    numpy: Callable
    cost: Callable = None
    source: str = ""
    reach: Callable = None
    kinks: tuple = ()
    limits: tuple = ()

    def __post_init__(self):
        self._declare()

    def infer(self, inputs, attributes):
        return self.infer_sizes(inputs, attributes)


Y = sp.Symbol("y")                                  # in a partial: the node itself
X, X1, X2 = sp.symbols("x x1 x2")                    # the usual argument symbols


def interval(low, high):
    """A closed interval, for the domain of a record."""
    return sp.Interval(low, high)

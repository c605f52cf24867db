"""Arrays as SymPy objects that SymPy never evaluates: an operation and its operands go in, one interned node with
sizes comes out.

    Array(name, *sizes)          what a user names; also a SymPy symbol
    Constant(ConstantArray)      numbers: an ndarray that met an array, or a typed -0.0
    Node(op, args, attributes)   everything else.  `op` is a SymPy class where the node is elementwise with NumPy's
                                 broadcasting, a word ("sum", "matmul", ...) where it moves or removes axes

Equal is identical.  Nothing is folded, reordered or simplified.  Sizes are inferred when a node is made, so that an
error
points at the line the user typed.
"""
import itertools
import threading
from fractions import Fraction

import numpy as np
import sympy as sp
from sympy.core.kind import NumberKind
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from .. import lengths
from ..errors import ArgumentError, DTypeError, SizeMismatch, UnknownForm
from ..graph import Pool
from ..primitives.leaf import ConstantArray

# of the operands of these some are truth values
CONDITIONAL = frozenset([sp.Piecewise, sp.And, sp.Or, sp.Not])
TRUTH = frozenset([sp.Lt, sp.Le, sp.Gt, sp.Ge, sp.Eq, sp.Ne, sp.And, sp.Or, sp.Not])     # these make truth values
SIZES = {}              # word -> infer(args, attributes) -> sizes; filled by the modules of words


class ArrayExpr(sp.Expr):
    """What arrays and all that is made of them share.  Real and commutative for SymPy, and opaque to its evaluation.

    Operators, NumPy's methods and protocols, and printing are attached by the modules `operators`, `numpy_protocol`
    and `printing`.
    """

    __slots__ = ()
    is_commutative = True
    is_real = True
    is_finite = True
    is_number = False                                       # SymPy's is recursive, and asked by every f"{x}"
    kind = NumberKind
    _op_priority = 1000                                     # plain * array arrives at the array's __rmul__


    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __hash__(self):
        return self._mhash                                  # set when made, so never recursive

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def copy(self):
        """The array itself: formulas do not change."""
        return self

    def __reduce__(self):
        return _replay, (program(self),)

    # -- what SymPy asks of an expression, answered without walking trees -------------------------------------------

    @property
    def free_symbols(self):
        return {e for e in walk(self) if isinstance(e, sp.Symbol)}

    expr_free_symbols = binary_symbols = free_symbols

    def has(self, *patterns):
        return any(e in patterns or any(isinstance(p, type) and isinstance(e, p) for p in patterns) for e in walk(self))

    has_free = has_xfree = has

    def atoms(self, *types):
        types = tuple([t if isinstance(t, type) else type(t) for t in types])
        return {e for e in walk(self) if (isinstance(e, types) if types else not e.args)}

    def sort_key(self, order=None):
        return (5, 0, "Array"), (1, (self._serial,)), sp.S.One.sort_key(), sp.S.One

    def compare(self, other):
        """SymPy's total order of expressions: here the order in which they were first made."""
        if self is other:
            return 0
        if not isinstance(other, ArrayExpr):
            return 1
        return (self._serial > other._serial) - (self._serial < other._serial)

    def could_extract_minus_sign(self):
        return False

    def doit(self, **hints):
        return self

    def _eval_simplify(self, **options):
        return self

    def expand(self, *args, **hints):
        return self

    simplify = refine = expand

    def _eval_power(self, exponent):
        return elementwise(sp.Pow, self, exponent)          # sp.sqrt(x), sp.cbrt(x), sp.Pow(x, 3)

    def _eval_Eq(self, other):
        return elementwise(sp.Eq, self, other)              # sp.Eq(x, 0); == stays structural, as everywhere in SymPy

    # -- substitution ------------------------------------------------------------------------------------------------

    def subs(self, *args, simultaneous=False):
        """Other expressions in the place of some: subs(old, new), subs({old: new}) at once, or a list of pairs in turn.

        A size symbol is replaced in the sizes too: (X @ w).subs(n, 7).
        """
        if len(args) not in (1, 2):
            raise ArgumentError("subs takes one pair, one dict or one list of pairs.", do="write expr.subs(old, new).")
        given = {args[0]: args[1]} if len(args) == 2 else args[0]
        result = self
        for step in [dict(given)] if simultaneous or isinstance(given, dict) else [{old: new} for old, new in given]:
            result = substitute(result, step)
        return result

    def xreplace(self, rule):
        return substitute(self, dict(rule))

    def _xreplace(self, rule):
        result = substitute(self, dict(rule))
        return result, result is not self

    def _subs(self, old, new, **hints):
        return substitute(self, {old: new})

    # -- SymPy's hooks to its printers -------------------------------------------------------------------------------

    def _sympystr(self, printer):
        return _printing().for_str(self, printer)

    _sympyrepr = _sympystr

    def _latex(self, printer, **options):
        return _printing().for_latex(self, printer, **options)

    def _pretty(self, printer):
        return _printing().for_pretty(self, printer)


def _printing():
    from . import printing
    return printing


# -- the pool: one lock, weak, equal is identical ---------------------------------------------------------------------

_pool, _lock, _serials = Pool(), threading.Lock(), itertools.count()
_real = sp.Symbol("real", real=True, finite=True)


def _intern(key, build):
    with _lock:
        found = _pool.get(key)
        if found is None:
            found = build()
            found._mhash, found._serial = hash(key), next(_serials)
            _pool[key] = found
        return found


class Array(ArrayExpr, sp.Symbol):
    """A named array of the given sizes; no sizes: a scalar.

    >>> from symdiff.lengths import sizes
    >>> Array("X", sizes("n"), 3).sizes
    (n, 3)
    """

    __slots__ = ("sizes", "_serial", "__weakref__")

    def __new__(cls, name, *sizes):
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"{name!r} is no name of an array.",
                                do='write array("X", n, d): the name, then the sizes.')
        if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
            raise ArgumentError(f"the sizes of {name} were given as one {type(sizes[0]).__name__}.",
                                do='write them one by one: array("X", n, d), or array("X", *sizes).')
        sizes = tuple([lengths.canonical(s) for s in sizes])
        key = (cls, name, sizes)
        found = _pool.get(key)
        if found is not None:
            return found

        def build():
            made = sp.Basic.__new__(cls)
            made.name, made.sizes = name, sizes
            made._assumptions, made._assumptions_orig = _real._assumptions, _real._assumptions_orig
            made._assumptions0 = _real._assumptions0
            return made
        return _intern(key, build)

    __getnewargs_ex__ = None

    def __reduce__(self):
        return Array, (self.name, *self.sizes)

    def _hashable_content(self):
        return self.name, str(self.sizes)


class Constant(ArrayExpr):
    """An array of numbers in a formula; `value` is the symdiff.primitives.leaf.ConstantArray with its entries."""

    __slots__ = ("value", "sizes", "_serial", "__weakref__")

    def __new__(cls, value):
        if not isinstance(value, ConstantArray):
            value = ConstantArray(value)
        key = (cls, value)
        found = _pool.get(key)
        if found is not None:
            return found

        def build():
            made = sp.Basic.__new__(cls)
            made.value, made.sizes = value, value.array.shape
            return made
        return _intern(key, build)

    def __reduce__(self):
        return Constant, (self.value,)

    def _hashable_content(self):
        return (self.value.digest,)


class Node(ArrayExpr):
    """An operation on operands; made by `make` only.  .op .args .attributes .sizes"""

    __slots__ = ("op", "attributes", "sizes", "_serial", "__weakref__")

    def __new__(cls, op, args, attributes=()):
        return make(op, args, attributes)

    @property
    def func(self):
        return lambda *args: make(self.op, args, self.attributes)

    def _hashable_content(self):
        return (str(self.op), repr(self.attributes)) + self._args


def make(op, args, attributes=()):
    """The node of `op` on `args`, in the form that the table of words fixes; sizes are inferred, or refused."""
    args = tuple([a if isinstance(a, ArrayExpr) else condition(a) if op in CONDITIONAL else lift(a) for a in args])
    key = (op, args, attributes)
    found = _pool.get(key)
    if found is not None:
        return found
    sizes = SIZES[op](args, attributes) if type(op) is str else _common_sizes(op, args)

    def build():
        made = sp.Basic.__new__(Node, *args)
        made.op, made.attributes, made.sizes = op, attributes, sizes
        return made
    return _intern(key, build)


def draft(op, args, attributes=()):
    """A node without sizes that is in no pool: it is only printed, in errors."""
    made = sp.Basic.__new__(Node, *args)
    made.op, made.attributes, made.sizes, made._mhash, made._serial = op, attributes, (), 0, -1
    return made


def elementwise(op, *args):
    """The node of a SymPy class on operands that broadcast."""
    return make(op, args)


def sizes_of(value):
    """The sizes of an operand; plain SymPy expressions and numbers are scalars."""
    return value.sizes if isinstance(value, ArrayExpr) else ()


_VERB = {sp.Add: "added", sp.Mul: "multiplied", sp.Pow: "raised to each other"}


def _common_sizes(op, args):
    out = None
    for a in args:
        if isinstance(a, ArrayExpr):
            sizes = a.sizes
            if out is None or out == sizes or not out:
                out = sizes
            elif sizes:
                try:
                    out = lengths.broadcast((out, sizes))
                except SizeMismatch:
                    raise _mismatch(op, args) from None
    return out if out is not None else ()


def _mismatch(op, args):
    """The error for operands that do not broadcast, with each operand as it was typed."""
    typed = [_typed(op, a) for a in args if sizes_of(a)]
    verb = _VERB.get(op, "taken together")
    if op is sp.Mul and any(bare is not a for bare, a in zip(typed, [a for a in args if sizes_of(a)])):
        verb = "divided"
    named = list(dict.fromkeys(typed))
    return SizeMismatch(
        f"these cannot be {verb}: {' and '.join(lengths.text(a.sizes) for a in named)}.",
        where=f"{draft(op, args)}        " + ";  ".join(f"{a} is {lengths.text(a.sizes)}" for a in named),
        do="give them equal sizes, or a literal 1 where one is to stretch (x[:, None] adds one).")


def _typed(op, a):
    """The operand that a user typed, from the one in the node: -b and 1/b stand for b in a - b and a/b."""
    if isinstance(a, Node) and len(a.args) == 2:
        if op is sp.Add and a.op is sp.Mul and a.args[0] == -1:
            return a.args[1] if sizes_of(a.args[1]) else a
        if op is sp.Mul and a.op is sp.Pow and a.args[1] == -1:
            return a.args[0] if sizes_of(a.args[0]) else a
    return a


# -- what may stand beside an array -----------------------------------------------------------------------------------

def lift(value):
    """The operand that a Python, NumPy or SymPy value is in a formula of arrays."""
    kind = type(value)
    if kind is int:
        return sp.Integer(value)
    if kind is float:
        return number(value)
    if isinstance(value, ArrayExpr):
        return value
    if isinstance(value, sp.Expr):
        if value.is_commutative and not getattr(value, "is_Matrix", False):
            return value
        raise UnknownForm(f"a {'matrix' if getattr(value, 'is_Matrix', False) else 'non-commutative symbol'} of SymPy "
                          "cannot stand in a formula of arrays.", where=str(value)[:200],
                          do='name it: array("A", n, m), and pass its entries at the call.')
    if isinstance(value, BooleanAtom) or kind is bool or kind is np.bool_:
        raise DTypeError(f"a truth value cannot stand in arithmetic: {value}.",
                         do="write 1.0 or 0.0; for a comparison of arrays write sd.eq(x, y), since x == y asks "
                            "whether both are one formula.")
    if isinstance(value, (Relational, Boolean)):
        return condition(value)
    if isinstance(value, np.ndarray):
        return constant(value)
    if isinstance(value, np.generic):
        if isinstance(value, (np.longdouble, np.complexfloating)) or not isinstance(value, np.number):
            raise DTypeError(f"numpy.{kind.__name__} cannot be used as a number without loss.",
                             do="convert it to float64.")
        return lift(value.item())
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    raise UnknownForm(f"{kind.__name__} cannot stand in a formula of arrays.", where=repr(value)[:200],
                      do='name it: array("A", ...), and pass its value at the call; lists of numbers become '
                         'numpy.asarray(...).')


def number(value):
    """The operand for a Python float: its very bits, a Constant where SymPy has none (-0.0)."""
    if value == 0 and np.signbit(value):
        return Constant(np.array(-0.0))
    return sp.Float(value)


def constant(values):
    """The Constant of an ndarray; numbers that float64 cannot hold are refused."""
    if np.ma.isMaskedArray(values):
        raise DTypeError("a masked array lost its mask in a formula.",
                         do="fill it, or give the mask as an array of 0 and 1.")
    if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
        raise DTypeError(f"an array of {values.dtype} cannot be used as numbers without loss.",
                         do="convert it to float64.")
    if values.dtype.kind in "iu" and values.size and max(abs(int(values.max())), abs(int(values.min()))) > 2**53:
        raise DTypeError("an integer in this array is beyond 2**53 and has no float64.", do="scale the data.")
    return Constant(ConstantArray(np.asarray(values)))


def condition(value):
    """A condition as an operand: nodes as they are, SymPy's own relations of arrays as nodes, True and False."""
    if isinstance(value, ArrayExpr):
        return value
    if value is True or value is False or isinstance(value, BooleanAtom):
        return sp.true if value else sp.false
    if isinstance(value, (bool, np.bool_)):
        return sp.true if value else sp.false
    if isinstance(value, (Relational, Boolean)):
        return _relation(value)
    return lift(value)


def _relation(root):
    """SymPy's own relations and connectives, Gt(X, 0) & Lt(X, 1), as nodes where they hold arrays."""
    new = {}
    for e in walk(root):
        if not isinstance(e, (Relational, Boolean)) or isinstance(e, (sp.Symbol, BooleanAtom)):
            new[e] = e
        else:
            args = [new[a] for a in e.args]
            new[e] = make(type(e), args) if any(isinstance(a, ArrayExpr) for a in args) else e
    return new[root]


# -- walking and rewriting: by a stack, every subexpression once ------------------------------------------------------

def walk(*roots):
    """Every subexpression of the roots once, inputs first; the same order on every run."""
    seen, stack = set(), [*reversed(roots)]
    while stack:
        e = stack[-1]
        if e in seen:
            stack.pop()
            continue
        waiting = [a for a in e.args if a not in seen]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            seen.add(stack.pop())
            yield e


def nodes(*roots):
    """As `walk`, but plain SymPy operands are leaves: what stands inside them is not visited."""
    seen, stack = set(), [*reversed(roots)]
    while stack:
        e = stack[-1]
        if e in seen:
            stack.pop()
            continue
        waiting = [a for a in e.args if a not in seen] if isinstance(e, ArrayExpr) else ()
        if waiting:
            stack.extend(reversed(waiting))
        else:
            seen.add(stack.pop())
            yield e


def rewrite(root, change):
    """The expression with `change(e)` in the place of every subexpression e for which it is not None.

    What `change` returns is not looked into again.
    """
    new = {}
    for e in walk(root):
        replaced = change(e)
        if replaced is not None:
            new[e] = replaced
            continue
        args = [new[a] for a in e.args]
        new[e] = e if all(a is b for a, b in zip(args, e.args)) else e.func(*args)
    return new[root]


def substitute(root, rule):
    """The expression with the values of `rule` in the place of its keys, size symbols in sizes and attributes
    included."""
    rule = {lift(old) if not isinstance(old, sp.Basic) else old: new if isinstance(new, sp.Basic) else lift(new)
            for old, new in rule.items()}
    symbols = {old: new for old, new in rule.items() if isinstance(old, sp.Symbol) and not isinstance(old, ArrayExpr)
               and isinstance(new, sp.Expr) and not isinstance(new, ArrayExpr)}
    new = {}
    for e in nodes(root):
        if e in rule:
            new[e] = rule[e]
        elif isinstance(e, Array):
            new[e] = Array(e.name, *_resized(e.sizes, symbols)) if symbols else e
        elif isinstance(e, Node):
            attributes = _resized(e.attributes, symbols) if symbols else e.attributes
            args = [new[a] for a in e.args]
            unchanged = attributes == e.attributes and all(a is b for a, b in zip(args, e.args))
            new[e] = e if unchanged else make(e.op, args, attributes)
        elif isinstance(e, Constant):
            new[e] = e
        else:
            new[e] = e.xreplace(rule)
    return new[root]


def _resized(value, symbols):
    """Sizes, or attributes that hold sizes, with size symbols replaced."""
    if isinstance(value, tuple):
        return tuple([_resized(v, symbols) for v in value])
    if isinstance(value, sp.Expr):
        value = value.xreplace(symbols)
        return lengths.canonical(value) if value.is_nonnegative is not False else int(value)
    return value.resized(symbols) if hasattr(value, "resized") else value


# -- pickling: a flat program, any depth, sharing kept ----------------------------------------------------------------

def program(root):
    """The steps that make the expression: leaves, and (op, positions of the operands, attributes)."""
    steps, at = [], {}
    for e in nodes(root):
        at[e] = len(steps)
        steps.append((e.op, [at[a] for a in e.args], e.attributes) if isinstance(e, Node) else e)
    return steps


def _replay(steps):
    done = []
    for step in steps:
        done.append(make(step[0], [done[k] for k in step[1]], step[2]) if type(step) is tuple else step)
    return done[-1]

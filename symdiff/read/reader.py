"""Expressions go in, nodes come out: one walk without recursion that reads every part once, by identity."""
import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from ..errors import SymdiffError, UnknownForm
from ..language import Node as Word
from ..primitives import scalar
from . import show, words
from .inputs import Inputs
from .rules import Rule, find

NO_INDICES = frozenset()


class Reader:
    """One reading: a memo of what was read, and the inputs met.

    An item is an expression, or a pair (expression, env) where it holds indices bound by sums around it;
    env is a tuple of (index symbol, first value, how many), only those that the expression holds.
    The value of an expression is a node; under indices it may be an `Open`: a node and the index symbols of its axes.
    """

    def __init__(self, roots, inputs=None, bound=None):
        self.roots = roots
        self.inputs = Inputs() if inputs is None else inputs
        self.bound = bound or {}                # {symbol: node}: a lambda's variable, a model's names
        self.bases = None                       # {IndexedBase: sizes}, when first asked
        self.ranges = []                        # (sum, the indices in it), to be checked at the end
        self._sizes = None                      # size symbols, when first asked
        self._done, self._parts, self._keep, self._symbols, self._rules = {}, {}, [], {}, {}

    def at(self, e, env):
        """The item for a part under indices: only those indices that it holds."""
        if env:
            held = self.symbols(e)
            env = tuple([binding for binding in env if binding[0] in held])
            if env:
                return e, env
        return e

    def read(self, e):
        """The node of one closed expression."""
        self._keep.append(e)
        stack, done = [e], self._done
        try:
            while stack:
                item = stack[-1]
                if type(item) is Word:
                    key = id(item)
                    if key in done:
                        stack.pop()
                        continue
                    parts = item.args
                    missing = [a for a in parts if id(a) not in done]
                    if missing:
                        missing.reverse()
                        stack += missing
                        continue
                    stack.pop()
                    done[key] = words.build_word(item, [done[id(a)] for a in parts])
                else:
                    self._step(item, stack)
        except SymdiffError as error:
            if error.where is not None:
                raise
            item = item[0] if type(item) is tuple else item
            raise type(error)(error.what, where=show.place(self.roots, item), known=error.known, do=error.do) from error
        return done[id(e)]

    def _step(self, item, stack):
        """One step for an item that is no node of the language: push its parts, or build it."""
        e, env = item if type(item) is tuple else (item, ())
        key = (id(e), env) if env else id(e)
        if key in self._done:
            stack.pop()
            return
        rule = self._rules.get(type(e)) or self._rule(e)
        parts = self._parts.get(key)
        if parts is None:
            parts = self._parts[key] = rule.parts(self, e, env)
            self._keep.append((e, parts))
        missing = [part for part in parts if self._key(part) not in self._done]
        if missing:
            stack += reversed(missing)
            return
        stack.pop()
        self._done[key] = rule.build(self, e, env, [self._done[self._key(part)] for part in parts])

    @staticmethod
    def _key(item):
        return (id(item[0]), item[1]) if type(item) is tuple else id(item)

    def _rule(self, e):
        rule = find(type(e))
        if rule is None:
            if not isinstance(e, sp.Basic):
                raise UnknownForm(f"{type(e).__name__} is no formula.",
                                  do="pass SymPy expressions of arrays or symbols.")
            rule = Rule(_unknown)
        self._rules[type(e)] = rule
        return rule

    def symbols(self, root):
        """The symbols that stand free in an expression; memoised by identity."""
        memo, stack = self._symbols, [root]
        while stack:
            e = stack[-1]
            if id(e) in memo:
                stack.pop()
                continue
            if isinstance(e, (sp.Symbol, sp.Idx)):
                memo[id(e)] = frozenset((e,))
                continue
            args = () if isinstance(e, (sp.IndexedBase, sp.MatrixSymbol)) else e.args
            missing = [a for a in args if id(a) not in memo]
            if missing:
                self._keep.append(args)
                stack += missing
                continue
            found = NO_INDICES.union(*[memo[id(a)] for a in args]) if args else NO_INDICES
            if type(e) is Word:
                found = found.union(_symbols_in(e.attributes))
            if isinstance(e, ExprWithLimits):
                bounds = [b for limit in e.limits for b in limit.args[1:]]
                outside = NO_INDICES.union(*[b.free_symbols for b in bounds])
                found = (memo[id(args[0])] - {limit.args[0] for limit in e.limits}) | outside
            self._keep.append(e)
            memo[id(e)] = found
        return memo[id(root)]

    def is_size(self, symbol):
        """Is this symbol the length of an axis of something in the formulas?"""
        if self._sizes is None:
            self._sizes = {s for length in _all_lengths(self.roots) for s in getattr(length, "free_symbols", ())}
        return symbol in self._sizes


def _symbols_in(attributes):
    """The symbols in the attributes of a language node: sizes, positions, bounds of slices."""
    if isinstance(attributes, tuple):
        return {s for a in attributes for s in _symbols_in(a)}
    return attributes.free_symbols if isinstance(attributes, sp.Expr) else ()


def _unknown(reader, e, env, values):
    return scalar.apply(type(e), values)


def _all_lengths(roots):
    """The lengths of all axes of all arrays, matrices and indexed bases in the formulas."""
    seen, stack = set(), list(roots)
    keep = []
    while stack:
        e = stack.pop()
        if id(e) in seen:
            continue
        seen.add(id(e))
        keep.append(e)
        sizes = getattr(e, "sizes", None)
        if type(sizes) is tuple:
            yield from sizes
        elif isinstance(e, sp.MatrixSymbol):
            yield from e.shape
            continue
        elif isinstance(e, sp.IndexedBase):
            yield from e.shape or ()
            continue
        elif isinstance(e, ExprWithLimits):
            for limit in e.limits:
                yield from limit.args[1:]
        elif type(e).__name__ == "ArraySymbol":
            yield from e.shape
            continue
        stack.extend(getattr(e, "args", ()))



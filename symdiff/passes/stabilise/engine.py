"""The rewriter: outputs go in; outputs without any left side of a rule, and the list of what fired, come out."""
from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp

from ...graph import order
from ...primitives.leaf import constant
from ...primitives.record import TABLE
from ..algebra import again, simplified
from ..ranges import Ranges
from .judge import better
from .match import Matcher, instantiate, product_of
from .pattern import Call, Product, Sum
from .picked import sunk
from .repeated import apart, together
from .rule import RULES, Rewrite
from .samples import SUMS, Samples
from .spread import MOST

TRANSPARENT = frozenset("add sub mul div neg".split())
SWEEPS, CHAIN = 6, 40                       # sweeps over the graph; rewrites of one node in a row
NESTED = 6                                  # how often a rule fires on parts of what it makes itself
KINDS = "any", "typed", "whole"
_NONE = {}
TRIALS = 200                                # formulas compared in high precision, in one run
FRACTIONS, FOR_EACH = 1500, 8               # quotients of polynomials made in one run, and more for each node of it


class Rewriter:
    """One run over one graph.  Rules find here what they need: flat views, ranges, and `build`, which rewrites too."""

    def __init__(self, rules):
        rules = list(rules)
        self.matcher, self.ranges = Matcher(), Ranges()
        self.samples, self._verdicts = Samples(self.ranges), {}
        self.origin = {}                                # {a choice with a power series in it: the formula that it is}
        self.series = {}                                # {that choice: ({leaf: power} of t, k, P), t**k·P the series}
        self.products = {}                              # {term of a sum: what `moments` reads of it}
        self.fired, self.changed = [], False
        self.common = {}                                # {two factors: what they have in common} (differences)
        self._fractions = FRACTIONS                     # how many more may be made
        self.apart = False                              # is a part of a formula rewritten by itself?
        self._depth, self._within = 0, {}               # of builds within builds: all of them, those of each rule
        self._bits, self._surface, self._lost, self._done = {}, {}, {}, set()
        self._by_root, self._possible = {}, {}
        self._typed = frozenset(root for rule in rules if rule.typed for root in rule.roots)
        self._triggers = dict.fromkeys(TRANSPARENT, 0)          # bits without which no rule fires on a sum or product
        for rule in rules:
            for root in rule.roots:
                entry = rule, self._mask(rule.needs()), self._mask(rule.having), self._mask({rule.loses} - {""})
                for kind in ("whole",) if rule.whole else ("any", "typed") if rule.typed else ("any",):     # of KINDS
                    self._by_root.setdefault((root, kind), []).append(entry)

        self._roots = {root for root, _ in self._by_root}
        for (root, _), entries in self._by_root.items():
            if root in TRANSPARENT:
                for _, mask, any_of, _ in entries:
                    self._triggers[root] |= mask or any_of
        self.shown = {word: self._mask((word,)) for word in ("itself", "within", "close")}      # what samples show

    def _mask(self, needs):
        if type(needs) is tuple and needs and type(needs[0]) is frozenset:
            return tuple([self._mask(n) for n in needs])
        mask = 0
        for name in sorted(needs):
            mask |= self._bits.setdefault(name, 1 << len(self._bits))
        return mask

    def surface(self, node):
        """Bits of the primitives that stand below sums and products only."""
        known = self._surface
        bits = known.get(node)
        if bits is not None:
            return bits
        stack = [node]
        while stack:
            top = stack[-1]
            name = top.op.name
            bits = self._bits.get(name, 0)
            for i in top.inputs if name in TRANSPARENT else top.inputs[:1] if name == "pow" else ():
                one = known.get(i)
                if one is None:
                    stack.append(i)
                else:
                    bits |= one
            if stack[-1] is top:
                known[stack.pop()] = bits
        return bits

    def lost(self, node):
        """Bits of what the samples show of a sum, as rules ask for it; of more than MOST sums not what is within."""
        bits = self._lost.get(node)
        if bits is None:
            count, cancels, meets = self.samples.within(node)
            bits = self.shown["itself"] if self.samples.cancels(node) else 0
            if count <= MOST and (cancels or meets):
                bits |= self.shown["close"] | (self.shown["within"] if cancels else 0)
            self._lost[node] = bits
        return bits

    def build(self, name, *inputs):
        """The primitive on inputs, simplified and rewritten."""
        return self.settled(simplified(TABLE[name], inputs))

    def number(self, value, like):
        """A number with the sizes of a node."""
        if isinstance(value, Fraction):
            value = sp.Rational(value.numerator, value.denominator)
        return constant(value, like.sizes)

    def product(self, coefficient, factors, like):
        """coefficient·Π base**power, with the sizes of a node."""
        return product_of(Fraction(coefficient), [(b, Fraction(p)) for b, p in factors], self.build, like.sizes)

    def accepts(self, old, new):
        """Is the new formula more accurate than the old one, and nowhere worse?  After TRIALS questions: no."""
        verdict = self._verdicts.get((old, new))
        if verdict is None:
            verdict = len(self._verdicts) < TRIALS and better(sunk(old)[0], sunk(new)[0], self.ranges)
            self._verdicts[old, new] = verdict
        return verdict

    def expect(self, outputs):
        """Say what graph is rewritten: the larger it is, the more work is done."""
        self._fractions = FRACTIONS + FOR_EACH*len(order(outputs))

    def one_more_fraction(self):
        """May one more quotient of polynomials be made?  Counted, so that the answer is the same on every machine."""
        self._fractions -= 1
        return self._fractions >= 0

    def by_itself(self, node):
        """A whole sum with its parts rewritten, as if it were a formula of its own."""
        self.apart = True
        try:
            (node,) = self.sweep((node,))
            return self.settled(node, True)
        finally:
            self.apart = False

    def settled(self, node, whole=False):
        """The node with every rule tried at its root until none fires; those for whole sums if it is one."""
        if self._depth > CHAIN:
            return node
        self._depth += 1
        try:
            for _ in range(CHAIN):
                new = self._once(node)
                if new is None and whole:
                    new = self._once(node, "whole")
                if new is None:
                    break
                node = new
            return node
        finally:
            self._depth -= 1

    def _once(self, node, kind="any"):
        """What a rule of this kind makes of the node: any, one for a form as typed, or one for a whole sum."""
        rules = self.possible(node).get(kind)
        if rules is None or (node, kind) in self._done:
            return None
        for rule in rules:
            if self._within.get(rule, 0) == NESTED:
                continue
            fired, changed = len(self.fired), self.changed
            self._within[rule] = self._within.get(rule, 0) + 1
            new = rule.find(self, node) if rule.find is not None else self._apply(rule, node)
            self._within[rule] -= 1
            if new is None or new is node:
                del self.fired[fired:]                                  # what was built and not used
                self.changed = changed
            else:
                self.fired.append(Rewrite(rule.name, node, new, rule.reason))
                self.changed = True
                return new
        self._done.add((node, kind))
        return None

    def possible(self, node):
        """{kind: rules of it that may fire on the node}, by what stands below it and by its samples."""
        name = node.op.name
        if name not in self._roots:
            return _NONE
        if name in TRANSPARENT:
            there = self.surface(node)
            if not there & self._triggers[name]:
                return _NONE
            if name == "add" or name == "sub":
                there |= self.lost(node)
        else:
            there = tuple([self.surface(i) for i in node.inputs])
        found = self._possible.get((name, there))
        if found is None:
            rules = {kind: self._rules_for(name, kind, there) for kind in KINDS}
            found = self._possible[name, there] = {kind: some for kind, some in rules.items() if some}
        return found

    def _rules_for(self, name, kind, there):
        """The rules of a root, without those that need what is not there: bits of a sum or product, or of each input."""
        bits, below = (there, ()) if name in TRANSPARENT else (0, there)
        found = []
        for rule, mask, any_of, loses in self._by_root.get((name, kind), ()):
            if loses & ~bits:
                continue
            if type(mask) is tuple:
                if len(mask) == len(below) and not any([m & ~b for m, b in zip(mask, below)]):
                    found.append(rule)
            elif not mask & ~bits and (not any_of or any_of & bits):
                found.append(rule)
        return found

    def _apply(self, rule, node):
        pattern, sizes = rule.pattern, node.sizes
        for scale, rest, bound in self._matches(pattern, node):
            if rule.when is not None and not rule.when(bound, self.ranges):
                continue
            result = instantiate(rule.result, bound, self.build, sizes)
            if scale == 1 and not rest:
                return result
            return self._times_rest(scale, result, rest, node)
        return None

    def _times_rest(self, scale, result, rest, node):
        """scale·result·rest; factors that stand above in one and below in the other cancel, as d² and (r/d)² do."""
        flat = self.matcher.factors(result) if rest else None
        if flat is not None:
            powers = dict(flat[1])
            if any(powers.get(base, 0)*power < 0 for base, power in rest):
                for base, power in rest:
                    powers[base] = powers.get(base, 0) + power
                return self.product(scale*flat[0], [(b, p) for b, p in powers.items() if p], node)
        return self.product(scale, [(result, 1), *rest], node)

    def _matches(self, pattern, node):
        if isinstance(pattern, Call):
            for bound in self.matcher.match(pattern, node, {}):
                yield 1, [], bound
        elif isinstance(pattern, Sum):
            for scale, bound in self.matcher.match_sum(pattern, node, {}):
                yield scale, [], bound
        elif isinstance(pattern, Product):
            yield from self.matcher.match_product(pattern, node, {})

    def sweep(self, outputs):
        """One pass, inputs first."""
        new = {}
        nodes = order(outputs)
        self.samples.expect(nodes)
        terms = {i for node in nodes if node.op.name in SUMS for i in node.inputs if i.op.name in SUMS}
        for node in nodes:
            inputs = node.inputs
            if inputs:
                changed = tuple([new[i] for i in inputs])
                one = None
                if changed != inputs and node.op.name in self._typed:
                    one = self._once(node, "typed")
                if one is None:
                    one = node if changed == inputs else again(node, changed)
                if self.possible(one):
                    one = self.settled(one, node not in terms)
                new[node] = one
            else:
                new[node] = node
        return tuple([new[o] for o in outputs])


def rewritten(outputs, rules=None):
    """The outputs with the rules (all when None) applied until none fires, and the list of Rewrite."""
    rewriter = Rewriter(RULES.values() if rules is None else rules)
    outputs, back = apart(tuple(outputs))
    rewriter.expect(outputs)
    with np.errstate(all="ignore"):                             # of the samples
        for _ in range(SWEEPS):
            rewriter.changed, fired, before = False, len(rewriter.fired), outputs
            outputs = rewriter.sweep(outputs)
            if outputs == before:
                del rewriter.fired[fired:]                      # what came back to what it was
            if outputs == before or not rewriter.changed:
                break
    sides = [side for one in rewriter.fired for side in (one.node, one.result)]
    outputs = together((*outputs, *sides), back)
    sides = iter(outputs[len(outputs) - len(sides):])
    fired = [replace(one, node=next(sides), result=next(sides)) for one in rewriter.fired]
    return outputs[:len(outputs) - 2*len(fired)], fired

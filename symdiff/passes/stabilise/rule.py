"""What a rewrite is: pattern, result, condition, reason and a worked point, in one record, refused when made wrong."""
from dataclasses import dataclass, field
from typing import Callable

from ...primitives.contraction import is_movement
from .pattern import Call, Product, Sum, Term, surface, variables

RULES = {}                                  # every rewrite by its name, in the order in which they are tried


@dataclass(frozen=True, eq=False)
class Rule:
    """One rewrite.

    name      what reports call it
    pattern   the left side; also the example the tests evaluate
    result    the right side
    reason    what goes wrong on the left, in one sentence
    fails     {variable: value} where the left side is wrong and the right one is not
    simpler   True where both sides are right, and the right one costs less, or its derivatives are right as well
    when      condition on (bindings, ranges); None when the two sides are equal wherever the left one is finite
    find      for families without one pattern: find(context, node) -> node or None, tried on nodes named in `roots`
    roots     names of the primitives at the root; read off the pattern when empty
    typed     True where the pattern is looked for before its parts are rewritten
    whole     True where only sums are looked at that are no term of another sum
    having    for `find` on sums and products: names, one of which must stand below sums and products only; of a
              quotient what divides
    loses     for `find` on sums: where a sampled point must show that terms cancel: in the sum "itself", in it or a sum
              that is a term of it ("within"), or there where all leaves are close together, too ("close")
    """
    name: str
    pattern: Term
    result: Term
    reason: str
    fails: dict = field(default_factory=dict)
    simpler: bool = False
    when: Callable | None = None
    find: Callable | None = None
    roots: tuple = ()
    having: tuple = ()
    loses: str = ""
    typed: bool = False
    whole: bool = False

    def __post_init__(self):
        if self.name in RULES:
            raise ValueError(f"two rewrites are called {self.name}")
        if stray := variables(self.result) - variables(self.pattern):
            raise ValueError(f"{self.name}: the result names {sorted(stray)}, which the pattern does not bind")
        if not self.fails and not self.simpler:
            raise ValueError(f"{self.name}: no worked point where the left side fails")
        if self.loses and (self.find is None or not {*self.roots} <= {"add", "sub"}):
            raise ValueError(f"{self.name}: only what is found on sums can ask for terms that cancel")
        if not self.roots:
            object.__setattr__(self, "roots", _roots(self.pattern))
        if self.find is None and isinstance(self.pattern, Product) and any(p < 0 for _, p in self.pattern.parts):
            object.__setattr__(self, "having", ("div", "pow"))
        RULES[self.name] = self

    def needs(self):
        """Names that must all stand at the surface of a sum or product, or of each input of a function."""
        if self.find is not None:
            return frozenset()
        if isinstance(self.pattern, Call):
            return tuple([surface(a) for a in self.pattern.args])
        return surface(self.pattern)


def is_already(name, *nodes):
    """Is one of them the primitive of this name, up to minus signs and repetition?  Then a rule has made it: not again."""
    for node in nodes:
        while node.op.name == "neg" or node.inputs and is_movement(node):
            node = node.inputs[0]
        if node.op.name == name:
            return True
    return False


def no_choice(bound, ranges):
    """Not again in the branch that a rule leaves as it was: x is a choice there."""
    return not is_already("select", bound["x"])


def _roots(pattern):
    if isinstance(pattern, Call):
        return (pattern.name,)
    return ("add", "sub") if isinstance(pattern, Sum) else ("mul", "div") if isinstance(pattern, Product) else ()


@dataclass(frozen=True)
class Rewrite:
    """A rule that fired: its name, the node it fired on, and why."""
    rule: str
    node: object
    result: object
    reason: str

    @property
    def place(self):
        """The old form as it was typed."""
        from ..text import short
        return short(self.node)

    def __str__(self):
        from ..text import short
        return f"{self.rule}: {short(self.node)} -> {short(self.result)}    {self.reason}"

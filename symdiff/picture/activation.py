"""A node and the one that it is a function of go in; the function's name comes out: tanh, ReLU, or a formula."""
from functools import lru_cache

import sympy as sp

from .. import language as words
from ..graph import same
from ..language import Array
from ..language.printing import text
from ..passes import run
from ..primitives.contraction import CONTRACT, contract
from ..primitives.leaf import input as input_node
from ..read import read
from ..write import write

LONGEST, LONG = 30, "f(z)"              # letters of a formula that is shown; what stands for a longer one
FUNCTIONS = [
    ("", lambda z: z), ("sigmoid", words.sigmoid), ("tanh", sp.tanh), ("ReLU", words.relu),
    ("ReLU", lambda z: words.maximum(z, 0)), ("ReLU", lambda z: words.maximum(0, z)),
    ("ReLU", lambda z: words.where(z > 0, z, 0)), ("softplus", words.softplus), ("swish", words.swish),
    ("swish", lambda z: z*words.sigmoid(z)), ("swish", lambda z: words.sigmoid(z)*z), ("softmax", words.softmax),
    ("log softmax", words.log_softmax), ("exp", sp.exp), ("sin", sp.sin), ("cos", sp.cos), ("erf", sp.erf),
    ("Φ", words.ndtr), ("arctan", sp.atan), ("step", words.step), ("hard sigmoid", words.hard_unit),
    ("softsign", lambda z: z/(1 + sp.Abs(z))), ("ELU", lambda z: words.where(z > 0, z, sp.exp(z) - 1)),
    ("GELU", lambda z: z*words.ndtr(z)), ("GELU", lambda z: words.ndtr(z)*z)]
PARAMETRIC = {"leaky_relu": "leaky ReLU"}


def activation(node, of, inner):
    """(words for `node` as a function of the node `of`, are they a name?); inner: the nodes between, in order.

    No function is ""; one without a name is a formula in z, or LONG.
    """
    if node is of:
        return "", True
    leaf = input_node("z", of.sizes)
    for argument in (leaf, _negative(leaf)):
        made, = run((_replaced(node, of, argument, inner),))[0]
        known = _known(leaf).get(made) or PARAMETRIC.get(made.op.name)
        if known is not None:
            return known, True
    made = _replaced(node, of, leaf, inner)
    shown = text(write(made, {leaf: Array("z", *of.sizes)}))
    return (shown if len(shown) <= LONGEST else LONG), False


def _negative(leaf):
    return read(-Array(leaf.attributes[0], *leaf.sizes))


def _replaced(node, of, leaf, inner):
    """The node with `leaf` for `of`."""
    new = {of: leaf}
    for one in _between(node, of, inner):
        inputs = tuple([new.get(i, i) for i in one.inputs])
        if one.op is CONTRACT and inputs != one.inputs:
            subs, out, lengths = one.attributes
            new[one] = contract(inputs, subs, out, dict(enumerate(lengths)))
        else:
            new[one] = same(one, inputs)
    return new[node]


def _between(node, of, inner):
    """The nodes of `inner` from `of`, left out, to `node`."""
    reached = {of}
    for one in inner:
        if not reached.isdisjoint(one.inputs):
            reached.add(one)
            yield one
        if one is node:
            return


@lru_cache(maxsize=256)
def _known(leaf):
    """{stable graph of a function of the leaf: its name}."""
    z, found = Array(leaf.attributes[0], *leaf.sizes), {}
    for name, function in FUNCTIONS:
        if name.endswith("softmax") and not leaf.sizes:
            continue
        found.setdefault(run((read(function(z)),))[0][0], name)
    return found

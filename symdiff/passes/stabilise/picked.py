"""Rewrites seen through picks and joins: what stands above meets what stands below.

    g(f(x)[i]) = g(f(x[i])),    log(f(x)[i]) = log(f(x))[i],    log(join(x, y)) = join(log x, log y)

A pick (index, slice, entries by number, transpose, diagonal, other sizes) is of entries, as an entry by entry function
is, so that the two may change places.  They do only where a rule then fires at the root of the formula.
"""
from ...graph import make, same
from ...lengths import symbols
from ...primitives.arrangement import CONCATENATE, RESHAPE, SLICE, TAKE
from ...primitives.contraction import CONTRACT, contract, is_movement
from ...primitives.leaf import CONSTANT, INPUT, constant
from ...primitives.record import Elementwise
from .pattern import Var, call, exp, log
from .rule import Rule

x, k = map(Var, "xk")
take = call("take")
PICKS = frozenset((RESHAPE, SLICE, TAKE))
MOST = 40                                   # nodes of a formula through which a pick is moved down
EXACT = frozenset("add sub mul div neg".split())        # without a rule of their own below a sum


def is_pick(node):
    """Is every entry of it an entry of its first input, in order or not, and none repeated by the form of it?"""
    if _is_movement(node):
        subs, out, _ = node.attributes
        return len({*out}) == len(out) and {*out} <= {*subs[0]}
    return node.op in PICKS


def sunk(node):
    """(the node with its picks below entry by entry functions, names of those functions); of MOST nodes at most."""
    known, moved, budget = {}, set(), [MOST]

    def down(top):
        if top in known or budget[0] <= 0:
            return known.get(top, top)
        budget[0] -= 1
        if is_pick(top):
            known[top] = through(top, down(top.inputs[0]))
        else:
            known[top] = same(top, tuple([down(i) for i in top.inputs]))
        return known[top]

    def through(pick, below):
        if below.op is CONSTANT:
            return constant(below.attributes[0], pick.sizes)
        if _is_movement(below) and below.inputs[0].sizes == ():
            return contract([below.inputs[0]], [()], tuple(range(len(pick.sizes))), dict(enumerate(pick.sizes)))
        new = known.get((pick, below))
        if new is None and type(below.op) is Elementwise and below.inputs and budget[0] > 0:
            budget[0] -= 1
            moved.add(below.op.name)
            new = known[pick, below] = same(below, tuple([through(pick, i) for i in below.inputs]))
        return new or make(pick.op, (below, *pick.inputs[1:]), pick.attributes)

    return down(node), moved


def _is_movement(node):
    return node.op is CONTRACT and bool(node.inputs) and is_movement(node)


def _logarithm(context, node):
    """Of picks and of joins; where the root stays this function, no rule has fired."""
    inner, name = node.inputs[0], node.op.name
    if inner.op is CONCATENATE:
        parts = [context.build(name, i) for i in inner.inputs]
        return None if all(one.op.name == name for one in parts) else same(inner, tuple(parts))
    if _is_outside(inner):
        one = context.build(name, inner.inputs[0])
        return None if one.op.name == name else make(inner.op, (one, *inner.inputs[1:]), inner.attributes)
    new, moved = sunk(inner)
    new = context.build(name, new) if moved else node
    return None if new.op.name == name else new


def _is_outside(node):
    """Is it better to pick or to repeat what the function gives: of no function of entries, or many of few entries?"""
    if not is_pick(node) and not (_is_movement(node) and len({*node.attributes[1]}) == len(node.attributes[1])):
        return False
    below = node.inputs[0]
    if below.op is CONSTANT or below.op is INPUT:
        return False
    return type(below.op) is not Elementwise or not is_pick(node) or not {*symbols(node.sizes)} <= {*symbols(below.sizes)}


def _around(context, node):
    """1 - f(x)[i] and f(x)[i]/f(x)[k] where a rule fires on 1 - f(x[i]) and on f(x[i])/f(x[k])."""
    new, moved = sunk(node)
    if not moved - EXACT:
        return None
    fired = len(context.fired)
    done = context.settled(new)
    return done if done is not new and len(context.fired) > fired else None


Rule("log(exp(x)[k])", log(take(exp(x), k)), take(x, k), "a rule fires when the pick or join moves",
     {"x": (800.0, -800.0), "k": (1.0, 0.0)}, find=_logarithm, roots=("log", "log1p", "sqrt"), typed=True)
Rule("exp(x)[k] - 1", take(exp(x), k) - 1, call("expm1")(take(x, k)), "a rule fires when the pick moves",
     {"x": (1e-17, 0.0), "k": (0.0, 1.0)}, find=_around,
     roots=("add", "sub", "div"), having=("slice", "take", "reshape", "contract"))

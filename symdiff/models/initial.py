"""A model and a seed go in; an array for each parameter, to start training from, comes out.

    rule            entries                                                     source
    glorot          normal, variance 2/(fan_in + fan_out)                       Glorot and Bengio 2010
    glorot_uniform  within ±sqrt(6/(fan_in + fan_out))                          Glorot and Bengio 2010
    he              normal, variance 2/fan_in                                   He et al. 2015
    he_uniform      within ±sqrt(6/fan_in)                                      He et al. 2015
    lecun           normal, variance 1/fan_in                                   LeCun et al. 1998
    lecun_uniform   within ±sqrt(3/fan_in)                                      LeCun et al. 1998
    orthogonal      columns, or rows, at right angles and of length 1           Saxe et al. 2014
    recurrent       the same in each of the square blocks side by side          Saxe et al. 2014, for each gate
    zeros, ones     0, 1

fan_in is how many numbers an output is made of, fan_out how many outputs a number goes into: for weights (…, c, f)
they are c and f, times the lengths before, which are the width of a convolution.
"""
import math
import zlib

import numpy as np
import sympy as sp

from .. import language as sd
from ..constraints import inside
from ..errors import ArgumentError
from ..evaluate import evaluate
from ..language import sizes_of
from ..language.core import Node, nodes
from ..lengths import bind, symbols
from ..read import read

PRODUCTS = {"matmul", "einsum", "dot", "outer", "take"}
MOVES = {"reshape", "transpose", "take", "index", "concatenate", "broadcast_to", "swapaxes", "sum", "mean"}
LINEAR = PRODUCTS | MOVES | {sp.Add}
RECTIFIERS = {sd.relu, sd.leaky_relu, sd.softplus, sd.swish, sd.ndtr, sp.Max, sp.Piecewise, "max"}      # ndtr: gelu


def fans(shape):
    """(fan_in, fan_out) of an array of weights.

    >>> fans((13, 16)), fans((3, 3, 8, 4)), fans((16,))
    ((13, 16), (72, 36), (16, 1))
    """
    if len(shape) < 2:
        return (shape or (1,))[0], 1
    width = math.prod(shape[:-2])
    return width*shape[-2], width*shape[-1]


def glorot(draws, shape):
    """Normal entries of variance 2/(fan_in + fan_out)."""
    return draws.normal(size=shape)*math.sqrt(2/max(1, sum(fans(shape))))


def glorot_uniform(draws, shape):
    """Entries within ±sqrt(6/(fan_in + fan_out))."""
    return draws.uniform(-1, 1, shape)*math.sqrt(6/max(1, sum(fans(shape))))


def he(draws, shape):
    """Normal entries of variance 2/fan_in."""
    return draws.normal(size=shape)*math.sqrt(2/max(1, fans(shape)[0]))


def he_uniform(draws, shape):
    """Entries within ±sqrt(6/fan_in)."""
    return draws.uniform(-1, 1, shape)*math.sqrt(6/max(1, fans(shape)[0]))


def lecun(draws, shape):
    """Normal entries of variance 1/fan_in."""
    return draws.normal(size=shape)*math.sqrt(1/max(1, fans(shape)[0]))


def lecun_uniform(draws, shape):
    """Entries within ±sqrt(3/fan_in)."""
    return draws.uniform(-1, 1, shape)*math.sqrt(3/max(1, fans(shape)[0]))


def orthogonal(draws, shape):
    """Columns (or rows, where there are fewer) at right angles, of length 1, drawn evenly among all such."""
    rows, columns = math.prod(shape[:-1]), shape[-1] if shape else 1
    q, r = np.linalg.qr(draws.normal(size=(max(rows, columns), min(rows, columns))))
    q = q*np.where(np.diag(r) < 0, -1, 1)
    return (q if rows >= columns else q.T).reshape(shape)


def recurrent(draws, shape):
    """Square blocks side by side, each orthogonal: (units, gates·units) as recurrent layers have them."""
    units = shape[-2] if len(shape) == 2 else 0
    if not units or shape[-1] % units:
        return orthogonal(draws, shape)
    return np.concatenate([orthogonal(draws, (units, units)) for _ in range(shape[-1]//units)], axis=1)


def zeros(draws, shape):
    """0."""
    return np.zeros(shape)


def ones(draws, shape):
    """1."""
    return np.ones(shape)


RULES = {rule.__name__: rule for rule in (glorot, glorot_uniform, he, he_uniform, lecun, lecun_uniform, orthogonal,
                                          recurrent, zeros, ones)}


def initial(model, seed=0, rule=None, sizes=None):
    """{name: array} for the parameters of a model, from a seed.

    rule    what weights start from: a name of the table above, a number, or a function (draws, shape) -> array;
            or {name of a parameter: such a rule or an array}, which leaves the others to their role.
    sizes   {name: number} for lengths of parameters that are names

    Without a rule the model's own start decides (Model.start), then a constraint, whose free numbers start at 0, then
    the role.  Weights that go into a rectifier (relu, maxout, …) start by He's rule, those that multiply the state of
    a loop orthogonal, gate by gate, other weights by Glorot's.  Weights are parameters of two axes or more, and vectors
    multiplied into what has parameters.  Vectors that scale columns entry by entry start at 1; biases, other vectors
    and scalars at 0.  A parameter's numbers depend on seed, name and shape only, so a layer more changes no other
    layer.

    Raises ArgumentError.

    >>> from symdiff.model import Model
    >>> model = Model("h = tanh(X @ W + b)", "mean((y - h @ v)**2)", {"W": (2, 3), "b": (3,), "v": (3,)},
    ...               {"X": ("n", 2), "y": ("n",)})
    >>> start = initial(model, seed=1)
    >>> start["W"].shape, start["b"]
    ((2, 3), array([0., 0., 0.]))
    """
    parameters = {array.name: array for array in model.parameters}
    named = {**model.start, **(rule if isinstance(rule, dict) else {})}
    _known(named, parameters)
    common = _rule(rule, "rule") if rule is not None and not isinstance(rule, dict) else None
    shapes = _shapes(parameters, dict(sizes or {}))
    roles = _roles(model)
    if type(seed) is not int or seed < 0:
        raise ArgumentError(f"{seed!r} is no seed.", do="give a whole number from 0 on.")
    found = {}
    for name in parameters:
        by = roles[name]
        if name in named:
            by = named[name]
        elif name in model.constraints:
            by = _middle(model.constraints[name])
        elif common is not None and by in (glorot, he, recurrent):
            by = common
        found[name] = start_of(by, name, shapes[name], seed)
        if name in model.constraints:
            inside(name, model.constraints[name], found[name])
    return found


def _middle(kind):
    """The rule of a constrained parameter: where its free numbers are 0."""
    def middle(draws, shape):
        u = np.zeros(kind.free(shape))
        return evaluate([read(kind.value(sd.array("u", *u.shape)))], {"u": u})[0]
    return middle


def start_of(given, name, shape, seed=0):
    """The array of these sizes that a rule, a number or an array gives a parameter.  Raises ArgumentError.

    >>> start_of(0.5, "w", (2,))
    array([0.5, 0.5])
    """
    draws = np.random.default_rng([seed, zlib.crc32(name.encode())])
    made = np.asarray(_rule(given, name)(draws, shape), float)
    if made.shape != shape:
        raise ArgumentError(f"the rule for {name} gives an array of the sizes {made.shape}.",
                            do=f"{name} has the sizes {shape}.")
    return made if made.shape else float(made)


def scales(model):
    """The names of the vectors that scale normalised columns, which were divided by a root: at 0 nothing passes them.

    >>> from symdiff.models.network import Dense, LayerNorm, network
    >>> scales(network([Dense(4), LayerNorm()], ("X", "n", 3)))
    {'g2'}
    """
    uses, learned = _uses(model)
    return {array.name for array in model.parameters if _role(array, uses, learned) is ones
            and any(_is_over_a_root(arg) for node in uses[array] if isinstance(node, Node) for arg in node.args)}


def _is_over_a_root(expr):
    """Is it a product with 1/sqrt(…)?"""
    powers = [arg for arg in expr.args if isinstance(arg, Node) and arg.op is sp.Pow and arg.args[1] == -1] \
        if isinstance(expr, Node) and expr.op is sp.Mul else []
    bases = [power.args[0] for power in powers]
    return any(isinstance(base, Node) and base.op is sp.Pow and base.args[1] == sp.S.Half for base in bases)


def _known(named, parameters):
    for name in named:
        if name not in parameters:
            raise ArgumentError(f"{name} is no parameter of the model.", known=", ".join(parameters),
                                do="name parameters.")


def _rule(given, what):
    """A function (draws, shape) -> array."""
    if isinstance(given, str):
        if given not in RULES:
            raise ArgumentError(f"{what}: no rule is called {given[:80]!r}.", known=", ".join(RULES),
                                do="use one of these names, a number or an array.")
        return RULES[given]
    if callable(given):
        return given
    try:
        value = np.asarray(given, float)
    except (TypeError, ValueError):
        raise ArgumentError(f"{what}: {str(given)[:80]} is no rule.", known=", ".join(RULES),
                            do="use one of these names, a number or an array.") from None
    return lambda draws, shape: np.broadcast_to(value, shape).copy() if not value.shape else value


def _shapes(parameters, given):
    """{name: shape}, with the lengths by name that were given."""
    given = {str(key): value for key, value in given.items()}
    shapes = {}
    for name, array in parameters.items():
        lengths = symbols(sizes_of(array))
        missing = [s.name for s in lengths if type(given.get(s.name)) is not int]
        if missing:
            raise ArgumentError(f"{name} has a length by name, {missing[0]}, and its number is not known.",
                                do=f'give it: initial(model, sizes={{"{missing[0]}": 13}}).')
        shapes[name] = tuple([bind(length, {s: given[s.name] for s in lengths}) for length in sizes_of(array)])
    return shapes


# -- roles ------------------------------------------------------------------------------------------------------------

def _roles(model):
    """{name of a parameter: glorot, he or recurrent (weights), ones, or zeros} by what the model does with it."""
    uses, learned = _uses(model)
    return {array.name: _role(array, uses, learned) for array in model.parameters}


def _uses(model):
    """({expression: what is made of it}, the expressions that hold a parameter), over all equations.

    What the loss does with the output tells nothing of the output's weights; the equations tell, where there are any.
    """
    uses, learned = {}, set(model.parameters)
    pairs = [(target, expr) for target, expr in model.equations if target is not model.loss]
    for target, expr in pairs or [(None, model.loss)]:
        for node in nodes(expr):
            if isinstance(node, Node):
                for arg in node.args:
                    uses.setdefault(arg, []).append(node)
                if any(arg in learned for arg in node.args):
                    learned.add(node)
        if target is not None:
            uses.setdefault(expr, []).append(target)
            if expr in learned:
                learned.add(target)
    return uses, learned


def _role(array, uses, learned):
    """The rule for a parameter of this use."""
    rank = len(sizes_of(array))
    into = uses.get(array, [])
    if rank < 2:
        products = [node for node in into if isinstance(node, Node) and node.op in PRODUCTS]
        if rank == 1 and any(arg in learned for node in products for arg in node.args if arg is not array):
            return glorot
        scales = [node for node in into if isinstance(node, Node) and node.op is sp.Mul]
        return ones if rank == 1 and scales and not products else zeros
    if any(_carries(node, k) for node in into if isinstance(node, Node) and node.op == "scan"
           for k, arg in enumerate(node.args) if arg is array):
        return recurrent
    return he if _rectified(array, uses) else glorot


def _carries(loop, place):
    """Does the operand at this place multiply, in the steps of the loop, what depends on the state?"""
    body, _, _ = loop.attributes
    place -= len(body.carry) + len(body.xs)
    if place < 0:
        return False
    weight, moving = body.free[place], set(body.carry)
    for node in nodes(*body.outputs):
        if isinstance(node, Node) and any(arg in moving for arg in node.args):
            if node.op in PRODUCTS and weight in node.args:
                return True
            moving.add(node)
    return False


def _rectified(array, uses):
    """Does it go, through sums and products, into a rectifier?"""
    seen, todo = {array}, [array]
    while todo:
        for node in uses.get(todo.pop(), []):
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, Node) and (node.op in RECTIFIERS or node.op is sp.Abs and len(uses[node.args[0]]) == 1):
                return True                                     # softsign has |z|, and z besides
            if not isinstance(node, Node) or node.op in LINEAR:
                todo.append(node)
    return False

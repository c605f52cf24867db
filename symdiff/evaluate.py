"""A graph and the values of its inputs in; out, the values of the outputs, computed with NumPy node by node."""
import numpy as np
import sympy as sp

from .errors import ArgumentError, SizeMismatch
from .graph import order
from .primitives.leaf import CONSTANT, DATA, INPUT, IOTA, SIZE, number
from .primitives.record import Elementwise
from .primitives.scan import SCAN
from .lengths import bind, symbols, text


def evaluate(outputs, values, sizes=None):
    """The outputs as float64 arrays, from {name of an input: value}; values that no input asks for are let be.

    Size symbols are bound by the shapes of the values, and by `sizes` ({symbol or its name: int}) where no value tells.
    """
    nodes = order(outputs)
    inputs = {node.attributes[0]: node for node in nodes if node.op is INPUT}
    arrays = {name: _array(name, node, values) for name, node in inputs.items()}
    known = bind_sizes({name: (node.sizes, arrays[name].shape) for name, node in inputs.items()}, sizes)
    with np.errstate(all="ignore"):
        return _values(nodes, outputs, arrays, known)


def _values(nodes, outputs, arrays, known):
    """The values of the outputs; `nodes` are all that they need, in order."""
    found, left = {}, _uses(nodes, outputs)
    for node in nodes:
        found[node] = _value(node, found, arrays, known)
        for i in node.inputs:
            left[i] -= 1
            if not left[i]:
                del found[i]
    return tuple([found[output] for output in outputs])


def _uses(nodes, outputs):
    left = dict.fromkeys(nodes, 0)
    for node in nodes:
        for i in node.inputs:
            left[i] += 1
    for output in outputs:
        left[output] += 1
    return left


def _array(name, node, values):
    if name not in values:
        raise ArgumentError(f"no value for {name}.", known=", ".join(sorted(values)), do=f"give {name} a value.")
    array = np.asarray(values[name], dtype=np.float64)
    if array.ndim != len(node.sizes):
        raise SizeMismatch(f"{name} has sizes {text(node.sizes)}, but its value has the shape {array.shape}.")
    return array


def bind_sizes(shapes, sizes=None):
    """{symbol: int} from {name: (sizes, shape)}: a length that is a symbol tells it, then all are checked."""
    given = sizes or {}
    known, source = {}, {}
    lengths = [(name, axis, length, n) for name, (own, shape) in shapes.items()
               for axis, (length, n) in enumerate(zip(own, shape))]
    for symbol in symbols([length for _, _, length, _ in lengths]) + [s for s in given if isinstance(s, sp.Symbol)]:
        if symbol in given or symbol.name in given:
            known[symbol] = int(given[symbol] if symbol in given else given[symbol.name])
    for name, axis, length, n in lengths:
        if isinstance(length, sp.Symbol) and length not in known:
            known[length], source[length] = n, f"{name}, axis {axis}"
    for name, axis, length, n in lengths:
        unknown = [s for s in symbols((length,)) if s not in known]
        if unknown:
            raise ArgumentError(f"no value tells the size {unknown[0]} of {name}.",
                                do=f"give a value with an axis {unknown[0]} long, or sizes={{{unknown[0]}: …}}.")
        if bind(length, known) != n:
            told = "; ".join(f"{s} is {known[s]}" + (f" by {source[s]}" if s in source else "")
                             for s in symbols((length,)))
            raise SizeMismatch(f"axis {axis} of {name} is {length} long, but its value has {n} entries there.",
                               where=told or None, do=f"give {name} a value of sizes {text(shapes[name][0])}.")
    for symbol, n in known.items():
        for what, wanted in symbol._assumptions_orig.items():
            if getattr(sp.Integer(n), f"is_{what}", wanted) not in (wanted, None):
                raise SizeMismatch(f"the size {symbol} is {n}, and was declared as {what if wanted else 'not ' + what}.",
                                   where=f"by {source[symbol]}" if symbol in source else None,
                                   do="give other values, or a size without that assumption.")
    return known | {s: n for s, n in given.items() if isinstance(s, sp.Symbol)}


def _value(node, found, arrays, known):
    op = node.op
    if type(op) is Elementwise:
        return np.asarray(op.numpy(*[found[i] for i in node.inputs]), dtype=np.float64)
    if op is INPUT:
        return arrays[node.attributes[0]]
    if op is CONSTANT:
        return np.full(_bound(node.sizes, known), number(node))
    if op is DATA:
        return node.attributes[0].array
    if op is SIZE:
        return np.float64(_bound(node.attributes, known)[0])
    if op is IOTA:
        return np.arange(_bound(node.sizes, known)[0], dtype=np.float64)
    if op is SCAN:
        return _loop(node, [found[i] for i in node.inputs], known)
    value = op.numpy(_bound(node.attributes, known), _bound(node.sizes, known), *[found[i] for i in node.inputs])
    return np.asarray(value, dtype=np.float64)


def _loop(node, inputs, known):
    """The last states and the stacked y's of a loop, as one vector."""
    body, length, reverse = node.attributes
    length, c, m = _bound(length, known), len(body.carry), len(body.xs)
    nodes, names = order(body.outputs), [p.attributes[0] for p in body.parameters]
    state, xs, free = inputs[:c], inputs[c:c + m], inputs[c + m:]
    stacked = [np.empty((length, *_bound(y.sizes, known))) for y in body.ys]
    for t in reversed(range(length)) if reverse else range(length):
        values = _values(nodes, body.outputs, dict(zip(names, [*state, *[x[t] for x in xs], *free])), known)
        state = values[:c]
        for y, value in zip(stacked, values[c:]):
            y[t] = value
    return np.concatenate([np.ravel(part) for part in [*state, *stacked]] + [np.empty(0)])


def _bound(value, known):
    """Attributes with every length in them an int."""
    if type(value) is tuple:
        return tuple([_bound(v, known) for v in value])
    if isinstance(value, sp.Expr):
        unknown = [s for s in symbols((value,)) if s not in known]
        if unknown:
            raise ArgumentError(f"no value tells the size {unknown[0]}.", do=f"give sizes={{{unknown[0]}: …}}.")
        return bind(value, known)
    return value

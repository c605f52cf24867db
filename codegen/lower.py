"""Graph in, loops out: one statement or two for each node, deciding nothing about speed."""
from symdiff.bounds import bounds
from symdiff.graph import order
from symdiff.primitives.contraction import CONTRACT
from symdiff.primitives.leaf import CONSTANT, DATA, INPUT, IOTA, SIZE, number
from symdiff.primitives.record import Elementwise, Leaf
from symdiff.lengths import canonical, symbols

from .expand import expand
from .loops import (Apply, Axis, Buffer, Call, Contract, Fill, Gather, Length, Load, Map, Number, Position, Program,
                    Store, affine, at, strides)
from .routines import ROUTINES


def lower(outputs, names=()):
    """The program that computes the output nodes.

    outputs   tuple of nodes; output k is written to the buffer called ``out{k}``
    names     {node: the user's name for it}, for notes in the generated code
    """
    outputs = expand(outputs)
    state = _State(dict(names))
    nodes = order(outputs)
    if all(not node.sizes for node in nodes) and all(isinstance(node.op, (Elementwise, Leaf)) for node in nodes):
        return _scalars(state, nodes, outputs)
    for node in nodes:
        if node.op is INPUT:
            state.buffer[node] = state.new("input", node.sizes, node.attributes[0])
        elif node.op is DATA:
            state.buffer[node] = state.new("constant", node.sizes, value=node.attributes[0].array)
        elif node.op in (CONSTANT, SIZE, IOTA):
            continue
        else:
            state.buffer[node] = state.new("local", node.sizes, note=state.names.get(node, ""))
            _lower(state, node)
    for k, node in enumerate(outputs):
        _output(state, k, node)
    lengths = [length for node in nodes for length in node.sizes]
    lengths += [a for node in nodes if node.op in (SIZE, IOTA) for a in node.attributes]
    inside = bounds(outputs)
    lengths += [value for bound in inside for value in bound]
    return Program(tuple(state.buffers), tuple(state.statements), tuple(symbols(lengths)), inside)


def _scalars(state, nodes, outputs):
    """The program of a graph without axes: one Map, a line for each node."""
    body, place = _Body(state), {}
    for node in nodes:
        if isinstance(node.op, Elementwise):
            place[node] = body.put(Apply(node.op.name, tuple([place[i] for i in node.inputs])))
        else:
            if node.op is INPUT:
                state.buffer[node] = state.new("input", (), node.attributes[0])
            place[node] = body.value(node, ())
    for k, node in enumerate(outputs):
        body.put(Store(state.new("output", (), f"out{k}", note=state.names.get(node, "")), (), place[node]))
    lengths = [node.attributes[0] for node in nodes if node.op is SIZE]
    return Program(tuple(state.buffers), (Map((), tuple(body.lines)),), tuple(symbols(lengths)), bounds(outputs))


class _State:
    """Buffers and statements made so far."""

    def __init__(self, names):
        self.names, self.buffer, self.buffers, self.statements = names, {}, [], []

    def new(self, kind, shape, name=None, value=None, note=""):
        made = Buffer(f"t{len(self.buffers)}" if name is None else name, kind, tuple(shape), value, note=note)
        self.buffers.append(made)
        return made


class _Body:
    """Instructions of one Map, being written."""

    def __init__(self, state):
        self.state, self.lines = state, []

    def put(self, instruction):
        self.lines.append(instruction)
        return len(self.lines) - 1

    def value(self, node, index):
        """The place of the number that `node` has at `index`."""
        if node in self.state.buffer:
            return self.put(Load(self.state.buffer[node], tuple(index)))
        if node.op is CONSTANT:
            return self.put(Number(number(node)))
        if node.op is SIZE:
            return self.put(Length(node.attributes[0]))
        return self.put(Position(index[0]))                     # IOTA


def _lower(state, node):
    if isinstance(node.op, Elementwise):
        axes = tuple(map(Axis, node.sizes))
        index = tuple(map(at, axes))
        body = _Body(state)
        args = tuple([body.value(i, index) for i in node.inputs])
        body.put(Store(state.buffer[node], index, body.put(Apply(node.op.name, args))))
        state.statements.append(Map(axes, tuple(body.lines), state.buffer[node].note))
    elif node.op is CONTRACT:
        _contraction(state, node)
    else:
        _BLOCKS[node.op.name](state, node)


def _output(state, k, node):
    made = state.new("output", node.sizes, f"out{k}", note=state.names.get(node, ""))
    axes = tuple(map(Axis, node.sizes))
    index = tuple(map(at, axes))
    body = _Body(state)
    body.put(Store(made, index, body.value(node, index)))
    state.statements.append(Map(axes, tuple(body.lines), made.note))


def _contraction(state, node):
    subs, out, lengths = node.attributes
    axis = {c: Axis(lengths[c]) for c in range(len(lengths))}
    result = state.buffer[node]
    axes = tuple([axis[c] for c in dict.fromkeys(out)])
    reduce = tuple([axis[c] for c in range(len(lengths)) if c not in out])
    index = tuple([at(axis[c]) for c in out])
    factors = [(o, labels) for o, labels in zip(node.inputs, subs) if not labels or o.op in (CONSTANT, SIZE)]
    operands = [(o, labels) for o, labels in zip(node.inputs, subs) if labels and o.op not in (CONSTANT, SIZE)]
    if len(set(out)) < len(out):
        state.statements.append(Fill(result, 0.0))
    if not reduce:
        return _product_map(state, [*operands, *factors], axis, axes, Store(result, index, 0))
    if len(operands) == 2 and not factors and len(set(out)) == len(out) and _reuses(operands) \
            and all(o.op is not IOTA for o, _ in operands):
        loads = tuple([Load(state.buffer[o], tuple([at(axis[c]) for c in labels])) for o, labels in operands])
        state.statements.append(Contract(axes, reduce, Store(result, index, 0), loads, result.note))
        return
    if factors and operands:                          # Σ of the operands first, the scalar factors once after it
        inner = state.new("local", tuple([lengths[c] for c in dict.fromkeys(out)]))
        plain = tuple([at(a) for a in axes])
        state.statements.append(Fill(inner, 0.0))
        if len(operands) == 2 and _reuses(operands) and all(o.op is not IOTA for o, _ in operands):
            state.statements.pop()
            loads = tuple([Load(state.buffer[o], tuple([at(axis[c]) for c in labels])) for o, labels in operands])
            state.statements.append(Contract(axes, reduce, Store(inner, plain, 0), loads))
        else:
            _product_map(state, operands, axis, (*axes, *reduce), Store(inner, plain, 0, "add"))
        body = _Body(state)
        value = body.put(Load(inner, plain))
        for o, _ in factors:
            value = body.put(Apply("mul", (value, body.value(o, ()))))
        body.put(Store(result, index, value))
        state.statements.append(Map(axes, tuple(body.lines), result.note))
        return
    if len(set(out)) == len(out):
        state.statements.append(Fill(result, 0.0))
    _product_map(state, [*operands, *factors], axis, (*axes, *reduce), Store(result, index, 0, "add"))


def _reuses(operands):
    """Does a product of two operands read one entry more than once (else it is a plain sum of products)?"""
    return set(operands[0][1]) != set(operands[1][1]) and all(len(set(labels)) == len(labels) for _, labels in operands)


def _product_map(state, operands, axis, axes, store):
    body = _Body(state)
    values = [body.value(o, [at(axis[c]) for c in labels]) for o, labels in operands]
    value = values[0] if values else body.put(Number(1.0))
    for other in values[1:]:
        value = body.put(Apply("mul", (value, other)))
    body.put(Store(store.buffer, store.index, value, store.mode))
    state.statements.append(Map(axes, tuple(body.lines), store.buffer.note))


# -- blocks ------------------------------------------------------------------------------------------------------------

def _move(state, node, index_of):
    """A Map that copies the input's entry at index_of(axes) to each entry of the node."""
    axes = tuple(map(Axis, node.sizes))
    body = _Body(state)
    value = body.value(node.inputs[0], index_of(axes))
    body.put(Store(state.buffer[node], tuple(map(at, axes)), value))
    state.statements.append(Map(axes, tuple(body.lines), state.buffer[node].note))


def _reshape(state, node):
    rank, _ = node.attributes
    front = len(node.inputs[0].sizes) - rank

    def index_of(axes):
        inner = axes[front:]
        flat = affine([(a, s) for a, s in zip(inner, strides(node.sizes[front:]))])
        return (*map(at, axes[:front]), *([flat] if rank else []))

    _stored(state, node.inputs[0])
    _move(state, node, index_of)


def _slice(state, node):
    front = len(node.sizes) - len(node.attributes)
    _move(state, node, lambda axes: (*map(at, axes[:front]), *[affine([(a, step)], start) for a, (start, step, _) in
                                                               zip(axes[front:], node.attributes)]))


def _pad(state, node):
    sizes, places = node.attributes
    front = len(node.sizes) - len(sizes)
    state.statements.append(Fill(state.buffer[node], 0.0))
    for piece, place in zip(node.inputs, places):
        _copy_to(state, node, piece, "add",
                 lambda axes: (*map(at, axes[:front]), *[affine([(a, step)], start) for a, (start, step) in zip(axes[front:], place)]))


def _copy_to(state, node, piece, mode, index_of):
    axes = tuple(map(Axis, piece.sizes))
    body = _Body(state)
    value = body.value(piece, tuple(map(at, axes)))
    body.put(Store(state.buffer[node], tuple(index_of(axes)), value, mode))
    state.statements.append(Map(axes, tuple(body.lines), state.buffer[node].note))


def _concatenate(state, node):
    axis, start = node.attributes[0] % len(node.sizes), 0
    for piece in node.inputs:
        _copy_to(state, node, piece, "set",
                 lambda axes: [affine([(a, 1)], start) if k == axis else at(a) for k, a in enumerate(axes)])
        start = start + piece.sizes[axis]


def _take(state, node):
    source, indices = node.inputs
    axis, count = node.attributes[0] % len(source.sizes), len(indices.sizes)
    axes = tuple(map(Axis, node.sizes))
    body = _Body(state)
    position = body.value(indices, tuple(map(at, axes[axis:axis + count])))
    gather = Gather(position, canonical(source.sizes[axis]))
    value = body.put(Load(state.buffer[_stored(state, source)], (*map(at, axes[:axis]), gather, *map(at, axes[axis + count:]))))
    body.put(Store(state.buffer[node], tuple(map(at, axes)), value))
    state.statements.append(Map(axes, tuple(body.lines), state.buffer[node].note))


def _scatter_add(state, node):
    piece, indices = node.inputs
    axis, length = node.attributes[0] % len(node.sizes), node.attributes[1]
    count = len(indices.sizes)
    axes = tuple(map(Axis, piece.sizes))
    body = _Body(state)
    position = body.value(indices, tuple(map(at, axes[axis:axis + count])))
    value = body.value(piece, tuple(map(at, axes)))
    index = (*map(at, axes[:axis]), Gather(position, length), *map(at, axes[axis + count:]))
    body.put(Store(state.buffer[node], index, value, "add"))
    state.statements += [Fill(state.buffer[node], 0.0), Map(axes, tuple(body.lines), state.buffer[node].note)]


def _extreme(mode, start):
    def lower_one(state, node):
        source = node.inputs[0]
        axes = tuple(map(Axis, source.sizes))
        body = _Body(state)
        value = body.value(source, tuple(map(at, axes)))
        body.put(Store(state.buffer[node], tuple(map(at, axes[:len(node.sizes)])), value, mode))
        state.statements += [Fill(state.buffer[node], start), Map(axes, tuple(body.lines), state.buffer[node].note)]
    return lower_one


def _routine(state, node):
    inputs = tuple([state.buffer[_stored(state, i)] for i in node.inputs])
    scratch = [state.new("local", node.inputs[0].sizes) for _ in range(ROUTINES[node.op.name].scratch)]
    state.statements.append(Call(node.op.name, node.attributes, inputs, (state.buffer[node], *scratch), state.buffer[node].note))


def _stored(state, node):
    """The node, with a buffer of its own if it is a leaf that has none."""
    if node not in state.buffer:
        axes = tuple(map(Axis, node.sizes))
        index = tuple(map(at, axes))
        body = _Body(state)
        value = body.value(node, index)                     # before it has a buffer, which would be read instead
        state.buffer[node] = state.new("local", node.sizes)
        body.put(Store(state.buffer[node], index, value))
        state.statements.append(Map(axes, tuple(body.lines)))
    return node


_BLOCKS = {"reshape": _reshape, "slice": _slice, "pad": _pad, "concatenate": _concatenate, "take": _take,
           "scatter_add": _scatter_add, "max_reduce": _extreme("max", float("-inf")), "min_reduce": _extreme("min", float("inf"))}
_BLOCKS |= dict.fromkeys(ROUTINES, _routine)

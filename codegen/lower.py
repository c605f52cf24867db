"""Graph in, loops out: one statement or two for each node, deciding nothing about speed."""
import numpy as np

from symdiff.bounds import bounds
from symdiff.entries import entries, entry_of
from symdiff.graph import order
from symdiff.primitives.arrangement import PAD, RESHAPE
from symdiff.primitives.contraction import CONTRACT, is_movement
from symdiff.primitives.leaf import CONSTANT, DATA, INPUT, IOTA, SIZE, number
from symdiff.primitives.record import TABLE, Elementwise, Leaf
from symdiff.primitives.scan import SCAN, part_of, places
from symdiff.lengths import canonical, symbols

from .alone import alone
from .expand import expand
from .loops import (Affine, Apply, Axis, Buffer, Call, Contract, Fill, Gather, Length, Load, Map, Number, Position, Program,
                    Steps, Store, affine, at, strides)
from .routines import ROUTINES


def lower(outputs, names=()):
    """The program that computes the output nodes.

    outputs   tuple of nodes; output k is written to the buffer called ``out{k}``
    names     {node: the user's name for it}, for notes in the generated code
    """
    outputs = alone(expand(outputs))
    state = _State(dict(names))
    nodes = order(outputs)
    if all([not node.sizes and isinstance(node.op, (Elementwise, Leaf)) for node in nodes]):
        return _scalars(state, outputs, [[o] for o in outputs], nodes)
    cells = entries(outputs)
    if cells is not None:
        cells = [one.ravel().tolist() for one in cells]
        return _scalars(state, outputs, cells, order([c for one in cells for c in one if c is not None]))
    _lower_all(state, nodes, outputs)
    for k, node in enumerate(outputs):
        _output(state, k, node)
    lengths = [*_lengths(nodes)]
    inside = bounds(outputs)
    lengths += [value for bound in inside for value in bound]
    return Program(tuple(state.buffers), tuple(state.statements), tuple(symbols(lengths)), inside)


def _lengths(nodes):
    """All lengths of axes that stand in the nodes, those in the steps of loops too."""
    for node in nodes:
        yield from node.sizes
        if node.op in (SIZE, IOTA):
            yield from node.attributes
        elif node.op is SCAN:
            yield node.attributes[1]
            yield from _lengths(order(node.attributes[0].outputs))


def _lower_all(state, nodes, outputs):
    """The statements of the nodes, in order."""
    state.packed, state.diagonal = _packed(nodes, outputs), _diagonal(nodes, outputs)
    for node in nodes:
        if node in state.buffer or node.op in (CONSTANT, SIZE, IOTA) or node in state.diagonal:
            continue
        if node.op is INPUT:
            state.buffer[node] = state.new("input", node.sizes, node.attributes[0])
        elif node.op is DATA:
            state.buffer[node] = state.new("constant", node.sizes, value=node.attributes[0].array)
        elif node.op is SCAN:
            _loop(state, node)
        elif not _is_part(state, node):
            state.buffer[node] = state.new("local", node.sizes, note=state.names.get(node, ""))
            _lower(state, node)


def _scalars(state, outputs, cells, nodes):
    """The program of a graph of single numbers: one Map without loops, a line for each node.

    cells   for each output the nodes of its entries, None for 0;  nodes  all that they need, in order
    """
    source = {node: entry_of(node) for node in nodes}
    read = [found[0] for found in source.values() if found is not None]
    for leaf in dict.fromkeys([*[n for n in order(outputs) if n.op is INPUT and n.sizes], *read]):
        data = leaf.op is DATA
        state.buffer[leaf] = state.new("constant" if data else "input", leaf.sizes, None if data else leaf.attributes[0],
                                       leaf.attributes[0].array if data else None)
    body, place, fills, stores = _Body(state), {}, [], {}
    lines = body.lines
    for k, (node, one) in enumerate(zip(outputs, cells)):
        made = state.new("output", node.sizes, f"out{k}", note=state.names.get(node, ""))
        fills += [Fill(made, 0.0)] if None in one else []
        for at_, cell in enumerate(one):
            if cell is not None:
                stores.setdefault(cell, []).append((made, _fixed(at_, node.sizes)))
    for node in _angles_together(nodes):
        if source[node] is not None:
            leaf, at_ = source[node]
            place[node] = body.put(Load(state.buffer[leaf], _fixed(at_, leaf.sizes)))
        elif type(node.op) is Elementwise:
            place[node] = len(lines)
            lines.append(Apply(node.op.name, tuple([place[i] for i in node.inputs])))
        elif node.op in (CONSTANT, SIZE) and node.sizes == ():
            place[node] = body.value(node, ())
        for buffer, index in stores.get(node, ()):
            body.put(Store(buffer, index, place[node]))
    lengths = [node.attributes[0] for node in nodes if node.op is SIZE]
    return Program(tuple(state.buffers), (*fills, Map((), tuple(body.lines))), tuple(symbols(lengths)), bounds(outputs))


def _fixed(place, sizes):
    """The index of one entry, the place in C order."""
    return tuple([Affine((), int(i)) for i in np.unravel_index(place, sizes)]) if sizes else ()


def _angles_together(nodes):
    """The nodes with the sine and the cosine of one angle next to each other: who needs both computes them together."""
    angles = {}
    for node in nodes:
        if node.op.name in ("sin", "cos"):
            angles.setdefault(node.inputs[0], []).append(node)
    for node in nodes:
        if node.op.name in ("sin", "cos"):
            yield from angles.pop(node.inputs[0], ())
        else:
            yield node


class _State:
    """Buffers and statements made so far."""

    def __init__(self, names):
        self.names, self.buffer, self.buffers, self.statements = names, {}, [], []
        self.front, self.parts, self.packed, self.diagonal = {}, {}, set(), set()

    def inside(self):
        """The state of a step: the same buffers, statements and nodes of its own."""
        made = _State({})
        made.buffers = self.buffers
        return made

    def load(self, node, index):
        """The Load of the number that a node with a buffer has at `index`.

        front[node]   where the node's axes begin in its buffer: what stands before them; None: its buffer has no axes
        """
        front = self.front.get(node, ())
        return Load(self.buffer[node], () if front is None else (*front, *index))

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
            return self.put(self.state.load(node, index))
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


def _contraction(state, node, into=None):
    """The sum of products; added to what stands in the buffer `into`, if given."""
    subs, out, lengths = node.attributes
    axis = {c: Axis(lengths[c]) for c in range(len(lengths))}
    result, mode = (state.buffer[node], "set") if into is None else (into, "add")
    axes = tuple([axis[c] for c in dict.fromkeys(out)])
    reduce = tuple([axis[c] for c in range(len(lengths)) if c not in out])
    index = tuple([at(axis[c]) for c in out])
    factors = [(o, labels) for o, labels in zip(node.inputs, subs) if not labels or o.op in (CONSTANT, SIZE)]
    operands = [(o, labels) for o, labels in zip(node.inputs, subs) if labels and o.op not in (CONSTANT, SIZE)]
    if len(set(out)) < len(out) and into is None:
        state.statements.append(Fill(result, 0.0))
    if not reduce:
        return _product_map(state, [*operands, *factors], axis, axes, Store(result, index, 0, mode))
    if len(operands) == 2 and not factors and len(set(out)) == len(out) and _reuses(operands) \
            and all(o.op is not IOTA for o, _ in operands):
        loads = tuple([state.load(o, [at(axis[c]) for c in labels]) for o, labels in operands])
        state.statements.append(Contract(axes, reduce, Store(result, index, 0, mode), loads, result.note))
        return
    if not factors and _adds_up_rows(operands, out) and into is None:
        (o, labels), = operands
        loads = (state.load(o, [at(axis[c]) for c in labels]),)
        state.statements.append(Contract(axes, reduce, Store(result, index, 0, mode), loads, result.note))
        return
    if factors and operands:                          # Σ of the operands first, the scalar factors once after it
        inner = state.new("local", tuple([lengths[c] for c in dict.fromkeys(out)]))
        plain = tuple([at(a) for a in axes])
        state.statements.append(Fill(inner, 0.0))
        if len(operands) == 2 and _reuses(operands) and all(o.op is not IOTA for o, _ in operands):
            state.statements.pop()
            loads = tuple([state.load(o, [at(axis[c]) for c in labels]) for o, labels in operands])
            state.statements.append(Contract(axes, reduce, Store(inner, plain, 0), loads))
        else:
            _product_map(state, operands, axis, (*axes, *reduce), Store(inner, plain, 0, "add"))
        body = _Body(state)
        value = body.put(Load(inner, plain))
        for o, _ in factors:
            value = body.put(Apply("mul", (value, body.value(o, ()))))
        body.put(Store(result, index, value, mode))
        state.statements.append(Map(axes, tuple(body.lines), result.note))
        return
    if len(set(out)) == len(out) and into is None:
        state.statements.append(Fill(result, 0.0))
    _product_map(state, [*operands, *factors], axis, (*axes, *reduce), Store(result, index, 0, "add"))


def _reuses(operands):
    """Does a product of two operands read one entry more than once (else it is a plain sum of products)?"""
    return set(operands[0][1]) != set(operands[1][1]) and all(len(set(labels)) == len(labels) for _, labels in operands)


def _adds_up_rows(operands, out):
    """Is it a sum of one operand over its first axis, in which entries of the result lie next to each other?"""
    if len(operands) != 1 or operands[0][0].op is IOTA:
        return False
    labels = operands[0][1]
    return len(set(labels)) == len(labels) and len(set(out)) == len(out) > 0 and labels[0] not in out \
        and labels[-1] == out[-1]


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
    front = ((0, 1),)*(len(node.sizes) - len(sizes))
    state.statements.append(Fill(state.buffer[node], 0.0))
    for piece, place in zip(node.inputs, places):
        labels = tuple(range(len(piece.sizes)))
        operands, out, lengths = [(piece, labels)], labels, piece.sizes
        if piece in state.diagonal:
            subs, out, lengths = piece.attributes
            operands = zip(piece.inputs, subs)
        axis = dict(enumerate(map(Axis, lengths)))
        index = tuple([affine([(axis[c], step)], start) for c, (start, step) in zip(out, front + place)])
        _product_map(state, operands, axis, tuple([axis[c] for c in dict.fromkeys(out)]),
                     Store(state.buffer[node], index, 0, "add"))


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
    value = body.put(state.load(_stored(state, source), (*map(at, axes[:axis]), gather, *map(at, axes[axis + count:]))))
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
    inputs = tuple([state.buffer[_whole(state, i)] for i in node.inputs])
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


def _whole(state, node):
    """The node, with a buffer that is all its own."""
    if node in state.front or node in state.buffer and state.buffer[node].shape != node.sizes:
        axes = tuple(map(Axis, node.sizes))
        index = tuple(map(at, axes))
        body = _Body(state)
        value = body.value(node, index)
        state.front.pop(node, None)
        state.buffer[node] = state.new("local", node.sizes)
        body.put(Store(state.buffer[node], index, value))
        state.statements.append(Map(axes, tuple(body.lines)))
    return _stored(state, node)


# -- loops -------------------------------------------------------------------------------------------------------------

def _loop(state, node):
    """The first states, the steps, and a buffer for each part of the value; one for all of it where that is used."""
    body, length, reverse = node.attributes
    c, m, axis, inner = len(body.carry), len(body.xs), Axis(length), state.inside()
    for p, i in zip(body.parameters[c:], node.inputs[c:]):
        _stored(state, i)
        inner.buffer[p] = state.buffer[i]
        front = state.front.get(i, ())
        inner.front[p] = front if front is None or p not in body.xs else (*front, at(axis))
        if not inner.front[p] and front is not None:
            del inner.front[p]
    sums = _sums(body)
    last = []
    for k, (p, first) in enumerate(zip(body.carry, node.inputs)):
        last.append(state.new("local", p.sizes, note=state.names.get(p, "")))
        inner.buffer[p] = last[-1]
        _first_state(state, last[-1], first)
    nodes = order([*[o for k, o in enumerate(body.outputs) if k not in sums], *sums.values()])
    direct = {z for z in sums.values() if z.op is CONTRACT and _used_once(body, z)}
    _lower_all(inner, [z for z in nodes if z not in direct], body.outputs)
    carried = []
    for k, (p, new) in enumerate(zip(body.carry, body.outputs)):
        if k not in sums:
            carried.append((last[k], state.new("local", p.sizes)))
            _copy(inner, new, carried[-1][1], ())
        elif sums[k] in direct:
            _contraction(inner, sums[k], last[k])
        else:
            _copy(inner, sums[k], last[k], (), "add")
    stacked = [state.new("local", (length, *y.sizes)) for y in body.ys]
    for y, out in zip(body.ys, stacked):
        _copy(inner, y, out, (at(axis),))
    state.statements.append(Steps(axis, bool(reverse), tuple(inner.statements), tuple(carried)))
    state.parts[node] = [*last, *stacked]
    if node in state.packed:
        _pack(state, node)


def _sums(body):
    """{place of a state: what each step adds to it} of those states that are used for nothing else."""
    uses, found = {}, {}
    for node in order(body.outputs):
        for i in node.inputs:
            uses[i] = uses.get(i, 0) + 1
    for o in body.outputs:
        uses[o] = uses.get(o, 0) + 1
    for k, (p, new) in enumerate(zip(body.carry, body.outputs)):
        if new.op is TABLE["add"] and p in new.inputs and uses[p] == uses[new] == 1:
            found[k] = new.inputs[1 - new.inputs.index(p)]
    return found


def _used_once(body, node):
    return sum(i is node for user in order(body.outputs) for i in user.inputs) + body.outputs.count(node) == 1


def _first_state(state, buffer, node):
    if node.op is CONSTANT:
        state.statements.append(Fill(buffer, number(node)))
    else:
        _copy(state, node, buffer, ())


def _copy(state, node, buffer, front, mode="set"):
    """The Map that copies a node to a buffer, or adds it, behind the indices `front`."""
    axes = tuple(map(Axis, node.sizes))
    index = tuple(map(at, axes))
    body = _Body(state)
    body.put(Store(buffer, (*front, *index), body.value(node, index), mode))
    state.statements.append(Map(axes, tuple(body.lines), buffer.note))


def _pack(state, node):
    """One buffer with all parts, one after the other."""
    body, length, _ = node.attributes
    state.buffer[node] = state.new("local", node.sizes)
    for buffer, start in zip(state.parts[node], places(body, length)):
        axes = tuple(map(Axis, buffer.shape))
        flat = affine([*zip(axes, strides(buffer.shape))], start)
        lines = (Load(buffer, tuple(map(at, axes))), Store(state.buffer[node], (flat,), 0))
        state.statements.append(Map(axes, lines))


def _packed(nodes, outputs):
    """The loops whose value is used otherwise than by taking out whole parts."""
    users = {(i, node) for node in nodes for i in node.inputs if i.op is SCAN}
    return {i for i, node in users if part_of(node) is None} | {o for o in outputs if o.op is SCAN}


def _diagonal(nodes, outputs):
    """What stands on a diagonal and is used as a piece of larger arrays only: it is put there right away."""
    found = {i for node in nodes if node.op is PAD for i in node.inputs
             if i.op is CONTRACT and is_movement(i) and len(set(i.attributes[1])) < len(i.sizes)}
    return found.difference(outputs, *[node.inputs for node in nodes if node.op is not PAD]) if found else found


def _is_part(state, node):
    """Is the node a part of a loop's value, or such a part in its own sizes?  Then it has that part's buffer."""
    found = part_of(node.inputs[0] if node.op is RESHAPE else node)
    if found is None or found[0] not in state.parts:
        return False
    buffer = state.parts[found[0]][found[1]]
    if node.op is RESHAPE and buffer.shape != node.sizes:
        return False
    state.buffer[node] = buffer
    if node.op is not RESHAPE and not buffer.shape:
        state.front[node] = None
    return True


_BLOCKS = {"reshape": _reshape, "slice": _slice, "pad": _pad, "concatenate": _concatenate, "take": _take,
           "scatter_add": _scatter_add, "max_reduce": _extreme("max", float("-inf")), "min_reduce": _extreme("min", float("inf"))}
_BLOCKS |= dict.fromkeys(ROUTINES, _routine)

"""A formula or a model goes in; the network of layers that it is comes out: blocks of nodes, and links between them."""
from dataclasses import dataclass

from .. import lengths
from ..errors import ArgumentError
from ..graph import order
from ..model import Model
from ..modes import Mask
from ..primitives.leaf import INPUT
from ..primitives.scan import SCAN
from ..read import read_all
from .activation import LONG, activation
from .layers import Layers
from .roles import parameters


@dataclass(eq=False)
class Block:
    """Nodes that stand in one column.

    kind      "input", "hidden", "output"
    name      the user's name for what the nodes hold, or ""
    size      how many nodes: an int, or an expression in lengths
    function  the activation in words, "" for none
    column    its place from the left
    members   the names of single nodes, where they have names
    """
    kind: str
    name: str
    size: object
    function: str = ""
    column: int = 0
    members: tuple = ()


@dataclass(eq=False)
class Link:
    """From each node of a block to each of another, with weights of these names; None: values that are added."""
    source: Block
    target: Block
    weights: tuple | None


@dataclass(eq=False)
class Network:
    """Blocks, by column, and Links."""
    blocks: tuple
    links: tuple


def network(model, wrt=None):
    """The Network of an expression or a Model; wrt: its parameters, where the model does not say.

    Masks of dropout are left out, as in prediction.  Raises ArgumentError where it is none.
    """
    if isinstance(model, Model):
        model = model.predicting([name for name, mode in model.modes.items() if isinstance(mode, Mask)])
    reading = read_all(model)
    declared = model.parameters if isinstance(model, Model) else ()
    nodes = order(reading.outputs)
    layers = Layers(nodes, parameters(reading, declared, wrt))
    if not layers.layers:
        raise _none("no product in it sums data over features with parameters as weights.", model)
    before = _before(nodes, layers.products)
    if any([node.op is SCAN for node in before]):
        raise _none("a loop along a sequence stands between its layers, scan, whose state has no column.", model)
    strange = [node for node in layers.strange if node in before]
    if strange:
        raise _none(f"between its layers stands what is no layer: {strange[0].op.name}, of sizes "
                    f"{lengths.text(strange[0].sizes)}.", model)
    found = _Assembly(nodes, layers, before, reading, isinstance(model, Model) and model.loss is not None)
    if layers.scalar and not declared and wrt is None and not found.is_plausible():
        raise _none("its product of a name for data and one for a parameter may be something else.", model)
    return found.network()


def _none(why, model):
    return ArgumentError(f"this is no network of layers: {why}", where=str(model)[:200],
                         do="draw its graph, sd.picture(...); or say which inputs are parameters, wrt=[...].")


def _before(nodes, ends):
    """The nodes that the ends are made of, and the ends."""
    found = set(ends)
    for node in reversed(nodes):
        if node in found:
            found.update(node.inputs)
    return found


class _Assembly:
    """Blocks and links of what was read."""

    def __init__(self, nodes, layers, before, reading, has_loss):
        self.layers, self.before = layers, before
        ends = set(reading.outputs)
        self.names = {node: found[0] for node, found in reading.names.items() if not (has_loss and node in ends)}
        self.leads_to_named = _before(nodes, [node for node in self.names if node.inputs])
        self.scored = has_loss or layers.scalar or any([part.last.sizes for part in layers.layers]) \
            and not any([node.sizes for node in ends])
        self.met = {node for node, _, _ in layers.meets}
        self.users = {}
        for node in nodes:
            for i in dict.fromkeys(node.inputs):
                self.users.setdefault(i, []).append(node)

    def network(self):
        links = [(source, part, (*names, *part.biases) if k == 0 else names) for part in self.layers.layers
                 for k, (source, names) in enumerate(part.sources.items())]
        for node, part, others in self.layers.meets:
            if node in self.before or node.op.name == "add" and node in self.leads_to_named:
                links += [(other, part, None) for other in sorted(others, key=self._place)
                          if other.taken or other.leaf is None]
        parts = [part for part in self.layers.inputs if any([part is source for source, _, _ in links])]
        blocks = {part: self._input(part) for part in parts}
        for part in self.layers.layers:
            blocks[part] = self._layer(part)
            blocks[part].column = 1 + max([blocks[source].column for source in part.sources])
        made = [Link(blocks[a], blocks[b], weights) for a, b, weights in links]
        inward = sorted(blocks.values(), key=lambda block: (block.column, block.kind == "output"))
        found = Network(tuple(inward), tuple(made))
        return _gathered(found) if self.layers.scalar else found

    def is_plausible(self):
        """Is every output a function with a name, or compared with data?"""
        for part in self.layers.layers:
            compared = any([user.op.name == "sub" for user in self.users.get(part.last, ())])
            if not (part.taken or compared or self._layer(part).function):
                return False
        return True

    def _place(self, part):
        return (self.layers.inputs + self.layers.layers).index(part)

    def _input(self, part):
        return Block("input", part.leaf.attributes[0] if part.leaf.op is INPUT else "constant", part.size)

    def _layer(self, part):
        """The Block of a layer: what it gives, by its function of the sum, and perhaps added to earlier layers."""
        through = [part.last, *self._through(part)]
        met = next((k for k, node in enumerate(through) if node in self.met), len(through))
        node, function = self._function(part, through[:met])
        name = next((self.names[n] for n in (*through[:met - 1:-1], node, part.last) if n in self.names), "")
        return Block("hidden" if part.taken else "output", name, part.size, function)

    def _function(self, part, through):
        """(the node that holds what the layer gives, its function in words); through: the nodes it may be."""
        node = through[-1]
        if part.taken:
            if node is part.last and part.taken[0] in part.inner and part.taken[0].sizes == node.sizes:
                node = part.taken[0]
            return node, self._words(node, part, through)
        named = [node for node in through if node in self.names]
        if named or not self.scored:
            node = named[-1] if named else node
            return node, self._words(node, part, through)
        for node in reversed(through):                            # before the loss: the last function with a name
            words, is_known = activation(node, part.last, part.inner)
            if is_known and words:
                return node, words
        return part.last, ""

    def _words(self, node, part, through):
        """The function in words; of what is long in words the last step: ReLU of f(z)."""
        words, is_known = activation(node, part.last, part.inner)
        for step in reversed(through[1:-1]) if words == LONG else ():
            last, is_known = activation(node, step, part.inner)
            if is_known and last:
                return f"{last} of {LONG}"
        return words

    def _through(self, part):
        """The nodes of the layer that all that is made of its sum goes through, in order."""
        reached, open_ends = {part.last}, len(self.users.get(part.last, ()))
        for node in part.inner:
            came = reached.intersection(node.inputs)
            if came and node not in reached:
                open_ends -= len(came)
                reached.add(node)
                if not open_ends and node.sizes == part.last.sizes:
                    yield node
                open_ends += len(self.users.get(node, ()))


def _gathered(found):
    """Single nodes of one column that are alike as one block."""
    groups = {}
    for block in found.blocks:
        before = frozenset([link.source.column for link in found.links if link.target is block])
        groups.setdefault((block.kind, block.column, block.function, before), []).append(block)
    home = {}
    for (kind, column, function, _), blocks in groups.items():
        names = tuple([block.name for block in blocks])
        name = names[0] if len(blocks) == 1 else ""
        made = Block(kind, name, len(blocks), function, column, names if all(names) else ())
        home.update(dict.fromkeys(blocks, made))
    weights = {}
    for link in found.links:
        key = home[link.source], home[link.target], link.weights is None
        weights.setdefault(key, []).extend(link.weights or ())
    links = [Link(a, b, None if skips else tuple(dict.fromkeys(names))) for (a, b, skips), names in weights.items()]
    return Network(tuple(dict.fromkeys(home.values())), tuple(links))

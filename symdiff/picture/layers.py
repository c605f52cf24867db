"""A graph and which of its inputs are parameters go in; its layers and what they are made from come out.

A layer is a product of data, or of an earlier layer, with parameters that sums over the features.  Products that are
added before any function is taken are one layer; so is what is added to them.
"""
from dataclasses import dataclass, field

from ..lengths import product
from ..primitives.contraction import is_movement
from ..primitives.leaf import DATA, INPUT
from .roles import factors

SUMS, SCALING, JOINING = ("add", "sub"), ("neg", "mul", "div", "reshape"), ("concatenate", "stack")


@dataclass(eq=False)
class Part:
    """Data, or a layer.

    leaf     of data its node; None
    size     how many features it has
    last     the node of a layer before its function is taken
    sources  {Part: names of the weights between}
    biases   the names of what is added
    before   all the parts that lead to it
    inner    the nodes that are made of this part alone, in order
    taken    the nodes by which layers use it
    """
    leaf: object = None
    size: object = 1
    last: object = None
    sources: dict = field(default_factory=dict)
    biases: tuple = ()
    before: set = field(default_factory=set)
    inner: list = field(default_factory=list)
    taken: list = field(default_factory=list)
    joined: object = None                       # the layer that this one has become a part of


class Layers:
    """The parts of a graph.

    inputs   Parts of data;  layers: Parts of layers
    products the nodes that multiply data with weights
    meets    [(node, Part, others)]: a layer meets earlier parts that lead to it
    strange  nodes that no network has, if a layer is made of them
    """

    def __init__(self, nodes, given):
        self.given = given
        self.scalar = not any([node.sizes for node in nodes if node.op in (INPUT, DATA)])
        self.holds, self._parts, self._sums = {}, {}, {}
        self.inputs, self._layers, self.products, self.meets, self.strange = [], [], [], [], []
        for node in nodes:
            self._visit(node)

        place = {node: k for k, node in enumerate(nodes)}
        self.layers = sorted([part for part in self._layers if part.joined is None], key=lambda part: place[part.last])
        for part in self.layers:
            part.sources = {_whole(source): names for source, names in part.sources.items()}

    def parts(self, node):
        """The Parts of which a node is made."""
        return frozenset(map(_whole, self._parts.get(node, ())))

    def _sum(self, node):
        """The layer of which the node is the sum, before a function is taken; or None."""
        part = self._sums.get(node)
        return part and _whole(part)

    def _visit(self, node):
        if node.op is INPUT and node not in self.given or node.op is DATA:
            part = Part(leaf=node)
            self.inputs.append(part)
            self._parts[node] = frozenset([part])
        elif not any([i in self._parts for i in node.inputs]):
            own = (node,) if node in self.given else ()
            self.holds[node] = tuple(dict.fromkeys([*own, *[p for i in node.inputs for p in self.holds[i]]]))
        elif not self._is_layer(node):
            self._between(node)

    # -- products ---------------------------------------------------------------------------------------------------

    def _is_layer(self, node):
        """Is it a product of data with parameters that sums over features?  Then its Part is made."""
        pair = self._pair(node)
        if pair is None:
            return False
        (data, data_labels), (weight, labels), out = pair
        length = dict(zip((*data_labels, *labels), (*data.sizes, *weight.sizes)))
        summed = [c for c in data_labels if c in labels and c not in out]
        if any([c in data_labels and c in out for c in labels]) or not (summed or self.scalar):
            return False
        width = product([length[c] for c in summed])
        if not self._fits(data, width):
            self.strange.append(node)
        self._make(node, data, weight, product([length[c] for c in labels if c in out]))
        return True

    def _pair(self, node):
        """((data, its labels), (parameters, their labels), labels of the result), or None."""
        pair, out = factors(node), None
        if pair is not None:
            out = node.attributes[1]
        elif self.scalar and node.op.name == "mul":
            pair, out = tuple([(i, ()) for i in node.inputs]), ()
        if pair is None:
            return None
        data, weight = sorted(pair, key=lambda side: side[0] not in self._parts)
        known = data[0] in self._parts and self.holds.get(weight[0])
        return (data, weight, out) if known else None

    def _fits(self, data, width):
        """Has the product the features of the part before it?  An input met first has those of the product."""
        parts = self.parts(data)
        for part in parts:
            if part.leaf is not None and not part.taken:
                part.size = width if len(parts) == 1 else part.leaf.sizes[-1] if part.leaf.sizes else 1
        if len(parts) > 1:
            return True
        part, = parts
        sizes = part.leaf.sizes if part.leaf is not None else (part.size,)
        return self.scalar or width in sizes or any([width == product(sizes[k:]) for k in range(len(sizes))])

    def _make(self, node, data, weight, size):
        names = tuple([p.attributes[0] for p in self.holds[weight]])
        sources = sorted(self.parts(data), key=(self.inputs + self._layers).index)
        part = Part(size=size, last=node, sources=dict.fromkeys(sources, names), inner=[node])
        part.before = set(sources).union(*[source.before for source in sources])
        for source in sources:
            source.taken.append(data)
            source.inner = [one for one in source.inner if one not in node.inputs or one is data]   # of Σ w·h the w·h
        self._layers.append(part)
        self.products.append(node)
        self._parts[node], self._sums[node] = frozenset([part]), part

    # -- what stands between ----------------------------------------------------------------------------------------

    def _between(self, node):
        name, operands = node.op.name, [i for i in dict.fromkeys(node.inputs) if i in self._parts]
        parts = frozenset().union(*map(self.parts, operands))
        sums = list(dict.fromkeys(map(self._sum, operands)))
        if len(operands) > 1 and factors(node) is not None:
            self.strange.append(node)
            if len({part for part in parts if part.leaf is None}) > 1 or _lead(parts):
                self.products.append(node)                        # of two layers, or of one and its data: in no loss
        if name in SUMS and None not in sums and len({p.size for p in sums}) == 1 and not _lead(sums):
            part = self._join(sums)
            self._sums[node], part.last, parts = part, node, frozenset([part])
            part.biases += tuple([p.attributes[0] for i in node.inputs for p in self.holds.get(i, ())])
        elif len(operands) == 1 and sums != [None] and (name in SCALING or is_movement(node)):
            self._sums[node] = sums[0]
        elif len(parts) > 1 and name not in JOINING:
            parts = self._met(node, parts)
        if any([part.leaf is not None for part in parts]) and any([self.holds.get(i) for i in node.inputs]):
            self.strange.append(node)
        self._parts[node] = parts
        if len(parts) == 1:
            next(iter(parts)).inner.append(node)

    def _met(self, node, parts):
        """The part that stands for several that meet entry by entry: the last one, which the others lead to."""
        deepest = [part for part in parts if parts - {part} <= set(map(_whole, part.before))]
        if deepest:
            self.meets.append((node, deepest[0], parts - {deepest[0]}))
            return frozenset(deepest)
        if all([part.leaf is not None for part in parts]):        # means, scales: what has most axes is the data
            rank = max([len(part.leaf.sizes) for part in parts])
            return frozenset([part for part in parts if len(part.leaf.sizes) == rank])
        return parts

    def _join(self, parts):
        """One layer of several that are added."""
        first, *others = parts
        for other in others:
            other.joined = first
            first.sources.update(other.sources)
            first.biases += other.biases
            first.before |= other.before
            first.inner += other.inner
            first.taken += other.taken
        return first


def _whole(part):
    while part.joined is not None:
        part = part.joined
    return part


def _lead(parts):
    """Does one of the parts lead to another?"""
    return any([a in map(_whole, b.before) for a in parts for b in parts])

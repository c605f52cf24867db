"""Nodes of the array language: each word becomes the nodes that say the same, without decisions."""


from ..errors import UnknownForm
from ..language import blocks
from ..primitives import algebra, build, reduction, scalar, scan
from ..primitives.contraction import contract
from ..primitives.leaf import iota, size
from ..lengths import product
from . import pieces

WORDS = {}          # {word: build(values, attributes, sizes)}


def build_word(e, values):
    """The node of a language node, from the nodes of its operands."""
    op = e.op
    if type(op) is str:
        rule = WORDS.get(op)
        if rule is None:
            raise UnknownForm(f"no primitive reads the word {op}.", known=", ".join(sorted(WORDS)))
        return rule(values, e.attributes, e.sizes)
    return scalar.apply(op, values)


def word(name):
    """Declare how a word is read."""
    def declare(rule):
        WORDS[name] = rule
        return rule
    return declare


# -- products --------------------------------------------------------------------------------------

@word("matmul")
def matmul(values, attributes, sizes):
    """NumPy's @: an operand of one axis loses it; leading axes are a batch, in which a literal 1 stretches."""
    a, b = values
    left = ("i", "j") if len(a.sizes) > 1 else ("j",)
    right = ("j", "k") if len(b.sizes) > 1 else ("j",)
    out = left[:-1] + right[1:]
    a_front, b_front = a.sizes[:len(a.sizes) - len(left)], b.sizes[:len(b.sizes) - len(right)]
    batch = build.common_sizes([a_front, b_front])
    rank = len(batch)
    a, a_labels = _batched(a, a_front, batch)
    b, b_labels = _batched(b, b_front, batch)
    return contract([a, b], [a_labels + left, b_labels + right], tuple(range(rank)) + out, dict(enumerate(batch)))


def _batched(node, front, batch):
    """The node without those leading axes of length 1 that stretch, and the labels of the others."""
    lead = len(batch) - len(front)
    stretched = [k for k, n in enumerate(front) if n != batch[lead + k]]
    labels = tuple([k + lead for k in range(len(front)) if k not in stretched])
    return (build.squeeze(node, stretched) if stretched else node), labels


@word("einsum")
def einsum(values, attributes, sizes):
    left, out = attributes[0].split("->")
    return contract(values, [tuple(labels) for labels in left.split(",")], tuple(out))


@word("dot")
def dot(values, attributes, sizes):
    """NumPy's dot of more than two axes: Σ over the last of a and the one before the last of b."""
    a, b = values
    left = tuple([("a", k) for k in range(len(a.sizes) - 1)]) + ("j",)
    right = [("b", k) for k in range(len(b.sizes))]
    right[-2 if len(right) > 1 else 0] = "j"
    return contract([a, b], [left, tuple(right)], left[:-1] + tuple([c for c in right if c != "j"]))


@word("outer")
def outer(values, attributes, sizes):
    return contract(values, [(0,), (1,)], (0, 1))


@word("trace")
def trace(values, attributes, sizes):
    return trace_of(values[0])


def trace_of(node):
    """Σ of the diagonal of the last two axes; of a product of two, one contraction: tr(AB) = Σ a_ij b_ji."""
    front = tuple(range(len(node.sizes) - 2))
    if node.op.name == "contract" and len(node.inputs) == 2:
        subs, (*lead, i, k), sizes = node.attributes
        subs = [tuple([i if c == k else c for c in labels]) for labels in subs]
        return contract(node.inputs, subs, tuple(lead), dict(enumerate(sizes)))
    return contract([node], [front + ("i", "i")], front)


# -- reductions ------------------------------------------------------------------------------------

@word("sum")
def total(values, attributes, sizes):
    axes, keep = attributes
    return build.total(values[0], axes, keep)


@word("mean")
def mean(values, attributes, sizes):
    """The sum over the number of entries."""
    x, (axes, keep) = values[0], attributes
    count = size(product([x.sizes[k] for k in axes]))
    return build.elementwise("div", build.total(x, axes, keep), count)


@word("prod")
def prod(values, attributes, sizes):
    return reduction.prod(values[0], *attributes)


for _word, _block in (("max", reduction.MAX_REDUCE), ("min", reduction.MIN_REDUCE), ("logsumexp", reduction.LOGSUMEXP),
                      ("norm", reduction.NORM)):
    WORDS[_word] = lambda values, attributes, sizes, block=_block: reduction.reduce_axes(block, values[0], *attributes)

for _word, _block in (("softmax", reduction.SOFTMAX), ("log_softmax", reduction.LOG_SOFTMAX)):
    WORDS[_word] = lambda values, attributes, sizes, block=_block: reduction.along_axes(block, values[0], attributes)


@word("cumsum")
def cumsum(values, attributes, sizes):
    return reduction.cumsum(values[0], attributes[0])


@word("cumprod")
def cumprod(values, attributes, sizes):
    return reduction.cumprod(values[0], attributes[0])


# -- arrangement -----------------------------------------------------------------------------------

@word("transpose")
def transpose(values, attributes, sizes):
    return build.transpose(values[0], attributes[0])


@word("reshape")
def reshape(values, attributes, sizes):
    return pieces.reshape(values[0], attributes[0])


@word("broadcast_to")
def broadcast_to(values, attributes, sizes):
    return build.stretch(values[0], attributes[0])


@word("concatenate")
def concatenate(values, attributes, sizes):
    return pieces.concatenate(values, attributes[0])


@word("stack")
def stack(values, attributes, sizes):
    return pieces.stack(values, attributes[0])


@word("take")
def take(values, attributes, sizes):
    return pieces.take(*values, attributes[0])


@word("index")
def index(values, attributes, sizes):
    lengths = iter([n for n, item in zip(sizes, [k for k in attributes[0] if k[0] != "i"]) if item[0] == "s"])
    key = tuple([("s", item[1], item[3], next(lengths)) if item[0] == "s" else item for item in attributes[0]])
    return pieces.index(values[0], key)


@word("diag")
def diag(values, attributes, sizes):
    """A vector on the diagonal of a square matrix, or the diagonal of a matrix (of which the longer side is cut)."""
    x = values[0]
    if len(x.sizes) == 1:
        return contract([x], [(0,)], (0, 0))
    if x.sizes[0] != x.sizes[1]:
        x = pieces.cut(x, [(0, 1, sizes[0]), (0, 1, sizes[0])])
    return contract([x], [(0, 0)], (0,))


@word("eye")
def eye(values, attributes, sizes):
    return build.eye(attributes)


@word("iota")
def positions(values, attributes, sizes):
    return iota(attributes[0])


@word("tril")
def tril(values, attributes, sizes):
    return build.triangle(values[0], attributes[0])


@word("triu")
def triu(values, attributes, sizes):
    return build.triangle(values[0], attributes[0], lower=False)


@word("slice")
def positions_of(values, attributes, sizes):
    return pieces.cut(values[0], attributes)


@word("scan")
def loop(values, attributes, sizes):
    """The loop whose step is read with its parameters bound."""
    from .reader import Reader
    body, length, reverse = attributes
    symbols = (*body.carry, *body.xs, *body.free)
    parameters = [scan.Parameter(scan.parameter(p.sizes), value) for p, value in zip(symbols, values)]
    bound = {symbol: p.node for symbol, p in zip(symbols, parameters)}
    reader = Reader([*bound, *body.outputs], bound=bound)
    outputs = tuple([reader.read(e) for e in body.outputs])
    c, m = len(body.carry), len(body.xs)
    return scan.loop(parameters[:c], parameters[c:c + m], parameters[c + m:], outputs, length, reverse)


# -- linear algebra --------------------------------------------------------------------------------

def _block(name):
    return lambda values, attributes, sizes: pieces.block(name, *values)


for _word in ("inv", "det", "logdet", "cholesky", "sign_det", "log_abs_det"):
    WORDS[_word] = _block(_word)


@word("solve")
def solve(values, attributes, sizes):
    return algebra.solve(*_batched_system(*values))


@word("triangular_solve")
def triangular_solve(values, attributes, sizes):
    lower, transposed = attributes
    return algebra.triangular_solve(*_batched_system(*values), lower == 1, transposed == 1)


def _batched_system(a, b):
    """Matrix and right side over their common batch, in which a literal 1 stretches."""
    if len(b.sizes) == 1:
        return a, b
    batch = build.common_sizes([a.sizes[:-2], b.sizes[:-2]])
    return build.stretch(a, batch + a.sizes[-2:]), build.stretch(b, batch + b.sizes[-2:])


# -- blocks without a word of NumPy's --------------------------------------------------------------

for _word in blocks.NAMES:
    if _word not in WORDS:
        WORDS[_word] = lambda values, attributes, sizes, name=_word: pieces.block(name, *values, attributes=attributes)

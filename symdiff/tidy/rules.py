"""Rules for one node at a time, which are neither sums nor products."""
from ..graph import make
from ..primitives import build
from ..primitives.record import TABLE
from .choices import choice
from .product import Joining, part, single


def solution(t, node):
    """solve(A, c·B) is c·solve(A, B); with a symmetric A the transposed system is the system."""
    a, b = node.inputs
    attributes = node.attributes
    if attributes == (1,) and t.symmetry(a) == 1:
        attributes = (0,)
    if node.op.name != "solve" or len(a.sizes) != 2:
        return node
    product, inverse = t.opened(b), make(TABLE["inv"], (a,))
    if product.is_diagonal and not product.factors or any(n is inverse for n, _, _ in product.factors):
        return _inverted(t, inverse, attributes[0], product)
    inner = [f for f in product.factors if f[1]]
    if not inner or product.is_diagonal:
        return make(node.op, (a, b), attributes)
    column = b.sizes[1] == 1 and not any(product.out[1] in labels for _, labels, _ in inner)
    right = t.writing.spelled(part(inner, product.out[:1] if column else product.out, product.length))
    right = build.expand(right, (1,)) if column else right
    joining = Joining(product.c)
    for n, labels, p in product.factors:
        if not labels:
            joining.factor(n, labels, p)
    labels = tuple(range(2))
    joining.factor(make(node.op, (a, right), attributes), labels)
    return t.writing.spelled(joining.done(labels)) if joining.c != 1 or len(inner) < len(product.factors) \
        else make(node.op, (a, right), attributes)


def _inverted(t, inverse, turned, product):
    """inv(A) @ B, where B is the identity or has inv(A) itself."""
    joining = Joining()
    joining.factor(inverse, ("sum", 0) if turned else (0, "sum"))
    joining.put(product, ("sum", 1))
    return t.writing.spelled(joining.done((0, 1), t.symmetry))


def linear(t, node):
    """block(c·x) is c·block(x), for a number or scalars c."""
    x, *rest = node.inputs
    product = t.opened(x)
    inner = [f for f in product.factors if f[1]]
    if product.c == 1 and len(inner) == len(product.factors) or product.is_diagonal or not inner:
        return node
    bare = t.writing.spelled(part(inner, product.out, product.length))
    joining = Joining(product.c)
    for f in product.factors:
        if not f[1]:
            joining.factor(*f)
    labels = tuple(range(len(node.sizes)))
    joining.factor(make(node.op, (bare, *rest), node.attributes), labels)
    return t.writing.spelled(joining.done(labels))


def padded(t, node):
    """Pieces that have one number in front, in zeros: the number stands outside."""
    products = [t.opened(i) for i in node.inputs]
    size = abs(products[0].c)
    if size in (0, 1) or any(abs(one.c) != size or one.is_diagonal for one in products):
        return node
    pieces = tuple([t.writing.spelled(one.with_number(one.c/size)) for one in products])
    return t.writing.spelled(single(make(node.op, pieces, node.attributes)).times(size))


RULES = {"pad": padded, "select": choice, "solve": solution,
         **dict.fromkeys("take scatter_add cumsum reshape slice".split(), linear)}

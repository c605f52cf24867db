"""The tape's words: what each word of the language does, in the tape's operations."""
from functools import partial, reduce

import numpy as np

from . import arrangement, elementwise, factorisations  # noqa: F401  (they declare the operations)
from .arrangement import contract
from .elementwise import power
from .recorder import do


def add(*terms):
    """The sum from left to right; a - b is one operation."""
    total = terms[0]
    for term in terms[1:]:
        if term.name == "neg" and not term.steady:
            total = do("sub", total, term.args[0])
        elif total.name == "neg" and not total.steady:
            total = do("sub", term, total.args[0])
        else:
            total = do("add", total, term)
    return total


def mul(*factors):
    """The product from left to right; -1·a is a negation, a·(1/b) a division."""
    total = factors[0]
    for factor in factors[1:]:
        if is_number(total, -1):
            total = do("neg", factor)
        elif is_number(factor, -1):
            total = do("neg", total)
        elif is_reciprocal(factor):
            total = do("div", total, factor.args[1])
        elif is_reciprocal(total):
            total = do("div", factor, total.args[1])
        else:
            total = do("mul", total, factor)
    return total


def is_number(var, value):
    return var.steady and var.shape == () and var.value == value


def is_reciprocal(var):
    return var.name == "div" and not var.steady and is_number(var.args[0], 1)


def extreme(name):
    """Max or min of any number of operands: the changing ones share ties, the constant ones stand outside."""
    def word(*args):
        moving, constants = [a for a in args if not a.steady], [a for a in args if a.steady]
        if len(moving) > 2:
            shape = np.broadcast_shapes(*[a.shape for a in moving])
            stack = do("stack", *[do("broadcast_to", a, settings=(shape,)) for a in moving], settings=(0,))
            value = do(name, stack, settings=((0,), 0))
        else:
            value = reduce(partial(do, name + "imum"), moving or constants[:1])
        return reduce(partial(do, name + "imum_const"), constants if moving else constants[1:], value)
    return word


def piecewise(*parts):
    """(e1, c1, e2, c2, …): the first expression whose condition holds; nan where none does."""
    value = parts[0].record.constant(np.nan)
    for expression, condition in reversed(list(zip(parts[::2], parts[1::2]))):
        value = expression if is_number(condition, 1) else do("select", condition, expression, value)
    shape = np.broadcast_shapes(*[p.shape for p in parts])
    return value if value.shape == shape else do("broadcast_to", value, settings=(shape,))


def last(x, axes):
    """x with the given axes behind the others, as one, and its shape before that."""
    moved = do("transpose", x, settings=((*[i for i in range(x.ndim) if i not in axes], *axes),))
    return do("reshape", moved, settings=(moved.shape[:x.ndim - len(axes)] + (-1,),))


def prod(x, axes, keepdims):
    y = do("prod", last(x, axes))
    return do("reshape", y, settings=(arrangement.kept(x.shape, axes),)) if keepdims else y


def cumprod(x, axis):
    order = [i for i in range(x.ndim) if i != axis] + [axis]
    y = do("cumprod", do("transpose", x, settings=(tuple(order),)))
    return do("transpose", y, settings=(tuple(int(i) for i in np.argsort(order)),))


def norm(x, axes, keepdims):
    """The root of the sum of squares, scaled by the largest; flat at 0."""
    y = do("norm", x, settings=(axes, 1))
    return y if keepdims else do("reshape", y, settings=(tuple(n for i, n in enumerate(x.shape) if i not in axes),))


def dot(a, b):
    if not a.shape or not b.shape:
        return do("mul", a, b)
    if b.ndim <= 2:
        return do("matmul", a, b)
    letters = "abcdefghijklmnopqrstuvwxyz"
    left, right = letters[:a.ndim], letters[a.ndim:a.ndim + b.ndim]
    right = right[:-2] + left[-1] + right[-1]
    return contract(f"{left},{right}->{left[:-1]}{right[:-2]}{right[-1]}", a, b)


def diag(x):
    return do("on_diagonal", x, settings=(x.shape*2,)) if x.ndim == 1 else do("diagonal", x)


def reciprocal(name):
    return lambda x: do("div", x.record.constant(1.0), do(name, x))


def settled(name):
    """A word whose attributes are its operation's settings."""
    return lambda *args: do(name, *[a for a in args if hasattr(a, "record")],
                            settings=tuple([a for a in args if not hasattr(a, "record")]))


def step(x, at_0=None):
    return do("step", x, settings=(0.5 if at_0 is None else float(at_0.value),))


SIMPLE = """exp log expm1 log1p exp2 log2 log10 logaddexp log1mexp xlogy hypot sigmoid log_sigmoid softplus swish relu
    leaky_relu hard_unit sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc erfcx ndtr log_ndtr
    erfinv lgamma gamma floor ceil round abs mod sign cbrt lt le gt ge eq ne not select sum mean max min
    logsumexp transpose reshape broadcast_to take index trace solve triangular_solve inv det logdet cholesky sign_det
    log_abs_det tril triu cumsum matmul gather""".split()
WORDS = {name: settled(name) for name in SIMPLE} | {
    "add": add, "mul": mul, "pow": power, "maximum": extreme("max"), "minimum": extreme("min"), "piecewise": piecewise,
    "and": lambda *a: reduce(partial(do, "and"), a), "or": lambda *a: reduce(partial(do, "or"), a), "step": step,
    "sinc": lambda x: do("sinc", x, settings=(0,)), "digamma": lambda x: do("polygamma", x, settings=(0,)),
    "polygamma": lambda n, x: do("polygamma", x, settings=(int(n.value),)),
    "exprel": lambda x: do("exprel", x, settings=(0,)),
    "inv_exprel": lambda x: do("div", x.record.constant(1.0), do("exprel", x, settings=(0,))),
    "log1prel": lambda x: do("div", x.record.constant(1.0), do("exprel", do("log1p", x), settings=(0,))),
    "log_poisson": lambda k, m: do("xlogy", k, m) - m - do("lgamma", k + 1.0),
    "sec": reciprocal("cos"), "csc": reciprocal("sin"), "cot": reciprocal("tan"),
    "sech": reciprocal("cosh"), "csch": reciprocal("sinh"), "coth": reciprocal("tanh"),
    "prod": prod, "cumprod": cumprod, "norm": norm, "dot": dot, "diag": diag,
    "softmax": lambda x, axis: do("softmax", x, settings=((axis,),)),
    "log_softmax": lambda x, axis: do("log_softmax", x, settings=((axis,),)),
    "outer": lambda a, b: contract("i,j->ij", a, b),
    "einsum": lambda *args: contract(args[-1], *args[:-1]),
    "concatenate": lambda *args: do("concatenate", *args[:-1], settings=args[-1:]),
    "stack": lambda *args: do("stack", *args[:-1], settings=args[-1:]),
}

"""The language: arrays that are SymPy objects SymPy never evaluates, and NumPy's words over them; WORDS are the
public names."""
from ..lengths import sizes
from . import hooks, numpy_protocol, operators  # noqa: F401  (importing attaches them)
from .arrange import (arange, broadcast_to, concatenate, expand_dims, eye, hstack, ravel, reshape, squeeze, stack,
                      swapaxes,
                      take, transpose, tril, triu, vstack)
from .core import Array, ArrayExpr, Constant, Node, draft, lift, make, nodes, rewrite, sizes_of, substitute, walk
from .elementwise import (abs, acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, ceiling, clip, cos, cosh, digamma,
                          eq, erf, erfc,
                          erfcx, erfinv, exp, exp2, expm1, exprel, floor, gamma, hard_unit, hypot, leaky_relu, log, log1mexp,
                          log1p, log2, log10,
                          log_ndtr, log_sigmoid, logaddexp, loggamma, maximum, minimum, ndtr, ne, polygamma, relu,
                          round_, sigmoid, sign,
                          sin, sinc, sinh, softplus, sqrt, step, swish, tan, tanh, where, xlogy)
from .factor import cholesky, det, inv, logdet, slogdet, solve, triangular_solve
from .layout import diag
from .loop import scan
from .products import dot, einsum, matmul, outer, trace
from .reduce import cumprod, cumsum, log_softmax, logsumexp, max, mean, min, norm, prod, softmax, sum

array = Array

WORDS = """sizes array
matmul einsum dot outer trace
sum mean prod max min logsumexp softmax log_softmax cumsum cumprod norm
transpose swapaxes reshape ravel squeeze expand_dims broadcast_to concatenate stack vstack hstack take diag tril
triu eye arange
scan
solve triangular_solve inv det slogdet logdet cholesky
where maximum minimum clip eq ne
abs acos acosh asin asinh atan atan2 atanh cbrt ceiling cos cosh digamma erf erfc erfcx erfinv exp exp2 expm1 exprel
floor gamma hard_unit hypot
leaky_relu log log1mexp log1p log2 log10 log_ndtr log_sigmoid logaddexp loggamma ndtr polygamma relu round_ sigmoid
sign sin sinc sinh
softplus sqrt step swish tan tanh xlogy""".split()

__all__ = [*WORDS, "Array", "ArrayExpr", "Constant", "Node", "draft", "lift", "make", "nodes", "rewrite", "sizes_of",
           "substitute", "walk"]

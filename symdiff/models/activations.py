"""Activation functions: an array (or a scalar) z goes in, one of the same sizes comes out.

Under each formula stand the function and its derivative for z from -4 to 4, each from its least to its greatest value.
`ACTIVATIONS` has those of one argument by the names that model files use.
"""
import sympy as sp

from .. import language as sd
from ..errors import ArgumentError
from ..language import sizes_of

SELU_SCALE, SELU_SLOPE = 1.0507009873554805, 1.6732632423543772     # Klambauer et al. 2017, appendix


def linear(z):
    """z, the identity: Adaline, linear regression, a Gaussian output.

        φ   ▁▁▁▂▂▂▂▃▃▃▃▃▄▄▄▄▅▅▅▅▅▆▆▆▆▆▇▇▇▇███
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    """
    return sd.lift(z) if not isinstance(z, sp.Basic) else z


def unit_step(z):
    """0 for z < 0, 1/2 at 0, 1 for z > 0 (Heaviside).  Its derivative is 0 between the steps: it is not learned through.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅████████████████
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    """
    return sd.step(z)


def signum(z):
    """-1 for z < 0, 0 at 0, 1 for z > 0: Rosenblatt's perceptron.  Its derivative is 0 between the steps.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅████████████████
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    """
    return sp.sign(z)


def piecewise_linear(z):
    """0 for z ≤ -1/2, z + 1/2 between, 1 for z ≥ 1/2.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▃▅▆███████████████
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁███▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    """
    return sd.hard_unit(z)


def logistic(z):
    """1/(1 + exp(-z)), also called sigmoid: the chance of a Bernoulli output.

        φ   ▁▁▁▁▁▁▁▂▂▂▂▂▃▃▄▄▅▅▅▆▆▇▇▇▇▇███████
        φ'  ▁▁▁▂▂▂▃▃▄▄▅▆▆▇█████▇▆▆▅▄▄▃▃▂▂▂▁▁▁
    """
    return sd.sigmoid(z)


def tanh(z):
    """(exp(z) - exp(-z))/(exp(z) + exp(-z)).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▄▅▅▆▇▇▇███████████
        φ'  ▁▁▁▁▁▁▁▁▁▂▂▃▄▅▇███▇▅▄▃▂▂▁▁▁▁▁▁▁▁▁
    """
    return sp.tanh(z)


def relu(z):
    """max(0, z).  At 0 the derivative is 0, the least of the subgradients.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▄▄▅▅▅▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁████████████████
    """
    return sd.relu(z)


def leaky_relu(z, slope=0.01):
    """z for z > 0, slope·z below (Maas et al. 2013).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▃▄▄▅▅▅▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁████████████████
    """
    return sd.leaky_relu(z, slope)


def parametric_relu(z, a):
    """max(0, z) + a·min(0, z); a, a scalar or one number for each column, is learned (He et al. 2015)."""
    return sd.maximum(z, 0) + a*sd.minimum(z, 0)


def absolute(z):
    """|z|, the rectifier with slope -1 below 0 (Jarrett et al. 2009).

        φ   ██▇▇▆▆▅▅▅▄▄▃▃▂▂▁▁▁▂▂▃▃▄▄▅▅▅▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅████████████████
    """
    return sp.Abs(z)


def maxout(z, pieces):
    """The largest of k pieces: columns 0, 1, …, k - 1 make the first entry, and so on (Goodfellow et al. 2013).

    z has the sizes (…, k·m), the result (…, m).  Raises ArgumentError where k does not divide the last axis.
    """
    sizes = sizes_of(z)
    if type(pieces) is not int or pieces < 1:
        raise ArgumentError(f"{pieces!r} is no number of pieces.", do="give a whole number: 2.")
    if not sizes:
        raise ArgumentError("maxout takes the largest of columns, and this has no axes.", where=str(z)[:80],
                            do="give it k columns for each of its results.")
    last = sizes[-1]
    if type(last) is int and last % pieces:
        raise ArgumentError(f"{pieces} pieces do not divide {sizes[-1]} columns.", where=str(z)[:80],
                            do="give the layer k columns for each of its results.")
    results = last//pieces if type(last) is int else last/pieces
    return sd.max(sd.reshape(z, (*sizes[:-1], results, pieces)), axis=-1)


def softplus(z):
    """log(1 + exp(z)), a smooth rectifier.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▃▃▃▄▄▄▅▅▅▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▂▂▂▂▂▃▃▄▄▅▅▅▆▆▇▇▇▇▇███████
    """
    return sd.softplus(z)


def swish(z, beta=1):
    """z·sigmoid(beta·z); beta may be learned (Ramachandran et al. 2017).  With beta = 1 also called SiLU.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▃▄▄▄▅▅▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▄▅▅▆▇▇▇███████████
    """
    return sd.swish(z) if beta == 1 else z*sd.sigmoid(beta*z)


def elu(z, alpha=1):
    """z for z > 0, alpha·(exp(z) - 1) below (Clevert et al. 2016).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▃▃▃▄▄▄▅▅▆▆▆▇▇▇██
        φ'  ▁▁▁▁▁▁▁▂▂▂▂▃▃▄▅▆█████████████████
    """
    return sd.where(z > 0, z, alpha*sd.expm1(z))


def selu(z):
    """s·elu(z, alpha) with s = 1.0507… and alpha = 1.6733…, which keep mean 0 and variance 1 (Klambauer et al. 2017).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇██
        φ'  ▁▁▁▁▁▁▁▂▂▂▂▃▃▄▅▆█▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅
    """
    return SELU_SCALE*elu(z, SELU_SLOPE)


def gelu(z):
    """z·Φ(z), Φ the normal distribution function (Hendrycks and Gimpel 2016).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▃▄▄▅▅▅▆▆▇▇██
        φ'  ▂▂▂▂▂▂▂▁▁▁▁▁▁▂▂▃▅▆▇▇██████▇▇▇▇▇▇▇
    """
    return z*sd.ndtr(z)


def gelu_tanh(z):
    """z/2·(1 + tanh(sqrt(2/π)·(z + 0.044715·z³))), the approximation of gelu that many networks were trained with.

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▃▃▄▄▅▅▅▆▆▇▇██
        φ'  ▂▂▂▂▂▂▂▁▁▁▁▁▁▂▂▃▅▆▇▇██████▇▇▇▇▇▇▇
    """
    return z*sd.sigmoid(2*sp.sqrt(2/sp.pi)*(z + 0.044715*z**3))


def mish(z):
    """z·tanh(softplus(z)) (Misra 2019).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▃▃▄▄▅▅▆▆▆▇▇██
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▂▂▃▃▄▅▆▇▇█████████████
    """
    return z*sp.tanh(sd.softplus(z))


def softsign(z):
    """z/(1 + |z|).

        φ   ▁▁▁▁▁▁▁▁▂▂▂▂▂▃▃▄▅▅▆▆▇▇▇▇▇████████
        φ'  ▁▁▁▁▁▁▁▁▂▂▂▂▃▃▄▅█▅▄▃▃▂▂▂▂▁▁▁▁▁▁▁▁
    """
    return z/(1 + sp.Abs(z))


def hard_sigmoid(z):
    """min(max(z/6 + 1/2, 0), 1).

        φ   ▁▁▁▁▁▁▂▂▂▂▃▃▃▄▄▄▅▅▅▅▆▆▆▇▇▇▇██████
        φ'  ▁▁▁▁▁███████████████████████▁▁▁▁▁
    """
    return sd.hard_unit(z/6)


def hard_tanh(z):
    """min(max(z, -1), 1).

        φ   ▁▁▁▁▁▁▁▁▁▁▁▁▁▂▃▄▅▅▆▇█████████████
        φ'  ▁▁▁▁▁▁▁▁▁▁▁▁▁███████▁▁▁▁▁▁▁▁▁▁▁▁▁
    """
    return sd.clip(z, -1, 1)


def hard_swish(z):
    """z·hard_sigmoid(z) (Howard et al. 2019).

        φ   ▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▃▃▃▄▄▅▅▆▆▇▇██
        φ'  ▃▃▃▃▃▁▁▂▂▂▃▃▃▄▄▄▅▅▅▅▆▆▆▇▇▇██▆▆▆▆▆
    """
    return z*hard_sigmoid(z)


def softmax(z):
    """exp(z)/Σ exp(z) along the last axis: the chances of a Multinoulli output."""
    return sd.softmax(z)


ACTIVATIONS = {one.__name__: one for one in (
    linear, unit_step, signum, piecewise_linear, logistic, tanh, relu, leaky_relu, absolute, softplus, swish, elu, selu,
    gelu, gelu_tanh, mish, softsign, hard_sigmoid, hard_tanh, hard_swish, softmax)}
ACTIVATIONS |= {"sigmoid": logistic, "sign": signum}

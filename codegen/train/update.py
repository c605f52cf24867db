"""Parameters, their gradient and what a method keeps of earlier ones go in; the parameters after one step come out.

Every method is written once, as a formula of one entry: for machine code, whose entries are lanes of vectors
(codegen.train.move), and for NumPy.  g is the gradient at x, α the learning rate:

    plain       x ← x - α g                                     gradient descent (Cauchy, 1847)
    momentum    m ← μ m + g;  x ← x - α m                        Polyak, 1964
    nesterov    m ← μ m + g;  x ← x - α (g + μ m)                Nesterov, 1983, in the form of Sutskever et al., 2013
    adagrad     s ← s + g²;  x ← x - α g/(√s + ε)                Duchi, Hazan and Singer, 2011
    rmsprop     s ← β₂ s + (1-β₂) g²;  x ← x - α g/(√s + ε)      Hinton, 2012
    adam        m ← β₁ m + (1-β₁) g;  s ← β₂ s + (1-β₂) g²
                x ← x - α m/(1-β₁ᵗ)/(√(s/(1-β₂ᵗ)) + ε)           Kingma and Ba, 2015
    adamw       adam, and x ← x - α λ x before it                Loshchilov and Hutter, 2019

Elsewhere weight decay adds λ x to the gradient, which is then clipped.
"""
import math

from numba import njit

PLAIN, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM, ADAMW = range(7)
MU, BETA1, BETA2, EPSILON, NORM, VALUE, POWER1, POWER2, RATE, ONE, TWO, SETTINGS = range(12)    # entries of `settings`


# -- one entry: (settings, √, x, g, m, s, λ) -> x, m, s ----------------------------------------------------------------

def plain(at, sqrt, x, g, m, s, decay):
    """Gradient descent."""
    return x - at[RATE]*g, m, s


def momentum(at, sqrt, x, g, m, s, decay):
    """Momentum."""
    m = at[MU]*m + g
    return x - at[RATE]*m, m, s


def nesterov(at, sqrt, x, g, m, s, decay):
    """Momentum, and looking ahead along it."""
    m = at[MU]*m + g
    return x - at[RATE]*(g + at[MU]*m), m, s


def adagrad(at, sqrt, x, g, m, s, decay):
    """The sum of squares."""
    s = s + g*g
    return x - at[RATE]*g/(sqrt(s) + at[EPSILON]), m, s


def rmsprop(at, sqrt, x, g, m, s, decay):
    """The fading mean of squares."""
    s = at[BETA2]*s + (1.0 - at[BETA2])*(g*g)
    return x - at[RATE]*g/(sqrt(s) + at[EPSILON]), m, s


def adam(at, sqrt, x, g, m, s, decay):
    """Fading means of the gradient and of its squares, less what they owe to their start at zero."""
    m = at[BETA1]*m + (1.0 - at[BETA1])*g
    s = at[BETA2]*s + (1.0 - at[BETA2])*(g*g)
    return x - at[RATE]*(m*at[ONE])/(sqrt(s*at[TWO]) + at[EPSILON]), m, s


def adamw(at, sqrt, x, g, m, s, decay):
    """Adam, after a decay that the means do not see."""
    return adam(at, sqrt, x - at[RATE]*decay*x, g, m, s, decay)


FORMULAS = {PLAIN: plain, MOMENTUM: momentum, NESTEROV: nesterov, ADAGRAD: adagrad, RMSPROP: rmsprop, ADAM: adam,
            ADAMW: adamw}


# -- before it: the settings of this step, and the gradient as the formula is to see it --------------------------------

@njit(inline="always", error_model="numpy")
def advance(settings, rate):
    """The rate of this step, and Adam's 1/(1-βᵗ); the powers of β are kept by multiplication."""
    settings[RATE] = rate
    settings[POWER1] *= settings[BETA1]
    settings[POWER2] *= settings[BETA2]
    settings[ONE], settings[TWO] = 1.0/(1.0 - settings[POWER1]), 1.0/(1.0 - settings[POWER2])


@njit(error_model="numpy")
def prepare(x, g, decay, settings):
    """Weight decay goes into the gradient (of no entries: there is none); then it is clipped: its entries to between
    -value and value, then the whole to a length of at most `norm`; 0 stands for no bound.
    """
    value, norm = settings[VALUE], settings[NORM]
    for k in range(decay.size):
        g[k] += decay[k]*x[k]
    if value > 0.0:
        for k in range(g.size):
            if abs(g[k]) > value:
                g[k] = value if g[k] > 0.0 else -value
    if norm > 0.0:
        largest = 0.0
        for k in range(g.size):
            if abs(g[k]) > largest:
                largest = abs(g[k])
        if largest > 0.0:
            total = 0.0
            for k in range(g.size):
                part = g[k]/largest                             # scaled: a square neither overflows nor vanishes
                total += part*part
            length = largest*math.sqrt(total)
            if length > norm:
                for k in range(g.size):
                    g[k] *= norm/length

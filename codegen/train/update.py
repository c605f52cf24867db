"""Parameters, their gradient and what a method keeps of earlier ones go in; the parameters after one step come out.

Every method is written once, for Numba and for plain Python.  g is the gradient at x, α the learning rate:

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
MU, BETA1, BETA2, EPSILON, NORM, VALUE, POWER1, POWER2, SETTINGS = range(9)       # entries of `settings`


@njit(inline="always", error_model="numpy")
def step(method, rate, x, g, m, s, settings, decay):
    """Move x by one step; g, m, s and the powers of β among the settings change too."""
    if decay.size:
        if method == ADAMW:
            for k in range(x.size):
                x[k] -= rate*decay[k]*x[k]
        else:
            for k in range(x.size):
                g[k] += decay[k]*x[k]
    if settings[VALUE] > 0.0 or settings[NORM] > 0.0:
        clip(g, settings[VALUE], settings[NORM])
    if method == PLAIN:
        for k in range(x.size):
            x[k] -= rate*g[k]
    elif method == MOMENTUM or method == NESTEROV:
        momentum(rate, x, g, m, settings[MU], method == NESTEROV)
    elif method == ADAGRAD or method == RMSPROP:
        scaled(rate, x, g, s, settings, method == RMSPROP)
    else:
        adam(rate, x, g, m, s, settings)


@njit(inline="always", error_model="numpy")
def clip(g, value, norm):
    """Entries to between -value and value, then the whole to a length of at most `norm`; 0 stands for no bound."""
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


@njit(inline="always", error_model="numpy")
def momentum(rate, x, g, m, mu, ahead):
    """Momentum, and looking ahead along it (Nesterov)."""
    for k in range(x.size):
        m[k] = mu*m[k] + g[k]
    for k in range(x.size):
        x[k] -= rate*(g[k] + mu*m[k] if ahead else m[k])


@njit(inline="always", error_model="numpy")
def scaled(rate, x, g, s, settings, fading):
    """AdaGrad's sum of squares, or RMSProp's fading mean of them."""
    beta, epsilon = settings[BETA2], settings[EPSILON]
    kept, added = (beta, 1.0 - beta) if fading else (1.0, 1.0)
    for k in range(x.size):
        s[k] = kept*s[k] + added*(g[k]*g[k])
        x[k] -= rate*g[k]/(math.sqrt(s[k]) + epsilon)


@njit(inline="always", error_model="numpy")
def adam(rate, x, g, m, s, settings):
    """Adam; the powers of β are kept by multiplication."""
    first, second, epsilon = settings[BETA1], settings[BETA2], settings[EPSILON]
    settings[POWER1] *= first
    settings[POWER2] *= second
    one, two = 1.0/(1.0 - settings[POWER1]), 1.0/(1.0 - settings[POWER2])
    for k in range(x.size):
        m[k] = first*m[k] + (1.0 - first)*g[k]
        s[k] = second*s[k] + (1.0 - second)*(g[k]*g[k])
        x[k] -= rate*(m[k]*one)/(math.sqrt(s[k]*two) + epsilon)

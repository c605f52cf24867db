"""Nothing goes in; cases of GradBench come out: mixture, recurrent network, least squares, log of summed exponentials.

The functions are those of the evals gmm, lstm, llsq and lse of github.com/gradbench/gradbench, the first two from
ADBench (Srajer, Kukelova and Fitzgibbon, 2018), the third from cmpad; restated here, with the published sizes and
distributions.  Where a function can be written in several ways, all are given.
"""
from functools import partial
from math import lgamma, log, pi

import numpy as np

from .case import Case

SEED = 31337
GMM = ((2, 5, 1000), (2, 200, 1000), (10, 25, 1000), (20, 10, 1000), (32, 10, 1000), (64, 5, 1000), (2, 10, 10_000))
LSTM = ((2, 1024), (4, 1024), (2, 4096), (4, 4096))
BITS = 14                       # of a character
LLSQ = (16, 256, 1024, 16_392)
COEFFICIENTS = 128
LSE = (2_500, 20_000, 160_000, 1_280_000)


# -- gmm: the log posterior of a mixture of normal distributions, with a Wishart prior (γ = 1, m = 0) -----------------
def gmm(terms, d, k, n, np_, v):
    """Σ_n logsumexp_k(α_k + Σ q_k - ‖Q_k (x_n - μ_k)‖²/2) - N logsumexp(α) - Σ (exp(2q) + l²)/2 + constant.

    Q_k is lower triangular: exp(q_k) on its diagonal, l_k below, column by column.
    """
    alpha, q, below = v["alpha"], v["q"], v["l"]
    Q = np_.concatenate([np_.exp(q), below], axis=1)[:, places(d)]*v["lower"]
    weights = alpha + np_.sum(q, 1)
    likelihood = np_.sum(terms(np_, Q, v["mu"], v["x"], weights)) - n*np_.logsumexp(alpha, axis=0)
    prior = -(np_.sum(np_.exp(2*q)) + np_.sum(below**2))/2
    return likelihood + prior + k*wishart(d) - n*d*log(2*pi)/2


def places(d):
    """Where an entry of a triangular matrix stands among its diagonal and what is below; 0 above."""
    found, rest = np.diag(np.arange(d)), d
    for j in range(d):
        found[j + 1:, j] = np.arange(rest, rest + d - 1 - j)
        rest += d - 1 - j
    return found


def wishart(d):
    """The constant of the prior of one component."""
    n = d + 1
    return -n*d*log(2)/2 - d*(d - 1)*log(pi)/4 - sum(lgamma((n - j)/2) for j in range(d))


def centred(np_, Q, mu, x, weights):
    """As it is defined."""
    z = np_.einsum("kij,nkj->nki", Q, x[:, None, :] - mu)
    return np_.logsumexp(weights - np_.sum(z**2, 2)/2, axis=1)


def one_product(np_, Q, mu, x, weights):
    """Q_k x_n - Q_k μ_k, with one product for all Q_k x_n."""
    (n, d), k = x.shape, mu.shape[0]
    z = np_.reshape(x @ np_.reshape(Q, (k*d, d)).T, (n, k, d)) - np_.einsum("kij,kj->ki", Q, mu)
    return np_.logsumexp(weights - np_.sum(z**2, 2)/2, axis=1)


def rows_last(np_, Q, mu, x, weights):
    """The same with the rows as the last axis."""
    z = np_.einsum("kij,nj->kin", Q, x) - np_.einsum("kij,kj->ki", Q, mu)[:, :, None]
    return np_.logsumexp(weights[:, None] - np_.sum(z**2, 1)/2, axis=0)


def of_gmm(d, k, n):
    """Everything normal but the means, which are uniform in [0, 1)."""
    rng = np.random.default_rng(SEED)
    values = {"x": rng.normal(size=(n, d)), "alpha": rng.normal(size=k), "mu": rng.uniform(size=(k, d)),
              "q": rng.normal(size=(k, d)), "l": rng.normal(size=(k, d*(d - 1)//2)), "lower": np.tri(d)}
    return _case("gmm", f"d{d}_k{k}_n{n}", n*k*d*d, values, ("alpha", "mu", "q", "l"),
                 {name: partial(gmm, terms, d, k, n) for name, terms in
                  {"centred": centred, "one product": one_product, "rows last": rows_last}.items()})


# -- lstm: a network of characters with diagonal weights ---------------------------------------------------------------
def lstm_by_steps(layers, np_, v):
    """All layers of a step, then the next step."""
    gates = [_gates(v["main"], k) for k in range(layers)]

    def step(state, y):
        new = []
        for k in range(layers):
            (W, b), h, c = gates[k], state[2*k], state[2*k + 1]
            forget, out = np_.sigmoid(y*W[0] + b[0]), np_.sigmoid(y*W[2] + b[2])
            c = c*forget + np_.sigmoid(h*W[1] + b[1])*np_.tanh(h*W[3] + b[3])
            y = out*np_.tanh(c)
            new += [y, c]
        return new, y

    _, found = np_.scan(step, [v["state"][k] for k in range(2*layers)], v["x"][:-1]*v["extra"][0])
    return _of_predictions(np_, found, v)


def lstm_by_layers(layers, np_, v):
    """All steps of a layer, then the next layer: two of the gates of all steps are known before."""
    y = v["x"][:-1]*v["extra"][0]
    for k in range(layers):
        W, b = _gates(v["main"], k)

        def step(state, gates, W=W, b=b):
            h, c = state
            c = c*gates[0] + np_.sigmoid(h*W[1] + b[1])*np_.tanh(h*W[3] + b[3])
            h = gates[1]*np_.tanh(c)
            return [h, c], h

        gates = [np_.sigmoid(y*W[0] + b[0]), np_.sigmoid(y*W[2] + b[2])]
        _, y = np_.scan(step, [v["state"][2*k], v["state"][2*k + 1]], gates)
    return _of_predictions(np_, y, v)


def _gates(main, layer):
    """[weights, biases] of a layer, each of four gates: forget, in, out, change."""
    return [[main[2*layer + row][g*BITS:(g + 1)*BITS] for g in range(4)] for row in (0, 1)]


def _of_predictions(np_, y, v):
    """-mean of wanted·(p - log(2 + Σ exp p)), p = y·e₁ + e₂."""
    p = y*v["extra"][1] + v["extra"][2]
    below = np_.log(2 + np_.sum(np_.exp(p), 1))
    steps, width = v["x"].shape
    return -np_.sum(v["x"][1:]*(p - below[:, None]))/(width*(steps - 1))


def of_lstm(layers, characters):
    """Parameters and state uniform in [0, 1); characters as binary digits, drawn from those that are printed."""
    rng = np.random.default_rng(SEED)
    codes = rng.integers(32, 127, size=characters)
    values = {"x": (codes[:, None] >> np.arange(BITS)[::-1] & 1).astype(float),
              "state": rng.uniform(size=(2*layers, BITS)), "main": rng.uniform(size=(2*layers, 4*BITS)),
              "extra": rng.uniform(size=(3, BITS))}
    return _case("lstm", f"l{layers}_c{characters}", layers*characters*BITS, values, ("main", "extra"),
                 {"by steps": partial(lstm_by_steps, layers), "by layers": partial(lstm_by_layers, layers)},
                 unrolled=layers*(characters - 1))


# -- llsq: a polynomial against the sign of t, by least squares --------------------------------------------------------
def llsq(np_, v):
    """½ Σ_i (sign t_i - Σ_j x_j t_iʲ)²; the powers are data."""
    return np_.sum((v["s"] - v["powers"] @ v["x"])**2)/2


def of_llsq(n):
    """Coefficients uniform in [0, 1), t from -1 to 1 in equal steps."""
    t = -1 + np.arange(n)*2/(n - 1)
    values = {"powers": t[:, None]**np.arange(COEFFICIENTS), "s": np.sign(t),
              "x": np.random.default_rng(SEED).uniform(size=COEFFICIENTS)}
    return _case("llsq", f"n{n}_m{COEFFICIENTS}", n*COEFFICIENTS, values, ("x",), {"": llsq},
                 limit={"products": ((COEFFICIENTS, 1), n)})


# -- lse ---------------------------------------------------------------------------------------------------------------
def lse(np_, v):
    """log Σ exp x by its largest entry, as it is defined."""
    largest = np_.max(v["x"])
    return largest + np_.log(np_.sum(np_.exp(v["x"] - largest)))


def built_in(np_, v):
    """The same by a system's own function."""
    return np_.logsumexp(v["x"], axis=0)


def of_lse(n):
    """Entries uniform in [0, 1)."""
    return _case("lse", f"n{n}", n, {"x": np.random.default_rng(SEED).uniform(size=n)}, ("x",),
                 {"as defined": lse, "built in": built_in})


def _case(family, size, entries, values, wrt, forms, **more):
    return Case(family, size, entries, "gradient", next(iter(forms.values())), values, wrt, forms=forms,
                named_rows=False, **more)


def named():
    """(name, function that makes the case) of each."""
    for d, k, n in GMM:
        yield f"gmm d{d}_k{k}_n{n}", partial(of_gmm, d, k, n)
    for layers, characters in LSTM:
        yield f"lstm l{layers}_c{characters}", partial(of_lstm, layers, characters)
    for n in LLSQ:
        yield f"llsq n{n}_m{COEFFICIENTS}", partial(of_llsq, n)
    for n in LSE:
        yield f"lse n{n}", partial(of_lse, n)

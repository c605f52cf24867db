"""Losses that are no likelihoods, and penalties: observations and what a model says of them go in, numbers to be made
small come out.

A loss has one entry for each observation; take its `mean` or `sum`.  A penalty is one number, for one array of
weights or for a list of them.  Each is written so that it is right where its textbook form overflows or cancels.
"""
import sympy as sp

from .. import language as sd
from ..errors import ArgumentError, SizeMismatch
from ..language import sizes_of
from ..lengths import text

NEVER = -1e308                                  # the logarithm of a hazard that is 0: its exponential is 0 in any sum


def hinge(y, score):
    """max(0, 1 - y·score) for y = -1 or 1: the linear support vector machine (Cortes and Vapnik 1995).

    At the margin, y·score = 1, the derivative is 0, the least of the subgradients.

    >>> hinge(sd.Array("y", 3), sd.Array("s", 3))
    relu(1 - y*s)
    """
    return sd.relu(1 - y*score)


def squared_hinge(y, score):
    """max(0, 1 - y·score)² for y = -1 or 1: the support vector machine with a smooth margin.

    >>> squared_hinge(sd.Array("y", 3), sd.Array("s", 3))
    relu(1 - y*s)**2
    """
    return sd.relu(1 - y*score)**2


def perceptron(y, score):
    """max(0, -y·score) for y = -1 or 1: its steps of descent are Rosenblatt's rule (1958).

    >>> perceptron(sd.Array("y", 3), sd.Array("s", 3))
    relu(-y*s)
    """
    return sd.relu(-y*score)


def huber(residual, delta=1):
    """r²/2 for |r| ≤ delta, delta·(|r| - delta/2) beyond (Huber 1964), without squaring what is large.

        m = min(|r|, delta),    m·(|r| - m/2)

    >>> huber(sd.Array("r", 3), 2)
    Min(Abs(r), 2)*(Abs(r) - Min(Abs(r), 2)/2)
    """
    size = sp.Abs(residual)
    inner = sd.minimum(size, delta)
    return inner*(size - inner/2)


def log_cosh(residual):
    """log(cosh(r)): r²/2 near 0, |r| - log 2 far away.

        log(1 + 2·sinh(r/2)²)  for |r| < 1,    |r| + log(1 + exp(-2·|r|)) - log 2  beyond

    >>> from symdiff.evaluate import evaluate
    >>> from symdiff.read import read
    >>> loss = read(log_cosh(sd.Array("r", 3)))
    >>> print(*(f"{x:.12g}" for x in evaluate([loss], {"r": [1e-9, 1.0, 800.0]})[0]))
    5e-19 0.433780830483 799.306852819
    """
    size = sp.Abs(residual)
    near = sd.log1p(2*sp.sinh(sd.clip(residual, -2, 2)/2)**2)
    return sd.where(size < 1, near, size + sd.log1p(sp.exp(-2*size)) - sp.log(2))


def quantile(residual, level):
    """max(level·r, (level - 1)·r), r = y - q: its minimum is at the quantile q of y (Koenker and Bassett 1978).

    >>> quantile(sd.Array("r", 3), sp.Rational(9, 10))
    Max(9/10*r, -1/10*r)
    """
    if isinstance(level, (int, float)) and not 0 < level < 1:
        raise ArgumentError(f"the level {level!r} is no part of one.", do="give a number between 0 and 1: 0.5.")
    return sd.maximum(level*residual, (level - 1)*residual)


def kl(p, q):
    """Σ p·log(p/q) along the last axis: Kullback and Leibler's divergence of q from p, chances; 0·log 0 is 0.

    >>> kl(sd.Array("p", 3), sd.Array("q", 3))
    sum(xlogy(p, p) - xlogy(p, q))
    """
    return sd.sum(sd.xlogy(p, p) - sd.xlogy(p, q), axis=-1)


def kl_of_logits(a, b):
    """The divergence of softmax(b) from softmax(a), along the last axis, from the logits: no chance is rounded to 0.

    >>> kl_of_logits(sd.Array("a", 3), sd.Array("b", 3))
    sum(softmax(a)*(log_softmax(a) - log_softmax(b)))
    """
    return sd.sum(sd.softmax(a)*(sd.log_softmax(a) - sd.log_softmax(b)), axis=-1)


def focal(y, logit, gamma=2, alpha=None):
    """-α·(1 - p)^gamma·log p, p the chance given to what happened; for y = 0 or 1 (Lin et al. 2017).

    alpha   the weight of the observations with y = 1; those with y = 0 have 1 - alpha.  None: all have 1

    With z = logit where y = 1 and -logit where y = 0, p = sigmoid(z), and its powers are taken by logarithms.

    >>> focal(sd.Array("y", 3), sd.Array("z", 3))
    -exp(2*log_sigmoid(-(2*y - 1)*z))*log_sigmoid((2*y - 1)*z)
    """
    z = (2*y - 1)*logit
    loss = -sp.exp(gamma*sd.log_sigmoid(-z))*sd.log_sigmoid(z)
    return loss if alpha is None else (alpha*y + (1 - alpha)*(1 - y))*loss


def cox(score, time, event):
    """-Σ over events of (score_i - log Σ over j at risk of exp(score_j)): Cox's partial likelihood (1972), one number.

    score   logarithms of the relative hazards, (n,)
    time    when each was last seen, (n,)
    event   1 where it happened then, 0 where it had not happened until then (censored), (n,)

    At risk are those with time_j ≥ time_i; tied events are each counted so (Breslow 1974).  It makes an array of n².

    >>> n = sd.sizes("n")
    >>> loss = cox(*(sd.Array(name, n) for name in ("s", "t", "e")))
    >>> loss.sizes
    ()
    """
    if not len(sizes_of(score)) == len(sizes_of(time)) == len(sizes_of(event)) == 1:
        shown = ", ".join(text(sizes_of(one)) for one in (score, time, event))
        raise SizeMismatch(f"Cox's likelihood takes three vectors, and these are {shown}.", where=str(score)[:80],
                           do="give one score, time and event for each row: score[:, 0].")
    risk = sd.where(time[None, :] >= time[:, None], score[None, :], NEVER)
    return sd.sum(event*(sd.logsumexp(risk, axis=1) - score))


def l1(weights, strength=1):
    """strength·Σ |w|: few weights are not 0 (Tibshirani 1996).

    >>> l1(sd.Array("w", 3), 2)
    2*sum(Abs(w))
    """
    return strength*_total([sd.sum(sp.Abs(w)) if sizes_of(w) else sp.Abs(w) for w in _list(weights)])


def l2(weights, strength=1):
    """strength/2·Σ w²: its derivative is strength·w, the decay of weights (Hoerl and Kennard 1970).

    >>> l2([sd.Array("W", 3, 2), sd.Array("v", 2)], 3)
    3*(sum(W**2) + sum(v**2))/2
    """
    return strength*_total([sd.sum(w**2) if sizes_of(w) else w**2 for w in _list(weights)])/2


def elastic_net(weights, strength=1, ratio=0.5):
    """strength·(ratio·Σ|w| + (1 - ratio)/2·Σw²) (Zou and Hastie 2005).

    >>> elastic_net(sd.Array("w", 3), 1, sp.Rational(1, 4))
    1/4*sum(Abs(w)) + 3/4*sum(w**2)/2
    """
    if isinstance(ratio, (int, float)) and not 0 <= ratio <= 1:
        raise ArgumentError(f"the ratio {ratio!r} is no part of the whole.", do="give a number from 0 to 1.")
    return l1(weights, strength*ratio) + l2(weights, strength*(1 - ratio))


PENALTIES = {"l1": l1, "l2": l2, "elastic_net": elastic_net}


def _list(weights):
    weights = list(weights) if isinstance(weights, (list, tuple)) else [weights]
    if not weights:
        raise ArgumentError("a penalty of no weights.", do="give an array, or a list of arrays.")
    return weights


def _total(terms):
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return whole

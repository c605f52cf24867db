"""A list of layers goes in; a Model comes out: its equations h1, h2, …, parameters W1, b1, …, and the loss that
follows from the distribution of its output.
"""
from dataclasses import dataclass, fields

import sympy as sp

from .. import language as sd
from .. import modes
from ..document.of_model import Model
from ..errors import ArgumentError, SizeMismatch, SymdiffError, nearest
from ..language import Array, sizes_of
from ..lengths import sizes as size_symbols
from ..lengths import text
from . import distributions, layers, losses, recurrent
from .activations import maxout


class Layer:
    """What all share: `of` is the name of what it takes (the layer before), `name` that of its equation (h1, h2, …)."""

    def check(self):
        """Raise ArgumentError for a value that no such layer has."""
        for field in fields(self):
            given, (right, do) = getattr(self, field.name), _CHECKS.get(field.name, _ANY)
            if given is not field.default and not right(given):
                raise ArgumentError(f"{field.name} is {str(given)[:80]!r}.", do=do)


_WHOLE = (lambda given: type(given) is int and given > 0, "give a whole number from 1 on.")
_NUMBER = (lambda given: isinstance(given, (int, float, sp.Expr)) and not isinstance(given, bool), "give a number.")
_EACH = (lambda given: all(map(_WHOLE[0], given if isinstance(given, (list, tuple)) else [given])),
         "give a whole number from 1 on, or one for each dimension.")
_WORD = (lambda given: isinstance(given, str) and given, "give a name, as text.")
_ANY = (lambda given: True, "")
_CHECKS = {
    **dict.fromkeys(["units", "pieces", "filters", "words", "size"], _WHOLE),
    **dict.fromkeys(["width", "stride"], _EACH), **dict.fromkeys(["rate", "epsilon", "momentum"], _NUMBER),
    **dict.fromkeys(["of", "name"], _WORD),
    **dict.fromkeys(["bias", "sequences"], (lambda given: isinstance(given, bool), "give true or false.")),
    "activation": (lambda given: isinstance(given, str) or callable(given), "give a function, or its name."),
}


@dataclass(frozen=True)
class Dense(Layer):
    """φ(x·W + b) with so many units."""
    units: int
    activation: object = None
    bias: bool = True
    of: str = None
    name: str = None

    def output(self, x, new, single=False):
        """single: one unit that is no column, (n,)."""
        W = new.weights("W", sizes_of(x)[-1:] if single else (*sizes_of(x)[-1:], self.units))
        return layers.dense(x, W, new.parameter("b", () if single else (self.units,)) if self.bias else None,
                            self.activation)


@dataclass(frozen=True)
class Maxout(Layer):
    """The largest of so many linear pieces, for each unit (Goodfellow et al. 2013)."""
    units: int
    pieces: int = 2
    of: str = None
    name: str = None

    def output(self, x, new):
        width = self.units*self.pieces
        return maxout(layers.dense(x, new.weights("W", (*sizes_of(x)[-1:], width)), new.parameter("b", (width,))),
                      self.pieces)


@dataclass(frozen=True)
class Skip(Layer):
    """The layer before plus an earlier one; plus that one times a matrix, where their columns differ."""
    to: str
    of: str = None
    name: str = None

    def output(self, x, new):
        earlier = new.named(self.to)
        if sizes_of(earlier) == sizes_of(x):
            return layers.residual(earlier, x)
        return layers.residual(earlier, x, new.weights("V", (*sizes_of(earlier)[-1:], *sizes_of(x)[-1:])))


@dataclass(frozen=True)
class Join(Layer):
    """The columns of the layer before and those of an earlier one, or of several, side by side."""
    to: object
    of: str = None
    name: str = None

    def output(self, x, new):
        names = self.to if isinstance(self.to, (list, tuple)) else [self.to]
        return layers.joined(x, *[new.named(name) for name in names])


@dataclass(frozen=True)
class Dropout(Layer):
    """Entries dropped where a mask, mask1, …, is 0; the rest are divided by 1 - rate.

    The mask is data that training draws for every batch; in prediction the layer gives what it takes.
    """
    rate: float
    of: str = None
    name: str = None

    def output(self, x, new):
        mask, rate = new.data("mask", sizes_of(x)), self.rate
        if not isinstance(rate, sp.Expr) or rate.is_number:
            rate = float(rate)
            new.modes[mask.name] = modes.Mask(rate)
        return layers.dropout(x, mask, rate)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Each row normalised; scales and shifts are learned."""
    epsilon: float = layers.EPSILON
    of: str = None
    name: str = None

    def output(self, x, new):
        return layers.layer_norm(x, *_scales(x, new), self.epsilon)


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Each channel normalised over the batch; scales and shifts are learned.

    The mean and the variance, the equations mean1 and var1, …, are those of the batch in training, which keeps running
    ones for prediction: of every batch they take the part `momentum`.
    """
    epsilon: float = layers.EPSILON
    momentum: float = 0.1
    of: str = None
    name: str = None

    def output(self, x, new):
        mean = new.equation(f"mean{new.number}", layers.batch_mean(x))
        variance = new.equation(f"var{new.number}", layers.batch_variance(x, mean))
        new.modes |= {mean.name: modes.RunningMean(self.momentum), variance.name: modes.RunningVariance(self.momentum)}
        return layers.normalised(x, mean, variance, *_scales(x, new), self.epsilon)


def _scales(x, new):
    return new.parameter("g", sizes_of(x)[-1:]), new.parameter("b", sizes_of(x)[-1:])


@dataclass(frozen=True)
class Convolution(Layer):
    """So many filters moved along the space between rows and channels; width is a number or one for each dimension."""
    filters: int
    width: object = 3
    activation: object = None
    stride: object = 1
    padding: object = 0
    of: str = None
    name: str = None

    def output(self, x, new):
        dimensions = max(len(sizes_of(x)) - 2, 1)
        widths = tuple(self.width) if isinstance(self.width, (list, tuple)) else (self.width,)*dimensions
        K = new.weights("K", (*widths, *sizes_of(x)[-1:], self.filters))
        return layers.convolution(x, K, new.parameter("b", (self.filters,)), self.activation, self.stride, self.padding)


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest of each window."""
    width: object = 2
    stride: object = None
    of: str = None
    name: str = None

    def output(self, x, new):
        return layers.max_pool(x, self.width, self.stride)


@dataclass(frozen=True)
class MeanPool(Layer):
    """The mean of each window."""
    width: object = 2
    stride: object = None
    of: str = None
    name: str = None

    def output(self, x, new):
        return layers.mean_pool(x, self.width, self.stride)


@dataclass(frozen=True)
class Flatten(Layer):
    """Each row as one vector."""
    of: str = None
    name: str = None

    def output(self, x, new):
        return layers.flatten(x)


@dataclass(frozen=True)
class Embedding(Layer):
    """Whole numbers below `words` become learned vectors of so many entries."""
    words: int
    size: int = 16
    of: str = None
    name: str = None

    def output(self, x, new):
        return layers.embedding(new.weights("E", (self.words, self.size)), x)


@dataclass(frozen=True)
class Recurrent(Layer):
    """φ(xₜ·W + hₜ₋₁·U + b) along sequences (n, length, channels): the last state, or all of them."""
    units: int
    activation: object = "tanh"
    sequences: bool = False
    of: str = None
    name: str = None

    def output(self, x, new):
        return recurrent.recurrent(x, *_gates(x, new, self.units), self.activation, sequences=self.sequences)


@dataclass(frozen=True)
class GRU(Layer):
    """Gated recurrent units, reset after the product, along sequences: the last state, or all of them."""
    units: int
    sequences: bool = False
    of: str = None
    name: str = None

    def output(self, x, new):
        weights = _gates(x, new, self.units, 3)
        return recurrent.gru(x, *weights, new.parameter("c", (self.units,)), sequences=self.sequences)


@dataclass(frozen=True)
class LSTM(Layer):
    """Long short-term memory along sequences: the last state, or all of them.  The forget gate's bias starts at 1."""
    units: int
    sequences: bool = False
    of: str = None
    name: str = None

    def output(self, x, new):
        return recurrent.lstm(x, *_gates(x, new, self.units, 4), sequences=self.sequences)


def _gates(x, new, units, gates=1):
    """W, U and b of a recurrent layer with so many gates."""
    if len(sizes_of(x)) != 3:
        raise SizeMismatch("a recurrent layer goes through sequences: rows, steps, channels.",
                           where=f"{str(x)[:60]} is {text(sizes_of(x))}",
                           do='give an input of three axes, ("X", "n", "steps", 3); whole numbers pass an embedding '
                              'first; before another recurrent layer write sequences = true.')
    return (new.weights("W", (sizes_of(x)[-1], gates*units)), new.weights("U", (units, gates*units)),
            new.parameter("b", (gates*units,)))


LAYERS = {"dense": Dense, "maxout": Maxout, "skip": Skip, "join": Join, "dropout": Dropout, "layer_norm": LayerNorm,
          "batch_norm": BatchNorm, "convolution": Convolution, "max_pool": MaxPool, "mean_pool": MeanPool,
          "flatten": Flatten, "embedding": Embedding, "recurrent": Recurrent, "gru": GRU, "lstm": LSTM}

OUTPUTS = {                                     # name: (z, new) -> a distribution
    "bernoulli": lambda z, new: distributions.Bernoulli(z),
    "categorical": lambda z, new: distributions.Categorical(z),
    "gaussian": lambda z, new: distributions.Gaussian(z),
    "gaussian_learned": lambda z, new: distributions.Gaussian(z, sp.exp(new.parameter("log_scale", (), False))),
    "laplace": lambda z, new: distributions.Laplace(z),
    "poisson": lambda z, new: distributions.Poisson(z),
    "negative_binomial": lambda z, new: distributions.NegativeBinomial(
        z, sp.exp(new.parameter("log_dispersion", (), False))),
    "gamma": lambda z, new: distributions.Gamma(z, sp.exp(new.parameter("log_shape", (), False))),
    "exponential": lambda z, new: distributions.Exponential(z),
    "student_t": lambda z, new: distributions.StudentT(z, *(sp.exp(new.parameter(name, (), False))
                                                            for name in ("log_scale", "log_freedom"))),
    "weibull": lambda z, new: distributions.Weibull(sp.exp(new.parameter("log_shape", (), False)), z),
    "beta": lambda z, new: distributions.Beta.of_mean(sd.sigmoid(z), sp.exp(new.parameter("log_precision", (), False))),
    "gaussian_varying": lambda z, new: _varying(z, new),
    "gaussian_mixture": lambda z, new: distributions.GaussianMixture(*_parts(z, 3, "logits, means and log_scales")),
    "multivariate_normal": lambda z, new: distributions.MultivariateNormal(z, _factor(z, new)),
}
COUNTED = {                                     # name: (z, new, number of classes) -> a distribution
    "ordinal": lambda z, new, classes: distributions.Ordinal(
        _score(z), new.parameter("first", (), False), new.parameter("gaps", (classes - 2,), False)),
}
ROWS = {"gaussian_varying", "gaussian_mixture", "ordinal"}      # one observation a row, whatever the columns of z


def _parts(z, count, what):
    """The columns of z as so many matrices of equal width."""
    width = sizes_of(z)[-1] if len(sizes_of(z)) == 2 else 0
    if type(width) is not int or not width or width % count:
        raise SizeMismatch(f"the output needs {what}: {count} columns, or a multiple of it.",
                           where=f"z is {text(sizes_of(z))}", do=f"give the last layer {count} units for each.")
    width //= count
    return [z[:, k*width:(k + 1)*width] for k in range(count)]


def _varying(z, new):
    """Normal, with both mean and scale made by the network (Nix and Weigend 1994); the scale is the equation sigma."""
    if sizes_of(z)[1:] != (2,):
        raise SizeMismatch("the output needs two columns, a mean and a log_scale.", where=f"z is {text(sizes_of(z))}",
                           do="give the last layer 2 units.")
    return distributions.Gaussian(z[:, 0], new.equation("sigma", sp.exp(z[:, 1])))


def _score(z):
    """The score of ordered classes: one number a row."""
    if sizes_of(z)[1:] == (1,):
        return z[:, 0]
    if len(sizes_of(z)) != 1:
        raise SizeMismatch("ordered classes have one score a row.", where=f"z is {text(sizes_of(z))}",
                           do="give the last layer 1 unit.")
    return z


def _factor(z, new):
    """The factor of a covariance that all rows share, the equation factor: its diagonal as logarithms, the rest as it
    is, both learned."""
    d = sizes_of(z)[-1] if len(sizes_of(z)) == 2 else 0
    if type(d) is not int or not d:
        raise SizeMismatch("a multivariate output needs columns, and their number.", where=f"z is {text(sizes_of(z))}",
                           do="give the last layer a unit for each column of the target, two or more.")
    below = new.parameter("below", (d*(d - 1)//2,), False)
    i, j = sd.arange(d)[:, None], sd.arange(d)[None, :]
    places = sd.where(j < i, 1 + i*(i - 1)/2 + j, 0)                # row by row; 0 on the diagonal and above
    whole = sd.take(sd.concatenate((sd.broadcast_to(0, (1,)), below)), places)
    return new.equation("factor", whole + sd.diag(sp.exp(new.parameter("log_diagonal", (d,), False))))


def _of_name(output, z, new):
    """The distribution of an output's name, or of {name: number}."""
    if isinstance(output, str) and output in OUTPUTS:
        return OUTPUTS[output](z, new)
    name, count = next(iter(output.items())) if isinstance(output, dict) and len(output) == 1 else (output, None)
    if isinstance(name, str) and name in COUNTED:
        if type(count) is not int or count < 2:
            raise ArgumentError(f"the output {name} has a number of classes, from 2 on, and this is {str(count)[:80]!r}.",
                                do=f'write output = {{"{name}": 4}}, in a file {{{name} = 4}}.')
        return COUNTED[name](z, new, count)
    known = (*OUTPUTS, *COUNTED)
    raise ArgumentError(f"no output is called {str(name)[:80]!r}.", known=", ".join(known),
                        do=nearest(name, known, "use one of these names, or give a function of z."))


def network(layers, inputs, output=None, target="y", penalty=None, title=None):
    """The Model of a network.

    layers    Dense(16, "tanh"), …, one after the other; the last one's equation is z where there is an output
    inputs    the array of the data, or (name, *sizes): ("X", "n", 13)
    output    the distribution of the target given z: a name of OUTPUTS, {"ordinal": number of classes}, or a function
              of z -> a distribution.  gaussian_varying takes two columns of z, a mean and the logarithm of a scale;
              gaussian_mixture three for each part: logit, mean, logarithm of the scale; multivariate_normal one for
              each column of the target.  Further parameters of a distribution are learned: log_scale, say.  The
              loss is the mean of its negative log density, and what it expects is the equation p (chances) or mu.
              None: no loss
    target    the observations: a name, whose sizes follow (labels 0, 1, … for classes), or an array; one with an axis
              for the classes is one-hot
    penalty   added to the loss: {"l2": 0.01} with names of l1, l2, elastic_net; a number, for l2; or a function of the
              list of weights.  Biases and scales are no weights

    Raises ArgumentError, SizeMismatch, naming the layer.

    >>> network([Dense(16, "tanh"), Dense(1)], ("X", "n", 13), "bernoulli", penalty={"l2": 0.01})
    Model
      parameters  W1 (13, 16), b1 (16,), W2 (16,), b2
      data        X (n, 13), y (n,)
      h1 = tanh(X @ W1 + b1)
      z = h1 @ W2 + b2
      p = sigmoid(z)
      loss = -mean(y*z - softplus(z)) + 0.01*(sum(W1**2) + sum(W2**2))/2
    """
    x = inputs if isinstance(inputs, Array) else _input(inputs)
    built = Building(x, {x.name: x})
    built.add(layers, output, target, penalty)
    return Model(built.equations, built.loss, built.parameters, [x, *built.given], title=title, modes=built.modes)


def _input(given):
    if not isinstance(given, (tuple, list)) or len(given) < 2 or not isinstance(given[0], str):
        raise ArgumentError(f"the inputs of a network are an array, and this is {str(given)[:80]}.",
                            do='write inputs=("X", "n", 13).')
    return Array(given[0], *[size_symbols(one) if isinstance(one, str) else one for one in given[1:]])


class Building:
    """A network as it is built.

    x            what the next layer takes
    names        {name: array} that layers may take
    equations    [(array, expression)];  parameters, given, weights: lists of arrays;  loss: an expression, or None
    modes        {name: mode} of what training draws and keeps (symdiff.modes)
    """

    def __init__(self, x, names):
        self.x, self.names, self.number, self.loss = x, dict(names), 0, None
        self.equations, self.parameters, self.given, self.weighed, self.modes = [], [], [], [], {}

    def add(self, layers, output=None, target="y", penalty=None):
        """All layers, and the loss."""
        if not isinstance(layers, (list, tuple)) or not layers or not all(isinstance(one, Layer) for one in layers):
            raise ArgumentError("the layers of a network are a list of layers.", where=str(layers)[:80],
                                do='write [Dense(16, "tanh"), Dense(1)].')
        if penalty is not None and output is None:
            raise ArgumentError("a penalty is added to the loss, and there is none without an output.",
                                do='give output="gaussian", say.')
        for k, layer in enumerate(layers):
            try:
                self._layer(layer, output is not None and k == len(layers) - 1, target)
            except SymdiffError as error:
                where = "\n".join(filter(None, (f"layer {k + 1}: {layer}", error.where)))
                raise type(error)(error.what, where=where, known=error.known, do=error.do) from None
        if output is not None:
            self._output(output, target, penalty)

    def _layer(self, layer, last, target):
        self.number += 1
        layer.check()
        x = self.x if layer.of is None else self.named(layer.of)
        if not sizes_of(x):
            raise ArgumentError(f"a layer takes rows of numbers, and {str(x)[:60]} is a scalar.",
                                do="give it an array.")
        single = last and len(sizes_of(target) if isinstance(target, Array) else ()) < 2
        if single and isinstance(layer, Dense) and layer.units == 1:
            made = layer.output(x, self, single=True)
        else:
            made = layer.output(x, self)
            made = made[..., 0] if single and len(sizes_of(made)) > 1 and sizes_of(made)[-1] == 1 else made
        self.x = self.equation(layer.name or ("z" if last else f"h{self.number}"), made)

    def _output(self, output, target, penalty):
        z = self.x
        named = isinstance(output, (str, dict))
        distribution = _of_name(output, z, self) if named else output(z)
        if not isinstance(distribution, distributions.Distribution):
            raise ArgumentError(f"the output is no distribution: {str(distribution)[:80]}.",
                                do="give a name, or a function such as lambda z: Gaussian(z).")
        mean = getattr(distribution, "mean", z)
        if mean is not z:
            chances = isinstance(distribution, (distributions.Bernoulli, *distributions.CLASSES))
            self.equation("p" if chances else "mu", mean)
        own = (next(iter(output)) if isinstance(output, dict) else output) in ROWS if named else None
        y = self._target(target, z, distribution, named, own)
        self.given.append(y)
        one_hot = isinstance(distribution, distributions.CLASSES) and len(sizes_of(y)) < len(sizes_of(mean))
        density = distribution.log_density(distributions.one_hot(y, sizes_of(mean)[-1]) if one_hot else y)
        loss = -(sd.mean(density) if sizes_of(density) else density)
        self.loss = loss if penalty is None else loss + self._penalty(penalty)

    def _target(self, target, z, distribution, by_name, single):
        """The array of the observations; it may not broadcast against the output.  single: one number a row."""
        classes = isinstance(distribution, distributions.CLASSES)
        if isinstance(distribution, distributions.Categorical) and len(sizes_of(z)) < 2:
            raise ArgumentError("a categorical output needs a column for each class.",
                                where=f"z is {text(sizes_of(z))}",
                                do="give the last layer as many units as there are classes.")
        rows = sizes_of(z)[:-1] if len(sizes_of(z)) > 1 else sizes_of(z)
        if not isinstance(target, Array):
            return Array(target, *(sizes_of(z) if by_name and not classes and not single else rows))
        allowed = [rows, sizes_of(distribution.mean)] if classes else [rows if single else sizes_of(z)]
        if by_name and sizes_of(target) not in allowed:
            raise SizeMismatch(f"the target {target} is {text(sizes_of(target))}, and the output z is "
                               f"{text(sizes_of(z))}.", where=f"z = {self.equations[-1][1]}"[:200],
                               do="give the last layer as many units as the target has columns.")
        return target

    def _penalty(self, given):
        if callable(given):
            return given(self.weighed)
        given = given if isinstance(given, dict) else {"l2": given}
        terms = []
        for name, strength in given.items():
            if name not in losses.PENALTIES:
                raise ArgumentError(f"no penalty is called {str(name)[:80]!r}.", known=", ".join(losses.PENALTIES),
                                    do=nearest(name, losses.PENALTIES, "use one of these names."))
            if isinstance(strength, bool) or not isinstance(strength, (int, float, sp.Expr)):
                raise ArgumentError(f"the strength of a penalty is a number, and this is {str(strength)[:80]!r}.",
                                    do=f'write {{"{name}": 0.01}}.')
            terms.append(losses.PENALTIES[name](self.weighed, strength))
        if not terms:
            raise ArgumentError("a penalty without a term.", known=", ".join(losses.PENALTIES), do="leave it out.")
        whole = terms[0]
        for term in terms[1:]:
            whole = whole + term
        return whole

    # -- what layers ask for ------------------------------------------------------------------------------------------

    def equation(self, name, expr):
        """The array of a new equation."""
        made = Array(name, *sizes_of(expr))
        self.equations.append((made, expr))
        self.names[name] = made
        return made

    def named(self, name):
        """An earlier layer, or an input."""
        if not isinstance(name, str) or name not in self.names:
            raise ArgumentError(f"no earlier layer is called {str(name)[:80]}.", known=", ".join(self.names),
                                do="name one of these.")
        return self.names[name]

    def parameter(self, letter, sizes, numbered=True):
        """A new parameter of this layer: W1, say."""
        self.parameters.append(Array(f"{letter}{self.number}" if numbered else letter, *sizes))
        return self.parameters[-1]

    def weights(self, letter, sizes):
        """A new parameter that penalties are for."""
        self.weighed.append(self.parameter(letter, sizes))
        return self.weighed[-1]

    def data(self, letter, sizes):
        """A new input."""
        self.given.append(Array(f"{letter}{self.number}", *sizes))
        return self.given[-1]

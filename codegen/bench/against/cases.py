"""Nothing goes in; the models that systems are compared on come out: each with its data, its point and what is asked.

A model is a function of `words` (the functions of a system under NumPy's names) and of arrays by their names, so that
every system, ours too, gets the same text.
"""
from dataclasses import replace
from functools import partial
from math import pi, sqrt

import numpy as np

from . import gradbench
from .case import Case, Training

SEED = 0
LOGISTIC = ((100, 4), (303, 13), (10_000, 20), (100_000, 50), (1_000_000, 10))
NETWORKS = (((2, 8, 1), 4), ((13, 16, 1), 303), ((4, 16, 16, 3), 150), ((64, 64, 10), 1797), ((784, 256, 128, 10), 128),
            ((784, 512, 512, 10), 1024))
FORMULA_ROWS = (1_000, 100_000, 1_000_000)
STRAIGHT = (100, 1_000, 10_000, 100_000)
ROSENBROCK = 100
TRAININGS = (((13, 16, 1), 297, Training(32, 50)), ((64, 64, 10), 1797, Training(32, 3)),
             ((784, 256, 128, 10), 1280, Training(128, 2)))


def cases(only=()):
    """All cases, or those that are called one of some words, or hold one; each is made when its turn comes."""
    for name, make in NAMED.items():
        if not only or any(word == name if word in NAMED else word in name for word in only):
            yield make()


# -- models ----------------------------------------------------------------------------------------------------------
def logistic(np_, v):
    """The logistic loss as a textbook has it."""
    p = 1/(1 + np_.exp(-(v["X"] @ v["w"] + v["b"])))
    return -np_.mean(v["y"]*np_.log(p) + (1 - v["y"])*np_.log(1 - p))


def network(widths, activation, np_, v):
    """Dense layers, then the cross entropy of a softmax, or of a sigmoid where there is one output."""
    h, last = v["X"], len(widths) - 1
    for k in range(1, last):
        h = getattr(np_, activation)(h @ v[f"W{k}"] + v[f"b{k}"])
    z = h @ v[f"W{last}"] + v[f"b{last}"]
    if widths[-1] == 1:
        return np_.mean(np_.softplus(z) - v["y"]*z)
    return -np_.sum(v["y"]*np_.log_softmax(z))/v["X"].shape[0]


def michaelis_menten(np_, v):
    return (v["y"] - v["top"]*v["x"]/(v["half"] + v["x"]))**2


def mixture(np_, v):
    """−log of a density of three normal components; the third weight is what is left of 1."""
    weights = (v["p1"], v["p2"], 1 - v["p1"] - v["p2"])
    density = 0
    for k, weight in enumerate(weights, 1):
        z = (v["x"] - v[f"m{k}"])/v[f"s{k}"]
        density = density + weight*np_.exp(-z**2/2)/(v[f"s{k}"]*sqrt(2*pi))
    return -np_.log(density)


def student(np_, v):
    """−log of Student's density with location, scale and degrees of freedom."""
    z = (v["x"] - v["mu"])/v["sigma"]
    nu = v["nu"]
    constant = np_.loggamma((nu + 1)/2) - np_.loggamma(nu/2) - np_.log(nu*pi)/2 - np_.log(v["sigma"])
    return -(constant - (nu + 1)/2*np_.log1p(z**2/nu))


def black_scholes(np_, v):
    """The price of a European call."""
    root = v["sigma"]*np_.sqrt(v["T"])
    d1 = (np_.log(v["S"]/v["K"]) + (v["r"] + v["sigma"]**2/2)*v["T"])/root
    below = lambda x: (1 + np_.erf(x/sqrt(2)))/2                                    # noqa: E731
    return v["S"]*below(d1) - v["K"]*np_.exp(-v["r"]*v["T"])*below(d1 - root)


def summed(model, np_, v):
    return np_.sum(model(np_, v))


def straight(count, np_, v):
    """`count` scalars in a row, each made of earlier ones."""
    return straight_line(np_.sin, v["x"], v["y"], count)[-1]


def straight_line(sin, x, y, count, named=lambda name, value: value):
    """The list of `count` values, x and y first: products, sums, differences, a sine every seventh."""
    values = [x, y]
    for i in range(2, count):
        a, b = values[-1], values[-2]
        value = sin(a)*values[i//2] if i % 7 == 0 else (a*b, a + b, a - b)[i % 3]
        values.append(named(f"t{i}", value))
    return values


def logistic_in_one(np_, v):
    z = v["X"] @ v["x"]
    return np_.mean(np_.softplus(z) - v["y"]*z)


def network_in_one(inputs, hidden, np_, v):
    """A network of one hidden layer whose parameters are one vector."""
    x, cut = v["x"], inputs*hidden
    h = np_.tanh(v["X"] @ np_.reshape(x[:cut], (inputs, hidden)) + x[cut:cut + hidden])
    z = h @ x[cut + hidden:cut + 2*hidden] + x[cut + 2*hidden]
    return np_.mean(np_.softplus(z) - v["y"]*z)


def rosenbrock(np_, v):
    x = v["x"]
    return np_.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)


# -- with their data -------------------------------------------------------------------------------------------------
def of_logistic(n, d):
    rng = np.random.default_rng(SEED)
    values = {"X": rng.normal(size=(n, d)), "y": (rng.random(n) < 0.5).astype(float),
              "w": rng.normal(size=d)/sqrt(d), "b": 0.1}
    return Case("logistic", f"{n}x{d}", n*d, "gradient", logistic, values, ("w", "b"), limit={"logistic": (n, d)})


def of_network(widths, n, activation, dtype="float64"):
    rng, classes = np.random.default_rng(SEED), widths[-1]
    values = {"X": rng.normal(size=(n, widths[0]))}
    one = (rng.random(n) < 0.5).astype(float)
    values["y"] = one if classes == 1 else np.eye(classes)[rng.integers(classes, size=n)]
    for k, (a, b) in enumerate(zip(widths, widths[1:]), 1):
        flat = b == 1 and k == len(widths) - 1
        values[f"W{k}"] = rng.normal(size=(a,) if flat else (a, b))/sqrt(a)
        values[f"b{k}"] = 0.1 if flat else rng.normal(size=b)/10
    values = {name: value if np.ndim(value) == 0 else value.astype(dtype) for name, value in values.items()}
    wrt = tuple([name for name in values if name[0] in "Wb"])
    kind = "" if dtype == "float64" else f" {dtype}"
    return Case(f"network {activation}{kind}", f"{'-'.join(map(str, widths))},{n}",
                n*sum(a*b for a, b in zip(widths, widths[1:])), "gradient", partial(network, widths, activation), values,
                wrt, dtype, limit={"products": (widths, n)})


def of_training(widths, n, training):
    """The network of so many rows, in tanh, trained."""
    return replace(of_network(widths, n, "tanh"), family="training", asked="training", limit={}, training=training)


def _formula_data(name, n):
    rng = np.random.default_rng(SEED)
    if name == "michaelis-menten":
        x = rng.uniform(0.1, 5, size=n)
        return {"x": x, "y": 2*x/(0.7 + x) + rng.normal(size=n)/10, "top": 1.9, "half": 0.8}
    if name == "black-scholes":
        return {"S": rng.uniform(50, 150, n), "K": rng.uniform(50, 150, n), "T": rng.uniform(0.1, 2, n), "r": 0.03,
                "sigma": 0.25}
    if name == "student-t":
        return {"x": rng.standard_t(4, size=n), "mu": 0.1, "sigma": 1.1, "nu": 5.0}
    return {"x": rng.normal(size=n)*2, "m1": -1.0, "m2": 0.2, "m3": 1.5, "s1": 0.7, "s2": 1.1, "s3": 0.9,
            "p1": 0.3, "p2": 0.4}


FORMULAS = {"michaelis-menten": michaelis_menten, "mixture": mixture, "student-t": student,
            "black-scholes": black_scholes}


def of_formula(name, n, asked):
    values, model = _formula_data(name, n), FORMULAS[name]
    wrt = tuple([key for key, value in values.items() if np.ndim(value) == 0])
    model = partial(summed, model) if asked == "gradient" else model
    return Case(f"{name} {asked}", str(n), n, asked, model, values, wrt)


def of_straight(count):
    return Case("straight line", str(count), count, "gradient", partial(straight, count), {"x": 0.3, "y": 0.4},
                ("x", "y"), operations=count)


def of_second(name, asked):
    """A Hessian, or a Hessian times a vector, in one vector x."""
    rng = np.random.default_rng(SEED)
    if name == "rosenbrock":
        model, values, size = rosenbrock, {}, ROSENBROCK
    else:
        values = {"X": rng.normal(size=(303, 13)), "y": (rng.random(303) < 0.5).astype(float)}
        hidden = 16
        size = 13 if name == "logistic" else 13*hidden + 2*hidden + 1
        model = logistic_in_one if name == "logistic" else partial(network_in_one, 13, hidden)
    values["x"] = rng.normal(size=size)/3
    return Case(f"{asked} of {name}", str(size), size, asked, model, values, ("x",), direction=rng.normal(size=size))


def _named():
    """{name: function that makes the case}"""
    for n, d in LOGISTIC:
        yield f"logistic {n}x{d}", partial(of_logistic, n, d)
    for dtype in ("float64", "float32"):
        for activation in ("tanh", "relu"):
            for widths, n in NETWORKS:
                kind = "" if dtype == "float64" else f" {dtype}"
                yield (f"network {activation}{kind} {'-'.join(map(str, widths))},{n}",
                       partial(of_network, widths, n, activation, dtype))
    for name in FORMULAS:
        for asked in ("gradient", "jacobian"):
            for n in FORMULA_ROWS:
                yield f"{name} {asked} {n}", partial(of_formula, name, n, asked)
    for count in STRAIGHT:
        yield f"straight line {count}", partial(of_straight, count)
    for asked in ("hessian", "product"):
        for name in ("logistic", "network", "rosenbrock"):
            yield f"{asked} of {name}", partial(of_second, name, asked)
    yield from gradbench.named()
    for widths, n, training in TRAININGS:
        yield f"training {'-'.join(map(str, widths))},{n}", partial(of_training, widths, n, training)


NAMED = dict(_named())

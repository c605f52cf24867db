"""Three formulas of science to closed-form derivatives and machine code, each brought to its minimum.

    python examples/formulas.py
"""
import numpy as np
import sympy as sp
from scipy.optimize import minimize

import symdiff as sd

# Reaction rates of an enzyme, counts/min² at ppm of substrate (puromycin: Treloar 1974; Bates & Watts 1988).
SUBSTRATE = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.10], 2)
RATE = np.array([76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200], float)

# The density of the earth in that of water, 29 weighings (Cavendish 1798).
DENSITY = np.array([5.50, 5.61, 4.88, 5.07, 5.26, 5.55, 5.36, 5.29, 5.58, 5.65, 5.57, 5.53, 5.62, 5.29, 5.44,
                    5.34, 5.79, 5.10, 5.27, 5.39, 5.42, 5.47, 5.63, 5.34, 5.46, 5.30, 5.75, 5.68, 5.85])


def rosenbrock():
    """A curved valley; plain SymPy symbols."""
    x, y = sp.symbols("x y", real=True)
    return (1 - x)**2 + 100*(y - x**2)**2, {x: -1.2, y: 1.0}, {}


def michaelis_menten():
    """Least squares for the rate V s/(K + s) of an enzyme."""
    n = sd.sizes("n")
    s, v = sd.array("s", n), sd.array("v", n)
    V, K = sd.array("V"), sd.array("K")
    return sd.mean((v - V*s/(K + s))**2), {V: 200.0, K: 0.1}, {"s": SUBSTRATE, "v": RATE}


def gaussian():
    """The negative log-likelihood of a mean and a standard deviation."""
    n = sd.sizes("n")
    x = sd.array("x", n)
    mu, sigma = sd.array("mu"), sd.array("sigma")
    density = sp.exp(-((x - mu)/sigma)**2/2) / (sigma*sp.sqrt(2*sp.pi))
    return -sd.sum(sp.log(density)), {mu: 5.0, sigma: 1.0}, {"x": DENSITY}


def show(title, formula, start, data):
    """Print the closed forms, compile, check, minimise; the point of the minimum."""
    parameters = list(start)
    print(f"{title}\n{'-' * len(title)}\n{formula}")
    for parameter, derivative in zip(parameters, sd.gradient(formula, parameters)):
        print(f"  d/d {parameter} = {derivative}")
    f = sd.compile(formula, wrt=parameters)
    point = {str(parameter): value for parameter, value in start.items()}
    report = f.check(**data, **point)
    print(f"compiled; against the interpreted derivative {'right' if report.ok else 'WRONG'}, worst {report.worst}")
    flat = f.flat(**data)
    fit = minimize(flat.fun_and_jac, flat.pack(point), jac=True, hess=flat.hess, method="trust-exact")
    found = {name: float(value) for name, value in flat.unpack(fit.x).items()}
    print("minimum at", ", ".join(f"{name} = {value:.6g}" for name, value in found.items()),
          f"after {fit.nit} steps\n")
    return found


def main():
    show("Rosenbrock's function", *rosenbrock())
    show("Michaelis and Menten's kinetics, least squares", *michaelis_menten())
    show("A Gaussian likelihood", *gaussian())


if __name__ == "__main__":
    main()

"""Logistic regression on 297 patients: the textbook loss in, its closed-form gradient and a fitted model out.

    python examples/heart.py

The data and where they come from: HEART.md beside this file.
"""
import csv
from pathlib import Path
from timeit import repeat

import numpy as np
import sympy as sp
from scipy.optimize import minimize, root

import symdiff as sd
from symdiff.reference.tape import Tape

TABLE = Path(__file__).with_name("heart.csv")
LEVELS = {"ChestPain": ["typical", "nontypical", "nonanginal", "asymptomatic"],     # the first of each is the base
          "Thal": ["normal", "fixed", "reversable"]}


def read(path):
    """The complete rows of the table, and how many are not."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    complete = [row for row in rows if "NA" not in row.values()]
    return complete, len(rows) - len(complete)


def design(rows):
    """Names and values of the columns, words one-hot and numbers standardised, and the label: 1 for disease."""
    columns = {}
    for name in (name for name in rows[0] if name != "AHD"):
        if name in LEVELS:
            for level in LEVELS[name][1:]:
                columns[f"{name} {level}"] = np.array([float(row[name] == level) for row in rows])
        else:
            values = np.array([float(row[name]) for row in rows])
            columns[name] = (values - values.mean()) / values.std()
    label = np.array([float(row["AHD"] == "Yes") for row in rows])
    return list(columns), np.column_stack(list(columns.values())), label


def logistic():
    """The loss as a textbook has it, and its parameters."""
    n, d = sd.sizes("n d")
    X, y = sd.array("X", n, d), sd.array("y", n)
    w, b = sd.array("w", d), sd.array("b")
    p = 1 / (1 + sp.exp(-(X @ w + b)))
    return -sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), w, b


def seconds(call):
    """The time of one call: the best of five runs of a hundred."""
    return min(repeat(call, number=100, repeat=5)) / 100


def main():
    rows, incomplete = read(TABLE)
    names, X, y = design(rows)
    print(f"{len(rows)} patients, {len(names)} columns; {incomplete} incomplete rows left out\n")

    loss, w, b = logistic()
    for parameter in (w, b):
        print(f"d loss / d {parameter} = {sd.gradient(loss, parameter)}")

    f = sd.compile(loss, wrt=[w, b])
    print(f"\nrewritten before it was differentiated\n{f.rewrites}\n")
    start = {"w": np.zeros(len(names)), "b": 0.0}
    print(f.check(X=X, y=y, **start))

    flat = f.flat(X=X, y=y)
    near = minimize(flat.fun_and_jac, flat.pack(start), jac=True, hess=flat.hess, method="trust-exact",
                    options={"gtol": 1e-6})
    fit = root(flat.jac, near.x, jac=flat.hess, tol=1e-14)      # the last digits: the loss itself is flat to rounding
    fitted = flat.unpack(fit.x)
    print(f"\nfitted in {near.nit} steps of Newton's method to a gradient of norm {np.linalg.norm(fit.fun):.1e},"
          f" loss {flat.fun(fit.x):.6f}\n")

    errors = np.sqrt(np.diag(np.linalg.inv(flat.hess(fit.x) * len(y))))        # the Hessian is the information
    print(f"{'':24}{'coefficient':>12}{'std. error':>12}{'z':>8}")
    for name, value, error in zip([*names, "intercept"], [*fitted["w"], fitted["b"]],
                                  [*flat.unpack(errors)["w"], flat.unpack(errors)["b"]]):
        print(f"{name:24}{value:12.4f}{error:12.4f}{value / error:8.2f}")
    right = np.mean((X @ fitted["w"] + fitted["b"] > 0) == (y == 1))
    print(f"\n{right:.1%} of the patients are classified rightly")

    tape, values = Tape(loss, [w, b]), {"X": X, "y": y, **fitted}
    interpreted, compiled = seconds(lambda: tape.value_and_grad(values)), seconds(lambda: flat.fun_and_jac(fit.x))
    print(f"value and gradient: interpreted {interpreted*1e6:.0f} µs, compiled {compiled*1e6:.1f} µs,"
          f" {interpreted / compiled:.0f} times faster")


if __name__ == "__main__":
    main()

"""Linear regression three ways: the closed form of its minimum, estimates with standard errors, and descent.

    python examples/regression.py

The model is models/line.toml: how fast the heart of 303 patients beats at most, by their age.  Expect: the textbook's
closed form, derived from the loss, and the same line from all three: about one beat a minute less for each year.
"""
from pathlib import Path

import numpy as np

import symdiff as sd
from codegen.data import arrays_of, read_table

HERE = Path(__file__).parent


def closed(model, data):
    """(slope, intercept) by the closed forms, which are printed."""
    found = sd.stationary(model)
    print("the loss is least where", *(f"  {left} = {right}" for left, right in found.equations), "so", sep="\n")
    for name, form in found.solution.items():
        print(f"  {name} = {form}")
    return sd.compile(list(found.explicit.values()), wrt=[])(data)


def descent(model, data, epochs):
    """(slope, intercept) by gradient descent, with the ages brought to mean 0 and variance 1 on the way."""
    mean, deviation = np.mean(data["x"]), np.std(data["x"])
    found = sd.train(model, {"x": (data["x"] - mean)/deviation, "y": data["y"]}, method="gd", rate=0.1/len(data["x"]),
                     epochs=epochs).parameters
    slope = found["slope"]/deviation
    return slope, found["intercept"] - slope*mean


def main(epochs=200):
    model = sd.load(HERE/"models"/"line.toml")
    data = arrays_of(model.columns, read_table(HERE/"heart.csv")).arrays
    fit = sd.fit(model, data)
    lines = {"closed form": closed(model, data), "sd.fit": tuple(fit.coefficients.values()),
             "descent": descent(model, data, epochs)}
    for name, (slope, intercept) in lines.items():
        print(f"{name:12} slope {slope:.6f}   intercept {intercept:.4f}")
    print(fit)
    return lines


if __name__ == "__main__":
    main()

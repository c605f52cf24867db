"""A lecture's chapter on derivatives, worked anew: two regressions, their tables of steps, and where the slides differ.

    python examples/lecture.py [--format text|markdown|html|latex] [-o FILE]

The slides: Protopapas and Glickman, CS109B Data Science 2, lecture 5, "Review of Neural Networks".
"""
import argparse
import math

import numpy as np

import symdiff as sd
from symdiff.document.blocks import Display, Document, Heading, Listing, Table
from symdiff.document.formulas import Equal, Partial, Times, Value
from symdiff.document.shown import Shown
from symdiff.files import write_file

P = "1/(1 + exp(-W*X))"
L_A, L_B = f"-y*log({P})", f"-(1 - y)*log(1 - {P})"
ONE, NOUGHT = {"X": 3, "y": 1, "W": 3}, {"X": 3, "y": 0, "W": 3}

x, y = (sd.array(name, sd.sizes("n")) for name in "xy")
b0, b1 = sd.array("β₀"), sd.array("β₁")
SQUARES = sd.sum((y - b0 - b1*x)**2)
LINE = {"x": np.array([0.0, 1, 2, 3]), "y": np.array([1.0, 3, 4, 8])}

LOGISTIC = sd.Model("h = β₀ + β₁*X\np = sigmoid(h)", "-y*log(p) - (1 - y)*log(1 - p)",
                    parameters={"β₀": (), "β₁": ()}, data={"X": (), "y": ()})
H = {"X": 3, "β₀": 0, "β₁": 3}
CHAIN = {"loss/p": "-y/p + (1 - y)/(1 - p)", "p/h": "sigmoid(h)*(1 - sigmoid(h))", "h/β₁": "X"}

XI, E = {"ξ₃": 1 + math.exp(-9)}, "exp(-W*X)"

# Printed on the slides: where, the derivative of what, by what, the formula, what is printed, a point, a remark.
CLAIMS = [
    ("squared error", "f", "β₀", SQUARES, 2*sd.sum(y - b0 - b1*x), {**LINE, "β₀": 0, "β₁": 0}, "The root is the same."),
    ("squared error", "f", "β₁", SQUARES, 2*sd.sum((y - b0 - b1*x)*-x), {**LINE, "β₀": 0, "β₁": 0}, ""),
    ("table A, symbols", "ξ₄", "ξ₃", "1/ξ₃", "-1/ξ₃**2", XI, ""),
    ("table A, numbers", "ξ₄", "ξ₃", "1/ξ₃", "(1/ξ₃)**2", XI, "The column beside it has the minus."),
    ("table A, numbers", "ξ₄", "W", P, f"-X*{E}/(1 + {E})**2", {"X": 3, "W": 3}, "It follows."),
    ("table A, numbers", "L_A", "W", L_A, f"y*X*{E}/(1 + {E})", ONE, "It ends as 0.00037018372."),
    ("table A, result", "L_A", "W", L_A, f"-y*X*{E}/(1 + {E})", ONE, "The closed form is right all the same."),
    ("forward mode", "L_A", "ξ₁", "-y*log(1/(1 + exp(ξ₁)))", -3, {"y": 1, "ξ₁": -9},
     "The column headed dL/dξ holds dξ/dW, as forward mode does."),
    ("table B, symbols", "ξ₆", "W", f"log(1 - {P})", f"X*{E}/(1 + {E})", {"X": 3, "W": 3},
     "ξ₆ = log(1 - p) is written as log(1/(1 + exp(-W*X))); this is the derivative of that."),
    ("table B, symbols", "L_B", "ξ₆", "-(1 - y)*ξ₆", "1 - y", {"y": 0, "ξ₆": -9}, ""),
    ("table B, chain", "L_B", "W", L_B, ["1 - y", f"(1 + {E})/{E}", "-1", f"-1/(1 + {E})**2", "1", E, "-X"],
     NOUGHT, ""),
    ("table B, result", "L_B", "W", L_B, f"(1 - y)*X/(1 + {E})", NOUGHT, "The closed form is right all the same."),
    ("chain of p and h", "p", "h", "1/(1 + exp(-h))", "sigmoid(h)*(1 - sigmoid(h))", {"h": 9}, ""),
    ("chain of p and h", "L", "p", LOGISTIC, "-y/p - (1 - y)/(1 - p)", {**H, "y": 0}, ""),
    ("chain of p and h", "L", "β₁", LOGISTIC, "-X*p*(1 - p)*(y/p + (1 - y)/(1 - p))", {**H, "y": 0}, ""),
    ("chain of p and h", "L", "β₀", LOGISTIC, "-p*(1 - p)*(y/p + (1 - y)/(1 - p))", {**H, "y": 0}, ""),
    ("chain of p and h", "L", "β₀", LOGISTIC, 1, {**H, "y": 1}, "∂h/∂β₀ = 1 is meant."),
    ("chain of p and h", "h", "β₀", "β₀ + β₁*X", 1, H, ""),
]


def linear():
    """The squared error, its gradient, where that is zero, and the same for four points by NumPy."""
    yield Display(Equal(("f", SQUARES)))
    for b, form in zip((b0, b1), sd.gradient(SQUARES, [b0, b1])):
        yield Display(Equal((Partial("f", b), form)))
    found = sd.stationary(SQUARES, [b0, b1])
    yield from found.document().blocks[1:]
    fitted = dict(zip((b1, b0), np.polyfit(LINE["x"], LINE["y"], 1)))
    rows = [(b, Value(round(sd.compile(form, wrt=[x])(**LINE), 12)), Value(round(fitted[b], 12)))
            for b, form in found.explicit.items()]
    points = ", ".join(f"({a:g}, {b:g})" for a, b in zip(LINE["x"], LINE["y"]))
    yield Table((f"through {points}", "as above", "by numpy.polyfit"), tuple(rows), (1, 2))


def decimals(number):
    return Value(float(number), 9)


def table(name, formula, at):
    """The lecture's table: variables and derivatives, their values, and what each mode makes of them; exactly, then in
    decimals."""
    forward, backward = [sd.derivation(formula, "W", at, mode, exact=True, name=name)
                         for mode in ("forward", "reverse")]
    headers = ("variable", "derivative", "its value", "value of the derivative", ("forward: ", Partial("ξ", "W", True)),
               ("backward: ", Partial(name, "ξ")))
    for show in (lambda number: number), decimals:
        rows = [(Equal((row.name, row.definition)), Equal((Partial(row.name, edge.by), edge.partial)),
                 *map(show, (row.value, edge.value, row.tangents[0], other.adjoint)))
                for row, other in zip(forward.rows, backward.rows) for edge in row.edges]
        yield Table(headers, tuple(rows), (2, 3, 4, 5))
    (w, form), = backward.closed.items()
    found = backward.gradient["W"]
    yield Display(Equal((Partial(name, w, True), form, found, *([] if found.is_Integer else [decimals(found)]))))


def logistic():
    """The chain of L, p, h and β, what it simplifies to, and each step of it."""
    chain = sd.verify(CHAIN, LOGISTIC, "β₁")
    yield Table(("the chain", "judged"), tuple([(Equal((one.name, one.claimed)), "right" if one.right else "WRONG")
                                                for one in chain.lines]))
    for b, form in zip((b0, b1), sd.gradient(LOGISTIC, [b0, b1])):
        yield Display(Equal((Partial("L", b), Times((Partial("L", "p"), Partial("p", "h"), Partial("h", b))), form)))
    for block in sd.derivation(LOGISTIC, at={**H, "y": 0}).document().blocks:
        yield Heading(block.text, 3) if isinstance(block, Heading) else block


def slides():
    """What is printed, judged: both numbers at a point, and the first fault that `verify` finds."""
    rows = []
    for place, top, bottom, formula, claim, at, remark in CLAIMS:
        found = sd.verify(claim, formula, bottom, at)
        words = (*found.fault.words, " "*bool(remark), remark) if found.fault else remark
        rows.append((place, Equal((Partial(top, bottom), found.claim)), "right" if found else "WRONG",
                     Value(found.at.claimed, 9), Value(found.at.right, 9), words))
    yield Table(("slide", "printed", "", "its value", "right value", "remark"), tuple(rows), (3, 4))


class Chapter(Shown):
    """The chapter, in any form."""

    def document(self):
        parts = [
            ("Linear regression", linear()),
            ("Logistic regression: the part of y = 1", table("L_A", L_A, ONE)),
            ("The part of y = 0, at y = 1, where it is nought", table("L_B", L_B, ONE)),
            ("The part of y = 0, at y = 0", table("L_B", L_B, NOUGHT)),
            ("Backpropagation through p and h", logistic()),
            ("Basic functions", [Listing(sd.derivation(L_A, "W").source())]),
            ("Where the slides differ", slides()),
        ]
        return Document("Derivatives, as the lecture has them",
                        tuple([block for title, blocks in parts for block in (Heading(title), *blocks)]))


def main(arguments=None):
    parser = argparse.ArgumentParser(description="A chapter on derivatives, worked anew.")
    parser.add_argument("--format", choices=("text", "markdown", "html", "latex"), default="text")
    parser.add_argument("-o", dest="output", metavar="FILE", help="write to a file, which must not exist")
    given = parser.parse_args(arguments)
    text = getattr(Chapter(), given.format)()
    if given.output:
        write_file(given.output, text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()

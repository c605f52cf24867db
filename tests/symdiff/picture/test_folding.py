"""Folding: what is drawn as one box, how many boxes are left, and that no folding makes a circle or loses an arrow."""
import random
import re
import subprocess
import sys

import pytest

import symdiff as sd
from symdiff.picture.boxes import drawing
from symdiff.picture.folding import FEW, folded
from symdiff.picture.outline import outline
from symdiff.picture.ranks import neighbours, topological
from symdiff.language import exp, sin, tanh


def deep(count, width=8):
    """A network with so many hidden layers, each one equation."""
    n, d = sd.sizes("n d")
    equations = ["h1 = tanh(X @ W1 + b1)"] + [f"h{k} = tanh(h{k - 1} @ W{k} + b{k})" for k in range(2, count + 1)]
    sizes = {"W1": (d, width), **{f"W{k}": (width, width) for k in range(2, count + 1)}, "v": (width,),
             **{f"b{k}": (width,) for k in range(1, count + 1)}}
    return sd.Model(equations="\n".join([*equations, f"p = sigmoid(h{count} @ v)"]),
                    loss="-mean(y*log(p) + (1 - y)*log(1 - p))", parameters=sizes, data={"X": (n, d), "y": (n,)})


def chain(count):
    """count times sin, times a, plus x."""
    x, a = sd.array("x"), sd.array("a")
    e = x
    for _ in range(count):
        e = sin(e)*a + x
    return e


def tangle(count, seed=0):
    """A scalar graph without a pattern."""
    draw = random.Random(seed)
    made = [sd.array(f"x{k}") for k in range(6)]
    rules = [lambda a, b: a*b, lambda a, b: a + b, lambda a, b: sin(a), lambda a, b: exp(-a), lambda a, b: tanh(a)]
    while len(made) < count:
        made.append(draw.choice(rules)(*draw.sample(made[-9:], 2)))
    return sum(made[-9:-1], made[-1])


def labels(picture):
    """The lines of each box, from the Mermaid text."""
    found = re.findall(r'  n\d+[(\[/]+"([^"]*)"', picture.mermaid)
    return [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label).split("<br>") for label in found]


def heads(picture):
    return [lines[0] for lines in labels(picture)]


def test_a_model_is_folded_by_its_equations():
    found = labels(sd.picture(deep(2), fold=True))
    assert ["h1 = tanh(X @ W1 + b1)", "(n, 8)", "3 steps"] in found
    assert ["h2 = tanh(h1 @ W2 + b2)", "(n, 8)", "3 steps"] in found
    assert [lines[0] for lines in found if "loss" in lines[0]] == ["loss = -mean(y*log(p) + (1 - y)*log(1 - p))"]
    assert len(found) == 4 + 7                                    # h1, h2, p, loss; X, W1, b1, W2, b2, v, y


def test_a_step_that_two_equations_share_belongs_to_the_first():
    model = sd.Model(equations="a = tanh(exp(w*x)) + 1\nb = exp(w*x)*a", loss="b**2", parameters={"w": ()}, data={"x": ()})
    found = sd.picture(model, fold=True)
    assert ["a = tanh(exp(w*x)) + 1", "4 steps"] in labels(found) and "b = exp(w*x)*a" in heads(found)
    at = {head: f"n{k}" for k, head in enumerate(heads(found), 1)}
    assert f"{at['a = tanh(exp(w*x)) + 1']} --> {at['b = exp(w*x)*a']}" in found.mermaid


def test_thirty_layers_are_a_few_boxes():
    found = labels(sd.picture(deep(30)))
    assert ["h2 … h29 = tanh(h1 @ W2 + b2), …", "(n, 8)", "× 28, 3 steps each"] in found
    assert ["W2 … W29", "(8, 8)", "× 28"] in found and ["b2 … b29", "(8,)", "× 28"] in found
    assert len(found) == 5 + 9                                    # h1, the fold, h30, p, loss; W, b (3 each), v, X, y


def test_layers_of_two_equations():
    n, d = sd.sizes("n d")
    lines, sizes = [], {"v": (4,)}
    for k in range(1, 21):
        lines += [f"z{k} = {f'h{k - 1}' if k > 1 else 'X'} @ W{k}", f"h{k} = relu(z{k})"]
        sizes[f"W{k}"] = (4 if k > 1 else d, 4)
    model = sd.Model(equations="\n".join(lines), loss="mean((h20 @ v - y)**2)", parameters=sizes,
                     data={"X": (n, d), "y": (n,)})
    found = labels(sd.picture(model, fold=True))
    assert ["z2 … h19", "(n, 4)", "× 18: matrix product, relu"] in found
    assert ["W2 … W19", "(4, 4)", "× 18"] in found


def test_a_chain_is_folded_by_what_repeats():
    found = sd.picture(chain(300))
    counts = [line for lines in labels(found) for line in lines[1:]]
    assert len(counts) == 1 and re.fullmatch(r"× 29\d: ·, \+, sin", counts[0]) and len(heads(found)) < 20


@pytest.mark.parametrize("seed", range(4))
def test_what_has_no_pattern_is_folded_into_bands(seed):
    found = sd.picture(tangle(600, seed))
    plain = sd.picture(tangle(600, seed), fold=False)
    assert len(heads(found)) <= FEW < 300 < len(heads(plain))
    steps = sum(int(line.split()[0]) for lines in labels(found) for line in lines if re.fullmatch(r"\d+ steps?", line))
    single = [head for head in heads(found) if " = " in head]
    assert steps + len(single) == len([head for head in heads(plain) if " = " in head])


def test_small_ones_are_folded_only_when_asked():
    assert heads(sd.picture(deep(2))) == heads(sd.picture(deep(2), fold=False))
    assert len(heads(sd.picture(deep(2)))) > len(heads(sd.picture(deep(2), fold=True)))


@pytest.mark.parametrize("make, most", [(lambda: deep(12), 40), (lambda: deep(12), 5), (lambda: chain(100), 40),
                                        (lambda: chain(100), 3), (lambda: tangle(400, 1), 40),
                                        (lambda: tangle(400, 2), 10)])
def test_folding_keeps_the_order(make, most):
    """The folded drawing has no circle, and each of its arrows is one of the drawing's, between what its boxes hold."""
    model = make()
    whole = drawing(outline(model), True)
    titles = {box.key: box.body for box in whole.boxes if re.fullmatch(r"h\d+|p|loss", box.key)}
    small = folded(whole, titles, most)
    place = {box.key: k for k, box in enumerate(small.boxes)}
    edges = [(place[arrow.source], place[arrow.target]) for arrow in small.arrows]
    topological(*neighbours(len(small.boxes), edges))             # raises where there is a circle
    assert all(u < v for u, v in edges) and len(set(edges)) == len(edges)
    assert len(place) == len(small.boxes)
    assert sum(count for box in small.boxes for _, count in box.inside) == \
        sum(count for box in whole.boxes for _, count in box.inside)


PROGRAM = """
from tests.symdiff.picture.test_folding import *
from symdiff.picture import diagram
for found in (*map(sd.picture, (deep(3), deep(30), chain(50), tangle(300))), diagram(deep(3))):
    print(found.svg, found.dot, found.mermaid)
"""


@pytest.mark.nightly
def test_the_same_on_every_run(project):
    ran = [subprocess.run([sys.executable, "-c", PROGRAM], cwd=project, capture_output=True, text=True, check=True,
                          env={"PYTHONHASHSEED": seed, "PATH": ""}).stdout for seed in "12"]
    assert ran[0] == ran[1] and len(ran[0]) > 10_000

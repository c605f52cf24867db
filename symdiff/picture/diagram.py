"""A model that is a network of layers goes in; its anatomy comes out, as lectures draw it."""
from functools import partial

import sympy as sp

from ..formulas import parse
from ..language.printing import names
from .anatomy import anatomy
from .drawing import Arrow, Box, Drawing, plain
from .network import network
from .picture import Picture

KIND = {"input": "data", "hidden": "operation", "output": "output"}


def diagram(model, wrt=None):
    """The anatomy of a network: a column of circles for each layer, inputs on the left, the output on the right.

    model  a Model, an expression, or text; a layer is a product of data, or of an earlier layer, with parameters
           (X @ W + b), and a function of it entry by entry, in one equation or in several
    wrt    its parameters, where the model does not say; left out, products and names tell them from data

    Wide layers and deep networks are drawn folded.  In DOT and Mermaid each layer is one box.
    Raises ArgumentError where the model is no network.

    >>> from symdiff.language import Array, sigmoid
    >>> X, W, v = Array("X", 100, 3), Array("W", 3, 16), Array("v", 16)
    >>> diagram(sigmoid(X @ W) @ v)
    <A network of 1 hidden layer: input X (3), hidden (16, sigmoid), output (1).>
    """
    model = parse(model) if isinstance(model, str) else model
    found = network(model, wrt if wrt is None or isinstance(wrt, (list, tuple, sp.Tuple)) else [wrt])
    hidden = len({block.column for block in found.blocks if block.kind == "hidden"})
    title = f"A network of {hidden or 'no'} hidden layer{'' if hidden == 1 else 's'}"
    described = ", ".join([_words(block) for block in found.blocks]) + "."
    return Picture(_boxes(found, title, described), partial(_drawn, found, title, described))


def _drawn(found, title, described, drawing):
    """The SVG; that of boxes is not asked for."""
    return anatomy(found, title, described)


def _words(block):
    name = f" {names.plain(block.name)}" if block.name else ""
    function = f", {block.function}" if block.function else ""
    return f"{block.kind}{name} ({block.size}{function})"


def _boxes(found, title, described):
    """The layers as boxes and arrows."""
    key = {block: str(k) for k, block in enumerate(found.blocks)}
    boxes = [Box(key[block], KIND[block.kind], plain("head", names.plain(block.name) or f"{block.kind} layer"), None,
                 tuple([plain("size", line) for line in (f"{block.size} nodes", block.function) if line]))
             for block in found.blocks]
    arrows = [Arrow(key[link.source], key[link.target],
                    plain("partial", "+" if link.weights is None else ", ".join(map(names.plain, link.weights))))
              for link in found.links]
    return Drawing(title, described, tuple(boxes), tuple(arrows))

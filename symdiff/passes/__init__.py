"""Passes: outputs of a graph go in; outputs of equal value, stable and cheap, come out, with the list of rewrites."""
from .associate import associate
from .fold import fold
from .guard import guard
from .powers import powers, roots
from .stabilise import Rewrite, stabilise

BEFORE = (fold, powers, stabilise, associate, fold)                         # on what was read
AFTER = (fold, guard, powers, stabilise, associate, guard, roots, fold)     # on what `derive` made of it

__all__ = ["AFTER", "BEFORE", "Rewrite", "associate", "fold", "guard", "powers", "roots", "run", "stabilise"]


def run(outputs, passes=BEFORE):
    """(outputs, [Rewrite, …]): the passes in their order, applied to a tuple of nodes."""
    report, outputs = [], tuple(outputs)
    for one in passes:
        result = one(outputs)
        if one is stabilise:
            outputs, fired = result
            report += fired
        else:
            outputs = result
    return outputs, report

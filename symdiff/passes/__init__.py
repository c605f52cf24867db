"""Passes: outputs of a graph go in; outputs of equal value, stable and cheap, come out, with the list of rewrites."""
from .fold import fold
from .stabilise import Rewrite, stabilise

BEFORE = (fold, stabilise, fold)                            # on what was read
AFTER = (fold, stabilise, fold)                             # on what `derive` made of it

__all__ = ["AFTER", "BEFORE", "Rewrite", "fold", "run", "stabilise"]


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

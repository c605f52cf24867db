"""Passes: outputs of a graph go in; outputs of equal value, stable and cheap, come out, with the list of rewrites."""
from ..graph import order, rebuild, same
from ..primitives.scan import SCAN, with_outputs
from .associate import associate
from .checkpoint import checkpoint
from .exactly import exactly
from .fold import fold
from .guard import guard
from .loops import loops
from .powers import powers, roots
from .roll import roll
from .saved import saved
from .stabilise import Rewrite, stabilise
from .steady import steady, unmarked

BEFORE = (loops, fold, powers, stabilise, associate, fold)                                 # on what was read
AFTER = (unmarked, loops, fold, guard, powers, stabilise, associate, guard, roots, fold, saved)      # on what `derive` made of it

__all__ = ["AFTER", "BEFORE", "Rewrite", "associate", "checkpoint", "exactly", "fold", "guard", "loops", "powers",
           "roll", "roots", "run", "saved", "stabilise", "steady", "unmarked"]


def run(outputs, passes=BEFORE):
    """(outputs, [Rewrite, …]): the passes in their order, applied to a tuple of nodes and to the steps of loops."""
    report, outputs = [], tuple(outputs)
    if not any([node.op is SCAN for node in order(outputs)]):
        passes = [one for one in passes if one not in (loops, saved)]                      # only `roll` makes a loop
    for one in passes:
        result = one(outputs)
        if one is loops:
            result = _within_loops(result, passes, report)
        if one is stabilise:
            outputs, fired = result
            report += fired
        else:
            outputs = result
    return outputs, report


def _within_loops(outputs, passes, report):
    """The outputs with the passes applied to the step of every loop."""
    if not any(node.op is SCAN for node in order(outputs)):
        return outputs

    def change(node, inputs):
        node = same(node, inputs)
        if node.op is not SCAN:
            return node
        step, fired = run(node.attributes[0].outputs, passes)
        report.extend(fired)
        return with_outputs(node, step)

    return rebuild(outputs, change)

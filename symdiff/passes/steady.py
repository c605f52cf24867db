"""steady: outputs go in; the same come out, each softmax marked to be differentiated in a form in which nothing cancels.

Needs:    any graph; what is derived from it is `unmarked` before anything else looks at it.
Promises: equal values.  The derivatives cost some operations more for each entry, so gradients, which are as good as
          their formula has it, go without: Jacobians, Hessians and products with vectors are what loses digits.
"""
from ..graph import make, order, rebuild, same
from ..primitives.reduction import LOG_SOFTMAX, SOFTMAX, is_steady
from ..primitives.scan import SCAN, with_outputs

MARK = 1


def steady(outputs):
    """The outputs with every softmax and log_softmax marked, in the steps of loops too."""
    return _changed(outputs, lambda node: node.attributes if is_steady(node) else (*node.attributes, MARK))


def unmarked(outputs):
    """The outputs without marks."""
    return _changed(outputs, lambda node: node.attributes[:1])


def _changed(outputs, attributes):
    if not any(node.op is SOFTMAX or node.op is LOG_SOFTMAX or node.op is SCAN for node in order(outputs)):
        return tuple(outputs)

    def change(node, inputs):
        if node.op is SCAN:
            node = same(node, inputs)
            return with_outputs(node, _changed(node.attributes[0].outputs, attributes))
        marks = node.op is SOFTMAX or node.op is LOG_SOFTMAX
        return make(node.op, inputs, attributes(node)) if marks else same(node, inputs)

    return rebuild(outputs, change)

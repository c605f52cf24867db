"""A graph in, the same sums of products out: a label that one operand alone carries is summed in that operand first.

    Σ_n Σ_i a[k, i, j]·b[n, k, i]    becomes    Σ_i a[k, i, j]·(Σ_n b[n, k, i])
"""
from symdiff.graph import rebuild, same
from symdiff.primitives.contraction import CONTRACT, contract, is_movement


def alone(outputs):
    """The outputs with such sums taken first; equal values but for the rounding of sums, never more multiplications."""
    return rebuild(outputs, _summed_first, (CONTRACT.name,))


def _summed_first(node, inputs):
    if node.op is not CONTRACT or len(inputs) < 2 or is_movement(node):
        return same(node, inputs)
    subs, out, lengths = node.attributes
    length, operands, labels = dict(enumerate(lengths)), list(inputs), list(subs)
    for k, own in enumerate(subs):
        others = set(out).union(*subs[:k], *subs[k + 1:])
        kept = tuple([c for c in own if c in others])
        if len(set(own)) == len(own) > len(kept):
            operands[k], labels[k] = contract([inputs[k]], [own], kept, length), kept
    return contract(operands, labels, out, length) if labels != list(subs) else same(node, inputs)

"""Outputs of a graph go in; outputs of equal value that are shorter to write come out, for print only.

Products are read with labels on their axes, collected, factored, and written in the shortest notation of matrices:

    (1 - y)·sigmoid(z) - y·sigmoid(-z)     becomes    sigmoid(z) - y
    A @ x + A.T @ x                        becomes    (A + A.T) @ x

Needs:    a graph after all passes.
Promises: equal values in exact arithmetic; never longer.  The shorter form may cancel: it is not computed with.
"""
from ..graph import order
from .count import written_length
from .tidying import SMALL, Tidying
from .words import complements, reworded

ROUNDS, MOST_OUTPUTS, LONG = 2, 100, 1000       # rounds; outputs, and nodes, from which one round is enough


def tidy(outputs, typed=()):
    """The outputs in a short form; sums and functions of `typed`, those of the formula itself, stay as they are."""
    outputs, forms, nodes = tuple(outputs), [], len(order(outputs))
    worded = reworded(outputs, tuple(typed))
    for opening in (True, False) if nodes <= SMALL else (False,):
        forms += _rounds(worded, opening, ROUNDS if nodes < LONG and len(outputs) < MOST_OUTPUTS else 1)
    return shortest([*map(complements, forms), outputs])


def _rounds(worded, opening, most):
    """The outputs after each round, the last one first; a round that changes nothing is the last."""
    new, typed = worded
    forms = []
    for _ in range(most):
        before = new
        new, typed = Tidying(new, typed, opening).results()
        forms.insert(0, new)
        if new == before:
            break
    return forms


def shortest(forms):
    """Of equal tuples of outputs, each output in its shortest form, the first of those; of many outputs one tuple."""
    if len(forms) == 1:
        return forms[0]
    if len(forms[0]) > MOST_OUTPUTS:
        return min(forms, key=written_length)
    return tuple([min(one, key=lambda output: written_length((output,))) for one in zip(*forms)])

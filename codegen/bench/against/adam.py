"""A case of training goes in; what every loop of steps needs comes out: the rows of each batch, and the constants."""
import numpy as np

from codegen.train.draws import Draws, permute

BETAS, EPSILON, SEED = (0.9, 0.999), 1e-8, 0


def orders(case):
    """The order of the rows in each epoch, as codegen.train shuffles them: an array (epochs, rows)."""
    order, draws, found = np.arange(case.rows), Draws(SEED), []
    with np.errstate(over="ignore"):
        for _ in range(case.training.epochs):
            permute(order, draws.state)
            found.append(order.copy())
    return np.array(found)


def batches(case):
    """The rows of each step."""
    size = case.training.batch
    return [order[k:k + size] for order in orders(case) for k in range(0, case.rows, size)]

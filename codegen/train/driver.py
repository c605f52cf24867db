"""Addresses of a kernel, its data and its parameters go in; whole epochs of training, by one machine call, come out.

The driver is one function of all models, for each method: it shuffles the order of the rows, copies the rows of a batch
side by side, draws the masks, calls the kernel by its address, moves the parameters and what is kept of the statistics
of batches.  No Python runs between steps, but where several threads share one (codegen.train.shared).
"""
import functools

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from .. import cache
from . import draws, update
from .kept import FIXED, MOMENTUM, PER_ROW
from .move import finite_of, move_by, move_elsewhere

DONE, LOSS, GRADIENT, DIVERGED, INDEX = range(5)                # why a call ended
ROWS, BATCH, SHUFFLE, VECTORS, ENTRIES, CALL, WHOLE, REST, STATUS, PLAN = range(10)         # entries of `plan`
EPOCHS, BATCHES, TAKEN = range(3)                               # entries of `ended`
LIMIT = update.SETTINGS                                         # entry of `settings` after those of the update


@functools.cache
def driver(dtype, method, prepares, draws_masks, keeps, shares):
    """The compiled driver for parameters of a dtype and a method.

    prepares, draws_masks, keeps    does something happen to the gradient before the step (codegen.train.update)?  Are
                                    masks drawn?  Are running statistics kept?
    shares                          do several threads share a step?  Then the move is a function elsewhere
    """
    vector, numbers, whole = types.Array(_ITEM[dtype], 1, "C"), types.float64[::1], types.int64[::1]
    pairs, seeds = types.int64[:, ::1], types.uint64[::1]
    kind = types.int64(whole, pairs, whole, seeds, vector, numbers, numbers, numbers, whole,
                       types.Tuple([vector]*3) if prepares else types.none,
                       types.Tuple([vector, pairs, seeds, seeds]) if draws_masks else types.none,
                       types.Tuple([vector, vector, types.float64[:, ::1]]) if keeps else types.none)

    def named(digest):
        made = epochs_of(_run, _gather, finite_of(dtype), move_elsewhere if shares else move_by(method, dtype),
                         update.prepare if prepares else None,
                         draws.scatter if draws_masks else None, follow if keeps else None)
        made.__name__ = made.__qualname__ = f"epochs_{digest}"
        return made

    return cache.function(f"train.driver {method} {prepares} {draws_masks} {keeps} {shares}", named, kind)


_ITEM = {"float64": types.float64, "float32": types.float32}


def epochs_of(run, gather, finite, move, prepare=None, scatter=None, follow=None):
    """The driver, with these functions; None does nothing.

    run      (address of the kernel, address of its table, place of its status) -> status
    gather   (copies, order, first, count): rows order[first : first + count] of every array side by side
    finite   (address of the table of vectors, entries): is the gradient finite?
    move     (the same): one step of x, and of what the method keeps
    prepare, scatter, follow    those of codegen.train.update, of codegen.train.draws, and below
    """
    permute, advance = draws.permute, update.advance

    def epochs(plan, copies, order, seed, loss, settings, rates, losses, ended, slopes, masks, kept):
        """Runs len(losses) epochs; returns why it ended.

        plan      whole numbers, at the places named above: rows, rows of a batch, …, addresses of kernel and tables
        copies    for each array of rows: where it lies, where the batch's rows go, bytes of a row
        order     the order of the rows, shuffled before each epoch;  seed  the state of its generator
        loss      where the kernel writes it;  settings  those of codegen.train.update, and the limit of the loss
        rates     the learning rate of each step;  losses  the mean loss of each epoch comes here
        ended     comes: epochs and batches behind us in this call, and the steps ever taken
        slopes    (parameters, their gradient, what of each parameter is added to it)
        masks     (the masks of a batch, their `places` and `limits` (Masks), the state of their generator)
        kept      (running statistics, those of the batch as the kernel writes them, their `table` (Kept))
        """
        rows, batch = plan[ROWS], plan[BATCH]
        taken = 0
        for epoch in range(len(losses)):
            if plan[SHUFFLE]:
                permute(order, seed)
            total, first, number = 0.0, 0, 0
            while first < rows:
                count = batch if first + batch <= rows else rows - first
                ended[EPOCHS], ended[BATCHES] = epoch, number
                gather(copies, order, first, count)
                if scatter is not None:                         # Numba leaves out what is not there
                    scatter(masks[0], masks[1], masks[2], count, masks[3])
                slots = plan[WHOLE] if count == batch else plan[REST]
                if run(plan[CALL], slots, plan[STATUS]) != 0:
                    return INDEX
                if not abs(loss[0]) < np.inf:
                    return LOSS
                if not finite(plan[VECTORS], plan[ENTRIES]):
                    return GRADIENT
                if loss[0] > settings[LIMIT]:
                    return DIVERGED
                advance(settings, rates[taken])
                if prepare is not None:
                    prepare(slopes[0], slopes[1], slopes[2], settings)
                move(plan[VECTORS], plan[ENTRIES])
                if follow is not None:
                    follow(kept[0], kept[1], kept[2], count)
                total += loss[0]*count
                first, number, taken = first + count, number + 1, taken + 1
                losses[epoch] = total/rows
                ended[TAKEN] += 1
        ended[EPOCHS], ended[BATCHES] = len(losses), 0
        return DONE

    return epochs


@njit(error_model="numpy")
def follow(kept, fresh, table, rows):
    """Move the running statistics towards those of a batch; a variance of N numbers in its unbiased form."""
    for k in range(kept.size):
        count, found = table[k, PER_ROW]*rows + table[k, FIXED], fresh[k]
        if count != 1.0:                                        # one number has no variance
            if count > 1.0:
                found = found*(count/(count - 1.0))
            kept[k] += table[k, MOMENTUM]*(found - kept[k])


@intrinsic
def _run(typing, kernel, table, status):
    """Call a kernel by its address with a table; its status, which is set back."""
    def generate(context, builder, sig, args):
        whole = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [whole.as_pointer(), *[whole]*4])
        slots, zero = builder.inttoptr(args[1], whole.as_pointer()), ir.Constant(whole, 0)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [slots, ir.Constant(whole, -1), *[zero]*3])
        place = builder.gep(slots, [args[2]])
        found = builder.load(place)
        builder.store(zero, place)
        return found

    return signature(types.int64, kernel, table, status), generate


@intrinsic
def _gather(typing, copies, order, first, count):
    """Copy rows order[first : first + count] of every array side by side."""
    def generate(context, builder, sig, args):
        byte, whole = ir.IntType(8).as_pointer(), ir.IntType(64)
        copies, order = (cgutils.create_struct_proxy(sig.args[k])(context, builder, args[k]) for k in range(2))
        with cgutils.for_range(builder, builder.extract_value(copies.shape, 0)) as line:
            start = builder.gep(copies.data, [builder.mul(line.index, ir.Constant(whole, 3))])
            source, target, size = (builder.load(builder.gep(start, [ir.Constant(whole, k)])) for k in range(3))
            with cgutils.for_range(builder, args[3]) as row:
                number = builder.load(builder.gep(order.data, [builder.add(args[2], row.index)]))
                to, at = builder.mul(row.index, size), builder.mul(number, size)
                cgutils.raw_memcpy(builder, builder.inttoptr(builder.add(target, to), byte),
                                   builder.inttoptr(builder.add(source, at), byte), size, ir.Constant(whole, 1))
        return context.get_dummy_value()

    return signature(types.void, copies, order, first, count), generate

"""Shapes of parameters and a seed go in; the points to start from, as vectors, come out."""
import os

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.models.initial import scales, start_of

from . import weights
from .draws import Draws


def starts(task, given, count, spread, seed):
    """`count` points to start from: the parameters as a vector, and the running statistics as one.

    given   {name: value} of some or all parameters, a file of weights, or a function (number of the start, draws) ->
            such a dict
    spread  how far the others lie from the first, in units of each parameter's own scale

    The first is what was given, else what the model says (Model.start); a parameter without either starts at zero, one
    with two axes or more at random within ±√(6/(a + b)), a and b its last lengths (Glorot and Bengio, 2010), a scale of
    normalised columns at one; of a constrained one the free numbers do.  The others lie around it at random.  Running
    statistics start at values given for them, in every start.
    """
    if type(count) is not int or count < 1:
        raise ArgumentError(f"starts is {count!r}.", do="give a whole number from 1 on.")
    given = weights.load(given) if isinstance(given, (str, os.PathLike)) else given
    draws, made, ones = Draws(seed).child(), [], scales(task.model) if task.model is not None else ()
    for k in range(count):
        values, kept = _parted(task, given(k, draws) if callable(given) else given)
        centre = _centre(task, values, ones, seed)
        here = {}
        for key, (value, scale, known) in centre.items():
            if callable(given) or k == 0 and (known or np.ndim(value) < 2):
                draws.skip(np.size(value))                      # the others' numbers do not depend on what was given
                here[key] = value
            else:
                noise = scale*np.sqrt(3)*(2*draws.uniform(np.size(value)).reshape(np.shape(value)) - 1)
                here[key] = value + (spread if k else 1.0)*noise
        made.append((task.flat.pack(here), task.kept.pack(kept)))
    return made


def _parted(task, given):
    """({name: value} of parameters, the same of running statistics)."""
    given = {} if given is None else given
    if not hasattr(given, "keys"):
        raise ArgumentError(f"a start is given by name, and this is a {type(given).__name__}.",
                            known=", ".join(map(str, task.compiled.wrt)), do='write {"w": np.zeros(3)}.')
    kept = {str(key): value for key, value in given.items() if str(key) in task.statistic_names}
    return {key: value for key, value in given.items() if str(key) not in kept}, kept


def _centre(task, values, ones, seed):
    """{name: (value, scale, was it given)} for every parameter, in the numbers of the search; ones: the names of those
    that start at one."""
    door = task.compiled._door
    given = {str(key) for key in values}
    own = {name: value for name, value in (task.model.start if task.model is not None else {}).items()
           if name not in given}
    sized = {name: value for name, value in own.items() if np.ndim(value)}
    values = {door.key_of(key): value for key, value in task.closed({**sized, **values}).items()}
    unknown = [key for key in values if key not in task.compiled.wrt]
    if unknown:
        raise ArgumentError(f"{unknown[0]} is no parameter, and a start gives values of parameters.",
                            known=", ".join(map(str, task.compiled.wrt)), do=f"give {unknown[0]} among the data.")
    if len(values) == len(task.compiled.wrt):
        task.flat.pack(values)                                  # tells lengths that no data tell
    zeros = np.zeros(task.flat.size)
    if len(sized) < len(own):
        shapes = {str(key): np.shape(value) for key, value in task.parameters(zeros).items()}
        values |= task.closed({name: start_of(value, name, shapes[name], seed) for name, value in own.items()
                               if name not in sized})
    found = {}
    for key, zero in task.flat.unpack(zeros).items():
        value = np.asarray(values.get(key, np.ones_like(zero) if str(key) in ones else zero), float)
        found[key] = value, _scale(np.shape(zero), value), key in values
    return found


def _scale(shape, value):
    """The standard deviation of a parameter drawn at random: Glorot's for matrices, its size for others, at least 1."""
    if len(shape) > 1:
        return np.sqrt(2/max(1, shape[-2] + shape[-1]))
    return np.maximum(1.0, np.abs(value))

"""Settings of a training as a user gives them go in; numbers come out, or an error that names the setting."""
import math

import numpy as np

from symdiff.errors import ArgumentError

from . import methods


def method(given):
    """The name of a method as codegen.train.methods has it."""
    name = str(given).lower()
    name = methods.ALIASES.get(name, name)
    if name not in methods.KNOWN:
        raise ArgumentError(f"{given!r} is no method of training.",
                            known=", ".join(methods.NAMES.get(m, m) for m in methods.KNOWN), do="use one of these.")
    return name


def whole(what, given, otherwise):
    """A whole number from 1 on; `otherwise` where none is given."""
    if given is None:
        return otherwise
    if isinstance(given, bool) or not hasattr(given, "__index__") or int(given) < 1:
        raise ArgumentError(f"{what} is {given!r}.", do="give a whole number from 1 on.")
    return int(given)


def number(what, given):
    """A number from 0 on, as a float."""
    if isinstance(given, (bool, str)) or not hasattr(given, "__float__") or not 0 <= float(given) < math.inf:
        raise ArgumentError(f"{what} is {given!r}.", do="give a number from 0 on.")
    return float(given)


def seed(given):
    """A whole number."""
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise ArgumentError(f"seed is {given!r}.", do="give a whole number.")
    return int(given)


def of_steps(momentum, betas, epsilon, clip_norm, clip_value):
    """The settings of a method's step, in the order of codegen.train.update."""
    return (number("momentum", momentum), *_betas(betas), number("epsilon", epsilon),
            number("clip_norm", clip_norm or 0), number("clip_value", clip_value or 0), 1.0, 1.0)


def _betas(betas):
    try:
        first, second = (float(b) for b in betas)
    except (TypeError, ValueError):
        first = second = math.nan
    if not (0 <= first < 1 and 0 <= second < 1):
        raise ArgumentError(f"betas are {betas!r}.", do="give two numbers from 0 to below 1, such as (0.9, 0.999).")
    return first, second


def decay(task, given):
    """The weight decay of every entry of the parameters, or None."""
    if not given:
        return None
    held = task.coordinates.free if task.coordinates else {}
    if not hasattr(given, "keys"):
        given = {key: given for key in task.compiled.wrt if str(key) not in held.values()}
    constrained = [str(key) for key in given if str(key) in held]
    if constrained:
        raise ArgumentError(f"weight_decay names {constrained[0]}, which has a constraint.",
                            do="leave it out; put a penalty into the loss instead.")
    named = {task.compiled._door.key_of(key): value for key, value in given.items()}
    unknown = [key for key in named if key not in task.compiled.wrt]
    if unknown:
        raise ArgumentError(f"weight_decay names {unknown[0]}, which is no parameter.",
                            known=", ".join(map(str, task.compiled.wrt)), do="name parameters.")
    given = {key: number("weight_decay", named.get(key, 0)) for key in task.compiled.wrt}
    parts = task.flat.unpack(np.zeros(task.flat.size))
    return task.flat.pack({key: np.full(np.shape(part), given[key]) for key, part in parts.items()})

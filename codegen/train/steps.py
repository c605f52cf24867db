"""A model, data and a method go in; a Steps comes out, which takes one step of training each time it is asked."""
import numpy as np

from symdiff.errors import ArgumentError

from . import arguments, methods
from .descent import WORDS
from .driver import DONE
from .machine import Machine
from .starts import starts
from .task import Task

STATE = ("x", "good", "m", "s", "settings", "kept", "ended")     # what a Machine keeps from one step to the next


class Steps:
    """Steps of a method along the gradient of all rows given, one at a time: for what no plan of epochs describes, as
    two models that learn in turn, data made anew for each step, or every step's parameters.

    model, data, start, seed, dtype     as `train` has them; a parameter is what the data give no value to, or, of a
                                        Model or a Compiled function, what it says
    method      "gd", "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam" or "adamw"
    rate, momentum, betas, epsilon, weight_decay, clip_norm, clip_value     as `train` has them

    parameters  {name: value} as they are now;  statistics  the same of the running statistics that the model has
    rate        the learning rate, which may be changed between steps
    taken       how many steps were taken: also those after which an interruption came

    Masks that the model's modes name and the data lack are drawn afresh for every step (symdiff.modes).
    Raises ArgumentError, SizeMismatch, NoDerivative.

    >>> import symdiff as sd
    >>> n = sd.sizes("n")
    >>> x, y, w = sd.array("x", n), sd.array("y", n), sd.array("w")
    >>> descent = Steps(sd.mean((y - w*x)**2), {"x": [1.0, 2.0], "y": [3.0, 6.0]}, method="gd", rate=0.1)
    >>> [(descent.step(), descent.parameters["w"]) for _ in range(2)]
    [(22.5, 1.5), (5.625, 2.25)]
    """

    def __init__(self, model, data, start=None, method="adam", *, rate=None, momentum=0.9, betas=(0.9, 0.999),
                 epsilon=1e-8, weight_decay=0.0, clip_norm=None, clip_value=None, seed=0, dtype="float64"):
        name = arguments.method(method)
        if name not in methods.DESCENT:
            raise ArgumentError(f"{method!r} takes no steps one by one.", known=", ".join(methods.DESCENT),
                                do="use one of these, or sd.train.")
        self.method, self.rate = name, methods.DESCENT[name].rate if rate is None else rate
        arguments.number("rate", self.rate)
        self._settings = arguments.of_steps(momentum, betas, epsilon, clip_norm, clip_value)
        task = _own(Task(model, data, dtype=dtype))
        (begin, kept), = starts(task, start, 1, 1.0, arguments.seed(seed))
        self._decay = arguments.decay(task, weight_decay)
        self._machine = self._made(task)
        self._machine.start(begin, kept, seed)

    @property
    def taken(self):
        """How many steps moved the parameters."""
        return self._machine.taken

    @property
    def parameters(self):
        """{name: value} as they are now: floats and fresh arrays."""
        return self._machine.task.flat.unpack(self._machine.x)

    @property
    def statistics(self):
        """{name: value} of the running statistics, as they are now."""
        return self._machine.task.kept.unpack(self._machine.kept)

    def step(self, data=None, /, **named):
        """One step; the loss before it.

        data    new values of some of the data, in a dict or one by one; the others are those of the step before.  Other
                numbers of rows are welcome

        Raises ArgumentError where the loss or its gradient is no finite number, and says what went bad first; the
        parameters are those before the step then.
        """
        if data is not None and not hasattr(data, "keys"):
            raise ArgumentError(f"data are given by name, and this is a {type(data).__name__}.",
                                do='write step(X=X), or step({"X": X}).')
        self._renew({**(data or {}), **named})
        losses = np.zeros(1)
        why = self._machine.run(np.array([arguments.number("rate", self.rate)]), losses)
        if why != DONE:
            bad = self._machine.task.fault(self._machine.x.astype(float), *self._machine.failing())
            raise ArgumentError(f"{WORDS[why]}, in step {self.taken + 1}.", where=bad.line if bad else None,
                                do="take smaller steps, or look at the data.")
        return float(losses[0])

    def _renew(self, given):
        """New values of data into the place of the old ones; a place of another size where they have one."""
        task = self._machine.task
        given = {task.door.key_of(key): value for key, value in given.items()}
        values = dict(zip(task.door.keys, task.door({**task.data, **given}, {})))
        values = {key: np.asarray(values[key]) for key in given}
        if all(value.shape == task.data[key].shape for key, value in values.items()):
            for key, value in values.items():
                task.data[key][...] = value
            return
        made = _own(Task(task.compiled, {**task.data, **values}))
        made.flat.pack(self.parameters)                         # their sizes are as before, or an error says so
        machine = self._made(made)
        for name in STATE:
            getattr(machine, name)[...] = getattr(self._machine, name)
        machine.luck = self._machine.luck
        self._machine = machine

    def _made(self, task):
        """What takes the steps."""
        return Machine(task, None, methods.DESCENT[self.method].code, self._settings, self._decay, shuffle=False)


def _own(task):
    """The task with data of its own, which may be written into."""
    task.data = {key: np.array(value, task.compiled.dtype) for key, value in task.data.items()}
    return task

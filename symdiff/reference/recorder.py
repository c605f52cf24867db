"""The flat record of the tape: NumPy operations as they are done, played backwards in their own terms, and done again.

Every operation is done once while it is recorded, so shapes are known, and is kept as one step.  A pullback is written
with the same operations, so it becomes steps of the same record, and can be played backwards again: any order.
"""
from functools import partial
from itertools import count

import numpy as np

OPERATIONS = {}
ROUNDS = frozenset("""add sub mul times0 div square sqrt cbrt power exp log expm1 log1p exp2 log2 log10 logaddexp
    log1mexp exprel xlogy sigmoid log_sigmoid softplus swish sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh
    atanh hypot sinc erf erfc erfcx erfinv ndtr log_ndtr lgamma gamma polygamma sum_to sum mean norm logsumexp softmax
    log_softmax recurrence cumsum cumsum_back cumprod prod add_at gather_back einsum matmul solve triangular_solve inv
    det logdet log_abs_det cholesky trace""".split())       # the others choose, compare, move or count


def operation(name, run, *pulls, each=None):
    """Declare: `run(*settings, *arrays)` in NumPy; `pulls[k](g, y, *settings, *args)`: g times d/d args[k].

    A missing or None pullback says that the operation is constant in that argument; `each(k)` makes those of operations
    with any number of arguments.
    """
    OPERATIONS[name] = (run, each or pulls)


class Var:
    """One recorded array.  `steady` ones depend on no input and are never done again."""

    __slots__ = ("record", "name", "settings", "args", "run", "value", "shape", "place", "steady")

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape, dtype=int)))
    __add__ = lambda a, b: do("add", a, b)
    __radd__ = lambda a, b: do("add", a, b)
    __sub__ = lambda a, b: do("sub", a, b)
    __rsub__ = lambda a, b: do("sub", a.record.constant(b), a)
    __mul__ = lambda a, b: do(a.record.product, a, b)
    __rmul__ = lambda a, b: do(a.record.product, a, b)
    __truediv__ = lambda a, b: a.record.quotient(a, b)
    __rtruediv__ = lambda a, b: do("div", a.record.constant(b), a)
    __neg__ = lambda a: do("neg", a)


def do(name, first, *others, settings=()):
    """Record an operation on Vars (numbers among the others become constants)."""
    return first.record.emit(name, (first, *others), settings)


class Record:
    """Steps in the order done.  `guarded`: pullbacks take 0·inf as 0, for expressions with branches (see Tape).

    rounding    what is done to the result of each operation that rounds, when a Program does it again; None for nothing
    """

    def __init__(self, guarded=False):
        self.steps, self.guarded, self.product, self.rounding = [], guarded, "mul", None

    def _var(self, name, settings, args, run, value, steady):
        var = Var()
        var.record, var.name, var.settings, var.args, var.run = self, name, settings, args, run
        var.value, var.shape, var.steady, var.place = value, np.shape(value), steady, None
        if not steady:
            var.place = len(self.steps)
            self.steps.append(var)
        return var

    def constant(self, value):
        """A Var of a number or an array of numbers."""
        return value if type(value) is Var else self._var("constant", (), (), None, plain(value), True)

    def input(self, value):
        """A Var whose value is given anew at each run."""
        return self._var("input", (), (), None, plain(value), False)

    def emit(self, name, args, settings=()):
        """Do an operation now and keep it as a step, unless all its arguments are constants."""
        args = tuple([a if type(a) is Var else self.constant(a) for a in args])
        run = OPERATIONS[name][0]
        if settings:
            run = partial(run, *settings)
        value = run(*[a.value for a in args])
        return self._var(name, settings, args, run, value, all([a.steady for a in args]))

    def quotient(self, a, b):
        """a/b; inside guarded pullbacks 0/0 is 0."""
        return do("div", a, b) if self.product == "mul" else do("times0", a, do("div", self.constant(1.0), b))

    def pull(self, outputs, seeds, wrt):
        """The sums of seeds[k]·d outputs[k] in each Var of wrt, as Vars; zeros where nothing depends."""
        active = {w.place for w in wrt}
        for step in self.steps:
            if any([a.place in active for a in step.args if not a.steady]):
                active.add(step.place)
        cotangent = {}

        def add(var, g):
            if g.shape != var.shape:
                g = fit(g, var.shape)
            seen = cotangent.get(var.place)
            cotangent[var.place] = g if seen is None else do("add", seen, g)

        for output, seed in zip(outputs, seeds):
            if not output.steady and output.place in active:
                add(output, seed)
        self.product = "times0" if self.guarded else "mul"
        for step in reversed(self.steps[:]):
            if step.place in active and step.args and step.place in cotangent:
                g = cotangent.pop(step.place)
                pulls = OPERATIONS[step.name][1]
                for arg, pullback in zip(step.args, map(pulls, count()) if callable(pulls) else pulls):
                    if pullback is not None and not arg.steady and arg.place in active:
                        add(arg, pullback(g, step, *step.settings, *step.args))
        self.product = "mul"
        return [cotangent.get(w.place, self.constant(np.zeros(w.shape))) for w in wrt]


class Program:
    """What the outputs need, as a flat list to be done again on new inputs of the same shapes."""

    def __init__(self, inputs, outputs):
        self.record = inputs[0].record if inputs else Record()
        steps = self.record.steps
        needed = {o.place for o in outputs if not o.steady}
        for step in reversed(steps):
            if step.place in needed:
                needed.update(a.place for a in step.args if not a.steady)
        slot, self.start = {}, []

        def at(var):
            key = id(var) if var.steady else var.place
            if key not in slot:
                slot[key] = len(self.start)
                self.start.append(var.value if var.steady else None)
            return slot[key]

        kept = [step for step in steps if step.place in needed and step.args]
        self.inputs = [at(i) for i in inputs]
        code = [(step.run, step.name in ROUNDS, tuple([at(a) for a in step.args]), at(step)) for step in kept]
        self.outputs = [at(o) for o in outputs]
        held, self.code = {*self.outputs, *(k for k, v in enumerate(self.start) if v is not None)}, []
        for run, rounds, arguments, place in reversed(code):    # each array is let go after its last use
            last = [a for a in set(arguments) if a not in held]
            held.update(last)
            self.code.append((run, rounds, arguments, place, last))
        self.code.reverse()

    def __call__(self, values):
        """The outputs' arrays, for one array per input."""
        slots, rounding = self.start.copy(), self.record.rounding
        for place, value in zip(self.inputs, values):
            slots[place] = value
        with np.errstate(all="ignore"):
            for run, rounds, arguments, place, last in self.code:
                made = run(*[slots[a] for a in arguments])
                slots[place] = made if rounding is None or not rounds else rounding(made)
                for a in last:
                    slots[a] = None
        return [slots[o] for o in self.outputs]


def plain(value):
    """A float64 array, or a NumPy scalar where there are no axes."""
    return np.asarray(value, dtype=np.float64)[()]


def fit(g, shape):
    """A cotangent brought to the shape of what it belongs to: summed over what was stretched, or stretched."""
    if any(a != b and a == 1 for a, b in zip(g.shape[::-1], shape[::-1])) or g.ndim < len(shape):
        wide = np.broadcast_shapes(g.shape, shape)
        g = do("broadcast_to", g, settings=(wide,))
    return g if g.shape == shape else do("sum_to", g, settings=(shape,))

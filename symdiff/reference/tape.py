"""The tape: raw expressions and values in; values, gradients, Jacobians, Hessians and products by plain NumPy out.

It computes as typed and stabilises nothing.  An expression is walked once for each set of shapes; what NumPy did is
kept as a flat list and done again on each call.  Where the expression has branches, pullbacks take 0·inf as 0, so that a
branch not taken has no say.  A 1×1 matrix counts as a scalar.
"""
import math
from functools import cached_property

import numpy as np
import sympy as sp

from ..errors import ArgumentError, NoDerivative
from .elementwise import BRANCHING
from .reading import Reader, evaluate, lengths_of, limits, name_of, parts_of
from .recorder import Program, Record, plain
from .words import WORDS


TAKING = ("take", "gather")


class Tape:
    """An expression, a list of them or a Model, and what it is differentiated by; built once, run many times.

    rounding    what is done to the result of each operation that rounds, array -> array: to see how much that matters

    >>> x = sp.Symbol("x")
    >>> value, gradient = Tape(sp.sin(x)*x, [x]).value_and_grad({"x": 2.0})
    >>> round(float(gradient["x"]), 12) == round(float(np.sin(2) + 2*np.cos(2)), 12)
    True
    """

    def __init__(self, expression, wrt=None):
        self.equations, self.outputs, self.single = parts_of(expression)
        if wrt is None:
            wrt = getattr(expression, "parameters", ())
        self.wrt = [key(w) for w in (wrt if isinstance(wrt, (list, tuple, dict)) else [wrt])]
        self.limits = limits([e for _, e in self.equations] + self.outputs)         # a trace is for one value of each
        self.traces, self.rounding = {}, None

    def trace(self, values):
        """The recording for these values' shapes, and the values in its order."""
        given = {key(n): plain(v) for n, v in values.items()}
        missing = [w for w in self.wrt if w not in given]
        if missing:
            raise ArgumentError(f"{', '.join(missing)} has no value.", known=", ".join(given), do="give it by name.")
        shapes = tuple([(n, float(v) if n in self.limits else v.shape) for n, v in given.items()])
        if shapes not in self.traces:
            self.traces[shapes] = Trace(self, given)
        self.traces[shapes].record.rounding = self.rounding
        return self.traces[shapes], [given[n] for n in self.traces[shapes].names]

    def positions(self, values):
        """Names of the inputs that decide which entry of an array is taken."""
        trace, _ = self.trace(values)
        found = set()
        for step in reversed(trace.record.steps):
            if step.place in found or step.name in TAKING:
                found.update(a.place for a in (step.args if step.place in found else step.args[1:]) if not a.steady)
        return [name for name, var in zip(trace.names, trace.inputs) if var.place in found]

    def value(self, values):
        """The value: a float or an array; a tuple for a list of expressions."""
        trace, arrays = self.trace(values)
        return self.given_back(trace.value(arrays))

    def given_back(self, results):
        return results[0] if self.single else tuple(results)

    def value_and_grad(self, values):
        """(value, {name: array})."""
        trace, arrays = self.trace(values)
        trace.must_be_scalar()
        value, *gradients = trace.value_and_grad(arrays)
        return value, dict(zip(self.wrt, gradients))

    def gradient(self, values):
        """{name: array}."""
        return self.value_and_grad(values)[1]

    def vjp(self, cotangents, values):
        """{name: array}: the cotangent (one per expression of a list) times the Jacobian."""
        trace, arrays = self.trace(values)
        cotangents = [cotangents] if self.single else cotangents
        return dict(zip(self.wrt, trace.vjp(arrays + [plain(c) for c in cotangents])))

    def jvp(self, vectors, values):
        """The Jacobian times {name: array}; a name that is missing does not move."""
        trace, arrays = self.trace(values)
        return self.given_back(trace.jvp(arrays + trace.directions(vectors)))

    def hvp(self, vectors, values):
        """{name: array}: the Hessian times {name: array}."""
        trace, arrays = self.trace(values)
        trace.must_be_scalar()
        return dict(zip(self.wrt, trace.hvp(arrays + trace.directions(vectors))))

    def jacobian(self, values):
        """{name: array of the value's shape followed by the name's}; a tuple of them for a list of expressions."""
        trace, arrays = self.trace(values)
        columns = sum(v.size for v in trace.wrt) < sum(o.size for o in trace.outputs)
        rows = trace.by_columns(arrays) if columns else trace.by_rows(arrays)
        return self.given_back([dict(zip(self.wrt, row)) for row in rows])

    def hessian(self, values):
        """{(name, name): array}: sizes of the first followed by those of the second."""
        trace, arrays = self.trace(values)
        trace.must_be_scalar()
        blocks = {(a, b): np.zeros(u.shape + v.shape)
                  for a, u in zip(self.wrt, trace.wrt) for b, v in zip(self.wrt, trace.wrt)}
        for b, v in zip(self.wrt, trace.wrt):
            for i in np.ndindex(v.shape):
                for a, column in zip(self.wrt, trace.hvp(arrays + trace.directions({b: unit(v.shape, i)}))):
                    blocks[a, b][(..., *i)] = column
        return blocks


def key(name):
    """The name that a value is given by."""
    return name if isinstance(name, str) else name_of(name)


def unit(shape, i):
    """Zeros with 1 at i."""
    e = np.zeros(shape)
    e[i] = 1.0
    return plain(e)


class Trace:
    """One recording, for one set of shapes; its programs are made when first asked for."""

    def __init__(self, tape, given):
        self.names, self.wrt_names = list(given), tape.wrt
        with np.errstate(all="ignore"):
            self.record_steps(tape, given)
            if any(step.name in BRANCHING for step in self.record.steps):
                self.record.guarded = True

    def record_steps(self, tape, given):
        self.record = Record()
        self.inputs = [self.record.input(v) for v in given.values()]
        at = dict(zip(given, self.inputs))
        bound = lengths_of(tape.equations, tape.outputs, given)
        reader = Reader(WORDS, self.number, at, bound)
        self.outputs = evaluate(reader, tape.equations, tape.outputs)
        self.wrt = [at[w] for w in tape.wrt]

    def number(self, x):
        """A SymPy number, or an array, as a constant."""
        return self.record.constant(x if isinstance(x, np.ndarray) else nearest(x))

    def must_be_scalar(self):
        if len(self.outputs) != 1 or self.outputs[0].size != 1:
            raise NoDerivative(f"a gradient is of one number; this has the shape {self.outputs[0].shape}.",
                               do="take the jacobian, or sum it.")

    def directions(self, vectors):
        """One array per name of wrt."""
        given = {key(n): plain(v) for n, v in vectors.items()}
        return [given.get(n, np.zeros(v.shape)[()]) for n, v in zip(self.wrt_names, self.wrt)]

    def more_inputs(self, like):
        return [self.record.input(np.ones(v.shape)) for v in like]

    @cached_property
    def value(self):
        return Program(self.inputs, self.outputs)

    @cached_property
    def gradient(self):
        with np.errstate(all="ignore"):
            ones = [self.record.constant(np.ones(o.shape)) for o in self.outputs]
            return self.record.pull(self.outputs, ones, self.wrt)

    @cached_property
    def value_and_grad(self):
        return Program(self.inputs, self.outputs + self.gradient)

    @cached_property
    def pulled(self):
        """(cotangents, their products with the Jacobian)."""
        with np.errstate(all="ignore"):
            seeds = self.more_inputs(self.outputs)
            return seeds, self.record.pull(self.outputs, seeds, self.wrt)

    @cached_property
    def vjp(self):
        seeds, results = self.pulled
        return Program(self.inputs + seeds, results)

    @cached_property
    def jvp(self):
        """The pullback is linear in its seeds: its own pullback in them is the product from the other side."""
        seeds, results = self.pulled
        with np.errstate(all="ignore"):
            vectors = self.more_inputs(self.wrt)
            return Program(self.inputs + vectors, self.record.pull(results, vectors, seeds))

    @cached_property
    def hvp(self):
        gradient = self.gradient
        with np.errstate(all="ignore"):
            vectors = self.more_inputs(self.wrt)
            return Program(self.inputs + vectors, self.record.pull(gradient, vectors, self.wrt))

    def by_rows(self, arrays):
        """The Jacobian, one pullback for each entry of the outputs."""
        zeros = [np.zeros(o.shape)[()] for o in self.outputs]
        rows = [[np.zeros(o.shape + w.shape) for w in self.wrt] for o in self.outputs]
        for k, output in enumerate(self.outputs):
            for i in np.ndindex(output.shape):
                seeds = zeros[:k] + [unit(output.shape, i)] + zeros[k + 1:]
                for row, g in zip(rows[k], self.vjp(arrays + seeds)):
                    row[i] = g
        return rows

    def by_columns(self, arrays):
        """The Jacobian, one push for each entry of wrt."""
        rows = [[np.zeros(o.shape + w.shape) for w in self.wrt] for o in self.outputs]
        for k, (name, w) in enumerate(zip(self.wrt_names, self.wrt)):
            for i in np.ndindex(w.shape):
                for row, column in zip(rows, self.jvp(arrays + self.directions({name: unit(w.shape, i)}))):
                    row[k][(..., *i)] = column
        return rows


CONSTANTS = {sp.pi: np.pi, sp.E: np.e, sp.EulerGamma: np.euler_gamma, sp.GoldenRatio: (1 + 5**0.5)/2,
             sp.Catalan: 0.915965594177219, sp.oo: np.inf, -sp.oo: -np.inf, sp.nan: np.nan, sp.true: 1.0, sp.false: 0.0}


def nearest(x):
    """The float64 nearest to a SymPy number."""
    if x in CONSTANTS:
        return CONSTANTS[x]
    try:
        return x.p/x.q if x.is_Rational else float(x)
    except OverflowError:                               # an integer under a logarithm: the oracle has it
        return math.inf if x > 0 else -math.inf


def value(expression, values):
    """The value of an expression, a list of them, or a Model's loss."""
    return Tape(expression, ()).value(values)


def value_and_grad(expression, wrt, values):
    """(value, {name: gradient})."""
    return Tape(expression, wrt).value_and_grad(values)


def gradient(expression, wrt, values):
    """{name: gradient}."""
    return Tape(expression, wrt).gradient(values)


def jacobian(expression, wrt, values):
    """{name: Jacobian}, sizes of the value followed by those of the name."""
    return Tape(expression, wrt).jacobian(values)


def hessian(expression, wrt, values):
    """{(name, name): Hessian block}."""
    return Tape(expression, wrt).hessian(values)


def jvp(expression, wrt, vectors, values):
    """The Jacobian times {name: vector}."""
    return Tape(expression, wrt).jvp(vectors, values)


def vjp(expression, wrt, cotangent, values):
    """{name: cotangent times the Jacobian}."""
    return Tape(expression, wrt).vjp(cotangent, values)


def hvp(expression, wrt, vectors, values):
    """{name: the Hessian times {name: vector}}."""
    return Tape(expression, wrt).hvp(vectors, values)

"""A compiled function and its data go in; functions of one float64 vector, as SciPy's optimisers want them, come out.

The parameters lie one behind the other in the vector, in the order of wrt, each in C order.  Data are bound once.
A call copies the vector into a buffer whose parts are the parameters: its cost hardly grows with their number.
"""
from collections import deque
from math import prod

import numpy as np
import sympy as sp

from symdiff.errors import ArgumentError, NoDerivative, SizeMismatch
from symdiff.evaluate import bind_sizes
from symdiff.lengths import bind, product, symbols

from .execute import refill
from .fastcall import ONE, TUPLE, Quick, fast_verb
from .frontdoor import Door, converted
from .kinds import upper
from .named import Named

_FLOAT = np.dtype(np.float64)


VERBS = {"value": "fun", "grad": "jac", "value_and_grad": "fun_and_jac", "jac": "jac", "hess": "hess", "hvp": "hessp"}


class Flat(Quick):
    """Functions of one vector.

    size         how many numbers the vector holds
    pack(dict)   {name: value} as a vector            unpack(x)    the vector as {name: value}
    fun(x)       the value                            jac(x)       its gradient (a matrix where the value is a vector)
    fun_and_jac(x)                                    hess(x)      its Hessian
    hessp(x, p)  its Hessian times p

    A length that no data tell is told by `pack`, or by the length of x where it alone is unknown.
    """

    def __init__(self, compiled, nodes, wrt, keys, data, sizes):
        Quick.__init__(self)
        self._compiled, self._nodes, self._wrt, self._keys, self._data = compiled, nodes, wrt, keys, data
        if not compiled._problem.single:
            raise NoDerivative("a function of one vector has one value, and this was compiled from a list.",
                               do="compile the one expression.")
        self._door = Door(wrt, keys, {s: k for s, k in compiled._door.symbols.items() if k in keys}, compiled.dtype)
        self._scalar, self._value_sizes = not sizes, sizes
        shapes = {n.attributes[0]: (n.sizes, np.shape(a)) for n, a in data.items()}
        self._known = bind_sizes(shapes)
        self._parts = self._shape = None
        if not self._unknown():
            self._settle()

    def __reduce__(self):
        keys = dict(zip(self._compiled.nodes, self._compiled.inputs))
        return _restored, (self._compiled, {keys[n]: a for n, a in self._data.items()},
                           self._known if self._parts is not None else None)

    # -- the layout ----------------------------------------------------------------------------------------------

    def _unknown(self):
        return [s for s in symbols([length for w in self._wrt for length in w.sizes]) if s not in self._known]

    def _settle(self):
        """Where each parameter lies: (start, stop, shape), now that all lengths are known."""
        self._parts, start = [], 0
        for w in self._wrt:
            shape = tuple([bind(length, self._known) for length in w.sizes])
            self._parts.append((start, start + prod(shape), shape))
            start += prod(shape)
        self._shape = (start,)
        self._free = {kind: deque() for kind in VERBS}

    @property
    def size(self):
        """How many numbers the vector holds."""
        if self._parts is None:
            raise ArgumentError(f"no data tell the size {self._unknown()[0]} of the parameters.",
                                do="call pack first, with values of the parameters.")
        return self._shape[0]

    def pack(self, values=None, /, **named):
        """The vector of some values of the parameters."""
        arrays = self._door(values, named)
        shapes = {n.attributes[0]: (n.sizes, np.shape(a)) for n, a in (*self._data.items(), *zip(self._wrt, arrays))}
        known = bind_sizes(shapes)
        if self._parts is None:
            self._known = known
            self._settle()
        elif known != {**known, **self._known}:
            self._disagrees(known)
        return np.concatenate([np.zeros(0), *[np.ravel(a) for a in arrays]]).astype(_FLOAT, copy=False)

    def _disagrees(self, known):
        other = next(s for s, n in self._known.items() if known.get(s, n) != n)
        raise SizeMismatch(f"the size {other} was {self._known[other]} before, and is {known[other]} now.",
                           do="make another flat for other sizes.")

    def unpack(self, x):
        """{name: value} of a vector: floats and fresh arrays."""
        x = self._vector(x)
        return Named((key, x[start:stop].reshape(shape).copy() if shape else float(x[start]))
                     for key, (start, stop, shape) in zip(self._keys, self._parts))

    def _vector(self, x):
        """The vector as float64, of the right length."""
        x = converted(x, "x", (sp.Symbol("size"),), _FLOAT)
        if self._parts is None:
            self._solve(len(x))
        if x.shape != self._shape:
            raise SizeMismatch(f"the vector has {len(x)} entries, and the parameters {self._shape[0]}.",
                               where=", ".join(f"{k} {shape}" for k, (_, _, shape) in zip(self._keys, self._parts)),
                               do="make it by pack, or by np.zeros(flat.size).")
        return x

    def _solve(self, length):
        """The one unknown length from that of the vector."""
        unknown = self._unknown()
        total = sum(product(w.sizes) for w in self._wrt)
        if len(unknown) == 1 and total.is_polynomial(unknown[0]):
            poly = total.xreplace({s: n for s, n in self._known.items()}).as_poly(unknown[0])
            if poly.degree() == 1:
                a, c = (int(v) for v in poly.all_coeffs())
                if length >= c and (length - c) % a == 0:
                    self._known = {**self._known, unknown[0]: (length - c)//a}
                    self._settle()
                    return
        raise ArgumentError(f"no data tell the size {unknown[0]} of the parameters.",
                            do="call pack first, with values of the parameters.")

    # -- calls ---------------------------------------------------------------------------------------------------

    def _call(self, kind, x, p=None):
        """(results, state) of a call; the state goes back to those at rest."""
        if type(x) is not np.ndarray or x.dtype is not _FLOAT or x.shape != self._shape:
            x = self._vector(x)
        try:
            state = self._free[kind].pop()
        except IndexError:
            state = _State(self, kind)
        self.often(VERBS[kind], lambda: self._planned(kind, state))
        return state.call(x, p), state

    def _planned(self, kind, state):
        """(FastCall, form of its results) of a verb; None where the vector does not go into the machine code as it is."""
        several = len(self._parts) > 1
        if self._compiled.dtype != "float64" or several and (kind == "hess" or not self._scalar):
            return None
        call = self._compiled.runner(kind).fastcall(state.arrays)
        if call is None:
            return None
        own, count, (size,) = dict(zip(self._wrt, self._parts)), len(self._nodes), self._shape
        for k, node in enumerate(self._nodes):
            if node not in own:
                call.set(k, np.asarray(state.arrays[k], _FLOAT))
        bytes_of = {node: start*_FLOAT.itemsize for node, (start, _, _) in own.items()}
        call.take_vector(size, {k: bytes_of[node] for k, node in enumerate(self._nodes) if node in own})
        if kind == "hvp":
            call.take_vector(size, dict(enumerate([bytes_of[node] for node in self._wrt], count)))
        rows = () if self._scalar else (prod(self._value_shape()),)
        if kind in ("value", "value_and_grad"):
            call.give(0, shape=rows)
        if kind in ("jac", "hess"):
            call.give(0, shape=(*rows, size) if kind == "jac" else (size, size))
        elif kind != "value":
            call.give_vector(size, dict(enumerate([bytes_of[node] for node in self._wrt], kind == "value_and_grad")))
        return call, TUPLE if kind == "value_and_grad" else ONE

    def _value_shape(self):
        return [bind(length, self._known) for length in self._value_sizes]

    @fast_verb
    def fun(self, x):
        """The value: a float, or a vector."""
        (value,), state = self._call("value", x)
        if self._scalar:
            value = float(value)
        self._free["value"].append(state)
        return value if self._scalar else np.ravel(value)

    @fast_verb
    def fun_and_jac(self, x):
        """(value, gradient), as minimize(…, jac=True) wants them."""
        if not self._scalar:
            return self.fun(x), self.jac(x)
        results, state = self._call("value_and_grad", x)
        value, gradient = float(results[0]), state.fresh()
        self._free["value_and_grad"].append(state)
        return value, gradient

    @fast_verb
    def jac(self, x):
        """The gradient as a vector; for a value of m entries the matrix of m rows."""
        if not self._scalar:
            return self._matrix(x)
        _, state = self._call("grad", x)
        gradient = state.fresh()
        self._free["grad"].append(state)
        return gradient

    def _matrix(self, x):
        blocks, state = self._call("jac", x)
        self._free["jac"].append(state)
        rows = prod(self._value_shape())
        return np.concatenate([np.zeros((rows, 0)), *[np.reshape(b, (rows, stop - start))
                                                      for b, (start, stop, _) in zip(blocks, self._parts)]], axis=1)

    @fast_verb
    def hess(self, x):
        """The Hessian as one symmetric matrix."""
        blocks, state = self._call("hess", x)
        self._free["hess"].append(state)
        whole = np.empty(2*self._shape)
        for (i, j), block in zip(upper(len(self._parts)), blocks):
            (a, b, _), (c, d, _) = self._parts[i], self._parts[j]
            block = np.reshape(block, (b - a, d - c))
            whole[a:b, c:d] = block
            if i != j:
                whole[c:d, a:b] = block.T
        return whole

    @fast_verb
    def hessp(self, x, p):
        """The Hessian times a vector."""
        x = self._vector(x)
        _, state = self._call("hvp", x, self._vector(p))
        product_ = state.fresh()
        self._free["hvp"].append(state)
        return product_


def _restored(compiled, data, known):
    """A Flat as it was when it was pickled; `known` are the lengths of a settled layout."""
    flat = compiled.flat(data)
    if known is not None and flat._parts is None:
        flat._known = known
        flat._settle()
    return flat


class _State:
    """Buffers of one call in flight.

    x, g    the vector and the result, whose parts are passed to the machine
    given   (place in `arrays`, place in x) of the scalar parameters
    found   (place in the results, place in g) of the scalar results
    fresh   a copy of the result as float64
    fixed   where one thread does everything and the value has no axes: the call on this memory; `cells` has the value
    kept    the result of the last call, where it is so large that copies take long: parts of the caller's vector and of
            the result itself are passed then; else None
    """

    def __init__(self, flat, kind):
        dtype, parts = flat._compiled.dtype, flat._parts
        self.x, self.g = np.zeros(flat._shape, dtype), np.zeros(flat._shape, dtype)
        self.fresh = self.g.copy if self.g.dtype == _FLOAT else lambda: self.g.astype(_FLOAT)
        own = dict(zip(flat._wrt, range(len(parts))))
        views = _views(self.x, parts)
        self.arrays = [views[own[n]] if n in own else flat._data[n] for n in flat._nodes]
        self.given = [(k, parts[own[n]][0]) for k, n in enumerate(flat._nodes) if n in own and not n.sizes]
        self.out, self.found, self._parts = None, [], parts
        if kind == "hvp":
            self.p = np.zeros(flat._shape, dtype)
            self.arrays += _views(self.p, parts)
        if kind in ("grad", "value_and_grad", "hvp"):
            lead = (None,) if kind == "value_and_grad" else ()
            self.out = lead + tuple([view if view.ndim else None for view in _views(self.g, parts)])
            self.found = [(k, start) for k, (start, _, shape) in enumerate(parts, len(lead)) if not shape]
        self.run = flat._compiled.runner(kind).at(self.arrays)
        self.fixed = self.cells = self.kept = None
        if self.out is not None and dtype == _FLOAT and getattr(self.run, "large", False):
            self.kept, self.fresh = [], lambda: self.kept[0]
            self._own = [(k, parts[own[n]]) for k, n in enumerate(flat._nodes) if n in own]
            self._new = lambda: np.empty(flat._shape)
        elif flat._scalar and kind in ("value", "grad", "value_and_grad", "hvp") and getattr(self.run, "serial", False):
            self._fix(own, flat._nodes, kind)

    def _fix(self, own, nodes, kind):
        """The call on this memory, where scalars, too, are entries of the vectors."""
        arrays, value = list(self.arrays), np.zeros((), self.x.dtype)
        for k, n in enumerate(nodes):
            if n in own:
                arrays[k] = _view(self.x, self._parts[own[n]])
            elif not n.sizes:
                arrays[k] = np.array(arrays[k], self.x.dtype)
        if kind == "hvp":
            arrays[len(nodes):] = [_view(self.p, part) for part in self._parts]
        out = [value]*(kind in ("value", "value_and_grad"))
        out += [_view(self.g, part) for part in self._parts]*(kind != "value")
        self.fixed, self.cells = self.run.fixed(arrays, out).run, (value,)

    def call(self, x, p=None):
        """The results at x; those that go into g are there."""
        if self.kept is not None:
            return self._in_place(x, p)
        self.x[:] = x
        if self.fixed is not None:
            if p is not None:
                self.p[:] = p
            self.fixed()
            return self.cells
        for k, place in self.given:
            self.arrays[k] = x.item(place)
        if p is not None:
            self.turn(p)
        results = self.run(self.arrays, self.out)
        for k, place in self.found:
            self.g[place] = results[k]
        return results

    def _in_place(self, x, p):
        """The results at x; those that are parts of the vector are in `kept`."""
        arrays, count = list(self.arrays), len(self._parts)
        x, p = (one if one is None or one.flags.carray else np.array(one) for one in (x, p))
        for k, part in self._own:
            arrays[k] = _view(x, part) if part[2] else x.item(part[0])
        if p is not None:
            arrays[-count:] = [view if view.ndim else view.item() for view in _views(p, self._parts)]
        g, = refill(self.kept, [self._new])
        out = [None]*(len(self.out) - count) + [view if view.ndim else None for view in _views(g, self._parts)]
        results = self.run(arrays, out)
        for k, place in self.found:
            g[place] = results[k]
        return results

    def turn(self, p):
        """Put the direction of a product in its place."""
        self.p[:] = p
        first = len(self.arrays) - len(self._parts)
        for k, (start, _, shape) in enumerate(self._parts, first):
            if not shape:
                self.arrays[k] = p.item(start)


def _views(vector, parts):
    return [_view(vector, part) for part in parts]


def _view(vector, part):
    start, stop, shape = part
    return vector[start:stop].reshape(shape)

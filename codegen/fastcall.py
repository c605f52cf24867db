"""A bound kernel, what goes in and the form of what comes out go in; a built-in function that does the whole call past
Python comes out.

It is the same call as the one it stands for, and it knows no error: whatever is not as it was when the function was
made (a name, a type, a shape, a second call while one is under way) goes to the Python function that it stands for.
"""
import functools
import inspect
import sys

import numpy as np

from symdiff.lengths import bind

from . import builtin, team
from .emit.llvm.code import DOUBLE, FLOAT
from .emit.llvm.fastcall import BY_NAME, ONE, ONE_AND_BY_NAME, TUPLE, emit_fastcall
from .loops import Call, Fill, Map, Rows, Steps
from .named import Named
from .unnamed import by_name, without_names

__all__ = ["BY_NAME", "ONE", "ONE_AND_BY_NAME", "TUPLE", "FastCall", "Quick", "fast_verb"]

TIMES = 16                      # calls after which a function is called often enough to be given a quick way in
LONGEST = 128                   # items and results of a call: more are not worth it
SHORT_WORK = 20_000             # entries, about: a kernel of less work does not let other threads run meanwhile



def fast_verb(slow):
    """A method that hands its call to the built-in function that was made for it (see `often`), if there is one."""
    name = slow.__name__

    @functools.wraps(slow)
    def verb(self, /, *given, **named):
        fast = self.fast.get(name)
        try:
            return slow(self, *given, **named) if fast is None else fast(*given, **named)
        except TypeError as error:
            refusal = without_names(slow, len(given), self)
            if refusal is None:
                raise
            raise refusal from error

    verb.slow = by_name(slow)
    return verb


class Quick:
    """An object with methods that are called often: each is made quick in time, see `often`.

    fast   {method: the built-in function that stands for it}
    """

    def __init__(self):
        self.fast, self._left, self._wait = {}, {}, {}

    def often(self, method, plan):
        """Count a call of a method, one of `fast_verb`; when they are many, give it its built-in function.

        plan   a function of no arguments that gives (a FastCall, the form of its results), or None where there is none

        Calls that the function does not take still come here; when they are many, it is made anew.
        """
        left = self._left[method] = self._left.get(method, TIMES) - 1
        if left:
            return
        self._wait[method] = self._left[method] = 2*self._wait.get(method, TIMES)
        planned = plan()
        made = planned and planned[0].built(getattr(type(self), method), self, planned[1])
        if made is not None:
            if self.__dict__.get(method) is self.fast.get(method):      # nobody has put another in its place
                self.__dict__[method] = made
            self.fast[method] = made


class FastCall:
    """A call being planned: what is taken and what is given is said in order, then `built` makes the function.

    bound   the kernel for given shapes (codegen.execute).  Where several threads run it, the function takes a call only
            when the helpers are there, or while the team (codegen.team) lets it be done alone
    hidden  how many outputs at the end tell whether the others are right; the last of them is 0 where they are
    """

    def __init__(self, bound, hidden=0):
        self._bound, self._state = bound, bound.state()
        self._groups, self._items, self._arrays, self._results = [], [], [], []
        self._alive, self._inputs = [bound, self._state], {}
        slots = bound.layout.buffers
        for b, k in zip([b for b in bound.layout.program.buffers if b.kind == "input"], bound.order):
            self._inputs.setdefault(k, []).append(slots[b])
        self._outputs = [slots[b] for b in bound.outputs]
        self._suspect = self._cell(self._outputs[-1]) if hidden else 0
        for slot, shape in [*zip(self._outputs, bound.shapes)][len(self._outputs) - hidden:]:
            if shape:
                self._hold(slot, np.zeros(shape, bound.dtype))

    def take(self, inputs, keys=None):
        """One positional argument: a dict of some inputs, {k: shape}, by their keys, or the one input itself."""
        self._groups.append(-1 if keys is None else len(keys))
        for (k, shape), key in zip(inputs.items(), [None] if keys is None else keys, strict=True):
            slots = self._inputs.get(k, ())
            places = [(self._entry(slot) if shape else self._cell(slot), 0) for slot in slots]
            self._items.append((key, shape or None, places))

    def take_vector(self, size, inputs):
        """One positional argument: a vector, parts of which are inputs, {k: bytes from its start}."""
        self._groups.append(-1)
        places = [(self._entry(slot), start) for k, start in inputs.items() for slot in self._inputs.get(k, ())]
        self._items.append((None, (size,), places))

    def set(self, k, array):
        """Input k is this array in every call."""
        for slot in self._inputs.get(k, ()):
            self._hold(slot, array)

    def give(self, k, key=None, shape=None):
        """Output k under a key: a float, or a fresh array, which may be given another shape of as many entries."""
        slot, shape = self._outputs[k], self._bound.shapes[k] if shape is None else shape
        if shape:
            self._results.append((key, 0, len(self._arrays)))
            self._arrays.append((shape, [(self._entry(slot), 0)]))
        else:
            self._results.append((key, self._cell(slot), 0))

    def give_vector(self, size, outputs):
        """One fresh vector, parts of which are outputs, {k: bytes from its start}."""
        self._results.append((None, 0, len(self._arrays)))
        self._arrays.append(((size,), [(self._entry(self._outputs[k]), start) for k, start in outputs.items()]))

    def built(self, verb, owner, form):
        """The function that stands for a verb (see fast_verb) of its owner; None where there can be none."""
        numpy = builtin.numpy_functions()
        if numpy is None or max(len(self._items), len(self._results)) > LONGEST \
                or not all([key is None or type(key) is str for key, *_ in self._items]):
            return None
        otherwise = verb.slow.__get__(owner)
        code = builtin.machine_code("fastcall", emit_fastcall, DOUBLE if self._bound.dtype == np.float64 else FLOAT)
        return builtin.function(self._words(numpy, otherwise, form), code, verb.__name__, _doc(verb),
                                (self._alive, otherwise), owner)

    # -- inside --------------------------------------------------------------------------------------------------

    def _entry(self, slot):
        """The address of an entry of the table."""
        return self._state.address + 8*slot

    def _cell(self, slot):
        """The address of a scalar, which the table holds."""
        return int(self._state.table[slot])

    def _hold(self, slot, array):
        self._state.table[slot] = array.ctypes.data
        self._alive.append(array)

    def _put(self, words):
        """The address of some words."""
        made = np.array([*words], np.int64)
        self._alive.append(made)
        return made.ctypes.data

    def _address_of(self, key):
        """The address of a name, the one object that Python keeps of it, or of another key; 0 for none."""
        if key is None:
            return 0
        key = sys.intern(key) if type(key) is str else key
        self._alive.append(key)
        return id(key)

    def _words(self, numpy, otherwise, form):
        """The plan's words, as codegen.emit.llvm.fastcall reads them."""
        bound, state = self._bound, self._state

        def record_of(key, shape, places):
            return (self._address_of(key), -1 if shape is None else len(shape), self._put(shape or ()),
                    self._put([word for place in places for word in place]), len(places))

        items = [record_of(*one) for one in self._items]
        arrays = [record_of(None, *one) for one in self._arrays]
        results = [(self._address_of(key), cell, place) for key, cell, place in self._results]
        code = (bound.kernel, state.address) if state.team is None else (state.team.lead, state.team.address)
        words = [*code, self._entry(bound.layout.status), self._suspect,
                 work(bound.layout.program.statements, bound.sizes) > SHORT_WORK, False, id(otherwise),
                 self._put(self._groups), len(self._groups)]
        for records in (items, arrays, results):
            words += [self._put([word for one in records for word in one]), len(records)]
        dtype = bound.dtype
        self._alive.append(dtype)
        missed = 0 if state.team is None or bound.rhythm is None else bound.rhythm.missed.ctypes.data
        helpers = bound.kernel, state.address, team.serving, state.team.helpers if state.team else 0, missed
        return [*words, *helpers, form, id(Named), id(dict), id(np.ndarray), id(float), id(np.float64), id(dtype),
                numpy[builtin.NEW_FROM_DESCR]]


def _doc(verb):
    """The signature and the docstring of a method, in the form that `inspect` reads of built-in functions."""
    given = str(inspect.signature(verb)).replace("(self", "($self")
    return f"{verb.__name__}{given}\n--\n\n{inspect.getdoc(verb) or ''}"


def work(statements, sizes):
    """Numbers that some statements read, about."""
    total = 0
    for s in statements:
        each = 1
        for axis in (*getattr(s, "axes", ()), *getattr(s, "reduce", ())):
            each *= bind(axis.extent, sizes)
        if isinstance(s, Rows):
            each = work(s.body, sizes)
        elif isinstance(s, Steps):
            each = work(s.body, sizes)*bind(s.axis.extent, sizes)
        elif isinstance(s, Map):
            each *= len(s.body)
        elif isinstance(s, Fill):
            each = _entries(s.buffer, sizes)
        elif isinstance(s, Call):                               # of a matrix of n², n³
            each = max([_entries(b, sizes) for b in (*s.inputs, *s.outputs)], default=0)**1.5
        total += each
    return total


def _entries(buffer, sizes):
    total = 1
    for length in buffer.shape:
        total *= bind(length, sizes)
    return total

"""Nothing goes in but the type of numbers; a function that Python calls, PyObject* (self, args, count, names), comes out.

It is the quick way into a kernel: values are found by name, looked at, and the kernel is called with their addresses;
fresh results are put together, all as the plan in `self` says (codegen.fastcall makes it).  It knows no error: where
anything is not as the plan expects, it leaves everything as it was and calls the function that stands in the plan
for that, with what it was given itself.
"""
from contextlib import contextmanager

from llvmlite import ir
from numba.core import cgutils

from .code import BOOL, DOUBLE, INT

# Entries of a plan.  `items`, `arrays`, … are addresses of their records.
KERNEL, TABLE, STATUS, SUSPECT, RELEASE, BUSY, OTHERWISE, GROUPS, GROUP_COUNT, ITEMS, ITEM_COUNT, ARRAYS, ARRAY_COUNT, \
    RESULTS, RESULT_COUNT, FORM, NAMED, DICT_TYPE, ARRAY_TYPE, FLOAT_TYPE, FLOAT64_TYPE, DTYPE, NEW_ARRAY = range(23)
HEADER = 23
ONE, TUPLE, BY_NAME, ONE_AND_BY_NAME = range(4)                 # forms of results

# Records.  A group is one positional argument: how many items it holds by name, or -1 where it is the item itself.
ITEM, KEY, AXES, SHAPE, PLACES, PLACE_COUNT = 5, 0, 1, 2, 3, 4          # of what goes in; AXES is -1 for a float
ARRAY = 5                                                               # of a fresh array: the same without KEY
PLACE = 2                       # (address of the table's entry, bytes from the array's start), (address of a cell, 0)
RESULT, RESULT_KEY, CELL, FRESH = 3, 0, 1, 2                            # CELL is 0 where it is the fresh array FRESH

# Bytes from the start of an object to its fields, as compilers put them into every extension of NumPy.
TYPE, DATA, NDIM, DIMS, DESCR, FLAGS = 8, 16, 24, 32, 56, 64
READY = 0x101                   # C-contiguous and aligned

_CALLS = {                      # the result, then the arguments: object, number, double, int, nothing
    "Py_IncRef": "vo", "Py_DecRef": "vo", "PyErr_Clear": "v", "PyDict_Size": "no", "PyDict_GetItemWithError": "ooo",
    "PyDict_SetItem": "iooo", "PyTuple_Size": "no", "PyTuple_GetItem": "oon", "PyTuple_New": "on",
    "PyTuple_SetItem": "iono", "PyFloat_AsDouble": "do", "PyFloat_FromDouble": "od", "PyObject_CallNoArgs": "oo",
    "PyObject_Vectorcall": "ooono", "PyEval_SaveThread": "o", "PyEval_RestoreThread": "vo",
}
_SHORT = ir.IntType(32)
_KINDS = {"o": ir.IntType(8).as_pointer(), "n": INT, "d": DOUBLE, "i": _SHORT, "v": ir.VoidType()}
_KERNEL = ir.FunctionType(ir.VoidType(), [INT]*5)
_NEW = ir.FunctionType(INT, [INT, INT, _SHORT, INT, INT, INT, _SHORT, INT])


def emit_fastcall(module, name, itemtype):
    """Add the function to a module; it."""
    function = ir.Function(module, ir.FunctionType(INT, [INT]*4), name)
    function.linkage = "internal"
    code = _Code(function, itemtype)
    code.collect()
    code.take()
    code.make()
    code.run()
    code.give()
    code.otherwise()
    return function


class _Code:
    """The function being written.  All addresses are integers; whatever is not as expected goes to `other`."""

    def __init__(self, function, itemtype):
        self.b = b = ir.IRBuilder(function.append_basic_block("entry"))
        self.self_, self.args, self.count, self.names = function.args
        self.itemtype, self.other = itemtype, function.append_basic_block("otherwise")
        self.plan = self.load(self.add(self.self_, DATA))
        self.objects, self.fresh, self.found = [
            b.ptrtoint(b.alloca(INT, self.entry(k)), INT) for k in (ITEM_COUNT, ARRAY_COUNT, RESULT_COUNT)]
        self.held, self.made, self.got, self.whole = [cgutils.alloca_once(b, INT) for _ in range(4)]
        for counter in (self.held, self.made, self.got, self.whole):
            b.store(self.int(0), counter)

    # -- the words it is written in ------------------------------------------------------------------------------

    def int(self, value):
        return ir.Constant(INT, value)

    def add(self, a, b):
        return self.b.add(a, self.int(b) if type(b) is int else b)

    def load(self, address, kind=INT):
        return self.b.load(self.b.inttoptr(address, kind.as_pointer()))

    def store(self, value, address):
        self.b.store(value, self.b.inttoptr(address, value.type.as_pointer()))

    def entry(self, k):
        """Entry k of the plan."""
        return self.load(self.add(self.plan, 8*k))

    def at(self, base, k, words=1):
        """The address of record k of those that start at base."""
        return self.add(base, self.b.mul(k, self.int(8*words)))

    def field(self, record, k):
        return self.load(self.add(record, 8*k))

    def same(self, a, b):
        return self.b.icmp_signed("==", a, self.int(b) if type(b) is int else b)

    def need(self, condition):
        """Go on only where this holds."""
        go_on = self.b.append_basic_block("go_on")
        self.b.cbranch(condition, go_on, self.other).set_weights([99, 1])
        self.b.position_at_end(go_on)

    @contextmanager
    def each(self, count):
        """A loop over 0 … count-1."""
        with cgutils.for_range(self.b, count) as loop:
            yield loop.index

    def call(self, name, *values):
        """A call of Python's own."""
        result, *kinds = (_KINDS[letter] for letter in _CALLS[name])
        made = cgutils.get_or_insert_function(self.b.module, ir.FunctionType(result, kinds), name)
        values = [self.b.inttoptr(v, kind) if kind is _KINDS["o"] else v for v, kind in zip(values, kinds)]
        found = self.b.call(made, values)
        return self.b.ptrtoint(found, INT) if result is _KINDS["o"] else found

    def push(self, value, array, counter):
        """Put an object at the end of an array; its reference is ours from now on."""
        k = self.b.load(counter)
        self.store(value, self.at(array, k))
        self.b.store(self.add(k, 1), counter)

    def release(self, array, counter):
        """Give up the objects of an array."""
        with self.each(self.b.load(counter)) as k:
            self.call("Py_DecRef", self.load(self.at(array, k)))

    # -- what it does --------------------------------------------------------------------------------------------

    def collect(self):
        """The objects given, in the order of the items: held, since another thread may let go of them meanwhile."""
        b, items = self.b, self.entry(ITEMS)
        self.need(self.same(self.entry(BUSY), 0))
        given = cgutils.alloca_once(b, INT)
        b.store(self.int(0), given)
        with b.if_then(b.icmp_signed("!=", self.names, self.int(0))):
            b.store(self.call("PyTuple_Size", self.names), given)
        named = b.load(given)
        by_name = b.icmp_signed("!=", named, self.int(0))
        self.need(self.same(self.add(self.count, b.zext(by_name, INT)), self.entry(GROUP_COUNT)))
        groups = self.entry(GROUPS)
        with self.each(self.count) as k:
            size, value = self.load(self.at(groups, k)), self.load(self.at(self.args, k))
            with b.if_else(b.icmp_signed("<", size, self.int(0))) as (itself, together):
                with itself:
                    self._hold(value)
                with together:
                    self.need(self.same(self.load(self.add(value, TYPE)), self.entry(DICT_TYPE)))
                    self.need(self.same(self.call("PyDict_Size", value), size))
                    with self.each(size):
                        key = self.field(self.at(items, b.load(self.held), ITEM), KEY)
                        one = self.call("PyDict_GetItemWithError", value, key)
                        self.need(b.icmp_signed("!=", one, self.int(0)))
                        self._hold(one)
        with b.if_then(by_name):
            self.need(self.same(self.load(self.at(groups, self.count)), named))
            with self.each(named) as k:
                self._hold(self._named(self.field(self.at(items, b.load(self.held), ITEM), KEY), k, named))

    def _hold(self, value):
        self.call("Py_IncRef", value)
        self.push(value, self.objects, self.held)

    def _named(self, key, first, count):
        """The argument of a name: names stand in the plan's order as a rule, so the search starts at `first`."""
        b, (place, left) = self.b, [cgutils.alloca_once(self.b, INT) for _ in range(2)]
        b.store(first, place)
        b.store(count, left)
        look, next_, done = (b.append_basic_block(word) for word in ("look", "next", "done"))
        b.branch(look)
        b.position_at_end(look)
        k = b.load(place)
        b.cbranch(self.same(self.call("PyTuple_GetItem", self.names, k), key), done, next_)
        b.position_at_end(next_)
        b.store(b.select(self.same(self.add(k, 1), count), self.int(0), self.add(k, 1)), place)
        b.store(self.add(b.load(left), -1), left)
        self.need(b.icmp_signed(">", b.load(left), self.int(0)))
        b.branch(look)
        b.position_at_end(done)
        return self.load(self.at(self.args, self.add(self.count, k)))

    def take(self):
        """Look at each item; its address, or its number, goes where the kernel finds it."""
        b, items, ready = self.b, self.entry(ITEMS), self.int(READY)
        kinds = [self.entry(k) for k in (FLOAT_TYPE, FLOAT64_TYPE, ARRAY_TYPE, DTYPE)]
        with self.each(self.entry(ITEM_COUNT)) as k:
            item, value = self.at(items, k, ITEM), self.load(self.at(self.objects, k))
            kind, axes = self.load(self.add(value, TYPE)), self.field(item, AXES)
            with b.if_else(b.icmp_signed("<", axes, self.int(0))) as (number, array):
                with number:
                    self.need(b.or_(self.same(kind, kinds[0]), self.same(kind, kinds[1])))
                    x = self.call("PyFloat_AsDouble", value)
                    x = x if self.itemtype is DOUBLE else b.fptrunc(x, self.itemtype)
                    with self._places(item) as (cell, _):
                        self.store(x, cell)
                with array:
                    self.need(self.same(kind, kinds[2]))
                    self.need(self.same(self.load(self.add(value, DESCR)), kinds[3]))
                    self.need(self.same(b.sext(self.load(self.add(value, NDIM), _SHORT), INT), axes))
                    flags = b.sext(self.load(self.add(value, FLAGS), _SHORT), INT)
                    self.need(self.same(b.and_(flags, ready), READY))
                    shape, wanted = self.load(self.add(value, DIMS)), self.field(item, SHAPE)
                    with self.each(axes) as axis:
                        self.need(self.same(self.load(self.at(shape, axis)), self.load(self.at(wanted, axis))))
                    self._point(item, value)

    @contextmanager
    def _places(self, item):
        places = self.field(item, PLACES)
        with self.each(self.field(item, PLACE_COUNT)) as k:
            place = self.at(places, k, PLACE)
            yield self.field(place, 0), self.field(place, 1)

    def _point(self, item, value):
        """Write where an array's parts lie."""
        data = self.load(self.add(value, DATA))
        with self._places(item) as (slot, offset):
            self.store(self.add(data, offset), slot)

    def make(self):
        """Fresh arrays for the results."""
        b, arrays, kind, dtype = self.b, self.entry(ARRAYS), self.entry(ARRAY_TYPE), self.entry(DTYPE)
        new, zero = b.inttoptr(self.entry(NEW_ARRAY), _NEW.as_pointer()), self.int(0)
        with self.each(self.entry(ARRAY_COUNT)) as k:
            array = self.at(arrays, k, ARRAY)
            self.call("Py_IncRef", dtype)
            axes = b.trunc(self.field(array, AXES), _SHORT)
            value = b.call(new, [kind, dtype, axes, self.field(array, SHAPE), zero, zero, ir.Constant(_SHORT, 0), zero])
            self.need(b.icmp_signed("!=", value, zero))
            self.push(value, self.fresh, self.made)
            self._point(array, value)

    def run(self):
        """Call the kernel, other threads running meanwhile where it takes long; go on where it went well."""
        b, zero, one = self.b, self.int(0), self.int(1)
        kernel = b.inttoptr(self.entry(KERNEL), _KERNEL.as_pointer())
        words = [self.entry(TABLE), self.int(-1), zero, zero, zero]
        with b.if_else(self.same(self.entry(RELEASE), 0)) as (alone, beside):
            with alone:
                b.call(kernel, words)
            with beside:
                busy = self.add(self.plan, 8*BUSY)
                self.store(one, busy)
                thread = self.call("PyEval_SaveThread")
                b.call(kernel, words)
                self.call("PyEval_RestoreThread", thread)
                self.store(zero, busy)
        status = self.entry(STATUS)
        went = self.same(self.load(status), 0)
        self.store(zero, status)
        self.need(went)
        suspect = self.entry(SUSPECT)
        with b.if_then(b.icmp_signed("!=", suspect, zero)):
            found = self.load(suspect, self.itemtype)
            self.need(b.fcmp_ordered("==", found, ir.Constant(self.itemtype, 0)))

    def give(self):
        """Put the results together and return them."""
        b, zero, results, count = self.b, self.int(0), self.entry(RESULTS), self.entry(RESULT_COUNT)
        with self.each(count) as k:
            result = self.at(results, k, RESULT)
            cell = self.field(result, CELL)
            with b.if_else(self.same(cell, 0)) as (array, number):
                with array:
                    value = self.load(self.at(self.fresh, self.field(result, FRESH)))
                    self.call("Py_IncRef", value)
                    self.push(value, self.found, self.got)
                with number:
                    x = self.load(cell, self.itemtype)
                    value = self.call("PyFloat_FromDouble", x if self.itemtype is DOUBLE else b.fpext(x, DOUBLE))
                    self.need(b.icmp_signed("!=", value, zero))
                    self.push(value, self.found, self.got)
        form = self.entry(FORM)
        first = self.load(self.found)
        with b.if_then(self.same(form, ONE)):
            self._return(first)
        with b.if_then(self.same(form, TUPLE)):
            whole = self.call("PyTuple_New", count)
            self.need(b.icmp_signed("!=", whole, zero))
            with self.each(count) as k:
                self.call("PyTuple_SetItem", whole, k, self.load(self.at(self.found, k)))
            self._return(whole)
        lead = b.zext(self.same(form, ONE_AND_BY_NAME), INT)
        named = self.call("PyObject_CallNoArgs", self.entry(NAMED))
        self.need(b.icmp_signed("!=", named, zero))
        b.store(named, self.whole)
        with self.each(b.sub(count, lead)) as j:
            k = self.add(j, lead)
            key, value = self.field(self.at(results, k, RESULT), RESULT_KEY), self.load(self.at(self.found, k))
            done = self.call("PyDict_SetItem", named, key, value)
            self.need(b.icmp_signed("==", done, ir.Constant(_SHORT, 0)))
        both = cgutils.alloca_once(b, INT)
        b.store(zero, both)
        with b.if_then(self.same(form, ONE_AND_BY_NAME)):
            pair = self.call("PyTuple_New", self.int(2))
            self.need(b.icmp_signed("!=", pair, zero))
            self.call("Py_IncRef", first)
            self.call("PyTuple_SetItem", pair, zero, first)
            self.call("PyTuple_SetItem", pair, self.int(1), named)
            b.store(pair, both)
        self.release(self.found, self.got)
        self._return(b.select(self.same(b.load(both), 0), named, b.load(both)))

    def _return(self, value):
        self.release(self.fresh, self.made)
        self.release(self.objects, self.held)
        self.b.ret(value)

    def otherwise(self):
        """Let go of everything, and call the other function."""
        b = self.b
        b.position_at_end(self.other)
        for array, counter in ((self.found, self.got), (self.fresh, self.made), (self.objects, self.held)):
            self.release(array, counter)
        self.call("Py_DecRef", b.load(self.whole))
        self.call("PyErr_Clear")
        b.ret(self.call("PyObject_Vectorcall", self.entry(OTHERWISE), self.args, self.count, self.names))

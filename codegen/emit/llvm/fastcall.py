"""Nothing goes in but the type of numbers; a function that Python calls, PyObject* (self, args, count, names), comes out.

It is the quick way into a kernel: values are found by name, looked at, and the kernel is called with their addresses;
fresh results are put together, all as the plan in `self` says (codegen.fastcall makes it).  It knows no error: where
anything is not as the plan expects, it leaves everything as it was and calls the function that stands in the plan
for that, with what it was given itself.
"""
from contextlib import contextmanager

from llvmlite import ir

from .code import DOUBLE, INT
from .python import DATA, DESCR, DIMS, FLAGS, KERNEL_KIND, NDIM, READY, SHORT, TYPE, PythonCode

# Entries of a plan.  `items`, `arrays`, … are addresses of their records.
KERNEL, TABLE, STATUS, SUSPECT, RELEASE, BUSY, OTHERWISE, GROUPS, GROUP_COUNT, ITEMS, ITEM_COUNT, ARRAYS, ARRAY_COUNT, \
    RESULTS, RESULT_COUNT, ALONE, ALONE_TABLE, SERVING, HELPERS, MISSED, FORM, NAMED, DICT_TYPE, ARRAY_TYPE, FLOAT_TYPE, FLOAT64_TYPE, DTYPE, \
    NEW_ARRAY = range(28)
PATIENT = 4                     # calls in a row that are done alone where helpers are missing: the next one asks for them
ONE, TUPLE, BY_NAME, ONE_AND_BY_NAME = range(4)                 # forms of results

# Records.  A group is one positional argument: how many items it holds by name, or -1 where it is the item itself.
ITEM, KEY, AXES, SHAPE, PLACES, PLACE_COUNT = 5, 0, 1, 2, 3, 4          # of what goes in; AXES is -1 for a float
ARRAY = 5                                                               # of a fresh array: the same without KEY
PLACE = 2                       # (address of the table's entry, bytes from the array's start), (address of a cell, 0)
RESULT, RESULT_KEY, CELL, FRESH = 3, 0, 1, 2                            # CELL is 0 where it is the fresh array FRESH

_NEW = ir.FunctionType(INT, [INT, INT, SHORT, INT, INT, INT, SHORT, INT])


def emit_fastcall(module, name, itemtype):
    """Add the function to a module."""
    code = _FastCall(module, name, itemtype)
    code.collect()
    code.take()
    code.make()
    code.run()
    code.give()
    code.otherwise()


class _FastCall(PythonCode):
    """The function being written."""

    def __init__(self, module, name, itemtype):
        super().__init__(module, name)
        b, self.itemtype = self.b, itemtype
        self.objects, self.fresh, self.found = [
            b.ptrtoint(b.alloca(INT, self.entry(k)), INT) for k in (ITEM_COUNT, ARRAY_COUNT, RESULT_COUNT)]
        self.held, self.made, self.got, self.whole = [self.slot(self.int(0)) for _ in range(4)]

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
        with b.if_then(self.helpers_missing()):
            missed = self.entry(MISSED)
            self.need(b.icmp_signed("!=", missed, self.int(0)))
            count = self.load(missed)
            self.need(b.icmp_signed("<", count, self.int(PATIENT)))
            self.store(self.add(count, 1), missed)
        given = self.slot(self.int(0))
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

    def helpers_missing(self):
        return self.b.icmp_signed("<", self.load(self.entry(SERVING)), self.entry(HELPERS))

    def _hold(self, value):
        self.call("Py_IncRef", value)
        self.push(value, self.objects, self.held)

    def _named(self, key, first, count):
        """The argument of a name: names stand in the plan's order as a rule, so the search starts at `first`."""
        b, place, left = self.b, self.slot(first), self.slot(count)
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
                    with self._places(item) as (cell, _):
                        self.store(self.as_item(x, self.itemtype), cell)
                with array:
                    self.need(self.same(kind, kinds[2]))
                    self.need(self.same(self.load(self.add(value, DESCR)), kinds[3]))
                    self.need(self.same(b.sext(self.load(self.add(value, NDIM), SHORT), INT), axes))
                    flags = b.sext(self.load(self.add(value, FLAGS), SHORT), INT)
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
            axes = b.trunc(self.field(array, AXES), SHORT)
            value = b.call(new, [kind, dtype, axes, self.field(array, SHAPE), zero, zero, ir.Constant(SHORT, 0), zero])
            self.need(b.icmp_signed("!=", value, zero))
            self.push(value, self.fresh, self.made)
            self._point(array, value)

    def run(self):
        """Call the kernel, other threads running meanwhile where it takes long; go on where it went well."""
        b, zero, one = self.b, self.int(0), self.int(1)
        missing = self.helpers_missing()
        kernel, table = [b.select(missing, self.entry(alone), self.entry(shared))
                         for alone, shared in ((ALONE, KERNEL), (ALONE_TABLE, TABLE))]
        kernel, words = b.inttoptr(kernel, KERNEL_KIND.as_pointer()), [table, self.int(-1), zero, zero, zero]
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
            self.need(b.icmp_signed("==", done, ir.Constant(SHORT, 0)))
        both = self.slot(zero)
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

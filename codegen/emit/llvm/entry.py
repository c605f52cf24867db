"""Nothing goes in but the type of numbers; a function that Python calls comes out: entry(table, phase, low, high,
worker, arrays) -> status.

It writes into a kernel's table where the arrays lie, and numbers into their cells, and runs a phase of the kernel while
other threads run, all as the plan in `self` says (codegen.entry makes it).  Where anything is not as the plan expects,
it calls the function that stands in the plan for that, with what it was given itself.
"""
from .code import INT
from .python import DATA, DESCR, FLAGS, KERNEL_KIND, NDIM, READY, SHORT, TYPE, PythonCode

# Entries of a plan; `ITEMS` is the address of COUNT records.
KERNEL, STATUS, OTHERWISE, TUPLE_TYPE, ARRAY_TYPE, DTYPE, ITEMS, COUNT = range(8)
ITEM, SLOT, AXES = 2, 0, 1      # a record: the table's entry, in bytes from its start; axes, -1 for a number

TABLE, PHASE, LOW, HIGH, WORKER, ARRAYS, ARGUMENTS = range(7)


def emit_entry(module, name, itemtype):
    """Add the function to a module."""
    code = PythonCode(module, name)
    b, zero = code.b, code.int(0)
    code.need(code.same(code.count, ARGUMENTS))
    arrays = code.load(code.at(code.args, code.int(ARRAYS)))
    code.need(code.same(code.load(code.add(arrays, TYPE)), code.entry(TUPLE_TYPE)))
    count = code.entry(COUNT)
    code.need(code.same(code.call("PyTuple_Size", arrays), count))
    words = [code.call("PyLong_AsLongLong", code.load(code.at(code.args, code.int(k)))) for k in range(ARRAYS)]
    code.need(code.same(code.call("PyErr_Occurred"), 0))        # a number that is none: the other function says so
    table, items = words[TABLE], code.entry(ITEMS)
    array_type, dtype, ready = code.entry(ARRAY_TYPE), code.entry(DTYPE), code.int(READY)
    with code.each(count) as k:
        item, value = code.at(items, k, ITEM), code.call("PyTuple_GetItem", arrays, k)
        slot, axes = code.add(table, code.field(item, SLOT)), code.field(item, AXES)
        with b.if_else(b.icmp_signed("<", axes, zero)) as (number, array):
            with number:
                code.store(code.as_item(code.call("PyFloat_AsDouble", value), itemtype), code.load(slot))
            with array:
                code.need(code.same(code.load(code.add(value, TYPE)), array_type))
                code.need(code.same(code.load(code.add(value, DESCR)), dtype))
                code.need(code.same(b.sext(code.load(code.add(value, NDIM), SHORT), INT), axes))
                flags = b.sext(code.load(code.add(value, FLAGS), SHORT), INT)
                code.need(code.same(b.and_(flags, ready), READY))
                code.store(code.load(code.add(value, DATA)), slot)
    code.need(code.same(code.call("PyErr_Occurred"), 0))
    kernel = b.inttoptr(code.entry(KERNEL), KERNEL_KIND.as_pointer())
    thread = code.call("PyEval_SaveThread")
    b.call(kernel, words)
    code.call("PyEval_RestoreThread", thread)
    b.ret(code.call("PyLong_FromLongLong", code.load(code.add(table, code.entry(STATUS)))))
    b.position_at_end(code.other)
    code.call("PyErr_Clear")
    b.ret(code.call("PyObject_Vectorcall", code.entry(OTHERWISE), code.args, code.count, code.names))

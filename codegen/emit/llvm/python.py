"""A function of Python's own kind is written here, PyObject* (self, args, count, names): the words that such functions
are written in.  All addresses are whole numbers.
"""
from contextlib import contextmanager

from llvmlite import ir

from codegen.vectormath.llvm_ops import counted, declared

from .code import DOUBLE, INT

# Bytes from the start of an object to its fields, as compilers put them into every extension of NumPy.
TYPE, DATA, NDIM, DIMS, DESCR, FLAGS = 8, 16, 24, 32, 56, 64
READY = 0x101                   # C-contiguous and aligned

_CALLS = {                      # the result, then the arguments: object, number, double, int, nothing
    "Py_IncRef": "vo", "Py_DecRef": "vo", "PyErr_Clear": "v", "PyErr_Occurred": "o", "PyDict_Size": "no",
    "PyDict_GetItemWithError": "ooo", "PyDict_SetItem": "iooo", "PyTuple_Size": "no", "PyTuple_GetItem": "oon",
    "PyTuple_New": "on", "PyTuple_SetItem": "iono", "PyFloat_AsDouble": "do", "PyFloat_FromDouble": "od",
    "PyLong_AsLongLong": "no", "PyLong_FromLongLong": "on", "PyObject_CallNoArgs": "oo", "PyObject_Vectorcall": "ooono",
    "PyEval_SaveThread": "o", "PyEval_RestoreThread": "vo",
}
SHORT = ir.IntType(32)
_KINDS = {"o": ir.IntType(8).as_pointer(), "n": INT, "d": DOUBLE, "i": SHORT, "v": ir.VoidType()}
FUNCTION = ir.FunctionType(INT, [INT]*4)
KERNEL_KIND = ir.FunctionType(ir.VoidType(), [INT]*5)


class PythonCode:
    """The function being written; `self` is an array of whole numbers, its plan.

    Whatever is not as expected goes to the block `other`.
    """

    def __init__(self, module, name):
        function = ir.Function(module, FUNCTION, name)
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.self_, self.args, self.count, self.names = function.args
        self.other = function.append_basic_block("otherwise")
        self.plan = self.load(self.add(self.self_, DATA))

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

    def slot(self, first=None):
        """Memory for one word, made once at the function's start."""
        with self.b.goto_entry_block():
            place = self.b.alloca(INT)
        if first is not None:
            self.b.store(first, place)
        return place

    def need(self, condition):
        """Go on only where this holds."""
        go_on = self.b.append_basic_block("go_on")
        self.b.cbranch(condition, go_on, self.other).set_weights([99, 1])
        self.b.position_at_end(go_on)

    @contextmanager
    def each(self, count):
        """A loop over 0 … count-1."""
        yield from counted(self.b, count)

    def call(self, name, *values):
        """A call of Python's own."""
        result, *kinds = (_KINDS[letter] for letter in _CALLS[name])
        made = declared(self.b.module, ir.FunctionType(result, kinds), name)
        values = [self.b.inttoptr(v, kind) if kind is _KINDS["o"] else v for v, kind in zip(values, kinds)]
        found = self.b.call(made, values)
        return self.b.ptrtoint(found, INT) if result is _KINDS["o"] else found

    def as_item(self, x, itemtype):
        """A double as it is stored."""
        return x if itemtype is DOUBLE else self.b.fptrunc(x, itemtype)

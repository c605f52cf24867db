"""Straight-line arithmetic in, one LLVM function written as text out: what llvmlite's objects would cost ten times more
time to build and print, when there are tens of thousands of instructions."""
import struct

from llvmlite import ir

from codegen.loops import Apply, Load, Number, Store, arguments

from .code import DOUBLE
from .primitives import formula_function

_TWO = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}


class TextFunction(ir.Function):
    """A function whose body is given as text."""

    def __init__(self, module, kind, name, lines):
        super().__init__(module, kind, name)
        self.lines, self.blocks = lines, [None]                     # with a block, llvmlite takes it as defined

    def descr_body(self, buf):
        buf.append("entry:\n")
        buf += [f"  {line}\n" for line in self.lines]


def fits(code, lines, known):
    """Can these instructions be written as text: arithmetic, formulas, and scalars of double precision?"""
    return code.itemtype is DOUBLE and all(
        isinstance(line, (Load, Number)) or isinstance(line, Store) and line.mode == "set"
        or isinstance(line, Apply) and (line.name in _TWO or line.name == "neg" or line.name in known) for line in lines)


def write(code, body, piece, slots, kind, name):
    """The function: void (table, address of kept values, -, -) doing `piece` of the body."""
    function = TextFunction(code.builder.module, kind, name, [])
    writer = _Writer(code, body, slots, function)
    for k in piece:
        writer.line(k)
    writer.lines.append("ret void")
    return function


class _Writer:
    """Lines of text; `place` holds the text of each value that the function has."""

    def __init__(self, code, body, slots, function):
        table, kept = function.args[:2]
        self.code, self.body, self.slots, self.lines, self.place, self.pointers = code, body, slots, function.lines, {}, {}
        self.table = table.get_reference()
        self.lines.append(f"%kept = inttoptr i64 {kept.get_reference()} to double*")

    def value(self, a):
        """The text of the value of instruction a, fetched or done again where another piece has it."""
        if a not in self.place:
            if a in self.slots:
                self.lines.append(f"%q{a} = getelementptr double, double* %kept, i64 {self.slots[a]}")
                self.lines.append(f"%v{a} = load double, double* %q{a}")
                self.place[a] = f"%v{a}"
            else:
                self.line(a)
        return self.place[a]

    def pointer(self, buffer):
        """The text of a scalar buffer's address."""
        slot = self.code.layout.buffers[buffer]
        if slot not in self.pointers:
            self.lines += [f"%s{slot} = getelementptr i64, i64* {self.table}, i64 {slot}",
                           f"%a{slot} = load i64, i64* %s{slot}", f"%p{slot} = inttoptr i64 %a{slot} to double*"]
            self.pointers[slot] = f"%p{slot}"
        return self.pointers[slot]

    def line(self, k):
        """Write instruction k, and keep its value where later pieces need it."""
        one = self.body[k]
        if isinstance(one, Number):
            self.place[k] = f"0x{struct.unpack('>Q', struct.pack('>d', one.value))[0]:016x}"
            return
        args = [self.value(a) for a in arguments(one)]
        if isinstance(one, Store):
            self.lines.append(f"store double {args[0]}, double* {self.pointer(one.buffer)}")
            return
        self.lines.append(f"%v{k} = {self.operation(one, args)}")
        self.place[k] = f"%v{k}"
        if k in self.slots:
            self.lines += [f"%q{k} = getelementptr double, double* %kept, i64 {self.slots[k]}",
                           f"store double %v{k}, double* %q{k}"]

    def operation(self, one, args):
        if isinstance(one, Load):
            return f"load double, double* {self.pointer(one.buffer)}"
        if one.name in _TWO:
            return f"{_TWO[one.name]} double {args[0]}, {args[1]}"
        if one.name == "neg":
            return f"fneg double {args[0]}"
        function = formula_function(self.code, one.name, 1, len(args))
        return f"call double {function.get_reference()}({', '.join('double ' + a for a in args)})"

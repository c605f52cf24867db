"""Straight-line instructions in, one LLVM function written as text out: what llvmlite's objects would cost ten times more
time to build and print, when there are tens of thousands of instructions."""
import struct

from llvmlite import ir

from codegen.loops import Affine, Apply, Load, Number, Store

from .angles import PAIR, sine_and_cosine
from .code import DOUBLE
from .primitives import scalar_function, small_power

_TWO = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_COMPARED = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_EXTREME = {"maximum": "ogt", "maximum_const": "ogt", "minimum": "olt", "minimum_const": "olt"}
_ANGLES = ("sin", "cos")
ZERO, ONE = "0x0000000000000000", "0x3ff0000000000000"


class TextFunction(ir.Function):
    """A function whose body is given as text."""

    def __init__(self, module, kind, name, lines):
        super().__init__(module, kind, name)
        self.lines, self.blocks = lines, [None]                     # with a block, llvmlite takes it as defined

    def descr_body(self, buf):
        buf.append("entry:\n")
        buf += [f"  {line}\n" for line in self.lines]


def fits(lines):
    """Can these instructions be written as text: numbers, primitives, and entries at fixed places of arrays?"""
    return all([isinstance(line, (Number, Apply)) or isinstance(line, (Load, Store)) and _place(line) is not None
                and getattr(line, "mode", "set") == "set" for line in lines])


def _place(access):
    """The entry that a load or store is of, where that is a fixed number; else None."""
    shape, index, place = access.buffer.shape, access.index, 0
    for k, i in enumerate(index):
        if type(i) is not Affine or i.terms or type(i.offset) is not int or type(shape[k]) is not int:
            return None
        place = place*shape[k] + i.offset
    if len(index) < len(shape):                                 # the last index runs through the axes that are left
        return None if len(index) > 1 else index[0].offset
    return place


def write(code, body, piece, slots, kind, name):
    """The function: void (table, address of kept values, -, -) doing `piece` of the body."""
    function = TextFunction(code.builder.module, kind, name, [])
    writer = _Writer(code, body, slots, function)
    for k in piece:
        if not isinstance(body[k], (Load, Number)):                 # those are written where they are needed
            writer.line(k)
    writer.lines.append("ret void")
    return function


class _Writer:
    """Lines of text; `place` holds the text of each value that the function has, `masks` those that are truth values."""

    def __init__(self, code, body, slots, function):
        table, kept = function.args[:2]
        self.code, self.body, self.slots, self.lines = code, body, slots, function.lines
        self.place, self.masks, self.pointers, self.angles, self.count = {}, {}, {}, {}, 0
        self.table, self.item = table.get_reference(), "double" if code.itemtype is DOUBLE else "float"
        self.kept = kept.get_reference()
        self.lines.append(f"%kept = inttoptr i64 {self.kept} to double*")

    def put(self, text):
        """A new line; the number of its value, which LLVM reads in half the time of a name."""
        name = f"%{self.count}"
        self.lines.append(f"{name} = {text}")
        self.count += 1
        return name

    def value(self, a):
        """The text of instruction a's number, fetched or done again where another piece has it."""
        if a not in self.place:
            one = self.body[a]
            if isinstance(one, Number):
                self.place[a] = constant(one.value)
            elif isinstance(one, Load):
                raw = self.put(f"load {self.item}, {self.item}* {self.pointer(one)}")
                self.place[a] = raw if self.item == "double" else self.put(f"fpext float {raw} to double")
            elif a in self.masks:
                self.place[a] = self.put(f"select i1 {self.masks[a]}, double {ONE}, double {ZERO}")
            else:
                self.place[a] = self.put(f"load double, double* {self.slot(a)}")
        return self.place[a]

    def mask(self, a):
        """The text of instruction a's truth value."""
        if a not in self.masks:
            self.masks[a] = self.put(f"fcmp une double {self.value(a)}, {ZERO}")
        return self.masks[a]

    def slot(self, a):
        return self.put(f"getelementptr double, double* %kept, i64 {self.slots[a]}")

    def pointer(self, access):
        """The text of an entry's address."""
        slot = self.code.layout.buffers[access.buffer]
        if slot not in self.pointers:
            at = self.put(f"getelementptr i64, i64* {self.table}, i64 {slot}")
            self.pointers[slot] = self.put(f"inttoptr i64 {self.put(f'load i64, i64* {at}')} to {self.item}*")
        place, start = _place(access), self.pointers[slot]
        return self.put(f"getelementptr {self.item}, {self.item}* {start}, i64 {place}") if place else start

    def line(self, k):
        """Write instruction k, and keep its value where later pieces need it."""
        one = self.body[k]
        if isinstance(one, Store):
            raw = self.value(one.value)
            raw = raw if self.item == "double" else self.put(f"fptrunc double {raw} to float")
            self.lines.append(f"store {self.item} {raw}, {self.item}* {self.pointer(one)}")
            return
        if one.name in _TWO:
            self.place[k] = self._two(_TWO[one.name], *[self.value(a) for a in one.args])
        elif (truth := self._truth(one.name, one.args)) is not None:
            self.masks[k] = truth
        else:
            self.place[k] = self._number(one.name, one.args)
        if k in self.slots:
            self.lines.append(f"store double {self.value(k)}, double* {self.slot(k)}")

    def as_stored(self, value):
        """The text of a double rounded as it is when it is stored."""
        if self.item == "double":
            return value
        return self.put(f"fpext float {self.put(f'fptrunc double {value} to float')} to double")

    def _truth(self, name, args):
        """The text of a comparison's or a connective's truth value; None of other primitives."""
        if name in _COMPARED:
            known = any(isinstance(self.body[a], Number) for a in args)
            one, other = (self.value(a) if known else self.as_stored(self.value(a)) for a in args)
            return self.put(f"fcmp {_COMPARED[name]} double {one}, {other}")
        if name in ("and", "or"):
            return self.put(f"{name} i1 {self.mask(args[0])}, {self.mask(args[1])}")
        return self.put(f"xor i1 {self.mask(args[0])}, true") if name == "not" else None

    def _number(self, name, args):
        """The text of a primitive's number, by the instructions that codegen.emit.llvm.primitives has for it."""
        if name == "select":
            mask, a, b = self.mask(args[0]), self.value(args[1]), self.value(args[2])
            return self._select(mask, a, b)
        if name == "pow" and isinstance(self.body[args[1]], Number):
            made = small_power(_Powers(self), self.value(args[0]), self.body[args[1]].value)
            if made is not None:
                return made
        args = [self.value(a) for a in args]
        if name in _ONE:
            return _ONE[name](self, *args)
        if name in _ANGLES:
            return self._angle(name, args[0])
        if name in _EXTREME:
            a, b = args
            chosen = self._select(self._compared(_EXTREME[name], a, b), a, b)
            return self._select(self._compared("oeq", a, a), chosen, a)
        function = scalar_function(self.code, name, len(args))
        return self.put(f"call double {function.get_reference()}({', '.join('double ' + a for a in args)})")

    def _angle(self, name, a):
        """The sine or the cosine; the other one is there, too."""
        if a not in self.angles:
            function = sine_and_cosine(self.code.builder.module, self.code.target.has_fma)
            self.angles[a] = self.put(f"call {PAIR} {function.get_reference()}(double {a})")
        return self.put(f"extractvalue {PAIR} {self.angles[a]}, {_ANGLES.index(name)}")

    def _two(self, operation, a, b):
        return self.put(f"{operation} double {a}, {b}")

    def _compared(self, how, a, b):
        return self.put(f"fcmp {how} double {a}, {b}")

    def _select(self, mask, a, b):
        return self.put(f"select i1 {mask}, double {a}, double {b}")

    def call(self, name, a):
        """The value of one of LLVM's own functions of a number."""
        self.code.arithmetic(1).declared(name)
        return self.put(f"call double @llvm.{name}.f64(double {a})")

    def sqrt(self, a):
        """+0 at −0, as its record says."""
        return self._two("fadd", self.call("sqrt", a), ZERO)


class _Powers:
    """The operations that `small_power` needs, on text."""

    def __init__(self, writer):
        self.writer, self.sqrt = writer, writer.sqrt

    def constant(self, value):
        return constant(value)

    def mul(self, a, b):
        return self.writer._two("fmul", a, b)

    def div(self, a, b):
        return self.writer._two("fdiv", a, b)


def _relu(writer, a):
    return writer._select(writer._compared("ole", a, ZERO), ZERO, a)


_ONE = {"neg": lambda writer, a: writer.put(f"fneg double {a}"), "abs": lambda writer, a: writer.call("fabs", a),
        "sqrt": _Writer.sqrt, "relu": _relu}


def constant(value):
    """The text of a number, its bits."""
    return f"0x{struct.unpack('>Q', struct.pack('>d', value))[0]:016x}"

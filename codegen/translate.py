"""A plain Python function of floats, ints and arrays in, an LLVM function of a module out.

What it may be written in is what symdiff.primitives.special and codegen.routines are written in: assignments, `if`,
`while`, `for` over a range or a tuple of numbers, `return`; arithmetic, comparisons, conditional expressions; `math`,
abs, min, max, int, float and other such functions; entries of arrays, their shapes, and parts of them by leading
indices and by slices from the start.  Integers are of 64 bits.  A name that changes from int to float is another
variable from there on; `and` and `or` compute both sides.

Numba compiles the same text too, in 0.2 s a function instead of 2 ms.
"""
import ast
import hashlib
import inspect
import math
import sys
from dataclasses import dataclass
from functools import cache, reduce

from llvmlite import ir

BOOL, INT, DOUBLE = ir.IntType(1), ir.IntType(64), ir.DoubleType()
INSTRUCTIONS = {"abs": "fabs", "fabs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "copysign": "copysign"}


@dataclass
class View:
    """An array: the address of its first entry; for each axis its length and the entries from one to the next."""
    pointer: object
    shape: list
    strides: list

    @property
    def raw(self):
        return [self.pointer, *self.shape, *self.strides]


def call(builder, function, *values):
    """The value of a plain Python function of LLVM values, Views and tuples of numbers."""
    made = _function(builder.module, function, values)
    return builder.call(made, [r for v in values for r in _raw(v)])


def _raw(value):
    """The LLVM values that are passed for an argument: none for a tuple of numbers, which is written into the function."""
    return value.raw if isinstance(value, View) else [] if isinstance(value, tuple) else [value]


def _function(module, function, values):
    """The LLVM function for values of these kinds, made when it is first needed."""
    kinds = [v if isinstance(v, tuple) else [str(r.type) for r in _raw(v)] for v in values]
    mark = hashlib.sha256(repr(kinds).encode()).hexdigest()[:12]
    name = f"{function.__module__}.{function.__name__}.{mark}"
    if name not in module.globals:
        types = [r.type for v in values for r in _raw(v)]
        definition = _definitions(function.__module__)[function.__name__]
        made = ir.Function(module, ir.FunctionType(_result(definition), types), name)
        made.linkage = "internal"
        if any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(definition)):
            made.attributes.add("noinline")
        _Writer(made, function, definition, values).write()
    return module.globals[name]


@cache
def _definitions(module):
    """{name: the tree of its definition} of a module's functions."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _result(definition):
    """The type that a function returns: nothing, a truth value, or a float."""
    values = [node.value for node in ast.walk(definition) if isinstance(node, ast.Return) and node.value is not None]
    if not values:
        return ir.VoidType()
    return BOOL if all(isinstance(v, ast.Constant) and isinstance(v.value, bool) for v in values) else DOUBLE


class _Writer:
    """One function being written: its variables lie on the stack, from where LLVM takes them into registers."""

    def __init__(self, made, function, definition, values):
        self.made, self.globals, self.definition = made, function.__globals__, definition
        self.head = ir.IRBuilder(made.append_basic_block("entry"))
        self.builder = ir.IRBuilder(made.append_basic_block("start"))
        self.start, self.names = self.builder.block, {}
        raw = iter(made.args)
        for argument, value in zip(definition.args.args, values):
            if isinstance(value, tuple):
                self.names[argument.arg] = value
            elif isinstance(value, View):
                pointer, shape, strides = next(raw), [next(raw) for _ in value.shape], [next(raw) for _ in value.strides]
                self.names[argument.arg] = View(pointer, shape, strides)
            else:
                self._set(argument.arg, next(raw))

    def write(self):
        self._body(self.definition.body)
        if not self.builder.block.is_terminated:
            if isinstance(self.made.ftype.return_type, ir.VoidType):
                self.builder.ret_void()
            else:
                self.builder.unreachable()
        self.head.branch(self.start)

    # statements --------------------------------------------------------------------------------------------------
    def _body(self, statements):
        for one in statements:
            if self.builder.block.is_terminated:
                return
            getattr(self, f"_do_{type(one).__name__}")(one)

    def _do_Expr(self, one):
        if not isinstance(one.value, ast.Constant):         # a docstring
            self.value(one.value)

    def _do_Return(self, one):
        if one.value is None:
            self.builder.ret_void()
        else:
            value = self.value(one.value)
            self.builder.ret(value if value.type == self.made.ftype.return_type else self.float(value))

    def _do_Assign(self, one):
        value = self.value(one.value)
        for target in one.targets:
            self._assign(target, value)

    def _do_AugAssign(self, one):
        old = ast.copy_location(ast.BinOp(one.target, one.op, one.value), one)
        self._assign(one.target, self.value(old))

    def _assign(self, target, value):
        if isinstance(target, ast.Tuple):
            for part, each in zip(target.elts, value, strict=True):
                self._assign(part, each)
        elif isinstance(target, ast.Name):
            self._set(target.id, value)
        else:
            entry = self._part(target).pointer
            value, kind = self.float(value), entry.type.pointee
            self.builder.store(value if kind == DOUBLE else self.builder.fptrunc(value, kind), entry)

    def _set(self, name, value):
        if isinstance(value, (View, tuple, list)):
            self.names[name] = value
            return
        slot = self.names.get(name)
        if getattr(slot, "type", None) != value.type.as_pointer():
            slot = self.names[name] = self.head.alloca(value.type, name=name)
        self.builder.store(value, slot)

    def _do_If(self, one):
        b, ends = self.builder, []
        sides = [b.append_basic_block(name) for name in ("then", "else")]
        b.cbranch(self.truth(self.value(one.test)), *sides)
        for block, body in zip(sides, (one.body, one.orelse)):
            b.position_at_end(block)
            self._body(body)
            if not b.block.is_terminated:
                ends.append(b.block)
        if ends:                                        # else both sides return
            done = b.append_basic_block("done")
            for block in ends:
                b.position_at_end(block)
                b.branch(done)
            b.position_at_end(done)

    def _do_While(self, one):
        head, body, done = (self.builder.append_basic_block(n) for n in ("while", "do", "done"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self.truth(self.value(one.test)), body, done)
        self.builder.position_at_end(body)
        self._body(one.body)
        if not self.builder.block.is_terminated:
            self.builder.branch(head)
        self.builder.position_at_end(done)

    def _do_For(self, one):
        if isinstance(one.iter, ast.Name):
            for number in self.value(one.iter):
                self._assign(one.target, ir.Constant(DOUBLE, number))
                self._body(one.body)
            return
        start, stop, step = self._range(one.iter)
        place = self.head.alloca(INT)
        self.builder.store(start, place)
        head, body, done = (self.builder.append_basic_block(n) for n in ("for", "do", "done"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        index = self.builder.load(place)
        self.builder.cbranch(self.builder.icmp_signed("<" if step > 0 else ">", index, stop), body, done)
        self.builder.position_at_end(body)
        self._assign(one.target, index)
        self._body(one.body)
        if not self.builder.block.is_terminated:
            self.builder.store(self.builder.add(index, _constant(step), flags=["nsw"]), place)
            self.builder.branch(head)
        self.builder.position_at_end(done)

    def _range(self, node):
        """(start, stop, step) of a range, or of one of two with one step."""
        if isinstance(node, ast.IfExp):
            (a, b, step), (c, d, _) = self._range(node.body), self._range(node.orelse)
            test = self.truth(self.value(node.test))
            return self.builder.select(test, a, c), self.builder.select(test, b, d), step
        step = ast.literal_eval(node.args[2]) if len(node.args) > 2 else 1
        ends = [self.value(a) for a in node.args[:2]]
        return (*([_constant(0)] if len(ends) == 1 else []), *ends, step)

    # expressions -------------------------------------------------------------------------------------------------
    def value(self, node):
        """An LLVM value, a View, or a tuple or list of them."""
        return getattr(self, f"_of_{type(node).__name__}")(node)

    def float(self, value):
        if value.type == DOUBLE:
            return value
        return self.builder.sitofp(value, DOUBLE) if value.type == INT else self.builder.uitofp(value, DOUBLE)

    def int(self, value):
        return self.builder.zext(value, INT) if value.type == BOOL else value

    def truth(self, value):
        if value.type == BOOL:
            return value
        if value.type == INT:
            return self.builder.icmp_signed("!=", value, _constant(0))
        return self.builder.fcmp_unordered("!=", value, ir.Constant(DOUBLE, 0.0))

    def _of_Constant(self, node):
        return _constant(node.value)

    def _of_Name(self, node):
        if node.id in self.names:
            found = self.names[node.id]
            return self.builder.load(found) if isinstance(found, ir.Instruction) else found
        found = self.globals[node.id]
        return found if isinstance(found, tuple) else _constant(found)

    def _of_Tuple(self, node):
        return [self.value(e) for e in node.elts]

    def _of_Attribute(self, node):
        if node.attr == "shape":
            return self.value(node.value).shape
        return _constant(getattr(math, node.attr))

    def _of_Subscript(self, node):
        if isinstance(node.value, (ast.Attribute, ast.Call)):
            return self.value(node.value)[node.slice.value]
        part = self._part(node)
        if part.shape:
            return part
        entry = self.builder.load(part.pointer)
        return entry if entry.type == DOUBLE else self.builder.fpext(entry, DOUBLE)

    def _part(self, node):
        """The View of a[i, j, …]: axes that are indexed go, of a slice :n the first n stay, others follow whole."""
        whole, b = self.value(node.value), self.builder
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        pointer, shape, strides = whole.pointer, [], []
        for k, i in enumerate(index):
            if isinstance(i, ast.Slice):
                shape.append(whole.shape[k] if i.upper is None else self.value(i.upper))
                strides.append(whole.strides[k])
            else:
                place = b.mul(self.int(self.value(i)), whole.strides[k], flags=["nsw"])
                pointer = b.gep(pointer, [place], inbounds=True)
        return View(pointer, shape + whole.shape[len(index):], strides + whole.strides[len(index):])

    def _of_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return self.builder.not_(self.truth(self.value(node.operand)))
        value = self.value(node.operand)
        return self.builder.fneg(value) if value.type == DOUBLE else self.builder.neg(self.int(value))

    def _of_BinOp(self, node):
        if isinstance(node.op, ast.Pow):
            return _constant(ast.literal_eval(node.left)**ast.literal_eval(node.right))
        a, b = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div) or DOUBLE in (a.type, b.type):
            return self._of_floats(type(node.op), self.float(a), self.float(b))
        build = self.builder
        made = {ast.Add: build.add, ast.Sub: build.sub, ast.Mult: build.mul, ast.Mod: build.srem}
        return made[type(node.op)](self.int(a), self.int(b))

    def _of_floats(self, op, a, b):
        if op is ast.Mod:
            return self._modulo(a, b)
        build = self.builder
        made = {ast.Add: build.fadd, ast.Sub: build.fsub, ast.Mult: build.fmul, ast.Div: build.fdiv}
        return made[op](a, b)

    def _modulo(self, a, b):
        """Python's a % b: the remainder with the sign of b, a zero too."""
        build, zero = self.builder, ir.Constant(DOUBLE, 0.0)
        rest = self._library("fmod", DOUBLE, a, b)
        other = build.xor(build.fcmp_ordered("<", rest, zero), build.fcmp_ordered("<", b, zero))
        moved = build.select(other, build.fadd(rest, b), rest)
        signed = self._library("llvm.copysign.f64", DOUBLE, zero, b)
        return build.select(build.fcmp_ordered("==", rest, zero), signed, moved)

    def _of_Compare(self, node):
        made, left = [], self.value(node.left)
        for op, right in zip(node.ops, map(self.value, node.comparators)):
            sign = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}[type(op)]
            if DOUBLE in (left.type, right.type):
                compare = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
                made.append(compare(sign, self.float(left), self.float(right)))
            else:
                made.append(self.builder.icmp_signed(sign, self.int(left), self.int(right)))
            left = right
        return reduce(self.builder.and_, made)

    def _of_BoolOp(self, node):
        join = self.builder.and_ if isinstance(node.op, ast.And) else self.builder.or_
        return reduce(join, [self.truth(self.value(v)) for v in node.values])

    def _of_IfExp(self, node):
        b, found = self.builder, []
        sides = [b.append_basic_block(name) for name in ("yes", "no")]
        b.cbranch(self.truth(self.value(node.test)), *sides)
        for block, branch in zip(sides, (node.body, node.orelse)):
            b.position_at_end(block)
            value = self.value(branch)
            found.append((value, b.block))
        mixed = found[0][0].type != found[1][0].type
        done, made = b.append_basic_block("chosen"), []
        for value, block in found:
            b.position_at_end(block)
            made.append((self.float(value) if mixed else value, block))
            b.branch(done)
        b.position_at_end(done)
        chosen = b.phi(made[0][0].type)
        for pair in made:
            chosen.add_incoming(*pair)
        return chosen

    def _of_Call(self, node):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if name == "float" and isinstance(node.args[0], ast.Constant):
            return _constant(float(node.args[0].value))
        values = [self.value(a) for a in node.args]
        if isinstance(node.func, ast.Name) and name in self.globals:
            return call(self.builder, self.globals[name], *values)
        return self._known(name, values)

    def _known(self, name, values):
        """A function of `math` or of Python's own."""
        b = self.builder
        if name == "int":
            return b.fptosi(values[0], INT) if values[0].type == DOUBLE else self.int(values[0])
        values = [self.float(v) for v in values]
        if name == "float":
            return values[0]
        if name in ("min", "max"):
            beyond = b.fcmp_ordered("<" if name == "min" else ">", values[1], values[0])
            return b.select(beyond, values[1], values[0])
        if name == "frexp":
            return None, b.add(b.sext(self._library("ilogb", ir.IntType(32), *values), INT), _constant(1))
        if name in INSTRUCTIONS:
            return self._library(f"llvm.{INSTRUCTIONS[name]}.f64", DOUBLE, *values)
        return self._library(name, DOUBLE, *values)

    def _library(self, name, kind, *values):
        """A function of the C library, or an instruction of LLVM."""
        module = self.made.module
        if name not in module.globals:
            ir.Function(module, ir.FunctionType(kind, [DOUBLE]*len(values)), name)
        return self.builder.call(module.globals[name], values)


def _constant(value):
    """A Python number as a constant of its type."""
    return ir.Constant({bool: BOOL, int: INT, float: DOUBLE}[type(value)], value)

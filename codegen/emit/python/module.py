"""Programs and their inputs in, the text of a module out: header, helper functions, loops, and functions to call."""
import base64
import textwrap
from dataclasses import dataclass

import numpy as np

from symdiff.bounds import certain
from symdiff.lengths import symbols

from .counts import counts_lines
from .front import CONVERT, INSIDE, NAMES, checked_text, front_text, ordered_sizes, sizes_line
from .helpers import helper_names, helper_text
from .kernel import Kernel
from .names import Names, escaped, printable
from .text import WIDTH, length, number

LITERAL_ENTRIES = 256           # a longer constant array is written in base64


@dataclass(frozen=True)
class Given:
    """An input: the name of its buffer, what the user calls it, its sizes."""
    name: str
    shown: str
    sizes: tuple


@dataclass(frozen=True)
class Transposed:
    """Output number `output` with its axes in another order."""
    output: int
    axes: tuple


@dataclass(frozen=True)
class Verb:
    """A function of the module.

    name     what it is called
    program  the fused program
    result   how outputs are handed back: a place, Transposed, or a tuple or a dict of these;
             keys are names of input buffers, or any other names (of outputs)
    extra    inputs beside those of all verbs (tangents, cotangents)
    note     its docstring
    """
    name: str
    program: object
    result: object
    extra: tuple = ()
    note: str = ""


def source(verbs, inputs, title="", version="", notes=(), dtype="float64"):
    """The text of a module that computes the verbs, with NumPy and Numba alone; the same on every run.

    verbs   Verbs;  inputs  Givens in calling order, those of every verb;  title  what is computed, for the header
    dtype   "float32" computes with float64 and hands back float32
    """
    return _Module(tuple(verbs), tuple(inputs), dtype).text(title, version, notes)


class _Module:
    """Names and texts of one module."""

    def __init__(self, verbs, inputs, dtype):
        self.verbs, self.inputs, self.dtype = verbs, inputs, dtype
        kernels = [f"{v.name}_loops" for v in verbs]
        self.helpers = _helpers_of(verbs)
        reserved = {*helper_names(self.helpers), *NAMES, *[f"checked_{v.name}" for v in verbs], *kernels, "start",
                    "stop", *[f"r{k}" for v in verbs for k in range(_outputs(v))]}
        self.names, self.code, self.marks = Names(reserved), {}, []
        for g in (*inputs, *[e for v in verbs for e in v.extra]):
            self._name(g)
        every = [n for g in self._all() for n in g.sizes]
        wanted = symbols([*every, *[s for v in verbs for s in v.program.sizes]])
        self.sizes = {s: self.names.own(s.name, "n") for s in ordered_sizes(self._all(), wanted)}
        self.constants = {}
        for v in verbs:
            for b in v.program.buffers:
                if b.kind == "constant":
                    self.constants.setdefault(id(b.value), (self.names.fresh("c"), b.value))

    def _all(self):
        return (*self.inputs, *dict.fromkeys(e for v in self.verbs for e in v.extra))

    def _name(self, g):
        if g.name in self.code:
            return
        self.code[g.name] = self.names.own(g.shown, "x")
        if self.code[g.name] != g.shown:
            self.marks.append(f"{self.code[g.name]} is {escaped(g.shown)}")

    def _constants(self, verb):
        """{constant buffer: its name}"""
        return {b: self.constants[id(b.value)][0] for b in verb.program.buffers if b.kind == "constant"}

    def _sizes(self, verb, given):
        """{size symbol: name} of those that the verb needs or its inputs tell."""
        wanted = symbols([*verb.program.sizes, *[n for g in given for n in g.sizes]])
        return {s: self.sizes[s] for s in self.sizes if s in wanted}

    def text(self, title, version, notes):
        loops, fronts, checks, helpers = [], [], {}, []
        bounds = list(dict.fromkeys(b for verb in self.verbs for b in verb.program.bounds if not certain(b)))
        keys = {g.name: self.code[g.name] for g in self._all()}
        for verb in self.verbs:
            given = (*self.inputs, *verb.extra)
            sizes = self._sizes(verb, given)
            code = {g.name: self.code[g.name] for g in given}
            constants = self._constants(verb)
            results = _result_names(verb.name.rsplit("_", 1)[-1], verb.result, keys)
            kernel = Kernel(f"{verb.name}_loops", verb.program, self.names, sizes, code, constants, helpers, results)
            loops += kernel.text()
            name = f"checked_{verb.name}" if verb.extra else "checked"
            if given:
                checks[name] = checked_text(name, given, code, sizes, bounds)
            used = [n for b, n in constants.items()]
            fronts.append(front_text(verb, given, code, sizes, used, kernel.name, name, keys, self.dtype == "float32"))
        parts = [_constant_text(name, value) for name, value in self.constants.values()]
        parts += [*helper_text(helpers), *loops, CONVERT, *([INSIDE] if bounds else []), *checks.values(), *fronts]
        body = "\n\n\n".join(parts)
        needed = [f"import {word}\n" for word in ("base64", "math") if f"{word}." in body]
        imports = "".join(needed) + "\n"*bool(needed) + "import numpy as np\nfrom numba import njit"
        return f"{self._header(title, version, notes)}\n{imports}\n\n\n{body}\n"

    def _header(self, title, version, notes):
        lines = _wrapped(title or "Values and derivatives") + [""]
        lines.append(f"Generated by symdiff-compiler {version}.".replace("  ", " ").replace(" .", "."))
        lines.append("")
        inputs = ", ".join(self._shown(g) for g in self._all())
        lines += _wrapped(inputs or "nothing", "inputs    ")
        lines += [f"          {printable(mark)}" for mark in self.marks]
        sizes = sizes_line(self.inputs, self.code, self.sizes)
        lines += [f"sizes     {sizes}"] if sizes else []
        for verb in self.verbs:
            lines += ["", f"{verb.name}"] + [w for line in counts_lines(verb.program, self.sizes) for w in
                                             _wrapped(line[10:], line[:10])]
        for note in notes:
            lines += ["", *_wrapped(note)]
        return '"""' + "\n".join(lines) + '\n"""'

    def _shown(self, g):
        name = self.code[g.name]
        return f"{name} ({', '.join(length(n, self.sizes) for n in g.sizes)})" if g.sizes else name


def _wrapped(text, label=""):
    lines = textwrap.wrap(text, WIDTH - len(label)) or [""]
    shown = lines if len(lines) <= 40 else [*lines[:40], "…"]
    return [(label if k == 0 else " "*len(label)) + printable(line) for k, line in enumerate(shown)]


def _result_names(word, result, keys):
    """{place of an output: what to call it}: grad_w for the gradient in w."""
    if isinstance(result, int):
        return {result: word}
    if isinstance(result, Transposed):
        return {}
    if isinstance(result, tuple):
        inner = [_result_names(word if isinstance(r, dict) else "value", r, keys) for r in result]
    else:
        inner = [_result_names("_".join([word, *[keys.get(w, "") for w in (key if isinstance(key, tuple) else (key,
                                                                                                               ))]]),
                                                                                                               r, keys)
                 for key, r in result.items()]
    return {place: name for one in inner for place, name in one.items()}


def _outputs(verb):
    return sum(b.kind == "output" for b in verb.program.buffers)


def _helpers_of(verbs):
    """The plain functions that the loops of the verbs call: found by writing them once."""
    found = []
    for verb in verbs:
        inputs = {b.name: f"_{k}" for k, b in enumerate(verb.program.buffers) if b.kind == "input"}
        constants = {b: f"_c{k}" for k, b in enumerate(verb.program.buffers) if b.kind == "constant"}
        sizes = {s: f"_s{k}" for k, s in enumerate(verb.program.sizes)}
        Kernel("_", verb.program, Names(), sizes, inputs, constants, found).text()
    return found


def _constant_text(name, value):
    """An array as a list of numbers, or in base64 when it is long."""
    shape = f".reshape({value.shape})" if value.ndim != 1 else ""
    if value.size <= LITERAL_ENTRIES:
        entries = ", ".join(number(float(v)).text for v in value.ravel())
        lines = textwrap.wrap(entries, WIDTH) or [""]
        return f"{name} = np.array([\n" + "\n".join(f"    {line}" for line in lines) + f"\n], dtype=np.float64){shape}"
    coded = base64.b64encode(np.ascontiguousarray(value, "<f8").tobytes()).decode()
    lines = "\n".join(f'    "{coded[k:k + WIDTH]}"' for k in range(0, len(coded), WIDTH))
    shown = " × ".join(map(str, value.shape))
    return f'{name} = np.frombuffer(base64.b64decode(          # {shown} numbers\n{lines}\n), dtype="<f8"){shape}'



"""The inputs of a module and the results of its verbs in, the functions that a person calls out: they check and convert
what is given, and call the loops."""
import sympy as sp

from symdiff.lengths import symbols

from .text import length

CONVERT = '''def array(value, name, axes):
    """The value as contiguous floats with so many axes."""
    value = np.asarray(value)
    if value.dtype.kind not in "biuf":
        raise TypeError(f"{name} should hold real numbers, and is of type {value.dtype}.")
    if value.ndim != axes:
        raise ValueError(f"{name} should have {axes} axes, and has {value.ndim}.")
    return np.ascontiguousarray(value, dtype=np.float64) if axes else float(value)


def same(name, shape, wanted):
    """Refuse an array of another shape."""
    if shape != wanted:
        raise ValueError(f"{name} should have the shape {wanted}, and has {shape}.")'''
INSIDE = '''def inside(start, step, length, n):
    """Refuse positions start + step*j, j < length, that are not on an axis of length n."""
    last = start + step*(length - 1)
    if length < 0 or length and not (0 <= start < n and 0 <= last < n):
        raise ValueError(f"positions {start} to {last} are taken of an axis of length {n}: give longer arrays.")'''
NAMES = ("array", "same", "inside", "checked")


def told_sizes(given):
    """{size symbol: (input, axis)} that tells it: an axis that is just this size, of the input that tells most."""
    found, left = {}, [g for g in given if any(isinstance(n, sp.Symbol) for n in g.sizes)]
    while left:
        best = max(left, key=lambda g: len({n for n in g.sizes if isinstance(n, sp.Symbol)} - set(found)))
        left.remove(best)
        for k, n in enumerate(best.sizes):
            if isinstance(n, sp.Symbol):
                found.setdefault(n, (best, k))
    return found


def ordered_sizes(given, wanted):
    """The wanted size symbols in the order in which the inputs tell them, then those that none tells."""
    told = [s for s in told_sizes(given) if s in wanted]
    return told + [s for s in wanted if s not in told]


def _size_lines(given, inputs, sizes):
    """`n, d = X.shape`, and so on."""
    told = told_sizes(given)
    for g in given:
        here = [sizes[n] if told.get(n) == (g, k) else "_" for k, n in enumerate(g.sizes)]
        if len(here) == 1 and here != ["_"]:
            yield f"{here[0]} = {inputs[g.name]}.shape[0]"
        elif set(here) - {"_"}:
            yield f"{', '.join(here)} = {inputs[g.name]}.shape"


def checked_text(name, given, inputs, sizes, bounds=()):
    """The function that converts the inputs, checks their shapes, and returns them with the sizes."""
    names = [inputs[g.name] for g in given]
    lines = [f"def {name}({', '.join([*names, *untold(given, sizes)])}):",
             '    """The values as the loops take them, and the sizes of their axes."""']
    lines += [f'    {inputs[g.name]} = array({inputs[g.name]}, "{inputs[g.name]}", {len(g.sizes)})' for g in given]
    told = told_sizes(given)
    lines += [f"    {line}" for line in _size_lines(given, inputs, sizes)]
    for g in given:
        if any(told.get(n) != (g, k) for k, n in enumerate(g.sizes)):
            shape = ", ".join(length(n, sizes) for n in g.sizes) + ","*(len(g.sizes) == 1)
            lines.append(f'    same("{inputs[g.name]}", {inputs[g.name]}.shape, ({shape}))')
    lines += [f"    inside({', '.join(length(value, sizes) for value in bound)})" for bound in bounds]
    returned = [*names, *sizes.values()]
    return "\n".join([*lines, f"    return {', '.join(returned)}{',' if len(returned) == 1 else ''}"])


def untold(given, sizes):
    """The names of sizes that no input tells: they are given beside the inputs."""
    told = told_sizes(given)
    return [sizes[s] for s in symbols([n for g in given for n in g.sizes] + list(sizes)) if s not in told]


def sizes_line(given, inputs, sizes):
    """Where the sizes come from, on one line."""
    return "; ".join(_size_lines(given, inputs, sizes))


def front_text(verb, given, inputs, sizes, constants, kernel, checked, keys, single):
    """The function of a verb."""
    names = [inputs[g.name] for g in given]
    extra = untold(given, sizes)
    count = sum(b.kind == "output" for b in verb.program.buffers)
    outs = [f"r{k}" for k in range(count)]
    passed = [*names, *constants, *sizes.values()]
    lines = [f"def {verb.name}({', '.join([*names, *extra])}):"]
    if verb.note:
        lines.append(f'    """{verb.note}"""')
    if names or sizes:
        left = [*names, *sizes.values()]
        lines.append(f"    {', '.join(left)}{',' if len(left) == 1 else ''} = {checked}({', '.join([*names, *extra])})")
    lines.append('    with np.errstate(all="ignore"):')
    lines.append(f"        {', '.join(outs)}{',' if count == 1 else ''} = {kernel}({', '.join(passed)})")
    leaf = (lambda k: f"{outs[k]}.astype(np.float32)" if _has_axes(verb,
                                                                   k) else f"float(np.float32({outs[k]}))") if single \
        else (lambda k: outs[k])
    return "\n".join([*lines, f"    return {_result(verb.result, leaf, keys)}"])


def _has_axes(verb, k):
    return bool([b for b in verb.program.buffers if b.kind == "output"][k].shape)


def _result(result, leaf, keys):
    """The text of a result: places of outputs in tuples and dicts."""
    if isinstance(result, int):
        return leaf(result)
    if isinstance(result, tuple):
        inner = [_result(r, leaf, keys) for r in result]
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    if isinstance(result, dict):
        return "{" + ", ".join(f"{_key(k, keys)}: {_result(r, leaf, keys)}" for k, r in result.items()) + "}"
    return f"np.ascontiguousarray(np.transpose({leaf(result.output)}, {result.axes}))"


def _key(key, keys):
    if isinstance(key, tuple):
        return f"({', '.join(_key(k, keys) for k in key)})"
    return f'"{keys[key]}"' if key in keys else ascii(str(key))

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
NAMES = ("array", "same", "checked")


def told_sizes(given):
    """{size symbol: (input, axis)} for the first input with an axis that is just this size."""
    found = {}
    for one in given:
        for k, n in enumerate(one.sizes):
            if isinstance(n, sp.Symbol):
                found.setdefault(n, (one, k))
    return found


def checked_text(name, given, inputs, sizes):
    """The function that converts the inputs, checks their shapes, and returns them with the sizes."""
    names = [inputs[g.name] for g in given]
    lines = [f"def {name}({', '.join([*names, *untold(given, sizes)])}):",
             '    """The values as the loops take them, and the sizes of their axes."""']
    lines += [f'    {inputs[g.name]} = array({inputs[g.name]}, "{inputs[g.name]}", {len(g.sizes)})' for g in given]
    told = told_sizes(given)
    for g in given:
        here = [sizes[n] if told.get(n) == (g, k) else "_" for k, n in enumerate(g.sizes)]
        if set(here) - {"_"}:
            lines.append(f"    {', '.join(here)}{',' if len(here) == 1 else ''} = {inputs[g.name]}.shape")
    for g in given:
        if any(told.get(n) != (g, k) for k, n in enumerate(g.sizes)):
            shape = ", ".join(length(n, sizes) for n in g.sizes)
            lines.append(f'    same("{inputs[g.name]}", {inputs[g.name]}.shape, ({shape}{"," if len(g.sizes) == 1 else ""}))')
    returned = [*names, *sizes.values()]
    return "\n".join([*lines, f"    return {', '.join(returned)}{',' if len(returned) == 1 else ''}"])


def untold(given, sizes):
    """The names of sizes that no input tells: they are given beside the inputs."""
    told = told_sizes(given)
    return [sizes[s] for s in symbols([n for g in given for n in g.sizes] + list(sizes)) if s not in told]


def sizes_line(given, inputs, sizes):
    """`n, d = X.shape`, and so on: where the sizes come from."""
    told, lines = told_sizes(given), []
    for g in given:
        here = [sizes[n] if told.get(n) == (g, k) else "_" for k, n in enumerate(g.sizes)]
        if set(here) - {"_"}:
            lines.append(f"{', '.join(here)}{',' if len(here) == 1 else ''} = {inputs[g.name]}.shape")
    return "; ".join(lines)


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
    leaf = (lambda k: f"{outs[k]}.astype(np.float32)" if _has_axes(verb, k) else f"float(np.float32({outs[k]}))") if single \
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
    return f'"{keys[key]}"'

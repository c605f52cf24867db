"""A compiled function in, the file of a module that computes the same out: written whole or not at all."""
from dataclasses import replace

from symdiff.errors import ArgumentError
from symdiff.files import destination, write_file

from .emit.python import Given, Transposed, Verb, source
from .kinds import upper

_NOTES = {
    "value": "The value.", "grad": "{name: gradient}.", "value_and_grad": "(value, {name: gradient}).",
    "jac": "{name: Jacobian}, of the sizes of the value followed by those of the name.",
    "hess": "{(name, name): Hessian}, of the sizes of the first followed by those of the second.",
}


def save(compiled, path, force=False):
    """Write the module of a compiled function (or a text) to `path`, whole or not at all; the path.

    An existing file is replaced only by force.  Raises ArgumentError.
    """
    path = destination(path, force)
    text = compiled if isinstance(compiled, str) else module_text(compiled)
    return write_file(path, text, force)


def module_text(compiled, kinds=None):
    """The text of the module: the value and its first derivatives, or the verbs named."""
    verbs = [_verb(compiled, kind) for kind in kinds or compiled.counts]
    inputs = [Given(node.attributes[0], str(key), node.sizes) for node, key in zip(compiled.nodes, compiled.inputs)]
    return source(verbs, inputs, title=str(compiled.expression), version=_version(), notes=compiled.notes,
                  dtype=compiled.dtype)


def _verb(compiled, kind):
    if kind not in _NOTES:
        raise ArgumentError(f"{kind} is no function that a module can have.", known=", ".join(_NOTES))
    program = compiled.program(kind)
    program = replace(program, bounds=tuple(dict.fromkeys((*compiled.problem.bounds, *program.bounds))))
    return Verb(kind, program, _result(compiled, kind), (), _NOTES[kind])


def _result(compiled, kind):
    """How the outputs of a verb are handed back: places of outputs, under the names of input buffers."""
    problem = compiled.problem
    names, count = [node.attributes[0] for node in problem.wrt], len(problem.outputs)
    if kind == "value":
        return _structured(compiled, list(range(count)))
    if kind == "grad":
        return {name: k for k, name in enumerate(names)}
    if kind == "value_and_grad":
        return (0, {name: k + 1 for k, name in enumerate(names)})
    if kind == "jac":
        return _structured(compiled, [{name: k*len(names) + j for j, name in enumerate(names)} for k in range(count)])
    return _hessian(names, [len(node.sizes) for node in problem.wrt])


def _structured(compiled, results):
    """The results in the form of what was compiled: one, several, or by name."""
    if compiled.problem.single:
        return results[0]
    keys = compiled.output_keys
    return tuple(results) if keys is None else dict(zip(keys, results))


def _hessian(names, ranks):
    """Blocks i ≤ j are computed, the others are their transposes."""
    place = {pair: k for k, pair in enumerate(upper(len(names)))}
    made = {}
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i <= j:
                made[one, other] = place[i, j]
            else:
                axes = (*range(ranks[j], ranks[j] + ranks[i]), *range(ranks[j]))
                made[one, other] = Transposed(place[j, i], axes) if axes else place[j, i]
    return made


def _version():
    from importlib.metadata import PackageNotFoundError, version
    try:
        return version("symdiff-compiler")
    except PackageNotFoundError:
        return ""

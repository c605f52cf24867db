"""A problem and the names of its values go in; a function with its derivatives, compiled on first use, comes out."""
import threading

import numpy as np

from symdiff.document.shown import Shown
from symdiff.errors import ArgumentError, NoDerivative
from symdiff.model import Model
from symdiff.read import as_arrays
from symdiff.validity import validity

from . import buffers
from .documents import of_compiled
from .execute import Executable
from .export import module_text, save
from .fastcall import BY_NAME, ONE, ONE_AND_BY_NAME, TUPLE, Quick, fast_verb
from .flat import Flat
from .frontdoor import Door, converted
from .kinds import upper
from .named import Named
from .precise import Watched, is_small
from .unnamed import by_name

VERBS = {"value": "__call__", "grad": "grad", "value_and_grad": "value_and_grad", "jac": "jac", "hess": "hess",
         "hvp": "hvp", "jvp": "jvp", "vjp": "vjp"}               # the method of each kind of derivative
OF_A_SCALAR = {"grad": "a gradient", "value_and_grad": "a gradient", "hess": "a Hessian", "hvp": "a Hessian"}


class Compiled(Shown, Quick):
    """A compiled function.  Values are given by name, or as one dict; every result is a float or a fresh array.

    f(**values)                 the value (a tuple, or a dict, where a list or a dict was compiled)
    f.value_and_grad(**values)  (value, {name: array})
    f.grad  f.jac  f.hess       {name: …}, {name: …}, {(name, name): …}
    f.hvp  f.jvp  f.vjp         products with vectors: f.hvp({name: vector}, **values)
    f.flat(**data)              functions of one vector, as SciPy wants them
    f.into(buffers, values)     results into given arrays
    f.check(**values)           against an interpreted derivative
    f.accuracy(**ranges)        how many digits are right, against mpmath
    f.validity                  where the derivatives do not hold
    f.blame(**values)           what went bad first, where a result is nan or infinite
    """

    def __init__(self, expression, reading, problem, keys, dtype, recipe, notes=()):
        self._expression, self._reading, self._problem, self._recipe = expression, reading, problem, recipe
        self._nodes = tuple(dict.fromkeys(reading.inputs.values()))
        self._door = Door(self._nodes, [keys[n] for n in self._nodes],
                          {s: keys[n] for s, n in reading.inputs.items()}, dtype)
        self._dtype = np.dtype(dtype)
        self._keys = tuple([keys[node] for node in problem.wrt])
        self._lock, self._made, self._runs = threading.RLock(), {}, {}
        Quick.__init__(self)
        self._small = is_small((*problem.outputs, *problem.wrt))
        self.notes = tuple(notes)

    # -- what it is ----------------------------------------------------------------------------------------------

    inputs = property(lambda self: self._door.keys, doc="The names of the values, in order.")
    wrt = property(lambda self: self._keys, doc="The names that derivatives are taken by.")
    dtype = property(lambda self: str(self._dtype), doc="The type of all numbers: float64 or float32.")
    expression = property(lambda self: self._expression, doc="What was compiled.")

    values = property(lambda self: None if self._problem.single else len(self._problem.outputs),
                      doc="How many values it has; None where it is one, not a list.")
    ranks = property(lambda self: tuple([len(node.sizes) for node in self._problem.wrt]),
                     doc="How many axes each of wrt has.")

    nodes = property(lambda self: self._nodes, doc="The input nodes, in the order of `inputs`.")
    problem = property(lambda self: self._problem, doc="What is computed, as graphs.")
    reading = property(lambda self: self._reading, doc="What was read, with the user's names.")
    asked = property(lambda self: tuple(self._made), doc="The verbs that were asked for so far.")

    @property
    def output_keys(self):
        """The names of the outputs, where a dict was compiled; else None."""
        return tuple(self._reading.keys) if self._reading.structure == "dict" else None

    @property
    def of_a_scalar(self):
        """Is there one value, without axes: what has a gradient?"""
        return self._problem.single and not self._problem.outputs[0].sizes

    @property
    def rewrites(self):
        """What was rewritten before it was differentiated, one line each."""
        found = Rewrites(self._problem.rewrites)
        found.of = self
        return found

    @property
    def validity(self):
        """Where the derivatives do not hold (kinks, branches, ends of the domain), and what is returned there.

        >>> from symdiff.language import array, relu
        >>> from codegen.compile import compile
        >>> print(compile(relu(array("x") - 1)).validity)
        x = 1: relu(x - 1) has a kink; the derivative there is 0, the subgradient of least norm
        """
        reading, problem = self._reading, self._problem
        outputs, named = problem.stable_with(reading.named)
        now, typed = [reading.symbols | as_arrays(known) for known in (named, reading.named)]
        return validity(outputs, problem.wrt, now, (problem.outputs, typed))

    @property
    def counts(self):
        """{verb: (operations as typed, after the passes)}, in multiplications, at 64 for each symbolic size."""
        kinds = ["value"]
        if self._keys:
            kinds.append("value_and_grad" if self.of_a_scalar else "jac")
        return {kind: self._problem.counts(kind) for kind in kinds}

    @property
    def source(self):
        """The value and its first derivatives as a readable Python module."""
        return module_text(self)

    @property
    def llvm(self):
        """The value and its derivative in LLVM's language, after all passes: what a kernel is looked at by."""
        return self.executable(self._shown_kind()).listings()[0]

    @property
    def asm(self):
        """The value and its derivative as assembly."""
        return self.executable(self._shown_kind()).listings()[1]

    def phases(self, kind, values):
        """[(Phase, call)] of a verb's code at values, one by one: see Executable.phases."""
        return self.executable(kind).phases(self._door(values, {}))

    def _shown_kind(self):
        return "value" if not self._keys else "value_and_grad" if self.of_a_scalar else "jac"

    def program(self, kind):
        """The loops of a verb ("value", "grad", "value_and_grad", "jac", "hess", "hvp", "jvp", "vjp")."""
        return self.executable(kind).program

    def save(self, path, force=False):
        """Write a module that computes the value and its derivatives without symdiff; the path.  See export.save."""
        return save(self, path, force)

    @by_name
    def check(self, values=None, /, **named):
        """A report: this function against the interpreted derivative, and for small sizes one of forty digits.

        Masks of a model's dropout that are not given are at rest: 1 - rate.
        """
        from .check import at_rest, check              # these start SciPy: when they are asked for
        if isinstance(self._expression, Model) and (values is None or hasattr(values, "keys")):
            named |= at_rest(self._expression, {**(values or {}), **named})
        arrays = self._door(values, named)
        return check(self, dict(zip(self._door.keys, arrays)))

    @by_name
    def accuracy(self, ranges=None, /, *, points=100, seed=0, **named):
        """How far the value and its first derivatives are from mpmath's over ranges of the inputs: a report, in ulp.

        ranges   {name: (low, high)}, also as keywords; a value that is no pair is held; for arrays two arrays
        points   how many points are drawn, evenly and by magnitude, besides the ends
        seed     of the draws

        >>> from symdiff.formulas import parse
        >>> from codegen.compile import compile
        >>> report = compile(parse("log(1 + exp(x))")).accuracy(x=(-50, 50), points=10)
        >>> report.ok, report.worst <= 2
        (True, True)
        """
        from .accuracy import accuracy
        return accuracy(self, self._door.by_key(ranges, named), points, seed)

    @by_name
    def blame(self, values=None, /, **named):
        """What went bad first where the value or a derivative is nan or infinite: a Fault; None where they are finite.

        >>> import numpy as np
        >>> from symdiff.language import array, log, mean
        >>> from symdiff.lengths import sizes
        >>> from codegen.compile import compile
        >>> x, a = array("x", sizes("n")), array("a")
        >>> print(compile(mean(log(a - x)), a).blame(x=np.array([1.0, 2.0, 3.0]), a=2.5))
        log of a negative number in ξ₂ = log(a - x), row 2
          do:    keep its argument above 0 there: by a choice (where), a bound, or other data.
        """
        from .blame import blame
        arrays = self._door(values, named)
        return blame(self, dict(zip(self._door.keys, arrays)))

    def document(self):
        """What was compiled, its inputs, what was rewritten and the operations left, to be shown as text or HTML."""
        return of_compiled(self, self._reading)

    def __repr__(self):
        by = f", by {', '.join(map(str, self._keys))}" if self._keys else ""
        return f"<Compiled: {', '.join(map(str, self._door.keys)) or 'no inputs'}{by}, {self._dtype}>"

    __str__ = __repr__

    def __reduce__(self):
        return self._recipe

    # -- calls ---------------------------------------------------------------------------------------------------

    @fast_verb
    def __call__(self, values=None, /, **named):
        """The value: a float, or an array where the expression has axes; a tuple for a list, a dict for a dict."""
        return self._shaped(self._results("value", self._door(values, named)))

    @fast_verb
    def value_and_grad(self, values=None, /, **named):
        """(value, {name: its gradient})."""
        value, *gradient = self._results("value_and_grad", self._door(values, named))
        return value, Named(zip(self._keys, gradient))

    @fast_verb
    def grad(self, values=None, /, **named):
        """{name: gradient}."""
        return Named(zip(self._keys, self._results("grad", self._door(values, named))))

    @fast_verb
    def jac(self, values=None, /, **named):
        """{name: array of the sizes of the value followed by those of the name}; one for each of a list."""
        blocks = self._results("jac", self._door(values, named))
        n = len(self._keys)
        rows = [Named(zip(self._keys, blocks[k*n:(k + 1)*n])) for k in range(len(self._problem.outputs))]
        return self._shaped(rows)

    @fast_verb
    def hess(self, values=None, /, **named):
        """{(name, name): array of the sizes of the first followed by those of the second}."""
        blocks = self._results("hess", self._door(values, named))
        found = dict(zip(upper(len(self._keys)), blocks))
        wrt, keys = self._problem.wrt, self._keys
        return Named(((keys[i], keys[j]), found[i, j] if i <= j else _transposed(found[j, i], len(wrt[j].sizes)))
                     for i in range(len(keys)) for j in range(len(keys)))

    @fast_verb
    def hvp(self, vectors, values=None, /, **named):
        """{name: Hessian times vectors}; `vectors` is {name: vector}, a name left out does not move."""
        arrays = self._door(values, named)
        return Named(zip(self._keys, self._results("hvp", arrays + self._vectors(vectors, arrays))))

    @fast_verb
    def jvp(self, vectors, values=None, /, **named):
        """The derivative of the value along {name: vector}; a name left out does not move."""
        arrays = self._door(values, named)
        return self._shaped(self._results("jvp", arrays + self._vectors(vectors, arrays)))

    @fast_verb
    def vjp(self, cotangents, values=None, /, **named):
        """{name: cotangent times Jacobian}; the cotangent has the sizes of the value (one for each of a list)."""
        arrays = self._door(values, named)
        return Named(zip(self._keys, self._results("vjp", arrays + self._cotangents(cotangents))))

    @by_name
    def into(self, given, values=None, /, **named):
        """The value into a given array (a list of them for a list), or, by {name: array}, the gradients; the value.

        Arrays must be C-contiguous, writable, of the dtype and the sizes of the result, and apart from every input.
        """
        arrays = self._door(values, named)
        if isinstance(given, dict) and self._reading.structure != "dict":
            return self._gradients_into(given, arrays)
        outputs = self._problem.outputs
        given = self._listed(given, "buffer")
        out = buffers.checked(given, outputs, self._output_names(), self._nodes, arrays, self._dtype)
        results = self.runner("value")(arrays, out=out)
        return self._shaped(buffers.filled(given, results))

    def _gradients_into(self, given, arrays):
        run = self.runner("value_and_grad")
        given = {key: given[name] for name in given for key in [self._door.key_of(name)]}
        left = [key for key in self._keys if key not in given]
        if left or len(given) != len(self._keys):
            raise ArgumentError("gradients go into one buffer for each name.", known=", ".join(map(str, self._keys)),
                                do="give {name: array} with just these names.")
        ordered = [given[key] for key in self._keys]
        out = buffers.checked(ordered, self._problem.wrt, list(map(str, self._keys)), self._nodes, arrays, self._dtype)
        value, *gradient = run(arrays, out=(None, *out))
        buffers.filled(ordered, gradient)
        return value

    @by_name
    def flat(self, values=None, /, **named):
        """Functions of one float64 vector, the parameters packed; the data are bound once."""
        inner = [(n, k) for n, k in zip(self._nodes, self._door.keys) if n not in self._problem.wrt]
        door = Door([n for n, _ in inner], [k for _, k in inner], self._door.symbols, self._dtype, self._keys)
        data = dict(zip([n for n, _ in inner], door(values, named)))
        return Flat(self, self._nodes, self._problem.wrt, self._keys, data, self._problem.outputs[0].sizes)

    # -- inside --------------------------------------------------------------------------------------------------

    def _results(self, kind, arrays):
        """What the machine code of a verb gives."""
        results = (self._runs.get(kind) or self.runner(kind))(arrays)
        self.often(VERBS[kind], lambda: self._planned(kind, arrays))
        return results

    def _planned(self, kind, arrays):
        """(FastCall, form of its results) of a verb for arrays of these shapes; None where it stays as it is."""
        outputs, keys = self._problem.outputs, self._keys
        forms = {"value": ONE if self._problem.single else TUPLE, "jvp": ONE if self._problem.single else TUPLE,
                 "value_and_grad": ONE_AND_BY_NAME}
        if self._reading.structure == "dict" or kind == "hess" and len(keys) > 1 \
                or kind in ("jac", "vjp") and not self._problem.single:
            return None
        call = self.runner(kind).fastcall(arrays)
        if call is None:
            return None
        shapes = dict(enumerate([np.shape(a) for a in arrays]))
        own = len(self._nodes)
        more = {k: shapes[k] for k in range(own, len(shapes))}
        if more:
            call.take(more, None if kind == "vjp" else keys)
        call.take({k: shapes[k] for k in range(own)}, self._door.keys)
        results = [None]*len(outputs) if kind in ("value", "jvp") else [(keys[0], keys[0])] if kind == "hess" \
            else [None, *keys] if kind == "value_and_grad" else keys
        for k, key in enumerate(results):
            call.give(k, key)
        return call, forms.get(kind, BY_NAME)

    def runner(self, kind):
        """What a verb calls: its machine code, watched where the formula is small (codegen.precise)."""
        with self._lock:
            if kind not in self._runs:
                self._scalar(kind)
                self._runs[kind] = self._watched(kind) if self._small else self.executable(kind)
            return self._runs[kind]

    def executable(self, kind):
        """The machine code of a verb, compiled when it is first called; not watched."""
        with self._lock:
            if kind not in self._made:
                self._scalar(kind)
                self._made[kind] = Executable(lambda: self._problem.graph(kind), *self._given(kind))
            return self._made[kind]

    def _watched(self, kind):
        _, *given = self._given(kind)
        return Watched(self.executable(kind), lambda: self._problem.graph(kind), lambda: self._problem.as_read(kind),
                       *given)

    def _scalar(self, kind):
        if kind in OF_A_SCALAR:
            self._problem.scalar(OF_A_SCALAR[kind])

    def _given(self, kind):
        """(inputs, their names, dtype, key, bounds) of a verb."""
        problem = self._problem
        extra = {"hvp": problem.tangents, "jvp": problem.tangents, "vjp": problem.cotangents}.get(kind, ())
        names = {node: ", ".join(words) for node, words in self._reading.names.items()}
        return (*self._nodes, *extra), names, self._dtype.name, problem.key(kind), lambda: problem.bounds

    def _shaped(self, results):
        """Results in the form of what was compiled."""
        if self._problem.single:
            return results[0]
        if self._reading.structure == "dict":
            return dict(zip(self._reading.keys, results))
        return tuple(results)

    def _listed(self, given, word):
        """What was given for each output, in order."""
        count = len(self._problem.outputs)
        if self._problem.single:
            return [given]
        if self._reading.structure == "dict" and isinstance(given, dict):
            if set(given) != set(self._reading.keys):
                raise ArgumentError(f"one {word} is needed for each output.",
                                    known=", ".join(map(str, self._reading.keys)))
            return [given[key] for key in self._reading.keys]
        if not isinstance(given, (list, tuple)) or len(given) != count:
            raise ArgumentError(f"{count} {word}s are needed, one for each output.", do=f"give a list of {count}.")
        return list(given)

    def _output_names(self):
        return ["the value"] if self._problem.single else [f"value {k}" for k in range(len(self._problem.outputs))]

    def _vectors(self, vectors, arrays):
        """One array for each of wrt, zero where none is given."""
        if not isinstance(vectors, dict):
            if len(self._keys) != 1:
                raise ArgumentError("vectors are given by name.", known=", ".join(map(str, self._keys)),
                                    do="write {name: vector}.")
            vectors = {self._keys[0]: vectors}
        given = {self._door.key_of(name): vector for name, vector in vectors.items()}
        strange = [key for key in given if key not in self._keys]
        if strange:
            raise NoDerivative(f"no derivative is taken by {strange[0]}.", known=", ".join(map(str, self._keys)),
                               do="name it in wrt when compiling.")
        point = dict(zip(self._nodes, arrays))
        made = []
        for node, key in zip(self._problem.wrt, self._keys):
            if key in given:
                made.append(converted(given[key], f"the vector of {key}", node.sizes, self._dtype))
            else:
                made.append(np.zeros_like(point[node]) if node.sizes else 0.0)
        return tuple(made)

    def _cotangents(self, given):
        listed = self._listed(given, "cotangent")
        return tuple([converted(c, f"the cotangent of {name}", node.sizes, self._dtype)
                      for c, name, node in zip(listed, self._output_names(), self._problem.outputs)])


class Rewrites(tuple):
    """Rewrites, printed one a line; `of` is the function that was compiled."""
    of = None

    def __reduce__(self):
        return getattr, (self.of, "rewrites")

    def __str__(self):
        return "\n".join(map(str, self)) or "nothing"

    __repr__ = __str__


def _transposed(block, first):
    """A fresh block whose last axes come first; `first` axes of it are the first ones."""
    if not isinstance(block, np.ndarray):
        return block
    return np.transpose(block, (*range(first, block.ndim), *range(first))).copy()

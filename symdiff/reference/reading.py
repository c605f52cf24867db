"""Raw expressions in, words done out: walks the language, plain SymPy and Models, and calls one function per word.

What the words mean is a table of the caller (NumPy for the tape, mpmath for the oracle); here is which form is which.
"""
import numpy as np
import sympy as sp
from sympy.core.function import UndefinedFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions.array_expressions import ArrayElement

from ..errors import ArgumentError, NameClash, UnknownForm
from ..language.core import Array, Constant, Node
from . import indexed, matrices
from .lengths import bind, integer, settle

CLASSES = {                                                     # SymPy classes, and the language's, by their names
    "Add": "add", "Mul": "mul", "Pow": "pow", "Abs": "abs", "ceiling": "ceil", "loggamma": "lgamma", "Max": "maximum",
    "Min": "minimum", "StrictLessThan": "lt", "LessThan": "le", "StrictGreaterThan": "gt", "GreaterThan": "ge",
    "Equality": "eq", "Unequality": "ne", "And": "and", "Or": "or", "Not": "not", "ITE": "select", "Mod": "mod",
    "Heaviside": "step", "Cbrt": "cbrt", "round_": "round", "Piecewise": "piecewise"}
CLASSES |= {name: name for name in """exp log expm1 log1p exp2 log2 log10 logaddexp log1mexp xlogy hypot sigmoid
    exprel inv_exprel log1prel log_poisson log_sigmoid softplus swish relu leaky_relu
    hard_unit step sin cos tan asin acos atan atan2 sinh cosh tanh asinh
    acosh atanh cbrt sec csc cot sech csch coth sinc erf erfc erfcx ndtr log_ndtr erfinv gamma digamma polygamma floor
    sign""".split()}
NAMED = (sp.Symbol, sp.MatrixSymbol, sp.IndexedBase)            # and ArraySymbol: leaves with a value
LANGUAGE = {Array, Constant, Node}
SPECIAL = (sp.Sum, sp.Product, sp.Indexed, MatrixElement, ArrayElement)


def reads_as(op):
    """The word of a class."""
    name = CLASSES.get(getattr(op, "__name__", None))
    if name is None or isinstance(op, UndefinedFunction):
        raise UnknownForm(f"the reference does not read {getattr(op, '__name__', op)}.", where=str(op),
                          known=", ".join(sorted(CLASSES)), do="write it with functions it knows.")
    return name


def operands(e):
    """The subexpressions to be read before e."""
    if type(e) in LANGUAGE:
        return e.args
    if isinstance(e, SPECIAL) or isinstance(e, NAMED) or e.is_Number or e.is_NumberSymbol:
        return ()
    if isinstance(e, sp.Piecewise):
        return [part for pair in e.args for part in pair.args]
    return matrices.operands(e) if matrices.is_matrix(e) else e.args


class Reader:
    """Reads expressions with `words`; `number(x)` makes a constant of a SymPy number or an array."""

    def __init__(self, words, number, inputs, bound):
        self.words, self.number, self.inputs, self.bound = words, number, inputs, bound
        self.defined, self.done = {}, {}

    def do(self, word, *args):
        """The word done on values, with attributes last."""
        return self.words[word](*args)

    def read(self, root, scope=None):
        """The value of an expression: by a stack, each subexpression once in its scope (see indexed.Scope)."""
        done = self.done if scope is None else scope.done
        stack = [root]
        while stack:
            e = stack[-1]
            if e in done:
                stack.pop()
                continue
            parts = operands(e)
            waiting = [a for a in parts if a not in done]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                done[stack.pop()] = self.one(e, [done[a] for a in parts], scope)
        return done[root]

    def one(self, e, parts, scope):
        """The value of one node, from the values of its operands."""
        if isinstance(e, Node):
            return self.node(e, parts)
        if isinstance(e, Constant):
            return self.number(e.value.array)
        if scope is not None and e in scope.positions:
            return self.number(scope.positions[e].astype(float))
        if scope is not None and e in scope.given:
            return scope.given[e]
        if isinstance(e, NAMED) or matrices.is_symbol(e):
            return self.leaf(e)
        if e.is_Number or e.is_NumberSymbol or e in (sp.true, sp.false):
            return self.number(e)
        if isinstance(e, SPECIAL):
            return indexed.read(self, e, scope)
        if matrices.is_matrix(e):
            return matrices.read(self, e, parts, scope)
        if e.is_Pow and e.base is sp.S.Exp1:
            return self.do("exp", parts[1])
        return self.do(reads_as(e.func), *parts)

    def node(self, e, parts):
        """A node of the language."""
        if not isinstance(e.op, str):
            if e.op is sp.Pow and e.args[0] is sp.S.Exp1:
                return self.do("exp", parts[1])
            return self.do(reads_as(e.op), *parts)
        if e.op == "scan":
            return self.loop(e, parts)
        attributes = settle(e.attributes, self.bound)
        if e.op == "index":
            return self.do("index", *parts, as_key(attributes[0]))
        if e.op == "slice":
            return self.do("index", *parts, (Ellipsis, *[strip(*triple) for triple in attributes]))
        if e.op == "eye":
            return self.number(np.eye(attributes[0]))
        if e.op == "iota":
            return self.number(np.arange(float(attributes[0])))
        return self.do(e.op, *parts, *attributes)

    def loop(self, e, parts):
        """A loop, done step by step: its last states and stacked results, as one vector."""
        body, length, backwards = e.attributes
        length, c, m = integer(length, self.bound), len(body.carry), len(body.xs)
        state, xs, free = parts[:c], parts[c:c + m], parts[c + m:]
        results = [[None]*length for _ in body.outputs[c:]]
        for t in reversed(range(length)) if backwards else range(length):
            entries = [self.do("index", x, (t,)) for x in xs]
            names = [p.name for p in (*body.carry, *body.xs, *body.free)]
            step = Reader(self.words, self.number, dict(zip(names, (*state, *entries, *free))), self.bound)
            made = [step.read(output) for output in body.outputs]
            state = made[:c]
            for result, value in zip(results, made[c:]):
                result[t] = value
        pieces = [self.flat(value) for value in (*state, *[value for result in results for value in result])]
        return self.do("concatenate", *pieces, 0) if pieces else self.number(np.zeros(0))

    def flat(self, value):
        """The entries in C order."""
        return self.do("reshape", value, (int(np.prod(value.shape, dtype=int)),))

    def leaf(self, e):
        """A named value: of an equation, an input, or a length."""
        name = name_of(e)
        if name in self.defined:
            return self.defined[name]
        if name in self.inputs:
            return self.inputs[name]
        if e in self.bound:
            return self.number(sp.Integer(integer(e, self.bound)))
        raise ArgumentError(f"{name} has no value.", where=str(e), known=", ".join(sorted(self.inputs)),
                            do=f"give {name}=….")


def as_key(items):
    """NumPy's index from the language's: ("i", k), ("s", start, stop, step), ("n",)."""
    return tuple([item[1] if item[0] == "i" else np.newaxis if item[0] == "n" else slice(*item[1:]) for item in items])


def strip(start, step, length):
    """The positions start + step·j, 0 ≤ j < length, as a slice."""
    stop = start + step*length
    return slice(start, stop if stop >= 0 else None, step) if length > 0 else slice(0, 0)


def name_of(e):
    """The name a leaf's value is given by."""
    return str(e.label) if isinstance(e, sp.IndexedBase) else str(e.name)


def everything(roots):
    """Every subexpression once, those of lengths and limits too."""
    seen, stack = set(), list(roots)
    while stack:
        e = stack.pop()
        if e not in seen:
            seen.add(e)
            yield e
            if not isinstance(e, NAMED):
                stack.extend([a for a in e.args if isinstance(a, sp.Basic)])


def leaves(roots, defined=()):
    """[(name, sizes or None)] of everything named, but what equations define and what sums run over."""
    found, running = {}, set()
    for e in everything(roots):
        if isinstance(e, (sp.Sum, sp.Product)):
            running |= {limit[0] for limit in e.limits}
        if isinstance(e, sp.Lambda):
            running |= set(e.variables)
        if (isinstance(e, NAMED) or matrices.is_symbol(e)) and name_of(e) not in defined:
            note(found, e)
    return [(name_of(e), sizes_of(e)) for e in found.values() if e not in running]


def limits(roots):
    """{name: symbols} of what bounds the sums and products."""
    found = {}
    for e in everything(roots):
        if isinstance(e, (sp.Sum, sp.Product)):
            for symbol in set().union(*[bound.free_symbols for limit in e.limits for bound in limit[1:]]):
                found.setdefault(symbol.name, set()).add(symbol)
    return found


def note(found, e):
    """Remember a leaf; two leaves of one name and different sizes are refused."""
    other = found.setdefault(name_of(e), e)
    if sizes_of(other) != sizes_of(e) and not {other, e} & {o for o in (other, e) if isinstance(o, sp.IndexedBase)}:
        raise NameClash(f"{name_of(e)} stands for two things.", where=f"{sizes_of(other)} and {sizes_of(e)}",
                        do="give one of them another name.")


def sizes_of(e):
    """The sizes of a leaf, or None where it does not say."""
    if isinstance(e, Array):
        return e.sizes
    if isinstance(e, sp.Symbol):
        return ()
    if isinstance(e, sp.IndexedBase):
        return None if e.shape is None else tuple(e.shape)
    return tuple(e.shape)


def parts_of(expression):
    """(equations, outputs, is one) of an expression, a list of them, or a Model."""
    if hasattr(expression, "equations"):
        return [(name_of(n), e) for n, e in expression.equations], list(expression.outputs), expression.loss is not None
    if isinstance(expression, (list, tuple)):
        return [], [simple(e) for e in expression], False
    return [], [simple(expression)], True


def simple(e):
    """The expression as a SymPy object, where a Python number was given."""
    return sp.Float(e) if isinstance(e, float) else sp.Integer(e) if isinstance(e, int) else e


def lengths_of(equations, outputs, values):
    """{size symbol: int}, from the shapes of the values and the whole numbers given by name that bound sums."""
    names, roots = {n for n, _ in equations}, [e for _, e in equations] + outputs
    known = [(n, sizes) for n, sizes in leaves(roots, names) if sizes and n in values]
    given = {s: int(values[n]) for n, symbols in limits(roots).items() if n in values for s in symbols}
    return bind(known, values) | given


def evaluate(reader, equations, outputs):
    """The values of the outputs, after the equations in their order."""
    for name, expression in equations:
        reader.defined[name] = reader.read(expression)
    return [reader.read(o) for o in outputs]

"""Models: named equations, inputs and a loss go in; what reads a model walks the equations in order with a table of
names.

    environment = {}
    for name, expr in model.equations:          # `name` is an array that later expressions, and the loss, hold as a
    leaf
        environment[name] = read(expr, environment)
"""
from contextlib import contextmanager

import sympy as sp

from . import lengths, modes, toml
from .constraints import constraint
from .errors import ArgumentError, NameClash, SizeMismatch, SpecError, SymdiffError, nearest
from .language.arrange import broadcast_to
from .language.core import Array, ArrayExpr, lift, sizes_of, substitute, walk
from .formulas import read_formula

SHOWN = 40                                      # equations in the text of a model


class Model:
    """Named equations over inputs (data) and parameters, and a loss.

    equations   {name: formula}, a list of pairs (name, formula), or text with one "name = formula" a line;
                a formula is an expression or text.  A name may be text or an array; later formulas hold earlier names
    loss        a formula, or the name of an equation
    parameters  arrays, or {name: sizes}; what is to be found
    data        arrays, or {name: sizes}; what is given.  Where neither is given, every name that no equation
    defines is an input
    title       what it is called, and `description`, what there is to say of it; text
    at          {name: value}: a point at which derivations of it are printed
    constraints {name of a parameter: "positive", "unit", "simplex", "positive_definite", "ordered", or [low, high]}:
                what training keeps it to (symdiff.constraints); `free` has the formulas
    start       {name of a parameter: a number for all its entries, an array, or a rule of symdiff.models.initial}:
                where training starts
    modes       {name: Mask, RunningMean or RunningVariance of symdiff.modes}: what training draws or keeps

    An error that is found in an equation has that equation's name as its attribute `equation`.

    >>> X, w = Array("X", 5, 3), Array("w", 3)
    >>> m = Model("z = X @ w\\np = sigmoid(z)", loss="-mean(log(p))", parameters=[w], data=[X])
    >>> m
    Model
      parameters  w (3,)
      data        X (5, 3)
      z = X @ w
      p = sigmoid(z)
      loss = -mean(log(p))
    """

    columns = None                              # how a table becomes the data, where a model file says it
    training = {}                               # settings of its training, where a model file has them
    layers = None                               # the table [network] of the model file it was read from

    def __init__(self, equations=(), loss=None, parameters=None, data=None, *, title=None, description=None, at=None,
                 constraints=None, start=None, modes=None):
        self.title, self.description, self.at = title, description, dict(at or {})
        self._names = {}                        # every name -> the array (or plain symbol) that stands for it
        self._what = {}                         # name -> what it is, for errors
        self._lengths = {}                      # name -> the symbol of a length of an axis
        self._equations, self._defined, self._typed = [], {}, {}
        self._strict = parameters is not None and data is not None
        self._parameters = self._declare(parameters, "a parameter")
        self._data = self._declare(data, "data")
        self._inferred, self._missing, self._loss = [], {}, None
        # those still to come, so that a use before its definition is told as such
        pairs = _pairs(equations)
        self._coming = {_name(target): k for k, (target, _) in enumerate(pairs)}
        for target, formula in pairs:
            with _found_in(_name(target)):
                self._define(target, formula)
        if loss is not None:
            with _found_in("loss"):
                self.loss = loss
        self._settle()
        self.constraints, self.start = constraints or {}, start or {}
        self.modes = modes or {}

    # -- what a reader asks -------------------------------------------------------------------------------------------

    @property
    def equations(self):
        """((array of the name, expression), …) in order."""
        return tuple(self._equations)

    @property
    def loss(self):
        """The loss as an expression, or None."""
        return self._loss

    @loss.setter
    def loss(self, formula):
        if isinstance(formula, str) and formula in self._defined:
            expr = self._names[formula]
        else:
            expr = self._read(formula, "loss")
        if sizes_of(expr):
            raise SizeMismatch(f"a loss is one number, and this has the sizes {lengths.text(sizes_of(expr))}.",
                               where=f"loss = {expr}",
                               do="take its mean or its sum.")
        self._settle()
        self._loss = expr

    @property
    def modes(self):
        """{name: what training does with it}: see symdiff.modes."""
        return dict(self._modes)

    @modes.setter
    def modes(self, given):
        modes.check(given, [array.name for array in self.data], self._defined)
        self._modes = dict(given)

    @property
    def constraints(self):
        """{name of a parameter: its Constraint}: see symdiff.constraints."""
        return dict(self._constraints)

    @constraints.setter
    def constraints(self, given):
        self._constraints = {name: self._constraint(name, kind) for name, kind in self._own(given, "constraint")}

    @property
    def start(self):
        """{name of a parameter: a number, an array, or a rule}: where its training starts."""
        return dict(self._start)

    @start.setter
    def start(self, given):
        self._start = dict(self._own(given, "start"))

    def predicting(self, names=None):
        """The model as it predicts: masks are 1 - rate, running statistics are data; this one where it has no modes.

        names   the modes to change, where not all

        >>> from symdiff.modes import Mask
        >>> h, m = Array("h", 5, 4), Array("m", 5, 4)
        >>> Model({"k": h*(m/0.5)}, "mean(k)", [], [h, m], modes={"m": Mask(0.5)}).predicting().data
        (h,)
        """
        chosen = {name: mode for name, mode in self._modes.items() if names is None or name in names}
        if not chosen:
            return self
        rule = {self._names[name]: broadcast_to(1 - mode.rate, sizes_of(self._names[name]))
                for name, mode in chosen.items() if isinstance(mode, modes.Mask)}
        kept = [target for target, _ in self._equations if target.name in chosen]
        made = Model([(target, _inlined(expr, rule, {})) for target, expr in self._equations if target not in kept],
                     None if self._loss is None else _inlined(self._loss, rule, {}), self._parameters,
                     [array for array in self.data if array not in rule] + kept, title=self.title)
        made.modes = {name: mode for name, mode in self._modes.items() if name not in chosen}
        made.constraints, made.start = self.constraints, self.start
        return made

    @property
    def parameters(self):
        """The arrays to be found."""
        return tuple(self._parameters)

    @property
    def data(self):
        """The arrays given; with those inferred where the data were not declared."""
        return tuple(self._data + self._inferred)

    @property
    def outputs(self):
        """The loss alone; where there is none, the names of the equations that no other equation uses."""
        if self._loss is not None:
            return (self._loss,)
        used = {leaf for _, expr in self._equations for leaf in _leaves(expr)}
        return tuple([name for name, _ in self._equations if name not in used])

    def expression(self, formula=None, given=None, /, **named):
        """The loss (or another expression in the model's names) with every name replaced by its equation, as one
        expression.

        given   {name: expression}, or name=expression: what stands in the place of data, a parameter or an equation.
                A number stands for an array full of it; lengths by name become those of what is given

        Raises ArgumentError, SizeMismatch.

        >>> m = Model("h = tanh(x)\\nz = h @ w", loss="mean((y - z)**2)", data={"x": ("n", 2), "y": ("n",)},
        ...           parameters={"w": (2,)})
        >>> m.expression()
        mean((y - tanh(x) @ w)**2)
        >>> m.expression("z", h=Array("g", 5, 2))
        g @ w
        """
        if given is not None and not hasattr(given, "keys"):
            raise ArgumentError(f"what stands in the place of names is given by name, and this is {str(given)[:80]}.",
                                do='write expression("p", X=2*Z), or expression("p", {"X": 2*Z}).')
        environment, resized = self._given({**(given or {}), **named})
        for name, expr in self._equations:
            if name not in environment:
                environment[name] = _inlined(expr, environment, resized)
        formula = self._loss if formula is None else self._read(formula, "the expression")
        if formula is None:
            raise ArgumentError("this model has no loss.", do="say which expression: model.expression(formula).")
        return _inlined(formula, environment, resized)

    def _given(self, given):
        """({array of a name: what stands there}, {length by name: what it becomes})."""
        found = {self[_name(name)]: lift(value) for name, value in given.items()}
        resized = {}
        for name, value in found.items():
            of_one_rank = len(sizes_of(name)) == len(sizes_of(value))
            for length, new in zip(sizes_of(name), sizes_of(value)) if of_one_rank else ():
                if isinstance(length, sp.Symbol) and length is not new and resized.setdefault(length, new) != new:
                    raise SizeMismatch(f"the length {length} would be {resized[length]} and {new}.",
                                       where=f"{name} = {str(value)[:200]}", do="give arrays of one length for it.")
        for name, value in found.items():
            sizes = tuple([length if type(length) is int else lengths.canonical(length.xreplace(resized))
                           for length in sizes_of(name)])
            if sizes_of(value) == ():
                found[name] = broadcast_to(value, sizes) if sizes else value
            elif sizes_of(value) != sizes:
                raise SizeMismatch(f"{name} is {lengths.text(sizes)} here, and what is given for it "
                                   f"{lengths.text(sizes_of(value))}.", where=str(value)[:200],
                                   do=f"give an expression of the sizes of {name}.")
        return found, resized

    def __getitem__(self, name):
        """The array (or symbol) that stands for a name."""
        if name not in self._names:
            raise ArgumentError(f"the model has no {name}.", known=_some(self._names), do="use one of its names.")
        return self._names[name]

    def to_toml(self):
        """The text of a model file that `sd.load` reads as this model: formulas as typed, or as they print.

        A model read from a file with [network] has that table again; of a network made in Python the layers are its
        equations.  Raises SpecError for what has no form in a file: plain symbols, names that are no words, long
        expressions.

        >>> print(Model({"p": "exp(a)"}, loss="p**2", parameters={"a": ()}).to_toml(), end="")
        loss = "p**2"
        <BLANKLINE>
        [parameters]
        a = []
        <BLANKLINE>
        [equations]
        p = "exp(a)"
        """
        return toml.toml(self.title, self.description, self._loss, {"data": self.data, "parameters": self.parameters},
                         self._equations, self.at, self._names, self._typed, self._modes, self._wishes(),
                         self.columns, self.training, self.layers)

    def _wishes(self):
        """{name: {"constraint": its form, "start": its value}} of the parameters that have one."""
        found = {name: {"constraint": kind.form} for name, kind in self.constraints.items()}
        for name, value in self.start.items():
            found.setdefault(name, {})["start"] = value
        return found

    def free(self, jacobian=0):
        """The same model in free numbers: each constrained parameter an equation in one that may be any number.

        jacobian   log |det J| of the constraints is taken from the loss this many times: 1 where the loss is a negative
                   log density that is no average, whose least is then a mode of the density of the free numbers

        The free numbers of sigma are called sigma_free.

        >>> m = Model(loss="log(sigma) + sum(y**2)/(2*sigma**2)", parameters={"sigma": ()}, data={"y": (3,)},
        ...           constraints={"sigma": "positive"})
        >>> m.free(1)
        Model
          parameters  sigma_free
          data        y (3,)
          sigma = exp(sigma_free)
          loss = log(sigma) + sum(y**2)/(2*sigma**2) - sigma_free
        """
        pairs, parameters, loss = [], [], self._loss
        for array in self._parameters:
            kind = self.constraints.get(array.name)
            if kind is None:
                parameters.append(array)
                continue
            u = Array(self.free_name(array.name), *kind.free(sizes_of(array)))
            parameters.append(u)
            pairs.append((array, kind.value(u)))
            if loss is not None and jacobian != 0:
                term = kind.log_jacobian(u)
                loss = loss - (term if jacobian == 1 else jacobian*term)
        return Model([*pairs, *self._equations], loss, parameters, self.data, title=self.title,
                     description=self.description, modes=self._modes)

    def free_name(self, name):
        """What the free numbers of a constrained parameter are called."""
        name = f"{name}_free"
        while name in self._names:
            name += "_"
        return name

    # -- building -----------------------------------------------------------------------------------------------------

    def define(self, name, formula):
        """Add an equation; the array of its name, for the formulas that come after."""
        target = self._define(name, formula)
        self._settle()
        return target

    def _own(self, given, what):
        """(name, value) of what was given for parameters."""
        names = {array.name: array for array in self._parameters}
        if not hasattr(given, "items"):
            raise ArgumentError(f"the {what}s are given by name, and this is a {type(given).__name__}.",
                                do='write {"sigma": ...}.')
        for key, value in given.items():
            name = getattr(key, "name", key)
            if name not in names:
                raise ArgumentError(f"the {what} of {str(name)[:80]}, which is no parameter of the model.",
                                    known=_some(names), do=nearest(name, names, "name a parameter."))
            yield name, value

    def _constraint(self, name, given):
        array = self._names[name]
        if not isinstance(array, ArrayExpr):
            raise ArgumentError(f"{name} is a plain symbol, and only arrays are constrained.",
                                do=f'write sd.array("{name}").')
        found = constraint(given)
        found.check(name, sizes_of(array))
        return found

    def _declare(self, given, what):
        if given is None:
            return []
        if isinstance(given, (ArrayExpr, str)):
            raise ArgumentError(f"{what}: one {type(given).__name__} was given for a list.",
                                do="write a list of arrays, or {name: sizes}.")
        if isinstance(given, dict):
            given = [Array(name, *_sizes(sizes)) for name, sizes in given.items()]
        arrays = []
        for array in given:
            if not isinstance(array, sp.Symbol):
                raise ArgumentError(f"{array} is no array that a value can be given for.",
                                    do='use array("w", d), or {"w": (d,)}.')
            self._enter(array, what)
            arrays.append(array)
        return arrays

    def _enter(self, array, what):
        name = array.name
        if name in self._names:
            raise NameClash(f"{name} is {self._what[name]} and also {what}.", do="give one of them another name.")
        self._names[name], self._what[name] = array, what
        self._lengths.update((s.name, s) for s in lengths.symbols(sizes_of(array)))

    def _define(self, target, formula):
        name = _name(target)
        if name in self._defined:
            raise NameClash(f"{name} is defined twice.",
                            where=f"{name} = {str(self._defined[name])[:80]}\n{name} = {str(formula)[:80]}",
                            do="give the second one another name.")
        self._coming.pop(name, None)
        expr = self._read(formula, name)
        if isinstance(target, sp.Symbol) and sizes_of(target) != sizes_of(expr):
            raise SizeMismatch(f"{name} is declared {lengths.text(sizes_of(target))}, and its equation gives "
                               f"{lengths.text(sizes_of(expr))}.",
                               where=f"{name} = {expr}", do="declare the sizes that the equation gives.")
        target = target if isinstance(target, sp.Symbol) else Array(name, *sizes_of(expr))
        if name in self._missing:
            raise SpecError(f"{name} is used before it is defined.", where=f"{self._missing[name]} uses {name}",
                            do=f"move the equation of {name} up; if it uses {self._missing[name]}, the "
                               f"equations are a circle.")
        if name in self._names and self._names[name] in self._inferred:
            raise SpecError(f"{name} is used before it is defined.", where=f"{name} = {expr}",
                            do=f"move the equation of {name} up.")
        self._enter(target, "an equation")
        self._equations.append((target, expr))
        self._defined[name] = expr
        return target

    def _read(self, formula, place):
        if isinstance(formula, str):
            self._typed[place] = formula.strip()
            return self._checked(self._formula(formula, place), place)
        self._typed.pop(place, None)
        return self._checked(lift(formula), place)

    def _formula(self, text, place):
        return lift(read_formula(text, self._names, lambda name: self._unknown(name, place)))

    def _unknown(self, name, place):
        """What stands for a name of a text that was not declared: a length of an axis, an input, or (an error)
        nothing."""
        if name in self._lengths:
            return self._lengths[name]
        self._refuse_early(name, place)
        if self._strict:
            self._missing.setdefault(name, place)
        return Array(name)

    def _refuse_early(self, name, place):
        if name == place:
            raise SpecError(f"{name} is defined by itself.", where=f"{name} = ... {name} ...",
                            do="give one of them another name.")
        if name in self._coming:
            raise SpecError(f"{name} is used before it is defined.", where=f"{place} = ... {name} ...",
                            do=f"move the equation of {name} up; if it uses {place}, the equations are a "
                               f"circle, and one must go.")

    def _checked(self, expr, place):
        """The expression, when every name in it is known with the sizes it has there."""
        for leaf in _leaves(expr):
            known = self._names.get(leaf.name)
            if known is leaf:
                continue
            if known is None:
                if not isinstance(leaf, ArrayExpr) and leaf.is_integer and leaf.is_nonnegative:
                    continue                                        # the length of an axis
                self._refuse_early(leaf.name, place)
                if self._strict:
                    self._missing.setdefault(leaf.name, place)
                else:
                    self._enter(leaf, "an input")
                    self._inferred.append(leaf)
            elif sizes_of(known) != sizes_of(leaf):
                raise SizeMismatch(f"{leaf.name} has two sizes: {lengths.text(sizes_of(known))} as "
                                   f"{self._what[leaf.name]}, "
                                   f"{lengths.text(sizes_of(leaf))} in {place}.", where=f"{place} = {expr}",
                                   do="use one array for one name.")
            elif not isinstance(known, ArrayExpr) or not isinstance(leaf, ArrayExpr):
                raise NameClash(f"{leaf.name} is an array and a plain symbol.", where=f"{place} = {expr}",
                                do="use one of them everywhere.")
        return expr

    def _settle(self):
        """Refuse what was used and never declared, all at once."""
        if self._missing:
            missing, self._missing = self._missing, {}
            error = SpecError(f"these names are not declared: {_some(missing)}.",
                              where="\n".join(f"{name} in {place}" for name, place in list(missing.items())[:10]),
                              known=_some(self._names),
                              do="add them to the parameters or the data, or define them by an equation.")
            error.equation = next(iter(missing.values()))
            raise error

    def _shown(self, array):
        """An input with its sizes and its constraint."""
        sizes, kind = sizes_of(array), self.constraints.get(array.name)
        return str(array) + (f" {lengths.text(sizes)}" if sizes else "") + (f" {kind}" if kind is not None else "")

    def __repr__(self):
        lines = ["Model"]
        for title, arrays in (("parameters", self.parameters), ("data", self.data)):
            if arrays:
                shown = [self._shown(a) for a in arrays[:SHOWN]]
                lines.append(f"  {title:<12}" + ", ".join(shown) + (", ..." if len(arrays) > SHOWN else ""))
        if self._modes:
            shown = [f"{name} {' '.join(map(str, modes.word(mode)))}" for name, mode in self._modes.items()]
            lines.append(f"  {'modes':<12}" + ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else ""))
        body = [f"  {name} = {expr}" for name, expr in self._equations[:SHOWN]]
        if len(self._equations) > SHOWN:
            body.append(f"  ... {len(self._equations) - SHOWN} more")
        if self._loss is not None and self._loss is not self._names.get("loss"):
            body.append(f"  loss = {self._loss}")
        return "\n".join(lines + body)


@contextmanager
def _found_in(name):
    """An error from within says that it was found in the equation of this name."""
    try:
        yield
    except SymdiffError as error:
        error.equation = error.equation or name
        raise


def _name(target):
    if isinstance(target, sp.Symbol):
        return target.name
    if isinstance(target, str) and target.strip():
        return target.strip()
    raise ArgumentError(f"{target!r} is no name of an equation.", do='write "h", or array("h", n, d).')


def _pairs(equations):
    """(name, formula) pairs from a dict, a list of pairs, or text with one equation a line."""
    if isinstance(equations, dict):
        return list(equations.items())
    if not isinstance(equations, str):
        pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else (pair,) for pair in equations]
        for pair in pairs:
            if len(pair) != 2:
                raise ArgumentError(f"an equation is a pair (name, formula), and this is {str(pair)[:80]}.",
                                    do='write ("h", tanh(X @ W)).')
        return pairs
    pairs = []
    for number, line in enumerate(equations.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, formula = line.partition("=")
        if not equals or formula.startswith("="):
            raise SpecError(f"line {number} is no equation.", where=line[:120], do="write name = formula.")
        pairs.append((name, formula))
    return pairs


def _sizes(given):
    """The sizes of a declared name; text stands for a length of that name."""
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    return [lengths.sizes(s) if isinstance(s, str) else s for s in given]


def _leaves(expr):
    """The named leaves of an expression."""
    return [e for e in walk(expr) if isinstance(e, sp.Symbol)]


def _inlined(expr, environment, resized):
    rule = {**resized, **{leaf: environment[leaf] for leaf in _leaves(expr) if leaf in environment}}
    if not rule:
        return expr
    return substitute(expr, rule) if isinstance(expr, ArrayExpr) else expr.xreplace(rule)


def _some(names, most=20):
    names = list(names)
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")

"""Formulas as text: a line such as "-y*log(1/(1 + exp(-w*x)))" goes in, an array expression comes out, compiled as
typed.

The reader is its own: nothing is ever handed to Python or to SymPy to run, and names are kept letter by letter.
Its grammar,
with Python's precedences (no statement, no attribute but .T, nothing that Python could call):

    text       = formula ["where" name "=" formula {"," name "=" formula}]
    formula    = choice [("<" | "<=" | ">" | ">=" | "==" | "!=") choice]
    choice     = terms joined by | and, closer, by &
    term       = operands joined by + -, closer by * / // @ %, closest by ** (to the right); signs - + ~ in front
    operand    = number | name | name "(" arguments ")" | "(" formula ")" | operand "[" key "]" | operand ".T" | list

A name in front of "(" is one of NumPy's or SymPy's words; any other is what was declared for it, or else a scalar.
After `where` names are given to parts of the formula; each may use those before it: p*(1 - p) where p = sigmoid(x).
Exact numbers are put together exactly (1/3, sqrt(2*pi)); everything else stays as it is typed.
"""
import difflib
import inspect
import keyword
import re

import numpy as np
import sympy as sp

from . import language as words
from . import lengths
from .errors import ArgumentError, SpecError
from .language.axes import operand
from .language.core import Array, ArrayExpr, Constant, Node, lift, make, nodes, number
from .language.elementwise import of_function
from .language.numpy_protocol import UFUNCS, sum_of_loggammas
from .language.operators import BINARY

LENGTH, NESTING, DIGITS, BITS = 1_000_000, 1_000, 400, 4_096

_TOKEN = re.compile(r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<text>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<sign>\.\.\.|\*\*|//|<=|>=|==|!=|[-+*/@%<>=&|~^()\[\],.:])""", re.VERBOSE)

COMPARE = {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "==": sp.Eq, "!=": sp.Ne}
LEVEL = {**dict.fromkeys(COMPARE, 1), "|": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "@": 5, "%": 5,
         "sign": 6, "**": 7}
_DEEPER = {"(": 1, "[": 1, ")": -1, "]": -1}
INFIX = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "@": "matmul", "%": "mod", "**": "pow",
         "&": "and", "|": "or"}


def parse(text, /, **names):
    """The formula as an array expression.

    Names given as keywords stand for arrays (or numbers, ndarrays, lengths of axes); all others become scalars.

    >>> parse("-y*log(1/(1 + exp(-w*x)))")
    -y*log(1/(1 + exp(-w*x)))
    >>> parse("X.T @ (X @ w - 1)/3", X=Array("X", 3, 2), w=Array("w", 2))
    X.T @ (X @ w - 1) / 3
    >>> parse("p*(1 - p) where p = sigmoid(a*x + b)")
    sigmoid(a*x + b)*(1 - sigmoid(a*x + b))
    """
    return read_formula(text, names, Array)


def read_formula(text, names, unknown):
    """The formula as an expression; `unknown(name)` gives what stands for a name that is not in `names`."""
    if not isinstance(text, str):
        raise ArgumentError(f"a formula is text, and this is {type(text).__name__}.", where=repr(text)[:200],
                            do='write parse("x**2").')
    return _Reader(text, names, unknown).read()


def read_length(text):
    """The length of an axis as text has it: a whole number, a name, or made of such by + - *.

    >>> read_length("2*n + 1")
    2*n + 1
    """
    found = _length(read_formula(text, {}, lengths.sizes))
    if not lengths.is_size(found):
        raise SpecError("this is no length of an axis.", where=text[:200],
                        do="write a whole number, a name, or a formula of such: n, 2*n + 1.")
    return lengths.canonical(found)


class _Frame:
    """An open bracket (or the formula as a whole): what has been read in it so far."""
    __slots__ = ("kind", "start", "what", "operands", "operators", "items", "keywords", "keyword", "bounds", "comma")

    def __init__(self, kind, start, what=None):
        self.kind, self.start, self.what = kind, start, what
        self.operands, self.operators, self.items, self.keywords = [], [], [], {}
        self.keyword, self.bounds, self.comma = None, [], False


class _Reader:
    """One pass over the text, by a stack of open brackets: no nesting is too deep for it, and NESTING is refused
    first."""

    def __init__(self, text, names, unknown):
        self.text, self.names, self.unknown = text, names, unknown
        self.made = {}
        if len(text) > LENGTH:
            raise SpecError(f"a formula of {len(text)} characters; at most {LENGTH} are read.", where=text[:60] + "...",
                            do="write it as a model of named equations.")

    def error(self, what, at, do=None, known=None):
        low = max(0, at - 40)
        excerpt = self.text[low:at + 30].replace("\n", " ").replace("\t", " ")
        excerpt = "".join(c if c.isprintable() else "?" for c in excerpt)
        where = f"column {at + 1}\n{excerpt}\n{' '*(at - low)}^"
        return SpecError(what, where=where, do=do, known=known)

    def tokens(self):
        at, depth = 0, 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                c = self.text[at]
                raise self.error(f"the character {c!r} has no place in a formula.", at,
                                 do="close the quotes." if c in "\"'" else "leave it out.")
            kind, piece = match.lastgroup, match.group()
            if kind != "space":
                if piece in ("(", "[") and kind == "sign":
                    depth += 1
                    if depth > NESTING:
                        raise self.error(f"more than {NESTING} brackets inside each other.", at,
                                         do="write it as a model of named equations.")
                elif piece in (")", "]") and kind == "sign":
                    depth -= 1
                yield kind, piece, at
            at = match.end()
        yield "end", "", len(self.text)

    def read(self):
        tokens = list(self.tokens())
        at = _where(tokens)
        if at is not None:
            self.define(tokens[at + 1:])
            tokens = [*tokens[:at], ("end", "", tokens[at][2])]
        return self.formula(tokens)

    def define(self, tokens):
        """What stands after `where`: name = formula, name = formula."""
        self.names = dict(self.names)
        start = 0
        for k in _ends(tokens):
            (kind, name, at), equals, *body = [*tokens[start:k], ("end", "", tokens[k][2]), ("end", "", tokens[k][2])]
            if kind != "name" or equals[1] != "=":
                what = "a definition is missing after where." if kind == "end" else "this is no definition."
                raise self.error(what, at, do="write name = formula, with commas between: p*q where p = exp(x), q = 2.")
            if name in self.names or name in self.made:
                used = "has a meaning already" if name in self.names else "is used before it is defined"
                raise self.error(f"{name} {used}.", at, do="give another name." if name in self.names
                                 else "write the definitions in order, those that others use first.")
            value = self.formula(body[:-1] if body[1:] else body)
            if name in self.made:
                raise self.error(f"{name} is defined by itself.", at, do="give one of them another name.")
            self.names[name] = value
            start = k + 1

    def formula(self, tokens):
        """The value of one formula."""
        self.frames, self.waiting = [_Frame("all", tokens[0][2])], True
        k = 0
        while k < len(tokens):
            kind, piece, at = tokens[k]
            following = tokens[k + 1][1] if k + 1 < len(tokens) else ""
            k += (self.operand if self.waiting else self.after)(kind, piece, at, following, tokens[k + 1:k + 2])
        value = self.frames[0].items[0]
        if isinstance(value, (tuple, list, str, bool)) or value is None or value is Ellipsis:
            raise self.error("a formula has one value.", tokens[0][2], do="write one expression.")
        return lift(value) if isinstance(value, np.ndarray) else value

    # -- where an operand is expected; each returns how many tokens were used -----------------------------------------

    def operand(self, kind, piece, at, following, rest):
        frame = self.frames[-1]
        if kind == "number":
            return self.push(self.literal(piece, at))
        if kind == "text":
            if frame.kind != "call" or frame.what not in ("einsum", "norm"):
                raise self.error("text has no place here.", at, do="only the labels of einsum stand in quotes.")
            return self.push(piece[1:-1])
        if kind == "name":
            if following == "(" and piece not in self.names:
                if piece not in FUNCTIONS:
                    raise self.unknown_function(piece, at)
                self.frames.append(_Frame("call", at, piece))
                return 2
            if following == "=" and frame.kind == "call" and not frame.operators and not frame.operands:
                if piece in frame.keywords or frame.keyword:
                    raise self.error(f"{piece} is given twice.", at, do="give it once.")
                frame.keyword = piece
                return 2
            return self.push(self.value(piece, at))
        if piece in ("(", "["):
            self.frames.append(_Frame("group" if piece == "(" else "list", at))
            return 1
        if piece in ("-", "+", "~"):
            frame.operators.append(("sign", piece, at))
            return 1
        if piece == "..." and frame.kind == "index":
            return self.push(Ellipsis)
        if piece == ":" and frame.kind == "index" and not frame.operators:
            frame.bounds.append(None)
            return 1
        if piece in (")", "]") and not frame.operators and frame.keyword is None and (frame.comma or frame.bounds
                                                                                      or not frame.items):
            return self.close(piece, at, empty=True)
        if piece == "," and frame.kind == "index" and frame.bounds and not frame.operators:
            self.finish_item(at, empty=True)
            return 1
        raise self.error("an operand is missing." if kind == "end" or piece in LEVEL or piece in ",)]:"
                         else f"{piece} has no place here.", at,
                         do="write a number, a name or a bracket here.")

    def push(self, value):
        self.frames[-1].operands.append(value)
        self.waiting = False
        return 1

    def literal(self, piece, at):
        if len(piece) > DIGITS:
            raise self.error(f"a number of {len(piece)} digits.", at, do="17 digits are all that float64 holds.")
        if piece.isdecimal() and piece.isascii():
            return self.finite(sp.Integer(int(piece)), at)
        value = float(piece)
        if value == float("inf"):
            raise self.error("this number is beyond float64.", at, do="use numbers below 1.8e308.")
        return number(value)

    def value(self, name, at):
        """What stands for a name."""
        if name in self.names:
            given = self.names[name]
            return given if isinstance(given, (sp.Basic, np.ndarray)) else operand(given)
        if name in VALUES:
            return VALUES[name]
        if name in REFUSED:
            raise self.error(f"{name} {REFUSED[name]}.", at, do="declare the name if it is one of yours.")
        if keyword.iskeyword(name):
            raise self.error(f"{name} is a word of Python, and formulas are not Python.", at,
                             do="for choices write where(condition, a, b), for conditions & | ~; declare the "
                                "name if it is one of yours.")
        if name not in self.made:
            self.made[name] = self.unknown(name)
        return self.made[name]

    def unknown_function(self, name, at):
        if keyword.iskeyword(name):
            return self.error(f"{name} is a word of Python, and formulas are not Python.", at,
                              do="for conditions write & | ~.")
        near = difflib.get_close_matches(name, FUNCTIONS, 3)
        return self.error(f"there is no function {name}.", at, known=", ".join(near) if near
                          else "exp, log, sqrt, tanh, sum, where, ...",
                          do=f"did you mean {near[0]}?" if near else "perhaps * is missing, or the name is another.")

    # -- where an operand has just ended ------------------------------------------------------------------------------

    def after(self, kind, piece, at, following, rest):
        frame = self.frames[-1]
        if kind == "sign" and piece in LEVEL:
            self.reduce(frame, LEVEL[piece], at, right=piece == "**")
            if piece in COMPARE and frame.operators and frame.operators[-1][1] in COMPARE:
                raise self.error("two comparisons in a row.", at, do="write (0 < x) & (x < 1).")
            frame.operators.append((piece, piece, at))
            self.waiting = True
            return 1
        if piece == "[" and kind == "sign":
            inner = _Frame("index", at, frame.operands.pop())
            self.frames.append(inner)
            self.waiting = True
            return 1
        if piece == "." and kind == "sign":
            if following != "T":
                raise self.error(f"attributes are not read, other than .T: .{following}", at,
                                 do="write words alone: exp(x), not np.exp(x); sum(x), not x.sum().")
            frame.operands.append(words.transpose(self.array(frame.operands.pop(), at)))
            return 2
        if piece == "," and frame.kind != "all":
            self.finish_item(at)
            self.waiting = True
            return 1
        if piece == ":" and frame.kind == "index":
            self.reduce(frame, 0, at)
            frame.bounds.append(frame.operands.pop())
            self.waiting = True
            return 1
        if piece in (")", "]") and kind == "sign":
            return self.close(piece, at)
        if kind == "end":
            if frame.kind != "all":
                raise self.error("this bracket is not closed.", frame.start, do="close it.")
            self.finish_item(at)
            return 1
        raise self.error(*{
            "^": ("^ is no power.", at, "write ** for powers."),
            "=": ("= has no place here.", at, "write == to compare."),
            "(": ("what stands before this bracket is no function.", at, "write * to multiply."),
        }.get(piece, ("an operator is missing.", at, "write * to multiply.")))

    def finish_item(self, at, empty=False):
        """The end of an item between commas."""
        frame = self.frames[-1]
        if empty:
            value = None
        else:
            self.reduce(frame, 0, at)
            value = frame.operands.pop()
        if frame.bounds:
            if len(frame.bounds) > 2:
                raise self.error("a slice has three parts.", at, do="write start:stop:step.")
            parts = [*frame.bounds, value]
            value = slice(*[None if p is None else _length(p) for p in parts])
            frame.bounds = []
        if frame.keyword is not None:
            frame.keywords[frame.keyword], frame.keyword = value, None
        elif frame.keywords:
            raise self.error("a plain argument stands after a named one.", at, do="put it first.")
        else:
            frame.items.append(value)
        frame.comma = True

    def close(self, piece, at, empty=False):
        frame = self.frames[-1]
        if frame.kind == "all" or (piece == ")") != (frame.kind in ("group", "call")):
            raise self.error(f"{piece} closes no bracket.", at, do="leave it out, or open the bracket.")
        comma = frame.comma
        if not empty or frame.bounds:
            self.finish_item(at, empty)
        self.frames.pop()
        self.waiting = False
        if frame.kind == "group":
            if not frame.items:
                raise self.error("these brackets are empty.", frame.start, do="write an operand between them.")
            value = tuple(frame.items) if comma else frame.items[0]
        elif frame.kind == "list":
            value = _listed(frame.items)
        elif frame.kind == "index":
            if not frame.items:
                raise self.error("this index is empty.", frame.start, do="write a position or a slice.")
            value = words.operators.indexing.index(self.array(frame.what, frame.start),
                                                   tuple(_position(k) for k in frame.items))
        else:
            value = self.call(frame)
        return self.push(value)

    # -- putting together ---------------------------------------------------------------------------------------------

    def reduce(self, frame, level, at, right=False):
        """Apply the operators that bind closer than `level` (as close, where they join to the left)."""
        while frame.operators:
            name, piece, where = frame.operators[-1]
            if LEVEL[name] < level or LEVEL[name] == level and (right or level == 1):
                return
            frame.operators.pop()
            b = self.array(frame.operands.pop(), where)
            if name == "sign":
                frame.operands.append(_sign(piece, b))
            else:
                frame.operands.append(self.infix(piece, self.array(frame.operands.pop(), where), b, where))

    def array(self, value, at):
        """An operand of arithmetic: no tuple, text or truth value."""
        if isinstance(value, ArrayExpr) or isinstance(value, sp.Expr):
            return lift(value)
        if isinstance(value, (np.ndarray, list)):
            return operand(value)
        kind = {tuple: "a pair of brackets with commas", str: "text", bool: "a truth value"}.get(type(value), "this")
        raise self.error(f"{kind} has no place in arithmetic.", at, do="write a number, an array or a formula.")

    def infix(self, piece, a, b, at):
        if piece in COMPARE:
            return make(COMPARE[piece], (a, b))
        if _exact(a) and _exact(b) and piece in ("+", "-", "*", "/", "**"):
            folded = self.folded(piece, a, b, at)
            if folded is not None:
                return folded
        return BINARY[INFIX[piece]](a, b)

    def folded(self, piece, a, b, at):
        """Exact numbers put together exactly; None where that is not harmless."""
        if piece == "/" and b.is_zero:
            raise self.error("a division by zero.", at, do="write another divisor.")
        if piece == "**":
            if not (a.is_Rational and b.is_Integer):
                return None
            bits = max(int(a.p).bit_length(), int(a.q).bit_length())*abs(int(b))
            if bits > BITS:
                raise self.error("this power is beyond float64.", at, do="write the number itself, or take logarithms.")
            return self.finite(a**b, at) if a or b >= 0 else None
        value = {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__}[piece](b)
        return self.finite(value, at)

    def finite(self, value, at):
        if value.is_Rational and max(int(value.p).bit_length() - int(value.q).bit_length(), 0) > 1024:
            raise self.error("this number is beyond float64.", at, do="use numbers below 1.8e308.")
        return value

    def call(self, frame):
        """The function `frame.what` of what stands in its brackets."""
        function, args, options = FUNCTIONS[frame.what], frame.items, frame.keywords
        if isinstance(function, type):
            if options:
                raise self.error(f"{frame.what} has no argument {next(iter(options))}.", frame.start,
                                 do="leave it out.")
            if function is not sp.Piecewise:
                args = [a if isinstance(a, bool) else self.array(a, frame.start) for a in args]
            elif not all(isinstance(a, tuple) and len(a) == 2 for a in args) or not args:
                raise self.error("Piecewise takes pairs (value, condition).", frame.start,
                                 do="write Piecewise((a, x > 0), (b, True)).")
            try:
                return of_function(function, args)
            except ArgumentError as error:
                raise self.error(error.what, frame.start, do=error.do) from None
        try:
            bound = inspect.signature(function).bind(*args, **options)
        except TypeError as error:
            raise self.error(f"{frame.what}: {error}.", frame.start,
                             do=f"it is {frame.what}{inspect.signature(function)}.") from None
        if frame.what in SIZED:
            bound.arguments.update({k: _lengths(v) for k, v in bound.arguments.items() if k in ("n", "sizes")})
        return function(*bound.args, **bound.kwargs)


def _where(tokens):
    """The place of the `where` that definitions follow: a word where an operator would have to stand."""
    depth = 0
    for k, (kind, piece, _) in enumerate(tokens):
        depth += _DEEPER.get(piece, 0) if kind == "sign" else 0
        if kind == "name" and piece == "where" and depth == 0 and k and tokens[k + 1][1] != "(" \
                and (tokens[k - 1][0] != "sign" or tokens[k - 1][1] in ")]"):
            return k
    return None


def _ends(tokens):
    """The places of the commas outside of brackets, and of the end."""
    depth = 0
    for k, (kind, piece, _) in enumerate(tokens):
        depth += _DEEPER.get(piece, 0) if kind == "sign" else 0
        if kind == "end" or kind == "sign" and piece == "," and depth == 0:
            yield k


def _sign(piece, x):
    if piece == "+":
        return x
    if piece == "~":
        return make(sp.Not, (x,))
    if isinstance(x, Constant) and not x.sizes:
        return number(-float(x.value.array))
    if x.is_Number:
        return number(-0.0) if x.is_Float and x.is_zero else -x
    return -x if _exact(x) else make(sp.Mul, (sp.S.NegativeOne, x))


def _exact(x):
    """Is this an exact number: rational, pi, e, or made of them?"""
    return isinstance(x, sp.Expr) and not isinstance(x, ArrayExpr) and (x.is_Rational or x is sp.pi or x is sp.E or
                                                                        x.is_number and x.is_finite
                                                                        and not x.has(sp.Float))


def _listed(items):
    """[1, 2, 3] as an ndarray; a list that holds arrays stays one."""
    if items and all(isinstance(v, sp.Number) and v.is_finite or isinstance(v, np.ndarray) for v in items):
        values = [v if isinstance(v, np.ndarray) else float(v) for v in items]
        if len({np.shape(v) for v in values}) == 1:
            return np.asarray(values)
    return items


def _length(value):
    """A length or a position that was read as a formula of size symbols, as the plain expression it is."""
    if isinstance(value, sp.Integer):
        return int(value)
    if not isinstance(value, Node):
        return value
    plain = {}
    for e in nodes(value):
        if isinstance(e, Node) and e.op in (sp.Add, sp.Mul):
            args = [plain[a] for a in e.args]
            plain[e] = None if None in args else e.op(*args)
        else:
            plain[e] = None if isinstance(e, ArrayExpr) else e
    return value if plain[value] is None else plain[value]


def _lengths(value):
    return tuple(map(_lengths, value)) if isinstance(value, (tuple, list)) else _length(value)


def _position(item):
    return item if isinstance(item, (slice, list, np.ndarray)) or item is None or item is Ellipsis else _length(item)


# -- the words --------------------------------------------------------------------------------------------------------

def _sqrt(x):
    x = operand(x)
    if x.is_number and _exact(x) and x.is_positive and (not x.is_Rational
                                                        or max(int(x.p), int(x.q)).bit_length() <= 64):
        return sp.sqrt(x)
    return make(sp.Pow, (x, sp.S.Half))


def _log(x, base=None):
    x = operand(x)
    if base is None and _exact(x) and x.is_positive:
        return sp.log(x, evaluate=False)
    return of_function(sp.log, (x,) if base is None else (x, operand(base)))


def _rational(p, q=1):
    p, q = operand(p), operand(q)
    if not (p.is_Rational and q.is_Rational and q):
        raise SpecError("Rational takes two whole numbers, the second not 0.", where=f"Rational({p}, {q})",
                        do="write p/q.")
    return p/q


def _factorial(n):
    n = operand(n)
    if isinstance(n, sp.Integer):
        if not 0 <= n <= 170:
            raise SpecError(f"the factorial of {n} is beyond float64.", where=f"factorial({n})",
                            do="write loggamma(n + 1), its logarithm.")
        return sp.factorial(n)
    return make(sp.gamma, (make(sp.Add, (n, 1)),))


def _operator(name):
    def build(a, b):
        return BINARY[name](operand(a), operand(b))
    return build


def _unary(name):
    def build(x):
        return UFUNCS[name](operand(x))
    return build


def _relation(op):
    def build(a, b):
        return make(op, (operand(a), operand(b)))
    return build


def _root(x, n):
    return BINARY["pow"](operand(x), BINARY["truediv"](sp.Integer(1), operand(n)) if not _exact(operand(n))
                         else 1/operand(n))


def _of_reciprocal(op):
    return lambda x: make(op, (BINARY["truediv"](sp.Integer(1), operand(x)),))


def _binomial(n, k):
    """By logarithms, for 0 <= k <= n; exact of whole numbers that leave it below float64's end."""
    n, k = operand(n), operand(k)
    if isinstance(n, sp.Integer) and isinstance(k, sp.Integer) and 0 <= k <= n <= 1000:
        return sp.binomial(n, k)
    top, *below = [make(sp.loggamma, (m,)) for m in (n + 1, k + 1, n - k + 1)]
    return make(sp.exp, (top - below[0] - below[1],))


_CLASSES = """acos acosh asin asinh atan atan2 atanh ceiling cos cosh digamma erf erfc erfinv exp floor gamma
loggamma polygamma sign sin sinc sinh
    tan tanh Abs Heaviside Max Min Piecewise And Or Not ITE Mod sec csc cot sech csch coth""".split()
_OURS = """erfcx exp2 expm1 exprel hard_unit hypot leaky_relu log1mexp log1p log2 log10 log_ndtr log_sigmoid logaddexp
    ndtr relu round_ sigmoid softplus step swish xlogy""".split()
_AXES = """matmul einsum dot outer trace sum mean prod max min logsumexp softmax log_softmax cumsum cumprod norm
transpose swapaxes reshape ravel
    squeeze expand_dims broadcast_to concatenate stack vstack hstack take diag tril triu eye arange solve
    triangular_solve inv det logdet
    cholesky where maximum minimum clip eq ne""".split()
SIZED = ("reshape", "broadcast_to", "eye", "arange")

FUNCTIONS = {
    **{name: getattr(sp, name) for name in _CLASSES},
    **{name: getattr(words, name) for name in _OURS + _AXES},
    **{name: _unary(name) for name in ("square", "reciprocal", "radians", "degrees", "trunc", "rint", "logit", "entr",
                                       "cbrt")},
    "sqrt": _sqrt, "log": _log, "ln": _log, "abs": sp.Abs, "absolute": sp.Abs, "fabs": sp.Abs, "sgn": sp.sign,
    "ceil": sp.ceiling,
    "arccos": sp.acos, "arcsin": sp.asin, "arctan": sp.atan, "arctan2": sp.atan2, "arccosh": sp.acosh,
    "arcsinh": sp.asinh, "arctanh": sp.atanh,
    "lgamma": sp.loggamma, "gammaln": sp.loggamma, "psi": sp.digamma,
    "trigamma": lambda x: make(sp.polygamma, (1, operand(x))),
    "expit": words.sigmoid, "log_expit": words.log_sigmoid, "round": words.round_, "heaviside": sp.Heaviside,
    "Cbrt": _unary("cbrt"),
    "betaln": sum_of_loggammas, "beta": lambda a, b: make(sp.exp, (sum_of_loggammas(a, b),)), "factorial": _factorial,
    "binomial": _binomial, "erf2": lambda a, b: BINARY["sub"](make(sp.erf, (operand(b),)), make(sp.erf, (operand(a),))),
    **{name: _of_reciprocal(op) for name, op in {"asec": sp.acos, "acsc": sp.asin, "acot": sp.atan, "asech": sp.acosh,
                                                 "acsch": sp.asinh, "acoth": sp.atanh}.items()},
    "Rational": _rational,
    "frac": lambda x: make(sp.Mod, (operand(x), 1)), "root": _root, "power": _operator("pow"), "pow": _operator("pow"),
    "Pow": _operator("pow"),
    "mod": _operator("mod"), "remainder": _operator("mod"), "add": _operator("add"), "subtract": _operator("sub"),
    "multiply": _operator("mul"), "divide": _operator("truediv"), "logical_and": sp.And, "logical_or": sp.Or,
    "logical_not": sp.Not,
    **{name: _relation(op) for op, names in {sp.Lt: "Lt StrictLessThan less", sp.Le: "Le LessThan less_equal",
                                             sp.Gt: "Gt StrictGreaterThan greater",
                                             sp.Ge: "Ge GreaterThan greater_equal", sp.Eq: "Eq Equality equal",
                                             sp.Ne: "Ne Unequality not_equal"}.items() for name in names.split()},
    "sign_det": lambda A: words.slogdet(operand(A))[0], "log_abs_det": lambda A: words.slogdet(operand(A))[1],
}
VALUES = {"pi": sp.pi, "E": sp.E, "EulerGamma": sp.EulerGamma, "True": True, "False": False, "None": None}
REFUSED = {"I": "is SymPy's imaginary unit, and formulas are real", "oo": "is SymPy's infinity, no number",
           "zoo": "is SymPy's infinity, no number",
           "nan": "is no number", "inf": "is no number"}

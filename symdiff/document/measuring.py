r"""A formula in LaTeX goes in; its parts come out, each with its width in ems as it is set, estimated."""
import re
from collections import namedtuple
from functools import lru_cache

# text    of what stands between two places where a line may be broken
# kind    "atom", "function", "open" and "close" (brackets), "space", or what a line may begin with:
#         "relation", "sum", "dot"
# width   in ems
# depth   how many brackets it stands in
Part = namedtuple("Part", "text kind width depth")

_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|\s+|[0-9.]+|.", re.DOTALL)
_ARGUMENTS = dict.fromkeys(r"""\sqrt \text \mathrm \mathbf \mathtt \texttt \operatorname \overline \bar \hat \tilde \dot
    \ddot \vec \check \breve \acute \grave \mathring \widehat \widetilde \overrightarrow \ensuremath \hspace
    \begin \end""".split(), 1) | {r"\frac": 2, r"\dfrac": 2, r"\tfrac": 2}
_UPRIGHT = frozenset([r"\text", r"\texttt", r"\mathtt"])
_PAIRS = {"{": "}", "(": ")", "[": "]", r"\left": r"\right", r"\begin": r"\end"}
_AROUND = {"{": 0.0, "(": .78, "[": .6, r"\left": 1.1, r"\begin": 1.6}       # widths of the brackets themselves
_RELATIONS = frozenset(r"= < > \to \leq \geq \neq \in \rightarrow \approx".split())
_DOTS = frozenset(r"\cdot \odot \times \wedge \vee".split())
_FUNCTIONS = frozenset(r"""\log \exp \sin \cos \tan \sinh \cosh \tanh \arcsin \arccos \arctan \max \min \det \cot \sec
    \csc \coth \sum \prod \operatorname \bmod \neg &""".split())
_SPACES = {r"\,": .17, r"\:": .22, r"\;": .28, r"\!": -.17, r"\quad": 1.0, r"\qquad": 2.0, r"\ ": .33, "~": .33}
_WIDTHS = {r"\sum": 1.44, r"\prod": 1.28, r"\ldots": 1.17, r"\infty": 1.0, r"\prime": .3, r"\displaystyle": 0.0,
           **dict.fromkeys("il,.:;'|!", .3), **dict.fromkeys("jfrt", .4), **dict.fromkeys("mwMW", .85)}
_LETTER, _UPPER, _DIGIT, _SMALL = .53, .72, .5, .7


def width(latex):
    r"""The width of a formula in ems.

    >>> width(r"\frac{a}{b + c}") < width("a + b + c")
    True
    """
    return sum([part.width for part in parts(latex)])


@lru_cache(maxsize=20_000)
def parts(latex):
    """The formula as a tuple of Parts, all of depth 0."""
    tokens, out, k, operand = _TOKEN.findall(latex), [], 0, False
    while k < len(tokens):
        token, (body, end) = tokens[k], unit(tokens, k)
        text = "".join(tokens[k:end])
        kind, size = _kind(token, operand)
        if size is None:
            size = _body_width(tokens[k:body]) + _SMALL*max([width(a) for a in _scripts(tokens[body:end])], default=0)
        out.append(Part(text, kind, size, 0))
        operand = operand if kind == "space" else kind == "atom"
        k = end
    return tuple(out)


def _kind(token, operand):
    """(the kind of the part that begins so, its width where that is known); `operand`: one stands before it."""
    if token.isspace():
        return "space", 0.0
    if token in _SPACES:
        return "space", _SPACES[token]
    if token in _RELATIONS:
        return "relation", 1.33
    if token in ("+", "-"):
        return ("sum", 1.22) if operand else ("function", .78)
    if token in _DOTS:
        return "dot", .72 if token == r"\cdot" else 1.22
    return "function" if token in _FUNCTIONS else "atom", None


def unit(tokens, k):
    """(behind the body that starts at token k, behind its scripts): with its arguments, or what its brackets hold."""
    token = tokens[k]
    if token in _PAIRS:
        body = _closing(tokens, k)
        if token == r"\left":
            body = min(body + 1, len(tokens))               # the bracket behind \right
        elif token == r"\begin":
            body = _braces(tokens, body, 1)[1]
    else:
        body = _braces(tokens, k + 1, _ARGUMENTS.get(token, 0))[1]
    end = body
    while end < len(tokens) - 1 and tokens[end] in "^_":
        end = _braces(tokens, end + 1, 1)[1]
    return body, end


def _closing(tokens, k):
    """Behind the token that closes the bracket at k; behind k where none does."""
    left, right, level = tokens[k], _PAIRS[tokens[k]], 0
    for end in range(k, len(tokens)):
        level += (tokens[end] == left) - (tokens[end] == right)
        if level == 0:
            return end + 1
    return k + 1


def _braces(tokens, k, count):
    """(the next `count` arguments without their braces, behind them); one in square brackets is passed over."""
    found = []
    while len(found) < count and k < len(tokens):
        if tokens[k].isspace():
            k += 1
        elif tokens[k] == "[":
            k = _closing(tokens, k)
        else:
            end = _closing(tokens, k) if tokens[k] == "{" else k + 1
            found.append("".join(tokens[k + 1:end - 1] if tokens[k] == "{" else tokens[k:end]))
            k = end
    return found, k


def arguments(latex):
    r"""The arguments of the command that the formula begins with.

    >>> arguments(r"\frac{a}{b + c}")
    ['a', 'b + c']
    """
    tokens = _TOKEN.findall(latex)
    return _braces(tokens, 1, _ARGUMENTS.get(tokens[0], 0))[0]


def fence(latex):
    r"""(left bracket, what is inside, right bracket and scripts) of a formula that is all in brackets; else None.

    >>> fence(r"\left( a \right)^{2}"), fence("(a)(b)")
    (('(', ' a ', ')^{2}'), None)
    """
    tokens = _TOKEN.findall(latex)
    if tokens[0] not in ("(", "[", r"\left"):
        return None
    body, end = unit(tokens, 0)
    if end < len(tokens) or body < 3:
        return None
    tall = tokens[0] == r"\left"
    return tokens[tall], "".join(tokens[1 + tall:body - 1 - tall]), "".join(tokens[body - 1:])


def _scripts(tokens):
    """What stands above and below."""
    found, k = [], 0
    while k < len(tokens):
        one, k = _braces(tokens, k + 1, 1)
        found += one
    return found


def _body_width(tokens):
    token = tokens[0]
    if token in (r"\begin", "{", "(", "[", r"\left") and len(tokens) > 1:
        inside = "".join(tokens[2:-2] if token == r"\left" else tokens[1:-1])
        if token == r"\begin":
            inside = re.sub(r"^\{\w+\}|\\end\{\w+$", "", inside)
        rows = [width(row.replace("&", r"\quad ")) for row in inside.split(r"\\")]
        return max(rows) + _AROUND[token]
    if token in _ARGUMENTS:
        inside, _ = _braces(tokens, 1, _ARGUMENTS[token])
        if token in _UPRIGHT:
            return sum([_LETTER*len(re.sub(r"\\[a-zA-Z]+(\{\})?|[{}\\]", "x", text)) for text in inside])
        return max(map(width, inside), default=0.0) + (1.0 if token == r"\sqrt" else .24 if "frac" in token else .0)
    if token in _WIDTHS:
        return _WIDTHS[token]
    if token[0] == "\\":
        return _LETTER*(len(token) - 1) + .17 if token in _FUNCTIONS else .6
    return _UPPER if token.isupper() else (_DIGIT if token[0].isdigit() else _LETTER)*len(token)

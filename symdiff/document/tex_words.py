r"""Words of any origin go in; LaTeX comes out that pdflatex sets with no package: \textless{} for <, $\xi$ for ξ."""
import re
import unicodedata

from ..language.printing.names import GREEK, MARKS
from .characters import ascii_of, printable

_ESCAPES = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "{": r"\{", "}": r"\}",
            "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%", "<": r"\textless{}", ">": r"\textgreater{}",
            "|": r"\textbar{}", '"': r"{\ttfamily\char34}", "`": r"{\char18}", "\u00a0": "~"}
_MATHS = {"∂": r"\partial", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "→": r"\to",
          "←": r"\leftarrow", "⇒": r"\Rightarrow", "↦": r"\mapsto", "−": "-", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq",
          "≈": r"\approx", "±": r"\pm", "∞": r"\infty", "√": r"\surd", "∑": r"\sum", "∏": r"\prod",
          "∫": r"\int", "∇": r"\nabla", "∈": r"\in", "‖": r"\|", "⊤": r"\top", "′": r"\prime", "ℓ": r"\ell",
          "∗": r"\ast", "∀": r"\forall", "∃": r"\exists", "∘": r"\circ", "°": r"{}^{\circ}", "µ": r"\mu", "¬": r"\neg"}
_TEXT = {"…": r"\ldots{}", "–": r"\textendash{}", "—": r"\textemdash{}", "“": r"\textquotedblleft{}",
         "”": r"\textquotedblright{}", "„": ",,", "‘": r"\textquoteleft{}", "’": "'", "•": r"\textbullet{}",
         "§": r"\S{}", "©": r"\copyright{}", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}",
         "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "å": r"\aa{}", "Å": r"\AA{}"}
_ACCENTS = {"\u0301": r"\'", "\u0300": r"\`", "\u0302": r"\^", "\u0308": r'\"', "\u0303": r"\~", "\u0304": r"\=",
            "\u0307": r"\.", "\u030c": r"\v", "\u0306": r"\u", "\u030a": r"\r", "\u030b": r"\H", "\u0327": r"\c",
            "\u0323": r"\d", "\u0331": r"\b"}
_OVER = {character: command for character, command, *_ in MARKS.values()} | {"\u0305": "bar"}
_COMMAND = {"ε": "varepsilon", "ϵ": "epsilon", "φ": "varphi", "ϕ": "phi"}
_CODE = {c: rf"{{\char{ord(c)}}}" for c in "\\^~{}$&#_%"} | {"'": r"{\char13}", "`": r"{\char18}", " ": r"\ "} \
    | {c: c for c in '"<>|-'}
_PLAIN = re.compile(r"[A-Za-z0-9 .,:;()\[\]/+=*!?@]*")


def words(text):
    r"""The text for a paragraph, a heading, or \text{…} in a formula.

    >>> print(words("50 % of ξ₁ & σ²"))
    50 \% of \ensuremath{\xi}\ensuremath{{}_{1}} \& \ensuremath{\sigma}\ensuremath{{}^{2}}
    """
    text = printable(text)
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_cluster, _clusters(text))).replace("--", "-{}-")


def code(text):
    """One line of code, for a typewriter face."""
    indent = len(text) - len(text.lstrip(" "))
    shown = "".join([_CODE.get(c) or _cluster(c) for c in _clusters(printable(text.strip(" ")))])
    return rf"\hspace*{{{.525*indent:.4g}em}}{shown}" if indent else shown


def _clusters(text):
    """The characters, each with the marks over it."""
    return re.findall(r".[\u0300-\u036f\u20d7]*", unicodedata.normalize("NFD", text))


def _cluster(cluster):
    base, marks = cluster[0], cluster[1:]
    if base in GREEK:
        out = rf"\{_COMMAND.get(base, GREEK[base])}" if base not in "οΑΒΕΖΗΙΚΜΝΟΡΤΧ" else ascii_of(base)[0]
        for mark in marks:
            out = rf"\{_OVER[mark]}{{{out}}}" if mark in _OVER else out
        return rf"\ensuremath{{{out}}}"
    whole = unicodedata.normalize("NFC", cluster)
    out = _TEXT.get(whole) or _single(base)
    if whole not in _TEXT:
        for mark in marks:
            out = rf"{_ACCENTS[mark]}{{{out}}}" if mark in _ACCENTS else out
    return out


def _single(c):
    if c in _MATHS:
        return rf"\ensuremath{{{_MATHS[c]}}}"
    if c in _ESCAPES or c in _TEXT:
        return _ESCAPES.get(c) or _TEXT[c]
    if c.isascii():
        return c
    raised = unicodedata.decomposition(c)
    plain = unicodedata.normalize("NFKC", c)
    if raised.startswith(("<super>", "<sub>")) and re.fullmatch(r"[0-9A-Za-z+=()−-]", plain):
        return rf"\ensuremath{{{{}}{'^' if raised.startswith('<super>') else '_'}{{{plain.replace('−', '-')}}}}}"
    shown = ascii_of(c)
    return "".join([_ESCAPES.get(a, a) for a in shown])

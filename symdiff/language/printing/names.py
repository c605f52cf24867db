"""Names of variables as they are set: "ξ̄₁" or "w_max" goes in; its parts, its ASCII text, LaTeX and MathML come out.

A name is read as a base, marks over it, and what stands below and above: letters with combining marks (p̄, ẋ), Greek
letters spelled out (sigma), trailing digits (h1, ξ₁), parts after underscores (x_max, w_hat), bars in front (bar_loss).
What is no such name is set letter by letter, as code.
"""
import re
import unicodedata
from collections import namedtuple
from functools import lru_cache
from html import escape

LONGEST = 80                                    # characters of a name that are shown

Name = namedtuple("Name", "base marks sub sup")     # base: text; marks: words of MARKS; sub and sup: tuples of texts

GREEK = dict(zip("α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ ς σ τ υ φ χ ψ ω".split(), """alpha beta gamma delta epsilon zeta eta
    theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega""".split()))
GREEK |= {letter.upper(): word.capitalize() for letter, word in GREEK.items() if letter != "ς"}
GREEK |= {"ϵ": "varepsilon", "ϑ": "vartheta", "ϕ": "varphi", "ϖ": "varpi", "ϱ": "varrho", "ϰ": "varkappa",
          "µ": "mu", "ℓ": "ell", "∂": "partial", "∇": "nabla", "ℏ": "hbar"}
LETTERS = {word: letter for letter, word in reversed(GREEK.items())}        # alpha -> α
LETTERS |= {"lam": "λ", "lamda": "λ", "eps": "ε"}                           # as people type them
_LATIN = dict(zip("ο Α Β Ε Ζ Η Ι Κ Μ Ν Ο Ρ Τ Χ".split(), "o A B E Z H I K M N O P T X".split()))   # no LaTeX command
_COMMAND = {"ε": "varepsilon", "ϵ": "epsilon", "φ": "varphi", "ϕ": "phi", "ϰ": "kappa", "Υ": "Upsilon"}

# a mark: its combining character, its LaTeX command over one letter and over several, and its character in MathML
MARKS = {"bar": ("\u0304", "bar", "overline", "¯"), "hat": ("\u0302", "hat", "widehat", "^"),
         "tilde": ("\u0303", "tilde", "widetilde", "~"), "dot": ("\u0307", "dot", "dot", "˙"),
         "ddot": ("\u0308", "ddot", "ddot", "¨"), "vec": ("\u20d7", "vec", "overrightarrow", "→"),
         "check": ("\u030c", "check", "check", "ˇ"), "breve": ("\u0306", "breve", "breve", "˘"),
         "acute": ("\u0301", "acute", "acute", "´"), "grave": ("\u0300", "grave", "grave", "`"),
         "ring": ("\u030a", "mathring", "mathring", "˚")}
_COMBINING = {character: mark for mark, (character, *_) in MARKS.items()} | {"\u0305": "bar"}
_TYPED_MARKS = ("bar", "hat", "tilde", "ddot", "dot", "vec")         # those read from ASCII: w_hat, xbar, bar_loss

_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx"))
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni"))
_FOLDED = {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d",
           "ð": "d", "þ": "th", "ı": "i"}
_TEXT_COMMANDS = {"ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}",
                  "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}"}
_VERBATIM = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "{": r"\{", "}": r"\}",
             "$": r"\char36{}", "?": "?{}", "!": "!{}", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%", " ": r"\ "}


def plain(name, ascii=False):
    """The name as one line of text, cut where it is long; `ascii`: ξ̄₁ is xibar1.

    >>> plain("ξ₁"), plain("ξ₁", ascii=True), plain("p̄", ascii=True)
    ('ξ₁', 'xi1', 'pbar')
    """
    return printable(name if len(name) <= LONGEST else name[:LONGEST] + "...", ascii)


def printable(text, ascii=False):
    """Text without control characters; `ascii`: in letters of ASCII."""
    if not text.isprintable():
        text = "".join([c if c.isprintable() else c.encode("unicode_escape").decode() for c in text])
    return text if not ascii or text.isascii() else _ascii(text)


def _ascii(name):
    out = []
    for c in unicodedata.normalize("NFD", name):
        if c.isascii():
            out.append(c)
        elif c in _COMBINING:
            # accents of letters vanish (é is e), marks of mathematics are spelled out
            out.append(_COMBINING[c] if _COMBINING[c] in _TYPED_MARKS and _COMBINING[c] != "ddot" else "")
        else:
            known = GREEK.get(c) or _SUBSCRIPTS.get(c) or _SUPERSCRIPTS.get(c) or _FOLDED.get(c)
            folded = known or unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode()
            out.append(folded or ("" if unicodedata.combining(c) else f"U{ord(c):04X}"))
    return "".join(out)


# -- reading a name ---------------------------------------------------------------------------------------------------

@lru_cache(maxsize=10_000)
def read(name):
    """The parts of a name; None where it is no word of letters, digits and underscores, or too long.

    >>> read("w_max")
    Name(base='w', marks=(), sub=('max',), sup=())
    >>> read("bar_loss"), read("beta0")
    (Name(base='loss', marks=('bar',), sub=(), sup=()), Name(base='β', marks=(), sub=('0',), sup=()))
    """
    if len(name) > LONGEST:
        return None
    found = re.fullmatch(r"(?P<words>[^\W\d_](?:\w|[\u0300-\u036f\u20d7])*)(?P<primes>'{0,3})",
                         unicodedata.normalize("NFD", name))
    if found is None or "__" in found["words"]:
        return None
    first, *parts = found["words"].rstrip("_").split("_")
    marks = []
    while parts and first in _TYPED_MARKS:
        marks.append(first)
        first, *parts = parts
    while parts and parts[-1] in _TYPED_MARKS:
        marks.append(parts.pop())
    base, above, sub, sup = _base(first)
    if not base or not base[0].isalpha() and base not in GREEK or not all(parts):
        return None
    sub += tuple(parts)
    return Name(base, tuple(above + marks), sub, sup + ("′"*len(found["primes"]),) if found["primes"] else sup)


def _base(word):
    """The base of the first word, marks over it, digits below, what is raised."""
    sub = sup = ""
    while word and (word[-1] in _SUBSCRIPTS or word[-1] in _SUPERSCRIPTS):
        if word[-1] in _SUBSCRIPTS:
            sub, word = _SUBSCRIPTS[word[-1]] + sub, word[:-1]
        else:
            sup, word = _SUPERSCRIPTS[word[-1]] + sup, word[:-1]
    digits = re.search(r"\d*$", word)[0]
    word, sub = word[:len(word) - len(digits)], digits + sub
    marks = []
    while word and word[-1] in _COMBINING and len([c for c in word if not unicodedata.combining(c)]) == 1:
        marks.insert(0, _COMBINING[word[-1]])
        word = word[:-1]
    if len(word) > 1 and word[-1] in "\u0304\u0305" and not any(map(unicodedata.combining, word[:-1])):
        word, marks = word[:-1], ["bar"]                        # loss̄: the bar is over the whole word
    for mark in _TYPED_MARKS:
        stem = word[:-len(mark)]
        if word.endswith(mark) and (stem in LETTERS or len(stem) == 1):
            word, marks = stem, [mark, *marks]
            break
    return _letter(word), marks, (sub,) if sub else (), (sup,) if sup else ()


def _letter(word):
    return LETTERS.get(word, word)


def is_word(name):
    """Is the name set upright, as a word of several letters?"""
    parts = read(name)
    return parts is None or len(parts.base) > 1


# -- LaTeX ------------------------------------------------------------------------------------------------------------

@lru_cache(maxsize=10_000)
def latex(name):
    r"""The name in LaTeX's mathematics, for pdflatex with amsmath alone.

    >>> print(latex("ξ₁"), latex("ξ̄₁"), latex("bar_loss"), latex("x_max"))
    \xi_{1} \bar{\xi}_{1} \overline{\mathrm{loss}} x_{\mathrm{max}}
    """
    parts = read(name)
    if parts is None:
        return rf"\text{{\texttt{{{''.join(map(_verbatim, plain(name)))}}}}}"
    out = _latex_letters(parts.base)
    for mark in parts.marks:
        out = rf"\{MARKS[mark][1 if len(parts.base) == 1 else 2]}{{{out}}}"
    below = ",".join([s if s.isdecimal() else latex(s) if s[0].isalpha() else _latex_letters(s) for s in parts.sub])
    above = "".join(r"\prime"*s.count("′") if "′" in s else _latex_letters(s) for s in parts.sup)
    return out + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def _latex_letters(word):
    """One letter in italics, several upright, digits as they are."""
    if re.fullmatch(r"[0-9+-]+", word):
        return word
    symbols = [_latex_symbol(c) for c in re.findall(r".[\u0300-\u036f\u20d7]*", word)]
    return symbols[0] if len(symbols) == 1 else rf"\mathrm{{{joined(symbols)}}}"


def joined(pieces):
    """LaTeX set side by side: a space where a letter would join the command before it."""
    out = ""
    for piece in pieces:
        out += " " + piece if piece[:1].isalpha() and re.search(r"\\[a-zA-Z]+$", out) else piece
    return out


def _latex_symbol(cluster):
    """A letter with the marks over it."""
    letter, *marks = cluster
    if letter in _LATIN:
        out = _LATIN[letter]
    elif letter in GREEK:
        out = rf"\{_COMMAND.get(letter, GREEK[letter])}"
    elif letter.isascii():
        out = letter
    else:
        out = rf"\text{{{_verbatim(letter)}}}"
    for mark in marks:
        if mark in _COMBINING:
            out = rf"\{MARKS[_COMBINING[mark]][1]}{{{out}}}"
    return out


def _verbatim(c):
    """One character in LaTeX's text."""
    if c in _VERBATIM:
        return _VERBATIM[c]
    if c.isascii():
        return c
    if c in _TEXT_COMMANDS:
        return _TEXT_COMMANDS[c]
    if c in GREEK:
        return rf"\ensuremath{{\{_COMMAND.get(c, GREEK[c])}}}" if c not in _LATIN else _LATIN[c]
    return _ascii(c)


# -- MathML -----------------------------------------------------------------------------------------------------------

@lru_cache(maxsize=10_000)
def mathml(name):
    """The name in presentation MathML, one element.

    >>> mathml("ξ₁")
    '<msub><mi>ξ</mi><mn>1</mn></msub>'
    """
    parts = read(name)
    if parts is None:
        return f"<mtext>{escape(plain(name))}</mtext>"
    out = _mathml_letters(parts.base)
    for mark in parts.marks:
        out = f'<mover accent="true">{out}<mo stretchy="{"false" if len(parts.base) == 1 else "true"}">' \
              f"{MARKS[mark][3]}</mo></mover>"
    below = _one([mathml(s) if s[0].isalpha() else _mathml_letters(s) for s in parts.sub])
    above = _one([f"<mo>{s}</mo>" if "′" in s else _mathml_letters(s) for s in parts.sup])
    if below and above:
        return f"<msubsup>{out}{below}{above}</msubsup>"
    return f"<msub>{out}{below}</msub>" if below else f"<msup>{out}{above}</msup>" if above else out


def _one(elements):
    """Several elements with commas between, as one; none: nothing."""
    return f"<mrow>{'<mo>,</mo>'.join(elements)}</mrow>" if len(elements) > 1 else "".join(elements)


def _mathml_letters(word):
    word = unicodedata.normalize("NFC", word)
    if re.fullmatch(r"[0-9]+", word):
        return f"<mn>{word}</mn>"
    upright = ' mathvariant="normal"' if word in GREEK and word.isupper() else ""
    return f"<mi{upright}>{escape(word)}</mi>"

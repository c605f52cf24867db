"""Text of any origin goes in; text that a page can hold comes out: without control characters, or in ASCII alone."""
import re
import unicodedata

GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω",
                 "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
                 "upsilon phi chi psi omega".split())) | {"ς": "sigma", "ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta"}
GREEK |= {a.upper(): name.capitalize() for a, name in GREEK.items() if len(a.upper()) == 1 and a not in "ςϵϕϑ"}
SIGNS = {"∂": "d", "·": "*", "⋅": "*", "×": "x", "⊙": "*", "→": "->", "⟶": "->", "←": "<-", "↦": "|->", "⇒": "=>",
         "−": "-", "–": "-", "—": "--", "…": "...", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "∞": "inf", "√": "sqrt",
         "∑": "sum", "∏": "prod", "∫": "int", "∇": "grad", "∈": "in", "‖": "||", "⊤": "T", "•": "*", "°": "deg",
         "“": '"', "”": '"', "„": '"', "«": "<<", "»": ">>", "‘": "'", "’": "'", "ß": "ss", "µ": "mu", "ℓ": "l"}
COMBINING = {"\u0304": "bar", "\u0305": "bar", "\u0302": "hat", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot"}
RAISED = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱᵀ]+")


def printable(text):
    """The text on one line: spaces for breaks and tabs, escapes for what is no character to be seen.

    >>> printable("two\\nlines, \\x1b[2J")
    'two lines, \\\\x1b[2J'
    """
    if text.isprintable():
        return text
    text = re.sub(r"\s", " ", text)
    return "".join(c if c.isprintable() or c == "\u200d" else c.encode("unicode_escape").decode() for c in text)


def ascii_of(text):
    """The text in ASCII: words for Greek letters and signs, letters without accents, escapes for the rest.

    >>> ascii_of("ξ̄₁ → −σ², naïve – 漢")
    'xibar1 -> -sigma^2, naive - U+6F22'
    """
    if text.isascii():
        return text
    return "".join(map(_ascii_letter, RAISED.sub(lambda m: "^" + unicodedata.normalize("NFKC", m[0]), text)))


def _ascii_letter(c):
    if c.isascii():
        return c
    known = SIGNS.get(c) or GREEK.get(c) or COMBINING.get(c)
    if known:
        return known
    plain = "".join(GREEK.get(p) or SIGNS.get(p, p) for p in unicodedata.normalize("NFKD", c)
                    if not unicodedata.combining(p))
    if unicodedata.combining(c):
        return ""
    return plain if plain.isascii() and plain else f"U+{ord(c):04X}"

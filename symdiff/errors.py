"""The exceptions of the project: every bad input ends in one of these, each naming what, where and what to do."""
import difflib


def nearest(given, known, otherwise):
    """The remedy for a word that is none of those known: the nearest of them, else `otherwise`.

    >>> nearest("actvation", ["units", "activation"], "leave it out.")
    'did you mean `activation`?'
    """
    words = {word.casefold(): word for word in known}
    near = difflib.get_close_matches(str(given).casefold(), words, 1)
    return f"did you mean `{words[near[0]]}`?" if near else otherwise


class SymdiffError(Exception):
    """The root of all errors raised on purpose by symdiff and codegen.

    `what` is one line; `where` (lines ``in:``) shows the expression, the argument or the file; `do` is the remedy.
    `equation` is the name of the equation, of a model being made, in which it was found.

    >>> print(SymdiffError("these cannot be added", where="X + w", do="give w the sizes of X."))
    these cannot be added
      in:    X + w
      do:    give w the sizes of X.
    """

    equation = None

    def __init__(self, what, *, where=None, known=None, do=None):
        self.what, self.where, self.known, self.do = what, where, known, do
        lines = [what]
        for label, text in (("in:", where), ("known:", known), ("do:", do)):
            if text:
                first, *rest = str(text).split("\n")
                lines += [f"  {label:<6} {first}", *(f"         {line}" for line in rest)]
        super().__init__("\n".join(lines))

    def __reduce__(self):
        return _rebuild, (type(self), self.what, self.where, self.known, self.do)


def _rebuild(cls, what, where, known, do):
    return cls(what, where=where, known=known, do=do)


class UnknownForm(SymdiffError, TypeError):
    """An expression holds something no primitive reads."""


class SizeMismatch(SymdiffError, ValueError):
    """Axes that must have one length have two."""


class SizeLost(SymdiffError, ValueError):
    """An axis was asked of an expression that has none."""


class NameClash(SymdiffError, ValueError):
    """One name stands for two things."""


class DTypeError(SymdiffError, TypeError):
    """A value of a type that cannot be used as numbers without loss."""


class ArgumentError(SymdiffError, TypeError, ValueError):
    """A call with missing, unknown or repeated arguments, or an argument of the wrong kind."""


class NoDerivative(SymdiffError, ValueError):
    """A derivative was asked for that does not exist in this form."""


class SpecError(SymdiffError, ValueError):
    """A formula given as text, or a model file, that cannot be read."""


class CacheWarning(UserWarning):
    """The cache on disk cannot be used or was damaged; the code was compiled anew."""

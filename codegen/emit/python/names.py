"""Names of a user in, names of generated code out: the user's where the language allows it, else made ones."""
import builtins
import keyword
import re

ALLOWED = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
RESERVED = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "numpy", "math", "base64", "njit", "numba",
            "scipy"}
LETTERS = ("i", "j", "k", "m", "p", "q", "r", "s")
_LONGEST = 60


class Names:
    """The names taken so far in one scope, and those that are not to be had."""

    def __init__(self, taken=()):
        self.taken = {*RESERVED, *taken}

    def own(self, wanted, otherwise):
        """The wanted name if it may stand in code and is free, else `otherwise` with a number."""
        if allowed(wanted) and wanted not in self.taken:
            self.taken.add(wanted)
            return wanted
        return self.fresh(otherwise)

    def fresh(self, stem):
        """stem if it is free, else stem1, stem2, …"""
        name, k = stem, 0
        while name in self.taken:
            k += 1
            name = f"{stem}{k}"
        self.taken.add(name)
        return name

    def letters(self, count):
        """Names of loop variables, the same for every nest: they are not taken."""
        free = [letter for letter in LETTERS if letter not in self.taken]
        k = 0
        while len(free) < count:
            k += 1
            if f"i{k}" not in self.taken:
                free.append(f"i{k}")
        return free[:count]

    def inner(self):
        """A scope inside of this one."""
        return Names(self.taken)


def allowed(name):
    """May a user's name stand in generated code as it is?"""
    return ALLOWED.fullmatch(name) is not None


def escaped(name):
    """The name for a comment: ASCII on one line, and not over long."""
    shown = ascii(name)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… ({len(name)} characters)"


def printable(text):
    """Text for a docstring of generated code: nothing in it ends the string, breaks a line or is invisible."""
    made = []
    for c, after in zip(text, text[1:] + '"'):
        if c == "\\" or c == after == '"':
            made.append("\\" + c)
        else:
            made.append(c if c.isprintable() else c.encode("unicode_escape").decode().replace("\\", "\\\\"))
    return "".join(made)

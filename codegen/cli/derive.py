"""`symdiff derive`: a formula or a model file and a point go in; the printed derivation, or the closed forms alone,
come out, on the screen or in a file."""
import argparse
import re
from pathlib import Path

from symdiff.errors import ArgumentError
from symdiff.files import destination, write_file

_NAMED = re.compile(r"(?:\s*([^\W\d]\w*)\s*=(?!=))?(.*)", re.DOTALL)
SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html"}
EXAMPLES = """examples:
  symdiff derive "log(1 + exp(w*x))" --wrt w --closed
  symdiff derive "L = -y*log(1/(1 + exp(-w*x)))" --wrt w --at x=3,y=1,w=3 --exact
  symdiff derive "sum((y - X @ w)**2)" --wrt w --at "X=[[1,2],[3,4],[5,6]],y=[1,2,4],w=[0,1/2]" --steps compiled

values in --at: numbers (0.5, 1/3, pi, exp(-9)), arrays ([1,2] or [[1,2],[3,4]]), files (@X.npy, @X.csv)
"""


def add(commands):
    """Add the command to the parsers of commands."""
    derive = commands.add_parser("derive", help="print the derivation of a formula or a model",
                                 description="Print every step of a derivative, its numbers at a point, and its "
                                             "closed form.",
                                 epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    derive.add_argument("formula", help="in NumPy's or SymPy's words, L = ... to name it; unknown names are scalars; "
                                        "or a file model.toml")
    derive.add_argument("--wrt", metavar="NAMES", help="what to differentiate by: w,b (default: a model's parameters, "
                                                       "or every name)")
    derive.add_argument("--at", metavar="NAME=VALUE,...", action="append", default=[],
                        help="the point for the numbers (default: the model's [at])")
    derive.add_argument("--mode", choices=("reverse", "forward"), default="reverse",
                        help="derivatives of the result, from the last step up, or of every step, from the first down")
    derive.add_argument("--steps", choices=("textbook", "compiled"), default="textbook",
                        help="the formula as typed, or the stable graph that is compiled, with its rewrites")
    derive.add_argument("--exact", action="store_true", help="keep numbers symbolic, as exp(-9); scalars only")
    derive.add_argument("--digits", metavar="N", type=int, default=8, help="of printed numbers (default: 8)")
    derive.add_argument("--closed", action="store_true", help="print the closed forms alone")
    derive.add_argument("--format", choices=tuple(SUFFIXES.values()), help="default: by the suffix of -o, or text")
    derive.add_argument("-o", dest="output", metavar="FILE", help="write to a file: .txt, .md, .tex or .html")
    derive.add_argument("--picture", metavar="FILE", help="draw the graph: .svg, .dot or .mmd")
    derive.add_argument("--force", action="store_true", help="replace files that exist")
    derive.set_defaults(run=run)


def ordered(arguments):
    """The arguments with a formula that begins with a minus put where argparse takes it for no option."""
    formulas = [a for a in arguments[1:] if re.match(r"-[^-]", a) and a not in ("-h", "-o")]
    if arguments[:1] != ["derive"] or "--" in arguments or not formulas:
        return arguments
    return [a for a in arguments if a not in formulas] + ["--", *formulas]


def run(given):
    """Print, write and draw what was asked for; every file is known to be free before anything is computed."""
    style = _style(given)
    if given.output is not None:
        destination(given.output, given.force)
    if given.picture is not None:
        _check_picture(given)
    name, formula, at = _read(given)
    wrt = [name.strip() for name in given.wrt.split(",")] if given.wrt is not None else None
    found = None if given.closed and given.picture is None else _derivation(formula, wrt, at, name, given)
    if given.closed:
        from .closed import closed_forms
        text = closed_forms(formula, wrt, name, style)
    elif style == "text" and given.output is not None:
        text = found.text(ascii=False)
    else:
        text = getattr(found, style)()
    if given.picture is not None:
        from symdiff.picture import picture
        picture(found).save(given.picture, given.force)
    if given.output is not None:
        write_file(given.output, text + "\n", given.force)
    else:
        print(text)
    return 0


def _check_picture(given):
    from symdiff.picture.picture import FORMS
    destination(given.picture, given.force)
    suffix = Path(given.picture).suffix.lower()
    if suffix not in FORMS:
        raise ArgumentError(f"the suffix {suffix!r} of {given.picture} says no form of a picture.",
                            known=", ".join(FORMS), do="use one of these.")


def _style(given):
    """text, markdown, latex or html: as asked for, or as the name of the file says."""
    if given.format or given.output is None:
        return given.format or "text"
    suffix = Path(given.output).suffix.lower()
    if suffix not in SUFFIXES:
        raise ArgumentError(f"the suffix {suffix!r} of {given.output} says no format.", known=", ".join(SUFFIXES),
                            do="use one of these, or say --format.")
    return SUFFIXES[suffix]


def _read(given):
    """(what the formula is called, the formula or Model, the point or None)."""
    from symdiff.formulas import parse
    from symdiff.language import Array
    from symdiff.spec import load

    from .point import fitted, point

    at = point(given.at)
    if given.formula.lower().endswith(".toml"):
        name, formula = None, load(given.formula)
        at = {**formula.at, **fitted(at, formula)}
    else:                                       # a value with axes says that its name is an array
        name, text = _NAMED.fullmatch(given.formula).groups()
        formula = parse(text, **{name: Array(name, *value.shape) for name, value in at.items()
                                 if getattr(value, "shape", ())})
    if given.exact and not at:
        raise ArgumentError("exact numbers are those at a point.", do="give a point: --at x=3,y=1.")
    return name or "f", formula, at or None


def _derivation(formula, wrt, at, name, given):
    from symdiff.derivation import derivation
    from symdiff.model import Model

    return derivation(formula, wrt, at, given.mode, given.steps, given.exact, given.digits,
                      None if isinstance(formula, Model) else name)

"""The arguments of the command `symdiff` go in; text, and an exit code (2 for an error of the user's), come out."""
import argparse
import os
import re
import sys

from symdiff import __version__
from symdiff.errors import SymdiffError

USAGE_ERROR = 2


def main(arguments):
    """Run one command."""
    try:
        given = parser().parse_args(_ordered(arguments))
        code = given.run(given)
        sys.stdout.flush()
        return code
    except SymdiffError as error:
        print(f"symdiff: {type(error).__name__}: {error}", file=sys.stderr)
        return USAGE_ERROR
    except BrokenPipeError:                                 # the reader has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _ordered(arguments):
    """The arguments with a formula that begins with a minus put where argparse takes it for no option."""
    formulas = [a for a in arguments[1:] if re.match(r"-[^-]", a) and a != "-h"]
    if arguments[:1] != ["derive"] or "--" in arguments or not formulas:
        return arguments
    return [a for a in arguments if a not in formulas] + ["--", *formulas]


def parser():
    """The commands and their arguments."""
    top = argparse.ArgumentParser(prog="symdiff", description="Models in SymPy to closed forms and machine code.")
    top.add_argument("-V", "--version", action="version", version=f"symdiff-compiler {__version__}")
    commands = top.add_subparsers(metavar="command", required=True)

    derive = commands.add_parser("derive", help="print the derivatives of a formula",
                                 description='Print derivatives: symdiff derive "log(1 + exp(w*x))" --wrt w')
    derive.add_argument("formula", help="in NumPy's or SymPy's words; unknown names are scalars")
    derive.add_argument("--wrt", metavar="NAMES", help="what to differentiate by: w,b (default: every name)")
    derive.add_argument("--format", choices=("text", "latex"), default="text")
    derive.set_defaults(run=_derive)

    bench = commands.add_parser("bench", help="measure speed and memory on this machine",
                                description="Measure compiled gradients against kernels by hand and the tape.")
    bench.add_argument("--rows", metavar="NxD", type=_rows, help="sizes to measure alone: 303x13,10000x20")
    bench.add_argument("--json", action="store_true", help="print JSON")
    bench.set_defaults(run=_bench)

    doctor = commands.add_parser("doctor", help="say whether the installation is sound",
                                 description="Versions, cache, processor, threads, and packages that stand in the way.")
    doctor.set_defaults(run=_doctor)
    return top


def _rows(text):
    words = text.split(",")
    if not all(re.fullmatch(r"[1-9]\d*x[1-9]\d*", word) for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 303x13,10000x20")
    return words


def _derive(given):
    from symdiff.closed import gradient
    from symdiff.formulas import parse
    from symdiff.read import read_all

    formula = parse(given.formula)
    known = {symbol.name: symbol for symbol in read_all(formula).inputs}
    names = [name.strip() for name in given.wrt.split(",")] if given.wrt is not None else list(known)
    wrt = [known.get(name, name) for name in names]
    found = gradient(formula, wrt)
    if given.format == "latex":
        import sympy as sp
        print(rf"f = {sp.latex(formula)}")
        for symbol, derivative in zip(wrt, found):
            print(rf"\frac{{\partial f}}{{\partial {sp.latex(symbol)}}} = {sp.latex(derivative)}")
    else:
        print(f"f = {formula}")
        for symbol, derivative in zip(wrt, found):
            print(f"df/d{symbol} = {derivative}")
    return 0


def _bench(given):
    from .bench import bench
    bench(given.rows, given.json, write=lambda line: print(line, flush=True))
    return 0


def _doctor(given):
    from .doctor import report
    lines, sound = report()
    print("\n".join(lines))
    return 0 if sound else 1

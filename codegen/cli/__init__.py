"""The arguments of the command `symdiff` go in; text, and an exit code (2 for an error of the user's), come out."""
import argparse
import os
import sys

from symdiff import __version__
from symdiff.errors import SymdiffError

from . import bench, check, compile, derive, fit, new, plot, predict

USAGE_ERROR = 2


def main(arguments):
    """Run one command."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")   # a terminal without ξ still gets its line
    try:
        given = parser().parse_args(derive.ordered(arguments))
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


def parser():
    """The commands and their arguments."""
    top = argparse.ArgumentParser(prog="symdiff", description="Models in SymPy to closed forms and machine code.")
    top.add_argument("-V", "--version", action="version", version=f"symdiff-compiler {__version__}")
    commands = top.add_subparsers(metavar="command", required=True)
    for command in (new, derive, compile, check, fit, predict, bench, plot):
        command.add(commands)
    doctor = commands.add_parser("doctor", help="say whether the installation is sound",
                                 description="Versions, cache, processor, threads, and packages that stand in the way.",
                                 epilog="example: symdiff doctor")
    doctor.set_defaults(run=_doctor)
    return top


def _doctor(given):
    from ..doctor import report
    lines, sound = report()
    print("\n".join(lines))
    return 0 if sound else 1

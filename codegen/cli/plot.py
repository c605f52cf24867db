"""`symdiff plot`: activations, or the losses of a fit, go in; a picture comes out, in a file."""
import argparse
from pathlib import Path

from symdiff.errors import ArgumentError
from symdiff.files import destination, write_file

EXAMPLES = """example:
  symdiff plot activations
  symdiff plot activations relu tanh -o two.svg
"""


def add(commands):
    """Add the command to the parsers of commands."""
    command = commands.add_parser("plot", help="draw activations, or the losses of a fit",
                                  description="Draw activations and their derivatives, or the losses of a folder that "
                                              "symdiff fit wrote, with matplotlib.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("what", choices=("activations", "losses"), help="what to draw")
    command.add_argument("names", nargs="*", metavar="NAME", help="activations (default: all), or a fitted folder")
    command.add_argument("-o", dest="output", metavar="FILE", help=".png, .svg or .pdf (default: activations.png)")
    command.add_argument("--force", action="store_true", help="replace a file that exists")
    command.set_defaults(run=run)


def run(given):
    """Draw and write."""
    from .. import plot

    output = given.output or f"{given.what}.png"
    form = Path(output).suffix.lower().removeprefix(".")
    if form not in plot.FORMS:
        raise ArgumentError(f"the suffix of {output} says no form of a picture.",
                            known=", ".join(f".{one}" for one in plot.FORMS), do="use one of these.")
    destination(output, given.force)
    if given.what == "activations":
        figure = plot.activations(names=given.names)
    else:
        from ..folder import Folder
        if len(given.names) != 1:
            raise ArgumentError("losses are those of one fit.", do="name the folder that symdiff fit wrote.")
        figure = plot.losses(Folder(given.names[0]).about["losses"])
    write_file(output, plot.picture(figure, form), given.force)
    print(output)
    return 0

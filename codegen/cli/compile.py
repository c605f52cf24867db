"""`symdiff compile`: a model file goes in; a module of Python with its value and derivatives comes out, which
needs no symdiff."""
import argparse

from symdiff.files import destination

EXAMPLES = """example:
  symdiff new model.toml
  symdiff compile model.toml -o grad.py
"""
VERBS = ("value", "grad", "value_and_grad", "jac", "hess")


def add(commands):
    """Add the command to the parsers of commands."""
    command = commands.add_parser("compile", help="write a model's value and gradient as a module of Python",
                                  description="Write a module that computes a model's value and derivatives by NumPy "
                                              "and Numba alone.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("model", metavar="MODEL.toml", help="a model file (symdiff new writes one)")
    command.add_argument("-o", dest="output", metavar="FILE.py", help="write to a file (default: print it)")
    command.add_argument("--verbs", type=_verbs, help="functions of the module: value_and_grad,hess")
    command.add_argument("--dtype", choices=("float64", "float32"), default="float64", help="of all numbers")
    command.add_argument("--force", action="store_true", help="replace a file that exists")
    command.set_defaults(run=run)


def _verbs(text):
    words = text.split(",")
    if not all(word in VERBS for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of {', '.join(VERBS)}")
    return list(dict.fromkeys(words))


def run(given):
    """Compile, and write or print the module."""
    from ..compile import compile as compiled_of
    from ..export import module_text, save
    from .given import model_of

    if given.output is not None:
        destination(given.output, given.force)
    f = compiled_of(model_of(given.model), dtype=given.dtype)
    text = module_text(f, given.verbs)
    if given.output is None:
        print(text, end="")
        return 0
    save(text, given.output, given.force)
    by = f", by {', '.join(map(str, f.wrt))}" if f.wrt else ""
    print(f"{given.output}: {', '.join(given.verbs or f.counts)} of {', '.join(map(str, f.inputs))}{by}")
    return 0

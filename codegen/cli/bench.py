"""`symdiff bench`: sizes, or a model file and values, go in; measures of speed and memory on this machine come out."""
import argparse
import re

from symdiff.errors import ArgumentError

EXAMPLES = """example:
  symdiff bench --rows 303x13
  symdiff new model.toml
  symdiff bench model.toml --rows 10000
"""


def add(commands):
    """Add the command to the parsers of commands."""
    from .given import add_values
    command = commands.add_parser("bench", help="measure speed and memory on this machine",
                                  description="Measure compiled gradients against kernels by hand and the tape; of a "
                                              "model, at its [at] or at a table, against the tape.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("model", nargs="?", metavar="MODEL.toml", help="a model file (default: logistic regression)")
    add_values(command, model=False)
    command.add_argument("--rows", metavar="N", type=_rows,
                         help="sizes to measure alone: 303x13,10000x20; of a model, rows: 10000,100000")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def _rows(text):
    words = text.split(",")
    if not all(re.fullmatch(r"[1-9]\d{0,9}(x[1-9]\d{0,9})?", word) for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 303x13,10000x20, or 10000")
    return words


def run(given):
    """Measure."""
    crossed = {"x" in word for word in given.rows or ()}
    if crossed - {given.model is None}:
        raise ArgumentError(f"--rows {','.join(given.rows)} does not fit.",
                            do="give rows x columns without a model, 303x13, and rows with one, 10000.")
    if given.model is None:
        if given.data is not None or given.at:
            raise ArgumentError("values are those of a model, and there is none.", do="name a model file first.")
        from ..bench import bench
        bench(given.rows, given.json, write=lambda line: print(line, flush=True))
        return 0
    return _of_model(given)


def _of_model(given):
    from ..bench import line
    from ..bench.of_model import model_measures
    from .given import completed, json_text, model_of, values_of

    model = model_of(given.model)
    values, _ = completed(model, values_of(model, given)[0])
    found = {}
    for rows in given.rows or [None]:
        found[rows] = []
        for measure in model_measures(model, values, rows and int(rows)):
            found[rows].append(measure)
            if not given.json:
                print((f"{rows:>10} rows  " if rows else "") + line(measure), flush=True)
    if given.json:
        print(json_text([{**m.as_dict(), "rows": rows and int(rows)} for rows, own in found.items() for m in own]))
    return 0

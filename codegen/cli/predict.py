"""`symdiff predict`: a folder that `symdiff fit` wrote and a table go in; a model's value for each row comes out."""
import argparse
import csv
import io

import numpy as np

from symdiff.errors import ArgumentError
from symdiff.files import destination, write_file

EXAMPLES = """example:
  symdiff new model.toml
  symdiff fit model.toml --data model.csv -o fitted
  symdiff predict fitted --data model.csv
  symdiff predict fitted --data model.csv --what "where(z > 0, 1, 0)" -o classes.csv
"""


def add(commands):
    """Add the command to the parsers of commands."""
    from .given import add_values
    command = commands.add_parser("predict", help="the values of a fitted model for the rows of a table",
                                  description="Print, or write as CSV, a value for each row of a table; a row that "
                                              "lacks a value gets none.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("folder", metavar="FOLDER", help="a folder that symdiff fit wrote")
    add_values(command, model=False)
    command.add_argument("--what", metavar="FORMULA", help="an equation of the model, or a formula in its names "
                                                           "(default: its last equation but the loss)")
    command.add_argument("-o", dest="output", metavar="FILE.csv", help="write to a file (default: print)")
    command.add_argument("--json", action="store_true", help="JSON instead of CSV")
    command.add_argument("--force", action="store_true", help="replace a file that exists")
    command.set_defaults(run=run)


def run(given):
    """Predict."""
    from ..compile import compile as compiled_of
    from ..folder import Folder
    from .given import fitted, json_text, point, table_of

    if given.output is not None:
        destination(given.output, given.force)
    folder = Folder(given.folder)
    model = folder.model.predicting()
    what = given.what or _last(model)
    f = compiled_of(model.expression(what), [])
    needed = {str(key) for key in f.inputs}
    values = {**folder.parameters, **fitted(point(given.at), folder.model)}
    rows = None
    if given.data is not None:
        table = table_of(folder.model, given.data, folder.about["learned"], needed)
        values |= table.arrays
        rows = (table.kept, table.count)
    found = np.asarray(f({name: value for name, value in values.items() if name in needed}))
    heads, lines = _lines(found, what, rows)
    if given.json:
        text = json_text({"what": what, "values": lines if found.ndim else lines[0][0]}) + "\n"
    else:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([heads, *lines])
        text = out.getvalue()
    if given.output is None:
        print(text, end="")
    else:
        write_file(given.output, text, given.force)
        print(f"{given.output}: {what}, {len(lines)} rows")
    return 0


def _last(model):
    names = [name.name for name, expr in model.equations if name.name != "loss" and expr is not model.loss]
    if not names:
        raise ArgumentError("this model has no equation but its loss.", do='say what to predict: --what "X @ w + b".')
    return names[-1]


def _lines(found, what, rows):
    """(names of columns, a line of numbers for each row of the table; of rows that were left out, empty cells)."""
    found = found.astype(float)
    if found.ndim == 0:
        return [what], [[float(found)]]
    wide = found.reshape(len(found), -1)
    heads = [what] if found.ndim == 1 else [f"{what}[{', '.join(map(str, k))}]" for k in np.ndindex(found.shape[1:])]
    if rows is None or len(found) != len(rows[0]):
        return heads, wide.tolist()
    lines = [[None]*wide.shape[1] for _ in range(rows[1])]
    for row, line in zip(rows[0], wide.tolist()):
        lines[row] = line
    return heads, lines

"""`symdiff new`: a path goes in; a starter model file with comments, and a small table to fit it to, come out."""
import argparse
from pathlib import Path

from symdiff.errors import ArgumentError
from symdiff.files import destination, write_file

EXAMPLES = """example:
  symdiff new model.toml
  symdiff new --keys
  symdiff new --schema
"""
MODEL = '''# A model of symdiff-compiler: logistic regression.  Change a formula; every derivative follows.
#   symdiff derive {model}                              every step of the gradient
#   symdiff check {model}                               compiled against interpreted
#   symdiff fit {model} --data {table} -o fitted        estimates, standard errors
#   symdiff predict fitted --data {table}               the chance of each row
#   symdiff compile {model} -o grad.py                  the gradient as a module
#   symdiff new --keys                                  every key of such a file; --schema for editors
title = "Chance of passing by hours of study"
loss = "-mean(y*log(p) + (1 - y)*log(1 - p))"   # one number; it is made small

[data]                          # what is given: name = sizes
X = ["n", "d"]
y = ["n"]

[parameters]                    # what is to be found; [] is one number
w = ["d"]
b = {{ sizes = [], start = 0 }}   # where fit starts; constraint = "positive" and others keep it in bounds

[equations]                     # in order, in the words of NumPy; later ones use earlier names
z = "X @ w + b"
p = "1/(1 + exp(-z))"

[table]                         # how the columns of a CSV file become the data
missing = "drop"                # rows that lack a value: "refuse", "drop" or "mean"
standardise = ["hours", "sleep"]

[table.arrays]
X = ["hours", "sleep", "course"]        # columns side by side; ["*"] for all that are left
y = "passed"                            # one column

[table.maps]                    # words to numbers
passed = {{ no = 0, yes = 1 }}

[table.dummies]                 # a column of 0 and 1 for every word but the first (one_hot: for every word)
course = ["day", "evening"]

[at]                            # a point: the numbers of derive, check and bench
X = [[0.5, -1, 0], [1.5, 0.5, 1], [-1, 0.25, 0], [-0.5, 0, 1]]
y = [1, 1, 0, 0]
w = [0.5, 0.25, -0.5]
b = 0.1
'''
TABLE = """hours,sleep,course,passed
0.5,7.5,day,no
0.8,6.0,evening,no
1.0,8.0,day,no
1.3,5.5,day,no
1.5,7.0,evening,yes
1.8,6.5,day,no
2.0,8.5,evening,no
2.2,NA,day,yes
2.5,6.0,day,no
2.8,7.5,evening,yes
3.0,7.0,day,yes
3.3,5.0,evening,no
3.6,6.5,day,yes
4.0,8.0,evening,yes
4.2,4.5,day,no
4.5,7.5,day,yes
5.0,6.0,evening,yes
5.5,7.0,day,yes
"""


def add(commands):
    """Add the command to the parsers of commands."""
    command = commands.add_parser("new", help="write a starter model file",
                                  description="Write a model file with comments, and a small table to try it on; or "
                                              "print what a model file may hold.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("model", metavar="MODEL.toml", nargs="?", help="the file to write; the table is MODEL.csv")
    command.add_argument("--keys", action="store_true", help="print every key of model files, with an example")
    command.add_argument("--schema", action="store_true", help="print a JSON Schema of model files, for editors")
    command.add_argument("--force", action="store_true", help="replace files that exist")
    command.set_defaults(run=run)


def run(given):
    """Write both files; both are known to be free before one is written."""
    if (given.model is not None) + given.keys + given.schema != 1:
        raise ArgumentError("one thing is made: a model file, the page of keys, or the schema.",
                            do="write symdiff new model.toml, or --keys, or --schema.")
    if given.model is None:
        from symdiff.spec.schema import page, schema_text
        print(page() if given.keys else schema_text(), end="")
        return 0
    path = Path(given.model)
    if path.suffix.lower() != ".toml":
        raise ArgumentError(f"{given.model} is no name of a model file.", do="name it model.toml.")
    table = path.with_suffix(".csv")
    for one in (path, table):
        destination(one, given.force)
    write_file(path, MODEL.format(model=path.name, table=table.name), given.force)
    write_file(table, TABLE, given.force)
    print(f"{path} and {table}\nnext: symdiff fit {path} --data {table}")
    return 0

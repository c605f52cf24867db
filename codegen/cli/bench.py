"""`symdiff bench`: sizes, other systems, or a model file and values, go in; measures on this machine come out."""
import argparse
import re
from itertools import chain

from symdiff.errors import ArgumentError

EXAMPLES = """example:
  symdiff bench --rows 303x13
  symdiff bench --against jax,torch --only "logistic 100x4" --warm
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
    command.add_argument("--against", metavar="SYSTEMS", type=_words,
                         help="compare with other systems, where installed: jax,torch,torch_compile,pytensor,casadi,"
                              "autograd, or all")
    command.add_argument("--only", metavar="WORDS", type=_words,
                         help="with --against: the cases whose names hold one of these: logistic,network tanh,"
                              "michaelis,mixture,student,black,straight,hessian,product,gmm,lstm,llsq,lse,training")
    command.add_argument("--warm", action="store_true",
                         help="with --against: no measures in new processes (compile time, memory)")
    command.add_argument("--picture", metavar="FILE", help="with --against: draw time against size (svg, png, pdf)")
    command.add_argument("--profile", action="store_true", help="of a model: how long each phase of its code takes")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def _rows(text):
    words = text.split(",")
    if not all(re.fullmatch(r"[1-9]\d{0,9}(x[1-9]\d{0,9})?", word) for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 303x13,10000x20, or 10000")
    return words


def _words(text):
    return [word.strip() for word in text.split(",") if word.strip()]


def run(given):
    """Measure."""
    if given.against is not None:
        return _against(given)
    if given.only is not None or given.picture is not None or given.warm:
        raise ArgumentError("--only, --warm and --picture are of a comparison.", do="name the systems: --against all.")
    crossed = {"x" in word for word in given.rows or ()}
    if crossed - {given.model is None}:
        raise ArgumentError(f"--rows {','.join(given.rows)} does not fit.",
                            do="give rows x columns without a model, 303x13, and rows with one, 10000.")
    if given.profile and given.rows or given.profile and given.model is None:
        raise ArgumentError("--profile is of a model at its own data.", do="name a model file, without --rows.")
    if given.model is None:
        if given.data is not None or given.at:
            raise ArgumentError("values are those of a model, and there is none.", do="name a model file first.")
        from ..bench import bench
        bench(given.rows, given.json, write=lambda line: print(line, flush=True))
        return 0
    return _of_model(given)


def _against(given):
    from ..bench.against.compare import PEERS
    from ..bench.against.run import run as compared
    if given.model is not None or given.rows or given.data is not None or given.at:
        raise ArgumentError("a comparison has models and data of its own.", do="choose among them by --only.")
    systems = PEERS if given.against == ["all"] else given.against
    times, _ = compared(systems, given.only or (), fresh=not given.warm, as_json=given.json, image=given.picture,
                        write=lambda text: print(text, flush=True))
    return int(any(one.note.startswith("differs") for one in times))


def _of_model(given):
    from ..bench import line
    from ..bench.of_model import model_measures, phase_measures
    from .given import completed, json_text, model_of, values_of

    model = model_of(given.model)
    values, _ = completed(model, values_of(model, given)[0])
    found = {}
    for rows in given.rows or [None]:
        found[rows] = []
        measures = model_measures(model, values, rows and int(rows))
        if given.profile:
            measures = chain(measures, phase_measures(model, values))
        for measure in measures:
            found[rows].append(measure)
            if not given.json:
                print((f"{rows:>10} rows  " if rows else "") + line(measure), flush=True)
    if given.json:
        print(json_text([{**m.as_dict(), "rows": rows and int(rows)} for rows, own in found.items() for m in own]))
    return 0

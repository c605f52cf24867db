"""`symdiff fit`: a model file and a table go in; estimates with their standard errors, or a training, come out, in
a folder where asked."""
import argparse

import numpy as np

from symdiff.errors import ArgumentError, SpecError

EXAMPLES = """example:
  symdiff new model.toml
  symdiff fit model.toml --data model.csv -o fitted
  symdiff fit model.toml --data model.csv --method adam --epochs 200 --rate 0.05
"""
WHOLE = ("epochs", "batch", "patience", "starts", "seed")


def add(commands):
    """Add the command to the parsers of commands."""
    from .given import add_values
    command = commands.add_parser("fit", help="find a model's parameters from a table",
                                  description="Make a model's loss small. By SciPy's methods (the default): estimates "
                                              "with standard errors; by steps along gradients: a training.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_values(command)
    command.add_argument("-o", dest="output", metavar="FOLDER", help="write model, parameters and what was learned "
                                                                     "of the data, for symdiff predict")
    command.add_argument("--method", help="auto, L-BFGS-B, trust-exact, lm, …; adam, sgd, … (default: the model's "
                                          "[training], or auto)")
    for name in WHOLE:
        command.add_argument(f"--{name}", type=int, metavar="N", help="as [training] has it")
    for name in ("rate", "validation"):
        command.add_argument(f"--{name}", type=float, metavar="X", help="as [training] has it")
    command.add_argument("--scale", help="of the loss as a negative log-likelihood: mean, sum, or a number")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--force", action="store_true", help="replace a folder that exists")
    command.set_defaults(run=run)


def run(given):
    """Fit, print, and write; 1 where the search failed."""
    from ..folder import free, write
    from .given import json_text, jsonable, model_of, point, values_of

    if given.output is not None:
        free(given.output, given.force)
    model = model_of(given.model)
    text = _text(given.model)
    values, table = values_of(model, given)
    parameters, told = {array.name for array in model.parameters}, point(given.at)
    start = {name: value for name, value in values.items()
             if name in parameters and (name in told or name not in model.start)}
    data = {name: value for name, value in values.items() if name not in parameters}
    found, training = _fitted(model, data, start, _labels(model, table), given)
    about = _about(found, training, table)
    if given.output is not None:
        learned = table.learned if table is not None else {"columns": {}, "mean": {}, "std": {}, "words": {}}
        parameters = training.parameters if found is training else found.coefficients
        write(given.output, text, {**parameters, **found.statistics},
              jsonable({**about, "learned": learned}), given.force)
    if given.json:
        print(json_text(about))
    else:
        for line in table.notes() if table is not None else ():
            print(line)
        print(found)
    return 0 if training.ok else 1


def _text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"this file is not read: {error}.", where=path, do="give a model file.") from None


def _fitted(model, data, start, labels, given):
    """(a Fit or Training, its Training)."""
    from ..fit import fit
    from ..train import methods, train

    settings = dict(model.training)
    own = {name: getattr(given, name) for name in ("method", "scale", "rate", "validation", *WHOLE)}
    settings |= {name: value for name, value in own.items() if value is not None}
    method, scale = settings.pop("method", "auto"), _scale(settings.pop("scale", None))
    settings = {name: tuple(value) if name == "betas" else value for name, value in settings.items()}
    known = {array.name for array in model.data}
    data = {name: value for name, value in data.items() if name in known}
    start = {**_initial(model, data, start, settings.get("seed", 0)), **start}
    if methods.ALIASES.get(method.lower(), method.lower()) in methods.DESCENT:
        found = train(model, data, start, method, **settings)
        return found, found
    found = fit(model, data, start, method, scale=scale, labels=labels, **settings)
    return found, found.training


def _initial(model, data, start, seed):
    """Where training starts, by each parameter's role."""
    from symdiff.evaluate import bind_sizes
    from symdiff.language.core import sizes_of
    from symdiff.models.initial import initial

    shapes = {array.name: (sizes_of(array), np.shape(given[array.name])) for given in (data, start)
              for array in (*model.data, *model.parameters) if array.name in given}
    return initial(model, seed, sizes={str(size): n for size, n in bind_sizes(shapes).items()})


def _scale(given):
    """"mean", "sum", a number, or None."""
    if given is None or given in ("mean", "sum"):
        return given
    try:
        return float(given)
    except ValueError:
        raise ArgumentError(f"{given!r} is no scale.", do="give mean, sum, or a positive number.") from None


def _labels(model, table):
    """{parameter: names of its entries} for those as long as one matrix has columns."""
    from symdiff.language.core import sizes_of

    found, arrays = {}, {array.name: sizes_of(array) for array in model.data}
    for name, labels in (table.labels if table is not None else {}).items():
        for parameter in model.parameters:
            if sizes_of(parameter) == arrays[name][1:]:
                found[parameter.name] = labels
    return found


def _about(found, training, table):
    """What is known of a fit, as JSON has it."""
    about = {"method": training.method, "ok": training.ok, "reason": training.reason, "loss": training.loss,
             "parameters": training.parameters,
             "losses": {"training": training.losses, "validation": training.validation}}
    if found is not training:
        about |= {"parameters": found.coefficients, "standard_errors": found.standard_errors,
                  "names": list(found.names), "p_values": found.p_values, "log_likelihood": found.log_likelihood,
                  "aic": found.aic, "bic": found.bic, "n": found.n, "unidentified": list(found.unidentified)}
    if table is not None:
        about |= {"rows": table.count, "left_out": table.count - len(table.kept), "missing": table.missing,
                  "labels": table.labels}
    return about

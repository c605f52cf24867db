"""`symdiff check`: a model file and values go in; its compiled derivatives beside the references come out, and 1
where they differ."""
import argparse
from dataclasses import asdict

EXAMPLES = """example:
  symdiff new model.toml
  symdiff check model.toml
  symdiff check model.toml --data model.csv --json
"""


def add(commands):
    """Add the command to the parsers of commands."""
    from .given import add_values
    command = commands.add_parser("check", help="compare a compiled model with interpreted derivatives",
                                  description="Compare a model's compiled value, gradient and Hessian with an "
                                              "interpreted derivative, and at few numbers with one of forty digits.",
                                  epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_values(command)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(given):
    """Check; 1 where something differs."""
    from ..compile import compile as compiled_of
    from .given import completed, json_text, model_of, values_of

    model = model_of(given.model)
    values, table = values_of(model, given)
    values, drawn = completed(model, values)
    f = compiled_of(model)
    used = {str(key) for key in f.inputs}
    report = f.check({name: value for name, value in values.items() if name in used})
    if given.json:
        print(json_text({"ok": report.ok, "drawn": drawn, "rows": [asdict(row) for row in report.rows]}))
        return 0 if report.ok else 1
    for line in table.notes() if table is not None else ():
        print(line)
    if drawn:
        print(f"drawn at random: {', '.join(drawn)}")
    print(report)
    return 0 if report.ok else 1

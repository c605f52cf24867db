"""Reference cases in, expressions with values and references out; and runners that count what an engine gets right.

The cases lie in `../shared/cases` beside the project.  An engine is a function (expression, wrt) -> something with
`value_and_grad`, `jac` and `hess`, each taking the values by name: `sd.compile` is one.
"""
import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from symdiff.language import array, stack, sum as total

FOLDER = Path(__file__).resolve().parents[2].parent/"shared"/"cases"


def compiled(expression, wrt):
    """The engine that is sold."""
    import symdiff as sd
    return sd.compile(expression, wrt=wrt)


def parsed(text, names):
    """A formula as our reader reads it."""
    import symdiff as sd
    return sd.parse(text, **names)


def load(name):
    """A module of the folder of cases; the test is skipped where the folder is missing."""
    if not FOLDER.is_dir():
        pytest.skip(f"no reference cases: {FOLDER} is not there")
    spec = importlib.util.spec_from_file_location(name, FOLDER/f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def distance(got, wanted, scale=None):
    """The largest error relative to the reference's norm; inf where something is not finite."""
    got, wanted = np.asarray(got, dtype=float), np.asarray(wanted, dtype=float)
    if got.size != wanted.size or not np.all(np.isfinite(got)):
        return np.inf
    scale = np.linalg.norm(wanted) if scale is None else scale
    return float(np.max(np.abs(got.ravel() - wanted.ravel()), initial=0.0)/(scale or 1.0))


def traced(objective, inputs):
    """(expression, values): the objective called with arrays instead of numbers; whole numbers stay what they are."""
    arrays, values = dict(inputs), {}
    for name, given in inputs.items():
        if np.asarray(given).dtype.kind == "f":
            values[name] = np.asarray(given, dtype=float)
            arrays[name] = array(name, *values[name].shape)
    return objective(np, arrays), values


def used(expression, values):
    """The values of the names that the expression holds."""
    names = {s.name for s in expression.free_symbols}
    return {n: v for n, v in values.items() if n in names}


def report(title, errors, tolerance):
    """Print how many errors are within the tolerance, and return the names of those that are not."""
    failed = {name: error for name, error in errors.items() if not error <= tolerance}
    print(f"\n{title}: {len(errors) - len(failed)} of {len(errors)} within {tolerance:g}",
          *[f"  {name}: {error:.2g}" for name, error in failed.items()], sep="\n")
    return sorted(failed)


# -- matrix calculus -------------------------------------------------------------------------------------------------
def matrix_errors(engine, every=1):
    """({case: error of value and gradient}, {case: error of the small Hessians}) of every so many cases."""
    cases = load("matrix_cases")
    references, gradients, hessians = cases.load_refs(), {}, {}
    for name, case in list(cases.CASES.items())[::every]:
        expression, values = traced(case.objective, case.inputs())
        values = used(expression, values)
        f, wanted = engine(expression, case.wrt), references[name]
        value, gradient = f.value_and_grad(**values)
        norm = np.sqrt(sum(np.sum(np.square(g)) for g in wanted["grad"].values()))
        errors = [distance(gradient[w], g, norm) for w, g in wanted["grad"].items()]
        gradients[name] = max(errors + [distance(value, wanted["f"])])
        if wanted["hess"]:
            blocks = f.hess(**values)
            hessians[name] = max(distance(blocks[w, w], h) for w, h in wanted["hess"].items())
    return gradients, hessians


# -- GradBench -------------------------------------------------------------------------------------------------------
def gradbench_errors(engine, sizes):
    """{"case size": error of value and gradient} for the sizes asked for, {case: [size]}."""
    cases = load("gradbench_cases")
    references, errors = cases.load_refs(), {}
    for name, case in cases.CASES.items():
        for size in sizes.get(name, ()):
            expression, values = traced(case.objective, case.inputs(size))
            wanted = references[name][size]
            value, gradient = engine(expression, case.wrt).value_and_grad(**used(expression, values))
            got = {w: gradient[w] if np.size(gradient[w]) == g.size else cases.digest(gradient[w])
                   for w, g in wanted["grad"].items()}
            norm = np.sqrt(sum(np.sum(np.square(g)) for g in wanted["grad"].values()))
            worst = max(distance(got[w], g, norm) for w, g in wanted["grad"].items())
            errors[f"{name} {size}"] = max(worst, distance(value, wanted["f"]))
    return errors


# -- large scalar graphs ---------------------------------------------------------------------------------------------
def large_graph_errors(engine, largest, every=1):
    """{"recipe size": error of Jacobian and Hessian} for the sizes whose reference has at most `largest` entries, or
    every so many of them.
    """
    recipes = load("large_graphs")
    errors = {}
    print(f"\n{'recipe and size':26}{'J':>10}  {'seconds, µs':>16}   {'Hessian: seconds, µs':>22}")
    found = [(name, size, wanted) for name, sizes in recipes.load_refs().items() for size, wanted in sizes.items()
             if wanted["f"].size*wanted["x"].size <= largest]
    for name, size, wanted in found[::every]:
        inputs = wanted["x"].size
        x = array("x", inputs)
        outputs = recipes.RECIPES[name].fn([x[i] for i in range(inputs)], recipes.SympyNS(), size)
        stacked = stack([o + 0*x[0] for o in outputs])
        block, told = timed(lambda: engine(stacked, ["x"]).jac, wanted["x"])
        rows = np.asarray(block["x"])
        error = distance(rows, wanted["J"]) if "J" in wanted else distance(wanted["V"] @ rows.T, wanted["Jv"])
        if "H" in wanted:
            block, more = timed(lambda: engine(outputs[0], ["x"]).hess, wanted["x"])
            error, told = max(error, distance(block["x", "x"], wanted["H"])), f"{told}   {more:>22}"
        errors[f"{name} {size}"] = error
        print(f"{name:20}{size:>6}{len(outputs):>6}×{inputs:<3}  {told}")
    return errors


def timed(make, x):
    """(result at x, "seconds to compile, µs of a call") of the function that `make` compiles."""
    start = time.process_time()
    run = make()
    found = run(x=x)
    seconds, calls = time.process_time() - start, []
    for _ in range(10):
        start = time.perf_counter()
        run(x=x)
        calls.append(time.perf_counter() - start)
    return found, f"{seconds:8.2f} {1e6*min(calls):7.1f}"


# -- NIST nonlinear regression ---------------------------------------------------------------------------------------
def nist_errors(engine, read, every=1):
    """{"problem point": error of gradient, Jacobian rows and Hessian}; `read(text, names)` reads a model's formula;
    of every so many problems.

    Errors of the gradient are relative to the sizes of what it is made of, Σ (|y - model| + |y|) |∂model|: it vanishes
    at the solution, and a residual is known to the rounding of y only.
    """
    errors = {}
    for name, problem in list(load("loaders").nist().items())[::every]:
        n, parameters = problem["nobs"], problem["params"]
        names = {p: array(p) for p in parameters} | {x: array(x, n) for x in problem["predictors"]}
        data = dict(zip(problem["predictors"], np.asarray(problem["x"], dtype=float).reshape(-1, n)))
        data["y"] = np.log(problem["y"]) if problem["response"] == "log(y)" else np.asarray(problem["y"], dtype=float)
        model = read(problem["model"], names)
        rss, prediction = engine(total((array("y", n) - model)**2), parameters), engine(model, parameters)
        for point, wanted in problem["refs"].items():
            start = problem[point]
            errors[f"{name} {point}"] = nist_error(rss, prediction, parameters, wanted,
                                                   data | dict(zip(parameters, map(float, start))))
    return errors


def nist_error(rss, prediction, parameters, wanted, values):
    """The worst error at one point of one problem."""
    _, gradient = rss.value_and_grad(**values)
    jacobian = prediction.jac(**{k: v for k, v in values.items() if k != "y"})
    hessian, numbers = rss.hess(**values), lambda texts: np.array(texts, dtype=float)
    rows, blocks = numbers(wanted["jac"]), numbers(wanted["hess"])
    sizes = [2*np.sum(np.abs(values["y"]*np.asarray(jacobian[p]))) for p in parameters]
    scales = numbers(wanted["grad_abs_scale"]) + sizes
    worst = [abs(float(gradient[p]) - g)/s for p, g, s in zip(parameters, numbers(wanted["grad"]), scales)]
    for column, p in zip(rows.T, parameters):
        worst.append(distance(np.asarray(jacobian[p])[wanted["obs"]], column))
    size = np.sqrt(np.abs(np.diag(blocks)))
    for row, p, u in zip(blocks, parameters, size):
        worst += [abs(float(hessian[p, q]) - h)/max(u*v, abs(h)) for h, q, v in zip(row, parameters, size)]
    return max(worst)


# -- hard scalar formulas --------------------------------------------------------------------------------------------
def hard_passes(engine, read, every=1):
    """{tier: {formula: (points within the bar, points)}}: value and first derivatives within 8 ulp × max(1, condition).

    Of every so many formulas.  Removable singularities and one-sided limits are judged apart, and not here.
    """
    measure, table = load("loaders"), {}
    for case in measure.hard()[::every]:
        f = engine(read(case["expr"], {}), case["wrt"])
        points = [point for point in case["points"] if not point.get("kind")]
        good = sum(within_bar(measure, f, case["wrt"], point) for point in points)
        table.setdefault(case["tier"], {})[case["name"]] = good, len(points)
    return table


def within_bar(measure, f, wrt, point):
    """Are the value and every first derivative at one point within the bar?"""
    value, gradient = f.value_and_grad(**point["at"])
    pairs = [(value, point["f"], point["cond_f"])] + [(gradient[w], point["d"][w], point["cond_d"][w]) for w in wrt]
    return all(measure.rel_error(float(got), exact) <= 8*measure.EPS*measure.condition(conditions)
               for got, exact, conditions in pairs)


def python_reader(text, names):
    """A formula of the cases as Python reads it, over arrays: for what is tested without the formula reader."""
    import symdiff.language as words
    plain = "exp log sqrt sin cos tan atan asin sinh cosh tanh erf erfc gamma loggamma"
    known = {k: getattr(words, k) for k in plain.split()} | {"pi": sp.pi, "Rational": sp.Rational, "Abs": words.abs}
    scalars = {n: array(n) for n in compile(text, "formula", "eval").co_names if n not in known and n not in names}
    return eval(text, {"__builtins__": {}}, known | scalars | names)

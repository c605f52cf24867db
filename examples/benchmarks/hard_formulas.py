"""How many values and derivatives of formulas in naive form are right, ours beside SymPy's lambdify, JAX and PyTorch.

    python examples/benchmarks/hard_formulas.py FILE.json [--against lambdify,jax,torch] [--failures]

FILE is a list of {"expr": formula in SymPy's words, "wrt": names, "tier": number, "points": [{"at": {name: number},
"f": text, "d": {name: text}, "cond_f": [numbers], "cond_d": {name: [numbers]}}]}, the texts of 50 digits.  A result is
right within 8 units in the last place times the larger of 1 and the condition of the point, or where it is the infinity
that the true value rounds to.  Points whose "kind" is a limit are counted apart.  `ours, rules` is the machine code
alone, without the second look of small formulas.
"""
import argparse
import json
import math
import warnings

import mpmath
import numpy as np
import sympy as sp

import symdiff as sd

EPS, BAR = 2.0**-52, 8


def ours(text, names):
    f = sd.compile(sd.parse(text), wrt=names)
    return lambda at: [f(at), *f.grad(at).values()]


def rules(text, names):
    f = sd.compile(sd.parse(text), wrt=names)
    run = f.executable("value_and_grad")
    return lambda at: run(tuple([at[name] for name in f.inputs]))


def lambdify(text, names):
    free = sorted(set(_names(text)))
    symbols = [sp.Symbol(name, real=True) for name in free]
    formula = sp.sympify(text, locals={**dict(zip(free, symbols)), "loggamma": sp.loggamma})
    functions = [sp.lambdify(symbols, e) for e in (formula, *[formula.diff(sp.Symbol(n, real=True)) for n in names])]
    return lambda at: [f(*[np.float64(at[name]) for name in free]) for f in functions]


def jax(text, names):
    import jax
    import jax.numpy as jnp
    jax.config.update("jax_enable_x64", True)
    words = {"loggamma": jax.scipy.special.gammaln, "gamma": jax.scipy.special.gamma, "erf": jax.scipy.special.erf,
             "erfc": jax.scipy.special.erfc, "asin": jnp.arcsin, "atan": jnp.arctan, "Abs": jnp.abs}
    free = sorted(set(_names(text)))
    f = jax.jit(jax.value_and_grad(_function(text, free, jnp, words), [free.index(name) for name in names]))

    def call(at):
        value, slopes = f(*[jnp.float64(at[name]) for name in free])
        return [value, *slopes]
    return call


def torch(text, names):
    import torch
    words = {"loggamma": torch.lgamma, "gamma": lambda x: torch.exp(torch.lgamma(x)), "Abs": torch.abs}
    free = sorted(set(_names(text)))
    f = _function(text, free, torch, words)

    def call(at):
        given = [torch.tensor(at[name], dtype=torch.float64, requires_grad=name in names) for name in free]
        value = f(*given)
        slopes = torch.autograd.grad(value, [given[free.index(name)] for name in names])
        return [value.detach(), *slopes]
    return call


SYSTEMS = {"ours": ours, "ours, rules": rules, "lambdify": lambdify, "jax": jax, "torch": torch}
KNOWN = "exp log sqrt sin cos tan asin atan sinh cosh tanh erf erfc gamma loggamma Abs pi Rational".split()


def _names(text):
    """The inputs of a formula, in order."""
    return [name for name in compile(text, "formula", "eval").co_names if name not in KNOWN]


def _function(text, names, module, words):
    """A formula of the file, which is trusted here, as a function in the words of a system."""
    known = {name: words.get(name) or getattr(module, name, None) for name in KNOWN}
    known |= {"pi": math.pi, "Rational": lambda p, q: p/q}
    return eval(f"lambda {', '.join(names)}: {text}", known)


def is_right(got, exact, conditions):
    with mpmath.workdps(60):
        true, got = mpmath.mpf(exact), float(got)
        if abs(true) > mpmath.mpf(2)**1024:
            return math.isinf(got) and (got > 0) == (true > 0)
        condition = max([1.0] + [float(c) for c in conditions if isinstance(c, (int, float))])
        scale = max(abs(true), mpmath.mpf(2)**-1022)
        return math.isfinite(got) and abs(got - true) <= BAR*EPS*condition*scale


def judge(make, cases):
    """{(tier, kind): [right, all]} of values and first derivatives, and [(formula, point)] of those that are not."""
    counts, failures = {}, []
    for case in cases:
        f = make(case["expr"], case["wrt"])
        for point in case["points"]:
            got = _called(f, point["at"])
            wanted = [(point["f"], point["cond_f"])]
            wanted += [(point["d"][name], point["cond_d"].get(name, [])) for name in case["wrt"] if name in point["d"]]
            found = [is_right(g, *pair) for g, pair in zip(got, wanted)]
            entry = counts.setdefault((case["tier"], point.get("kind") or ""), [0, 0])
            entry[0] += sum(found)
            entry[1] += len(wanted)
            if not all(found) or len(found) < len(wanted):
                failures.append((case["expr"], point["at"]))
    return counts, failures


def _called(f, at):
    """The results at a point; those of a system that raises there are nan."""
    try:
        return f({name: float(value) for name, value in at.items()})
    except (ArithmeticError, ValueError, TypeError, NameError, AttributeError):
        return [math.nan]*(1 + len(at))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--against", default="lambdify,jax,torch")
    parser.add_argument("--failures", action="store_true", help="list the points where ours are not right")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        cases = json.load(file)
    table, failures = {}, []
    for name in ["ours", "ours, rules", *options.against.split(",")]:
        try:
            table[name], missed = judge(SYSTEMS[name], cases)
        except ImportError:
            print(f"{name} is not installed")
            continue
        failures = missed if name == "ours" else failures
    rows = sorted(table["ours"])
    print(f"{'':<14}" + "".join(f"{'tier ' + str(tier) + ' ' + kind:>18}" for tier, kind in rows) + f"{'all':>12}")
    for name, counts in table.items():
        parts = [f"{counts[row][0]} of {counts[row][1]}" for row in rows]
        total = 100*sum(c[0] for c in counts.values())/sum(c[1] for c in counts.values())
        print(f"{name:<14}" + "".join(f"{part:>18}" for part in parts) + f"{total:>10.1f} %")
    if options.failures:
        print(*failures, sep="\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    main()

"""A file of functions written for NumPy goes in; their gradients here and in other systems are timed.

Run it:  python examples/benchmarks/numpy_cases.py FILE.py --against jax,autograd --only gmm

The file has a dict CASES: {name: case} with case.objective(np, inputs), case.inputs(size) -> {name: value}, case.sizes,
and case.wrt.
"""
import argparse
import importlib.util
from functools import partial

import numpy as np

from codegen.bench.against.case import Case
from codegen.bench.against.compare import PEERS
from codegen.bench.against.run import run
from codegen.bench.against.unable import Unable
from symdiff import language


def objective(function, rest, words, arrays):
    """The function of NumPy as a model of `words`."""
    module = np if words is language else getattr(words, "numpy", None)
    if module is None:
        raise Unable("it takes no function written for NumPy")
    return function(module, {**arrays, **rest})


def cases(path, only=()):
    """The cases of a file, at each of their sizes."""
    place = importlib.util.spec_from_file_location("numpy_cases_of_a_file", path)
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    for name, case in module.CASES.items():
        for size in case.sizes:
            if not only or any(word in f"{name} {size}" for word in only):
                yield from of_size(name, case, size)


def of_size(name, case, size):
    """One case; none where its inputs or derivatives are of a kind that is not compared."""
    given = case.inputs(size)
    arrays = {key: np.asarray(value, float) for key, value in given.items() if isinstance(value, np.ndarray)}
    rest = {key: value for key, value in given.items() if key not in arrays}
    if getattr(case, "kind", "scalar") == "scalar" and set(case.wrt) <= set(arrays):
        entries = sum(array.size for array in arrays.values())
        arrays = {key: array if array.shape else float(array) for key, array in arrays.items()}
        yield Case(name, size, entries, "gradient", partial(objective, case.objective, rest), arrays, tuple(case.wrt),
                   named_rows=False)


def main():
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--against", default=",".join(PEERS))
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--picture")
    given = parser.parse_args()
    only = [word for word in given.only.split(",") if word]
    run(given.against.split(","), own=cases(given.file, only), fresh=False, as_json=given.json, image=given.picture,
        write=lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()

"""What to measure in a new process goes in as a word; JSON comes out: seconds, after imports and Numba's own start.

    python -m codegen.bench.fresh compile 303x13
"""
import json
import sys
import time


def compile_logistic(rows):
    """Seconds from the model as typed to the first value and gradient, and again on the second call."""
    import numba
    import numpy as np

    from codegen.compile import compile

    from .measures import data, logistic
    numba.njit("float64(float64)")(lambda x: x + 1)(1.0)            # Numba's own start
    n, d = (int(word) for word in rows.split("x"))
    values = {**data(n, d), "w": np.zeros(d), "b": 0.0}
    started = time.perf_counter()
    loss, parameters = logistic()
    f = compile(loss, wrt=parameters)
    f.value_and_grad(values)
    return time.perf_counter() - started


def import_symdiff(_):
    """Seconds of `import symdiff`, which came with this module: it is forgotten and imported again."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "symdiff"]:
        del sys.modules[name]
    started = time.perf_counter()
    import symdiff
    assert symdiff.__version__
    return time.perf_counter() - started


WHAT = {"compile": compile_logistic, "import": import_symdiff}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*(sys.argv[2:] or [""]))))

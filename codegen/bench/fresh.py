"""What to measure in a new process goes in as words; JSON comes out: seconds, after imports.

    python -m codegen.bench.fresh compile 303x13
    python -m codegen.bench.fresh case jax "logistic 303x13" JAX ""
"""
import json
import sys
import time


def compile_logistic(rows):
    """Seconds from the model as typed to the first value and gradient, and again on the second call."""
    import numpy as np

    from codegen.compile import compile

    from .measures import data, logistic
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


def case(system, name, way, form):
    """[seconds from a case's model to its first result, MB of a further call beyond what is there before it], of one
    way of a system's to compute it, in one of its forms.
    """
    import numba

    from .against import compare, ours
    from .against.cases import NAMED
    made = NAMED[name]().written[form]
    prepare = compare.ways(ours if system == "ours" else compare.adapter(system), made)[way]
    numba.njit("float64(float64)")(lambda x: x + 1)(1.0)            # its own start, for those that need it
    started = time.perf_counter()
    call, _ = prepare(made)
    call()
    return [time.perf_counter() - started, memory(call)]


def memory(call):
    """MB that a call needs for a while beside what the process has before; None where the system does not tell."""
    try:
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")                                         # the peak starts again from here
        before = _status("VmRSS")
        call()
        return (_status("VmHWM") - before)/1e3
    except OSError:
        return None


def _status(word):
    """kB, as the system tells."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(word))


WHAT = {"compile": compile_logistic, "import": import_symdiff, "case": case}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*(sys.argv[2:] or [""]))))

"""The comparison with other systems, at tiny sizes: each gives our numbers; what is printed, skipped, refused."""
import importlib.util
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from scipy.special import expit, multigammaln

from codegen.bench.against import adam, autograd, compare, gradbench, jax, ours
from codegen.bench.against.case import Training
from codegen.bench.against.cases import (NAMED, cases, of_formula, of_logistic, of_network, of_second, of_straight,
                                         of_training)
from codegen.bench.against.limits import limits
from codegen.bench.against.picture import picture
from codegen.bench.against.run import line, run
from codegen.bench.against.unable import Unable
from symdiff.__main__ import main
from symdiff.errors import ArgumentError

ROOT = Path(__file__).parents[3]
TINY = [of_logistic(7, 2), of_network((3, 4, 1), 5, "tanh"), of_network((3, 4, 2), 5, "relu"),
        of_network((2, 3, 2), 4, "tanh", "float32"), of_formula("michaelis-menten", 4, "jacobian"),
        of_formula("mixture", 4, "gradient"), of_formula("student-t", 4, "gradient"),
        of_formula("black-scholes", 4, "jacobian"), of_straight(20), of_second("rosenbrock", "product"),
        of_second("logistic", "hessian"), gradbench.of_gmm(3, 2, 7), gradbench.of_lstm(2, 6), gradbench.of_llsq(8),
        gradbench.of_lse(30), of_training((5, 4, 1), 23, Training(8, 3)), of_training((5, 4, 3), 16, Training(8, 3))]


def small(case):
    """A case of the second derivatives at few entries."""
    if case.direction is None:
        return case
    values = {"x": case.values["x"][:3]} if "X" not in case.values else \
        {"X": case.values["X"][:5, :3], "y": case.values["y"][:5], "x": case.values["x"][:3]}
    return replace(case, values=values, direction=case.direction[:3])


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in compare.PEERS if name != "torch_compile"])
def test_a_system_gives_our_numbers(name):
    pytest.importorskip(name)
    system, unable = compare.adapter(name), set()
    for case in [form for case in map(small, TINY) for form in case.written.values()]:
        mine, mine_read = ours.prepare(case)
        wanted = mine_read(mine())
        for way, prepare in compare.ways(system, case).items():
            try:
                call, reading = prepare(case)
            except Unable:
                unable.add(case.family)
                continue
            for _ in range(2):                      # a second call begins where the first did
                assert compare.distance(reading(call()), wanted) < compare.TOLERANCE[case.dtype], (case.name, way)
    assert len(unable - {"training"}) <= 3 and ("training" in unable) == (name not in ("jax", "torch"))


def test_ours_is_the_derivative():
    """Against differences, so that two systems wrong alike would be found."""
    case, step = of_network((3, 4, 2), 5, "tanh"), 1e-6
    call, reading = ours.prepare(case)
    value, *gradient = reading(call())
    k = case.wrt.index("W1")
    for i, j in ((0, 0), (2, 3)):
        moved = []
        for sign in (1, -1):
            W = case.values["W1"].copy()
            W[i, j] += sign*step
            other, read = ours.prepare(replace(case, values={**case.values, "W1": W}))
            moved.append(read(other())[0])
        assert abs((moved[0] - moved[1])/(2*step) - gradient[k][i, j]) < 1e-8
    assert np.isfinite(value)


@pytest.mark.parametrize("case", [gradbench.of_gmm(3, 2, 7), gradbench.of_lstm(2, 6), gradbench.of_llsq(8),
                                  gradbench.of_lse(30)], ids=lambda case: case.family)
def test_the_functions_of_gradbench_are_those_published(case):
    """Value by loops and NumPy as the definitions have them; every form's gradient by autograd's tape."""
    value, gradients = published(case.family, case.values), []
    for form in case.written.values():
        call, reading = autograd.prepare(form)
        found, *gradient = reading(call())
        assert abs(found - value) < 1e-13*abs(value)
        gradients.append(gradient)
    for other in gradients[1:]:
        assert compare.distance(other, gradients[0]) < 1e-12


def published(family, v):
    """The value of a function of GradBench at some values, entry by entry."""
    if family == "llsq":
        n = len(v["s"])
        t = [-1 + 2*i/(n - 1) for i in range(n)]
        return sum((np.sign(t[i]) - sum(c*t[i]**j for j, c in enumerate(v["x"])))**2 for i in range(n))/2
    if family == "lse":
        return np.log(np.sum(np.exp(v["x"])))
    if family == "gmm":
        (n, d), k = v["x"].shape, len(v["alpha"])
        total = -k*(d*(d + 1)*np.log(2)/2 + multigammaln((d + 1)/2, d)) - n*d*np.log(2*np.pi)/2
        total -= np.sum(np.exp(v["q"])**2)/2 + np.sum(v["l"]**2)/2 + n*np.log(np.sum(np.exp(v["alpha"])))
        factors = []
        for q, below in zip(v["q"], v["l"]):
            Q = np.diag(np.exp(q))
            Q.T[np.triu_indices(d, 1)] = below
            factors.append(Q)
        for x in v["x"]:
            total += np.log(sum(np.exp(a + np.sum(q) - np.sum((Q @ (x - mu))**2)/2)
                                for a, q, mu, Q in zip(v["alpha"], v["q"], v["mu"], factors)))
        return total
    total, state, x, b = 0.0, v["state"].copy(), v["x"], gradbench.BITS
    for t in range(len(x) - 1):
        y = x[t]*v["extra"][0]
        for k in range(len(state)//2):
            (W, bias), (h, c) = v["main"][2*k:2*k + 2], state[2*k:2*k + 2]
            forget, out = expit(y*W[:b] + bias[:b]), expit(y*W[2*b:3*b] + bias[2*b:3*b])
            c = c*forget + expit(h*W[b:2*b] + bias[b:2*b])*np.tanh(h*W[3*b:] + bias[3*b:])
            y = out*np.tanh(c)
            state[2*k:2*k + 2] = y, c
        p = y*v["extra"][1] + v["extra"][2]
        total -= np.sum(x[t + 1]*(p - np.log(2 + np.sum(np.exp(p)))))
    return total/(b*(len(x) - 1))


@pytest.mark.nightly
def test_training_is_the_steps_of_adam_that_are_published():
    """Ours against Adam (Kingma and Ba, 2015, algorithm 1) in NumPy, with autograd's gradients."""
    case = of_training((3, 2, 1), 11, Training(4, 3))
    call, reading = ours.prepare(case)
    value, *found = reading(call())
    at = {name: np.asarray(case.values[name], float) for name in case.wrt}
    m, s = ({name: np.zeros_like(x) for name, x in at.items()} for _ in range(2))
    rows = adam.batches(case)
    assert [len(chosen) for chosen in rows] == [4, 4, 3]*3 and case.steps == 9
    for t, chosen in enumerate(rows, 1):
        part = {name: case.values[name][chosen] for name in case.data}
        run, read = autograd.prepare(replace(case, asked="gradient", values={**part, **at}))
        for name, g in zip(case.wrt, read(run())[1:]):
            m[name] = 0.9*m[name] + 0.1*g
            s[name] = 0.999*s[name] + 0.001*g**2
            at[name] = at[name] - 1e-3*(m[name]/(1 - 0.9**t))/(np.sqrt(s[name]/(1 - 0.999**t)) + 1e-8)
    run, read = autograd.prepare(replace(case, asked="gradient", values={**case.values, **at}))
    assert compare.distance([value, *found], [read(run())[0], *at.values()]) < 1e-12


class Wrong:
    """A system that is off by a little."""
    NAME = "wrong"

    @staticmethod
    def prepare(case):
        call, reading = ours.prepare(case)
        return call, lambda found: [one*(1 + 1e-6) for one in reading(found)]


class Lame:
    """A system that does nothing."""
    NAME = "lame"

    @staticmethod
    def prepare(case):
        raise Unable("it is lame")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(compare, "BATCH", 1e-4)
    monkeypatch.setattr(compare, "ROUNDS", 3)


def test_a_system_that_differs_is_named(quick):
    mine, wrong, lame, by_hand = compare.compare(TINY[0], [Wrong, Lame], limits)
    assert mine.note == "" and mine.ratio == 1.0 and 0 < mine.least <= mine.median
    assert wrong.note == "differs from ours by 1e-06" and wrong.least > 0
    assert lame.note == "left out: it is lame" and lame.least is None
    assert by_hand.system == "by hand" and by_hand.ratio > 0 and by_hand.seconds is None


class Slow:
    """A system that knows one of two forms, and two ways to compute it, one of them slow."""

    @staticmethod
    def ways(case):
        return {"slow": partial(Slow.prepare, 0.002), "slower": partial(Slow.prepare, 0.02)}

    @staticmethod
    def prepare(seconds, case):
        if case.model is gradbench.lse:
            raise Unable("it has no largest entry")
        return partial(sleep, seconds), lambda found: [np.ones(1)]


def test_forms_ways_and_steps(quick, monkeypatch):
    """Each way of a system is timed in its quickest form; of a training the times are those of one step."""
    monkeypatch.setattr(ours, "prepare", lambda case: Slow.prepare(0.05 if case.model is gradbench.built_in else 0.01,
                                                                   replace(case, model=None)))
    shown = []
    mine, slow, slower = compare.compare(gradbench.of_lse(30), [Slow], lambda case: shown.append(case.model) or {})
    assert mine.form == "as defined" and shown == [gradbench.lse] and slow.form == slower.form == "built in"
    partly = replace(gradbench.of_lse(30), forms={"wrong": len, "right": gradbench.lse})
    found = compare.quickest(lambda case: (partial(sleep, 0 if case.model is len else 0.01),
                                           lambda _: [np.full(1, 2.0 if case.model is len else 1.0)]),
                             partly, [np.ones(1)])
    assert found.form == "right" and found.right
    assert slow.least > 2e3 and slower.least > 2e4 and slow.note == slower.note == "" and slow.unit == "call"
    monkeypatch.setattr(compare, "in_turn", lambda calls: [[0.9, 1.8]]*len(calls))
    case = of_training((5, 4, 1), 23, Training(8, 3))
    mine, slow, slower = compare.compare(case, [Slow])
    assert case.steps == 9 and slower.least == pytest.approx(1e5) and slower.unit == "step"
    assert "10 steps a second" in line(slower)


@pytest.mark.nightly
def test_new_processes_are_measured(quick, capsys):
    """Cold, from the caches, and the memory of a call, of the form and way that was timed."""
    lines = []
    _, fresh = run([], only=["lse n2500"], write=lines.append)
    assert fresh[0]["cold"] > fresh[0]["warm"] > 0 and fresh[0]["system"] == "symdiff"
    assert "in a later process" in lines[-1]


def test_the_limits_of_a_network_are_its_products():
    products = limits(of_network((3, 4, 2), 5, "tanh"))
    assert list(products) == ["products alone"] and products["products alone"]() is None
    assert limits(of_straight(20)) == {}


def test_distance():
    assert compare.distance([np.ones(2)], [np.ones(2)]) == 0
    assert compare.distance([np.array([1.0, 3.0])], [np.array([1.0, 4.0])]) == 0.25
    assert compare.distance([np.ones(2)], [np.ones(3)]) == compare.distance([], [np.ones(1)]) == float("inf")
    assert not compare.distance([np.array([np.nan])], [np.ones(1)]) <= 1e9


def test_cases_are_found_by_words():
    assert [case.name for case in cases(["logistic 100x4"])] == ["logistic 100x4"]
    assert len([name for name in NAMED if "network" in name and "of" not in name]) == 24
    assert [name for name in NAMED if name.startswith("training")] == [case.name for case in cases(["training"])]
    for make in (NAMED["hessian of rosenbrock"], NAMED["michaelis-menten jacobian 1000"]):
        assert set(make().wrt) <= set(make().values)


def test_what_run_prints(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(jax, "LIBRARY", "no_such_library")
    lines, image = [], tmp_path/"times.svg"
    pytest.importorskip("matplotlib")
    times, _ = run(["jax"], own=TINY[:2], fresh=False, image=image, write=lines.append)
    assert lines[0].startswith("processor") and "threads" in lines[0] and f"numpy {np.__version__}" in lines[0]
    assert lines[1] == "jax is skipped: No module named 'no_such_library'" and len(lines) == 8 and "× ours" in lines[2]
    assert "symdiff, flat" in lines[3] and "by hand" in lines[4] and "products alone" in lines[7]
    assert image.read_bytes().startswith(b"<?xml") and picture(times, "png").startswith(b"\x89PNG")
    lines.clear()
    run([], own=TINY[:1], fresh=False, as_json=True, write=lines.append)
    found = json.loads(lines[0])
    assert found["times"][0]["system"] == "symdiff" and found["skipped"] == [] and found["fresh"] == []
    assert found["machine"]["threads"] >= 1 and found["machine"]["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize("arguments", [dict(systems=["sas"]), dict(systems=[], only=["nothing so called"]),
                                       dict(systems=[], image="times.bmp")])
def test_run_refuses(arguments):
    with pytest.raises(ArgumentError, match="system|no case|picture"):
        run(**arguments)


@pytest.mark.parametrize("arguments", [["--only", "logistic"], ["--against", "sas"],
                                       ["--against", "jax", "--rows", "3x4"]])
def test_the_command_refuses(arguments, capsys):
    assert main(["bench", *arguments]) == 2
    assert "do:" in capsys.readouterr().err


def test_functions_written_for_numpy_are_cases(tmp_path):
    place = importlib.util.spec_from_file_location("numpy_cases", ROOT/"examples/benchmarks/numpy_cases.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    (tmp_path/"own.py").write_text('''
import numpy
class case:
    objective = staticmethod(lambda np, i: np.sum(np.exp(i["x"])*i["k"]))
    inputs = staticmethod(lambda size: {"x": numpy.arange(float(size)), "k": 3})
    sizes, wrt = ["2", "3"], ["x"]
CASES = {"own": case}
''')
    found, = module.cases(tmp_path/"own.py", ["own 3"])
    call, reading = ours.prepare(found)
    value, gradient = reading(call())
    np.testing.assert_allclose(gradient, 3*np.exp([0, 1, 2]), rtol=1e-14)

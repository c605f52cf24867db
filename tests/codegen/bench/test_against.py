"""The comparison with other systems, at tiny sizes: each gives our numbers; what is printed, skipped, refused."""
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codegen.bench.against import compare, jax, ours
from codegen.bench.against.cases import NAMED, cases, of_formula, of_logistic, of_network, of_second, of_straight
from codegen.bench.against.limits import limits
from codegen.bench.against.picture import picture
from codegen.bench.against.run import run
from codegen.bench.against.unable import Unable
from symdiff.__main__ import main
from symdiff.errors import ArgumentError

ROOT = Path(__file__).parents[3]
TINY = [of_logistic(7, 2), of_network((3, 4, 1), 5, "tanh"), of_network((3, 4, 2), 5, "relu"),
        of_network((2, 3, 2), 4, "tanh", "float32"), of_formula("michaelis-menten", 4, "jacobian"),
        of_formula("mixture", 4, "gradient"), of_formula("student-t", 4, "gradient"),
        of_formula("black-scholes", 4, "jacobian"), of_straight(20), of_second("rosenbrock", "product"),
        of_second("logistic", "hessian")]


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
    system, unable = compare.adapter(name), 0
    for case in map(small, TINY):
        try:
            call, reading = system.prepare(case)
        except Unable:
            unable += 1
            continue
        mine, mine_read = ours.prepare(case)
        assert compare.distance(reading(call()), mine_read(mine())) < compare.TOLERANCE[case.dtype], case.name
    assert unable <= 2


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
    mine, wrong, lame, by_hand = compare.compare(TINY[0], [Wrong, Lame], limits(TINY[0]))
    assert mine.note == "" and mine.ratio == 1.0 and 0 < mine.least <= mine.median
    assert wrong.note == "differs from ours by 1e-06" and wrong.least > 0
    assert lame.note == "left out: it is lame" and lame.least is None
    assert by_hand.system == "by hand" and by_hand.ratio > 0 and by_hand.seconds is None


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
    for make in (NAMED["hessian of rosenbrock"], NAMED["michaelis-menten jacobian 1000"]):
        assert set(make().wrt) <= set(make().values)


def test_what_run_prints(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(jax, "LIBRARY", "no_such_library")
    lines, image = [], tmp_path/"times.svg"
    pytest.importorskip("matplotlib")
    times, _ = run(["jax"], own=TINY[:2], fresh=False, image=image, write=lines.append)
    assert lines[0] == "jax is skipped: No module named 'no_such_library'" and len(lines) == 7 and "× ours" in lines[1]
    assert "symdiff, flat" in lines[2] and "by hand" in lines[3] and "products alone" in lines[6]
    assert image.read_bytes().startswith(b"<?xml") and picture(times, "png").startswith(b"\x89PNG")
    lines.clear()
    run([], own=TINY[:1], fresh=False, as_json=True, write=lines.append)
    found = json.loads(lines[0])
    assert found["times"][0]["system"] == "symdiff" and found["skipped"] == []


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

"""The command line: what it prints, how it fails, and how quickly it says its version."""
import os
import subprocess
import sys
import time

import pytest

import symdiff
from codegen.bench import line
from codegen.bench.measures import Measure, straight_line
from symdiff.__main__ import main


def run(project, *arguments, **more):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run([sys.executable, "-m", "symdiff", *arguments], capture_output=True, text=True,
                          env=environment, **more)


@pytest.mark.parametrize("arguments, lines", [
    (["log(1 + exp(w*x))", "--wrt", "w"], ["f = log(1 + exp(w*x))", "df/dw = x*sigmoid(w*x)"]),
    (["-y*log(1/(1+exp(-w*x)))", "--wrt", "w"], ["f = -y*log(1/(1 + exp(-w*x)))", "df/dw = -y*x*sigmoid(-w*x)"]),
    (["--wrt=a,b", "a*b"], ["f = a*b", "df/da = b", "df/db = a"]),
    (["sin(t)"], ["f = sin(t)", "df/dt = cos(t)"]),
    (["a**2", "--format", "latex"], ["f = a^{2}", r"\frac{\partial f}{\partial a} = 2 a"]),
])
def test_derive(capsys, arguments, lines):
    assert main(["derive", *arguments]) == 0
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize("arguments, words", [
    (["__import__('os').system('true')"], "SpecError"), (["x", "--wrt", "q"], "no input is called 'q'"),
    (["x +"], "SpecError"),
    (["zeta(x)"], "zeta"), (["[x, x]"], ""),
])
def test_errors_end_in_2_without_a_traceback(capsys, arguments, words):
    assert main(["derive", *arguments]) == 2
    shown = capsys.readouterr()
    assert words in shown.err and "Traceback" not in shown.err and shown.out.count("\n") <= 1


@pytest.mark.parametrize("arguments", [[], ["fly"], ["derive"], ["derive", "x", "--format", "tikz"],
                                       ["bench", "--rows", "3by4"],
                                       ["derive", "x", "--frmat"]])
def test_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


def test_version_is_quick(project):
    times = []
    for _ in range(4):
        started = time.perf_counter()
        ran = run(project, "--version")
        times.append(time.perf_counter() - started)
        assert ran.stdout == f"symdiff-compiler {symdiff.__version__}\n" and ran.returncode == 0
    empty = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert min(times) < 0.1 + (time.perf_counter() - empty)


def test_the_version_is_the_distribution_s(project):
    assert f'version = "{symdiff.__version__}"' in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_reader_that_leaves(project):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    ran = subprocess.run(f'"{sys.executable}" -m symdiff doctor | true', shell=True, capture_output=True, text=True,
                         env=environment)
    assert ran.stderr == ""


def test_doctor(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path / "cache"))
    main(["doctor"])
    shown = capsys.readouterr().out
    for word in ("symdiff-compiler", "numba", "sympy", "processor", "threads", str(tmp_path / "cache")):
        assert word in shown


def test_doctor_finds_what_stands_in_front(capsys, tmp_path, monkeypatch):
    (tmp_path / "numba.py").write_text("")
    (tmp_path / "codegen").mkdir()
    (tmp_path / "codegen" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert str(tmp_path / "numba.py") in shown and str(tmp_path / "codegen" / "__init__.py") in shown


def test_bench_measures_one_size(capsys):
    assert main(["bench", "--rows", "20x2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and all("logistic regression 20 x 2" in one for one in lines)


def test_a_measure_says_whether_it_is_reached():
    assert Measure("m", 2.0, "s", 1.0).reached is False and Measure("m", 2.0, "s", 1.0, True).reached is True
    assert Measure("m", 2.0, "s").reached is None and "MISSED" in line(Measure("m", 2.0, "s", 1.0))


def test_the_straight_line_is_what_it_says():
    model = straight_line(50)
    assert len(model.equations) == 48 and sum("sin" in str(e) for _, e in model.equations) == 7

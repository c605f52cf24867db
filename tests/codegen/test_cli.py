"""The command line: what it prints, how it fails, and how quickly it says its version."""
import os
import re
import shlex
import subprocess
import sys

import mpmath
import numpy as np
import pytest

import symdiff
from codegen.bench import line
from codegen.bench.against.ours import straight_model
from codegen.bench.measures import Measure
from codegen.cli import parser
from symdiff.__main__ import main


def run(project, *arguments, encoding="utf-8", **more):
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONIOENCODING": encoding}
    return subprocess.run([sys.executable, "-m", "symdiff", *arguments], capture_output=True, text=True,
                          env=environment, **more)


def derived(capsys, *arguments):
    """What `symdiff derive` prints."""
    assert main(["derive", *map(str, arguments)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


@pytest.mark.parametrize("arguments, lines", [
    (["log(1 + exp(w*x))", "--wrt", "w"], ["f = log(1 + exp(w*x))", "df/dw = x*sigmoid(w*x)"]),
    (["-y*sin(w)", "--wrt", "w"], ["f = -y*sin(w)", "df/dw = -y*cos(w)"]),
    (["--wrt=a,b", "a*b"], ["f = a*b", "df/da = b", "df/db = a"]),
    (["sin(t)"], ["f = sin(t)", "df/dt = cos(t)"]),
    (["g = a**2", "--at", "a=3"], ["g = a**2", "dg/da = 2*a"]),
    (["X @ w", "--wrt", "w", "--at", "X=[[1,2],[3,4],[5,6]],w=[0,1]"], ["f = X @ w", "df/dw = X"]),
    (["sum(w*v)", "--wrt", "w", "--at", "w=[1,2],v=[0,1]"], ["f = sum(w*v)", "df/dw = v"]),
    (["a**2", "--format", "latex"], ["f = a^{2}", r"\frac{\partial f}{\partial a} = 2 a"]),
])
def test_closed_forms_alone(capsys, arguments, lines):
    assert derived(capsys, *arguments, "--closed").splitlines() == lines


MODEL = """
loss = "-mean(y*log(p) + (1 - y)*log(1 - p))"
[data]
X = ["n", "d"]
y = ["n"]
[parameters]
w = ["d"]
[equations]
h = "X @ w"
p = "1/(1 + exp(-h))"
[at]
X = [[1, 2], [3, 4], [0, 1]]
y = [1, 0, 1]
w = [0.5, -0.25]
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(MODEL)
    return path


def gradient(X, y, w):
    """By NumPy and a formula of its own."""
    return X.T @ (1/(1 + np.exp(-X @ w)) - y)/len(y)


def test_closed_forms_of_a_model(capsys, model):
    assert derived(capsys, model, "--closed").splitlines() == [
        "h = X @ w", "p = 1/(1 + exp(-h))", "loss = -mean(y*log(p) + (1 - y)*log(1 - p))",
        "dloss/dw = X.T @ (sigmoid(X @ w) - y) / n"]


def numbers(text):
    """The numbers in the last line that gives a closed form."""
    line = next(line for line in reversed(text.splitlines()) if re.match(r" *d\w+/d\w+ = ", line))
    return np.array([float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", line.split(" = ")[-1])])


LA = "-y*log(1/(1 + exp(-w*x)))"


def test_a_derivation_at_a_point(capsys):
    """The lecture's table; -3 exp(-9)/(1 + exp(-9)) by mpmath."""
    with mpmath.workdps(30):
        wanted = -3*mpmath.exp(-9)/(1 + mpmath.exp(-9))
    for mode in "reverse", "forward":
        for steps in "textbook", "compiled":
            text = derived(capsys, LA, "--wrt", "w", "--at", "x=3,y=1,w=3", "--mode", mode, "--steps", steps,
                           "--digits", 12)
            assert numbers(text) == pytest.approx([float(wanted)], rel=1e-11), (mode, steps)
    assert "1 + ξ₂" in derived(capsys, LA, "--at", "x=3, y=1", "--at", "w=3")
    exact = derived(capsys, LA, "--wrt", "w", "--at", "x=3,y=1,w=3", "--exact")
    assert "-3*exp(-9)/(exp(-9) + 1) = -0.00037018373" in exact
    assert "∂L/∂ξ₅ = -y" in derived(capsys, f"L={LA}", "--wrt", "w")


def test_without_a_point_there_are_no_numbers(capsys):
    text = derived(capsys, LA, "--wrt", "w")
    assert "exp(ξ₁)" in text and "df/dw = " in text and "value" not in text


def test_a_model_at_its_point_and_at_others(capsys, model, tmp_path):
    X, y, w = np.array([[1, 2], [3, 4], [0, 1.0]]), np.array([1, 0, 1.0]), np.array([0.5, -0.25])
    assert numbers(derived(capsys, model)) == pytest.approx(gradient(X, y, w), rel=1e-4)
    assert numbers(derived(capsys, model, "--at", "w=[1, -1/2]")) == pytest.approx(gradient(X, y, [1, -0.5]), rel=1e-4)
    np.save(tmp_path / "X.npy", X + 1)
    (tmp_path / "y.csv").write_text("label\n0\n0\n1\n")
    text = derived(capsys, model, "--at", f"X=@{tmp_path/'X.npy'},y=@{tmp_path/'y.csv'}", "--steps", "compiled")
    assert numbers(text) == pytest.approx(gradient(X + 1, [0, 0, 1], w), rel=1e-4)
    assert "softplus" in text or "log_sigmoid" in text                          # what was rewritten is told


def test_arrays_of_a_formula_have_the_sizes_of_their_values(capsys):
    text = derived(capsys, "sum((y - X @ w)**2)", "--wrt", "w", "--at", "X=[[1,2],[3,4],[5,6]],y=[1,2,4],w=[0.5,1/2]")
    X, y = np.array([[1, 2], [3, 4], [5, 6]]), np.array([1, 2, 4])
    assert numbers(text) == pytest.approx(-2*X.T @ (y - X @ [0.5, 0.5]), rel=1e-7)


@pytest.mark.parametrize("suffix, words", [
    (".txt", ["ξ₁", "═"]), (".md", ["# ", "|"]), (".tex", [r"\documentclass", r"\xi_{1}"]),
    (".html", ["<math", "<!DOCTYPE html>"]),
])
@pytest.mark.parametrize("closed", [[], ["--closed"]])
def test_the_suffix_of_the_file_says_the_format(capsys, tmp_path, suffix, words, closed):
    path = tmp_path / f"out{suffix}"
    assert derived(capsys, LA, "--wrt", "w", "-o", path, *closed) == ""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    if not closed:
        assert all(word in text for word in words)
    style = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html"}[suffix]
    if style != "text":                                                         # whose width is the terminal's
        assert derived(capsys, LA, "--wrt", "w", "--format", style, *closed) == text


def test_files_are_replaced_by_force_alone(capsys, tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("mine")
    assert main(["derive", "x**2", "-o", str(path)]) == 2
    assert "--force" in capsys.readouterr().err and path.read_text() == "mine"
    assert main(["derive", "x**2", "-o", str(path), "--force"]) == 0
    assert "2*x" in path.read_text() and os.listdir(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("suffix, words", [(".svg", "<svg"), (".dot", "digraph"), (".mmd", "flowchart")])
@pytest.mark.parametrize("closed", [[], ["--closed"]])
def test_a_picture_beside_the_text(capsys, tmp_path, suffix, words, closed):
    path = tmp_path / f"graph{suffix}"
    assert "x*cos(w*x)" in derived(capsys, "sin(w*x)", "--wrt", "w", "--picture", path, *closed)
    assert words in path.read_text(encoding="utf-8")
    assert main(["derive", "sin(w*x)", "--picture", str(path)]) == 2
    shown = capsys.readouterr()
    assert "--force" in shown.err and shown.out == ""


@pytest.mark.parametrize("failing", ["fsync", "link"])
def test_a_disk_that_fails_leaves_nothing(capsys, tmp_path, monkeypatch, failing):
    def fail(*_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, failing, fail)
    assert main(["derive", "x**2", "-o", str(tmp_path / "out.txt")]) == 2
    assert "No space left" in capsys.readouterr().err and os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments, words", [
    (["__import__('os').system('true')"], "SpecError"), (["x", "--wrt", "q"], "no input is called 'q'"),
    (["x", "--wrt", "q", "--closed"], "no input is called 'q'"), (["x", "--wrt", ""], "no input is called ''"),
    (["x +"], "SpecError"), (["zeta(x)"], "zeta"), (["[x, x]"], ""), (["3"], "no inputs"),
    (["x*y", "--at", "x=1"], "no value for y"), (["x", "--at", "x=1,z=2"], "no input is called 'z'"),
    (["x", "--at", "x"], "names and values"), (["1 = x"], "= has no place"), (["x == y"], ""),
    (["x", "--at", "x=one"], "one is a name"),
    (["x", "--at", "x="], "operand is missing"), (["x", "--at", "x=1,x=2"], "given twice"),
    (["x", "--at", "x=1/0"], "division by zero"), (["x", "--at", "x=1e999"], "beyond float64"),
    (["x", "--at", "x=[1,2]"], "sizes"), (["x", "--at", "x=[[1],[2,3]]"], "rows of this array differ"),
    (["x", "--at", "x=@none.npy"], "no such file"), (["x", "--at", "x=@none.txt"], "suffix '.txt'"),
    (["x", "--exact"], "give a point"), (["x", "--digits", "0"], "digits"),
    (["x", "-o", "out.xyz"], "suffix '.xyz'"), (["x", "-o", "nowhere/out.txt"], "no directory"), (["x", "-o", "."], ""),
    (["x", "--picture", "a.png"], "suffix '.png'"),
    (["none.toml"], "No such file"), (["x @ y", "--at", "x=[1,2],y=[1,2,3]"], "SizeMismatch"),
    (["w*x", "--at", "w=[1,2],x=1"], "sum it or average it"),
])
def test_errors_end_in_2_without_a_traceback(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["derive", *arguments]) == 2
    shown = capsys.readouterr()
    assert words in shown.err and "Traceback" not in shown.err and shown.out == "" and os.listdir(tmp_path) == []
    assert shown.err.startswith("symdiff: ") and "do:" in shown.err


@pytest.mark.parametrize("arguments, code", [
    (["max([x,y])", "--at", "x=[1,2],y=[3,4]", "--mode", "forward", "--format", "latex"], 0),
    (["tanh(a*b)/c", "--at", "a=1,b=-2,c=0", "--exact"], 0), (["log(x)", "--at", "x=0", "--exact"], 0),
    (["softmax(x)"], 2), (["-[[1, 2], [3]]*x"], 2), (["x[None]", "--mode", "forward"], 0),
])
def test_commands_that_random_ones_found(capsys, arguments, code):
    assert main(["derive", *arguments]) == code
    shown = capsys.readouterr()
    assert "do:" in shown.err if code else shown.out


@pytest.mark.parametrize("formula, slope", [("log(x)", "inf"), ("1/x", "-inf"), ("sqrt(x - 1)", "nan"),
                                            ("log(x - 1)", "-1"), ("sqrt(x)", "inf"), ("1/(1/x)", "nan")])
def test_exact_numbers_beyond_the_reals_are_as_those_of_floats(capsys, formula, slope):
    exact, floats = [derived(capsys, formula, "--at", "x=0", *more).split("Where it holds")[0]
                     for more in (["--exact"], [])]
    assert floats.rstrip().endswith(f" = {slope}")
    assert exact.rstrip().endswith(f" = {slope.replace('inf', 'oo')}") and not re.search(r"zoo|\bI\b", exact)


def test_a_mistake_in_a_model_file_is_told_with_its_line(capsys, tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(MODEL.replace("[equations]", "[equatons]"))
    assert main(["derive", str(path)]) == 2
    error = capsys.readouterr().err
    assert f"{path}:8: equatons" in error and "did you mean `equations`?" in error


@pytest.mark.parametrize("name, content, words", [
    ("a.npy", b"", "no array of numbers"), ("a.npy", b"\x93NUMPY\x01\x00", "no array of numbers"),
    ("a.npy", b"pickle", "no array of numbers"), ("a.csv", b"", "no rows"), ("a.csv", b"a,b\n", "no rows"),
    ("a.csv", b"1,2\n3,x\n", "a.csv:2"), ("a.csv", b"1,2\n3\n", "a.csv:2"), ("a.csv", b"a,b\n1,\n", "a.csv:2"),
    ("a.csv", b"\xff\xfe1", "no table of numbers"),
])
def test_files_of_numbers_that_are_none(capsys, tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    assert main(["derive", "sum(x)", "--at", f"x=@{path}"]) == 2
    assert words in capsys.readouterr().err


def test_an_array_of_objects_is_not_unpickled(capsys, tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}, None]), allow_pickle=True)
    assert main(["derive", "sum(x)", "--at", f"x=@{tmp_path/'a.npy'}"]) == 2
    assert "SpecError" in capsys.readouterr().err
    np.save(tmp_path / "b.npy", np.array(["a"]))
    assert main(["derive", "sum(x)", "--at", f"x=@{tmp_path/'b.npy'}"]) == 2
    assert "SpecError" in capsys.readouterr().err


def test_a_file_that_claims_more_than_it_has(capsys, tmp_path):
    with open(tmp_path / "a.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    assert main(["derive", "sum(x)", "--at", f"x=@{tmp_path/'a.npy'}"]) == 2
    assert "no array of numbers" in capsys.readouterr().err


COMMANDS = ["new", "derive", "compile", "check", "fit", "predict", "bench", "plot", "doctor"]


def help_of(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_every_help_run(capsys, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    if command == "plot":
        pytest.importorskip("matplotlib")
    examples = re.findall(r"symdiff (.+)$", help_of(capsys, command).partition("example")[2], re.MULTILINE)
    assert any(example.split()[0] == command for example in examples)
    for example in examples:
        assert main(shlex.split(example)) in (0, 1 if command == "doctor" else 0)
        assert capsys.readouterr().out


def test_every_command_is_known_here():
    assert list(parser()._subparsers._group_actions[0].choices) == COMMANDS


def test_a_terminal_of_ascii(project):
    ran = run(project, "derive", LA, "--wrt", "w", "--at", "x=3,y=1,w=3", encoding="ascii")
    assert ran.returncode == 0 and "exp(xi1)" in ran.stdout and ran.stdout.isascii()
    ran = run(project, "derive", LA, "--wrt", "w", "--format", "markdown", encoding="ascii")
    assert ran.returncode == 0 and ran.stderr == ""


@pytest.mark.parametrize("arguments", [[], ["fly"], ["derive"], ["derive", "x", "--format", "tikz"],
                                       ["bench", "--rows", "3by4"],
                                       ["derive", "x", "--frmat"]])
def test_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2 and "usage:" in capsys.readouterr().err


def test_version_imports_nothing_else(project):
    ran = subprocess.run([sys.executable, "-X", "importtime", "-m", "symdiff", "--version"], cwd=project, check=True,
                         capture_output=True, text=True)
    assert ran.stdout == f"symdiff-compiler {symdiff.__version__}\n"
    assert "symdiff" in ran.stderr and not any(name in ran.stderr for name in ("sympy", "numpy", "numba", "codegen"))


def test_the_version_is_the_distribution_s(project):
    assert f'version = "{symdiff.__version__}"' in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_reader_that_leaves(project):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    for command in ["doctor", "derive 'x**2'"]:
        ran = subprocess.run(f'"{sys.executable}" -m symdiff {command} | true', shell=True, capture_output=True,
                             text=True, env=environment)
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
    model = straight_model(50)
    assert len(model.equations) == 48 and sum("sin" in str(e) for _, e in model.equations) == 7

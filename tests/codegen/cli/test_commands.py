"""The commands that make, check, fit and ship model files: what they write, their exit codes, what they leave alone."""
import csv
import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import symdiff as sd
from codegen.plot import broken, curve
from symdiff.__main__ import main
from symdiff.models.activations import ACTIVATIONS

HEART = """
loss = "mean(softplus(z) - y*z)"
[data]
X = ["n", "d"]
y = ["n"]
[parameters]
w = ["d"]
b = []
[equations]
z = "X @ w + b"
p = "sigmoid(z)"
[table]
missing = "drop"
standardise = ["Age", "Sex", "RestBP", "Chol", "Fbs", "RestECG", "MaxHR", "ExAng", "Oldpeak", "Slope", "Ca"]
[table.arrays]
X = ["*"]
y = "AHD"
[table.maps]
AHD = {No = 0, Yes = 1}
[table.dummies]
ChestPain = ["typical", "nontypical", "nonanginal", "asymptomatic"]
Thal = ["normal", "fixed", "reversable"]
"""


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "model.toml"]) == 0
    capsys.readouterr()
    return tmp_path


def shown(capsys, *arguments, code=0):
    """What a command prints, and that it ends with this code and without complaint."""
    assert main(list(map(str, arguments))) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refused(capsys, *arguments):
    """What a command says on bad input."""
    assert main(list(map(str, arguments))) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("symdiff: ") and "do:" in printed.err and "Traceback" not in printed.err
    return printed.err


def test_a_starter_file_is_a_model_that_says_what_to_change(here):
    text = (here/"model.toml").read_text()
    model = sd.load("model.toml")
    assert [a.name for a in model.parameters] == ["w", "b"] and model.columns.arrays["y"] == "passed"
    assert text.count("#") > 10 and "symdiff fit model.toml --data model.csv" in text


def test_nothing_is_written_over_unasked(here, capsys):
    before = (here/"model.toml").read_text()
    (here/"grad.py").write_text("mine")
    (here/"fitted").mkdir()
    (here/"fitted"/"mine").write_text("mine")
    for arguments in (["new", "model.toml"], ["compile", "model.toml", "-o", "grad.py"],
                      ["fit", "model.toml", "--data", "model.csv", "-o", "fitted"]):
        assert "--force" in refused(capsys, *arguments)
    (here/"model.toml").unlink()
    assert "model.csv exists" in refused(capsys, "new", "model.toml") and not (here/"model.toml").exists()
    assert shown(capsys, "new", "model.toml", "--force") and (here/"model.toml").read_text() == before
    assert (here/"grad.py").read_text() == "mine" and os.listdir(here/"fitted") == ["mine"]


def test_a_compiled_file_computes_without_symdiff(here, capsys):
    shown(capsys, "compile", "model.toml", "-o", "grad.py", "--verbs", "value_and_grad,hess")
    assert "symdiff" not in [line.split()[1] for line in (here/"grad.py").read_text().splitlines()
                             if line.startswith(("import", "from"))]
    spec = importlib.util.spec_from_file_location("grad", here/"grad.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    X, y, w, b = np.array([[1.0, 2], [3, -1]]), np.array([1.0, 0]), np.array([0.5, -0.25]), 0.125
    value, gradient = module.value_and_grad(X=X, y=y, w=w, b=b)
    p = 1/(1 + np.exp(-(X @ w + b)))
    assert value == pytest.approx(-np.mean(y*np.log(p) + (1 - y)*np.log(1 - p)), rel=1e-13)
    assert gradient["w"] == pytest.approx(X.T @ (p - y)/2, rel=1e-13)
    printed = shown(capsys, "compile", "model.toml")
    assert "def value_and_grad" in printed


def test_check_passes_and_fails(here, capsys, monkeypatch):
    assert "oracle" in shown(capsys, "check", "model.toml")
    text = shown(capsys, "check", "model.toml", "--data", "model.csv")
    assert "18 rows, 1 of them left out" in text
    whole = (here/"model.toml").read_text()
    (here/"plain.toml").write_text(whole[:whole.index("[at]")])
    assert "drawn at random: w, b" in shown(capsys, "check", "plain.toml", "--data", "model.csv")
    found = json.loads(shown(capsys, "check", "model.toml", "--json", "--at", "b=exp(-9)*2"))
    assert found["ok"] and {row["quantity"] for row in found["rows"]} == {"value", "gradient", "Hessian"}
    from codegen.compiled import Compiled
    right = Compiled.value_and_grad
    monkeypatch.setattr(Compiled, "value_and_grad", lambda self, values: (
        right(self, values)[0], {name: g + 1e-6 for name, g in right(self, values)[1].items()}))
    assert "WRONG" in shown(capsys, "check", "model.toml", code=1)


def test_the_heart_table_by_command_is_that_of_the_example(here, capsys, project):
    """Estimates and standard errors as examples/heart.py has them, which tests compare with scikit-learn."""
    (here/"heart.toml").write_text(HEART)
    table = project/"examples"/"heart.csv"
    found = json.loads(shown(capsys, "fit", "heart.toml", "--data", table, "--json", "-o", "fitted"))
    assert (found["rows"], found["left_out"], found["missing"]) == (303, 6, {"Ca": 4, "Thal": 2})
    named = dict(zip(found["names"], found["parameters"]["w"] + [found["parameters"]["b"]]))
    assert named["Ca"] == pytest.approx(1.1898, abs=5e-5) and named["b"] == pytest.approx(-1.7799, abs=5e-5)
    assert named["Thal reversable"] == pytest.approx(1.4414, abs=5e-5)
    assert found["standard_errors"]["b"] == pytest.approx(0.5776, abs=5e-5)
    shown(capsys, "predict", "fitted", "--data", table, "-o", "p.csv")
    with open("p.csv", newline="") as file:
        cells = [row["p"] for row in csv.DictReader(file)]
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [k for k, cell in enumerate(cells) if not cell] == [k for k, row in enumerate(rows) if "NA" in row.values()]
    right = [(float(cell) > 0.5) == (row["AHD"] == "Yes") for cell, row in zip(cells, rows) if cell]
    assert np.mean(right) == pytest.approx(0.862, abs=5e-4)


def test_new_rows_are_standardised_as_those_fitted_to(here, capsys):
    shown(capsys, "fit", "model.toml", "--data", "model.csv", "-o", "fitted")
    (here/"one.csv").write_text("course,sleep,hours\nevening,7.0,1.5\nday,?,2\n")             # no label, another order
    whole = json.loads(shown(capsys, "predict", "fitted", "--data", "model.csv", "--json"))["values"]
    one = json.loads(shown(capsys, "predict", "fitted", "--data", "one.csv", "--json"))["values"]
    assert one == [whole[4], [None]]
    out = shown(capsys, "predict", "fitted", "--data", "one.csv", "--what", "X").splitlines()
    assert out[0] == '"X[0]","X[1]","X[2]"'.replace('"', "") and out[2] == ",,"
    assert shown(capsys, "predict", "fitted", "--what", "b").splitlines()[0] == "b"


def test_training_by_settings_of_the_file_and_of_the_command(here, capsys):
    with open("model.toml", "a") as file:
        file.write('\n[training]\nmethod = "adam"\nepochs = 30\nrate = 0.05\nbetas = [0.8, 0.99]\nseed = 3\n')
    found = json.loads(shown(capsys, "fit", "model.toml", "--data", "model.csv", "--json", "--epochs", "7"))
    assert found["method"] == "adam" and len(found["losses"]["training"]) == 7 and "standard_errors" not in found


MODES = """
[data]
X = ["n", 2]
y = ["n"]
[network]
layers = [{dense = 4, activation = "tanh"}, {dropout = 0.3}, {batch_norm = true}, {dense = 1}]
output = "bernoulli"
[table.arrays]
X = ["hours", "sleep"]
y = "passed"
[table.maps]
passed = {no = 0, yes = 1}
[table]
missing = "drop"
standardise = ["hours", "sleep"]
[training]
method = "adam"
epochs = 5
"""


@pytest.mark.nightly
def test_dropout_and_batch_normalisation_from_the_shell(here, capsys):
    """No column for the mask; the folder keeps the running statistics, and a row's chance is its own."""
    (here/"modes.toml").write_text(MODES)
    assert "WRONG" not in shown(capsys, "check", "modes.toml", "--data", "model.csv")
    assert "value and gradient" in shown(capsys, "bench", "modes.toml", "--data", "model.csv")
    shown(capsys, "fit", "modes.toml", "--data", "model.csv", "-o", "fitted")
    v = np.load(here/"fitted"/"weights.npz")
    rows = [row for row in csv.DictReader(open(here/"model.csv")) if row["sleep"] != "NA"]
    X = np.array([[float(row["hours"]), float(row["sleep"])] for row in rows])
    X = (X - X.mean(0))/X.std(0)
    h = (np.tanh(X @ v["W1"] + v["b1"]) - v["mean3"])/np.sqrt(v["var3"] + 1e-5)*v["g3"] + v["b3"]
    p = 1/(1 + np.exp(-(h @ v["W4"] + v["b4"])))
    lines = shown(capsys, "predict", "fitted", "--data", "model.csv").split("\n")[1:-1]
    assert [float(line) for line in lines if line != '""'] == pytest.approx(list(p), rel=1e-12)
    assert "sd.train" in refused(capsys, "fit", "modes.toml", "--data", "model.csv", "--method", "auto")
    np.savez(here/"fitted"/"weights.npz", **{name: v[name] for name in v.files if name not in ("mean3", "_about")})
    assert "not the parameters" in refused(capsys, "predict", "fitted", "--data", "model.csv")


def test_a_search_that_fails_ends_in_1(here, capsys):
    (here/"line.toml").write_text('loss = "sum((y - a*x)**2)"\n[data]\nx = ["n"]\ny = ["n"]\n[parameters]\na = []\n'
                                  '[at]\nx = [1, 2]\ny = [1, 3]\na = 1\n')
    assert main(["fit", "line.toml", "--method", "gd", "--rate", "1e200", "--epochs", "9"]) == 1
    assert "a " in capsys.readouterr().out


BOUNDED = """loss = "mean(log(sigma) + (y - m)**2/(2*sigma**2))"
[data]
y = ["n"]
[parameters]
m = {start = 4}
sigma = {constraint = "positive", start = 3}
[table.arrays]
y = "y"
[at]
m = 9
"""


@pytest.mark.nightly
def test_constraints_and_starts_of_a_model_file(here, capsys):
    """--at stands above the start of a parameter, and that above [at]; results keep to the constraint."""
    (here/"bounded.toml").write_text(BOUNDED)
    (here/"bounded.csv").write_text("y\n" + "\n".join(map(str, [1.0, 2, 4, 7])) + "\n")
    still = "fit bounded.toml --data bounded.csv --method gd --rate 1e-12 --epochs 1 --json".split()
    found = json.loads(shown(capsys, *still))["parameters"]
    assert found == {"m": pytest.approx(4), "sigma": pytest.approx(3)}
    found = json.loads(shown(capsys, *still, "--at", "m=5,sigma=2"))["parameters"]
    assert found == {"m": pytest.approx(5), "sigma": pytest.approx(2)}
    assert "sigma is positive" in refused(capsys, *still, "--at", "sigma=-2")
    found = json.loads(shown(capsys, "fit", "bounded.toml", "--data", "bounded.csv", "--json", "-o", "bounded"))
    deviation = np.std([1.0, 2, 4, 7])
    assert found["parameters"] == {"m": pytest.approx(3.5), "sigma": pytest.approx(deviation, rel=1e-9)}
    assert found["standard_errors"]["sigma"] == pytest.approx(deviation/np.sqrt(8)) and found["p_values"]["sigma"] is None
    assert shown(capsys, "predict", "bounded", "--what", "sigma").split()[1] == str(found["parameters"]["sigma"])
    (here/"bounded.toml").write_text(BOUNDED + "[training]\njacobian = true\n")
    found = json.loads(shown(capsys, "fit", "bounded.toml", "--data", "bounded.csv", "--json"))["parameters"]
    assert found["sigma"] == pytest.approx(np.std([1.0, 2, 4, 7], ddof=1), rel=1e-9)
    assert "drawn at random: sigma" in shown(capsys, "check", "bounded.toml", "--data", "bounded.csv")


def test_what_a_model_file_may_hold(capsys):
    page = shown(capsys, "new", "--keys")
    assert "constraint" in page and "standardise" in page and "[training]" in page
    assert json.loads(shown(capsys, "new", "--schema"))["$schema"].endswith("2020-12/schema")
    for arguments in ([], ["--keys", "--schema"], ["model.toml", "--keys"]):
        assert "one thing is made" in refused(capsys, "new", *arguments)


@pytest.mark.parametrize("damage, words", [
    (lambda folder: (folder/"weights.npz").unlink(), "no file weights.npz"),
    (lambda folder: (folder/"weights.npz").write_bytes(b"PK"), "no file of weights"),
    (lambda folder: (folder/"fit.json").write_text("{"), "fit.json"),
    (lambda folder: (folder/"fit.json").write_text('{"format": 1, "format": 1}'), "a key stands here twice"),
    (lambda folder: (folder/"fit.json").write_text('{"format": 9}'), "format 9"),
    (lambda folder: (folder/"fit.json").write_text('{"format": 1, "learned": 3}'), "fit the model again"),
    (lambda folder: np.savez(folder/"weights.npz", w=np.ones(3)), "not the parameters"),
    (lambda folder: np.savez(folder/"weights.npz", w=np.ones(3), b=np.nan), "no finite number"),
    (lambda folder: np.savez(folder/"weights.npz", w=np.ones(5), b=1.0), "not that of this fit"),
    (lambda folder: np.savez(folder/"weights.npz", w=np.array([{}]), b=1.0), "no file of weights"),
    (lambda folder: [(folder/"fit.json").rename(folder.parent/"x"), (folder/"fit.json").symlink_to("../x")],
     "of its own"),
])
def test_a_damaged_folder(here, capsys, damage, words):
    shown(capsys, "fit", "model.toml", "--data", "model.csv", "-o", "fitted")
    damage(here/"fitted")
    assert words in refused(capsys, "predict", "fitted", "--data", "model.csv")


@pytest.mark.parametrize("arguments, words", [
    (["compile", "none.toml"], "No such file"), (["compile", "model.toml", "-o", "."], "directory"),
    (["check", "model.toml", "--data", "none.csv"], "no such file"),
    (["check", "model.toml", "--at", "q=1"], "no input"),
    (["check", "model.toml", "--at", "w=[1,2]"], "SizeMismatch"),
    (["fit", "model.toml", "--data", "model.csv", "--method", "fly"], "no method"),
    (["fit", "model.toml", "--data", "model.csv", "--scale", "big"], "no scale"),
    (["fit", "model.toml", "--data", "model.csv", "-o", "none/fitted"], "no directory"),
    (["predict", "none"], "no such folder"), (["predict", "."], "no file weights.npz"),
    (["bench", "model.toml", "--rows", "3x4"], "does not fit"), (["bench", "--rows", "300"], "does not fit"),
    (["bench", "--at", "x=1"], "there is none"), (["new", "model"], "no name of a model file"),
    (["plot", "activations", "-o", "a.bmp"], "no form of a picture"), (["plot", "losses"], "one fit"),
])
def test_bad_input_ends_in_2(here, capsys, arguments, words):
    before = sorted(os.listdir(here))
    assert words in refused(capsys, *arguments) and sorted(os.listdir(here)) == before


def test_without_a_table_in_the_model_the_remedy_is_told(here, capsys):
    text = (here/"model.toml").read_text()
    (here/"model.toml").write_text(text[:text.index("[table]")])
    assert "[table.arrays]" in refused(capsys, "fit", "model.toml", "--data", "model.csv")
    assert "--data" in refused(capsys, "bench", "model.toml")


def test_bench_of_a_model(here, capsys):
    found = json.loads(shown(capsys, "bench", "model.toml", "--rows", "50,100", "--json"))
    assert [one["rows"] for one in found] == [50]*3 + [100]*3 and all(one["value"] > 0 for one in found)


def test_bench_shows_the_phases_of_a_model(here, capsys):
    lines = shown(capsys, "bench", "model.toml", "--profile").splitlines()
    phases = [one for one in lines if one.startswith("phase ")]
    assert len(lines) == 3 + len(phases) > 3 and f"of {len(phases)}, " in phases[0] and "rows: " in "".join(phases)
    assert "without --rows" in refused(capsys, "bench", "model.toml", "--profile", "--rows", "50")
    assert "name a model file" in refused(capsys, "bench", "--profile")


def test_curves_have_the_slopes_of_differences():
    for name in ("swish", "gelu", "selu"):
        z, value, slope = curve(ACTIVATIONS[name], 0.5, 2.5)
        assert np.gradient(value, z)[1:-1] == pytest.approx(slope[1:-1], rel=1e-4)


def test_curves_are_broken_where_they_jump():
    """Each at its jumps and nowhere else; a value between two jumps stands alone."""
    jumps = {"unit_step": ([-0.01, 0.01], []), "signum": ([-0.01, 0.01], []), "relu": ([], [0.01]), "elu": ([], []),
             "absolute": ([], [-0.01, 0.01]), "hard_tanh": ([], [-1, 1]), "softsign": ([], []), "mish": ([], []),
             "piecewise_linear": ([], [-0.5, 0.5]), "tanh": ([], []), "selu": ([], [0.01]), "hard_swish": ([], [-3, 3])}
    for name, places in jumps.items():
        z, *curves = curve(ACTIVATIONS[name])
        for values, wanted in zip(curves, places):
            points, heights, alone = broken(z, values)
            gaps = np.flatnonzero(np.isnan(points))
            found = [(points[gap - 1] + points[gap + 1])/2 for gap in gaps]
            assert found == pytest.approx(wanted, abs=0.0101), name
            assert np.array_equal(np.isnan(heights), np.isnan(points)) and len(alone) == len(wanted)//2*(0.01 in wanted)


def test_plots(here, capsys):
    pytest.importorskip("matplotlib")
    shown(capsys, "plot", "activations", "relu", "tanh", "-o", "two.svg")
    assert (here/"two.svg").read_text().startswith("<?xml") and "--force" in refused(
        capsys, "plot", "activations", "relu", "-o", "two.svg")
    assert "no activation" in refused(capsys, "plot", "activations", "rlu")
    shown(capsys, "fit", "model.toml", "--data", "model.csv", "-o", "fitted")
    shown(capsys, "plot", "losses", "fitted")
    assert (here/"losses.png").read_bytes().startswith(b"\x89PNG")


def test_plots_without_matplotlib(here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "symdiff-compiler[plot]" in refused(capsys, "plot", "activations")
    assert not (here/"activations.png").exists()


@pytest.mark.nightly
def test_a_reader_that_leaves(here, project):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    ran = subprocess.run(f'"{sys.executable}" -m symdiff compile model.toml | true', shell=True, capture_output=True,
                         text=True, env=environment)
    assert ran.stderr == ""

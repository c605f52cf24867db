"""Model files: what a good one gives, and the error for each mistake, with its line, its key and the remedy."""
import os
import time

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.errors import NameClash, SizeMismatch, SpecError, SymdiffError
from symdiff.model import Model
from symdiff.spec import load
from symdiff.spec.file import BYTES
from symdiff.spec.numbers import value
from tests.patience import soon
from tests.programs import draw, seeded

HEART = '''
title = "Logistic regression"
description = """
of one row
and more"""
loss = "-mean(y*log(p) + (1 - y)*log(1 - p))"

[data]
X = ["n", "d"]          # a comment with [brackets] = and "quotes
y = ["n"]
[parameters]
w = ["d"]
b = "scalar"

[equations]
h = """
X @ w
    + b"""
"p" = '1/(1 + exp(-h))'

[at]
X = [[1, 2], [3, 4], [0, 1]]
y = [1, 0, 1]
w = [0.5, "1/3"]
b = "-pi"
'''


@pytest.fixture
def file(tmp_path):
    """Write a model file; its path."""
    def write(text):
        path = tmp_path / "model.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)
    return write


def told(path, error=SpecError):
    """The error for a file; every one has a remedy and names the file."""
    with pytest.raises(error) as caught:
        load(path)
    assert caught.value.do and path in caught.value.where
    return caught.value


def test_a_file_and_python_make_one_model(file):
    n, d = sd.sizes("n d")
    X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
    written = load(file(HEART))
    typed = Model([("h", X @ w + b), ("p", 1/(1 + sp.exp(-sd.array("h", n))))],
                  loss="-mean(y*log(p) + (1 - y)*log(1 - p))", parameters=[w, b], data=[X, y])
    assert written.equations == typed.equations and written.loss is typed.loss
    assert (written.parameters, written.data) == ((w, b), (X, y))
    assert (written.title, written.description) == ("Logistic regression", "of one row\nand more")
    assert written.at["X"].tolist() == [[1, 2], [3, 4], [0, 1]] and written.at["X"].dtype == np.float64
    assert written.at["w"].tolist() == [0.5, 1/3] and written.at["b"] == -sp.pi


def test_windows_line_ends(file):
    crlf = load(file(HEART.replace("\n", "\r\n")))
    assert crlf.equations == load(file(HEART)).equations and "\r" not in crlf.description


@pytest.mark.parametrize("text, loss, inputs", [
    ('loss = "log(1 + exp(w*x))"', "log(1 + exp(w*x))", "w x"),
    ('[equations]\nq = "a*b"\nloss = "q**2"', "loss", "a b"),
    ('[equations]\nq = "a*b"', "None", "a b"),
    ('loss = "q"\nequations = {q = "a + c", c1 = 2.5}\nformat = 1', "q", "a c"),
    ('[equations]\n"ξ1" = "a"\n"ξ2" = "exp(ξ1)"\n', "None", "a"),
])
def test_what_may_be_left_out(file, text, loss, inputs):
    model = load(file(text))
    assert str(model.loss) == loss and [a.name for a in model.data] == inputs.split() and model.at == {}


N = sd.sizes("n")


@pytest.mark.parametrize("sizes, wanted", [
    ("[]", ()), ('"scalar"', ()), ("[5]", (5,)), ('["n", 3]', (N, 3)), ('["2*n + 1", 0]', (2*N + 1, 0)),
    ('["scalar"]', (sd.sizes("scalar"),))])
def test_sizes(file, sizes, wanted):
    assert load(file(f'loss = "sum(1.0*a)"\n[data]\na = {sizes}' if wanted else f'loss="a"\n[data]\na = {sizes}')
                ).data[0].sizes == wanted


@pytest.mark.parametrize("text, place, words", [
    ('loss = "x"\n\n[equatons]\nh = "x"\n', ":3: equatons", ["no key 'equatons'", "did you mean `equations`?"]),
    ('los = "x"', ":1: los", ["did you mean `loss`?"]),
    ('loss = "x"\n[nets]\nlayers = 3', ":2: nets", ["no key 'nets'", "known", "equations"]),
    ('loss = 3 + 4', ":1\n", ["no TOML"]),
    ('loss = "x"\nloss = "y"', ":2\n", ["no TOML", "overwrite"]),
    ('loss = "x"\n[data]\nx = []\nx = []', ":4\n", ["no TOML"]),
    ('[data]\nx = [1,', "", ["no TOML"]),
    ("", "", ["no model in this file"]), ("[data]\nx = []", "", ["no model in this file"]),
    ('loss = true', ":1: loss", ["a formula is text, and this is a truth value"]),
    ('loss = ["x"]', ":1: loss", ["this is a list"]), ("loss = nan", ":1: loss", ["a formula is text"]),
    ('loss = "x"\n[equations.h]\na = "x"', ":2: equations.h", ["this is a table"]),
    ('equations = "h = x"', ":1: equations", ["equations is a table, and this is text"]),
    ('loss = "x"\n[[equations]]\nh = "x"', ":2: equations", ["equations is a table, and this is a list"]),
    ('loss = "x"\ntitle = 3', ":2: title", ["title is text"]),
    ('loss = "x"\nformat = 2', ":2: format", ["format 2", "up to 1"]),
    ('loss = "x"\nformat = "1"', ":2: format", ["a whole number"]),
    ('# one\n[equations]\nh = "x +"', ":3: equations.h", ["operand is missing", "column 4"]),
    ('loss = "x.shape"', ":1: loss", ["attributes are not read"]),
    ('loss = "__import__(\'os\').system(\'touch marker\')"', ":1: loss", ["no function __import__"]),
    ('loss = "9**9**9"', ":1: loss", ["beyond float64"]), ('loss = "tnah(x)"', ":1: loss", ["known", "tanh"]),
    ('[equations]\na = "b"\nb = "a"', ":2: equations.a", ["used before it is defined", "circle"]),
    ('[equations]\n"a b" = "x"', ":2: equations.a b", ["no name that a formula can hold"]),
    ('[equations]\na.b = "x"', ":2: equations.a", ["this is a table"]),
    ('loss = "sum(w) + q"\n[data]\nx = []\n[parameters]\nw = ["d"]', ":1: loss", ["not declared: q"]),
    ('loss = "x"\n[data]\nx = "n"', ":3: data.x", ["sizes are a list, and this is text", 'write x = ["n", 3]']),
    ('[data]\nx = []\nloss = "x"', ":3: data.loss", ["stands at the top"]),
    ('loss = "x"\n[data]\nx = [-1]', ":3: data.x", ["no length"]),
    ('loss = "x"\n[data]\nx = [1.5]', ":3: data.x", ["whole number or a name"]),
    ('loss = "x"\n[data]\nx = [true]', ":3: data.x", ["a truth value"]),
    ('loss = "x"\n[data]\nx = ["n n"]', ":3: data.x", ["operator is missing"]),
    ('loss = "x"\n[data]\nx = ["n/2"]', ":3: data.x", ["no length"]),
    ('loss = "x"\n[data]\nx = [1000000, 1000000]', ":3: data.x", ["more than"]),
    (f'loss = "x"\n[data]\nx = [1{"0"*400}]', ":3: data.x", ["more than"]),
    (f'loss = "x"\n[data]\nx = [{"1, "*40}]', ":3: data.x", ["axes"]),
    ('loss = "x"\n[at]\nz = 1', ":3: at.z", ["no input 'z'"]),
    ('loss = "weight"\n[at]\nwieght = 1', ":3: at.wieght", ["did you mean `weight`?"]),
    ('loss = "x"\n[at]\nx = "y"', ":3: at.x", ["a number was expected, and y is a name"]),
    ('loss = "x"\n[at]\nx = true', ":3: at.x", ["a truth value"]),
    ('loss = "x"\n[at]\nx = nan', ":3: at.x", ["no number"]),
    ('loss = "x"\n[at]\nx = 2024-01-02', ":3: at.x", ["date"]),
    ('loss = "x"\n[at]\nx = [1]', ":3: at.x", ["0 axes, and its value has 1"]),
    ('loss = "sum(x)"\n[data]\nx=["n", 2]\n[at]\nx = [[1, 2], [3]]', ":5: at.x", ["rows of this array differ"]),
])
def test_each_mistake_is_told_with_its_place(file, tmp_path, monkeypatch, text, place, words):
    monkeypatch.chdir(tmp_path)
    path = file(text)
    error = told(path)
    assert error.where.startswith(path + place)
    assert all(word in str(error) for word in words), str(error)
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("kind, text, place, words", [
    (SizeMismatch, 'loss = "sum(X @ w)"\n[data]\nX = ["n", 3]\n[parameters]\nw = [4]', ":1: loss", ["(4,)"]),
    (SizeMismatch, 'loss = "h"\n[data]\nx = ["n"]\n[equations]\nh = "x"', ":1: loss", ["a loss is one number"]),
    (NameClash, 'loss = "1"\n[data]\nx = []\n[parameters]\nx = []', ":5: parameters.x", ["x is"]),
    (NameClash, 'loss = "1"\n[equations]\nloss = "2*x"', ":1: loss", ["given twice"]),
    (NameClash, 'loss = "1"\n[data]\nx = []\n[equations]\nx = "2*x"', ":5: equations.x", ["x is data"]),
    (SizeMismatch, 'loss = "sum(X @ w)"\n[data]\nX = ["n", "d"]\n[parameters]\nw = ["d"]\n[at]\nX = [[1, 2]]\nw = [1]',
     ":6: at", ["axis 0 of w is d long"]),
])
def test_errors_of_models_keep_their_kind(file, kind, text, place, words):
    path = file(text)
    error = told(path, kind)
    assert error.where.startswith(path + place) and all(word in str(error) for word in words), str(error)


@pytest.mark.parametrize("content, words", [
    (b"\xef\xbb\xbfloss = 'x'", ["byte order mark"]), ('loss = "x"'.encode("utf-16"), ["byte order mark"]),
    ('loss = "x"'.encode("utf-16-le"), ["no TOML"]), (b"loss = 'x'\ntitle = '\xe9'", ["not UTF-8", ":2"]),
    (bytes(range(256)), ["not UTF-8"]), (b"loss = '\x00'", ["no TOML"]), (b"#" * (BYTES + 1), ["longer than 4 MiB"]),
    (b"[at]\nx = " + b"["*100_000, ["brackets inside each other", ":2"]),
    (b"a." * 100_000 + b"b = 1", ["key of more than"]), (b"[" + b"a." * 100_000 + b"b]", ["key of more than"]),
    (b"loss = 1" + b"0"*5000, ["not read as TOML"]), (b'loss = """' + b"x"*1000, ["no TOML"]),
    (b"loss = '" + b"("*100_000 + b"'", ["brackets inside each other", ":1: loss"]),
    (b"loss = '" + b"x+"*1_000_000 + b"x'", ["at most", ":1: loss"]),
])
def test_what_is_no_model_file_is_refused_at_once(file, content, words):
    started = time.process_time()
    error = told(file(content))
    assert all(word in str(error) for word in words), str(error)
    assert soon(started, 0.1)


def test_paths_that_are_no_files(tmp_path, file):
    assert "a directory" in str(told(str(tmp_path)))
    assert "No such file" in str(told(str(tmp_path / "other.toml")))
    file(HEART)
    assert "did you mean" in told(str(tmp_path / "modle.toml")).do
    assert "no regular file" in str(told("/dev/zero"))
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in str(told(str(tmp_path / "pipe")))
    with pytest.raises(SpecError, match="no path"):
        load("model\0.toml")


def test_a_file_without_permission(file, monkeypatch):
    path = file(HEART)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", path)
    monkeypatch.setattr("builtins.open", refuse)
    assert "Permission denied" in str(told(path))


def test_ten_thousand_equations_in_seconds(file):
    lines = [f't{k} = "tanh({f"t{k - 1}" if k else "x"}*w + 1)"' for k in range(10_000)]
    path = file("\n".join(['loss = "t9999"', "[equations]", *lines]))
    started = time.process_time()
    assert len(load(path).equations) == 10_000
    assert soon(started, 1)
    broken = path.replace("model", "broken")
    with open(broken, "w", encoding="utf-8") as out:
        out.write("\n".join(['loss = "t9999"', "[equations]", *lines[:-1], 't9999 = "t9998 +"']))
    assert told(broken).where.startswith(f"{broken}:10002: equations.t9999")


@pytest.mark.parametrize("given, wanted", [
    (2, 2), (0.5, 0.5), ("2", 2), ("-3", -3), ("1e-3", 1e-3), ("1/3", sp.Rational(1, 3)), ("pi", sp.pi),
    ("-pi/2", -sp.pi/2), ("exp(-9)", sp.exp(-9)), ("sqrt(2)/2", sp.sqrt(2)/2), ("log(2)", sp.log(2)),
    ("1 + exp(1)", 1 + sp.E), ("0.5**2", 0.25), ("[1, 2]", [1, 2]), ([[1], ["pi"]], [[1], [np.pi]]),
    ("[[1, 1/3], [2, (1 + 2)/7]]", [[1, 1/3], [2, 3/7]]), ("[]", []),
])
def test_values(given, wanted):
    found = value(given)
    assert (found.tolist() if isinstance(found, np.ndarray) else found) == wanted
    assert not isinstance(found, sp.Float)


def test_the_sign_of_zero_is_kept():
    assert np.signbit(value("-0.0")) and np.signbit(value("[-0.0]")[0])


@pytest.mark.parametrize("given", [
    True, None, {}, "", "x", "1,2", "[1", "1]", "[1] [2]", "[1,,2]", "[[1], [2, 3]]", [[1], 2], "nan", "inf", "1e999",
    "1/0", "0**-1", "log(0)", "(-8)**(1/3)", "exp(1000)", "exp(exp(exp(100)))", "9**9**9", "gamma(10**9)", float("inf"),
    10**400, "[True]", "()", "[(1, 2)]", "[" * 50, "__import__('os')",
])
def test_what_is_no_value(given):
    started = time.process_time()
    with pytest.raises(SymdiffError) as caught:
        value(given)
    assert caught.value.do and soon(started, 0.1)


# -- a Model as a file ------------------------------------------------------------------------------------------------

def same(one, other):
    return (one.equations == other.equations and one.loss is other.loss and one.parameters == other.parameters
            and one.data == other.data and (one.title, one.description) == (other.title, other.description)
            and str(one.at) == str(other.at))


@pytest.mark.parametrize("text", [
    HEART, 'loss = "log(1 + exp(w*x))"', '[equations]\n"ξ1" = "a*b"\nloss = "exp(ξ1)"',
    'title = "a \\"b\\" \\\\ \\u0001 ü"\nloss = "sum(A[1:, ::2]) + sum([1, 2.5])"\n[data]\nA = ["2*n + 1", 4]',
    'loss = "q"\n[parameters]\nx = []\n[equations]\nr = "x"\nq = "r  *  r  # 1"'.replace("  # 1", ""),
])
def test_there_and_back(file, text):
    model = load(file(text))
    again = load(file(model.to_toml()))
    assert same(model, again) and again.to_toml() == model.to_toml()


def test_formulas_stay_as_they_were_typed(file):
    assert 'loss = "1 / (x+ 2 )"' in load(file('loss = "1 / (x+ 2 )"')).to_toml()


def test_models_of_expressions_there_and_back(file):
    """Random programs of the language: what is written reads as the same expressions; few are refused."""
    back = 0
    for seed in range(120):
        drawn = draw(seeded(seed))
        model = Model([(f"out{k}", e) for k, e in enumerate(drawn.outputs)], loss=drawn.loss)
        try:
            text = model.to_toml()
        except SpecError as error:
            assert "no form in a model file" in str(error) and error.do
            continue
        assert same(model, load(file(text))), text
        back += 1
    assert back >= 96


@pytest.mark.parametrize("build, words", [
    (lambda: Model(loss=sp.Symbol("x")**2), "'x' is a plain symbol"),
    (lambda: Model({"a b": "x"}), "'a b' is no word"),
    (lambda: Model({"h": sd.array("x", 9) + np.arange(9.0)}), "formula of h"),
    (lambda: Model({"h": sum((sd.array("x")*k for k in range(99)), start=0)}), "formula of h"),
    (lambda: Model({"h": sd.array("x", sp.Symbol("k", integer=True, positive=True))*2}), "length k of x"),
    (lambda: Model({"h": "x"}, at={"z": 1}), "z, which is no name"),
])
def test_what_has_no_form_in_a_file(build, words):
    with pytest.raises(SpecError, match=words) as caught:
        build().to_toml()
    assert caught.value.do


def test_a_point_of_numpy_s_numbers(file):
    model = Model(loss="x*sum(v)", data={"x": (), "v": (2,)}, at={"x": np.float64(0.1), sd.array("v", 2): np.arange(2)})
    again = load(file(model.to_toml()))
    assert again.at["x"] == 0.1 and again.at["v"].tolist() == [0, 1]

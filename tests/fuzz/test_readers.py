"""The readers of formulas and of model files, given anything: an error of the project or a result, soon, in little memory."""
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symdiff as sd

HANGS = 30                              # seconds after which a reader is taken to hang
QUICK, NIGHTLY = 100, 20_000            # examples

WORDS = """x y w X _a ξ1 ﬁ lambda None self pi e E inf nan oo I 1 0 2.5 1e-3 1e400 9 .5 0x1F 1_000 10**400 + - * / // % @ ** ^
( ) [ ] { } , ; : . ... = == != < <= > >= & | ~ ! and or not if else in is for def import exec eval __import__ __class__
log exp sin sqrt abs sum mean max min where softmax logsumexp solve inv dot outer reshape axis=0 axis=1 keepdims=True n d
' " \\ \n \t \0 # $ ` → ∂ 𝟙 é""".split(" ")
FORMULAS = ["-y*log(1/(1 + exp(-a*x)))", "sum((u - X @ w)**2)/n", "where(x > 0, log(x), 0)", "softmax(X @ W + b, axis=1)",
            "u[0] + u[1:3]", "logsumexp(a*u, axis=0)", "maximum(x, 0)**2.5", "[[1, 2], [3, 4]] @ v", "w.T @ A @ w", "p*(1 - p) where p = sigmoid(a*x + c)"]
MODELS = ['loss = "mean((y - p)**2)"\n[data]\nX = ["n", 2]\ny = ["n"]\n[parameters]\nw = [2]\n[equations]\np = "X @ w"\n',
          '[data]\nX = ["n", 3]\n[network]\nlayers = [{dense = 4, activation = "tanh"}, {dense = 1}]\noutput = "bernoulli"\n',
          'title = "t"\nformat = 1\nloss = "log(1 + exp(w*x))"\n[at]\nx = 1\nw = "1/3"\n',
          '[table]\nfile = "a.csv"\ntarget = "y"\n[training]\nmethod = "adam"\nepochs = 3\n']
KEYS = """title description format loss data parameters equations network at table training layers output penalty dense
activation = "x" 1 -1 0 1e9 true [] {} [1] ["n"] [[1]] nan inf 1979-05-27 '''a''' \"\"\"b\"\"\" \n . , # [a] [a.b] [[a]]""".split(" ")


n, d = sd.sizes("n d")
ARRAYS = {"X": sd.array("X", n, d), "w": sd.array("w", d), "u": sd.array("u", n), "W": sd.array("W", d, 2), "n": n,
          "b": sd.array("b", 2), "v": sd.array("v", 2), "A": sd.array("A", d, d)}


class Hang(BaseException):
    """Nothing that a reader could catch."""


@contextmanager
def watched():
    """Raise Hang when what is inside takes too long."""
    def rings(*_):
        raise Hang(f"no answer in {HANGS} s")
    before = signal.signal(signal.SIGALRM, rings)
    signal.alarm(HANGS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read_formula(text):
    """A formula that is read is printed and has sizes; what is refused says what to do."""
    with watched():
        try:
            made = sd.parse(text, **ARRAYS)
        except sd.SymdiffError as error:
            assert error.what and len(str(error)) < 4000
            return False
        str(made)
        return True


def read_model(text):
    with watched(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder)/"model.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        try:
            made = sd.load(path)
        except sd.SymdiffError as error:
            assert error.what and len(str(error)) < 4000
            return False
        str(made)
        return True


@st.composite
def edited(draw, originals, words):
    """A good text with some pieces cut out, doubled or replaced."""
    text = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 4))):
        a = draw(st.integers(0, len(text)))
        b = min(len(text), a + draw(st.integers(0, 6)))
        piece = draw(st.one_of(st.just(""), st.just(text[a:b]*2), st.sampled_from(words), st.text(max_size=3)))
        text = text[:a] + piece + text[b:]
    return text


def joined(words):
    return st.lists(st.sampled_from(words), max_size=25).flatmap(lambda parts: st.sampled_from(["", " "]).map(
        lambda between: between.join(parts)))


ANY_FORMULA = st.one_of(joined(WORDS), edited(FORMULAS, WORDS), st.text(max_size=60))
ANY_MODEL = st.one_of(joined(KEYS), edited(MODELS, KEYS), edited(MODELS, KEYS + WORDS), st.binary(max_size=200))


def fuzz(strategy, read, examples):
    """Read so many examples, always the same ones."""
    @settings(max_examples=examples, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(text):
        read(text)
    run()


@pytest.mark.parametrize("read, strategy", [(read_formula, ANY_FORMULA), (read_model, ANY_MODEL)],
                         ids=["formulas", "models"])
def test_anything_is_read_or_refused(read, strategy):
    fuzz(strategy, read, QUICK)


@pytest.mark.nightly
@pytest.mark.parametrize("read, strategy", [(read_formula, ANY_FORMULA), (read_model, ANY_MODEL)],
                         ids=["formulas", "models"])
def test_anything_is_read_or_refused_long(read, strategy):
    fuzz(strategy, read, NIGHTLY)


def test_good_texts_are_read():
    """What is edited above is right as it stands, so that the edits go deep."""
    assert [f for f in FORMULAS if not read_formula(f)] == [] and [m for m in MODELS[:3] if not read_model(m)] == []


LARGE = '''
import resource, sys
import symdiff as sd
sd.parse("log(1 + exp(x))")
sd.load(sys.argv[1])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024

size, before = 10**6, peak()
texts = ["x"*size, "x+"*(size//2) + "x", "("*size, "-"*size + "x", "sin("*(size//4), "x[" *(size//2), "1"*size, "x,"*(size//2),
         "[" + "1,"*(size//2) + "1]", "9**"*(size//3) + "9", " "*size, "'"*size, "\\\\"*size, "é"*(size//2),
         "x<"*(size//2) + "x", "f(" + "x,"*(size//2) + "x)"]
for text in texts:
    for call, given in ((sd.parse, text), (sd.load, "loss = '" + text.replace("'", "") + "'"), (sd.load, text)):
        if call is sd.load:
            with open(sys.argv[1], "w", encoding="utf-8") as file:
                file.write(given)
            given = sys.argv[1]
        try:
            call(given)
        except sd.SymdiffError:
            pass
print(peak() - before)
'''


@pytest.mark.nightly
def test_a_megabyte_takes_little_memory(tmp_path, project):
    (tmp_path/"model.toml").write_text(MODELS[0])
    ran = subprocess.run([sys.executable, "-c", LARGE, str(tmp_path/"model.toml")], cwd=project, capture_output=True,
                         text=True, timeout=600)
    assert ran.returncode == 0 and float(ran.stdout) < 200, ran.stdout + ran.stderr

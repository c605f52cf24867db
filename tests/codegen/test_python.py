"""The Python form of a program: it runs alone, without Numba's compiler as with it, and is text a person can read."""
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import sympy as sp

sys.path.insert(0, str(Path(__file__).parent))

import codegen.emit.python.split
import symdiff as sd
from codegen.emit.python import Given, Transposed, Verb, source
from codegen.emit.python.counts import counts_lines
from codegen.emit.python.kernel import _listed
from codegen.emit.python.names import RESERVED, Names, allowed, escaped, printable
from codegen.emit.python.text import ATOM, WIDTH, length, length_within, number
from codegen.execute import Executable
from codegen.fuse import fuse
from codegen.interpret import interpret
from codegen.loops import (Apply, Axis, Buffer, Contract, Length, Load, Map, Position, Program, Rows, Store, Sum, affine,
                           at)
from codegen.lower import lower
from loop_cases import (Case, blocks, constant, d, data, elementwise, embedding, input, logistic, module_of, n, network,
                      random_case,
                      text_of, total, worst)
from symdiff.errors import ArgumentError
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.graph import make
from symdiff.primitives import algebra
from symdiff.primitives.build import contract
from symdiff.primitives.scan import Parameter, loop, parameter, parts
from symdiff.read import read_all

GOLDEN = Path(__file__).parents[1] / "golden"


def batched():
    """Factorisations of matrices along two axes and along one."""
    A, B = input("A", (2, 2, 3, 3)), input("B", (4, 3, 3))
    rng = np.random.default_rng(8)
    values = {"A": rng.normal(size=(2, 2, 3, 3)) + 3*np.eye(3), "B": rng.normal(size=(4, 3, 3)) + 3*np.eye(3)}
    outputs = [one for M in (A, B) for one in (algebra.inv(M), make(algebra.DET, (M,)))]
    return Case("batched", outputs, (A, B), values)


CASES = [logistic(300), network(), embedding(), *blocks(), batched()]


@pytest.fixture
def plain(monkeypatch):
    """Numba without its compiler, as under NUMBA_DISABLE_JIT=1."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)


def arrays(case):
    return [case.values[i.attributes[0]] for i in case.inputs]


def compare(case, program):
    sizes = bind_sizes({i.attributes[0]: (i.sizes, np.shape(case.values[i.attributes[0]])) for i in case.inputs})
    return worst(module_of(text_of(case, program)).run(*arrays(case)), evaluate(case.outputs, case.values, sizes))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equal_values(case, plain):
    program = lower(case.outputs, case.names)
    assert compare(case, program) < 1e-12
    assert compare(case, fuse(program)) < 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_equal_values_at_random(seed, plain):
    case = random_case(seed)
    assert compare(case, fuse(lower(case.outputs))) < 1e-12


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_equal_values_at_random_long(seed, plain):
    case = random_case(seed, 40)
    assert compare(case, fuse(lower(case.outputs))) < 1e-11


def compiled(case, bound=1e-14):
    run = Executable(case.outputs, case.inputs, case.names)
    given = [np.asarray(a, float) if np.ndim(a) else a for a in arrays(case)]
    assert worst(module_of(text_of(case, run.program)).run(*given), run(given)) <= bound


def test_compiled_it_agrees_with_the_machine_code():
    compiled(logistic(5000, 5))


@pytest.mark.nightly
@pytest.mark.parametrize("case", [network(300), embedding(300), *blocks()], ids=str)
def test_compiled_it_agrees_with_the_machine_code_long(case):
    compiled(case, 1e-13)


ALONE = """
import sys, types
for name in ("symdiff", "codegen", "sympy", "scipy"):
    sys.modules[name] = None
import numpy as np
import generated
loss, w, b = generated.run(np.ones((4, 2), np.float32), [0, 1, 0, 1], np.zeros((4, 2))[:2, 0], 0)
print(loss, *w, b)
"""


def test_it_runs_alone(tmp_path):
    """With NumPy and Numba only; lists, ints, float32 and strided arrays are taken."""
    case = logistic()
    (tmp_path/"generated.py").write_text(text_of(case, fuse(lower(case.outputs))), encoding="utf-8")
    ran = subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, capture_output=True, text=True,
                         env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ""})
    assert ran.returncode == 0, ran.stderr
    assert np.allclose([float(x) for x in ran.stdout.split()], [np.log(2), 0, 0, 0], atol=1e-15)


PRINT = """
import sys
sys.path.insert(0, sys.argv[1])
from loop_cases import *
from codegen.fuse import fuse
from codegen.lower import lower
for case in (logistic(), network(), embedding(), random_case(7)):
    print(text_of(case, fuse(lower(case.outputs, case.names))))
"""


def test_the_same_text_on_every_run_and_hash_seed(project):
    texts = {subprocess.run([sys.executable, "-c", PRINT, str(Path(__file__).parent)], cwd=project,
                            capture_output=True, text=True,
                            check=True, env=os.environ | {"PYTHONHASHSEED": seed}).stdout for seed in ("0", "1")}
    assert len(texts) == 1 and "def run(" in texts.pop()


# -- the text ----------------------------------------------------------------------------------------------------------

def golden_texts():
    case = logistic()
    w, b = case.inputs[2:]
    program = fuse(lower(case.outputs, case.names))
    given = [Given(i.attributes[0], i.attributes[0], i.sizes) for i in case.inputs]
    yield "logistic.txt", source([Verb("value_and_grad", program, (0, {"w": 1, "b": 2}), (),
                                       "(value, {name: gradient}).")], given,
                                "-mean(y*log(p) + (1 - y)*log(1 - p)), p = 1/(1 + exp(-(X @ w + b)))", "0.1")
    for case in (network(), embedding()):
        yield f"{case.name}.txt", text_of(case, fuse(lower(case.outputs, case.names)), version="0.1")


@pytest.mark.parametrize("name, text", [pytest.param(*pair, id=pair[0]) for pair in golden_texts()])
def test_golden(name, text):
    """The generated text, as it was read by a person.  After a change: SYMDIFF_GOLDEN=write, and read the diff."""
    if os.environ.get("SYMDIFF_GOLDEN") == "write":
        (GOLDEN/name).write_text(text, encoding="utf-8")
    assert (GOLDEN/name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("case", [*CASES, *[random_case(s, 40) for s in range(10)]], ids=str)
def test_lines_are_short(case):
    text = text_of(case, fuse(lower(case.outputs, case.names)))
    assert max(map(len, text.splitlines())) <= 140
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_only_what_is_needed_is_carried():
    x = input("x", (n,))
    case = Case_("half", (total(elementwise("mul", x, constant(0.5))),), (x,))
    text = text_of(case, fuse(lower(case.outputs)))
    assert "math" not in text and text.count("@njit") == 1


def test_names_stand_above_their_loop():
    x = input("x", (n,))
    first = elementwise("exp", x)
    second, third = elementwise("sin", first), elementwise("cos", first)
    case = Case_("names", (elementwise("mul", second, third), total(elementwise("div", second, third))), (x,))
    case.names = {first: "first", second: "second", third: "third"}
    text = text_of(case, fuse(lower(case.outputs, case.names)))
    assert "    # first, second, third\n" in text
    verb = Verb("grad", fuse(lower((total(first), first))), (0, {"weights": 1}))
    assert "grad_weights[" in source([verb], [Given("x", "x", (n,)), Given("weights", "weights", ())])


class Case_:
    def __init__(self, name, outputs, inputs):
        self.name, self.outputs, self.inputs, self.names = name, outputs, inputs, {}


HOSTILE = ["lambda", "None", "math", "np", "out", "x0", "_t1", "self", "λ", "ﬁ", "fi", 'a"""b', "a\nb", "a\\", "%s{}",
           "a\0b", "x"*100_000,
           "import os; os.system('true')", "print", "start", "run", "run_loops", "array", "checked", "exp", "njit",
           "v1", "t", "i", "n",
           "__import__", " ", "", "\u2028", "é", "abs", "position", "match"]


def test_every_name_works_and_only_harmless_ones_are_emitted(plain):
    inputs = [input(name, (3,)) for name in HOSTILE]
    node = inputs[0]
    for k, other in enumerate(inputs[1:]):
        node = elementwise("add", node, elementwise("mul", constant(k + 2.5), elementwise("exp", other)))
    rng = np.random.default_rng(5)
    case = Case_('title """ \\ \0 \n', (node, total(node)), inputs)
    case.names = {node: 'sum """ \n \\'}
    values = {name: rng.normal(size=3) for name in HOSTILE}
    text = text_of(case, fuse(lower(case.outputs, case.names)))
    assert worst(module_of(text).run(*values.values()), evaluate(case.outputs, values)) < 1e-14
    assert len(text) < 40_000 and "\0" not in text and "λ" not in text.split('"""', 2)[2]
    assert f"is {escaped(case.names[node])}" in text
    for name in ("λ", "ﬁ", "é", "a\nb"):
        assert escaped(name).strip("'").replace("\\", "\\\\") in text
    assert "(lambda" not in text and "out, x0" in text and "self" in text


def test_names():
    names = Names(["taken"])
    assert [names.own(w, "x") for w in ("w", "w", "taken", "while", "_a", "a"*31, "a"*32)] == \
        ["w", "x", "x1", "x2", "x3", "a"*31, "x4"]
    assert not allowed("a b") and not allowed("a\n") and not allowed("") and not allowed("1a")
    assert {"lambda", "print", "np", "range", "float"} <= RESERVED
    assert names.letters(3) == ["i", "j", "k"] and Names(["i", "i2"]).letters(9) == [*"jkmpqrs", "i1", "i3"]


def test_docstrings_hold_anything():
    for hostile in ('"""', '""', 'a"', 'a"b""c', "\\", '\\"""', "\0", "\r", "\u2028x", 'x""', "a\nb"):
        shown = hostile if hostile.isprintable() else hostile.encode("unicode_escape").decode()
        for end in ("", "\n"):
            assert module_of(f'"""{printable(hostile)}{end}"""\n').__doc__ == shown + end


def test_long_words_of_a_title_are_cut_between_what_is_escaped():
    x = input("x")
    for count in range(100, 112):
        case = Case_("x"*count + "\\N{none}", (elementwise("exp", x),), (x,))
        assert r"\N{none}" in module_of(text_of(case, lower(case.outputs))).__doc__.replace("\n", "")


def test_numbers_and_lengths():
    assert [number(x).text for x in (1.0, -0.5, 1e-300, float("inf"), -float("inf"), float("nan"), -0.0)] == \
        ["1.0", "-0.5", "1e-300", "np.inf", "-np.inf", "np.nan", "-0.0"]
    names = {n: "n", d: "d"}
    for value in (3, n, n + 1, 2*n - 3, n*d, -n + 4, n**2*d - d, sp.floor(n/2), sp.floor((n + 1)/2), sp.Min(n, d) + 1,
                  sp.Max(n - d, 0),
                  n*(n + 1), sp.floor((n - 2)/3)*d):
        for sizes in ({n: 7, d: 3}, {n: 4, d: 5}):
            shown = eval(length(value, names), {"n": sizes[n], "d": sizes[d], "min": min, "max": max})
            assert shown == int(sp.sympify(value).subs(sizes))
    assert length(sp.floor(n/2)*d, names) == "d*(n//2)" and length_within(0, names, ATOM) == "0"


def test_results_in_every_form(plain):
    x = input("x", (2, 3))
    outputs = (total(x), x, elementwise("neg", x))
    program = fuse(lower(outputs))
    verbs = [Verb("value", program, (0, {"x": 1, ("x", "x"): Transposed(2, (1, 0))})), Verb("one", program, 1),
             Verb("named", program, {"a b": 0, 'c"': 2})]
    made = module_of(source(verbs, [Given("x", "x", (2, 3))]))
    value = np.arange(6.0).reshape(2, 3)
    first, rest = made.value(value)
    assert first == 15.0 and set(rest) == {"x", ("x", "x")}
    np.testing.assert_array_equal(rest["x", "x"], -value.T)
    np.testing.assert_array_equal(made.one(value), value)
    assert list(made.named(value)) == ["a b", 'c"']


def test_float32_is_handed_back(plain):
    x = input("x", (3,))
    program = fuse(lower((total(x), elementwise("exp", x))))
    made = module_of(source([Verb("run", program, (0, 1))], [Given("x", "x", (3,))], dtype="float32"))
    one, other = made.run([0.1, 0.2, 0.3])
    assert other.dtype == np.float32 and one == float(np.float32(0.6))


def test_choices_within_choices(plain):
    x, y = input("x", (4,)), input("y", (4,))
    first, second = elementwise("gt", x, constant(0)), elementwise("lt", y, constant(0))
    inner = elementwise("select", second, x, y)
    both = elementwise("and", first, elementwise("not", elementwise("or", second, elementwise("eq", x, y))))
    outputs = (elementwise("select", first, inner, elementwise("exp", y)),
               elementwise("select", first, elementwise("exp", y), inner),
               elementwise("select", inner, x, constant(7)), elementwise("select", both, x, constant(7)),
               elementwise("add", first, elementwise("mul", both, second)), elementwise("lt", first, inner))
    case = Case_("choices", outputs, (x, y))
    values = {"x": np.array([1.0, 1, -1, -1]), "y": np.array([-2.0, 2, -3, 0])}
    for one in outputs:                                 # each by itself, so that nothing gets a name
        run = module_of(text_of(Case_("choice", (one,), (x, y)), fuse(lower((one,))))).run
        assert worst(run(**values), evaluate((one,), values)) == 0.0
    assert worst(module_of(text_of(case, fuse(lower(outputs)))).run(**values), evaluate(outputs, values)) == 0.0


def test_long_constants(plain):
    big = np.random.default_rng(0).normal(size=(40, 20))
    x = input("x", (20,))
    case = Case_("long", (elementwise("mul", data(big), constant(2, (40, 20))), total(elementwise("mul", x,
                                                                                                  data(big[0])))), (x,))
    text = text_of(case, fuse(lower(case.outputs)))
    assert "base64" in text
    assert worst(module_of(text).run(np.ones(20)), (2*big, big[0].sum())) < 1e-14


# -- what is refused at run time ---------------------------------------------------------------------------------------

def test_wrong_arguments(plain):
    case = logistic()
    run = module_of(text_of(case, fuse(lower(case.outputs)))).run
    X, y, w, b = arrays(case)
    with pytest.raises(ValueError, match=r"y should have the shape \(70,\), and has \(69,\)"):
        run(X, y[1:], w, b)
    with pytest.raises(ValueError, match="X should have 2 axes, and has 1"):
        run(X[0], y, w, b)
    with pytest.raises(TypeError, match="w should hold real numbers"):
        run(X, y, w*1j, b)
    with pytest.raises(TypeError, match="w should hold real numbers"):
        run(X, y, ["a", "b", "c"], b)


def test_entries_that_short_arrays_lack(plain):
    """Of three entries there is no fifth, and of one no third."""
    x = sd.array("x", n)
    reading = read_all(x[4] + sd.sum(x[2:]))
    case = Case("entries", reading.outputs, reading.inputs.values(), {})
    run = module_of(text_of(case, fuse(lower(case.outputs)))).run
    values = np.arange(6.0)
    assert run(values) == 4.0 + values[2:].sum()
    for few in (3, 1, 0):
        with pytest.raises(ValueError, match="are taken of an axis of length"):
            run(values[:few])


@pytest.mark.parametrize("bad", [6.0, -1.0, 0.5, np.nan])
def test_positions_out_of_range(bad, plain):
    case = embedding()
    run = module_of(text_of(case, fuse(lower(case.outputs)))).run
    table, where, y = arrays(case)
    with pytest.raises(IndexError):
        run(table, np.where(np.arange(70) == 3, bad, where), y)


def test_inputs_are_unchanged_and_results_fresh(plain):
    case = network()
    run = module_of(text_of(case, fuse(lower(case.outputs)))).run
    given = [np.array(a) for a in arrays(case)]
    for a in given:
        a.flags.writeable = False
    first = run(*given)
    kept = [np.copy(a) for a in first]
    second = run(*given)
    assert all(not np.shares_memory(a, b) for a, b in zip(first[1:], second[1:]))
    for a, b in zip(first, kept):
        np.testing.assert_array_equal(a, b)


def test_special_values_are_as_ieee_has_them(plain):
    """0/0, 1/0, overflow, log 0: no exception, no warning."""
    x, y = input("x", (6,)), input("y", (6,))
    names = ("div", "pow", "mul", "add", "sub", "hypot", "atan2", "mod")
    outputs = [elementwise(name, x, y) for name in names] + [elementwise(name, x) for name in ("exp", "log", "sqrt",
                                                                                               "lgamma", "tanh")]
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e308])
    case = Case_("special", outputs, (x, y))
    run = module_of(text_of(case, fuse(lower(tuple(outputs))))).run
    for shift in range(6):
        values = {"x": special, "y": np.roll(special, shift)}
        assert worst(run(**values), evaluate(outputs, values)) < 1e-14


def contractions():
    """Contracts that no graph becomes: nothing summed, added to what is there, a diagonal, every second entry."""
    i, j, k = Axis(2), Axis(3), Axis(4)
    a, b, out = Buffer("a", "input", (2, 4)), Buffer("b", "input", (4, 3)), Buffer("out0", "output", (2, 3))
    c, v, one = Buffer("c", "input", (4, 8)), Buffer("out0", "output", (4,)), Buffer("out0", "output", ())
    factors = Load(a, (at(i), at(k))), Load(b, (at(k), at(j)))
    entry = Load(a, (affine([], 1), affine([], 2)))
    yield (a, b, out), [Contract((i, j), (k,), Store(out, (at(i), at(j)), 0), factors),
                        Contract((i, j), (k,), Store(out, (at(i), at(j)), 0, "add"), factors)]
    yield (a, b, out), [Contract((i, j), (), Store(out, (at(i), at(j)), 0), (
        Load(a, (at(i), affine([], 0))), Load(b, (affine([], 1), at(j)))))]
    yield (a, one), [Contract((), (), Store(one, (), 0), (entry, entry))]
    yield (a, one), [Contract((), (), Store(one, (), 0), (entry,)), Contract((), (k,), Store(one, (), 0, "add"), (
        Load(a, (affine([], 0), at(k))), entry))]
    yield (c, v), [Contract((k,), (i,), Store(v, (at(k),), 0), (Load(c, (affine([(i, 1)], 1), affine([(k, 2)], 1))),))]
    yield (c, v), [Contract((k,), (j,), Store(v, (at(k),), 0), (Load(c, (at(j), affine([(k, 1), (j, 1)], 0))),))]
    yield (a, v), [Contract((k,), (i,), Store(v, (at(k),), 0), (Load(a, (at(i), at(k))),)),
                   Contract((k,), (i,), Store(v, (at(k),), 0, "add"), (Load(a, (at(i), affine([(k, -1)], 3))),))]


def by_hand(buffers, statements):
    """(the program, what it is given, the text of its module); x tells the length."""
    program = Program(buffers, tuple(statements), (n,))
    given = [b for b in buffers if b.kind == "input" and b.name != "x"] + [Buffer("x", "input", (n,))]
    return program, given, source([Verb("run", program, 0)], [Given(b.name, b.name, b.shape) for b in given])


def positions():
    """Maps at positions that graphs seldom ask for: backwards, with signs, symbolic steps, several axes seen as one."""
    i, j, m = Axis(n), Axis(3), Axis(6)
    x, out = Buffer("x", "input", (n,)), Buffer("out0", "output", (n,))
    wide, rows = Buffer("w", "input", (3, n + 1)), Buffer("out0", "output", (3, n))
    cube, two, flat = Buffer("c", "input", (2, 3, 2)), Buffer("out0", "output", (2, 6)), Buffer("out0", "output", (12,))
    places = [affine([(i, 3)], 1), affine([(i, -2)], -1), affine([(i, 1)], -3), affine([], 4), affine([], -4),
              affine([(i, -1)], 0), affine([(i, 1)], -n), affine([(i, n)], 2 - n), affine([(i, n + 1)], n*n)]
    for place in places:
        yield (x, out), [Map((i,), (Load(x, (at(i),)), Position(place), Length(n + 2), Apply("add", (0, 1)),
                                    Apply("mul", (3, 2)), Store(out, (at(i),), 4)))]
    yield (x, out), [Map((i,), (Load(x, (affine([(i, -1)], n - 1),)), Store(out, (at(i),), 0)))]
    yield (wide, rows), [Map((j, i), (Load(wide, (affine([(j, n + 1), (i, 1)], 1),)), Store(rows, (at(j), at(i)), 0)))]
    yield (cube, two), [Map((k := Axis(2), m), (Load(cube, (at(k), at(m))), Store(two, (at(k), at(m)), 0)))]
    table, most = Buffer("t", "input", (n, 3)), Buffer("out0", "output", (3,))
    for mode, start in (("max", -np.inf), ("min", np.inf), ("add", 0.0)):
        yield (table, most), [Rows(i, 2, (Map((i, j), (Load(table, (at(i), at(j))), Store(most, (at(j),), 0, mode))),),
                                   (Sum(most, mode, start),))]
    box, turned = Buffer("b", "input", (2, 3, 4)), Buffer("out0", "output", (2, 3, 4))
    a, b, c = Axis(2), Axis(3), Axis(4)
    for axes in ((a, c, b), (c, a, b), (c, b, a)):                  # the one that runs through memory is not the last
        yield (box, turned), [Map(axes, (Load(box, (at(a), at(b), at(c))), Store(turned, (at(a), at(b), at(c)), 0)))]
    again = Buffer("out0", "output", (n, 3))
    yield (table, again), [Map((j, i), (Load(table, (at(i), at(j))), Store(again, (at(i), at(j)), 0)))]
    yield (cube, flat), [Map((q := Axis(12),), (Load(cube, (at(q),)), Store(flat, (at(q),), 0)))]


@pytest.mark.parametrize("buffers, statements", [*contractions(), *positions()], ids=str)
def test_by_hand(buffers, statements, plain):
    program, given, text = by_hand(buffers, statements)
    rng = np.random.default_rng(6)
    values = {b.name: rng.normal(size=[int(sp.sympify(s).subs(n, 5)) for s in b.shape]) for b in given}
    np.testing.assert_allclose(module_of(text).run(**values), interpret(program, values, {n: 5})[0], rtol=1e-13)


def test_counts():
    """Operations of a pass for each row, of what is beside it, of loops over steps and factorisations."""
    def shown(*nodes):
        return counts_lines(fuse(lower(nodes)), {n: "n", d: "d"})

    x, w, A = input("x", (n,)), input("w", (d,)), input("A", (3, 3))
    loss = total(elementwise("exp", elementwise("mul", x, x)))
    assert shown(loss, elementwise("div", w, elementwise("sub", w, w))) == [
        "per row   of n: 1 multiplication, 1 addition, 1 exp", "beside    d additions, d divisions",
        "memory    none beside inputs and results"]
    assert shown(contract([A, A], [(0, 1), (1, 2)], (0, 2)))[0] == "counts    27 multiplications, 27 additions"
    factorised = shown(make(algebra.LOGDET, (A,)))[0]
    assert factorised.startswith("counts    ") and "1 logdet" in factorised
    s = Parameter(parameter(()), constant(1))
    last, = parts(loop([s], [], [], (elementwise("sin", elementwise("mul", s.node, constant(2))),), 6))[0]
    assert shown(last)[0] == "counts    6 multiplications, 6 sin"
    compiled = shown(*line(1500).outputs)[-2]
    k = int(compiled.split()[2])
    assert k > 3 and compiled == \
        f"compiled  in {k} parts, on the first call; that may take Numba some {k*0.6:.0f} s"


# -- long programs -----------------------------------------------------------------------------------------------------

def line(operations):
    a, b = input("a"), input("b")
    x, y = a, b
    for q in range(operations//3):
        x, y = elementwise("add", elementwise("mul", x, constant(0.5)), y), \
            elementwise("sin", x) if q % 7 == 0 else elementwise("sub", y, x)
    return Case_("line", (elementwise("add", x, y), x), (a, b))


def test_long_straight_lines_are_cut(plain):
    case = line(3000)
    text = text_of(case, fuse(lower(case.outputs)))
    parts = text.count("def run_loops_")
    assert parts > 10 and "def run_loops_1(" in text and f"compiled  in {parts} parts" in text
    assert max(len(part.splitlines()) for part in text.split("@njit")) < 2*codegen.emit.python.split.LONGEST_PART
    assert worst(module_of(text).run(0.3, 0.7), evaluate(case.outputs, {"a": 0.3, "b": 0.7})) < 1e-14


def test_many_statements_are_cut(plain, monkeypatch):
    monkeypatch.setattr(codegen.emit.python.split, "LONGEST_PART", 6)
    for case in [logistic(), network(), *blocks(), *[random_case(s) for s in range(15)]]:
        program = fuse(lower(case.outputs, case.names))
        assert compare(case, program) < 1e-12


def test_compiled_parts_agree(monkeypatch):
    monkeypatch.setattr(codegen.emit.python.split, "LONGEST_PART", 20)
    case = line(60)
    made = module_of(text_of(case, fuse(lower(case.outputs))))
    assert worst(made.run(0.3, 0.7), evaluate(case.outputs, {"a": 0.3, "b": 0.7})) < 1e-14


# -- without the compiler ----------------------------------------------------------------------------------------------

def test_executables_run_without_the_compiler(plain):
    for case in (logistic(), network(), embedding()):
        run = Executable(case.outputs, case.inputs, case.names)
        given = [np.asarray(a, float) if np.ndim(a) else a for a in arrays(case)]
        sizes = bind_sizes({i.attributes[0]: (i.sizes, np.shape(a)) for i, a in zip(case.inputs, given)})
        assert worst(run(given), interpret(run.program, case.values, sizes)) == 0.0
        out = [None if not o.sizes else np.empty(np.shape(value)) for o, value in zip(case.outputs, run(given))]
        results = run(given, out)
        assert all(r is o for r, o in zip(results, out) if o is not None) and type(results[0]) is float
    single = Executable(logistic().outputs, logistic().inputs, dtype="float32")
    values = single([np.asarray(a, np.float32) if np.ndim(a) else a for a in arrays(logistic())])
    assert values[1].dtype == np.float32 and values[0] == float(np.float32(values[0]))


def test_positions_out_of_range_without_the_compiler(plain):
    case = embedding()
    table, where, y = arrays(case)
    with pytest.raises(ArgumentError, match="out of range"):
        Executable(case.outputs, case.inputs)([table, where + 1000, y])


WITHOUT = """
import sys
import numpy as np, sympy as sp, symdiff as sd
n, d = sd.sizes("n d")
X, y, w, b = sd.array("X", n, d), sd.array("y", n), sd.array("w", d), sd.array("b")
p = 1/(1 + sp.exp(-(X @ w + b)))
f = sd.compile(-sd.mean(y*sp.log(p) + (1 - y)*sp.log(1 - p)), wrt=[w, b])
rng = np.random.default_rng(0)
value, grad = f.value_and_grad(X=rng.normal(size=(300, 3)), y=(rng.random(300) < 0.5)*1.0, w=rng.normal(size=3), b=0.2)
print(value.hex(), *[x.hex() for x in grad["w"].tolist()], grad["b"].hex())
"""


def test_a_process_without_the_compiler_gives_the_same(project):
    def printed(disabled):
        ran = subprocess.run([sys.executable, "-c", WITHOUT], cwd=project, capture_output=True, text=True,
                             env=os.environ | {"NUMBA_DISABLE_JIT": disabled})
        assert ran.returncode == 0, ran.stderr
        return [float.fromhex(x) for x in ran.stdout.split()]
    np.testing.assert_allclose(printed("1"), printed("0"), rtol=0, atol=1e-14)


@pytest.mark.parametrize("beyond", [0, 1])
def test_names_stand_on_one_line_where_they_fit(beyond):
    name = "a"*(WIDTH - len("def f(") - len("):") + beyond)
    assert _listed("def f(", [name], "):").splitlines() == ([f"def f({name}):"] if not beyond else
                                                             ["def f(", f"        {name}):"])

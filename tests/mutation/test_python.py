"""The functions of the emitter of Python that write lines, with one thing wrong in the code of one: texts and
their values notice each.

A mutant whose texts differ, are as short and compute the same numbers in every case writes another text of the same
thing: a bracket more, another order of lines.
"""
from functools import cache
from types import SimpleNamespace

import numba
import numpy as np
import pytest

from codegen.emit.python import (apply, contract, counts, front, function, helpers, kernel, maps, module, names, split,
                                 statements, text)
from codegen.fuse import fuse
from codegen.lower import lower
from symdiff.derive import gradient
from symdiff.evaluate import bind_sizes, evaluate
from symdiff.read import read_all
from tests.codegen import test_python as printed
from tests.loops import LOOPS
from tests.mutation import engine
from tests.mutation import test_emitters as emitters

MODULES = {m.__name__.rsplit(".", 1)[-1]: m for m in (apply, contract, counts, front, function, helpers, kernel, maps,
                                                      module, names, split, statements, text)}

# {regular expression of what is wrong: why nobody can notice it}
ARGUED = {
    r"^(Function.name_axes|Kernel.__init__): .* \| .* becomes ": "the keys are different ones",
    r"^Function.__init__: .* becomes .*, None, 1, ": "other numbers in the names of values",
    r"^Function.affine: c < 0 becomes c < 1": "no coefficient is 0",
    r"^ordered: total = 0 becomes total = 1": "prices are compared with each other only",
    r"^ordered: -1 if .* becomes .* else 2$": "what is far apart is only dearer still",
    r"^_Nest.__init__: \[0\] becomes \[1\]": "each entry is set before it is read",
    r"^_outputs: ": "an input that is called as a result is: it is read before the result is there",
    r"^_Module.text: verb.name.rsplit\('_', 1\) becomes verb.name.rsplit\('_', 2\)": "the last word is the same",
    r"^_cut: \(here \+ 1, 0\)": "a piece may be shorter by an instruction",
    r"^_again: (isinstance.* becomes .* and \(isinstance|not line.buffer)": "what is done again may be handed on as well",
    r"^_steps: not statement": "`pass` does nothing where other lines stand; a loop without any is not made",
    r"^_wrapped: .*41": "how much of a long text is shown",
    r"^counts_lines: slow > 1 becomes slow > 2": "what is cut is cut into three parts at least",
    r"^(_added|_length): sign < 0 becomes sign < 1|^number: .*copysign\(.* becomes .*(< 1|\(2.0, value\))$|"
    r"^_split: (\(1, term\)|-1) becomes|^_split: c < 0 becomes c < 1":
        "a sign is 1 or -1, and only compared with 0; coefficients are whole, and not 0",
    r"^_pow: count < 0 becomes count < 1": "no power is 0: `power` has none",
}


@cache
def prepared():
    """[(case, program, values)], lowered and fused once."""
    made = []
    cases = [*printed.CASES, *map(printed.random_case, range(6)), *map(loop_case, ("recurrent", "branches"))]
    for k, case in enumerate(cases):
        sizes = bind_sizes({i.attributes[0]: (i.sizes, np.shape(case.values[i.attributes[0]])) for i in case.inputs})
        right = evaluate(case.outputs, case.values, sizes)
        made.append((case, fuse(lower(case.outputs, case.names)) if k % 4 else lower(case.outputs, case.names), right))
    return made


def loop_case(name):
    """A loop with its gradient."""
    function, values = LOOPS[name]
    reading = read_all(function())
    inputs = [reading.node(w) for w in values]
    outputs = (*reading.outputs, *gradient(reading.outputs[0], [inputs[-1]]))
    return SimpleNamespace(name=name, inputs=inputs, outputs=outputs, values=values, names={})


def texts():
    nodes, inputs = emitters.cases()
    words = SimpleNamespace(name="", inputs=inputs, outputs=tuple(nodes))
    for case, program in [(words, fuse(lower(words.outputs))), *[(case, program) for case, program, _ in prepared()]]:
        yield printed.text_of(case, program)
    for by_hand in (*printed.contractions(), *printed.positions()):
        yield printed.by_hand(*by_hand)[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "LONGEST_PART", 6)
        yield from [printed.text_of(case, program) for case, program, _ in prepared()[::3]]


def by_text(nodes, inputs, values):
    case = SimpleNamespace(name="", inputs=inputs, outputs=tuple(nodes))
    return printed.module_of(printed.text_of(case, fuse(lower(case.outputs)))).run(*values)


def witness(name):
    """The tests of the emitter, quickest first, without Numba's compiler; those of long programs for what cuts them."""
    numba.config.DISABLE_JIT = True
    for cached in (helpers._definitions, helpers._uses):
        cached.cache_clear()
    printed.test_names()
    for golden, made in printed.golden_texts():
        printed.test_golden(golden, made)
    for case, program, right in prepared():
        made = printed.text_of(case, program)
        assert max(map(len, made.splitlines())) <= 140 and not any(line != line.rstrip() for line in made.splitlines())
        assert printed.worst(printed.module_of(made).run(*printed.arrays(case)), right) < 1e-12
    emitters.compared(by_text)
    for by_hand in (*printed.contractions(), *printed.positions()):
        printed.test_by_hand(*by_hand, None)
    printed.test_counts()
    printed.test_numbers_and_lengths()
    printed.test_docstrings_hold_anything()
    printed.test_names_stand_above_their_loop()
    printed.test_only_what_is_needed_is_carried()
    for test in (printed.test_every_name_works_and_only_harmless_ones_are_emitted, printed.test_results_in_every_form,
                 printed.test_float32_is_handed_back, printed.test_choices_within_choices, printed.test_long_constants,
                 printed.test_wrong_arguments, printed.test_entries_that_short_arrays_lack,
                 printed.test_special_values_are_as_ieee_has_them,
                 printed.test_inputs_are_unchanged_and_results_fresh):
        test(None)
    for beyond in (0, 1):
        printed.test_names_stand_on_one_line_where_they_fit(beyond)
    for bad in (6.0, -1.0, 0.5, np.nan):
        printed.test_positions_out_of_range(bad, None)
    if name not in ("split", "kernel"):
        return
    printed.test_long_straight_lines_are_cut(None)
    with pytest.MonkeyPatch.context() as patch:
        printed.test_many_statements_are_cut(None, patch)


def writes_the_same():
    """Raise where a text is another one."""
    assert list(texts()) == WRITTEN.texts


WRITTEN = SimpleNamespace(texts=None)
# what is emitted as it stands in its file is not changed by other code: `position` is left out
NAMED = [((name, own[0].__qualname__), own) for name, m in MODULES.items() for own in engine.defined(m).values()
         if own[0] is not maps.position]


@pytest.mark.nightly
@pytest.mark.parametrize("name, which, k, of", engine.shares(NAMED, 8))
def test_every_wrong_line_is_noticed(name, which, k, of):
    WRITTEN.texts = WRITTEN.texts or list(texts())
    tried, left, others = [], [], 0
    for own, mutant in engine.share(NAMED, (name, which), k, of):
        tried.append(mutant.what)
        if not engine.noticed(lambda: witness(name), lambda: engine.install(own, mutant.made)):
            if engine.noticed(writes_the_same, lambda: engine.install(own, mutant.made)):
                others += 1
            else:
                left.append(mutant.what)
    print(f"{which}: {others} other texts of the same")
    engine.report(which, tried, left, ARGUED)


@pytest.mark.nightly
def test_the_witness_passes():
    prepared()
    assert not engine.noticed(lambda: witness("split"))

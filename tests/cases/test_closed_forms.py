"""Closed forms of the matrix cases: right in every variable, and about as short as the literature's.

    pytest -s tests/cases/test_closed_forms.py -m "nightly or not nightly"      prints the table
"""
import numpy as np
import pytest

import symdiff as sd
from symdiff.evaluate import evaluate
from symdiff.read import read
from tests.cases.loading import distance, load, traced
from tests.cases.written import arrays_of, literature, operations

LONGER = 1.5                    # times the literature's operations, which nine of ten forms may not exceed


def judged(every, simplify="tidy"):
    """(error, operations, the literature's operations or None, a line of the table) for each variable of the cases."""
    cases = load("matrix_cases")
    references, found = cases.load_refs(), []
    for name in list(cases.CASES)[::every]:
        case = cases.CASES[name]
        inputs = case.inputs()
        formula, values = traced(case.objective, inputs)
        known = literature(cases, case, arrays_of(inputs)) if case.closed else {}
        truth = references[name]["grad"]
        norm = np.sqrt(sum(np.sum(np.square(g)) for g in truth.values()))
        for w in case.wrt:
            form = sd.gradient(formula, w, simplify=simplify)
            error = distance(evaluate([read(form)], values)[0], truth[w], norm)
            ours, theirs = operations(form), operations(known[w]) if w in known else None
            found.append((error, ours, theirs, f"{name:28} {w:6} {ours:4} {theirs or '':4}  {str(form)[:120]}"))
    return found


@pytest.mark.parametrize("every, count", [(6, 9), pytest.param(1, 60, marks=pytest.mark.nightly)])
def test_right_and_short(every, count, shared):
    found = judged(every)
    print("\n".join(line for *_, line in found))
    assert len(found) >= count
    assert [line for error, *_, line in found if not error < 1e-10] == []
    measured = [(ours, theirs) for _, ours, theirs, _ in found if theirs]
    short = sum(ours <= LONGER*theirs for ours, theirs in measured)
    print(f"{short} of {len(measured)} at most {LONGER} times the literature's")
    assert short >= 0.9*len(measured)


@pytest.mark.nightly
@pytest.mark.parametrize("simplify", ["none", "full"])
def test_right_at_the_other_levels(simplify, shared):
    assert [line for error, *_, line in judged(1, simplify) if not error < 1e-10] == []


@pytest.mark.nightly
def test_compiled_closed_forms_are_the_compiled_gradients(shared):
    cases = load("matrix_cases")
    for name, case in cases.CASES.items():
        formula, values = traced(case.objective, case.inputs())
        whole = sd.compile(formula, wrt=case.wrt)
        gradient = whole.grad({key: values[key] for key in whole.inputs})
        for w in case.wrt:
            form = sd.gradient(formula, w)
            f = sd.compile(form)
            ours = f({key: values[key] for key in f.inputs})
            scale = max(np.abs(gradient[w]).max(), 1e-300)
            assert np.abs(ours - gradient[w]).max() <= 1e-12*scale*10, (name, w)

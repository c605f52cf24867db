"""A table of 2 000 rows of eight short formulas is written in about a second by each renderer."""
import time

import numpy as np
import pytest
import sympy as sp

import symdiff.language as sd
from symdiff.document.blocks import Document, Table
from symdiff.document.formulas import Equal, Partial, Times, Value
from symdiff.document.html import html
from symdiff.document.latex import latex
from symdiff.document.markdown import markdown
from symdiff.document.text import text
from tests.patience import soon

ROWS, SECONDS = 2000, 1.0


def table(count):
    rng, xs, rows = np.random.default_rng(0), [sd.array("x")], []
    for k in range(1, count + 1):
        a, b, c = sd.array(f"x{k}"), xs[-1], xs[k//2]
        definition = (sp.sin(b)*c, b + c, sp.exp(-b), 1/(1 + b))[k % 4]
        partial = (sp.cos(b)*c, sp.Integer(1), -sp.exp(-b), -1/(1 + b)**2)[k % 4]
        rows.append((a, Equal((a, definition)), Equal((Partial(a, b), partial)), partial, Value(rng.normal()),
                     Value(rng.normal()*10.0**rng.integers(-9, 9)), Times((Partial("L", a), Partial(a, b))),
                     Value(rng.normal())))
        xs.append(a)
    return Document("Long", (Table(tuple("abcdefgh"), tuple(rows), (4, 5, 7)),))


@pytest.mark.nightly
@pytest.mark.parametrize("render", [lambda d: text(d, 100, False), lambda d: text(d, 100, True), markdown, latex, html],
                         ids="text ascii markdown latex html".split())
def test_seconds(render):
    document, start = table(ROWS), time.process_time()
    render(document)
    assert soon(start, SECONDS)

"""What has a document shows itself in every way, and a Model is such."""
import subprocess
import sys

import pytest

import symdiff as sd
from symdiff.document.blocks import Document, Paragraph
from symdiff.document.html import html
from symdiff.document.latex import latex
from symdiff.document.markdown import markdown
from symdiff.document.shown import Shown
from symdiff.document.text import text

DOCUMENT = Document("ξ", (Paragraph("words & ξ"),))


class Example(Shown):
    def document(self):
        return DOCUMENT


@pytest.fixture
def model():
    n, d = sd.sizes("n d")
    return sd.Model("h = tanh(X @ W + b)\np = sigmoid(h @ v)", loss="-mean(y*log(p) + (1 - y)*log(1 - p))",
                    parameters={"W": (d, 5), "b": (5,), "v": (5,)}, data={"X": (n, d), "y": (n,)})


def test_each_way():
    shown = Example()
    assert shown.text(40, ascii=True) == text(DOCUMENT, 40, True) == "xi\n==\n\nwords & xi"
    assert shown.markdown() == markdown(DOCUMENT)
    assert shown.latex() == latex(DOCUMENT) and shown.latex(whole=False) == latex(DOCUMENT, False)
    assert shown.html() == html(DOCUMENT) and shown.html(whole=False) == html(DOCUMENT, False)
    assert str(shown) == repr(shown) == text(DOCUMENT)
    assert shown._repr_html_() == html(DOCUMENT, False) and shown._repr_latex_() == latex(DOCUMENT, False)


def test_a_model(model):
    shown = model.text(60, ascii=False).split("\n")
    assert shown[:2] == ["Model", "═════"] and "W     │ (d, 5) │ parameter" in shown
    assert "y     │ (n,)   │ data" in shown
    assert "    h = tanh(X @ W + b)" in shown and "    loss = -mean(y*log(p) + (1 - y)*log(1 - p))" in shown
    assert repr(model).startswith("Model\n  parameters")                    # the short form stays at the prompt
    assert "<mi>tanh</mi>" in model._repr_html_() and model._repr_latex_().startswith(r"\section*{Model}")
    assert model.markdown().count("```math") == 3 and model.html().startswith("<!DOCTYPE html>")


def test_a_long_model_is_cut():
    model = sd.Model([(f"h{k + 1}", f"sin(h{k})") for k in range(60)])
    shown = model.text(80, ascii=True)
    assert "h40 = sin(h39)" in shown and "h41" not in shown and "... and 20 more equations." in shown


def test_a_loss_that_is_an_equation_is_shown_once():
    model = sd.Model("loss = a*x**2", loss="loss", parameters={"a": ()})
    assert model.text(80, ascii=True).count("loss = ") == 1


@pytest.mark.parametrize("made", [
    "sd.Model('z = a*x', loss='z**2', parameters={'a': ()})",
    "sd.load(path)"])
def test_every_model_of_the_public_names_shows_itself(made, tmp_path):
    path = tmp_path/"a.toml"
    path.write_text('loss = "z**2"\n[parameters]\na = []\n[data]\nx = []\n[equations]\nz = "a*x"\n', encoding="utf-8")
    program = f"import symdiff as sd\npath = {str(path)!r}\nprint({made}._repr_html_()[:21])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == '<div class="symdiff">\n', ran.stderr

"""SVG, DOT and Mermaid of a drawing: each is read back by a reader of its own, with any name in it."""
import html
import re
import xml.etree.ElementTree as ET

import pytest

import symdiff as sd
from symdiff.picture.dot import dot
from symdiff.picture.drawing import Arrow, Box, Drawing, plain
from symdiff.picture.mermaid import mermaid
from symdiff.picture.picture import Picture
from symdiff.picture.svg import SIZE, text
from symdiff.picture.typeset import Run, fitted, named, typeset, width
from tests.symdiff.picture.odd import ODD

SVG = "{http://www.w3.org/2000/svg}"


def drawing(odd):
    boxes = (Box("a", "parameter", plain("head", odd)),
             Box("b", "data", plain("head", odd), None, (plain("size", odd),)),
             Box("c", "fold", plain("head", "c"), plain("head", odd), copies=3), Box("d", "output", plain("head", "d")))
    arrows = (Arrow("a", "c", plain("partial", odd)), Arrow("b", "c"), Arrow("c", "d"), Arrow("a", "d"))
    return Drawing(odd, odd, boxes, arrows)


def shown(line):
    """What can be seen of a text."""
    return "".join(c if c.isprintable() else " " for c in line)


# -- SVG --------------------------------------------------------------------------------------------------------------

def seen(svg):
    """The texts of an SVG by its own structure: each with its raised and lowered parts put in line."""
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(SVG + "text")]


@pytest.mark.parametrize("odd", ODD)
def test_svg_holds_any_name(odd):
    root = ET.fromstring(Picture(drawing(odd)).svg)
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in
                                                         "svg title desc style rect path g text tspan".split()}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]
    titles = [element.text for element in root.iter(SVG + "title")]
    if all(c.isprintable() for c in odd):
        assert titles[0] == odd and f"c = {odd}" in titles and f"{odd}\n{odd}" in titles


def test_svg_needs_nothing_else():
    svg = sd.picture("exp(w*x)", "w", at={"w": 1, "x": 2}).svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "") and "url(" not in svg and "<script" not in svg
    assert "prefers-color-scheme: dark" in svg and 'role="img"' in svg
    assert " id=" not in svg                                      # several can stand in one page


def test_every_dark_colour_belongs_to_something_with_a_light_one():
    svg = sd.picture("exp(w*x)", "w", at={"w": 1, "x": 2}).svg
    rules = set(re.findall(r"\.sd-drawing \.([\w-]+)\{", svg))
    for element in ET.fromstring(svg).iter():
        for name in element.attrib.get("class", "").split():
            assert name in rules or name == "sd-drawing"
            assert name == "sd-drawing" or element.attrib["fill" if name[0] == "f" else "stroke"].startswith("#")


# widths of Times, thousandths of the size: upright and italic (Adobe's metrics)
TIMES = (
    {180: "'", 200: "|", 250: " ,.", 278: "/:;\\ijlt", 333: "!()-I[]`fr", 389: "Js", 408: '"', 444: "?acez", 469: "^",
     480: "{}", 500: "#$*0123456789_bdghknopquvxy", 541: "~", 556: "FPS", 564: "+<=>", 611: "ELTZ", 667: "BCR",
     722: "ADGHKNOQUVXYw", 778: "&m", 833: "%", 889: "M", 921: "@", 944: "W"},
    {214: "'", 250: " ,.", 275: "|", 278: "/\\fijlt", 333: "!()-:;I`", 389: "[]rsz", 400: "{}", 420: '"', 422: "^",
     444: "Jcekvxy", 500: "#$*0123456789?S_abdghnopqu", 541: "~", 556: "LTYZ", 611: "ABEFPRVX", 667: "CKNw",
     675: "+<=>", 722: "DGHOQUm", 778: "&", 833: "%MW", 920: "@"})


@pytest.mark.parametrize("times", TIMES)
def test_letters_are_taken_as_wide_as_those_of_times_or_somewhat_wider(times):
    real = {letter: thousandths for thousandths, letters in times.items() for letter in letters}
    assert len(real) == 95
    for letter, thousandths in real.items():
        assert thousandths <= width((Run(letter, False, 0),), 1000) <= thousandths + 230, letter


def test_lines_fit_their_boxes():
    svg = sd.picture("log(1 + exp(first_weight*x1 + second_weight*x2))", at=dict.fromkeys(
        ["first_weight", "second_weight", "x1", "x2"], 0.123456789)).svg
    groups = [group for group in ET.fromstring(svg).iter(SVG + "g")
              if None not in (group.find(SVG + "rect"), group.find(SVG + "title"))]
    for group in groups:
        for line in group.findall(SVG + "text"):
            runs = (Run("".join(line.itertext()), False, 0),)
            assert 0.8*width(runs, float(line.attrib["font-size"])) < float(group.find(SVG + "rect").attrib["width"])
    assert len(groups) > 8


# -- DOT --------------------------------------------------------------------------------------------------------------

STRING = r'"(?:[^"\\]|\\.)*"'
VALUE = rf"(?:{STRING}|[\w.]+)"
ATTRIBUTES = rf"(?: \[{'{0}={1}(?:, {0}={1})*'.format('[a-z]+', VALUE)}\])?"
STATEMENT = re.compile(rf"  (?:rankdir=LR|(?:node|edge|n\d+|n\d+ -> n\d+){ATTRIBUTES});")


def unquoted(string):
    """The lines of a string of DOT, as Graphviz shows them."""
    body, lines, k = string[1:-1], [""], 0
    while k < len(body):
        if body[k] == "\\":
            k += 1
            if body[k] == "n":
                lines.append("")
            else:
                lines[-1] += body[k]
        else:
            lines[-1] += body[k]
        k += 1
    return [html.unescape(line) for line in lines]


@pytest.mark.parametrize("odd", ODD)
def test_dot_is_read_back(odd):
    given = drawing(odd)
    first, *lines, last, end = dot(given).split("\n")
    assert re.fullmatch(rf"digraph {STRING} \{{", first) and (last, end) == ("}", "")
    assert all(STATEMENT.fullmatch(line) for line in lines)
    labels = [re.search(rf"label=({STRING})", line)[1] for line in lines if re.match(r"  n\d+ \[", line)]
    assert [unquoted(label) for label in labels] == [[shown(line) for line in box.lines] for box in given.boxes]
    assert sum(" -> " in line for line in lines if "label" not in line) == 3


# -- Mermaid ----------------------------------------------------------------------------------------------------------

SHAPE = r'(?:\(\["{0}"\]\)|\[/"{0}"/\]|\["{0}"\]|\("{0}"\)|\[\["{0}"\]\])'.replace("{0}", '([^"]*)')
NODE = re.compile(rf"  (n\d+){SHAPE}:::([a-z]+)")
ARROW = re.compile(r'  n\d+ -->(?:\|"([^"]*)"\|)? n\d+')


@pytest.mark.parametrize("odd", ODD)
def test_mermaid_is_read_back(odd):
    given = drawing(odd)
    first, *lines = mermaid(given).rstrip("\n").split("\n")
    assert first == "flowchart LR"
    nodes = [NODE.fullmatch(line) for line in lines if re.match(r"  n\d+\S", line)]
    labels = [next(group for group in found.groups()[1:-1] if group is not None) for found in nodes]
    read = [[re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line) for line in label.split("<br>")]
            for label in labels]
    assert read == [[shown(line) for line in box.lines] for box in given.boxes]
    arrows = [line for line in lines if "-->" in line]
    assert all(ARROW.fullmatch(line) for line in arrows) and len(arrows) == 4
    # outside of quotes nothing of a name is left, and inside nothing that Mermaid or Markdown reads
    assert not re.search(r"[<>`*_~\\|{}]", "".join(labels).replace("<br>", ""))
    assert not any(re.match(r"[-+]|\d+[.)]", line) for label in labels for line in label.split("<br>"))


# -- mathematics ------------------------------------------------------------------------------------------------------

def marked(runs):
    """^ before what is raised, _ before what is lowered."""
    return "".join({1: "^", -1: "_", 2: "^_"}.get(run.shift, "") + run.text for run in runs)


@pytest.mark.parametrize("formula, wanted", [
    ("-w*x", "−w·x"), ("exp(ξ₁)", "e^ξ^_1"), ("exp(-9)", "e^−9"), ("x**2", "x^2"), ("x**(n+1)", "x^n^+1"),
    ("2**x**3", "2^x^3"), ("1/(1 + ξ₂)", "1/(1 + ξ_2)"), ("X @ W1 + b1", "X\u2009W_1 + b_1"), ("A.T @ x", "A^T\u2009x"),
    ("1.5e-05", "1.5·10^−5"), ("sqrt(x)", "√(x)"), ("a <= b", "a ≤ b"), ("beta_0*alpha", "β_0·α"),
    ("a**f(x)", "a^f(^x^)"), ("((", "(("), ("x**", "x^"), ("", ""),
])
def test_typeset(formula, wanted):
    assert marked(typeset(formula)) == wanted


def test_a_line_is_cut_where_it_is_long():
    runs = typeset("a + " + "b"*200)
    assert width(fitted(runs, 16, 100), 16) <= 100 < width(runs, 16)
    assert fitted(runs, 16, 100)[-1].text.endswith("…")
    assert fitted(named("w"), 16, 100) == named("w")


def test_control_characters_are_no_xml():
    assert text("a\x00\x1b<\n") == "a\ufffd\ufffd&lt; " and SIZE[0] == 1

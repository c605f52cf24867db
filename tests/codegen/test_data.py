"""Tables to arrays: standardising, words, missing values, and what each mistake in a file is answered by."""
import numpy as np
import pytest

import symdiff as sd
from codegen.data import arrays_of, read_table

ROWS = "age,sex,pain,y\n20,f,low,1\n40,m,high,0\n60,f,mid,1\n"
MODEL = """
loss = "sum((y - X @ w)**2)"
[data]
X = ["n", "d"]
y = ["n"]
[parameters]
w = ["d"]
[table]
{settings}
[table.arrays]
X = {X}
y = "y"
{tables}
"""
WORDS = "[table.maps]\nsex = {f = 1, m = -1}\n[table.dummies]\npain = \"sorted\"\n"


def columns(tmp_path, X='["age", "sex", "pain"]', settings="", tables=WORDS):
    path = tmp_path/"model.toml"
    path.write_text(MODEL.format(X=X, settings=settings, tables=tables))
    return sd.load(path).columns


def table(tmp_path, text=ROWS, name="rows.csv", delimiter=","):
    path = tmp_path/name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, delimiter)


def test_columns_side_by_side(tmp_path):
    data = arrays_of(columns(tmp_path), table(tmp_path))
    assert data.labels == {"X": ["age", "sex", "pain low", "pain mid"]}            # high, the first word, is the base
    assert data.arrays["X"].tolist() == [[20, 1, 1, 0], [40, -1, 0, 0], [60, 1, 0, 1]]
    assert data.arrays["y"].tolist() == [1, 0, 1] and data.notes() == ["3 rows"]


def test_one_hot_has_a_column_for_every_word(tmp_path):
    spec = columns(tmp_path, '["pain"]', tables='[table.one_hot]\npain = ["low", "mid", "high"]\n')
    data = arrays_of(spec, table(tmp_path))
    assert data.arrays["X"].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_new_rows_are_brought_into_the_form_of_those_learned_from(tmp_path):
    spec = columns(tmp_path, '["*"]', "standardise = true")
    first = arrays_of(spec, table(tmp_path))
    assert first.arrays["X"][:, 0] == pytest.approx(np.array([-1, 0, 1])*np.sqrt(1.5), rel=1e-15)
    assert first.arrays["X"][:, 1].tolist() == [1, -1, 1] and first.arrays["y"].tolist() == [1, 0, 1]
    new = arrays_of(spec, table(tmp_path, "pain,age,sex,more\nlow,50,m,0\n"), first.learned, {"X"})
    assert new.arrays["X"] == pytest.approx(np.array([[np.sqrt(1.5)/2, -1, 1, 0]]), rel=1e-15) and "y" not in new.arrays


def test_what_is_missing(tmp_path):
    text = ROWS + "NA,f,low,1\n50,,low,0\n"
    with pytest.raises(sd.SpecError, match="age 1, sex 1") as error:
        arrays_of(columns(tmp_path), table(tmp_path, text))
    assert "rows.csv:5: column age" in str(error.value)
    data = arrays_of(columns(tmp_path, settings='missing = "drop"'), table(tmp_path, text))
    assert data.kept.tolist() == [0, 1, 2] and data.missing == {"age": 1, "sex": 1}
    data = arrays_of(columns(tmp_path, settings='missing = "mean"'), table(tmp_path, text))
    assert data.kept.tolist() == [0, 1, 2, 3]                                       # words have no mean
    assert data.arrays["X"][3, 0] == 40 and data.learned["mean"]["age"] == 40
    with pytest.raises(sd.SpecError, match="no row has a value"):
        arrays_of(columns(tmp_path, settings='missing = "drop"'), table(tmp_path, "age,sex,pain,y\n?,f,low,1\n"))


def test_files_of_other_programs(tmp_path):
    text = ROWS.replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig")
    spec = columns(tmp_path, settings='delimiter = ";"')
    data = arrays_of(spec, table(tmp_path, text, delimiter=spec.delimiter))
    assert data.arrays["X"][2, 0] == 60
    data = arrays_of(columns(tmp_path), table(tmp_path, ROWS.replace("40,m", '"40", m ')))
    assert data.arrays["X"][1].tolist() == [40, -1, 0, 0]


@pytest.mark.parametrize("text, words", [
    ("", "no rows"), ("age,sex\n", "no rows"), ("age,age\n1,2\n", "two columns"), ("1,2\n3,4\n", "holds numbers"),
    ("age,sex\n1\n", "rows.csv:2"), (b"\xff\xfea", "no table"), ('a,b\n"1,2\n', "no table"),
    (ROWS.replace("40", "4O"), "rows.csv:3: column age"), (ROWS.replace("40", "inf"), "no finite number"),
    (ROWS.replace("40", "1_0"), "no finite number"), (ROWS.replace("40", "1e999"), "no finite number"),
    (ROWS.replace(",m,", ",x,"), "none of the words"), (ROWS.replace("age", "Age"), "did you mean 'Age'"),
    (ROWS.replace("low", "high").replace("mid", "high"), "column pain"),
])
def test_mistakes_in_a_table(tmp_path, text, words):
    spec = columns(tmp_path)
    with pytest.raises(sd.SpecError, match=words) as error:
        arrays_of(spec, table(tmp_path, text))
    assert error.value.do and "rows.csv" in str(error.value)


def test_a_column_of_one_value_is_not_standardised(tmp_path):
    with pytest.raises(sd.SpecError, match="one value in all rows"):
        arrays_of(columns(tmp_path, settings='standardise = ["age"]'),
                  table(tmp_path, "age,sex,pain,y\n2,f,low,1\n2,m,mid,1\n"))


@pytest.mark.parametrize("settings, words", [
    ({"settings": 'mising = "drop"'}, "did you mean `missing`"),
    ({"settings": 'missing = "zero"'}, "refuse, drop, mean"),
    ({"settings": "standardise = 3"}, "list of text"), ({"settings": 'standardise = ["pain"]'}, "not standardised"),
    ({"settings": 'delimiter = ",,"'}, "one character"), ({"X": '"age"'}, "2 axes"), ({"X": "[]"}, "no column"),
    ({"X": '["age", "age"]'}, "twice"), ({"X": '["age"]\nQ = "age"'}, "no data 'Q'"), ({"X": "3"}, "list of text"),
    ({"tables": "[table.maps]\nsex = {}\n"}, "their numbers"),
    ({"tables": '[table.maps]\nsex = {f = "1"}\n'}, "their numbers"),
    ({"tables": '[table.dummies]\npain = ["low"]\n'}, "fewer than two"),
    ({"tables": WORDS + '[table.one_hot]\npain = "sorted"\n'}, "in dummies and in one_hot|in one_hot and in dummies"),
])
def test_mistakes_in_a_model_file(tmp_path, settings, words):
    with pytest.raises(sd.SymdiffError, match=words) as error:
        columns(tmp_path, **settings)
    assert "model.toml:" in str(error.value) and error.value.do


@pytest.mark.parametrize("line, words", [
    ("epoch = 3", "did you mean `epochs`"), ("epochs = 3.5", "a whole number"), ("rate = true", "a number"),
    ("betas = [1]", "two numbers"), ("method = 3", "text"), ("shuffle = 1", "true or false"),
    ("rate = nan", "a number"),
])
def test_mistakes_in_the_settings_of_training(tmp_path, line, words):
    path = tmp_path/"model.toml"
    path.write_text(f'loss = "x**2"\n[training]\n{line}\n')
    with pytest.raises(sd.SpecError, match=words) as error:
        sd.load(path)
    assert "model.toml:3: training." in str(error.value)

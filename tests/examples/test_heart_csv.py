"""The heart-disease table: the facts known of it, and equality with the reference table, field by field."""
import csv
from collections import Counter
from pathlib import Path

import pytest

COLUMNS = ["Age", "Sex", "ChestPain", "RestBP", "Chol", "Fbs", "RestECG",
           "MaxHR", "ExAng", "Oldpeak", "Slope", "Ca", "Thal", "AHD"]
WORDS = {"ChestPain": {"typical", "nontypical", "nonanginal", "asymptomatic"},
         "Thal": {"normal", "fixed", "reversable", "NA"},
         "AHD": {"No", "Yes"}}


def read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def parsed(column: str, text: str) -> float | str:
    return text if column in WORDS or text == "NA" else float(text)


@pytest.fixture(scope="module")
def rows(project):
    return read(project / "examples" / "heart.csv")


def test_303_rows_of_14_columns(rows):
    assert len(rows) == 303
    assert all(list(row) == COLUMNS for row in rows)


def test_six_rows_are_incomplete_in_ca_or_thal(rows):
    missing = [[c for c in COLUMNS if row[c] == "NA"] for row in rows]
    assert Counter(map(tuple, filter(None, missing))) == {("Ca",): 4, ("Thal",): 2}


def test_the_labels(rows):
    assert Counter(row["AHD"] for row in rows) == {"No": 164, "Yes": 139}


def test_words_are_known_and_all_else_is_a_number(rows):
    for row in rows:
        for column in COLUMNS:
            value = parsed(column, row[column])
            assert value == "NA" or column not in WORDS or value in WORDS[column]
    assert {row["ChestPain"] for row in rows} == WORDS["ChestPain"]


def test_equal_to_the_reference_table(rows, shared):
    path = shared / "data" / "Heart.csv"
    if not path.is_file():
        pytest.skip(f"no reference table: {path} is not there")
    reference = read(path)
    assert len(reference) == len(rows)
    differences = [(number, column, row[column], wanted[column])
                   for number, (row, wanted) in enumerate(zip(rows, reference), start=1)
                   for column in COLUMNS
                   if parsed(column, row[column]) != parsed(column, wanted[column])]
    assert differences == []

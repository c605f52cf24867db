"""The closed form, the estimates and descent are one line: NumPy's."""
import csv

import numpy as np
import pytest


def test_one_line_three_ways(example, project, capsys):
    with open(project / "examples" / "heart.csv", newline="", encoding="utf-8") as file:
        ages, rates = zip(*[(float(row["Age"]), float(row["MaxHR"])) for row in csv.DictReader(file)])
    wanted = tuple(np.polyfit(ages, rates, 1))
    for line in example("regression").main().values():
        assert line == pytest.approx(wanted, rel=1e-9)
    text = capsys.readouterr().out
    assert "slope = sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)" in text
    assert "intercept = mean(y) - slope*mean(x)" in text

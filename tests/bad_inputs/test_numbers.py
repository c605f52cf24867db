"""The list of bad inputs, 1 to 106: each number is in the name of a test, here or beside what it is about."""
import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ITEMS = range(1, 107)

# Those whose faults are tried where the part that meets them is tested.
ELSEWHERE = {
    86: ("codegen/test_cache.py", "test_a_folder_others_can_write_is_not_used"),
    87: ("codegen/test_cache.py", "test_where_nothing_can_be_written_it_runs_and_warns_once"),
    88: ("codegen/test_cache.py", "test_a_full_disk"),
    89: ("codegen/test_cache.py", "test_processes"),
    91: ("codegen/test_cache.py", "test_two_kernels_never_mix"),
    92: ("codegen/test_cache.py", "test_the_digest_holds_whatever_decides_the_code"),
    93: ("codegen/test_cache.py", "test_processes"),
    97: ("codegen/train/test_train.py", "test_a_real_interruption"),
    98: ("codegen/test_execute.py", "test_without_the_compiler"),
    103: ("codegen/test_cli.py", "test_doctor_finds_what_stands_in_front"),
    105: ("codegen/test_cli.py", "test_a_reader_that_leaves"),
}


def functions_of(path):
    """The names of the tests of a file, in order."""
    return [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def numbered():
    """{number: [names of tests]}: of a range, those numbers that the tables of the file hold."""
    found = {}
    for path in sorted(HERE.glob("test_*.py")):
        held = {int(number) for number in re.findall(r"^\s*[\[{(]*\"?(\d+)[ :,]", path.read_text(encoding="utf-8"), re.M)}
        held |= {int(number) for number in re.findall(r"\((\d+), ", path.read_text(encoding="utf-8"))}
        held |= {int(number) for number in re.findall(r"^ +\"(?:\d+ )*(\d+) ", path.read_text(encoding="utf-8"), re.M)}
        for name in functions_of(path):
            words = re.match(r"test_((?:\d+_)+)(to_(\d+)_)?", name)
            if words is None:
                continue
            numbers = [int(word) for word in words[1].split("_") if word]
            if words[3]:
                numbers = [number for number in range(numbers[-1], int(words[3]) + 1) if number in held]
            for number in numbers:
                found.setdefault(number, []).append(f"{path.name}::{name}")
    return found


@pytest.fixture(scope="module")
def found():
    return numbered()


@pytest.mark.parametrize("number", ITEMS)
def test_every_number_has_a_test(found, number):
    place = ELSEWHERE.get(number)
    if place is not None:
        assert place[1] in functions_of(HERE.parent/place[0]), f"{number}: {place[0]} has no test {place[1]}"
    assert number in found or place is not None, f"no test names {number}"


def test_no_number_is_invented(found):
    assert set(found) <= set(ITEMS)

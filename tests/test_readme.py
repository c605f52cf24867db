"""The README is true: its snippets run as printed, its commands exist, its table is what the main command prints."""
import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from symdiff.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(language: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language, each with the line it starts on."""
    text = README.read_text(encoding="utf-8")
    return [(text[:match.start()].count("\n") + 1, match[1])
            for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def commands() -> list[str]:
    return [line.split("#")[0].strip() for _, block in blocks("bash") for line in block.splitlines() if line.strip()]


def test_snippets(tmp_path, monkeypatch):
    """One session, from the first snippet to the last; files are written elsewhere."""
    monkeypatch.chdir(tmp_path)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    names, report = {}, []
    for line, block in blocks("python"):
        test = parser.get_doctest(block, names, "README.md", str(README), line)
        runner.run(test, out=report.append, clear_globs=False)
        names = test.globs
    assert runner.summarize(verbose=False).attempted > 0
    assert not runner.failures, "".join(report)


NAMED = sorted(set(re.findall(r"(?:examples|\.ci|symdiff)/[\w/.]+\w", README.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("file", NAMED)
def test_files_named_exist(file):
    assert (ROOT / file).exists()


@pytest.mark.parametrize("verb", sorted({line.split()[1] for line in commands() if line.startswith("symdiff ")}))
def test_commands_named_exist(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0 and f"symdiff {verb}" in capsys.readouterr().out


def test_extras_named_exist():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    installed = re.findall(r'pip install "\.\[([\w,]+)\]"', README.read_text(encoding="utf-8"))
    extras = {extra for names in installed for extra in names.split(",")}
    assert extras and all(re.search(rf"^{extra} = \[", project, re.MULTILINE) for extra in extras)


WIDTH = "118"                                                   # columns of the terminal that the README shows


@pytest.mark.parametrize("block", [block for _, block in blocks("console")])
def test_what_a_command_prints(block):
    """The first line of a console block is a command, the rest is what it prints, to the end or to a line of dots."""
    first, *expected = block.splitlines()
    assert first.startswith("$ symdiff ")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": WIDTH, "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run([sys.executable, "-m", "symdiff", *shlex.split(first)[2:]], cwd=ROOT, env=environment,
                         capture_output=True, text=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    printed = [line.rstrip() for line in ran.stdout.splitlines()]
    if "..." in expected:
        cut = expected.index("...")
        expected, printed = expected[:cut], printed[:cut]
    assert [line.rstrip() for line in expected] == printed


def test_the_table_is_what_the_main_command_prints():
    environment_python = ".venv/bin/python "
    command, = (line for line in commands() if line.startswith(environment_python + "examples/"))
    arguments = command.removeprefix(environment_python).split()
    importable = {**os.environ, "PYTHONPATH": str(ROOT)}        # the project need not be installed
    ran = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=importable, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    printed = ran.stdout.splitlines()
    (_, table), *_ = blocks("text")
    assert [line for line in table.splitlines() if line and line not in printed] == []

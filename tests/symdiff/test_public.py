"""`import symdiff` costs nothing, and every public name is what the field calls it."""
import subprocess
import sys

import symdiff as sd
from symdiff import language


def run(*arguments, **more):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, **more)


def test_import_is_quick(project):
    text = ("import time; t = time.perf_counter(); import symdiff; print(time.perf_counter() - t)")
    assert min(float(run("-c", text, cwd=project).stdout) for _ in range(3)) < 0.1


def test_every_name_is_there():
    for name in sd.__all__:
        assert callable(getattr(sd, name)), name
    assert set(sd.__all__) <= set(dir(sd))


def test_the_words_of_the_language_are_public():
    assert set(language.WORDS) <= set(sd.__all__)
    assert all(getattr(sd, word) is getattr(language, word) for word in language.WORDS)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(sd, "gradeint")


def test_a_foreign_codegen_is_named(tmp_path, project):
    """Another package called codegen stands in front of ours."""
    (tmp_path / "codegen.py").write_text("")
    text = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(project)!r}]; import symdiff; symdiff.compile"
    ran = run("-c", text, cwd=tmp_path)
    assert ran.returncode and "ImportError" in ran.stderr and str(tmp_path / "codegen.py") in ran.stderr


def test_the_interpreter_ends_in_silence():
    """A formula with decimals, kept by the module, has keys that SymPy hashes."""
    program = "import symdiff as sd; x = sd.array('x'); f = sd.compile(sd.sin(0.1*x) + 0.3); f(x=1.0); g = f.problem.stable"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")

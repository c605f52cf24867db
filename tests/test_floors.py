"""The house stands on floors: imports go one way, and what no module may contain is in none; all read from the source.

Each table below lists the parts of a package from the ground up.  A part may import what stands below it or beside it,
never what stands above it, and no parts import each other in a circle.
"""
import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {
    "symdiff": [
        {"errors", "files", "lengths"},
        {"graph"},
        {"primitives"},
        {"language", "formulas", "constraints", "toml", "modes", "model"},
        {"read", "write", "evaluate", "instantiate", "operations", "bounds", "entries", "bands"},
        {"derive", "passes", "reference"},
        {"elimination"},
        {"precise", "tidy"},
        {"closed", "numpy_source"},
        {"document"},
        {"validity", "derivation", "picture", "verify", "stationary", "spec", "models"},
    ],
    "codegen": [
        {"loops", "named", "settings", "threads", "unnamed"},
        {"products", "alone", "expand", "routines", "scalars", "collector", "interpret", "lower", "translate", "vectormath"},
        {"merge", "rows", "fuse", "plan"},
        {"emit"},
        {"assemble", "jit", "cache"},
        {"builtin", "entry", "fastcall", "team"},
        {"execute"},
        {"precise"},
        {"frontdoor", "kinds", "buffers", "accuracy", "check", "blame", "documents", "export", "numbers",
         "data", "plot"},
        {"flat"},
        {"compiled"},
        {"compile"},
        {"train", "doctor"},
        {"fit", "bench", "folder", "estimators"},
        {"cli"},
    ],
}
DOORS = {"symdiff/__init__.py", "symdiff/__main__.py"}         # where symdiff may name codegen
THROUGH_THE_DOOR = {"symdiff.numbers_of"}                      # machine code that symdiff asks for, where it is there
FACES = DOORS | {"codegen/__init__.py"}                         # a package's face may import any of its parts
REFERENCE_USES = {"symdiff.language", "symdiff.errors"}         # all that the reference knows of us
MATHEMATICS = {"sympy", "mpmath", "numpy", "scipy"}
MACHINE = MATHEMATICS | {"numba", "llvmlite"}
SCREENS = {"rich", "tqdm", "matplotlib"}                       # used where they are installed, by train and plot only
RIVALS = {"jax", "torch", "pytensor", "casadi", "autograd"}     # measured against, by bench only
LONGEST_FUNCTION = 60

FILES = sorted(str(path.relative_to(ROOT)) for package in FLOORS for path in (ROOT / package).rglob("*.py"))


def every_file(check):
    """A check of one file goes in; a test of all of them comes out, which names each that is wrong."""
    def test():
        wrong = []
        for file in FILES:
            try:
                check(file)
            except AssertionError as error:
                wrong.append(f"{file}: {error}")
        assert not wrong, "\n".join(wrong)
    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


def module_of(file: str) -> list[str]:
    """symdiff/passes/guard.py -> [symdiff, passes, guard]; a package's __init__ is the package."""
    parts = list(Path(file).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def part_of(file: str) -> tuple[str, str]:
    """The package and the part of it that a file belongs to: symdiff/passes/guard.py -> symdiff, passes."""
    package, *rest = Path(file).with_suffix("").parts
    return package, rest[0]


def target(node: ast.ImportFrom, file: str) -> str:
    """The module that a `from` statement names, relative ones resolved."""
    if not node.level:
        return node.module
    here = module_of(file)
    is_package = Path(file).name == "__init__.py"
    base = here[:len(here) - node.level + is_package]
    return ".".join(base + ([node.module] if node.module else []))


@cache
def imports(file: str) -> set[str]:
    """Dotted names that a file imports, wherever in it: at the top, inside a function, or by import_module("…")."""
    names = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = target(node, file)
            names.update(f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            names.update(a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    return names


def called(call: ast.Call) -> str:
    """The last word of what is called: `sp.sympify(…)` and `sympify(…)` are both sympify."""
    function = call.func
    return getattr(function, "attr", None) or getattr(function, "id", "")


def calls(file: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]


def level(package: str, part: str) -> int | None:
    return next((height for height, floor in enumerate(FLOORS[package]) if part in floor), None)


def ours(name: str) -> bool:
    return name.split(".")[0] in FLOORS


@every_file
def test_every_file_has_a_floor(file):
    package, part = part_of(file)
    known = file in FACES or part == "reference" or level(package, part) is not None
    assert known, f"{file}: say in FLOORS where {package}.{part} stands"


@every_file
def test_imports_go_down(file):
    package, part = part_of(file)
    if file in FACES or level(package, part) is None:
        return
    for name in sorted(imports(file)):
        words = name.split(".")
        if words[0] != package or name in THROUGH_THE_DOOR:
            continue
        assert len(words) > 1, f"{file} imports the whole of {package}: name the part"
        height = level(package, words[1])
        assert height is not None, f"{file} imports {name}, which has no floor"
        assert height <= level(package, part), f"{file} is below {name} and imports it"


@pytest.mark.parametrize("package", FLOORS)
def test_parts_do_not_import_in_a_circle(package):
    below = {}
    for file in FILES:
        if file.startswith(package + "/") and file not in FACES:
            part = part_of(file)[1]
            names = {name.split(".")[1] for name in imports(file) if name.startswith(package + ".")}
            below[part] = below.get(part, set()) | (names - {part})
    standing = set()
    while free := {part for part in below if part not in standing and below[part] & set(below) <= standing}:
        standing |= free
    assert standing == set(below), f"these import each other: {sorted(set(below) - standing)}"


@every_file
def test_symdiff_names_codegen_only_at_its_doors(file):
    if file.startswith("symdiff/") and file not in DOORS:
        assert not [name for name in imports(file) if name.split(".")[0] == "codegen"]


@every_file
def test_the_reference_shares_no_formula(file):
    if not file.startswith("symdiff/reference/"):
        return
    allowed = REFERENCE_USES | {"symdiff.reference"}
    for name in filter(ours, imports(file)):
        assert ".".join(name.split(".")[:2]) in allowed, f"{file} imports {name}"
    for call in calls(file):
        numpys = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in {"np", "numpy"}
        assert numpys or called(call) not in {"fdiff", "diff", "evalf"}, f"{file}:{call.lineno} calls {called(call)}"


@every_file
def test_libraries(file):
    """The mathematics runs without Numba; only bench knows other systems, only train what shows its progress."""
    package, part = part_of(file)
    allowed = MATHEMATICS if package == "symdiff" and file not in DOORS else MACHINE
    allowed = allowed | {("codegen", "bench"): RIVALS | {"matplotlib"}, ("codegen", "train"): SCREENS, ("codegen", "plot"): SCREENS,
                         ("codegen", "estimators"): {"sklearn"}}.get((package, part), set())
    foreign = {name.split(".")[0] for name in imports(file) if not ours(name)} - set(sys.stdlib_module_names)
    assert foreign <= allowed, f"{file} imports {sorted(foreign - allowed)}"


@every_file
def test_no_text_is_executed(file):
    """No formula reaches Python's or SymPy's own readers, which run what they read."""
    for call in calls(file):
        by_name = isinstance(call.func, ast.Name) or getattr(getattr(call.func, "value", None), "id", "") == "builtins"
        word = called(call)
        executes = word in {"sympify", "parse_expr"} or by_name and word in {"eval", "exec"}
        assert not executes, f"{file}:{call.lineno} calls {word}"


@every_file
def test_no_except_is_broad(file):
    for handler in (node for node in ast.walk(tree(file)) if isinstance(node, ast.ExceptHandler)):
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        words = {getattr(kind, "id", None) or getattr(kind, "attr", None) for kind in kinds}
        assert not words & {None, "Exception", "BaseException"}, f"{file}:{handler.lineno} catches everything"


@every_file
def test_no_function_is_over_a_page(file):
    for node in ast.walk(tree(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{file}:{node.lineno} {node.name} has {length} lines"


@every_file
def test_a_module_says_what_it_is(file):
    assert (ast.get_docstring(tree(file)) or "").strip(), f"{file} has no docstring"


def python(text: str) -> str:
    """What a fresh interpreter prints of this program."""
    ran = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_import_is_light():
    loaded = python("import sys, symdiff; print(*sys.modules)").split()
    assert not {"sympy", "numba", "numpy", "scipy", "codegen"} & set(loaded)


def test_no_public_name_is_hidden_by_a_module():
    """`sd.sizes` is the verb, whatever has been imported before."""
    modules = [".".join(module_of(file)) for file in FILES if not file.endswith("__main__.py")]
    hidden = python(f"import importlib, types, symdiff\n"
                    f"for module in {modules}: importlib.import_module(module)\n"
                    f"print(*(n for n in symdiff.__all__ if isinstance(getattr(symdiff, n), types.ModuleType)))")
    assert hidden.split() == []

"""The installation goes in; lines that say what it is made of, and what stands in its way, come out."""
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

import symdiff

from . import cache, threads

LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "numba", "llvmlite")
OURS = Path(__file__).resolve().parents[1]


def report():
    """(lines, is it sound?)."""
    troubles = [*_elsewhere(), *_foreign_distributions(), *_in_front(), *_missing()]
    here = machine()
    lines = [f"symdiff-compiler {symdiff.__version__} in {OURS}", here["python"]]
    lines += [f"{name} {version or 'is missing'}" for name, version in here["versions"].items()]
    lines += [here["processor"], f"threads {here['threads']}", _cached()]
    return lines + [f"trouble: {t}" for t in troubles] + ([] if troubles else ["all is sound"]), not troubles


def machine(others=()):
    """{"python", "processor", "threads": what is here, "versions": {library: its version, None where it is missing}},
    of what we stand on and of others.
    """
    return {"python": f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
            "processor": _processor(), "threads": threads.count(),
            "versions": {name: _version(name) for name in (*LIBRARIES, *others)}}


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _missing():
    return [f"{name} is missing; pip install {name}" for name in LIBRARIES if _version(name) is None]


def _processor():
    try:
        from llvmlite import binding
        features = binding.get_host_cpu_features()
        word = ", ".join(f for f in ("avx512f", "avx2", "fma", "neon") if features.get(f))
        return f"processor {binding.get_host_cpu_name()} ({word or 'no vector features known'}), {os.cpu_count()} cores"
    except (ImportError, RuntimeError) as error:
        return f"processor {platform.processor() or 'unknown'} (LLVM does not know it: {error})"


def _cached():
    folder = cache.folder()
    if not folder.is_dir():
        return f"cache {folder}: empty"
    files = [f for f in folder.rglob("*") if f.is_file()]
    kernels = sum(1 for f in files if f.suffix == ".kernel")
    return f"cache {folder}: {kernels} kernels, {sum(f.stat().st_size for f in files)/1e6:.1f} MB"


def _elsewhere():
    """Are symdiff and codegen the two halves of one installation?"""
    other = Path(symdiff.__file__).resolve().parents[1]
    return [] if other == OURS else [f"symdiff is in {other} and codegen in {OURS}: they belong to two installations"]


def _foreign_distributions():
    """Other distributions that install a package called symdiff or codegen."""
    owners = importlib.metadata.packages_distributions()
    return [f"the distribution {owner} installs another {name}; pip uninstall {owner}"
            for name in ("symdiff", "codegen") for owner in sorted(set(owners.get(name, ())) - {"symdiff-compiler"})]


def _in_front():
    """Files on the path that hide ours, or that ours hide."""
    found = []
    for folder in dict.fromkeys(Path(p or os.getcwd()).resolve() for p in sys.path):
        for name in ("symdiff", "codegen", "numba", "sympy"):
            for other in (folder/f"{name}.py", folder/name/"__init__.py"):
                foreign = name in ("symdiff", "codegen") and folder != OURS or name not in ("symdiff", "codegen") and \
                    other.suffix and other.parent == folder
                if foreign and other.is_file():
                    found.append(f"{other} has the name of a package that is needed")
    return found

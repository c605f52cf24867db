"""What the tests share: where the project and its reference data are, and how a sample of the long ladders is drawn."""
import gc
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the project; a test that needs it is skipped where it is missing."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not there")
    return folder


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, default=1, metavar="K",
                     help="of each file's nightly tests run every K-th, the first among them")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what --sample does not draw; the same tests on every run."""
    nightly = defaultdict(list)
    for item in items:
        if item.get_closest_marker("nightly"):
            nightly[item.path].append(item)
    kept = {item for ladder in nightly.values() for item in ladder[::config.getoption("--sample")]}
    left_out = [item for item in items if item.get_closest_marker("nightly") and item not in kept]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_collection_finish():
    """What was imported and collected stays to the end; the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 50)

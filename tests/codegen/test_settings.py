"""What Numba is told in the environment, or in its config, holds for code past Numba."""
import sys

import pytest

from codegen import assemble, cache, settings
from codegen.vectormath import host


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.delitem(sys.modules, "numba.core.config", raising=False)
    for name in ("DISABLE_JIT", "CPU_NAME", "CPU_FEATURES"):
        monkeypatch.delenv(f"NUMBA_{name}", raising=False)


def test_before_numba_is_imported_the_environment_says_it(alone, monkeypatch):
    assert settings.setting("CPU_NAME") is None and not settings.interpreted()
    for text, off in (("1", True), ("0", False), ("", False), ("no number", False)):
        monkeypatch.setenv("NUMBA_DISABLE_JIT", text)
        assert settings.interpreted() is off


def test_afterwards_numba_says_it(monkeypatch):
    from numba.core import config
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(config, "DISABLE_JIT", 0)
    assert not settings.interpreted()
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    assert settings.interpreted()


def test_another_processor(alone, monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    assert host.name() == "generic" and host.features() == ""
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "+avx,+fma,-avx512f")
    assert (host.lanes(), host.registers(), host.has_fma()) == (4, 16, True) or host._is_arm()
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "+avx,+fma,+avx512f")
    assert (host.lanes(), host.registers()) == (8, 32)


def test_a_processor_chosen_between_two_modules(alone, monkeypatch):
    """Code for it was made for the one before, and kept on disk under the name of code for that."""
    before = assemble._machine(), cache.digest_of("any", None)
    assert before == (assemble._machine(), cache.digest_of("any", None))
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    assert assemble._machine() is not before[0] and cache.digest_of("any", None) != before[1]

"""Nothing goes in; what several tests of the machine stand on comes out."""
import pytest

from codegen import threads


@pytest.fixture
def four(monkeypatch):
    """Four threads, whatever the machine has, and a pool of its own."""
    monkeypatch.setattr(threads, "count", lambda: 4)
    monkeypatch.setattr(threads, "_pool", None)
    yield
    if threads._pool:
        threads._pool.shutdown()

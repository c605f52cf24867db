"""What tests of examples share: an example by name, as a module."""
import importlib.util
from functools import cache

import pytest


@pytest.fixture(scope="session")
def example(project):
    """Load an example by name, as a module; once."""
    @cache
    def load(name):
        spec = importlib.util.spec_from_file_location(f"example_{name}", project / "examples" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    return load

"""Parameters of a test go in; the same ones come out, of which only every so many run every time, the others at night."""
import pytest


def sparse(parameters, every):
    """Every so many of the parameters as they are, the first one among them, the others marked as nightly."""
    return [p if k % every == 0 else pytest.param(*(p if isinstance(p, tuple) else (p,)), marks=pytest.mark.nightly)
            for k, p in enumerate(parameters)]

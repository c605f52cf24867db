"""The name of one of Numba's settings goes in, its value comes out, without a start of Numba.

Numba reads NUMBA_… from the environment when it is imported, and a program may change it in numba.config afterwards;
what is made past Numba obeys the same.
"""
import os
import sys


def setting(name):
    """The setting of this name as Numba has it, or as the environment has it for Numba; None where it is not set."""
    config = sys.modules.get("numba.core.config")
    return getattr(config, name, None) if config is not None else os.environ.get(f"NUMBA_{name}")


def interpreted():
    """Is machine code switched off (NUMBA_DISABLE_JIT=1)?"""
    try:
        return bool(int(setting("DISABLE_JIT") or 0))
    except ValueError:
        return False

"""The command `symdiff`, or `python -m symdiff`: arguments go in, text and an exit code come out (codegen.cli)."""
import sys

from . import __version__


def main(arguments=None):
    """The exit code; `--version` is answered without importing anything else."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments in (["--version"], ["-V"]):
        print(f"symdiff-compiler {__version__}")
        return 0
    from codegen.cli import main as run
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())

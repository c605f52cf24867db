"""Epochs that are behind us go in; a bar, or plain lines, or nothing at all, comes out on the screen.

A bar where rich or tqdm is installed, lines where neither is, nothing where the error stream is no terminal.
"""
import sys
import time

EVERY = 2.0                     # seconds between two plain lines


def progress(total, shown=None):
    """Something with `at(done, text)` and `close()`; shown: True, False, or None for: on a terminal only."""
    if shown is None:
        shown = sys.stderr is not None and sys.stderr.isatty()
    if not shown:
        return Silent()
    if sys.stderr is not None and sys.stderr.isatty():
        for bar in (Rich, Tqdm):
            try:
                return bar(total)
            except ImportError:
                continue
    return Lines(total)


class Silent:
    """Says nothing."""

    def at(self, done, text):
        """So many are done."""

    def close(self):
        """It is over."""


class Lines(Silent):
    """A line every two seconds on the error stream."""

    def __init__(self, total):
        self.total, self.last = total, time.monotonic()

    def at(self, done, text):
        if time.monotonic() - self.last >= EVERY:
            self.last = time.monotonic()
            print(f"{done} of {self.total}   {text}", file=sys.stderr, flush=True)


class Tqdm(Silent):
    """tqdm's bar."""

    def __init__(self, total):
        from tqdm import tqdm
        self.bar = tqdm(total=total, leave=False)

    def at(self, done, text):
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self):
        self.bar.close()


class Rich(Silent):
    """rich's bar."""

    def __init__(self, total):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        self.bar = Progress(BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn(),
                            console=Console(stderr=True), transient=True)
        self.bar.start()
        self.task = self.bar.add_task("", total=total)

    def at(self, done, text):
        self.bar.update(self.task, completed=done, description=text)

    def close(self):
        self.bar.stop()

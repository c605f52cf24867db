"""Threads: every chunk once, whoever does it; errors after all have ended; processes that are forked or spawned."""
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import pytest

from codegen import threads


def recorded(chunks, workers, pause=0.0):
    done = []

    def run(low, high, worker):
        time.sleep(pause)
        done.append((low, high, worker, threading.get_ident()))
    threads.share(run, chunks, workers)
    return done


@pytest.mark.parametrize("chunks", [0, 1, 2, 7, 16])
def test_every_chunk_once(four, chunks):
    done = recorded(chunks, 4, 0.002)
    assert sorted(one[:2] for one in done) == [(k, k + 1) for k in range(chunks)]
    of_worker = {}
    for _, _, worker, ident in done:
        assert of_worker.setdefault(worker, ident) == ident             # a worker's tiles belong to one thread
        assert 0 <= worker < 4


def test_the_work_is_shared(four):
    assert len({worker for _, _, worker, _ in recorded(16, 4, 0.02)}) == 4


def test_an_error_is_raised_when_all_have_ended(four):
    running = []

    def run(low, high, worker):
        running.append(low)
        time.sleep(0.01)
        running.remove(low)
        if worker != 0:
            raise ZeroDivisionError(low)

    with pytest.raises(ZeroDivisionError):
        threads.share(run, 16, 4)
    assert not running

    def caller_fails(low, high, worker):
        running.append(low)
        time.sleep(0.01)
        running.remove(low)
        if worker == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        threads.share(caller_fails, 1000, 4)
    assert not running
    assert len(recorded(5, 4)) == 5


def test_calls_within_calls_and_from_many_threads(four):
    total = []

    def outer(low, high, worker):
        threads.share(lambda a, b, w: total.append(a), 5, 4)

    threads.share(outer, 8, 4)
    assert len(total) == 40
    callers = [threading.Thread(target=outer, args=(0, 1, 0)) for _ in range(20)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    assert len(total) == 140


def test_without_helpers(four, monkeypatch):
    def no_more(*_):
        raise RuntimeError("can't start new thread")
    monkeypatch.setattr(threads, "_executor", no_more)
    assert {worker for _, _, worker, _ in recorded(6, 4)} == {0}


def test_count(monkeypatch):
    count = threads.count.__wrapped__
    for name in threads.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for text, wanted in [("3", 3), ("0", None), ("many", None), ("-2", None), ("", None)]:
        monkeypatch.setenv("SYMDIFF_NUM_THREADS", text)
        assert count() == wanted or wanted is None and count() >= 1
    for name, most in (("OMP_NUM_THREADS", 5), ("NUMBA_NUM_THREADS", 6), ("SYMDIFF_NUM_THREADS", 7)):
        monkeypatch.setenv(name, str(most))
        assert count() == most


PROGRAM = '''
import multiprocessing, os, sys, threading
import numpy as np
import symdiff.primitives
from codegen import execute, threads
from codegen.execute import Executable
from symdiff.primitives.build import elementwise, total
from symdiff.primitives.leaf import input
execute.WORK_PER_THREAD = execute.SURE = 1
x = input("x", (30000,))
f = Executable((total(elementwise("exp", x)),), (x,))
values = np.linspace(0.0, 1.0, 30000)

def work(_=None):
    return f((values,))[0]

if __name__ == "__main__":
    assert next(iter([threads.count()])) == 3
    before = work()
    assert threads._pool is not None
    if sys.argv[1] == "fork":
        held = threading.Thread(target=lambda: [work() for _ in range(2000)])
        held.start()
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert set(pool.map(work, range(8))) == {before}
    print("fine")
'''


@pytest.mark.parametrize("how", ["fork", pytest.param("spawn", marks=pytest.mark.nightly),
                                 pytest.param("forkserver", marks=pytest.mark.nightly)])
def test_processes(how, tmp_path, project):
    if how not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {how} here")
    (tmp_path/"program.py").write_text(PROGRAM)
    environment = {**os.environ, "SYMDIFF_NUM_THREADS": "3", "PYTHONPATH": str(project),
                   "SYMDIFF_CACHE_DIR": str(tmp_path/"kernels")}
    ran = subprocess.run([sys.executable, "program.py", how], cwd=tmp_path, env=environment, capture_output=True,
                         text=True, timeout=120)
    assert ran.stdout == "fine\n", ran.stderr

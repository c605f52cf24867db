"""Several threads do the steps of a call: every chunk once, step after step, whoever comes, late or never."""
import ctypes
import threading
import time

import pytest

from codegen import team as team_of
from codegen import threads
from codegen.emit.llvm.fastcall import PATIENT
from codegen.entry import KERNEL
from codegen.team import Rhythm, Team


class Recorded:
    """A kernel in Python that notes what it was asked for, and who asked."""

    def __init__(self, pause=0.0):
        self.done, self.pause, self._called = [], pause, KERNEL(self._run)

    @property
    def address(self):
        return ctypes.cast(self._called, ctypes.c_void_p).value

    def _run(self, table, phase, low, high, worker):
        started = time.monotonic()
        time.sleep(self.pause)
        self.done.append((phase, low, high, worker, threading.get_ident(), started, time.monotonic(), table))


STEPS = [(3, 5, 4), (4, 1, 1), (7, 9, 1), (0, 8, 3), (5, 0, 1)]
RANGES = {3: [(k, k + 1) for k in range(5)], 4: [(0, 1)], 7: [(0, 9)], 0: [(k, k + 1) for k in range(8)], 5: [(0, 0)]}


def right(done, steps=STEPS):
    """Every chunk once, in ranges as the steps have it; no step begins before the last one has ended."""
    for phase, *_ in steps:
        assert sorted(one[1:3] for one in done if one[0] == phase) == RANGES[phase]
    ends = 0.0
    for phase, *_ in steps:
        own = [one for one in done if one[0] == phase]
        assert min(one[5] for one in own) >= ends
        ends = max(one[6] for one in own)
    thread = {}
    for _, _, _, worker, ident, *_ in done:
        assert 0 <= worker < 4 and thread.setdefault(worker, ident) == ident        # whose tiles are one thread's


@pytest.mark.parametrize("pause", [0.0, 0.003])
def test_every_chunk_once_and_step_after_step(four, pause):
    kernel = Recorded(pause)
    team, workers = Team(kernel.address, 1234, STEPS), set()
    for _ in range(3):
        kernel.done.clear()
        team()
        right(kernel.done)
        workers.update(one[3] for one in kernel.done)
    assert {one[7] for one in kernel.done} == {1234}
    assert len(workers) > 1 or not pause


def test_who_never_comes_is_not_missed(four, monkeypatch):
    kernel = Recorded()
    monkeypatch.setattr(threads, "_executor", lambda: (_ for _ in ()).throw(RuntimeError("can't start new thread")))
    Team(kernel.address, 0, STEPS)()
    right(kernel.done)
    assert {one[3] for one in kernel.done} == {0}


def test_who_comes_late_does_nothing(four, monkeypatch):
    """Helpers of the first call begin during the second, and after it."""
    kept, kernel = [], Recorded()
    team = Team(kernel.address, 0, STEPS)
    keep = lambda work, workers: kept.extend((work, w) for w in range(1, workers)) or []              # noqa: E731
    monkeypatch.setattr(threads, "started", keep)
    team()
    monkeypatch.setattr(threads, "started", lambda work, workers: [old(w) for old, w in kept] and [])
    kernel.done.clear()
    team()
    right(kernel.done)
    assert kept and {one[3] for one in kernel.done} == {0}
    for work, worker in kept:
        work(worker)
    right(kernel.done)


def test_an_interruption_comes_after_all_is_done(four, monkeypatch):
    kernel = Recorded()
    team, started = Team(kernel.address, 0, STEPS), threads.started

    def interrupted(work, workers):
        started(work, workers)
        raise KeyboardInterrupt

    monkeypatch.setattr(threads, "started", interrupted)
    with pytest.raises(KeyboardInterrupt):
        team()
    right(kernel.done)


def test_teams_of_many_threads(four):
    """Twenty callers, more than there are helpers, a hundred calls each."""
    wrong = []

    def work():
        kernel = Recorded()
        team = Team(kernel.address, 0, STEPS)
        for _ in range(100):
            kernel.done.clear()
            team()
            try:
                right(kernel.done)
            except AssertionError as error:
                wrong.append(error)

    callers = [threading.Thread(target=work) for _ in range(20)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    assert not wrong


class Clock:
    """Time that passes when it is told to; calls that take their seconds of it."""

    def __init__(self, monkeypatch, alone, together):
        self.now, self.done, self._takes = 100.0, [], {"alone": alone, "together": together}
        monkeypatch.setattr(team_of.time, "perf_counter", lambda: self.now)
        self.rhythm = Rhythm()

    def call(self, gap):
        """How a call is done that comes some seconds after the last one."""
        self.now += gap
        self.rhythm(*[lambda how=how: self._do(how) for how in ("alone", "together")])
        return self.done[-1]

    def _do(self, how):
        self.done.append(how)
        self.now += self._takes[how]


@pytest.mark.parametrize("alone", [60e-6, 5e-3])
def test_a_loop_of_calls_is_done_together(monkeypatch, alone):
    """What counts is the time from the end of a call to the next one, however long the calls take."""
    clock = Clock(monkeypatch, alone, 2*alone)
    clock.call(1.0)
    assert [clock.call(20e-6) for _ in range(5)] == ["together"]*5
    for _ in range(6):
        clock.call(1.0)
    few = PATIENT - clock.rhythm.missed[0]
    assert few == (3 if alone < 1e-4 else 0)                # calls that are done alone elsewhere meanwhile
    clock.rhythm.missed[0] = PATIENT
    assert clock.call(few*alone + (few + 1)*120e-6) == "together"
    clock.call(1.0)
    clock.rhythm.missed[0] = PATIENT
    assert clock.call(few*alone + (few + 1)*300e-6) == "alone"
    assert clock.call(300e-6) == "alone"                    # helpers have gone, and alone is quicker here


@pytest.mark.parametrize("alone, together", [(60e-6, 200e-6), (500e-6, 300e-6)])
def test_calls_by_themselves_are_done_the_quicker_way(monkeypatch, alone, together):
    clock, quicker = Clock(monkeypatch, alone, together), "alone" if alone < together else "together"
    for _ in range(100):
        clock.call(0.01)
    late = clock.done[20:]
    assert late.count(quicker) >= 0.9*len(late)
    assert set(late) == {"alone", "together"}               # the other way is tried now and then
    assert clock.rhythm.missed[0] == (PATIENT if quicker == "together" else PATIENT - 3)     # 180 µs of calls alone
    clock._takes = {"alone": together, "together": alone}   # another machine, as it were
    for _ in range(400):
        clock.call(0.01)
    assert clock.done[-40:].count(quicker) <= 4


def test_a_first_call_that_takes_long_is_forgotten(monkeypatch):
    clock = Clock(monkeypatch, 60e-6, 200e-6)
    clock._takes["alone"] = 1.0
    clock.call(1.0)
    clock._takes["alone"] = 60e-6
    assert [clock.call(0.01) for _ in range(8)][3:] == ["alone"]*5


def test_a_call_that_was_interrupted_teaches_nothing(monkeypatch):
    clock = Clock(monkeypatch, 60e-6, 200e-6)

    def interrupted():
        raise KeyboardInterrupt
    for _ in range(20):
        clock.now += 0.01
        with pytest.raises(KeyboardInterrupt):
            clock.rhythm(interrupted, interrupted)
    assert clock.call(0.01) in ("alone", "together")

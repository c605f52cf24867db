"""The collector is off inside, and as it was before afterwards."""
import gc
import threading

import pytest

from codegen.collector import at_rest


def test_off_inside_and_on_again():
    with at_rest():
        with at_rest():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_inside():
    with pytest.raises(KeyError):
        with at_rest():
            raise KeyError
    assert gc.isenabled()


def test_one_who_keeps_it_off():
    gc.disable()
    try:
        with at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_two_threads():
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with at_rest():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(5)
    with at_rest():
        pass
    assert not gc.isenabled()                           # the other one is still inside
    leave.set()
    thread.join()
    assert gc.isenabled()

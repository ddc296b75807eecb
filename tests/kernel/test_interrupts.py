"""The first Ctrl-C is a wish, the second insists, and other threads are left alone."""

import os
import signal
import threading

import pytest

from tagcat_kernel.interrupts import stopping


def test_the_first_interrupt_is_noted_and_the_second_raises() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stopped:
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_nothing_is_caught() -> None:
    answers: list[bool] = []

    def work() -> None:
        with stopping() as stopped:
            answers.append(stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]

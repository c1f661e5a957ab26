"""Signals that ask the process to end: at once, or between two steps; those that are ignored stay so."""

import os
import signal
import threading

import pytest

from common.base.signals import ENDING, Ended, asked_to_stop, ended_by_signals


@pytest.fixture(autouse=True)
def handlers_stay():
    """Whatever happens, the handlers afterwards are those before."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    assert {number: signal.getsignal(number) for number in ENDING} == before


def send(number):
    os.kill(os.getpid(), number)


def test_these_signals_ask_a_process_to_end():
    """Ctrl-C, what `kill` sends, and a terminal that is closed."""
    assert set(ENDING) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_what_is_going_on_and_says_its_number(number):
    with pytest.raises(Ended) as ended, ended_by_signals():
        send(number)
    assert ended.value.number == number


@pytest.mark.parametrize("number", ENDING)
def test_the_first_signal_asks_and_the_second_ends(number, capfd):
    with pytest.raises(Ended) as ended, asked_to_stop() as stop:
        assert (stop(), stop.number) == (False, None)
        send(number)
        assert (stop(), stop.number) == (True, number)
        send(signal.SIGTERM)
    assert ended.value.number == signal.SIGTERM
    assert stop.number == number
    assert capfd.readouterr().err == "\nstopping after this step; once more ends it at once\n"


@pytest.mark.parametrize("handled", [ended_by_signals, asked_to_stop])
def test_a_signal_that_is_ignored_stays_ignored(handled):
    """As ``nohup`` wants it of SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with handled() as stop:
            send(signal.SIGHUP)
            assert not (stop and stop())
    except Ended:
        pytest.fail("it ended the process")
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_of_its_own_is_left_without_handlers():
    outcome = []

    def work():
        with asked_to_stop() as stop, ended_by_signals():
            outcome.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert outcome == [False]

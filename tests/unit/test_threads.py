"""Threads for calls that block: bounded, daemons, and cancelled calls never begin."""

import threading
from concurrent.futures import Future, wait

import pytest

from azure_migrate_exporter.runtime.threads import DaemonThreads

DEADLINE = 10.0


def ident() -> int:
    return threading.get_ident()


def test_results_and_exceptions_reach_the_one_who_waits() -> None:
    threads = DaemonThreads("t", 2)
    assert threads.submit(divmod, 7, 3).result(DEADLINE) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result(DEADLINE)
    threads.shutdown()


def test_a_free_thread_is_used_again() -> None:
    threads = DaemonThreads("t", 5)
    assert len({threads.submit(ident).result(DEADLINE) for _ in range(20)}) <= 2
    threads.shutdown()


def test_no_more_threads_than_the_limit_and_none_holds_up_an_exit() -> None:
    threads = DaemonThreads("limited", 3)
    release = threading.Event()
    calls: list[Future[bool]] = [threads.submit(release.wait, DEADLINE) for _ in range(10)]
    mine = [thread for thread in threading.enumerate() if thread.name.startswith("limited-")]
    assert len(mine) == 3
    assert all(thread.daemon for thread in mine)
    release.set()
    assert not wait(calls, DEADLINE).not_done
    threads.shutdown()


def test_a_call_cancelled_while_it_waits_is_never_made() -> None:
    threads = DaemonThreads("t", 1)
    release = threading.Event()
    made: list[str] = []
    first = threads.submit(release.wait, DEADLINE)
    second = threads.submit(made.append, "second")
    third = threads.submit(made.append, "third")
    assert second.cancel()
    release.set()
    first.result(DEADLINE)
    third.result(DEADLINE)
    assert made == ["third"]
    threads.shutdown()


def test_threads_end_after_shutdown_and_take_nothing_more() -> None:
    threads = DaemonThreads("ending", 1)
    threads.submit(ident).result(DEADLINE)
    (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("ending-")]
    threads.shutdown()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="shut down"):
        threads.submit(ident)

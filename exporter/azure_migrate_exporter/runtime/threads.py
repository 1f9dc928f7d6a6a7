"""Daemon threads for calls that block and cannot be cancelled.

Python joins the threads of a `ThreadPoolExecutor` when the process exits, so a name server that does not answer would
keep a stopped exporter alive. These threads are daemons. Each kind of call has its own small pool, so that calls that
hang delay only calls of the same kind.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(Executor):
    """An executor for `loop.run_in_executor` with at most `limit` daemon threads, started on demand.

    A cancelled call that has not started never starts; one that has started runs to its end and its result is dropped.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._lock = threading.Lock()
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads = 0
        self._busy = 0
        self._closed = False

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue `call`; start a thread if all existing ones are busy. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the {self._name} threads are shut down")
            self._busy += 1
            if self._busy > self._threads and self._threads < self._limit:
                self._threads += 1
                name = f"{self._name}-{self._threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            context = copy_context()  # with the deadline of the run
            self._calls.put((future, lambda: context.run(call, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002
        """Let the threads end once they are idle. Never waits for a call that hangs."""
        with self._lock:
            self._closed = True
            for _ in range(self._threads):
                self._calls.put(None)

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            try:
                if future.set_running_or_notify_cancel():
                    _settle(future, call)
            finally:
                with self._lock:
                    self._busy -= 1


class DaemonExecutor(ThreadPoolExecutor):
    """`DaemonThreads` as an event loop's default executor, which has to be a `ThreadPoolExecutor`."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(1)  # starts no thread: `submit` goes elsewhere
        self._daemons = DaemonThreads(name, limit)

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `DaemonThreads.submit`."""
        return self._daemons.submit(call, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """See `DaemonThreads.shutdown`."""
        self._daemons.shutdown(wait, cancel_futures=cancel_futures)


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised in the waiting caller
        future.set_exception(error)
    else:
        future.set_result(result)

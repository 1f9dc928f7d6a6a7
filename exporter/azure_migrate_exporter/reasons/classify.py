"""Maps any exception, of any SDK in use, to a reason."""

from collections.abc import Iterator

from azure_migrate_exporter.reasons import CheckError, Reason, amqp, azure, network, vmware, windows

_KINDS = (azure.classify, amqp.classify, vmware.classify, windows.classify, network.classify)


def classify(error: BaseException) -> Reason:
    """The reason of `error`, decided by the innermost exception that has one.

    SDKs wrap: the socket error is two or three exceptions down, and the outer class is often wrong (azure-core's sync
    and async transports disagree about it). An unrecognised exception is a bug of the exporter: internal.
    """
    chain = list(unwrap(error))
    for known in chain:
        if isinstance(known, CheckError):
            return known.reason
    for inner in reversed(chain):
        for kind in _KINDS:
            reason = kind(inner)
            if reason is not None:
                return reason
    return Reason.INTERNAL


def unwrap(error: BaseException) -> Iterator[BaseException]:
    """`error` and the exceptions that it wraps, outermost first."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [getattr(current, name, None) for name in ("inner_exception", "os_error", "reason", "__cause__")]
        queue += [e for e in (*inner, *current.args) if isinstance(e, BaseException)]

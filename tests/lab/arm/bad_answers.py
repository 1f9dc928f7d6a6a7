"""What a trouble does to a request: the request is refused, or its answer is damaged."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.lab.arm import refusals
from tests.lab.arm.faults import Rule, Trouble
from tests.lab.arm.refusals import RefusalError
from tests.lab.http import Response

HTML: Final = ("Content-Type", "text/html; charset=utf-8")
PAGE: Final = b"<!DOCTYPE html><html><head><title>Web gateway</title></head><body>Sign in to go on</body></html>"
"""The page of a proxy in place of ARM's answer."""

_REFUSALS: Final[Mapping[Trouble, Callable[[str], RefusalError]]] = {
    Trouble.UNAVAILABLE: lambda _: RefusalError(503, "ServiceUnavailable", "The service is unavailable now."),
    Trouble.INTERNAL: lambda _: RefusalError(500, "InternalServerError", "The server met an unexpected condition."),
    Trouble.TOKEN_EXPIRED: lambda _: refusals.expired(),
    Trouble.FORBIDDEN: refusals.forbidden,
    Trouble.DELETED: refusals.not_found,
    Trouble.UNREGISTERED: lambda _: refusals.unregistered(),
}


def refusal(rule: Rule, path: str, subscription: str) -> RefusalError | None:
    """The error that refuses the request, if the trouble is a refusal."""
    if rule.trouble is Trouble.THROTTLED:
        return refusals.throttled(subscription, rule.retry_after)
    refuse = _REFUSALS.get(rule.trouble)
    return refuse(path) if refuse else None


def apply(rule: Rule | None, response: Response) -> Response:
    """The answer, damaged by the trouble if that damages answers."""
    match rule and rule.trouble:
        case Trouble.TRUNCATED:
            return Response(200, response.body[: len(response.body) // 2], response.headers)
        case Trouble.CUT:
            return Response(200, response.body, response.headers, cut=True)
        case Trouble.PROXY:
            return Response(200, PAGE, (HTML,))
        case Trouble.PROXY_REFUSES:
            return Response(403, PAGE, (HTML,))
        case _:
            return response

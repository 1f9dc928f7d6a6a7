"""Refusals: their status, and the error that ARM writes into the body."""

import json
from dataclasses import dataclass

from tests.lab.http import Response

JSON = ("Content-Type", "application/json; charset=utf-8")


@dataclass
class RefusalError(Exception):
    """A refusal as ARM sends it."""

    status: int
    code: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """The HTTP response."""
        body = json.dumps({"error": {"code": self.code, "message": self.message}}).encode()
        return Response(self.status, body, (JSON, *self.headers))


def throttled(subscription: str, retry_after: int | None) -> RefusalError:
    """Too many requests."""
    header = () if retry_after is None else (("Retry-After", str(retry_after)),)
    text = f"Number of requests for subscription '{subscription}' exceeded the limit. Please try again later."
    return RefusalError(429, "SubscriptionRequestsThrottled", text, header)


def unauthenticated(code: str, text: str) -> RefusalError:
    """No token, or none that is accepted."""
    challenge = (
        f'Bearer authorization_uri="https://login.lab.example/", error="invalid_token", error_description="{text}"'
    )
    return RefusalError(401, code, text, (("WWW-Authenticate", challenge),))


def expired() -> RefusalError:
    """The token is too old."""
    return unauthenticated("ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.")


def not_found(path: str) -> RefusalError:
    """Nothing has that path."""
    return RefusalError(404, "ResourceNotFound", f"The resource '{path}' was not found.")


def forbidden(path: str) -> RefusalError:
    """The caller has no role there."""
    text = f"The client does not have authorization to perform action 'read' over scope '{path}'."
    return RefusalError(403, "AuthorizationFailed", text)


def unregistered() -> RefusalError:
    """The provider is not registered. The SDK takes the name in quotes out of the text and tries to register it."""
    text = "The subscription is not registered to use namespace 'Microsoft.RecoveryServices'"
    return RefusalError(409, "MissingSubscriptionRegistration", text)

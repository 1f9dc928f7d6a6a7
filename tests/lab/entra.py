"""Microsoft Entra ID as far as an application that wants a token sees it: one address that hands out unsigned JWTs."""

import base64
import json
import time
from collections import Counter
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs

from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, Fault, TcpListener

TENANT: Final = "5f2d5b3c-6f0a-4c0b-9c53-5d7e3a9a1f10"
CLIENT: Final = "0a3c2e7e-3c55-4b57-8c11-6f0f5f0f8f2d"


class LabEntra:
    """Gives a token to whoever knows the secret, or shows any signed assertion (certificate, workload identity)."""

    def __init__(self, certificates: Certificates, secret: str) -> None:
        self.secret = secret
        """What `client_secret` must be; change it to rotate."""
        self.tokens: Counter[str] = Counter()
        """Tokens handed out so far by scope."""
        self._listener = TcpListener(http(self._answer), certificates=certificates)

    async def __aenter__(self) -> Self:
        await self._listener.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._listener.__aexit__(kind, error, traceback)

    @property
    def authority(self) -> str:
        """What goes to `authority` in a credential."""
        return f"https://localhost:{self._listener.port}"

    async def switch(self, fault: Fault) -> None:
        """Break the network, or mend it."""
        await self._listener.switch(fault)

    async def _answer(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.target != f"/{TENANT}/oauth2/v2.0/token":
            return _json(400, {"error": "invalid_request", "error_description": "AADSTS90002: Tenant not found."})
        if form.get("client_secret") != self.secret and "client_assertion" not in form:
            return _json(
                401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
            )
        self.tokens[form["scope"]] += 1
        audience = form["scope"].removesuffix("/.default")
        return _json(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": _jwt(audience)})


def _jwt(audience: str) -> str:
    now = int(time.time())
    claims = {"aud": audience, "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "appid": CLIENT}
    times = {"iat": now - 60, "nbf": now - 60, "exp": now + 3600}
    return ".".join([_part({"alg": "RS256", "typ": "JWT"}), _part({**claims, **times}), _base64(b"unsigned")])


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _json(status: int, value: dict[str, Any]) -> Response:
    return Response(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))

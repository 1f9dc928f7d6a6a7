"""The endpoint: TLS, tokens and faults, before metrics and logs."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from tests.lab.arm import bad_answers, refusals
from tests.lab.arm.faults import Faults, Rule, Trouble
from tests.lab.arm.kinds import Kind
from tests.lab.arm.refusals import JSON, RefusalError
from tests.lab.ca import LabCA
from tests.lab.entra import claims
from tests.lab.http import Request, Response, http
from tests.lab.monitor.logs import LabLogs
from tests.lab.monitor.metrics import LabMetrics
from tests.lab.tcp import Certificates, TcpListener

METRICS: Final = "https://metrics.monitor.azure.com"
"""Audience of tokens for metrics, wherever the endpoint is."""

Rewrite = Callable[[Any], Any]
"""From an answer's JSON to the JSON that is sent in its place."""

_BATCH: Final = re.compile(r"/subscriptions/([^/]+)/metrics:getBatch", re.IGNORECASE)
_QUERY: Final = re.compile(r"/v1/workspaces/([^/]+)/query")


class LabMonitor(TcpListener):
    """Both data planes at one address; tokens are those of a `LabEntra`."""

    def __init__(self, ca: LabCA, *, clock: Clock = SYSTEM_CLOCK, name: str = "monitor") -> None:
        certificates = Certificates.issue(ca, ca.directory, name)
        super().__init__(http(self._respond), certificates=certificates)
        self.clock = clock
        self.metrics = LabMetrics(clock)
        self.logs = LabLogs(clock)
        self.faults = Faults()
        self.audiences: set[str] = set()
        """What a token for logs may be for, beside this endpoint itself."""
        self.rewrite: Rewrite | None = None
        """Changes the JSON of an answer before it is sent."""

    @property
    def url(self) -> str:
        """`endpoint` for either client."""
        return f"https://localhost:{self.port}"

    async def _respond(self, request: Request) -> Response:
        path = unquote(urlsplit(request.target).path)
        rule = self.faults.match(Kind.OTHER, path)
        if rule and rule.trouble is Trouble.SILENT:
            await asyncio.Event().wait()
        try:
            body = self._answer(request, path, rule)
            if self.rewrite is not None:
                body = self.rewrite(body)
            return bad_answers.apply(rule, Response(200, json.dumps(body).encode(), (JSON,)))
        except RefusalError as refusal:
            return refusal.response()

    def _answer(self, request: Request, path: str, rule: Rule | None) -> dict[str, Any]:
        query = dict(parse_qsl(urlsplit(request.target).query))
        batch, workspace = _BATCH.fullmatch(path), _QUERY.fullmatch(path)
        self._check_token(request.headers.get("authorization"), {METRICS} if batch else {self.url, *self.audiences})
        if rule is not None:
            if batch and rule.trouble is Trouble.THROTTLED:
                raise RefusalError(529, "TooManyRequests", "The server is overloaded. Please try again later.")
            if refusal := bad_answers.refusal(rule, path, ""):
                raise refusal
        if batch:
            if query.get("api-version") != "2024-02-01":
                raise RefusalError(400, "UnsupportedApiVersion", "There is no such API version.")
            return self.metrics.answer(batch[1], query, request.body)
        if workspace:
            return self.logs.answer(workspace[1], request.body)
        raise refusals.not_found(path)

    def _check_token(self, header: str | None, audiences: set[str]) -> None:
        try:
            token = claims(header or "")
        except (ValueError, IndexError):
            raise refusals.unauthenticated("InvalidToken", "The access token is missing or invalid.") from None
        if str(token.get("aud", "")).rstrip("/") not in audiences:
            raise refusals.unauthenticated("InvalidAudience", "The access token is for another audience.")
        if token.get("exp", 0) <= time.time():
            raise refusals.expired()

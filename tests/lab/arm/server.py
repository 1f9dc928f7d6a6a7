"""The ARM endpoint: TLS, tokens, rate limits, faults, and the projects behind it."""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from tests.lab.arm import refusals, spoiling
from tests.lab.arm.answers import Answers, Question
from tests.lab.arm.faults import Faults, Rule, Trouble
from tests.lab.arm.kinds import Kind
from tests.lab.arm.limits import Grant, Limits
from tests.lab.arm.paging import Listing, Place, encode, page
from tests.lab.arm.project import LabProject
from tests.lab.arm.refusals import JSON, RefusalError
from tests.lab.arm.requests import Requests, Seen
from tests.lab.arm.routes import POSTED, check_version, find
from tests.lab.ca import LabCA
from tests.lab.entra import LabEntra, claims
from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, Fault, TcpListener

PUBLIC = "https://management.azure.com"
"""What tokens of the public cloud are for."""
Rewrite = Callable[[Kind, Any], Any]
"""From an answer's JSON to the JSON that is sent in its place."""


class LabArm:
    """ARM and Entra ID on loopback. Projects may be added and changed while it runs."""

    def __init__(self, ca: LabCA, *, clock: Clock = SYSTEM_CLOCK, name: str = "arm") -> None:
        self.clock = clock
        self.projects: list[LabProject] = []
        self.page_size = 500
        """Things on a page of any list."""
        self.empty_pages = 0
        """Empty pages, with a link to the next, before the first that has anything."""
        self.rewrite: Rewrite | None = None
        """Changes the JSON of an answer before it is sent."""
        self.faults = Faults()
        self.limits = Limits()
        self.requests = Requests()
        self.audiences = {PUBLIC}
        """What a token may be for, beside this endpoint itself."""
        certificates = Certificates.issue(ca, ca.directory, name)
        self.entra = LabEntra(certificates, secrets.token_hex())
        self._answers = Answers(self.projects)
        self._listener = TcpListener(http(self._respond), certificates=certificates)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.entra)
        await self._stack.enter_async_context(self._listener)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """What goes to `base_url` of a client."""
        return f"https://localhost:{self._listener.port}"

    @property
    def connections(self) -> int:
        """Connections that were opened so far."""
        return self._listener.accepted

    def project(self, name: str, **options: Any) -> LabProject:
        """Add a project; `options` are those of `LabProject`."""
        made = LabProject(name, self.clock, **options)
        self.projects.append(made)
        return made

    async def switch(self, fault: Fault) -> None:
        """Break the network, or mend it."""
        await self._listener.switch(fault)

    async def _respond(self, request: Request) -> Response:
        target = urlsplit(request.target)
        path, query = unquote(target.path), dict(parse_qsl(target.query))
        kind, names = find(path)
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        seen = Seen(kind, path, query, self.clock.monotonic(), headers)
        self.requests.add(seen)
        rule = self.faults.spoil(kind, path)
        if rule:
            await self._hold(rule)
        grant = self.limits.read(names.get("subscription", "tenant"), seen.at)
        try:
            self._refuse(rule, request, Question(path, names, query, request.body), grant)
            body = self._body(kind, request, Question(path, names, query, request.body))
            if self.rewrite is not None:
                body = json.dumps(self.rewrite(kind, json.loads(body))).encode()
            response = spoiling.spoilt(rule, Response(200, body, (JSON,)))
        except RefusalError as refusal:
            response = refusal.response()
        seen.status = response.status
        return self._dressed(response, grant)

    async def _hold(self, rule: Rule) -> None:
        if rule.trouble is Trouble.SILENT:
            await asyncio.Event().wait()
        elif rule.trouble is Trouble.SLOW:
            await self.clock.sleep(rule.delay)

    def _refuse(self, rule: Rule | None, request: Request, question: Question, grant: Grant) -> None:
        """Raises RefusalError for what is not answered at all."""
        self._check_token(request.headers.get("authorization"))
        subscription = question.names.get("subscription", "")
        if rule is not None and (refusal := spoiling.refusal(rule, question.path, subscription)):
            raise refusal
        if grant.retry_after is not None:
            raise refusals.throttled(subscription, grant.retry_after)

    def _body(self, kind: Kind, request: Request, question: Question) -> bytes:
        check_version(kind, question.query.get("api-version"))
        if (request.method == "POST") is not (kind in POSTED):
            raise RefusalError(405, "MethodNotAllowed", f"{request.method} is not supported here.")
        answer = self._answers.answer(kind, question)
        if not isinstance(answer, Listing):
            return encode(answer)
        token = next((value for name, value in question.query.items() if name.lower().endswith("skiptoken")), None)
        try:
            place = Place(self.empty_pages) if token is None else Place.read(token)
            size = min(self.page_size, int(question.query.get("takeToken", self.page_size)))
        except ValueError:
            raise RefusalError(400, "InvalidContinuationToken", "The continuation token is not valid.") from None
        kept = {name: value for name, value in question.query.items() if not name.lower().endswith("skiptoken")}
        return page(answer, place, size, f"{self.url}{quote(question.path)}?{urlencode(kept)}")

    def _check_token(self, header: str | None) -> None:
        if header is None:
            raise refusals.unauthenticated("AuthenticationFailed", "The 'Authorization' header is missing.")
        try:
            told = claims(header)
        except (ValueError, IndexError):
            raise refusals.unauthenticated("InvalidAuthenticationToken", "The access token is invalid.") from None
        if str(told.get("aud", "")).rstrip("/") not in {self.url, *self.audiences}:
            raise refusals.unauthenticated(
                "InvalidAuthenticationTokenAudience", "The access token is for another audience."
            )
        if told.get("exp", 0) <= time.time():  # of the real clock, by which the SDK keeps its tokens
            raise refusals.expired()

    def _dressed(self, response: Response, grant: Grant) -> Response:
        """With the headers that every answer has."""
        remaining = 0 if response.status == 429 else grant.remaining
        headers = (
            ("x-ms-ratelimit-remaining-subscription-reads", str(remaining)),
            ("x-ms-throttling-version", "v2"),
            ("x-ms-request-id", str(uuid.uuid4())),
            ("Date", formatdate(self.clock.time(), usegmt=True)),
        )
        return Response(response.status, response.body, (*response.headers, *headers), cut=response.cut)

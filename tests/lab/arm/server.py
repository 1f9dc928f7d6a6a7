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
from tests.lab.arm import bad_answers, refusals
from tests.lab.arm.answers import Answers, ApiCall
from tests.lab.arm.faults import Faults, Rule, Trouble
from tests.lab.arm.kinds import Kind
from tests.lab.arm.limits import Limits, ReadAllowance
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
"""Audience of tokens of the public cloud."""
Rewrite = Callable[[Kind, Any], Any]
"""From an answer's JSON to the JSON that is sent in its place."""


class LabArm:
    """ARM and Entra ID on loopback. Projects may be added and changed while it runs."""

    def __init__(self, ca: LabCA, *, clock: Clock = SYSTEM_CLOCK, name: str = "arm") -> None:
        self.clock = clock
        self.projects: list[LabProject] = []
        self.page_size = 500
        """Entries on a page of any list."""
        self.empty_pages = 0
        """Empty pages, with a link to the next, before the first entry."""
        self.rewrite: Rewrite | None = None
        """Changes the JSON of an answer before it is sent."""
        self.faults = Faults()
        self.limits = Limits()
        self.requests = Requests()
        self.audiences = {PUBLIC}
        """Accepted audiences of tokens, beside this endpoint itself."""
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
    def port(self) -> int:
        """Where ARM listens."""
        return self._listener.port

    @property
    def url(self) -> str:
        """`base_url` for a client."""
        return f"https://localhost:{self.port}"

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
        """Break the network, or repair it."""
        await self._listener.switch(fault)

    async def _respond(self, request: Request) -> Response:
        target = urlsplit(request.target)
        path, query = unquote(target.path), dict(parse_qsl(target.query))
        kind, names = find(path)
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        seen = Seen(kind, path, query, self.clock.monotonic(), headers)
        self.requests.add(seen)
        rule = self.faults.match(kind, path)
        if rule:
            await self._hold(rule)
        allowance = self.limits.read(names.get("subscription", "tenant"), seen.at)
        try:
            self._refuse(rule, request, ApiCall(path, names, query, request.body), allowance)
            body = self._body(kind, request, ApiCall(path, names, query, request.body))
            if self.rewrite is not None:
                body = json.dumps(self.rewrite(kind, json.loads(body))).encode()
            response = self._with_headers(Response(200, body, (JSON,)), allowance)
            response = bad_answers.apply(rule, response)
        except RefusalError as refusal:
            response = self._with_headers(refusal.response(), allowance)
        seen.status = response.status
        return response

    async def _hold(self, rule: Rule) -> None:
        if rule.trouble is Trouble.SILENT:
            await asyncio.Event().wait()
        elif rule.trouble is Trouble.SLOW:
            await self.clock.sleep(rule.delay)

    def _refuse(self, rule: Rule | None, request: Request, call: ApiCall, allowance: ReadAllowance) -> None:
        """Raises RefusalError for a request that is refused before it is read."""
        self._check_token(request.headers.get("authorization"))
        subscription = call.names.get("subscription", "")
        if rule is not None and (refusal := bad_answers.refusal(rule, call.path, subscription)):
            raise refusal
        if allowance.retry_after is not None:
            raise refusals.throttled(subscription, allowance.retry_after)

    def _body(self, kind: Kind, request: Request, call: ApiCall) -> bytes:
        check_version(kind, call.query.get("api-version"))
        if (request.method == "POST") is not (kind in POSTED):
            raise RefusalError(405, "MethodNotAllowed", f"{request.method} is not supported here.")
        answer = self._answers.answer(kind, call)
        if not isinstance(answer, Listing):
            return encode(answer)
        token = next((value for name, value in call.query.items() if name.lower().endswith("skiptoken")), None)
        try:
            place = Place(self.empty_pages) if token is None else Place.read(token)
            size = min(self.page_size, int(call.query.get("takeToken", self.page_size)))
        except ValueError:
            raise RefusalError(400, "InvalidContinuationToken", "The continuation token is not valid.") from None
        kept = {name: value for name, value in call.query.items() if not name.lower().endswith("skiptoken")}
        return page(answer, place, size, f"{self.url}{quote(call.path)}?{urlencode(kept)}")

    def _check_token(self, header: str | None) -> None:
        if header is None:
            raise refusals.unauthenticated("AuthenticationFailed", "The 'Authorization' header is missing.")
        try:
            token = claims(header)
        except (ValueError, IndexError):
            raise refusals.unauthenticated("InvalidAuthenticationToken", "The access token is invalid.") from None
        if str(token.get("aud", "")).rstrip("/") not in {self.url, *self.audiences}:
            raise refusals.unauthenticated(
                "InvalidAuthenticationTokenAudience", "The access token is for another audience."
            )
        if token.get("exp", 0) <= time.time():  # of the real clock, by which the SDK keeps its tokens
            raise refusals.expired()

    def _with_headers(self, response: Response, allowance: ReadAllowance) -> Response:
        """The answer with the headers that every answer has."""
        remaining = 0 if response.status == 429 else allowance.remaining
        headers = (
            ("x-ms-ratelimit-remaining-subscription-reads", str(remaining)),
            ("x-ms-throttling-version", "v2"),
            ("x-ms-request-id", str(uuid.uuid4())),
            ("Date", formatdate(self.clock.time(), usegmt=True)),
        )
        return Response(response.status, response.body, (*response.headers, *headers), cut=response.cut)

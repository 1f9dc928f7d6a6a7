"""Whatever may answer in the place of a service, as data: `tests.lab.stranger_server` puts it there."""

import asyncio
import gzip
from email.utils import formatdate
from functools import cache
from http import HTTPStatus
from time import time
from typing import Final

from tests.lab.stranger_server import Act, Conversation, End, Shown, Stranger
from tests.lab.tcp import Fault

RETRY_AFTER: Final = 20
"""Seconds for which a stranger that limits wants no request."""
HUGE: Final = 100 * 1000 * 1000
"""Bytes of a huge body, or of a small one once it is unpacked."""
DRIP: Final = 0.2
"""Seconds between two bytes of an answer that drips."""

# --- answers ---------------------------------------------------------------------------------------------------------


def response(status: int, body: bytes = b"", *headers: tuple[str, str]) -> bytes:
    """A whole HTTP answer."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unassigned"
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {len(body)}", *(f"{n}: {v}" for n, v in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


HTML: Final = ("Content-Type", "text/html; charset=utf-8")
JSON: Final = ("Content-Type", "application/json")

_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1>block-page-text</body></html>"
PAGE_TEXT: Final = "block-page-text"
"""What is in every page of a stranger, and in no message of the product."""


def page(status: int, *headers: tuple[str, str]) -> Act:
    """A page for a browser, as a proxy, a front door or a block page has it."""
    title = "Blocked" if status < 400 else HTTPStatus(status).phrase

    async def act(conversation: Conversation) -> None:
        await conversation.say(response(status, _PAGE.format(title).encode(), HTML, *headers))

    return act


def body(content: bytes, *headers: tuple[str, str], status: int = 200) -> Act:
    """An answer with that body."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(response(status, content, *headers))

    return act


def own(status: int, *headers: tuple[str, str]) -> Act:
    """The service's own refusal."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(conversation.own(status, "", *headers))

    return act


def raw(*parts: bytes) -> Act:
    """Bytes, whatever they are."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(*parts)

    return act


async def _nothing(_: Conversation) -> None:
    """Say nothing."""


async def _plain_http(conversation: Conversation) -> None:
    await conversation.reader.read(1)
    await page(400)(conversation)


async def _redirect(conversation: Conversation) -> None:
    await conversation.say(response(302, b"", HTML, ("Location", conversation.elsewhere)))


async def _echo(conversation: Conversation) -> None:
    """Put the whole request, with whatever secret is in it, into the message of a refusal."""
    said = (conversation.head + conversation.body).decode("latin-1")
    await conversation.say(conversation.own(400, " ".join(said.split())))


async def _echo_page(conversation: Conversation) -> None:
    said = (conversation.head + conversation.body).decode("latin-1")
    await conversation.say(response(400, _PAGE.format(said).encode("latin-1"), HTML))


async def _drip(conversation: Conversation) -> None:
    for byte in response(200, b'{"value": [' + b" " * 10_000, JSON):
        await conversation.say(bytes([byte]))
        await asyncio.sleep(DRIP)


async def _endless_headers(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        await conversation.say(f"X-Filler-{number}: {'v' * 1000}\r\n".encode())


async def _huge(conversation: Conversation) -> None:
    await conversation.say(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {HUGE}\r\n\r\n".encode()
    )
    chunk = b" " * 1_000_000
    for _ in range(HUGE // len(chunk)):
        await conversation.say(chunk)


async def _chunked_without_end(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"fffff\r\n" + b" " * 0xFFFFF + b"\r\n"
    for _ in range(HUGE // len(chunk)):
        await conversation.say(chunk)


@cache
def _packed() -> bytes:
    return gzip.compress(b" " * HUGE, 9)


async def _bomb(conversation: Conversation) -> None:
    await conversation.say(response(200, _packed(), JSON, ("Content-Encoding", "gzip")))


_HALF: Final = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"value": ['


def _date() -> str:
    return formatdate(time() + RETRY_AFTER, usegmt=True)


async def _own_429_date(conversation: Conversation) -> None:
    await conversation.say(conversation.own(429, "", ("Retry-After", _date())))


# --- the strangers ---------------------------------------------------------------------------------------------------

_LIST: Final = (
    # The network.
    Stranger("refused", "refuses the connection", Fault.CLOSED),
    Stranger("dropped", "drops every packet", Fault.DROPPED),
    Stranger("reset_at_connect", "resets the connection at its first byte", Fault.RESET),
    Stranger("silent_after_connect", "accepts the connection and says nothing", Fault.SILENT),
    Stranger("silent_after_tls", "says nothing after the TLS handshake", greets=_nothing, end=End.HOLD),
    Stranger("closed_after_tls", "closes after the TLS handshake", greets=_nothing, end=End.CLOSE),
    Stranger("reset_after_tls", "resets after the TLS handshake", greets=_nothing, end=End.RESET),
    Stranger("silent_after_request", "takes the request and says nothing", answers=_nothing, end=End.HOLD),
    Stranger("closed_after_request", "takes the request and closes", answers=_nothing, end=End.CLOSE),
    Stranger("reset_after_request", "takes the request and resets", answers=_nothing, end=End.RESET),
    Stranger("half_head", "closes within the headers", answers=raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), end=End.CLOSE),
    Stranger("half_answer", "closes within the body", answers=raw(_HALF), end=End.CLOSE),
    Stranger("half_answer_silent", "stops within the body", answers=raw(_HALF), end=End.HOLD),
    Stranger("drip", "answers one byte at a time", answers=_drip, end=End.HOLD),
    # Names.
    Stranger("name_gone", "the name does not exist"),
    Stranger("name_server_failing", "the name server fails (SERVFAIL)"),
    Stranger("name_server_silent", "the name server does not answer"),
    Stranger("first_address_dead", "the first of two addresses drops every packet"),
    # TLS.
    Stranger("unknown_ca", "shows a certificate of an unknown CA", Fault.STRANGER),
    Stranger("expired", "shows an expired certificate", Fault.EXPIRED),
    Stranger("other_name", "shows the certificate of another name", shown=Shown.OTHER_NAME),
    Stranger("plain_http", "speaks HTTP without TLS", shown=Shown.NOTHING, greets=_plain_http, end=End.CLOSE),
    Stranger(
        "garbage_for_tls",
        "answers the handshake with random bytes",
        shown=Shown.NOTHING,
        greets=raw(bytes(range(256)) * 4),
        end=End.HOLD,
    ),
    # What is no answer.
    Stranger("garbage", "answers with random bytes", answers=raw(bytes(range(1, 256)) * 8), end=End.CLOSE),
    Stranger("smtp", "greets as a mail server", answers=raw(b"220 mail.example ESMTP\r\n\r\n"), end=End.HOLD),
    Stranger("endless_headers", "sends headers without end", answers=_endless_headers, end=End.CLOSE),
    Stranger("huge_body", "sends 100 MB", answers=_huge, end=End.CLOSE),
    Stranger("chunked_without_end", "sends chunks without end", answers=_chunked_without_end, end=End.CLOSE),
    Stranger("gzip_bomb", "sends 100 kB that unpack to 100 MB", answers=_bomb),
    # Somebody else's answer.
    Stranger("html_200", "200, HTML", answers=page(200)),
    Stranger("empty_200", "200, empty", answers=body(b"")),
    Stranger("object_200", "200, `{}`", answers=body(b"{}", JSON)),
    Stranger("null_200", "200, `null`", answers=body(b"null", JSON)),
    Stranger("list_200", "200, `[]`", answers=body(b"[]", JSON)),
    Stranger("foreign_json_200", "200, foreign JSON", answers=body(b'{"status": "ok", "value": "all well"}', JSON)),
    Stranger(
        "foreign_xml_200",
        "200, foreign XML",
        answers=body(b'<?xml version="1.0"?><rss><a/></rss>', ("Content-Type", "text/xml")),
    ),
    Stranger("redirect", "302 to elsewhere", answers=_redirect),
    Stranger("html_401", "401, HTML", answers=page(401)),
    Stranger("html_403", "403, HTML", answers=page(403)),
    Stranger("html_404", "404, HTML", answers=page(404)),
    Stranger("html_407", "407, HTML", answers=page(407, ("Proxy-Authenticate", 'Basic realm="proxy"'))),
    Stranger("html_429", "429, HTML", answers=page(429)),
    Stranger("html_500", "500, HTML", answers=page(500)),
    Stranger("html_502", "502, HTML", answers=page(502)),
    Stranger("html_503", "503, HTML", answers=page(503)),
    Stranger("html_511", "511, HTML of a captive portal", answers=page(511)),
    # The service's own.
    Stranger("own_401", "the service's own 401", answers=own(401)),
    Stranger("own_403", "the service's own 403", answers=own(403)),
    Stranger("own_429", "the service's own 429, no Retry-After", answers=own(429)),
    Stranger(
        "own_429_seconds", "the same, Retry-After in seconds", answers=own(429, ("Retry-After", str(RETRY_AFTER)))
    ),
    Stranger("own_429_date", "the same, Retry-After as a date", answers=_own_429_date),
    Stranger("own_429_garbage", "the same, Retry-After: soon", answers=own(429, ("Retry-After", "soon"))),
    Stranger("own_429_huge", "the same, Retry-After in 3,000 years", answers=own(429, ("Retry-After", "99999999999"))),
    Stranger("own_500", "the service's own 500", answers=own(500)),
    Stranger("own_503", "the service's own 503", answers=own(503)),
    # Secrets.
    Stranger("echo", "a refusal of the service with the request in its text", answers=_echo),
    Stranger("echo_page", "a page with the request in its text", answers=_echo_page),
)

STRANGERS: Final = {stranger.name: stranger for stranger in _LIST}
"""Every stranger by name."""

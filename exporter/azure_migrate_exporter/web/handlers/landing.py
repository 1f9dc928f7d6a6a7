"""The landing page: the state of every check, failing ones first."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from azure_migrate_exporter.engine.sharding import WHOLE, Shard
from azure_migrate_exporter.engine.status import JobStatus, Outcome
from azure_migrate_exporter.network.machine_proxy import proxy_notices
from azure_migrate_exporter.reasons import REMEDIES
from azure_migrate_exporter.version import revision, version
from azure_migrate_exporter.web.context import CONTEXT, ROUTING, AppContext
from azure_migrate_exporter.web.handlers.responses import text_response

SHOWN_FAILURES: Final = 50

STYLE: Final = files(__package__).joinpath("landing.css").read_text(encoding="utf-8")
_PAGE: Final = Template(files(__package__).joinpath("landing.html").read_text(encoding="utf-8"))
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""For the Content-Security-Policy, which allows only this style."""

_FAILS, _WAITS, _WORKS = range(3)
_STATES: Final = {_FAILS: ("bad", "fails"), _WAITS: ("wait", "waits"), _WORKS: ("good", "works")}


async def landing(request: web.Request) -> web.Response:
    """Render the page."""
    context = request.app[CONTEXT]
    metrics = request.app[ROUTING].metrics.removeprefix("/")
    html = page(context.engine.statuses(), context.clock.time(), _notices(context), metrics, context.shard)
    return text_response(html, content_type="text/html")


def _notices(context: AppContext) -> Iterator[str]:
    """Problems of the exporter itself, one line each."""
    if context.reloader.errors:
        yield "The configuration file is invalid; the previous configuration stays in force:"
        yield from context.reloader.errors
    if context.http.web_config_loaded is False:
        yield "The web configuration or a certificate is invalid; the previous one stays in force. See the log."
    yield from proxy_notices(context.reloader.settings)


def page(
    jobs: Sequence[JobStatus],
    now: float,
    notices: Iterable[str] = (),
    metrics: str = "metrics",
    shard: Shard = WHOLE,
) -> str:
    """The page at `now` (Unix seconds)."""
    ordered = sorted(jobs, key=_state)
    failing = sum(_state(job) == _FAILS for job in jobs)
    return _PAGE.substitute(
        headline=_headline(jobs, failing, shard),
        mood="bad" if failing else "good",
        notices="".join(f'<p class="bad">{escape(notice)}</p>' for notice in notices),
        style=STYLE,
        metrics=escape(metrics),
        version=escape(version()),
        revision=escape(revision()),
        now=_absolute(now),
        checks="\n".join(_check(job, now) for job in ordered)
        or _empty(8, f"None: {_part(shard)} contains nothing to check."),
        failures="\n".join(_failures(jobs, now)) or _empty(5, "None since the start."),
    )


def _part(shard: Shard) -> str:
    return "the configuration" if shard == WHOLE else f"shard {shard} of the configuration"


def _headline(jobs: Sequence[JobStatus], failing: int, shard: Shard) -> str:
    if shard != WHOLE:
        return f"Shard {shard}: {_headline(jobs, failing, WHOLE) if jobs else 'nothing to check'}"
    if not jobs:
        return "Nothing is configured"
    if failing:
        return f"{failing} of {len(jobs)} checks {'fails' if failing == 1 else 'fail'}"
    waiting = sum(_state(job) == _WAITS for job in jobs)
    return f"{len(jobs) - waiting} of {len(jobs)} checks work" if waiting else f"All {len(jobs)} checks work"


def _state(job: JobStatus) -> int:
    if job.last is None:
        return _WAITS
    return _WORKS if job.last.reason is None else _FAILS


def _check(job: JobStatus, now: float) -> str:
    style, word = _STATES[_state(job)]
    if job.last and job.last.reason:
        word = f"{word}: {job.last.reason}"
    probe = "probe?" + urlencode({"collector": job.collector, "target": job.target, "debug": "true"})
    cells = [
        f'<td><b class="{style}">{word}</b></td>',
        _name(job),
        f'<td class="text">{_advice(job.last)}</td>',
        _time("last run", job.last.started if job.last else None, now, absent="not yet"),
        _seconds(job.last.duration if job.last else None),
        _time("last success", job.last_success, now, absent="never"),
        _number("next run", "now") if job.running_since is not None else _time("next run", job.next_run, now),
        f'<td class="n"><a href="{escape(probe)}">run now</a></td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _name(job: JobStatus) -> str:
    return f"<td><i>{escape(job.collector)}</i> {escape(job.target)}</td>"


def _advice(last: Outcome | None) -> str:
    if last is None or last.reason is None:
        return ""
    return f"{escape(last.message)}<br><small>{escape(REMEDIES[last.reason])}</small>"


def _failures(jobs: Iterable[JobStatus], now: float) -> Iterable[str]:
    kept = [(failure, job) for job in jobs for failure in job.failures]
    kept.sort(key=lambda pair: pair[0].started, reverse=True)
    for failure, job in kept[:SHOWN_FAILURES]:
        cells = [
            f'<td><b class="bad">{escape(failure.result)}</b></td>',
            _name(job),
            f'<td class="text">{escape(failure.message)}</td>',
            _number("when", f"{_absolute(failure.started)} <i>{_relative(failure.started, now)}</i>"),
            _seconds(failure.duration),
        ]
        yield f"<tr>{''.join(cells)}</tr>"


def _empty(columns: int, text: str) -> str:
    return f'<tr><td colspan="{columns}">{text}</td></tr>'


def _number(title: str, html: str) -> str:
    return f'<td class="n" title="{title}">{html}</td>' if html else "<td></td>"


def _seconds(seconds: float | None) -> str:
    return _number("took", "" if seconds is None else f"{seconds:.3f} s")


def _time(title: str, moment: float | None, now: float, *, absent: str = "") -> str:
    if moment is None:
        return _number(title, absent)
    return _number(title, f'<time title="{_absolute(moment)}">{_relative(moment, now)}</time>')


def _relative(moment: float, now: float) -> str:
    distance = _distance(abs(now - moment))
    return f"{distance} ago" if moment <= now else f"in {distance}"


def _distance(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _absolute(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"

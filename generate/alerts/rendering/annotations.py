"""The annotations of an alert: what a notification shows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.failures.commands import with_finders
from azure_migrate_exporter.failures.model import Cause, Link, Step, Text
from generate.alerts.groups.evidence import MEASURED
from generate.alerts.model import Alert
from generate.alerts.rendering.renderers import Renderer, RendererFactory
from generate.alerts.values import Values

ARTICLE: Final = Link(
    Text(
        "Microsoft: troubleshoot replication in agentless VMware migration",
        "Microsoft : résoudre les problèmes de réplication dans la migration VMware sans agent",
    ),
    "https://learn.microsoft.com/azure/migrate/vmware/troubleshoot-changed-block-tracking-replication",
)
"""The troubleshooting article, whose address has not changed since 2023."""
THEN: Final = Text("Then:", "Ensuite :")
REQUIRED: Final = ("summary", "description", "fix", "documentation_url", "runbook_url", "dashboard_url")


def annotations(alert: Alert, values: Values, renderer: RendererFactory) -> dict[str, str]:
    """Every annotation by its name."""
    found = {
        "summary": renderer().translated(alert.summary),
        "description": _description(alert, renderer()),
        "fix": _fix(alert, renderer()),
        "documentation_url": documentation_url(alert, values),
        "runbook_url": f"{values.runbook_base_url}/{alert.full_name}.md",
        "dashboard_url": _dashboard_url(alert, values, renderer()),
    }
    if measured := measured_causes(alert):
        causes = renderer()
        found["causes"] = causes.finish(causes.causes(measured))
    return found


def missing(found: Mapping[str, str]) -> list[str]:
    """Names of required annotations that are not there, or empty."""
    return [name for name in REQUIRED if not found.get(name)]


def measured_causes(alert: Alert) -> tuple[Cause, ...]:
    """The documented causes of a failure, if at least two of them are measured for the alert's appliance."""
    if alert.failure is None or alert.causes != alert.failure.causes or "appliance" not in alert.labels:
        return ()
    return alert.causes if sum(cause.id in MEASURED for cause in alert.causes) > 1 else ()


def documentation_url(alert: Alert, values: Values) -> str:
    """The address of the alert's first document, or of the article."""
    url = next((link.url for link in alert.links if link.url), None) or ARTICLE.url or ""
    return url if url.startswith("http") else f"{values.documentation_base_url}/{url}"


def _description(alert: Alert, renderer: Renderer) -> str:
    return renderer.finish(renderer.prose(alert.description))


def _dashboard_url(alert: Alert, values: Values, renderer: Renderer) -> str:
    url = f"{values.dashboards.base_url}/d/{values.dashboards.uids[alert.dashboard]}"
    variables = [label for label in ("appliance", "vm") if label in alert.labels]
    query = "&".join(f"var-{label}={renderer.url_parameter(label)}" for label in variables)
    return f"{url}?{query}" if query else url


def _fix(alert: Alert, renderer: Renderer) -> str:
    """Numbered steps: of the only cause, or of each cause that is failing, or of all causes if none is."""
    lines = "".join(_causes(alert, renderer))
    if len(alert.causes) > 1:
        then = "".join(_steps(alert.then, renderer, "{}. "))
        lines += f"{renderer.translated(THEN)}\n{then}" if then else ""
    else:
        lines = "".join(_steps((*alert.causes[0].fix, *alert.then), renderer, "{}. "))
    return renderer.finish(lines if measured_causes(alert) else lines.rstrip("\n"))


def _causes(alert: Alert, renderer: Renderer) -> Iterator[str]:
    if len(alert.causes) == 1:
        yield from _steps(alert.causes[0].fix, renderer, "{}. ")
        return
    measured = measured_causes(alert)
    for number, cause in enumerate(alert.causes, start=1):
        steps = "".join(_steps(cause.fix, renderer, f"{number}.{{}} "))
        body = f"{number}. {renderer.prose(cause.text)}\n{steps}"
        yield renderer.if_failing(cause, measured, body) if measured else body


def _steps(steps: Iterable[Step], renderer: Renderer, label: str, first: int = 1) -> Iterator[str]:
    for number, step in enumerate(with_finders(steps), start=first):
        yield f"{label.format(number)}{renderer.prose(step.text)}\n"
        yield from (f"   {renderer.command(command)}\n" for command in step.commands)

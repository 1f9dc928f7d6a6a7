"""The annotations of an alert: what the person who is woken reads."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.failures.model import Cause, Link, Step, Text
from generate.alerts.groups.evidence import MEASURED
from generate.alerts.model import Alert
from generate.alerts.rendering.renderers import NewWriter, Writer
from generate.alerts.values import Values

ARTICLE: Final = Link(
    Text(
        "Microsoft: troubleshoot replication in agentless VMware migration",
        "Microsoft : résoudre les problèmes de réplication dans la migration VMware sans agent",
    ),
    "https://learn.microsoft.com/azure/migrate/vmware/troubleshoot-changed-block-tracking-replication",
)
"""The article, at the address that it has had since 2023."""
THEN: Final = Text("Then:", "Ensuite :")


def annotations(alert: Alert, values: Values, new: NewWriter) -> dict[str, str]:
    """Every annotation by name, written by writers that `new` makes."""
    found = {
        "summary": new().say(alert.summary),
        "description": _written(new(), alert.description),
        "fix": _fix(alert, new()),
        "documentation_url": documentation(alert, values),
        "runbook_url": f"{values.runbook_base_url}/{alert.full_name}.md",
        "dashboard_url": _dashboard(alert, values, new()),
    }
    if measured := measured_causes(alert):
        writer = new()
        found["causes"] = writer.finish(writer.causes(measured))
    return found


def measured_causes(alert: Alert) -> tuple[Cause, ...]:
    """The documented causes of a symptom, where something measures at least two of them for its appliance."""
    if alert.failure is None or alert.fix != alert.failure.causes or "appliance" not in alert.labels:
        return ()
    return alert.fix if sum(cause.id in MEASURED for cause in alert.fix) > 1 else ()


def documentation(alert: Alert, values: Values) -> str:
    """Where the matter is documented."""
    url = next((link.url for link in alert.documents if link.url), None) or ARTICLE.url or ""
    return url if url.startswith("http") else f"{values.documentation_base_url}/{url}"


def _written(writer: Writer, text: Text) -> str:
    return writer.finish(writer.prose(text))


def _dashboard(alert: Alert, values: Values, writer: Writer) -> str:
    url = f"{values.dashboards.base_url}/d/{values.dashboards.uids[alert.dashboard]}"
    variables = [label for label in ("appliance", "vm") if label in alert.labels]
    query = "&".join(f"var-{label}={writer.in_url(label)}" for label in variables)
    return f"{url}?{query}" if query else url


def _fix(alert: Alert, writer: Writer) -> str:
    """Numbered steps. With several causes, those of the causes that fail now; of all of them if none does."""
    lines = "".join(_causes(alert, writer))
    then = "".join(_steps(alert.then, writer, "{}. "))
    if then:
        lines += f"{writer.say(THEN)}\n{then}" if len(alert.fix) > 1 else _continued(alert, writer)
    return writer.finish(lines.rstrip("\n") if not measured_causes(alert) else lines)


def _continued(alert: Alert, writer: Writer) -> str:
    """The steps that follow every cause, numbered on from those of the only one."""
    return "".join(_steps(alert.then, writer, "{}. ", first=len(alert.fix[0].fix) + 1))


def _causes(alert: Alert, writer: Writer) -> Iterator[str]:
    if len(alert.fix) == 1:
        yield from _steps(alert.fix[0].fix, writer, "{}. ")
        return
    measured = measured_causes(alert)
    for number, cause in enumerate(alert.fix, start=1):
        body = f"{number}. {writer.prose(cause.text)}\n" + "".join(_steps(cause.fix, writer, f"{number}.{{}} "))
        yield writer.while_failing(cause, measured, body) if measured else body


def _steps(steps: Iterable[Step], writer: Writer, label: str, first: int = 1) -> Iterator[str]:
    for number, step in enumerate(steps, start=first):
        yield f"{label.format(number)}{writer.prose(step.text)}\n"
        yield from (f"   {writer.command(command)}\n" for command in step.commands)


def required(found: Mapping[str, str]) -> list[str]:
    """Names of annotations that every alert must have and this one lacks."""
    names = ("summary", "description", "fix", "documentation_url", "runbook_url", "dashboard_url")
    return [name for name in names if not found.get(name)]

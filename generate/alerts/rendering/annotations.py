"""The annotations of an alert: what a notification shows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Final

from azure_migrate_exporter.failures.commands import with_finders
from azure_migrate_exporter.failures.model import Cause, Link, Step, Text
from generate.alerts.groups.evidence import MEASURED
from generate.alerts.model import Alert, Component
from generate.alerts.rendering.renderers import Renderer, RendererFactory, TextRenderer
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
CANDIDATES: Final = Text("Candidate causes, each with its fix:", "Causes possibles, chacune avec sa solution :")
DATA_AGE: Final = Text("Age of its data: {data_age}.", "Âge de ses données : {data_age}.")
OLDEST_DATA: Final = Text("Oldest data: {oldest_data}.", "Données les plus anciennes : {oldest_data}.")
BEGIN: Final = Text(
    "Let the exporter check these candidates, where it runs; it names the most upstream cause.",
    "Laissez l'exportateur contrôler ces causes possibles, là où il s'exécute ; il nomme la cause la plus en amont.",
)
REQUIRED: Final = (
    "summary",
    "description",
    "begin",
    "fix",
    "links",
    "documentation_url",
    "runbook_url",
    "dashboard_url",
    "silence",
)
THINGS: Final = (
    "vm",
    "host",
    "datastore",
    "account",
    "bus_namespace",
    "keyvault",
    "windows_service",
    "volume",
    "agent",
    "peer",
    "vcenter_account",
    "fabric",
    "target",
    "instance",
)
"""Labels that say what an alert is about, the most specific first."""
PLACES: Final = ("appliance", "vcenter", "vault")
"""Labels that say where that is."""
SILENCED_BY: Final = ("appliance", "vcenter", "vault", "vm_id", *THINGS[1:])
"""Labels by which an alert is silenced: not by a machine's name, which two machines may have."""
_RISKY: Final = re.compile(r"\b(Add|Move|Remove|Restart|Set|Stop)-|\.(ReconfigVM|ConsolidateVMDisks)\(")
"""What nobody should begin with: it stops, removes or changes something."""
_THROUGH_APPLIANCE: Final = frozenset(Component) - {Component.EXPORTER, Component.ESXI}
"""Components whose alerts concern all machines of their appliance."""


def annotations(alert: Alert, values: Values, renderer: RendererFactory) -> dict[str, str]:
    """Every annotation by its name, in the order in which a page shows them."""
    found = {
        "summary": renderer().translated(alert.summary),
        "thing": _thing(alert, renderer()),
        "description": _finished(alert.description, renderer()),
        "causes": _measured(alert, renderer()),
        "begin": _begin(alert, renderer()),
        "affected": _affected(alert, values, renderer()),
        "fix": _fix(alert, renderer()),
        "links": "\n".join(links(documents(alert), values, renderer())),
        "documentation_url": documentation_url(alert, values),
        "runbook_url": renderer().runbook(f"{alert.full_name}.md{_query(alert, renderer(), _ON_PAGES)}"),
        "dashboard_url": _dashboard_url(alert, values, renderer()),
        "silence": _silence(alert, renderer()),
    }
    return {name: text for name, text in found.items() if text}


def missing(found: Mapping[str, str]) -> list[str]:
    """Names of required annotations that are not there, or empty."""
    return [name for name in REQUIRED if not found.get(name)]


def measured_causes(alert: Alert) -> tuple[Cause, ...]:
    """The documented causes of a failure, if at least two of them are measured for the alert's appliance."""
    if alert.failure is None or alert.causes != alert.failure.causes or "appliance" not in alert.labels:
        return ()
    return alert.causes if sum(cause.id in MEASURED for cause in alert.causes) > 1 else ()


def diagnose_command(alert: Alert) -> str:
    """The diagnosis of the machine, the failure or the appliance that the alert is about."""
    if "vm" in alert.labels:
        return "azure-migrate-exporter diagnose --vm {vm}"
    if alert.failure and alert.causes == alert.failure.causes:
        code = alert.failure.codes[-1].number if alert.failure.codes else alert.failure.id
        return f"azure-migrate-exporter diagnose --error {code}"
    of_appliance = " --appliance {appliance}" if "appliance" in alert.labels else ""
    return f"azure-migrate-exporter diagnose{of_appliance}"


def documents(alert: Alert) -> tuple[Link, ...]:
    """The documents of an alert, of its steps and of its failure, and the article."""
    of_steps = (link for cause in alert.causes for step in cause.fix for link in step.links)
    of_failure = alert.failure.documents if alert.failure else ()
    return tuple(dict.fromkeys((*alert.links, *of_failure, *of_steps, ARTICLE)))


def links(found: Iterable[Link], values: Values, renderer: TextRenderer) -> Iterator[str]:
    """Titles and addresses of documents, one a line."""
    for link in found:
        yield f"{renderer.translated(link.title)}: {address(link, values)}"


def address(link: Link, values: Values) -> str:
    """The address of a document, which may be a page of ours."""
    return link.url if link.url.startswith("http") else f"{values.documentation_base_url}/{link.url}"


def documentation_url(alert: Alert, values: Values) -> str:
    """The address of the alert's first document, or of the article."""
    return address(next(iter(alert.links), ARTICLE), values)


def silencing_labels(alert: Alert) -> list[str]:
    """The labels that select one alert among those of its name."""
    return [label for label in dict.fromkeys(SILENCED_BY) if label in alert.labels]


def _finished(text: Text, renderer: Renderer) -> str:
    return renderer.finish(renderer.prose(text))


def _thing(alert: Alert, renderer: Renderer) -> str:
    """What the alert is about, and where that is: ``web01 (paris)``."""
    thing = next((label for label in THINGS if label in alert.labels), None)
    return renderer.thing(thing, [label for label in PLACES if label in alert.labels])


def _measured(alert: Alert, renderer: Renderer) -> str:
    measured = measured_causes(alert)
    return renderer.finish(renderer.causes(measured)) if measured else ""


def _begin(alert: Alert, renderer: Renderer) -> str:
    """One step: of the only cause, or of the first cause that is failing, or the diagnosis."""
    if len(alert.causes) == 1:
        return renderer.finish("".join(_steps((first_step(alert.causes[0]),), renderer, "")).rstrip("\n"))
    diagnosis = "".join(_steps((Step(BEGIN, (diagnose_command(alert),)),), renderer, ""))
    first = {cause: "".join(_steps((first_step(cause),), renderer, "")) for cause in measured_causes(alert)}
    return renderer.finish(renderer.first_failing(first, diagnosis) if first else diagnosis.rstrip("\n"))


def first_step(cause: Cause) -> Step:
    """The first step with a command, ready to paste if one is, before anything is stopped; or the first of all."""
    safe = [*takewhile(lambda step: not any(map(_RISKY.search, step.commands)), cause.fix)]
    with_command = [step for step in safe if step.commands]
    ready = [
        step for step in with_command if not any("<" in text for one in with_finders([step]) for text in one.commands)
    ]
    return next(iter((*ready, *with_command, *cause.fix)))


def _affected(alert: Alert, values: Values, renderer: Renderer) -> str:
    """How old the data are of the machines that the alert concerns, and the operator's own labels."""
    own = "".join(f" {label}: {renderer.prose(Text(f'{{{label}}}'))}." for label in values.keep_labels)
    if "vm_id" in alert.labels:
        return renderer.finish(renderer.prose(DATA_AGE) + own)
    if "appliance" in alert.labels and alert.component in _THROUGH_APPLIANCE:
        return renderer.finish(renderer.prose(OLDEST_DATA) + own)
    return renderer.finish(own.strip())


def _dashboard_url(alert: Alert, values: Values, renderer: Renderer) -> str:
    url = f"{values.dashboards.base_url}/d/{values.dashboards.uids[alert.dashboard]}"
    return url + _query(alert, renderer, {"appliance": "var-appliance", "vm": "var-vm"})


_ON_PAGES: Final = {label: label for label in (*PLACES, "vm_id", *THINGS)}
"""Labels that the exporter's own pages of the runbooks fill in; other sites ignore the query."""


def _query(alert: Alert, renderer: Renderer, parameters: Mapping[str, str]) -> str:
    pairs = (
        f"{parameter}={renderer.url_parameter(label)}"
        for label, parameter in parameters.items()
        if label in alert.labels
    )
    query = "&".join(pairs)
    return f"?{query}" if query else ""


def _silence(alert: Alert, renderer: Renderer) -> str:
    """The matchers that silence this alert of this thing."""
    labels = silencing_labels(alert)
    return "{" + ", ".join([f'alertname="{alert.full_name}"', *map(renderer.matcher, labels)]) + "}"


def _fix(alert: Alert, renderer: Renderer) -> str:
    """Numbered steps: of the only cause, or of each cause that is failing, or of each candidate if none is."""
    if len(alert.causes) == 1:
        return renderer.finish("".join(_steps((*alert.causes[0].fix, *alert.then), renderer, "{}. ")).rstrip("\n"))
    measured = measured_causes(alert)
    lines = "" if measured else f"{renderer.translated(CANDIDATES)}\n"
    for number, cause in enumerate(alert.causes, start=1):
        steps = "".join(_steps(cause.fix, renderer, f"{number}.{{}} "))
        body = f"{number}. {renderer.prose(cause.text)}\n{steps}"
        lines += renderer.if_suspect(cause, measured, body) if measured else body
    then = "".join(_steps(alert.then, renderer, "{}. "))
    lines += f"{renderer.translated(THEN)}\n{then}" if then else ""
    return renderer.finish(lines if measured else lines.rstrip("\n"))


def _steps(steps: Iterable[Step], renderer: Renderer, label: str) -> Iterator[str]:
    for number, step in enumerate(with_finders(steps), start=1):
        yield f"{label.format(number)}{renderer.prose(step.text)}\n"
        yield from (f"   {renderer.command(command)}\n" for command in step.commands)

"""One vCenter's answer, narrowed to the machine in question."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Answer, Assessment, EvidenceContext
from azure_migrate_exporter.diagnosis.samples import Labels, Samples
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.model import Text

NOT_REPORTED: Final = Text("vCenter does not report it", "vCenter ne l'indique pas")


class View:
    """The samples of one run, with the machine, host or datastore in question as the default selection."""

    def __init__(self, answer: Answer, context: EvidenceContext) -> None:
        self.answer = answer
        self.context = context
        self.vcenter = answer.plan.target.name
        self.samples: Samples = answer.samples

    def of_machines(self, metric: Metric, **labels: str) -> Iterator[tuple[Labels, float]]:
        """A metric of machines: of the one in question, or of all."""
        return self.samples.all(metric, **self.context.labels, **labels)

    def of_hosts(self, metric: Metric) -> Iterator[tuple[str, float]]:
        """Name and value for the machine's host, or for every host."""
        host = self.context.machine.host if self.context.machine else ""
        return self._named("host", (host,) if host else (), metric)

    def of_datastores(self, metric: Metric) -> Iterator[tuple[str, float]]:
        """Name and value for each of the machine's datastores, or for every datastore."""
        return self._named("datastore", self.context.machine.datastores if self.context.machine else (), metric)

    def _named(self, label: str, wanted: Sequence[str], metric: Metric) -> Iterator[tuple[str, float]]:
        named = ((found[label], value) for found, value in self.samples.all(metric))
        return ((name, value) for name, value in named if not wanted or name in wanted)


def machine_names(labels: Labels) -> dict[str, str]:
    """Values for the placeholders of a fix: a command finds a machine by its id."""
    return {name: labels[name] for name in ("vm", "vm_id") if labels[name]}


Assessor = Callable[[View], Assessment]
"""Answers one signal's question from a vCenter's samples."""

"""The answer to each kind of request, from the projects that there are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.lab.arm import graph
from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.kinds import Kind
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.paging import Listing, encode, listing
from tests.lab.arm.payload import migrate, records, vault
from tests.lab.arm.payload.item import full_item, listed_item
from tests.lab.arm.project import LabProject
from tests.lab.arm.refusals import RefusalError, not_found
from tests.lab.arm.stages import RUNNING

Answer = Listing[Any] | dict[str, Any]


class Question:
    """One request: what it names, in lower case, and what it says."""

    def __init__(self, path: str, names: Mapping[str, str], query: Mapping[str, str], body: bytes) -> None:
        self.path = path
        self.names = names
        self.query = query
        self.body = body


class Answers:
    """Answers what is asked about the projects."""

    def __init__(self, projects: list[LabProject]) -> None:
        self._projects = projects
        self._written: dict[str, tuple[tuple[object, ...], bytes]] = {}
        """Machines at rest as a LIST has them, by id: with what they look like, and their JSON."""

    def answer(self, kind: Kind, question: Question) -> Answer:
        """Raises RefusalError for what does not exist."""
        if kind not in _ANSWERS:
            raise not_found(question.path)
        return _ANSWERS[kind](self, question)

    def vault(self, question: Question) -> tuple[LabProject, float]:
        """The project whose vault is named, at present, and the time."""
        for project in self._within(question):
            if project.vault_name.lower() == question.names["vault"]:
                return project, project.advance()
        raise not_found(question.path)

    def appliances(self, question: Question) -> tuple[list[LabAppliance], float]:
        """The appliances of the vault, or the one whose fabric is named, and the time."""
        project, now = self.vault(question)
        wanted = question.names.get("fabric")
        found = [one for one in project.appliances if wanted in {None, one.fabric.lower()}]
        if wanted and not found:
            raise not_found(question.path)
        return found, now

    def item(self, question: Question) -> tuple[LabMachine, float]:
        """The machine that is named, and the time."""
        (appliance,), now = self.appliances(question)
        for machine in appliance.fleet:
            if machine.item.lower() == question.names["item"] and not machine.vanished:
                return machine, now
        raise not_found(question.path)

    def items(self, question: Question) -> Answer:
        """Machines in a LIST."""
        appliances, now = self.appliances(question)
        machines = [machine for appliance in appliances for machine in appliance.fleet]
        return Listing(machines, lambda machine: self._write(machine, now))

    def events(self, question: Question) -> Answer:
        """Events, newest first. A filter is not looked at: its grammar is not documented."""
        project, _ = self.vault(question)
        return Listing(project.history.events, lambda about: encode(records.event(project.vault_id, about)))

    def event(self, question: Question) -> Answer:
        """One event."""
        project, _ = self.vault(question)
        for about in project.history.events:
            if about.name.lower() == question.names["event"]:
                return records.event(project.vault_id, about)
        raise not_found(question.path)

    def jobs(self, question: Question) -> Answer:
        """Jobs, newest first."""
        project, _ = self.vault(question)
        return Listing(project.history.jobs, lambda about: encode(records.listed_job(project.vault_id, about)))

    def job(self, question: Question) -> Answer:
        """One job."""
        project, _ = self.vault(question)
        for about in project.history.jobs:
            if about.name == question.names["job"]:
                return records.full_job(project.vault_id, about)
        raise not_found(question.path)

    def points(self, question: Question) -> Answer:
        """Recovery points of a machine."""
        machine, _ = self.item(question)
        return listing(records.recovery_point(machine, point) for point in machine.points)

    def fabric(self, question: Question) -> Answer:
        """One fabric."""
        (appliance,), now = self.appliances(question)
        return vault.fabric(appliance, now)

    def vaults(self, question: Question) -> Answer:
        """The vaults of a group or a subscription."""
        return listing(vault.vault(project) for project in self._within(question))

    def site(self, question: Question) -> tuple[LabAppliance, float]:
        """The appliance whose site is named, and the time."""
        for project in self._within(question):
            for appliance in project.appliances:
                if appliance.site.lower() == question.names["site"]:
                    return appliance, project.advance()
        raise not_found(question.path)

    def projects(self, question: Question) -> Answer:
        """The projects of a group or a subscription."""
        return listing(migrate.migrate_project(project) for project in self._within(question))

    def project(self, question: Question) -> LabProject:
        """The project that is named."""
        for project in self._within(question):
            if project.name.lower() == question.names["project"]:
                project.advance()
                return project
        raise not_found(question.path)

    def solution(self, question: Question) -> Answer:
        """One solution of a project."""
        for solution in migrate.solutions(self.project(question)):
            if solution["name"].lower() == question.names["solution"]:
                return solution
        raise not_found(question.path)

    def resources(self, question: Question) -> Answer:
        """What is in a group or a subscription, without its properties, as far as the filter lets it through."""
        found = (one for project in self._within(question) for one in migrate.resources(project))
        wanted = graph.wanted_by_filter(question.query.get("$filter", ""))
        shown = ({name: value for name, value in one.items() if name != "properties"} for one in found if wanted(one))
        return listing(shown)

    def resource(self, question: Question) -> Answer:
        """One resource."""
        for project in self._within(question):
            for one in migrate.resources(project):
                if one["id"].lower() == question.path.lower():
                    return one
        raise not_found(question.path)

    def resource_graph(self, question: Question) -> Answer:
        """What a query finds in the subscriptions that it names, or in all."""
        return graph.run(question.body, self._projects)

    def _within(self, question: Question) -> Iterator[LabProject]:
        for project in self._projects:
            group = question.names.get("group", project.resource_group.lower())
            if (project.subscription.lower(), project.resource_group.lower()) == (
                question.names["subscription"],
                group,
            ):
                yield project

    def _write(self, machine: LabMachine, now: float) -> bytes:
        """A machine at rest looks the same until something happens to it, so it is written once."""
        if machine.overlay or machine.stage in RUNNING:
            return encode(listed_item(machine, now))
        looks = _looks(machine)
        known = self._written.get(machine.id)
        if known is None or known[0] != looks:
            known = self._written[machine.id] = (looks, encode(listed_item(machine, now)))
        return known[1]


def _looks(machine: LabMachine) -> tuple[object, ...]:
    """All that a LIST shows of a machine at rest."""
    return (
        machine.stage,
        machine.began,
        machine.error,
        machine.retries,
        machine.lie,
        machine.speed,
        machine.test,
        machine.tested,
        machine.migrated,
        machine.job,
        machine.resync_required,
        machine.automatic_repair,
        machine.points[-1] if machine.points else None,
        machine.appliance.project.lists_gateway_details,
    )


def _of_appliances(write: Callable[[LabAppliance, float], dict[str, Any]]) -> Callable[[Answers, Question], Answer]:
    def answer(answers: Answers, question: Question) -> Answer:
        appliances, now = answers.appliances(question)
        return listing(write(appliance, now) for appliance in appliances)

    return answer


def _no_appliances(answers: Answers, question: Question) -> Answer:
    """Only another kind of replication has any."""
    answers.vault(question)
    return listing(())


def _register(_: Answers, question: Question) -> Answer:
    raise RefusalError(403, "AuthorizationFailed", f"A reader may not register '{question.names['provider']}'.")


_ANSWERS: Final[Mapping[Kind, Callable[[Answers, Question], Answer]]] = {
    Kind.ITEMS: Answers.items,
    Kind.CONTAINER_ITEMS: Answers.items,
    Kind.ITEM: lambda answers, question: full_item(*answers.item(question)),
    Kind.RECOVERY_POINTS: Answers.points,
    Kind.EVENTS: Answers.events,
    Kind.EVENT: Answers.event,
    Kind.JOBS: Answers.jobs,
    Kind.JOB: Answers.job,
    Kind.PROVIDERS: _of_appliances(vault.provider),
    Kind.FABRICS: _of_appliances(vault.fabric),
    Kind.FABRIC: Answers.fabric,
    Kind.CONTAINERS: _of_appliances(lambda appliance, _: vault.container(appliance)),
    Kind.MAPPINGS: _of_appliances(lambda appliance, _: vault.mapping(appliance)),
    Kind.POLICIES: _of_appliances(lambda appliance, _: vault.policy(appliance)),
    Kind.VAULT_HEALTH: lambda answers, question: vault.vault_health(*answers.vault(question)),
    Kind.APPLIANCES: _no_appliances,
    Kind.VAULT: lambda answers, question: vault.vault(answers.vault(question)[0]),
    Kind.VAULTS: Answers.vaults,
    Kind.SITE: lambda answers, question: migrate.site(*answers.site(question)),
    Kind.VCENTERS: lambda answers, question: listing([migrate.vcenter(answers.site(question)[0])]),
    Kind.PROJECT: lambda answers, question: migrate.migrate_project(answers.project(question)),
    Kind.PROJECTS: Answers.projects,
    Kind.SOLUTION: Answers.solution,
    Kind.SOLUTIONS: lambda answers, question: listing(migrate.solutions(answers.project(question))),
    Kind.RESOURCES: Answers.resources,
    Kind.RESOURCE: Answers.resource,
    Kind.RESOURCE_GRAPH: Answers.resource_graph,
    Kind.REGISTER: _register,
}

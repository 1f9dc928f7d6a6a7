"""The answer to each kind of request, from the projects that there are."""

import re
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

_PRINCIPAL: Final = re.compile(r"atScope\(\) and assignedTo\('([0-9a-f-]{36})'\)")

Answer = Listing[Any] | dict[str, Any]


class ApiCall:
    """One request: the names in its path, in lower case, its query and its body."""

    def __init__(self, path: str, names: Mapping[str, str], query: Mapping[str, str], body: bytes) -> None:
        self.path = path
        self.names = names
        self.query = query
        self.body = body


class Answers:
    """Answers calls about the projects."""

    def __init__(self, projects: list[LabProject]) -> None:
        self._projects = projects
        self._written: dict[str, tuple[tuple[object, ...], bytes]] = {}
        """JSON of idle machines in a LIST, by id, with the state that it was written from."""

    def answer(self, kind: Kind, call: ApiCall) -> Answer:
        """Raises RefusalError for what does not exist."""
        if kind not in _ANSWERS:
            raise not_found(call.path)
        return _ANSWERS[kind](self, call)

    def vault(self, call: ApiCall) -> tuple[LabProject, float]:
        """The project whose vault is named, at present, and the time."""
        for project in self._within(call):
            if project.vault_name.lower() == call.names["vault"]:
                return project, project.advance()
        raise not_found(call.path)

    def appliances(self, call: ApiCall) -> tuple[list[LabAppliance], float]:
        """The appliances of the vault, or the one whose fabric is named, and the time."""
        project, now = self.vault(call)
        wanted = call.names.get("fabric")
        found = [one for one in project.appliances if wanted in {None, one.fabric.lower()}]
        if wanted and not found:
            raise not_found(call.path)
        return found, now

    def item(self, call: ApiCall) -> tuple[LabMachine, float]:
        """The machine that is named, and the time."""
        (appliance,), now = self.appliances(call)
        for machine in appliance.replicated:
            if machine.item.lower() == call.names["item"] and not machine.vanished:
                return machine, now
        raise not_found(call.path)

    def items(self, call: ApiCall) -> Answer:
        """Machines in a LIST."""
        appliances, now = self.appliances(call)
        machines = [machine for appliance in appliances for machine in appliance.replicated]
        return Listing(machines, lambda machine: self._write(machine, now))

    def events(self, call: ApiCall) -> Answer:
        """Events, newest first. A filter is ignored: its grammar is not documented."""
        project, _ = self.vault(call)
        return Listing(project.history.events, lambda about: encode(records.event(project.vault_id, about)))

    def event(self, call: ApiCall) -> Answer:
        """One event."""
        project, _ = self.vault(call)
        for about in project.history.events:
            if about.name.lower() == call.names["event"]:
                return records.event(project.vault_id, about)
        raise not_found(call.path)

    def jobs(self, call: ApiCall) -> Answer:
        """Jobs, newest first."""
        project, _ = self.vault(call)
        return Listing(project.history.jobs, lambda about: encode(records.listed_job(project.vault_id, about)))

    def job(self, call: ApiCall) -> Answer:
        """One job."""
        project, _ = self.vault(call)
        for about in project.history.jobs:
            if about.name == call.names["job"]:
                return records.full_job(project.vault_id, about)
        raise not_found(call.path)

    def points(self, call: ApiCall) -> Answer:
        """Recovery points of a machine."""
        machine, _ = self.item(call)
        return listing(records.recovery_point(machine, point) for point in machine.points)

    def fabric(self, call: ApiCall) -> Answer:
        """One fabric."""
        (appliance,), now = self.appliances(call)
        return vault.fabric(appliance, now)

    def vaults(self, call: ApiCall) -> Answer:
        """The vaults of a group or a subscription."""
        return listing(vault.vault(project) for project in self._within(call))

    def site(self, call: ApiCall) -> tuple[LabAppliance, float]:
        """The appliance whose site is named, and the time."""
        for project in self._within(call):
            for appliance in project.appliances:
                if appliance.site.lower() == call.names["site"]:
                    return appliance, project.advance()
        raise not_found(call.path)

    def projects(self, call: ApiCall) -> Answer:
        """The projects of a group or a subscription."""
        return listing(migrate.migrate_project(project) for project in self._within(call))

    def project(self, call: ApiCall) -> LabProject:
        """The project that is named."""
        for project in self._within(call):
            if project.name.lower() == call.names["project"]:
                project.advance()
                return project
        raise not_found(call.path)

    def solution(self, call: ApiCall) -> Answer:
        """One solution of a project."""
        for solution in migrate.solutions(self.project(call)):
            if solution["name"].lower() == call.names["solution"]:
                return solution
        raise not_found(call.path)

    def resources(self, call: ApiCall) -> Answer:
        """The resources of a group or a subscription that match the filter, without their properties."""
        found = (one for project in self._within(call) for one in migrate.resources(project))
        wanted = graph.wanted_by_filter(call.query.get("$filter", ""))
        shown = ({name: value for name, value in one.items() if name != "properties"} for one in found if wanted(one))
        return listing(shown)

    def resource(self, call: ApiCall) -> Answer:
        """One resource."""
        for project in self._within(call):
            for one in migrate.resources(project):
                if one["id"].lower() == call.path.lower():
                    return one
        raise not_found(call.path)

    def role_assignments(self, call: ApiCall) -> Answer:
        """The roles of the principal that the filter names."""
        named = _PRINCIPAL.fullmatch(call.query.get("$filter", ""))
        if named is None:
            raise RefusalError(400, "UnsupportedQuery", "The filter is not supported.")
        for project in self._within(call):
            if any(call.path.lower().startswith(one["id"].lower() + "/") for one in migrate.resources(project)):
                return listing(migrate.role_assignments(project, call.path, named[1]))
        raise not_found(call.path)

    def resource_graph(self, call: ApiCall) -> Answer:
        """The result of a query in the subscriptions that it names, or in all."""
        return graph.run(call.body, self._projects)

    def _within(self, call: ApiCall) -> Iterator[LabProject]:
        for project in self._projects:
            group = call.names.get("group", project.resource_group.lower())
            if (project.subscription.lower(), project.resource_group.lower()) == (
                call.names["subscription"],
                group,
            ):
                yield project

    def _write(self, machine: LabMachine, now: float) -> bytes:
        """The machine as JSON. That of an idle machine is written once until its state changes."""
        if machine.overlay or machine.stage in RUNNING:
            return encode(listed_item(machine, now))
        state = _listed_state(machine)
        known = self._written.get(machine.id)
        if known is None or known[0] != state:
            known = self._written[machine.id] = (state, encode(listed_item(machine, now)))
        return known[1]


def _listed_state(machine: LabMachine) -> tuple[object, ...]:
    """Everything that a LIST shows of an idle machine."""
    return (
        machine.stage,
        machine.began,
        machine.error,
        machine.retries,
        machine.bad_time,
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


def _of_appliances(write: Callable[[LabAppliance, float], dict[str, Any]]) -> Callable[[Answers, ApiCall], Answer]:
    def answer(answers: Answers, call: ApiCall) -> Answer:
        appliances, now = answers.appliances(call)
        return listing(write(appliance, now) for appliance in appliances)

    return answer


def _no_appliances(answers: Answers, call: ApiCall) -> Answer:
    """None: only another kind of replication has any."""
    answers.vault(call)
    return listing(())


def _register(_: Answers, call: ApiCall) -> Answer:
    raise RefusalError(403, "AuthorizationFailed", f"A reader may not register '{call.names['provider']}'.")


_ANSWERS: Final[Mapping[Kind, Callable[[Answers, ApiCall], Answer]]] = {
    Kind.ITEMS: Answers.items,
    Kind.CONTAINER_ITEMS: Answers.items,
    Kind.ITEM: lambda answers, call: full_item(*answers.item(call)),
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
    Kind.VAULT_HEALTH: lambda answers, call: vault.vault_health(*answers.vault(call)),
    Kind.APPLIANCES: _no_appliances,
    Kind.VAULT: lambda answers, call: vault.vault(answers.vault(call)[0]),
    Kind.VAULTS: Answers.vaults,
    Kind.SITE: lambda answers, call: migrate.site(*answers.site(call)),
    Kind.VCENTERS: lambda answers, call: listing([migrate.vcenter(answers.site(call)[0])]),
    Kind.PROJECT: lambda answers, call: migrate.migrate_project(answers.project(call)),
    Kind.PROJECTS: Answers.projects,
    Kind.SOLUTION: Answers.solution,
    Kind.SOLUTIONS: lambda answers, call: listing(migrate.solutions(answers.project(call))),
    Kind.RESOURCES: Answers.resources,
    Kind.RESOURCE: Answers.resource,
    Kind.ROLE_ASSIGNMENTS: Answers.role_assignments,
    Kind.ROLE_DEFINITION: lambda _, call: migrate.role_definition(call.path, call.names["role"]),
    Kind.RESOURCE_GRAPH: Answers.resource_graph,
    Kind.REGISTER: _register,
}

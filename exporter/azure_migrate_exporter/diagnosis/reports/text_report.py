"""The conclusion as text: the cause, its fix with the real names, and further findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import click

from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Finding, RemainingCause, Status
from azure_migrate_exporter.diagnosis.evidence.access import AccessFault
from azure_migrate_exporter.diagnosis.evidence.answer import join_texts
from azure_migrate_exporter.diagnosis.model import ANSWERS, Observation, Question, ReportedError, Result, Verdict
from azure_migrate_exporter.diagnosis.reports import translations
from azure_migrate_exporter.failures.explain import Page, still_open
from azure_migrate_exporter.failures.model import Cause, Failure, Language, Step, Strength, Text
from azure_migrate_exporter.reasons import REMEDIES

_MAX_LISTED: Final = 5
"""Machines listed by name; the rest is counted."""


def names_of(finding: Finding, question: Question) -> Mapping[str, str]:
    """Values for the placeholders of a finding's texts."""
    return {**(question.machine.names if question.machine else {}), **finding.observation.names}


def shared_names(question: Question, results: Sequence[Result]) -> Mapping[str, str]:
    """Values that hold for the whole report: the machine, and the appliance if there is only one."""
    appliances = {result.step.appliance for result in results} - {""}
    one = {"appliance": appliances.pop()} if len(appliances) == 1 else {}
    return {**one, **(question.machine.names if question.machine else {})}


class TextReport:
    """Lays out one conclusion."""

    def __init__(
        self, question: Question, results: Sequence[Result], reported: Sequence[ReportedError], language: Language
    ) -> None:
        self._question = question
        self._results = results
        self._reported = reported
        self._language: Language = language
        self._plain = Page(language, shared_names(question, results))

    def lines(self, conclusion: Conclusion) -> list[str]:
        """The whole report."""
        lines = [line for fault in conclusion.access_faults for line in self._access_fault(fault)]
        lines += [line for finding in conclusion.causes for line in self._finding(finding)]
        if conclusion.status is not Status.CAUSE_FOUND:
            lines += self._without_cause(conclusion)
        if conclusion.further:
            lines += self._section(translations.FURTHER)
            lines += [line for finding in conclusion.further for line in self._further(finding)]
        if conclusion.inconclusive:
            lines += self._section(translations.INCONCLUSIVE_ANSWERS)
            lines += [
                line for observation in _unique(conclusion.inconclusive) for line in self._inconclusive(observation)
            ]
        return [*lines, *still_open(lines, self._language)]

    def _access_fault(self, fault: AccessFault) -> Iterator[str]:
        """A fault of the exporter itself, which keeps the checks that it concerns from an answer; or a missing role."""
        yield ""
        head = translations.ACCESS_FAULT if fault.ours else translations.CAUSES[Strength.DIRECT]
        for line in self._plain.wrap(join_texts(head, fault.cause.text), ""):
            yield click.style(line, fg="red", bold=True)
        yield from self._plain.wrap(join_texts(translations.SEEN, fault.seen), "  ")
        yield from self._section(translations.DO)
        yield from self._plain.steps(fault.cause.fix, "  {}. ")

    # --- a cause ---

    def _finding(self, finding: Finding) -> Iterator[str]:
        page = Page(self._language, names_of(finding, self._question))
        yield ""
        yield from self._head(finding, page)
        yield from page.wrap(join_texts(translations.SEEN, finding.observation.seen), "  ")
        if finding.observation.reason is not None:
            yield from page.wrap(join_texts(translations.REMEDY, Text(REMEDIES[finding.observation.reason])), "  ")
        if finding.failure is not None:
            yield f"  {page.say(translations.EXPLAINS)} {finding.failure.id}"
            yield from self._machines(finding.failure, page)
        if finding.failure is not None and finding.cause is None and finding.strength is not Strength.DIRECT:
            yield from self._explain(finding.failure)
            return
        yield from self._fix(finding, page)

    def _head(self, finding: Finding, page: Page) -> Iterator[str]:
        if finding.cause is not None:
            head, text = translations.CAUSES[finding.strength], finding.cause.text
        else:
            direct = finding.strength is Strength.DIRECT
            head, text = translations.SEEN_ITSELF if direct else translations.EARLY_SIGN, finding.title
        for line in page.wrap(join_texts(head, text), ""):
            yield click.style(line, fg="red", bold=True)

    def _machines(self, failure: Failure, page: Page) -> Iterator[str]:
        """The machines for which Azure currently reports the failure."""
        machines = list(dict.fromkeys(error.vm for error in self._reported if error.failure == failure.id))
        if machines:
            more = f" (+ {len(machines) - _MAX_LISTED})" if len(machines) > _MAX_LISTED else ""
            yield from page.wrap(
                join_texts(translations.REPORTED, Text(", ".join(machines[:_MAX_LISTED]) + more)), "  "
            )

    def _fix(self, finding: Finding, page: Page) -> Iterator[str]:
        if finding.cause is not None:
            yield from self._section(translations.DO)
            yield from page.steps(finding.cause.fix, "  {}. ")
        failure = finding.failure
        if failure is None:
            return
        if finding.cause is None:
            yield from self._each(failure.causes, page)
        if failure.then and not self._question.preflight:
            yield from self._section(translations.THEN)
            yield from page.steps(failure.then, "  {}. ")
        if failure.links:
            yield from self._section(translations.LINKS)
            yield from page.links(failure.links)

    def _each(self, causes: Iterable[Cause], page: Page) -> Iterator[str]:
        """Every cause with its fix, where no observation points to one of them."""
        for number, cause in enumerate(causes, start=1):
            yield ""
            yield from page.wrap(join_texts(translations.DO_FOR, cause.text), f"  {number}. ")
            yield from page.steps(cause.fix, f"     {number}.{{}} ")

    def _further(self, finding: Finding) -> Iterator[str]:
        page = Page(self._language, names_of(finding, self._question))
        yield from page.wrap(finding.title, "  - ", f" ({page.say(finding.observation.seen)})")
        if finding.failure is not None:
            yield from self._explain(finding.failure, "    ")

    # --- no cause ---

    def _without_cause(self, conclusion: Conclusion) -> Iterator[str]:
        yield ""
        for line in self._plain.wrap(self._verdict(conclusion), ""):
            yield click.style(line, fg="green" if conclusion.status is Status.HEALTHY else "yellow", bold=True)
        if self._question.failure is None:
            yield from (f"  - {error.vm}: {error.code} {error.failure}" for error in self._reported[:_MAX_LISTED])
        if conclusion.remaining:
            yield from self._section(translations.REMAINING)
            yield from (line for remaining in conclusion.remaining for line in self._remaining(remaining))
        if conclusion.failures:
            yield from self._section(translations.EXPLAIN)
        for failure in conclusion.failures:
            yield from self._plain.wrap(failure.title, "  - ")
            yield from self._explain(failure, "    ")

    def _verdict(self, conclusion: Conclusion) -> Text:
        answers = [o for result in self._results for o in result.observations if o.verdict in ANSWERS]
        if not answers and not conclusion.inconclusive:
            return translations.NOTHING_ASKED
        if conclusion.inconclusive or conclusion.access_faults:
            return translations.INCONCLUSIVE
        if self._question.failure is not None:
            return translations.NONE_FAILS
        return translations.HEALTHY if conclusion.status is Status.HEALTHY else translations.NONE_FAILS_YET

    def _remaining(self, remaining: RemainingCause) -> Iterator[str]:
        nothing = translations.NOT_LOOKED if remaining.cause.checks else translations.NO_CHECK
        open_ = [o for o in remaining.observations if o.verdict is not Verdict.OK] or remaining.observations
        why = dict.fromkeys(self._plain.say(_open_reason(observation)) for observation in open_)
        yield from self._plain.wrap(remaining.cause.text, "  - ", f" ({'; '.join(why) or self._plain.say(nothing)})")

    def _inconclusive(self, observation: Observation) -> Iterator[str]:
        place = next(iter(_places(observation)), observation.signal.collector)
        seen = join_texts(Text(f"{observation.signal.collector} {place}:"), observation.seen)
        yield from self._plain.wrap(seen, "  - ")
        if observation.reason is not None:
            yield from self._plain.wrap(join_texts(translations.REMEDY, Text(REMEDIES[observation.reason])), "    ")

    # --- shared ---

    def _section(self, heading: Text) -> tuple[str, ...]:
        return ("", click.style(self._plain.say(heading), bold=True))

    def _explain(self, failure: Failure, indent: str = "  ") -> Iterator[str]:
        language = " --lang fr" if self._language == "fr" else ""
        yield f"{indent}azure-migrate-exporter explain {failure.id}{language}"


def fix_steps(finding: Finding, question: Question) -> tuple[Step, ...]:
    """The steps for a finding: those of its cause, or of every cause if none is identified.

    Before the replication there is no cycle to wait for at the end.
    """
    failure = finding.failure
    then = failure.then if failure and not question.preflight else ()
    if finding.cause is not None:
        return (*finding.cause.fix, *then)
    if failure is None or finding.strength is not Strength.DIRECT:
        return ()
    return tuple(dict.fromkeys([*(step for cause in failure.causes for step in cause.fix), *then]))


def _open_reason(observation: Observation) -> Text:
    """What keeps a cause possible. Inconclusive observations have a section of their own."""
    inconclusive = observation.verdict is Verdict.INCONCLUSIVE
    return translations.VERDICTS[Verdict.INCONCLUSIVE] if inconclusive else observation.seen


def _places(observation: Observation) -> Iterator[str]:
    """Names of the observed thing, the most specific first."""
    for placeholder in ("account", "bus_namespace", "keyvault", "host", "vcenter", "appliance"):
        if placeholder in observation.names:
            yield observation.names[placeholder]


def _unique(observations: Iterable[Observation]) -> list[Observation]:
    """One observation for each thing of which several signals say the same."""
    return list({(o.signal.collector, o.seen, *_places(o)): o for o in observations}.values())

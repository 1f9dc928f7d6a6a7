"""The conclusion in words: the cause, its fix with the real names, and what else there is to know."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import click

from azure_migrate_exporter.diagnosis import translations
from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Ending, Finding, Remaining
from azure_migrate_exporter.diagnosis.model import ANSWERS, Observation, Question, Reported, Result, Verdict
from azure_migrate_exporter.failures.explain import Page, still_open
from azure_migrate_exporter.failures.model import Cause, Failure, Language, Step, Strength, Text
from azure_migrate_exporter.reasons import REMEDIES

_MOST: Final = 5
"""Machines that are named; of more, the number is told."""


def names_of(finding: Finding, question: Question) -> Mapping[str, str]:
    """Everything that is known for the placeholders of a finding's texts."""
    return {**(question.machine.names if question.machine else {}), **finding.observation.names}


def common(question: Question, results: Sequence[Result]) -> Mapping[str, str]:
    """What holds for everything that is said: the machine, and the appliance if there is but one."""
    appliances = {result.step.appliance for result in results} - {""}
    one = {"appliance": appliances.pop()} if len(appliances) == 1 else {}
    return {**one, **(question.machine.names if question.machine else {})}


class Report:
    """Lays out one conclusion."""

    def __init__(
        self, question: Question, results: Sequence[Result], reported: Sequence[Reported], language: Language
    ) -> None:
        self._question = question
        self._results = results
        self._reported = reported
        self._language: Language = language
        self._plain = Page(language, common(question, results))

    def lines(self, conclusion: Conclusion) -> list[str]:
        """All of it."""
        lines = [line for finding in conclusion.causes for line in self._finding(finding)]
        if not conclusion.causes:
            lines += self._without_cause(conclusion)
        if conclusion.further:
            lines += self._section(translations.FURTHER)
            lines += [line for finding in conclusion.further for line in self._further(finding)]
        if conclusion.undecided:
            lines += self._section(translations.UNDECIDED)
            lines += [line for observation in _once(conclusion.undecided) for line in self._unclear(observation)]
        return [*lines, *still_open(lines, self._language)]

    # --- a cause ---

    def _finding(self, finding: Finding) -> Iterator[str]:
        page = Page(self._language, names_of(finding, self._question))
        yield ""
        yield from self._head(finding, page)
        yield from page.wrap(_joined(translations.SEEN, finding.observation.seen), "  ")
        if finding.observation.reason is not None:
            yield from page.wrap(_joined(translations.REMEDY, Text(REMEDIES[finding.observation.reason])), "  ")
        yield f"  {page.say(translations.EXPLAINS)} {finding.failure.id}"
        yield from self._machines(finding.failure, page)
        if finding.cause is None and finding.strength is not Strength.DIRECT:
            yield from self._explain(finding.failure)
            return
        yield from self._fix(finding, page)

    def _head(self, finding: Finding, page: Page) -> Iterator[str]:
        if finding.cause is not None:
            head, text = translations.CAUSES[finding.strength], finding.cause.text
        else:
            direct = finding.strength is Strength.DIRECT
            head, text = translations.SEEN_ITSELF if direct else translations.EARLY_SIGN, finding.failure.title
        first, *others = page.wrap(_joined(head, text), "")
        yield click.style(first, fg="red", bold=True)
        yield from (click.style(other, fg="red", bold=True) for other in others)

    def _machines(self, failure: Failure, page: Page) -> Iterator[str]:
        """The machines for which Azure reports the failure now."""
        machines = list(dict.fromkeys(error.vm for error in self._reported if error.failure == failure.id))
        if machines:
            more = f" (+ {len(machines) - _MOST})" if len(machines) > _MOST else ""
            yield from page.wrap(_joined(translations.REPORTED, Text(", ".join(machines[:_MOST]) + more)), "  ")

    def _fix(self, finding: Finding, page: Page) -> Iterator[str]:
        if finding.cause is not None:
            yield from self._section(translations.DO)
            yield from page.steps(finding.cause.fix, "  {}. ")
        else:
            yield from self._each(finding.failure.causes, page)
        if finding.failure.then:
            yield from self._section(translations.THEN)
            yield from page.steps(finding.failure.then, "  {}. ")
        if finding.failure.links:
            yield from self._section(translations.LINKS)
            yield from page.links(finding.failure.links)

    def _each(self, causes: Iterable[Cause], page: Page) -> Iterator[str]:
        """Nothing tells which cause it is: each with its fix."""
        for number, cause in enumerate(causes, start=1):
            yield ""
            yield from page.wrap(_joined(translations.DO_FOR, cause.text), f"  {number}. ")
            yield from page.steps(cause.fix, f"     {number}.{{}} ")

    def _further(self, finding: Finding) -> Iterator[str]:
        page = Page(self._language, names_of(finding, self._question))
        text = finding.cause.text if finding.cause else finding.failure.title
        yield from page.wrap(text, "  - ", f" ({page.say(finding.observation.seen)})")
        yield from self._explain(finding.failure, "    ")

    # --- no cause ---

    def _without_cause(self, conclusion: Conclusion) -> Iterator[str]:
        yield ""
        for line in self._plain.wrap(self._verdict(conclusion), ""):
            yield click.style(line, fg="green" if conclusion.ending is Ending.HEALTHY else "yellow", bold=True)
        if self._question.failure is None:
            yield from (f"  - {error.vm}: {error.code} {error.failure}" for error in self._reported[:_MOST])
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
        if not answers and not conclusion.undecided:
            return translations.NOTHING_ASKED
        if conclusion.undecided:
            return translations.COULD_NOT_TELL
        if self._question.failure is not None:
            return translations.NONE_FAILS
        return translations.HEALTHY if conclusion.ending is Ending.HEALTHY else translations.NONE_FAILS_YET

    def _remaining(self, remaining: Remaining) -> Iterator[str]:
        nothing = translations.NOT_LOOKED if remaining.cause.checks else translations.NO_CHECK
        unsaid = [o for o in remaining.observations if o.verdict is not Verdict.OK] or remaining.observations
        why = dict.fromkeys(self._plain.say(_why(observation)) for observation in unsaid)
        yield from self._plain.wrap(remaining.cause.text, "  - ", f" ({'; '.join(why) or self._plain.say(nothing)})")

    def _unclear(self, observation: Observation) -> Iterator[str]:
        place = next(iter(_places(observation)), observation.signal.collector)
        seen = _joined(Text(f"{observation.signal.collector} {place}:"), observation.seen)
        yield from self._plain.wrap(seen, "  - ")
        if observation.reason is not None:
            yield from self._plain.wrap(_joined(translations.REMEDY, Text(REMEDIES[observation.reason])), "    ")

    # --- shared ---

    def _section(self, heading: Text) -> tuple[str, ...]:
        return ("", click.style(self._plain.say(heading), bold=True))

    def _explain(self, failure: Failure, indent: str = "  ") -> Iterator[str]:
        language = " --lang fr" if self._language == "fr" else ""
        yield f"{indent}azure-migrate-exporter explain {failure.id}{language}"


def fix(finding: Finding) -> tuple[Step, ...]:
    """The steps for a finding: those of its cause, or of every cause where nothing tells which."""
    if finding.cause is not None:
        return (*finding.cause.fix, *finding.failure.then)
    return finding.failure.fix if finding.strength is Strength.DIRECT else ()


def _why(observation: Observation) -> Text:
    """What keeps a cause possible. What was asked in vain is told in a section of its own."""
    undecided = observation.verdict is Verdict.UNDECIDED
    return translations.VERDICTS[Verdict.UNDECIDED] if undecided else observation.seen


def _joined(head: Text, text: Text) -> Text:
    """Two texts as one; French only if the second is."""
    return Text(f"{head.en} {text.en}", f"{head.into('fr')} {text.into('fr')}")


def _places(observation: Observation) -> Iterator[str]:
    """The most telling names of the thing that was observed."""
    for placeholder in ("account", "namespace", "vault", "host", "vcenter", "appliance"):
        if placeholder in observation.names:
            yield observation.names[placeholder]


def _once(observations: Iterable[Observation]) -> list[Observation]:
    """One observation for each thing that several signals say the same of."""
    return list({(o.signal.collector, o.seen, *_places(o)): o for o in observations}.values())

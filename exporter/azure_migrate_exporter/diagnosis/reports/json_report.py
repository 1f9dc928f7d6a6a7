"""A diagnosis as one JSON object: texts in the chosen language, ids and verdicts in English."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Finding, RemainingCause
from azure_migrate_exporter.diagnosis.evidence.access import AccessFault
from azure_migrate_exporter.diagnosis.model import Observation, Question, ReportedError, Result
from azure_migrate_exporter.diagnosis.reports.text_report import fix_steps, names_of, shared_names
from azure_migrate_exporter.failures.commands import with_finders
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Language, Step
from azure_migrate_exporter.reasons import REMEDIES, Reason

VERSION: Final = 1
"""Of the form, which `docs/diagnosis.schema.json` describes: another one where a property is removed or changed."""


class JsonReport:
    """Renders one diagnosis."""

    def __init__(
        self, question: Question, results: Sequence[Result], reported: Sequence[ReportedError], language: Language
    ) -> None:
        self._question = question
        self._results = results
        self._reported = reported
        self._language: Language = language
        self._page = Page(language, shared_names(question, results))

    def render(self, conclusion: Conclusion) -> str:
        """The object on one line."""
        document = {
            "version": VERSION,
            "question": self._asked(),
            "steps": [self._step(result) for result in self._results],
            "reported": [asdict(error) for error in self._reported],
            "conclusion": self._conclusion(conclusion),
            "exit_code": conclusion.status.exit_code,
        }
        return json.dumps(document)

    def _asked(self) -> Mapping[str, Any]:
        question, machine = self._question, self._question.machine
        return {
            "failure": question.failure.id if question.failure else None,
            "vm": machine.vm if machine else None,
            "vm_id": machine.vm_id or None if machine else None,
            "appliance": question.appliance or None,
            "only": sorted(question.collectors) if question.collectors is not None else None,
        }

    def _step(self, result: Result) -> Mapping[str, Any]:
        step = result.step
        return {
            "collector": step.stage.collector,
            "target": step.target or None,
            "appliance": step.appliance or None,
            "verdict": result.verdict,
            "duration_seconds": round(result.duration, 6) if result.duration is not None else None,
            "seen": [self._page.say(text) for text in result.seen if text.en],
            "observations": [self._observation(observation) for observation in result.observations],
        }

    def _observation(self, observation: Observation) -> Mapping[str, Any]:
        return {
            "signal": observation.signal.id,
            "verdict": observation.verdict,
            "seen": self._page.say(observation.seen),
            "names": dict(observation.names),
            **_open_reason(observation.reason),
        }

    def _conclusion(self, conclusion: Conclusion) -> Mapping[str, Any]:
        return {
            "status": conclusion.status,
            "access_faults": [self._access_fault(fault) for fault in conclusion.access_faults],
            "causes": [self._finding(finding) for finding in conclusion.causes],
            "further": [self._finding(finding) for finding in conclusion.further],
            "remaining": [self._remaining(remaining) for remaining in conclusion.remaining],
            "inconclusive": [self._observation(observation) for observation in conclusion.inconclusive],
        }

    def _access_fault(self, fault: AccessFault) -> Mapping[str, Any]:
        return {
            "cause": fault.cause.id,
            "text": self._page.say(fault.cause.text),
            "seen": self._page.say(fault.seen),
            **_open_reason(fault.reason),
            "fix": _fix(fault.cause.fix, self._page),
        }

    def _finding(self, finding: Finding) -> Mapping[str, Any]:
        values = names_of(finding, self._question)
        page = Page(self._language, values)
        return {
            "failure": finding.failure.id if finding.failure else None,
            "cause": finding.cause.id if finding.cause else None,
            "text": page.say(finding.title),
            "strength": finding.strength,
            "source": finding.cause.source if finding.cause else None,
            "fix": _fix(fix_steps(finding, self._question), page),
            **self._observation(finding.observation),
            "names": dict(values),
        }

    def _remaining(self, remaining: RemainingCause) -> Mapping[str, Any]:
        return {
            "failure": remaining.failure.id,
            "cause": remaining.cause.id,
            "text": self._page.say(remaining.cause.text),
            "observations": [self._observation(observation) for observation in remaining.observations],
        }


def _fix(steps: Iterable[Step], page: Page) -> list[Mapping[str, Any]]:
    return [
        {
            "text": page.say(step.text),
            "commands": [page.command(command) for command in step.commands],
            "source": step.source,
            "links": [{"title": page.say(link.title), "url": link.url} for link in step.links],
        }
        for step in with_finders(steps)
    ]


def _open_reason(reason: Reason | None) -> Mapping[str, str | None]:
    return {"reason": reason, "remedy": REMEDIES[reason] if reason else None}

"""A diagnosis as one JSON object, for machines: texts in the language asked for, ids and verdicts in English."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Finding, Remaining
from azure_migrate_exporter.diagnosis.model import Observation, Question, Reported, Result
from azure_migrate_exporter.diagnosis.text_report import common, fix, names_of
from azure_migrate_exporter.failures.explain import Page, paste
from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.reasons import REMEDIES, Reason


class Document:
    """Builds the object."""

    def __init__(
        self, question: Question, results: Sequence[Result], reported: Sequence[Reported], language: Language
    ) -> None:
        self._question = question
        self._results = results
        self._reported = reported
        self._language: Language = language
        self._page = Page(language, common(question, results))

    def text(self, conclusion: Conclusion) -> str:
        """The object on one line."""
        document = {
            "question": self._asked(),
            "steps": [self._step(result) for result in self._results],
            "reported": [asdict(error) for error in self._reported],
            "conclusion": self._conclusion(conclusion),
            "exit_code": conclusion.ending.exit_code,
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
            **_why(observation.reason),
        }

    def _conclusion(self, conclusion: Conclusion) -> Mapping[str, Any]:
        return {
            "ending": conclusion.ending,
            "causes": [self._finding(finding) for finding in conclusion.causes],
            "further": [self._finding(finding) for finding in conclusion.further],
            "remaining": [self._remaining(remaining) for remaining in conclusion.remaining],
            "unclear": [self._observation(observation) for observation in conclusion.undecided],
        }

    def _finding(self, finding: Finding) -> Mapping[str, Any]:
        values = names_of(finding, self._question)
        page = Page(self._language, values)
        return {
            "failure": finding.failure.id,
            "cause": finding.cause.id if finding.cause else None,
            "text": page.say(finding.cause.text if finding.cause else finding.failure.title),
            "strength": finding.strength,
            "fix": [
                {"text": page.say(step.text), "commands": [paste(command, values) for command in step.commands]}
                for step in fix(finding)
            ],
            **self._observation(finding.observation),
            "names": dict(values),
        }

    def _remaining(self, remaining: Remaining) -> Mapping[str, Any]:
        return {
            "failure": remaining.failure.id,
            "cause": remaining.cause.id,
            "text": self._page.say(remaining.cause.text),
            "observations": [self._observation(observation) for observation in remaining.observations],
        }


def _why(reason: Reason | None) -> Mapping[str, str | None]:
    return {"reason": reason, "remedy": REMEDIES[reason] if reason else None}

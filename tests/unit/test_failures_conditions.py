"""Trouble that no error names: complete in both languages, and with commands that can be pasted."""

import re

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import Place, place
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.model import PLACEHOLDERS, Cause

PLACEHOLDER = re.compile(r"\{(\w+)\}")
EVERY = pytest.mark.parametrize("cause", CONDITIONS.values(), ids=list(CONDITIONS))


def commands(cause: Cause) -> list[str]:
    return [command for step in cause.fix for command in step.commands]


def test_no_condition_has_the_id_of_a_documented_cause() -> None:
    documented = {cause.id for failure in CATALOGUE.values() for cause in failure.causes}
    assert CONDITIONS.keys() & documented == set()


@EVERY
class TestEveryCondition:
    def test_has_steps_that_end_like_sentences_in_both_languages(self, cause: Cause) -> None:
        assert cause.fix
        for text in (cause.text, *(step.text for step in cause.fix)):
            assert text.fr is not None
            for spoken in (text.en, text.fr):
                assert spoken == " ".join(spoken.split())
                assert spoken.endswith(".")
                spoken.encode("cp1252")

    def test_uses_the_same_known_placeholders_in_both_languages(self, cause: Cause) -> None:
        for text in (cause.text, *(step.text for step in cause.fix)):
            assert set(PLACEHOLDER.findall(text.en)) == set(PLACEHOLDER.findall(text.fr or "")) <= PLACEHOLDERS

    def test_has_commands_that_can_be_pasted(self, cause: Cause) -> None:
        for command in commands(cause):
            command.encode("ascii")
            assert set(PLACEHOLDER.findall(command)) <= PLACEHOLDERS
            assert "azurerm" not in command.lower()
            for name in PLACEHOLDER.finditer(command):
                assert name[1].endswith("_address") or place(command, name.start()) is not Place.QUOTED

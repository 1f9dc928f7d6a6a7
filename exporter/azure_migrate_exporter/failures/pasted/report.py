"""What `explain` prints for a pasted text: the failures that it names, how each was recognised, and their entries."""

from collections.abc import Iterator, Sequence
from typing import Final

from azure_migrate_exporter.failures.explain import WIDTH, Page, explain
from azure_migrate_exporter.failures.model import Language, Text
from azure_migrate_exporter.failures.pasted import Recognition, recognize

NOT_RECOGNIZED: Final = Text(
    "no documented failure has this code or message: paste the whole message with its brackets; if the portal is not "
    "in English, switch the portal to English or paste the code with its label",
    "aucune défaillance documentée n'a ce code ou ce message : collez le message entier avec ses crochets ; si le "
    "portail n'est ni en français ni en anglais, passez-le en anglais ou collez le code avec son libellé",
)

_WHOLE_ENTRIES: Final = 3
"""Entries that are printed; further failures are only listed."""

_RECOGNIZED: Final = Text("Recognised:", "Reconnu :")
_BY_NAME: Final = Text("by its id", "par son identifiant")
_BY_MESSAGE: Final = Text("by its text", "par son texte")
_BY_CUT_MESSAGE: Final = Text("by a part of its text", "par une partie de son texte")
_BY_CODE: Final = Text("by the code {}", "par le code {}")
_MORE: Final = Text("For the others:", "Pour les autres :")
_OTHER_IN_JOBS: Final = Text(
    "{} is a code of replication cycles. In a job of the vault the same number can mean another error: there, paste "
    "the message.",
    "{} est un code des cycles de réplication. Dans une tâche du coffre, le même numéro peut désigner une autre "
    "erreur : dans ce cas, collez le message.",
)
_GENERAL: Final = Text(
    "Azure shows this sentence for other problems too: the possible causes beside it decide.",
    "Azure affiche cette phrase pour d'autres problèmes aussi : les causes possibles affichées à côté sont "
    "déterminantes.",
)


def explain_pasted(pasted: str, language: Language = "en") -> str | None:
    """The page for a pasted text, ending with a line break; None if it names no documented failure."""
    found = recognize(pasted)
    if not found:
        return None
    whole = found[:_WHOLE_ENTRIES]
    entries = [explain(recognition.failure, language) for recognition in whole]
    return f"\n{'=' * WIDTH}\n\n".join(["\n".join([*_summary(found, language), ""]) + "\n" + entries[0], *entries[1:]])


def _summary(found: Sequence[Recognition], language: Language) -> Iterator[str]:
    page = Page(language, {})
    yield page.say(_RECOGNIZED)
    width = max(len(recognition.failure.id) for recognition in found)
    for recognition in found:
        yield f"  {recognition.failure.id:<{width}}  {', '.join(_evidence(recognition, page))}"
    for recognition in found:
        yield from _reservations(recognition, page)
    if found[_WHOLE_ENTRIES:]:
        flag = " --lang fr" if language == "fr" else ""
        yield page.say(_MORE)
        yield from (f"  azure-migrate-exporter explain {more.failure.id}{flag}" for more in found[_WHOLE_ENTRIES:])


def _evidence(recognition: Recognition, page: Page) -> Iterator[str]:
    if recognition.name:
        yield page.say(_BY_NAME)
    if recognition.message:
        yield page.say(_BY_MESSAGE)
    if recognition.cut_message:
        yield page.say(_BY_CUT_MESSAGE)
    if recognition.code:
        yield page.say(_BY_CODE).format(recognition.code)


def _reservations(recognition: Recognition, page: Page) -> Iterator[str]:
    if recognition.other_in_jobs:
        en, fr = (text.format(recognition.code) for text in (_OTHER_IN_JOBS.en, _OTHER_IN_JOBS.into("fr")))
        yield from page.wrap(Text(en, fr), "  ")
    if recognition.general_message:
        yield from page.wrap(_GENERAL, "  ")

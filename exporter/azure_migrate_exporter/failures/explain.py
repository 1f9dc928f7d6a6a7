"""One failure as text for a person: what it is, why it happens, how to tell which cause it is, and what to type."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import paste, with_finders
from azure_migrate_exporter.failures.model import (
    CHOICES,
    PLACEHOLDERS,
    Article,
    Cause,
    Check,
    Code,
    Failure,
    Language,
    Link,
    Projects,
    Source,
    Step,
    Strength,
    Text,
)
from azure_migrate_exporter.failures.pasted import recognize

WIDTH: Final = 96
"""Characters to a line of prose. Commands are never broken: they are there to be pasted."""

_CODE: Final = Text("Code", "Code")
_SYMBOL: Final = Text("Symbol", "Symbole")
_APPLIES: Final = Text("Projects", "Projets")
_ARTICLE: Final = Text("Article", "Article")
_ALSO: Final = Text("Same code", "Même code")
_SUMMARY: Final = Text("What happened", "Ce qui s'est passé")
_SIGNS: Final = Text("Signs", "Signes")
_CAUSES: Final = Text("Causes and fixes, the most upstream first", "Causes et solutions, de l'amont vers l'aval")
_TELL: Final = Text("How to tell:", "Comment le savoir :")
_NO_CHECK: Final = Text("no check of the exporter shows it.", "aucun contrôle de l'exportateur ne le montre.")
_DO: Final = Text("What to do:", "Que faire :")
_THEN: Final = Text("Then", "Ensuite")
_LINKS: Final = Text("Documents", "Documents")
_FILL_IN: Final = Text(
    "Replace what is in {…} and <…> with your own names.", "Remplacez ce qui est entre {…} et <…> par vos propres noms."
)
_HARMLESS: Final = Text(
    "Azure reports this for machines that replicate normally; nothing is broken.",
    "Azure signale ceci pour des machines qui se répliquent normalement ; rien n'est en panne.",
)
_ENGLISH_ONLY: Final = "(Cette erreur n'est pas dans l'article français : son texte n'existe qu'en anglais.)"
_SINCE: Final = Text("since the version of {}", "depuis la version de {}")
_VERSIONS: Final = Text("article of {}", "article de {}")
_NOT_IN_ARTICLE: Final = Text("not in the article", "absent de l'article")
_SHARED: Final = Text("shared with {}", "partagé avec {}")

_PROJECTS: Final = {
    Projects.ALL: Text("all", "tous"),
    Projects.LEGACY: Text(
        "only projects made before 2024, which have Service Bus and a key vault",
        "seulement les projets créés avant 2024, qui ont Service Bus et un coffre de clés",
    ),
    Projects.GREENFIELD: Text("only projects made since 2024", "seulement les projets créés depuis 2024"),
}
SOURCES: Final = {
    Source.MICROSOFT: Text("Microsoft", "Microsoft"),
    Source.VMWARE: Text("VMware", "VMware"),
    Source.INFERENCE: Text("inferred", "déduit"),
}
SOURCES_NOTE: Final = Text(
    "[Microsoft] and [VMware]: documented there. [inferred]: in no document, concluded from how the components work or "
    "reported by users.",
    "[Microsoft] et [VMware] : documenté par eux. [déduit] : dans aucun document, déduit du fonctionnement des "
    "composants ou signalé par des utilisateurs.",
)
_STRENGTHS: Final = {
    Strength.DIRECT: Text("shows it", "le montre"),
    Strength.EARLY: Text("an early sign", "un signe avant-coureur"),
    Strength.INDIRECT: Text("indirect evidence", "un indice, pas une preuve"),
}

_FRENCH_SPACE: Final = re.compile(r" (?=[:;?!»])|(?<=«) ")
_PLACEHOLDER: Final = re.compile("{(" + "|".join(sorted(PLACEHOLDERS)) + ")}")
_OPEN: Final = re.compile(r"<\w[\w ]*>|" + _PLACEHOLDER.pattern)


def find(question: str) -> Failure | None:
    """The first failure that a text names: by its id, by a code or symbol, or by a message in any known language."""
    return next((recognition.failure for recognition in recognize(question)), None)


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders replaced; those without a value stay, braces included."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def explain(failure: Failure, language: Language = "en", values: Mapping[str, str] | None = None) -> str:
    """The whole entry, ending with a line break. `values` fills placeholders: ``{"vm": "web01"}``.

    A failure without French text is explained in English under French headings, and says so.
    """
    lines = list(Page(language, values or {}).lines(failure))
    return "\n".join([*lines, *still_open(lines, language)]) + "\n"


def still_open(lines: Iterable[str], language: Language) -> tuple[str, ...]:
    """What to add to a page on which something in braces or angle brackets is left for the reader to fill in."""
    return ("", _FILL_IN.into(language)) if any(_OPEN.search(line) for line in lines) else ()


class Page:
    """Lays an entry, or parts of one, out in one language, with `values` for the placeholders."""

    def __init__(self, language: Language, values: Mapping[str, str]) -> None:
        self._language: Language = language
        self._values = values

    def lines(self, failure: Failure) -> Iterator[str]:
        """The whole entry."""
        title = self.say(failure.title)
        yield from (title, "-" * min(len(title), WIDTH), failure.id)
        if self._language == "fr" and not failure.in_french:
            yield _ENGLISH_ONLY
        yield ""
        yield from self._facts(failure)
        yield from self._section(_SUMMARY)
        yield from self.wrap(failure.summary, "  ")
        if failure.harmless:
            yield from self.wrap(_HARMLESS, "  ")
        if failure.signs:
            yield from self._section(_SIGNS)
            yield from self._checks(failure.signs, "  ")
        yield from self._section(_CAUSES)
        for number, cause in enumerate(failure.causes, start=1):
            if number > 1:
                yield ""
            yield from self._cause(number, cause)
        if failure.then:
            yield from self._section(_THEN)
            yield from self.steps(failure.then, "  {}. ", sources=True)
        if failure.links:
            yield from self._section(_LINKS)
            yield from self.links(failure.links)
        yield ""
        yield from self.wrap(SOURCES_NOTE, "")

    def _facts(self, failure: Failure) -> Iterator[str]:
        facts = [(_CODE, self._code(code)) for code in failure.codes]
        facts += [(_SYMBOL, symbol) for symbol in failure.symbols]
        facts += [
            (_ALSO, f"{other.id} ({self._versions(code.articles)})")
            for other in CATALOGUE.values()
            for code in other.codes
            if code.shared_with == failure.id
        ]
        facts.append((_ARTICLE, self._since(failure.since)))
        facts.append((_APPLIES, self.say(_PROJECTS[failure.projects])))
        yield from (f"{self.say(name):<11}{value}" for name, value in facts)

    def _since(self, article: Article) -> str:
        return self.say(_NOT_IN_ARTICLE if article is Article.ELSEWHERE else _SINCE).format(article.value)

    def _code(self, code: Code) -> str:
        shared = f"; {self.say(_SHARED).format(code.shared_with)}" if code.shared_with else ""
        return f"{code.number} ({self._versions(code.articles)}{shared})"

    def _versions(self, articles: Iterable[Article]) -> str:
        years = [article.value for article in articles if article is not Article.ELSEWHERE]
        return self.say(_VERSIONS).format(", ".join(years)) if years else self.say(_NOT_IN_ARTICLE)

    def _cause(self, number: int, cause: Cause) -> Iterator[str]:
        yield from self.wrap(cause.text, f"{number:>2}. ", self._source(cause.source))
        if cause.projects is not Projects.ALL:
            yield f"    ({self.say(_PROJECTS[cause.projects])})"
        if cause.checks:
            yield f"    {self.say(_TELL)}"
            yield from self._checks(cause.checks, "      ")
        else:
            yield f"    {self.say(_TELL)} {self.say(_NO_CHECK)}"
        yield f"    {self.say(_DO)}"
        yield from self.steps(cause.fix, f"      {number}.{{}} ", sources=True)

    def _checks(self, checks: Iterable[Check], indent: str) -> Iterator[str]:
        for check in checks:
            yield from self.wrap(check.signal.question, f"{indent}- ", f" ({self.say(_STRENGTHS[check.strength])})")
            yield f"{indent}    {self.command(check.signal.command)}"

    def steps(self, steps: Iterable[Step], label: str, *, sources: bool = False) -> Iterator[str]:
        """Steps with their commands, numbered by `label` (``"  {}. "``); and with their sources, if wanted."""
        for number, step in enumerate(with_finders(steps), start=1):
            numbered = label.format(number)
            yield from self.wrap(step.text, numbered, self._source(step.source) if sources else "")
            indent = " " * len(numbered)
            yield from (f"{indent}  {self.command(command)}" for command in step.commands)
            yield from self.links(step.links, indent)

    def command(self, command: str) -> str:
        """A command to paste: filled in, and what is left to choose named in this page's language."""
        pasted = paste(command, self._values)
        for name, french in CHOICES.items() if self._language == "fr" else ():
            pasted = pasted.replace(f"<{name}>", f"<{french}>")
        return pasted

    def _source(self, source: Source) -> str:
        return f" [{self.say(SOURCES[source])}]"

    def links(self, links: Iterable[Link], indent: str = "  ") -> Iterator[str]:
        """Titles and addresses of documents."""
        for link in links:
            yield from self.wrap(link.title, f"{indent}- ")
            yield f"{indent}  {link.url}"

    def _section(self, title: Text) -> Iterator[str]:
        yield from ("", self.say(title), "")

    def wrap(self, text: Text, indent: str, suffix: str = "") -> list[str]:
        """A text in lines; `indent` begins the first, and the others are as deep."""
        return textwrap.wrap(
            self.say(text) + suffix,
            width=WIDTH,
            initial_indent=indent,
            subsequent_indent=" " * len(indent),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def say(self, text: Text) -> str:
        """A text in this page's language, filled in; French punctuation keeps to its word by a no-break space."""
        spoken = fill(text.into(self._language), self._values)
        return _FRENCH_SPACE.sub("\u00a0", spoken) if self._language == "fr" and text.fr is not None else spoken

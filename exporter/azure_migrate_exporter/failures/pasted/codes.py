"""Error codes in pasted text: numbers with a label, in the languages of the portal.

A number without a label is a code only if it is the whole text: "HTTP 508", "KB 1012", "port 1022" or a number in a
machine's name are none.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.normalization import fold
from azure_migrate_exporter.failures.pasted.tables import cells_below

_ERROR: Final = (
    *("error", "erreur", "Fehler", "errore", "erro", "fout", "fel", "błędu", "błąd", "chyby", "chyba", "hata", "hiba"),
    *("ошибки", "ошибка", "エラー", "오류", "错误", "錯誤"),
)
_IDENTIFIER: Final = (
    *("id", "identifier", "identifiant", "identificador", "identificativo", "identyfikator", "идентификатор"),
    *("code", "código", "codice", "kod", "kodu", "kód", "код", "コード", "코드", "代码", "代碼"),
    *("number", "no", "nr", "numéro", "número", "numero", "Nummer", "Kennung", "kimliği", "azonosító", "azonosítója"),
    *("标识符", "識別碼", "码", "碼"),
)
_OF: Final = "(?:d'|l'|dell'|de|del|do|di|da|der|des|of|van|av)"
_FOREIGN: Final = re.compile(
    r"(?:https?|status|exit|return|win32|windows|system|sql|socket|proxy|tls|ssl|smtp|vss|curl)[\s:_-]{0,3}$"
)
"""Whose error it is, before the label, where it is not Azure's."""

_GLUE: Final = r"[\s_'-]{0,3}"
_SEPARATOR: Final = r"[^\w\n]{0,40}(?:\n[^\w\n]{0,40}){0,2}"
_NUMBER: Final = r"([0-9]{3,6})(?![0-9]|[.,][0-9]|\w|-\w)"
_FEW_WORDS: Final = 4
"""A longer text is a message, in which "error 572" may be anything."""
_LONG_NUMBER: Final = 5
"""Digits from which on "error 181008" is a code wherever it stands."""


def find_codes(text: str) -> tuple[str, ...]:
    """The documented numbers in a text that are error codes, in the order of appearance. `text` is plain text."""
    folded = fold(text)
    found = sorted({*_labelled(folded), *_short(folded), *_before_symbol(folded), *cells_below(folded, _is_label)})
    return tuple(dict.fromkeys(number for _, number in found if number in _documented()))


def _labelled(folded: str) -> Iterator[tuple[int, str]]:
    """Numbers after "Error ID", "Code d'erreur", ``"errorCode":`` and the like, and after a key "code"."""
    for match in _label().finditer(folded):
        if not _FOREIGN.search(folded, max(0, match.start() - 24), match.start()):
            yield match.start(), match[1]
    for match in _KEY.finditer(folded):
        yield match.start(), match[1] or match[2]


def _short(folded: str) -> Iterator[tuple[int, str]]:
    """A number that is the whole text, or that follows the bare word "error"."""
    if whole := re.fullmatch(r"\W*([0-9]{3,6})\W*", folded):
        yield whole.start(1), whole[1]
    short = len(folded.split()) <= _FEW_WORDS
    for match in _error_number().finditer(folded):
        foreign = _FOREIGN.search(folded, max(0, match.start() - 24), match.start())
        if not foreign and (short or len(match[1]) >= _LONG_NUMBER):
            yield match.start(), match[1]


def _before_symbol(folded: str) -> Iterator[tuple[int, str]]:
    """Numbers that are joined to a documented symbol: ``181008:DisposeArtefactsTimedOut``."""
    for match in _JOINED.finditer(folded):
        if match[2] in _symbols():
            yield match.start(), match[1]


_KEY: Final = re.compile(
    r"(?:^|[{,;|<(@])[\s\"'*\\{]{0,20}code[\"'*\s\\]{0,20}[:=>|][\s\"'*\\]{0,20}(?:(?<=[\"'>])" + _NUMBER
    + r"|([0-9]{4,6})(?![0-9]|[.,][0-9]|\w|-\w))",
    re.MULTILINE,
)  # fmt: skip
_JOINED: Final = re.compile(r"(?<![\w.-])([0-9]{3,6})[\s*_`]{0,4}:[\s*_`]{0,4}([a-z]{6,60})")


@cache
def _words(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(sorted((re.escape(fold(word)) for word in words), key=len, reverse=True)) + ")"


@cache
def _label_pattern() -> str:
    error, identifier = _words(_ERROR), _words(_IDENTIFIER)
    return (
        rf"(?:(?:(?<![^\W\d_])|(?=error)){error}(?:details?)?{_GLUE}{identifier}"
        rf"|(?<![^\W\d_]){identifier}{_GLUE}{_OF}?{_GLUE}{error})(?![^\W\d_])"
    )


@cache
def _label() -> re.Pattern[str]:
    return re.compile(_label_pattern() + _SEPARATOR + _NUMBER)


@cache
def _error_number() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_]){_words(_ERROR)}{_SEPARATOR}{_NUMBER}")


def _is_label(heading: str) -> bool:
    return heading == "code" or re.fullmatch(rf"(?:\w+[ _-]?)?{_label_pattern()}", heading) is not None


@cache
def _documented() -> frozenset[str]:
    return frozenset(code.number for failure in CATALOGUE.values() for code in failure.codes)


@cache
def _symbols() -> frozenset[str]:
    return frozenset(symbol.lower() for failure in CATALOGUE.values() for symbol in failure.symbols)

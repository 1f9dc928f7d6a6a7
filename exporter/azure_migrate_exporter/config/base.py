"""Building blocks of the schema: strict models, durations, paths, and secrets, which are never in the file itself."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    ValidationInfo,
    model_validator,
)

from azure_migrate_exporter import local_files
from azure_migrate_exporter.config.encoding import EncodingError, decode
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import remember

_LONGEST_DURATION = 40
"""Characters: more are a mistake, and too many digits for a number."""
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
_DURATION_UNITS = (365 * 86400.0, 7 * 86400.0, 86400.0, 3600.0, 60.0, 1.0, 0.001)


def parse_duration(value: object) -> float:
    """Seconds from ``1h30m``, ``45s``, ``250ms``, ``2w`` as Prometheus writes them, or from ``0``."""
    if value == "0" or (value == 0 and type(value) is int):
        return 0.0
    match = _DURATION.fullmatch(value) if isinstance(value, str) and 0 < len(value) <= _LONGEST_DURATION else None
    if match is None:
        raise ValueError('not a duration: write it as in "30s", "5m" or "1h30m"')
    return sum(float(n) * unit for n, unit in zip(match.groups(), _DURATION_UNITS, strict=True) if n)


def format_duration(seconds: float) -> str:
    """`seconds` as `parse_duration` reads them: ``1h30m``, ``250ms``, ``0s``."""
    rest, parts = round(seconds * 1000), []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str, when_used="json")
]
"""Seconds; written as a Prometheus duration. Defaults are plain numbers of seconds."""


def _resolve_relative(path: Path, info: ValidationInfo) -> Path:
    directory = (info.context or {}).get("directory")
    return directory / path if directory else path


def _path(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("write the path of a file")
    return value


LocalPath = Annotated[Path, AfterValidator(_resolve_relative), BeforeValidator(_path)]
"""A file on this machine; relative paths start at the directory of the configuration file."""

PositiveDuration = Annotated[Duration, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _name(value: str) -> str:
    if not value or value != value.strip():
        raise ValueError("write a text without blanks at its ends")
    if not value.isprintable():
        raise ValueError(
            "contains a line break or tab: a backslash in double quotes begins an escape; use single quotes"
        )
    return value


Name = Annotated[str, Field(max_length=200), AfterValidator(_name)]
"""A name of something: one line, without blanks at its ends."""


def _host(value: str) -> str:
    bare = value.removeprefix("[").removesuffix("]")
    if ":" in bare and _is_ipv6(bare):
        return bare
    if "/" in value:
        raise ValueError("write the host name or address alone: no https:// before it and no path after it")
    if ":" in value:
        raise ValueError("write the host name or address alone: the port has a key of its own, `port`")
    if not _HOST.fullmatch(value) or len(value) > 253:
        raise ValueError("not a host name or an address")
    return value


def _is_ipv6(value: str) -> bool:
    try:
        return ip_address(value.partition("%")[0]).version == 6
    except ValueError:
        return False


Host = Annotated[str, AfterValidator(_host)]
"""A host name or an address, and nothing else."""


def split_url(value: str) -> SplitResult | None:
    """`value` taken apart; None if it is not a URL, or its port is not one."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


class Model(BaseModel):
    """Base of every section: unknown keys are errors, values are immutable, and inputs never appear in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class Secret(Model):
    """The source of a secret. It is read at each use, so that a rotated secret takes effect without a restart."""

    file: LocalPath | None = None
    """Path of a file that contains only the secret."""
    env: str | None = None
    """Name of an environment variable that contains the secret."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_plain_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("a secret is never written here: give {file: PATH} or {env: NAME}")  # noqa: TRY004
        return value

    @model_validator(mode="after")
    def _exactly_one_source(self) -> "Secret":
        if (self.file is None) == (self.env is None):
            raise ValueError("give exactly one of file and env")
        return self

    def read(self) -> str:
        """The secret, without line breaks at its end. Raises `CheckError` (unauthenticated), never with the value.

        What it returns is redacted from then on, in whatever text it turns up.
        """
        source = f"the environment variable {self.env}" if self.env is not None else f"the secret file {self.file}"
        value = self._content(source).rstrip("\r\n")
        if not value.strip():
            raise CheckError(
                Reason.UNAUTHENTICATED, f"{source} is {'not set or ' if self.env is not None else ''}empty"
            )
        remember(value)
        problem = _pasting_mistake(value)
        if problem:
            raise CheckError(Reason.UNAUTHENTICATED, f"{source} {problem}")
        return value

    def _content(self, source: str) -> str:
        if self.file is None:
            return os.environ.get(self.env or "", "")
        try:
            return decode(local_files.read_bytes(self.file))
        except OSError as error:
            reason = Reason.LOCAL if classify(error) is Reason.LOCAL else Reason.UNAUTHENTICATED
            raise CheckError(reason, f"{source} cannot be read: {error.strerror}") from error
        except EncodingError as error:
            raise CheckError(Reason.UNAUTHENTICATED, f"{source} {error}") from error


class Token(Secret):
    """A secret that contains no blanks: a SAS, a key, a connection string. Blanks around it are ignored."""

    def read(self) -> str:
        """See `Secret.read`."""
        return super().read().strip()


_INVISIBLE: Final = re.compile(
    "[\N{ZERO WIDTH SPACE}-\N{RIGHT-TO-LEFT MARK}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}]"
)


def _pasting_mistake(value: str) -> str | None:
    """What is wrong with a secret that was not copied as it is; never a part of it."""
    if "\0" in value:
        return "holds a NUL character: copy the secret again as plain text"
    invisible = _INVISIBLE.search(value)
    if invisible:
        return f"contains the invisible character U+{ord(invisible[0]):04X}: copy the secret again as plain text"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return "has quotes around the secret, which count as part of it: remove them"
    return None


class Schedule(Model):
    """When a collector runs. All values are durations."""

    interval: PositiveDuration
    """Longest time between the starts of two runs. Checks of the path and of the appliance run 5 s sooner (half of the
    interval, if that is less): so long they wait for a connection, and a peer that falls silent shows in time."""
    timeout: PositiveDuration
    """Hard deadline of one run."""
    retry_interval: PositiveDuration
    """Time to the next run after a failure."""
    stale_after: PositiveDuration
    """Age at which the measurements of the last run are dropped."""


def discriminated_by(key: str, *values: str) -> Discriminator:
    """Selects the member of a union by the value at `key`. The tag of each member is that value in parentheses.

    The parentheses allow the loader to remove tags from the location of an error.
    """

    def tag(value: Any) -> str | None:
        chosen = value.get(key) if isinstance(value, dict) else getattr(value, key, None)
        return f"({chosen})" if isinstance(chosen, str) else None

    message = f"{key} must be {', '.join(values[:-1])} or {values[-1]}"
    return Discriminator(tag, custom_error_type=f"unknown_{key}", custom_error_message=message)

"""Logging: one line per event on standard error, as logfmt or JSON, with secrets redacted."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog

from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.text import valid_text

_NOISY: Final = ("azure", "msal", "pypsrp", "urllib3", "aiohttp.access", "pyVmomi", "smbprotocol", "spnego")
"""SDKs that log every request, or errors that they also raise."""


_PLAIN: Final = (bool, int, float, type(None))


def configure(level: str, fmt: str) -> None:
    """Send the records of structlog and of the standard library through one pipeline."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(fmt)],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    if level != "debug":
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _renderer(fmt: str) -> structlog.typing.Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer()
    return structlog.processors.LogfmtRenderer(key_order=["ts", "level", "event"], bool_as_flag=False)


def _redact_event(_: Any, __: str, event: structlog.typing.EventDict) -> Mapping[str, Any]:
    """Make every value valid text without secrets; structures become text, as the renderers would make them."""
    return {key: value if isinstance(value, _PLAIN) else redact(valid_text(value)) for key, value in event.items()}

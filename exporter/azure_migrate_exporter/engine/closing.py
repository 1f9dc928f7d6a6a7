"""Closing a collector so that neither an error nor a hang in it stops what closes the others."""

import asyncio
from typing import Final

import structlog

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.redaction import one_line

CLOSE_TIMEOUT: Final = 5.0
"""Seconds that a collector gets to log out and close its connections."""

log = structlog.get_logger()


async def close(collector: Collector) -> None:
    """Close `collector` within its time; say in the log if it could not."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await collector.close()
    except Exception as error:  # noqa: BLE001 - see the module
        log.warning("collector did not close cleanly", collector=type(collector).__name__, error=one_line(repr(error)))

"""Asking Resource Manager about one vault: within a budget, never before it allows, and with every request counted."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.azure.arm_client import Arm, connected
from azure_migrate_exporter.azure.json_fields import Json, objects, text
from azure_migrate_exporter.azure.retry_after import pause
from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.replication.budget import Budget
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

SITE_RECOVERY: Final = "2025-08-01"
"""API version of everything below a vault: that of the SDK, whose models tell the names of the fields."""
MOST_PAGES: Final = 500
"""Pages of one list: 10,000 machines, 20 on each."""
LOW: Final = 50.0
"""Requests that must be left to others with our identity for machines to be read one by one."""
PAUSE: Final = 10.0
"""Seconds in which ARM's own limit has filled up again, if nobody else uses it."""

_LIMIT: Final = "x-ms-ratelimit-remaining-"
_LIMITS: Final = ("subscription-reads", "subscription-global-reads")
_FORGET: Final = {Reason.UNAUTHENTICATED, Reason.TLS}
"""Reasons for which the credential and the CA file are read again: somebody may have replaced them."""
_PATH: Final = re.compile(r"^/\S+: ")
"""What was asked for, in full: of a machine it is so long that nothing would be left of what was answered."""
_RENEWED: Final = "given up, because the connection is being renewed"

_status: ContextVar[list[int]] = ContextVar("status")


class Reader:
    """The requests of one vault's collector. `open` comes first in each run."""

    def __init__(self, settings: VaultSettings, context: Context, proxy: ProxySettings) -> None:
        self._settings = settings
        self._proxy = proxy
        self._clock = context.clock
        self._throttling = context.throttling
        self._subscription = (settings.addresses.resource_manager, settings.subscription.lower())
        self._vault = (*self._subscription, settings.resource_group.lower(), settings.vault.lower())
        self._requests: Counter[tuple[str, str]] = Counter()
        self._remaining: dict[str, float] = {}
        self._budget = Budget(settings.reads_per_minute, context.clock)
        self._stack = AsyncExitStack()
        self._arm: Arm | None = None
        self._refused = False
        self.vault = (
            f"/subscriptions/{settings.subscription}/resourceGroups/{settings.resource_group}"
            f"/providers/Microsoft.RecoveryServices/vaults/{settings.vault}"
        )
        """ARM id of the vault."""

    @property
    def patience(self) -> float:
        """Seconds for which ARM wants no request; 0 if it takes some."""
        until = max(self._throttling.until(self._subscription), self._throttling.until(self._vault))
        return max(0.0, until - self._clock.monotonic())

    async def turn(self, *, at_once: bool = False) -> None:
        """Wait until a request that can wait may be made; with `at_once` it only counts as one of those."""
        if at_once:
            self._budget.take()
            return
        if self._remaining.get(_LIMITS[0], LOW) < LOW:
            await self._clock.sleep(PAUSE)
        while seconds := self.patience:
            await self._clock.sleep(seconds)
        await self._budget.turn()

    async def open(self) -> None:
        """Begin a run with a token that is good. Raises `CheckError`, and makes no request while ARM wants none."""
        self._be_patient()
        self._budget.begin_burst()
        if self._refused:
            await self.close()
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                if self._arm is None:
                    self._arm = await self._stack.enter_async_context(
                        connected(self._settings, self._proxy, self._on_answer)
                    )
                else:
                    await credentials.token(self._arm.credential, self._arm.cloud.scope)
        except TimeoutError as error:
            self._refused = True
            raise CheckError(Reason.TIMEOUT, "no token from Entra ID in time") from error
        except CheckError:
            self._refused = True
            raise

    async def get(self, operation: str, path: str, api_version: str = SITE_RECOVERY, *, turn: bool = False) -> Json:
        """The object at `path`. With `turn`, the one for which `turn` was awaited. Raises `CheckError`."""
        return await self._ask(operation, lambda arm: arm.get(path, api_version), turn=turn)

    async def pages(self, operation: str, path: str) -> AsyncGenerator[list[Json], None]:
        """The pages of the list at `path`. Raises `CheckError`."""
        page = await self.get(operation, path)
        for _ in range(MOST_PAGES):
            if not isinstance(page.get("value"), list):
                raise CheckError(Reason.PROTOCOL, f"{operation}: the answer has no list")
            yield list(objects(page["value"]))
            link = text(page.get("nextLink"))
            if not link:
                return
            page = await self._ask(operation, partial(Arm.follow, link=link))
        raise CheckError(Reason.PROTOCOL, f"{operation}: the list does not end after {MOST_PAGES} pages")

    async def whole(self, operation: str, path: str) -> list[Json]:
        """Everything in the list at `path`. Raises `CheckError`."""
        return [value async for page in self.pages(operation, path) for value in page]

    def write(self, out: Measurements) -> None:
        """What we have asked, and what we may still ask."""
        labels = {"subscription": self._settings.subscription, "vault": self._settings.target}
        for (operation, code), count in self._requests.items():
            out.set(metrics.ARM_REQUESTS, count, **labels, operation=operation, code=code)
        for limit, left in self._remaining.items():
            out.set(metrics.ARM_RATELIMIT_REMAINING, left, **labels, limit=limit.replace("-", "_"))

    async def close(self) -> None:
        """Give back connections and the credential; `open` gets new ones."""
        self._arm, self._refused = None, False
        await self._stack.aclose()

    async def _ask(
        self, operation: str, request: Callable[[Arm], Awaitable[dict[str, Any]]], *, turn: bool = False
    ) -> Json:
        self._be_patient()
        if not turn:
            self._budget.spend()
        arm = self._arm
        if arm is None:
            raise CheckError(Reason.RESET, f"{operation}: {_RENEWED}")
        answered: list[int] = []
        code = Reason.TIMEOUT  # unless something else ends it
        _status.set(answered)
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                content = await request(arm)
        except Exception as error:
            renewed = arm is not self._arm
            problem = (
                CheckError(Reason.RESET, f"{operation}: {_RENEWED}") if renewed else self._problem(operation, error)
            )
            code = problem.reason
            self._refused |= code in _FORGET
            raise problem from error
        else:
            return content
        finally:
            self._requests[operation, str(answered[-1]) if answered else code.value] += 1

    def _problem(self, operation: str, error: Exception) -> CheckError:
        """The error on one line, with what was asked. What nobody understands is a bug of ours and goes on as it is."""
        if isinstance(error, TimeoutError):
            seconds = self._settings.request_timeout
            return CheckError(Reason.TIMEOUT, f"{operation}: no whole answer within {seconds:g} s")
        reason = classify(error)
        if reason is Reason.INTERNAL:
            raise error
        said = error.message if isinstance(error, CheckError) else one_line(str(error)) or type(error).__name__
        return CheckError(reason, f"{operation}: {_PATH.sub('', said)}")

    def _be_patient(self) -> None:
        if (seconds := self.patience) > 0:
            raise CheckError(Reason.THROTTLED, f"ARM wants no request for another {seconds:.0f} s")

    def _on_answer(self, status: int, headers: Mapping[str, str]) -> None:
        _status.get([]).append(status)
        for limit in _LIMITS:
            left = headers.get(_LIMIT + limit, "")
            if left.isdecimal():
                self._remaining[limit] = float(left)
        if (wait := pause(status, headers, self._clock.time())) is not None:
            limited = self._subscription if status == 429 else self._vault
            self._throttling.hold(limited, self._clock.monotonic() + wait)

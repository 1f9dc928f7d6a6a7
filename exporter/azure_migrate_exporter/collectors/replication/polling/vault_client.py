"""Requests to Resource Manager about one vault: rate limited, never before `Retry-After` has passed, all counted."""

import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.azure.arm_client import Arm, Decode, connected
from azure_migrate_exporter.azure.json_fields import Json
from azure_migrate_exporter.azure.json_parser import parse
from azure_migrate_exporter.azure.paging import Paging
from azure_migrate_exporter.azure.retry_after import ArmThrottle
from azure_migrate_exporter.azure.site_recovery import API_VERSION
from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.replication.polling.rate_limiter import RateLimiter
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.deadline import time_limit

RESERVE: Final = 50.0
"""Requests of ARM's rate limit that are left to other clients of the same identity."""
REFILL_DELAY: Final = 10.0
"""Seconds in which ARM's rate limit fills up again, if no other client uses it."""

_RATE_LIMIT_HEADER: Final = "x-ms-ratelimit-remaining-"
_RATE_LIMITS: Final = ("subscription-reads", "subscription-global-reads")
_RECONNECT_AFTER: Final = {Reason.UNAUTHENTICATED, Reason.IDENTITY, Reason.TLS}
"""Reasons after which the credential and the CA file are read again: they may have been replaced."""
_REQUEST_PATH: Final = re.compile(r"^/\S+: ")
"""The full path in front of a message: a machine's path is so long that it would leave no room for the message."""
_RECONNECTING: Final = "given up, because the connection is being renewed"

_statuses: ContextVar[list[int]] = ContextVar("statuses")


class VaultClient:
    """The requests of one vault's collector. Each run begins with `open`."""

    def __init__(self, settings: VaultSettings, context: Context, proxy: ProxySettings) -> None:
        self._settings = settings
        self._proxy = proxy
        self._clock = context.clock
        place = (settings.subscription, settings.resource_group, settings.vault)
        self._throttle = ArmThrottle(context.throttling, context.clock, settings.addresses.resource_manager, *place)
        self._requests: Counter[tuple[str, str]] = Counter()
        self._remaining: dict[str, float] = {}
        self._rate_limiter = RateLimiter(settings.reads_per_minute, context.clock)
        self._stack = AsyncExitStack()
        self._arm: Arm | None = None
        self._reconnect = False
        self.vault = (
            f"/subscriptions/{settings.subscription}/resourceGroups/{settings.resource_group}"
            f"/providers/Microsoft.RecoveryServices/vaults/{settings.vault}"
        )
        """ARM id of the vault."""

    async def acquire(self, *, wait: bool = True) -> None:
        """Wait until a single read may start; without `wait` it is only counted."""
        if not wait:
            self._rate_limiter.count_read()
            return
        if self._remaining.get(_RATE_LIMITS[0], RESERVE) < RESERVE:
            await self._clock.sleep(REFILL_DELAY)
        while seconds := self._throttle.retry_after:
            await self._clock.sleep(seconds)
        await self._rate_limiter.acquire()

    async def open(self) -> None:
        """Start a run with a valid token. Raises `CheckError`, without any request while ARM accepts none."""
        self._throttle.check()
        self._rate_limiter.start_run()
        if self._reconnect:
            await self.close()
        try:
            async with time_limit(self._settings.request_timeout):
                if self._arm is None:
                    self._arm = await self._stack.enter_async_context(
                        connected(self._settings, self._proxy, self._on_answer)
                    )
                else:
                    await credentials.token(self._arm.credential, self._arm.cloud.scope)
        except TimeoutError as error:
            self._reconnect = True
            raise CheckError(Reason.IDENTITY, "no token from Entra ID in time") from error
        except CheckError:
            self._reconnect = True
            raise

    async def get(self, operation: str, path: str, api_version: str = API_VERSION, *, acquired: bool = False) -> Json:
        """The object at `path`. `acquired`: whether `acquire` has counted this request. Raises `CheckError`."""
        return await self._request(operation, lambda arm: arm.get(path, api_version), acquired=acquired)

    async def pages(self, operation: str, path: str, *, decode: Decode = parse) -> AsyncGenerator[list[Any], None]:
        """The pages of the list at `path`. Raises `CheckError`."""
        paging = Paging(self._settings.addresses.resource_manager + path, operation)
        page = await self._request(operation, lambda arm: arm.get(path, API_VERSION, decode=decode))
        yield paging.values(page)
        while url := paging.next_url(page):
            page = await self._request(operation, partial(Arm.follow, url=url, decode=decode))
            yield paging.values(page)

    async def list_all(self, operation: str, path: str) -> list[Any]:
        """All values of the list at `path`. Raises `CheckError`."""
        return [value async for page in self.pages(operation, path) for value in page]

    def write(self, out: Measurements) -> None:
        """Write the address of ARM, the requests made, and what is left of ARM's rate limits."""
        address = urlsplit(self._settings.addresses.resource_manager).hostname or ""
        place = {"appliance": "", "resource": self._settings.target, "address": address}
        out.set(metrics.RESOURCE_INFO, 1, collector="replication", **place)
        labels = {"subscription": self._settings.subscription, "vault": self._settings.target}
        for (operation, code), count in self._requests.items():
            out.set(metrics.ARM_REQUESTS, count, **labels, operation=operation, code=code)
        for limit, remaining in self._remaining.items():
            out.set(metrics.ARM_RATELIMIT_REMAINING, remaining, **labels, limit=limit.replace("-", "_"))

    async def close(self) -> None:
        """Close the connections and the credential; `open` makes new ones."""
        self._arm, self._reconnect = None, False
        await self._stack.aclose()

    async def _request(
        self, operation: str, send: Callable[[Arm], Awaitable[dict[str, Any]]], *, acquired: bool = False
    ) -> Json:
        self._throttle.check()
        if not acquired:
            self._rate_limiter.count_list_request()
        arm = self._arm
        if arm is None:
            raise CheckError(Reason.RESET, f"{operation}: {_RECONNECTING}")
        statuses: list[int] = []
        code = Reason.TIMEOUT  # the run's deadline, unless something else ends the request
        _statuses.set(statuses)
        try:
            async with time_limit(self._settings.request_timeout):
                content = await send(arm)
        except Exception as error:
            reconnected = arm is not self._arm
            problem = (
                CheckError(Reason.RESET, f"{operation}: {_RECONNECTING}")
                if reconnected
                else self._problem(operation, error)
            )
            code = problem.reason
            if code is Reason.THROTTLED and not statuses:  # by a proxy or a gateway, which answers for all of ARM
                self._throttle.observe(429, {})
            self._reconnect |= code in _RECONNECT_AFTER
            raise problem from error
        else:
            return content
        finally:
            self._requests[operation, str(statuses[-1]) if statuses else code.value] += 1

    def _problem(self, operation: str, error: Exception) -> CheckError:
        """The error on one line, with its operation. An unknown error is a bug of ours and is raised as it is."""
        if isinstance(error, TimeoutError):
            seconds = self._settings.request_timeout
            return CheckError(Reason.TIMEOUT, f"{operation}: no whole answer within {seconds:g} s")
        reason = classify(error)
        if reason is Reason.INTERNAL:
            raise error
        message = error.message if isinstance(error, CheckError) else one_line(str(error)) or type(error).__name__
        return CheckError(reason, f"{operation}: {_REQUEST_PATH.sub('', message)}")

    def _on_answer(self, status: int, headers: Mapping[str, str]) -> None:
        _statuses.get([]).append(status)
        for limit in _RATE_LIMITS:
            remaining = headers.get(_RATE_LIMIT_HEADER + limit, "")
            if remaining.isdecimal():
                self._remaining[limit] = float(remaining)
        self._throttle.observe(status, headers)

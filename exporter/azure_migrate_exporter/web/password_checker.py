"""Basic authentication against bcrypt hashes, off the event loop."""

import asyncio
import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import bcrypt
from pydantic import SecretStr

from azure_migrate_exporter.runtime.threads import DaemonThreads

_MAX_PASSWORD: Final = 72
"""Bytes that bcrypt uses; longer passwords are rejected."""
_CACHE_SIZE: Final = 256
_MAX_CHECKS: Final = 32
"""Maximum concurrent checks: bcrypt is slow on purpose, so unlimited checks would allow a denial of service."""


class CheckerBusyError(Exception):
    """Too many concurrent password checks."""


class PasswordChecker:
    """Checks passwords in a separate thread and caches the keyed digests of correct ones."""

    def __init__(self) -> None:
        self._executor = DaemonThreads("bcrypt", 1)
        self._secret = os.urandom(32)
        self._verified: OrderedDict[bytes, None] = OrderedDict()
        self._checks = 0

    def close(self) -> None:
        """Release the thread after the current check."""
        self._executor.shutdown()

    async def verify(self, users: Mapping[str, SecretStr], authorization: str) -> bool:
        """Whether this `Authorization` header has the password of one of `users`. Raises `CheckerBusyError`."""
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        user, password = credentials
        hashed = users.get(user)
        if hashed is None:
            await self._matches(password, _decoy_hash(users))  # an unknown user must take as long as a wrong password
            return False
        return await self._matches(password, hashed.get_secret_value().encode())

    async def _matches(self, password: bytes, hashed: bytes) -> bool:
        if len(password) > _MAX_PASSWORD:
            return False
        digest = hmac.digest(self._secret, hashed + b":" + password, hashlib.sha256)
        if digest in self._verified:
            self._verified.move_to_end(digest)
            return True
        if self._checks >= _MAX_CHECKS:
            raise CheckerBusyError
        self._checks += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(self._executor, bcrypt.checkpw, password, hashed)
        finally:
            self._checks -= 1
        if right:
            self._verified[digest] = None
            if len(self._verified) > _CACHE_SIZE:
                self._verified.popitem(last=False)
        return right


def _credentials(authorization: str) -> tuple[str, bytes] | None:
    """User and password of a `Basic` header (RFC 7617), or None if it is anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except ValueError:
        return None


def _decoy_hash(users: Mapping[str, SecretStr]) -> bytes:
    """A hash that matches no password, with the highest cost of the real ones."""
    cost = max(hashed.get_secret_value()[4:6] for hashed in users.values())
    return f"$2b${cost}${'.' * 53}".encode()

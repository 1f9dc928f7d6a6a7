"""Basic authentication against bcrypt hashes, without ever blocking the event loop."""

import asyncio
import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import bcrypt
from pydantic import SecretStr

_MAX_PASSWORD: Final = 72
"""Bytes that bcrypt looks at; a longer password is no password."""
_REMEMBERED: Final = 256
_MAX_WAITING: Final = 32
"""Checks under way at once: bcrypt is slow on purpose, and must not become a way to keep us busy."""


class BusyError(Exception):
    """Too many unknown passwords at once."""


class PasswordChecker:
    """Checks passwords in one thread of its own, and remembers (as keyed digests) those that were right."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bcrypt")
        self._secret = os.urandom(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._waiting = 0

    def close(self) -> None:
        """Give the thread back as soon as the check under way has ended."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def admits(self, users: Mapping[str, SecretStr], authorization: str) -> bool:
        """Whether this `Authorization` header names one of `users` with the right password. Raises `BusyError`."""
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        user, password = credentials
        hashed = users.get(user)
        if hashed is None:
            await self._matches(password, _decoy(users))  # an unknown user takes as long as a wrong password
            return False
        return await self._matches(password, hashed.get_secret_value().encode())

    async def _matches(self, password: bytes, hashed: bytes) -> bool:
        if len(password) > _MAX_PASSWORD:
            return False
        digest = hmac.digest(self._secret, hashed + b":" + password, hashlib.sha256)
        if digest in self._right:
            self._right.move_to_end(digest)
            return True
        if self._waiting >= _MAX_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(self._executor, bcrypt.checkpw, password, hashed)
        finally:
            self._waiting -= 1
        if right:
            self._right[digest] = None
            if len(self._right) > _REMEMBERED:
                self._right.popitem(last=False)
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


def _decoy(users: Mapping[str, SecretStr]) -> bytes:
    """A hash that no password has, at the cost of the dearest real one."""
    cost = max(hashed.get_secret_value()[4:6] for hashed in users.values())
    return f"$2b${cost}${'.' * 53}".encode()

"""Basic authentication: real bcrypt, at its lowest cost."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import closing

import bcrypt
import pytest
from pydantic import SecretStr

from azure_migrate_exporter.web.password_checker import CheckerBusyError, PasswordChecker


def hashed(password: str) -> SecretStr:
    return SecretStr(bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode())


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


USERS = {"alice": hashed("correct horse"), "bob": hashed("ünï:cödé")}


@pytest.fixture
def checker() -> Iterator[PasswordChecker]:
    with closing(PasswordChecker()) as checker:
        yield checker


@pytest.mark.parametrize("header", [basic("alice", "correct horse"), basic("bob", "ünï:cödé")])
async def test_a_known_user_with_the_right_password_comes_in(checker: PasswordChecker, header: str) -> None:
    assert await checker.verify(USERS, header)
    assert await checker.verify(USERS, header.replace("Basic", "bAsIc")), "remembered, and the scheme has no case"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic ünï",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Bearer " + base64.b64encode(b"alice:correct horse").decode(),
        basic("alice", ""),
        basic("alice", "correct horsE"),
        basic("Alice", "correct horse"),
        basic("bob", "correct horse"),
        basic("mallory", "correct horse"),
        basic("alice", "correct horse\0"),
        basic("alice", "x" * 100),
    ],
)
async def test_nobody_else_does(checker: PasswordChecker, header: str) -> None:
    assert not await checker.verify(USERS, header)


async def test_what_follows_the_72nd_byte_is_not_ignored(checker: PasswordChecker) -> None:
    users = {"alice": hashed("x" * 72)}
    assert await checker.verify(users, basic("alice", "x" * 72))
    assert not await checker.verify(users, basic("alice", "x" * 73))


async def test_a_changed_password_locks_the_old_one_out_at_once(checker: PasswordChecker) -> None:
    assert await checker.verify({"alice": hashed("old")}, basic("alice", "old"))
    assert not await checker.verify({"alice": hashed("new")}, basic("alice", "old"))


async def test_a_flood_of_wrong_passwords_is_cut_short_and_known_users_pass(checker: PasswordChecker) -> None:
    assert await checker.verify(USERS, basic("alice", "correct horse"))
    flood = [asyncio.create_task(checker.verify(USERS, basic("alice", f"wrong {n}"))) for n in range(100)]
    await asyncio.sleep(0)
    assert await checker.verify(USERS, basic("alice", "correct horse"))
    answers = await asyncio.gather(*flood, return_exceptions=True)
    assert answers.count(False) == 32
    assert sum(isinstance(answer, CheckerBusyError) for answer in answers) == 68


async def test_no_password_is_kept(checker: PasswordChecker) -> None:
    await checker.verify(USERS, basic("alice", "correct horse"))
    assert "correct horse" not in repr(vars(checker))

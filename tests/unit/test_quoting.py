"""A name in a command is data: one argument, whatever characters somebody typed."""

import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.quoting import either_quote, powershell_escape, powershell_quote
from azure_migrate_exporter.text import valid_text
from tests.generated import generated
from tests.shells import HOSTILE, SINGLE_QUOTES, powershell_reads

names = st.text(st.characters(codec="utf-8")) | st.text(
    "a'\"\u2018\u2019\u201a\u201b\u201c\u201d$`\\!;|&\n\t\r *[](){}#-"
)
"""Any text, and texts of the characters that mean something to a shell."""


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("web01", "'web01'"),
        ("", "''"),
        ("O'Brien", "'O''Brien'"),
        ("O\u2019Brien", "'O\u2019\u2019Brien'"),
        ("a\u2019; Remove-Item x; \u2019", "'a\u2019\u2019; Remove-Item x; \u2019\u2019'"),
        ("$(x) `n", "'$(x) `n'"),
        ("a\nb", "('a' + [char]10 + 'b')"),
        ("web\x1b01", "'web\ufffd01'"),
    ],
)
def test_powershell_reads_a_literal(name: str, quoted: str) -> None:
    assert powershell_quote(name) == quoted


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("web01", "web01"),
        ("web 01", "'web 01'"),
        ("-v", "'-v'"),
        ("", "''"),
        ("O'Brien", '"O\'Brien"'),
        ("O\u2019Brien", '"O\u2019Brien"'),
        ("$HOME", "'$HOME'"),
        ("O'Brien $x", "'O''Brien $x'"),
    ],
)
def test_both_shells_read_the_same_where_one_form_suits_them(name: str, quoted: str) -> None:
    assert either_quote(name) == quoted


@given(names)
@generated()
def test_powershell_reads_every_name_as_it_is(name: str) -> None:
    assert powershell_reads(powershell_quote(name)) == valid_text(name)
    assert powershell_reads(either_quote(name)) == valid_text(name)


@given(names)
@generated()
def test_a_name_never_ends_a_text_in_single_quotes(name: str) -> None:
    spaces = str.maketrans("\t\n\r", "   ")
    assert (
        powershell_reads(f"'https://{powershell_escape(name)}/x'") == f"https://{valid_text(name).translate(spaces)}/x"
    )


@given(names)
@generated()
def test_a_posix_shell_reads_one_word_or_an_error_in_what_suits_both_shells(name: str) -> None:
    quoted = either_quote(name)
    if quoted.startswith("("):
        return  # a syntax error, as the test with bash shows
    (word,) = shlex.split(quoted)
    if not any(quote in name for quote in SINGLE_QUOTES):
        assert word == valid_text(name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bash")
@pytest.mark.parametrize("name", HOSTILE)
def test_bash_runs_nothing_of_a_name(name: str) -> None:
    either = bash(f"printf '%s' {either_quote(name)}")
    assert either.returncode or either.stdout in (name, name.replace("'", ""), powershell_escape(name))


def bash(command: str) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(["/bin/bash", "-c", command], capture_output=True, check=False, timeout=10)
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())

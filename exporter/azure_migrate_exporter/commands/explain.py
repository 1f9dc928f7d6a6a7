"""The `explain` command: prints the documented failure behind a code or message."""

from collections.abc import Sequence

import click

from azure_migrate_exporter.failures.explain import explain as describe
from azure_migrate_exporter.failures.explain import find
from azure_migrate_exporter.failures.model import Language


def explain(question: str, language: Language) -> Sequence[str]:
    """Print the failure that matches `question`. Returns the errors."""
    failure = find(question)
    if failure is None:
        return ["no documented failure has this code or message; paste the whole message, with its brackets"]
    click.echo(describe(failure, language))
    return ()

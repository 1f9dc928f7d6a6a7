"""`python -m generate.alerts --output DIR`: write an operator's own rules, for Prometheus or for Azure Monitor."""

from pathlib import Path
from typing import Final, get_args

import click
from pydantic import ValidationError

from azure_migrate_exporter.failures.model import Language
from generate.alerts.azure import files as azure
from generate.alerts.files import files
from generate.alerts.values import FILE, load

_FILES: Final = {"prometheus": files, "azure": azure.files}


@click.command()
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory to write to."
)
@click.option(
    "--values",
    "path",
    type=click.Path(path_type=Path),
    default=FILE,
    show_default=True,
    help="File with thresholds, times and addresses.",
)
@click.option(
    "--lang", type=click.Choice(get_args(Language)), help="Language of every text.  [default: `language` of the values]"
)
@click.option(
    "--for",
    "service",
    type=click.Choice([*_FILES]),
    default="prometheus",
    show_default=True,
    help="What evaluates the rules: Prometheus, or Azure Monitor managed Prometheus.",
)
def main(output: Path, path: Path, lang: Language | None, service: str) -> None:
    """Write rules/, tests/ and runbooks/ below `--output`, or azure/, with the values of `--values`."""
    try:
        made = _FILES[service](load(path), lang)
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
        raise click.ClickException("\n".join(lines)) from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for name, text in made.items():
        target = output / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"{len(made)} files in {output}")


if __name__ == "__main__":
    main()

"""YAML as Kubernetes reads it: a bare ``=`` is text."""

from collections.abc import Iterator
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: resolvers for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items() if first != "="
    }


def load_all(text: str) -> Iterator[Any]:
    """The documents of a text, without empty ones."""
    return (found for found in yaml.load_all(text, _Loader) if found)

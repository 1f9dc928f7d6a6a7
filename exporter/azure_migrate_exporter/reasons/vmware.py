"""Exceptions of pyvmomi, told apart by class name and code so that the SDK need not be imported."""

from azure_migrate_exporter.reasons import Reason


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    return None

"""Queries about counters."""


def rose(counter: str, by: str, window: str = "$window") -> str:
    """Where a counter rose, also if its first sample is the news: it was not there while the exporter already was."""
    return f"""(
  sum by ({by}) (increase({counter}[{window}])) > 0
  or sum by ({by}) (
    {counter}
    unless {counter} offset {window}
    and on (instance, job) azure_migrate_exporter_build_info offset {window}
  ) > 0
)"""

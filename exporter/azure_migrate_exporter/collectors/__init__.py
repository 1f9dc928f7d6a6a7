"""Everything that measures: one protocol (`protocol`), one registry (`registry`), one file or folder per check."""

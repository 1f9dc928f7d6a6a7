"""Property-based tests generate the same inputs in every run, and one input has no time limit: see `generated`."""

from hypothesis import settings

from tests.generated import generated

settings.register_profile("tests", parent=generated(100))
settings.load_profile("tests")

"""What all tests share."""

import gc
import signal

from hypothesis import settings

from tests.generated import generated

settings.register_profile("tests", parent=generated(100))
settings.load_profile("tests")


def pytest_configure() -> None:
    """Let programs that the tests start receive Ctrl-C, even if the tests run in the background of a shell script."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Exempt the imported modules and the collected tests from garbage collection: they live until the end."""
    gc.freeze()

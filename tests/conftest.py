"""What all tests share."""

import gc


def pytest_collection_finish() -> None:
    """Exempt the imported modules and the collected tests from garbage collection: they live until the end."""
    gc.freeze()

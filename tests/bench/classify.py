"""How long it takes to classify 10,000 error messages: `python -m tests.bench.classify`."""

import random
import time
from typing import Final

from azure_migrate_exporter.failures.classifier import classify
from tests.bench.figures import at_most, report
from tests.documented import ENGLISH, FRENCH

MESSAGES: Final = 10_000
ROUNDS: Final = 7


def messages(seed: int) -> list[tuple[str, str, str]]:
    """(code, message, possible causes): documented messages in both languages, and undocumented ones."""
    chance = random.Random(seed)
    documented = [message for _, message in ENGLISH + FRENCH]
    causes = "The appliance may be switched off, or a firewall may stand between it and the storage account. " * 3
    return [
        (
            chance.choice(["181008", "1028", "1011", "999999"]),
            chance.choice([*documented, f"An internal error occurred. [Error {number} that is not documented]"]),
            causes,
        )
        for number in range(MESSAGES)
    ]


def seconds(rounds: int = ROUNDS) -> list[float]:
    """Seconds of each round, each with new messages."""
    classify("181008", "warm")
    taken = []
    for number in range(rounds):
        batch = messages(number)
        start = time.perf_counter()
        for code, message, causes in batch:
            classify(code, message, causes)
        taken.append(time.perf_counter() - start)
    return taken


if __name__ == "__main__":
    report(f"{MESSAGES:,} messages classified", seconds(), unit=" s", goal=at_most(1))

"""The certificates that the broker can show: a good one, and each kind of bad one."""

import ssl

import trustme

from tests.lab.amqp.faults import Certificate
from tests.lab.ca import LOOPBACK, LabCA


class Certificates:
    """TLS contexts by fault; None is the good one, for the identities (those of loopback if none is given)."""

    def __init__(self, ca: LabCA, *identities: str) -> None:
        stranger = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert(*LOOPBACK).configure_cert(stranger)
        self._contexts: dict[Certificate | None, ssl.SSLContext] = {
            None: ca.issue("amqp", *identities).server_context(),
            "stranger": stranger,
            "other_name": ca.issue("amqp-other-name", "another.example").server_context(),
            "expired": ca.issue("amqp-expired", expired=True).server_context(),
        }

    def context(self, fault: Certificate | None) -> ssl.SSLContext:
        """The context for a connection while `fault` is on."""
        return self._contexts[fault]

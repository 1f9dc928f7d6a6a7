"""What an exception of the SDKs means, in one line that says what to change.

Their own words ("Service Bus has encountered an error. Error condition: amqp:client-error") do not help.
"""

import re
import traceback
from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.amqp import NETWORK_RULE, NO_LOCAL_AUTH
from azure_migrate_exporter.reasons.classify import classify, unwrap
from azure_migrate_exporter.redaction import one_line

_TEXTS: Final[Mapping[Reason, str]] = {
    Reason.UNAUTHENTICATED: "{place} refuses the credential for {subject}; renew or correct it: {detail}",
    Reason.FORBIDDEN: (
        "the credential gives no right to {subject}: add the right Listen to its policy, or give the identity the role "
        "{role}"
    ),
    Reason.NOT_FOUND: "{place} has no {subject}: correct the name; the portal lists what there is",
    Reason.THROTTLED: "{place} answers that {subject} is too busy: the path works, the service limits the rate",
    Reason.UNAVAILABLE: "{place} answers that {subject} is out of service: {detail}",
    Reason.FULL: "{place} answers that a quota of {subject} is used up: {detail}",
    Reason.UNSUPPORTED: "{place} does not do this with {subject}: {detail}",
    Reason.TIMEOUT: "{place} gave up on {subject}: {detail}",
    Reason.PROTOCOL: "{place} does not speak AMQP as the service does; look for a proxy in its place: {detail}",
    Reason.RESET: "{place} cut the connection once TLS was up; look for a proxy or a firewall on the way: {detail}",
}
_LINK: Final = (
    "{place} opens no link to {subject}: it does not exist, or the credential gives no right to it (the answer does "
    "not say which); correct the name, or add the right Listen or the role {role}"
)
_UPGRADE: Final = "{place} refuses the WebSocket that carries AMQP; look for a proxy in its place: {detail}"
_REFUSED_UPGRADE: Final = re.compile(r"^(\d{3}), message='Invalid response status'")
_SASL: Final = "{place} turns every client away (SASL), before it has seen a credential; look for a proxy in its place"
_NETWORK_RULE: Final = (
    "{place} does not admit this network to {subject}: admit its address in the namespace's networking, or use the "
    "private endpoint: {detail}"
)
_NO_LOCAL_AUTH: Final = (
    "{place} takes no keys and no signatures: use `credential`, for instance a managed identity: {detail}"
)
_EXACTLY: Final[tuple[tuple[str | re.Pattern[str], Reason, str], ...]] = (
    (NETWORK_RULE, Reason.FORBIDDEN, _NETWORK_RULE),
    (NO_LOCAL_AUTH, Reason.UNAUTHENTICATED, _NO_LOCAL_AUTH),
    (r"Failed to open mgmt link", Reason.NOT_FOUND, _LINK),
    (r"SASL negotiation failed|Replacement index", Reason.UNAUTHENTICATED, _SASL),
)
"""Words that say more than the class of an exception, or than its reason."""
_WRAPPING: Final = re.compile(r"^(Service Bus has encountered an error\.\s*|Handler failed:\s*|[\s\S]*Description:\s*)")
_OTHERWISE: Final = "the connection to {place} failed just after a first one had worked: {detail}"


def explain(error: Exception, *, place: str, subject: str, role: str) -> CheckError | None:
    """The failure of a check of `subject` (an entity) at `place` (host and port); None if it is a bug of ours.

    `role` is the Entra role that suffices.
    """
    detail = _detail(error)
    if refused := _REFUSED_UPGRADE.search(detail):
        reason = stranger(place, int(refused[1]), {}).reason
        return CheckError(reason, _UPGRADE.format(place=place, detail=f"HTTP {refused[1]}"))
    exactly = ((reason, text) for pattern, reason, text in _EXACTLY if re.search(pattern, detail))
    reason = classify(error)
    if reason is Reason.INTERNAL and _raised_by_sdk(error):
        reason = Reason.PROTOCOL
    if reason is Reason.INTERNAL:
        return None
    reason, text = next(exactly, (reason, _TEXTS.get(reason, _OTHERWISE)))
    return CheckError(reason, text.format(place=place, subject=subject, role=role, detail=detail))


def _raised_by_sdk(error: Exception) -> bool:
    """Whether the SDK's own code raised: over an answer that it did not expect, for it was called as always."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and str(frames[-1].f_globals.get("__name__", "")).startswith("azure.")


def _detail(error: Exception) -> str:
    """The service's own sentence, or else the innermost words there are: outside them is only wrapping."""
    texts = [str(inner) for inner in unwrap(error) if str(inner)] or [type(error).__name__]
    text = _WRAPPING.sub("", texts[-1]) or texts[-1]
    # Event Hubs says most things twice.
    return one_line(" ".join(dict.fromkeys(text.splitlines())), 200)

"""The addresses that a firewall rule lets in, as operators write them."""

import ipaddress
from collections.abc import Iterable, Iterator


def parse_remote_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """The addresses, networks and ranges of comma-separated `texts`, each once. Raises `ValueError` with one line."""
    return tuple(dict.fromkeys(_parse(part.strip()) for text in texts for part in _parts(text)))


def _parts(text: str) -> Iterator[str]:
    for part in text.split(","):
        if not part.strip():
            raise ValueError(f"{text!r} has an empty address: write 10.0.0.5,10.0.1.0/24")
        yield part


def _parse(text: str) -> str:
    try:
        if "/" in text:
            return _network(text)
        first, dash, last = text.partition("-")
        return _range(first.strip(), last.strip()) if dash else str(_address(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no address that a firewall rule can have: {error}") from None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("write the IP address of Prometheus, a network such as 10.0.1.0/24, or first-last") from None
    if "%" in text:
        raise ValueError("leave out the zone after %")
    if address.is_unspecified:
        raise ValueError("name the machines that may scrape")
    return address


def _network(text: str) -> str:
    try:
        written = ipaddress.ip_interface(text)
    except ValueError:
        raise ValueError("write a network as 10.0.1.0/24 or fd00:1::/64") from None
    network = written.network
    if "%" in text:
        raise ValueError("leave out the zone after %")
    if network.prefixlen == 0:
        raise ValueError("it lets everybody in; name the machines that may scrape")
    if network.network_address != written.ip:
        raise ValueError(f"its network is {network}")
    return str(network)


def _range(first: str, last: str) -> str:
    low, high = _address(first), _address(last)
    if low.version != high.version or int(low) > int(high):
        raise ValueError("the first address of a range is the lower one, and both are of one kind")
    return f"{low}-{high}"

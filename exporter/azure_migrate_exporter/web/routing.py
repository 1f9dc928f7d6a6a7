"""Where the endpoints are: the external URL, the route prefix and the path of the metrics."""

from dataclasses import dataclass
from urllib.parse import urlsplit


class RoutingError(Exception):
    """A flag that is not a URL or a path; the message is one line."""


@dataclass(frozen=True, slots=True)
class Routing:
    """`prefix` begins with a slash and does not end with one, so it is empty at the root. `metrics` begins with one."""

    prefix: str = ""
    metrics: str = "/metrics"
    external_origin: str = ""
    """Scheme, host and port under which browsers reach the server, if that is behind a proxy."""
    external_url: str = ""
    """The whole URL of the landing page for browsers, without a slash at its end; empty if no flag says it."""


DEFAULT_ROUTING = Routing()


def routing(external_url: str | None, route_prefix: str | None, telemetry_path: str) -> Routing:
    """The routing that the flags of Prometheus' exporters ask for. Raises `RoutingError`.

    Without a prefix, the path of the external URL is the prefix, as in Prometheus.
    """
    origin = path = whole = ""
    if external_url:
        if "@" in external_url:
            raise RoutingError("--web.external-url: write it without a user and a password: everybody can read it")
        try:
            parts = urlsplit(external_url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise RoutingError(f'--web.external-url: write it as in "https://host/path", not {external_url!r}')
        origin, path = f"{parts.scheme}://{parts.netloc}", parts.path
        whole = origin + path.rstrip("/")
    prefix = _path(path if route_prefix is None else route_prefix, "--web.route-prefix").rstrip("/")
    metrics = _path(telemetry_path, "--web.telemetry-path").rstrip("/")
    if not metrics or metrics in RESERVED:
        raise RoutingError(f"--web.telemetry-path: {telemetry_path!r} is the path of another page")
    return Routing(prefix, metrics, origin, whole)


RESERVED = frozenset({"/probe", "/config", "/runbooks", "/explain", "/-/healthy", "/-/ready", "/-/reload"})


def _path(text: str, flag: str) -> str:
    path = "/" + text.strip("/")
    if not path.isascii() or not path.isprintable() or set(path) & set(" {}?#%\\") or "//" in path:
        raise RoutingError(f"{flag}: not a path: {text!r}")
    return path

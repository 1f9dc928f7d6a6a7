"""Microsoft Entra ID for applications: one address that issues unsigned JWTs.

The same address has the endpoints from which a machine in Azure gets the token of its managed identity.
"""

import base64
import datetime as dt
import json
import time
from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, TcpListener

TENANT: Final = "5f2d5b3c-6f0a-4c0b-9c53-5d7e3a9a1f10"
CLIENT: Final = "0a3c2e7e-3c55-4b57-8c11-6f0f5f0f8f2d"


class LabEntra(TcpListener):
    """Issues a token for the secret, or for any signed assertion (certificate, workload identity)."""

    def __init__(self, certificates: Certificates, secret: str) -> None:
        super().__init__(http(self._answer), certificates=certificates)
        self.secret = secret
        """The valid `client_secret`; change it to rotate."""
        self.expired = False
        """Whether the secret has expired."""
        self.lifetime = 3600
        """Seconds for which a token is valid; a negative number makes expired tokens."""
        self.has_identity = True
        """Whether the machine has a managed identity."""
        self.tokens: Counter[str] = Counter()
        """Tokens issued so far by scope."""

    @property
    def authority(self) -> str:
        """`authority` for a credential."""
        return f"https://localhost:{self.port}"

    @property
    def app_service(self) -> dict[str, str]:
        """Environment variables by which a managed identity is found on App Service."""
        return {"IDENTITY_ENDPOINT": f"{self.authority}/msi/token", "IDENTITY_HEADER": self.secret}

    @property
    def virtual_machine(self) -> dict[str, str]:
        """The variable for the metadata service of a virtual machine, which has a fixed address otherwise."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.authority}

    async def _answer(self, request: Request) -> Response:
        target = urlsplit(request.target)
        match target.path:
            case "/msi/token":
                return self._identity(target.query, request.headers.get("x-identity-header") == self.secret)
            case "/metadata/identity/oauth2/token":
                return self._identity(target.query, request.headers.get("metadata") == "true")
            case path if path == f"/{TENANT}/oauth2/v2.0/token":
                return self._application(dict(parse_qsl(request.body.decode())))
            case _:
                return _refused(400, "invalid_request", "AADSTS90002: Tenant not found.")

    def _application(self, form: dict[str, str]) -> Response:
        if "client_assertion" not in form:
            if form.get("client_secret") != self.secret:
                return _refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
            if self.expired:
                return _refused(401, "invalid_client", "AADSTS7000222: The provided client secret keys are expired.")
        token = self._token(form["scope"], form["scope"].removesuffix("/.default"))
        return _json(200, {"token_type": "Bearer", "expires_in": self._answered_lifetime, "access_token": token})

    def _identity(self, query: str, allowed: bool) -> Response:  # noqa: FBT001 - whether the caller is a process here
        if not (allowed and self.has_identity):
            return _refused(400, "invalid_request", "Identity not found")
        resource = dict(parse_qsl(query))["resource"]
        token = self._token(f"{resource}/.default", resource)
        end = int(time.time()) + self._answered_lifetime
        answer = {"access_token": token, "expires_on": str(end), "resource": resource, "token_type": "Bearer"}
        return _json(200, {**answer, "expires_in": str(self._answered_lifetime), "client_id": CLIENT})

    @property
    def _answered_lifetime(self) -> int:
        """The lifetime in the answer: a client does not even use a token that is expired by it."""
        return abs(self.lifetime) - 1

    def _token(self, scope: str, audience: str) -> str:
        self.tokens[scope] += 1
        return _jwt(audience, self.lifetime)


def _jwt(audience: str, lifetime: int) -> str:
    now = int(time.time())
    claims = {"aud": audience, "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "appid": CLIENT}
    times = {"iat": now - 60, "nbf": now - 60, "exp": now + lifetime}
    return ".".join([_part({"alg": "RS256", "typ": "JWT"}), _part({**claims, **times}), _base64(b"unsigned")])


def claims(header: str) -> dict[str, Any]:
    """The claims of the token in an Authorization header. Raises ValueError or IndexError for any other header."""
    payload = header.removeprefix("Bearer ").split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _json(status: int, value: dict[str, Any]) -> Response:
    return Response(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))


def _refused(status: int, error: str, description: str) -> Response:
    return _json(status, {"error": error, "error_description": description})


def application_certificate() -> bytes:
    """A certificate with its key for an application in Entra ID: PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "azure-migrate-exporter")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)

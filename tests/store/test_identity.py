"""The token path as in Azure: an identity endpoint, bearer tokens over TLS, no key and no connection string."""

import base64
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.azurite import Azurite, require_azurite, running_azurite

pytestmark = pytest.mark.azurite

ROOT = Path(__file__).parents[2]
SECRET = "the identity header"  # invented

USE = """if True:
    from lineage.settings import Settings
    from lineage.store import open_queue, open_store

    settings = Settings.from_env()
    store = open_store(settings)
    assert store.put_if_absent("payloads/k", b"value")
    store.replace("payloads/k", b"other", store.get("payloads/k").etag)
    with store.lease("k"):
        print(list(store.list("payloads/")), store.get("payloads/k").value)
    open_queue(settings).send("pending/k")
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


def token(audience: str) -> str:
    """A token as the identity endpoint hands out; the emulator checks its claims, not its signature."""
    now = int(time.time())
    tenant = "11111111-2222-3333-4444-555555555555"
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "tid": tenant,
        "nbf": now - 60,
        "iat": now - 60,
        "exp": now + 3600,
    }
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = hmac.new(b"invented", text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class Endpoint(http.server.BaseHTTPRequestHandler):
    """The identity endpoint of App Service."""

    def do_GET(self) -> None:
        if self.headers.get("X-IDENTITY-HEADER") != SECRET:
            self.send_error(401)
            return
        resource = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["resource"][0]
        answer = {
            "access_token": token(resource),
            "expires_on": str(int(time.time()) + 3600),
            "resource": resource,
            "token_type": "Bearer",
        }
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def identity_endpoint() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/msi/token"
        finally:
            server.shutdown()
            thread.join()


def use(azurite: Azurite, endpoint: str, cert: Path) -> subprocess.CompletedProcess[str]:
    """Run ``USE`` as the Function would: with the settings of ``infra/`` and no secret of the account."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cert.parent),
        "PYTHONPATH": "function",
        "IDENTITY_ENDPOINT": endpoint,
        "IDENTITY_HEADER": SECRET,
        "REQUESTS_CA_BUNDLE": str(cert),
        "LINEAGE_STORE": f"{azurite.blob}/lineage",
        "LINEAGE_QUEUE": "pointers",
        "LINEAGE_QUEUE_ENDPOINT": azurite.queue,
    }
    return subprocess.run(
        [sys.executable, "-c", USE], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def with_tls(tmp_path: Path) -> Iterator[tuple[Azurite, Path]]:
    """An emulator that takes bearer tokens, over TLS; and its certificate."""
    require_azurite()
    cert, private = certificate(tmp_path)
    with running_azurite(tmp_path, "--oauth", "basic", "--cert", str(cert), "--key", str(private)) as azurite:
        yield azurite, cert


def test_blobs_and_queue_are_used_by_identity_alone(with_tls):
    azurite, cert = with_tls
    verified: dict[str, Any] = {"connection_verify": str(cert)}
    container = ContainerClient.from_connection_string(azurite.connection, "lineage", **verified)
    queue = QueueClient.from_connection_string(azurite.connection, "pointers", **verified)
    container.create_container()
    queue.create_queue()
    with pytest.raises(HttpResponseError):
        list(ContainerClient.from_container_url(f"{azurite.blob}/lineage", **verified).list_blob_names())
    with identity_endpoint() as endpoint:
        done = use(azurite, endpoint, cert)
    assert (done.returncode, done.stdout) == (0, "['payloads/k'] b'other'\n"), done.stderr
    (message,) = queue.receive_messages()
    assert base64.b64decode(message.content) == b"pending/k"

"""The issuer of administrators' tokens: real RSA keys, a JWKS server, and tokens good and bad."""

import base64
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

USER_ID = "7f0c2b1e-5c9a-4a0e-9d55-3b1f2c3d4e5f"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Publishes one key, `key-1`, at `url`, and signs tokens with it."""

    signatures: set[str] = set()
    """Of every token of the run: none may stand in any log."""

    def __init__(self, certificate: tuple[str, str] | None = None):
        """`certificate`: the files of a certificate and its key, to publish over https."""
        self.key = rsa.generate_private_key(65537, 2048)
        self.requests = 0
        self.last_headers = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.requests += 1
                issuer.last_headers = self.headers
                body = json.dumps(issuer.key_set()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://localhost:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def key_set(self) -> dict:
        numbers = self.key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA", "use": "sig", "kid": "key-1",
                    "n": base64url(numbers.n.to_bytes(256, "big")), "e": base64url(numbers.e.to_bytes(3, "big")),
                }
            ]
        }

    def token(self, claims: dict, header: dict | None = None) -> str:
        header = {"alg": "RS256", "kid": "key-1", "typ": "JWT"} | (header or {})
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        digest = hashes.SHA512() if header["alg"] == "RS512" else hashes.SHA256()
        signature = base64url(self.key.sign(signed.encode(), padding.PKCS1v15(), digest))
        Issuer.signatures.add(signature)
        return f"{signed}.{signature}"

    def authorization(self, **claims) -> str:
        usual = {
            "aud": ["no.ssb.fdb", "datastore"], "exp": int(time.time()) + 600, "sub": "testuser",
            "user/uuid": USER_ID, "accreditation/role": "role/dataadministrator",
        }
        return self.token(usual | claims)

    def user_info(self, **claims) -> str:
        usual = {
            "exp": int(time.time()) + 600, "user/uuid": USER_ID, "user/firstName": "Kari", "user/lastName": "Nordmann",
        }
        return self.token(usual | claims)

    def cookies(self) -> dict[str, str]:
        """The header with which an administrator posts."""
        return {"Cookie": f"authorization={self.authorization()}; user-info={self.user_info()}"}

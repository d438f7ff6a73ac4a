"""What is refused from a request's head alone: its body is not read, and need not be sent."""

import socket

import pytest
from issuer import Issuer

HUGE = 4 << 20
KEYS = '{"API_KEY": "s3cret-api-key"}'

# By IANA's registry of methods; those that /jobs has are not among them.
REGISTERED = """ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR
MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PATCH PRI PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH TRACE UNBIND
UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL""".split()


def answer_without_body(service, method: str, target: str, *fields: str) -> tuple[int, bytes]:
    """The answer to a request whose body is announced and never sent."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
        head = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {HUGE}", *fields]
        client.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
    return int(answer[9:12]), answer


@pytest.mark.parametrize(
    "method, target, fields, status",
    [
        ("POST", "/nope", [], 404),
        ("PUT", "/jobs/", [], 404),
        ("GET", "/nope", [], 404),
        ("PATCH", "/jobs", [], 405),
        ("DELETE", "/jobs/x", [], 405),
        ("PROPFIND", "/jobs", [], 405),
        ("BREW", "/jobs", [], 501),
        ("POST", "/jobs", ["Sec-Fetch-Site: cross-site"], 403),
        ("PUT", "/jobs/x", ["Origin: http://elsewhere"], 403),
        ("PUT", "/jobs/x", [], 401),
        ("POST", "/maintenance-status", ["X-API-Key: wrong"], 401),
    ],
)
@pytest.mark.parametrize("expect", [[], ["Expect: 100-continue"]])
def test_the_final_answer_comes_before_the_body(start, tmp_path, method, target, fields, status, expect):
    (tmp_path / "secrets").write_text(KEYS)
    service = start({"SECRETS_FILE": str(tmp_path / "secrets")})
    found, answer = answer_without_body(service, method, target, *fields, *expect)
    assert found == status
    assert b"100 Continue" not in answer and b"Connection: close" in answer


def test_a_missing_cookie_is_told_before_the_body(start):
    issuer = Issuer()
    service = start({"JWKS_URL": issuer.url})
    status, answer = answer_without_body(service, "POST", "/jobs", "Expect: 100-continue")
    issuer.stop()
    assert status == 401 and b"No authorization token was provided" in answer and b"100 Continue" not in answer


def test_a_client_that_sends_its_body_all_the_same_can_read_the_answer(service):
    for _ in range(10):
        reply = service.post("/nope", b"x" * HUGE)
        assert reply.status == 404 and reply.json["code"] == "route.not-found"


def test_whoever_may_send_a_body_is_told_to_go_on(service):
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
        head = b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        client.sendall(head)
        assert client.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b'{"jobs":[]}')
        assert client.recv(1 << 16).endswith(b"\r\n\r\n[]")


@pytest.mark.parametrize("method", REGISTERED)
def test_methods_that_http_knows_are_405_with_allow(service, method):
    reply = service.request(method, "/jobs")
    assert reply.status == 405
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "PUT", "OPTIONS"}
    assert reply.json["code"] == "route.method-not-allowed" and method in reply.json["message"]
    assert service.request(method, "/nope").status == 404


@pytest.mark.parametrize("method", ["BREW", "get", "Get", "PROPFINDS", "X" * 200])
def test_methods_that_nobody_knows_are_501(service, method):
    assert service.request(method, "/jobs").status == 501


def raw(service, text: str) -> bytes:
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
        client.sendall(text.encode())
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
    return answer


def test_nobody_is_tunnelled_anywhere(service):
    answer = raw(service, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405") and b"\r\nAllow: GET" in answer
    for target in ("example.org", "example.org:", "example.org:65536", ":443"):
        assert raw(service, f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 400"), target


def test_what_the_server_as_a_whole_can_do_is_told(service):
    answer = raw(service, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    [allow] = [line for line in answer.decode().split("\r\n") if line.startswith("Allow: ")]
    assert set(allow[7:].split(", ")) == {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}

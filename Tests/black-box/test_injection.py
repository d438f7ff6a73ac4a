"""What clients say is data wherever it comes out again: in headers, bodies, paths and log lines."""

import json
import socket

import pytest

BREAKS = ["%0d%0aX-Injected:%201", "%0aX-Injected:%201", "%0d%0a%0d%0aHTTP/1.1%20200%20OK", "%e5%98%8a%e5%98%8dX-Injected:1"]


def raw(service, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", service.port), 10) as client:
        client.sendall(request)
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
        return answer


@pytest.mark.parametrize("broken", BREAKS)
def test_line_breaks_do_not_reach_headers(service, broken):
    for method, target in [
        ("GET", f"/jobs/{broken}"), ("PUT", f"/jobs/{broken}"), ("GET", f"/targets/{broken}/jobs"),
        ("DELETE", f"/importable-datasets/{broken}"), ("GET", f"/{broken}"), ("GET", f"/jobs?status={broken}"),
        ("GET", f"/jobs?limit=1&more={broken}"), ("BREW", f"/{broken}"), ("DELETE", f"/jobs?{broken}"),
    ]:
        reply = service.request(method, target, '{"status":"queued"}' if method == "PUT" else None)
        assert reply.status < 500 or reply.status == 501, (method, target)
        assert "X-Injected" not in reply.headers
        json.loads(reply.body)


def test_a_page_link_quotes_what_the_query_said(service):
    service.post_jobs({"operation": "ADD", "target": "A"}, {"operation": "ADD", "target": "B"})
    link = service.get('/jobs?limit=1&note=%0d%0aX-Injected:1%3e%22,<x>;rel="prev"').headers["Link"]
    assert link.startswith("<?limit=1&") and link.endswith('>; rel="next"')
    assert not set(link[1:].split(">;")[0]) & set('\r\n <>"')


def test_header_values_with_bare_breaks_are_refused(service):
    for value in (b"a\rb", b"a\nX-Injected: 1", b"a\0b"):
        answer = raw(service, b"GET /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: " + value + b"\r\n\r\n")
        # A bare LF ends no line here: the field is malformed.
        assert answer.startswith(b"HTTP/1.1 400 "), answer[:100]
        assert b"X-Injected" not in answer


def test_hostile_names_are_told_back_as_json(service):
    for target in ('"}], "x": [{"', "A\r\nB", "A\u0000B", "<script>alert(1)</script>", "A\u2028B", "\\", "../../etc/passwd", "A" * 129):
        [item] = service.post_jobs({"operation": "ADD", "target": target})
        assert item["status"] == "FAILED" and set(item) == {"status", "msg"}
    reply = service.get("/jobs/%22%7d%3cscript%3e")
    assert reply.status == 404 and reply.json["message"] == 'No job found for jobId: "}<script>'
    assert reply.headers["Content-Type"] == "application/json"


@pytest.fixture
def datasets(start, tmp_path):
    """A service with an input folder, and a file beside that folder that nobody may touch."""
    folder = tmp_path / "input"
    (folder / "archive").mkdir(parents=True)
    for path in (tmp_path / "OUTSIDE.tar", folder / "archive" / "ARCHIVED.tar"):
        path.write_bytes(b"x")
    return start({"INPUT_DIR": str(folder)}), tmp_path


TRAVERSALS = [
    "../OUTSIDE", "..%2fOUTSIDE", "%2e%2e/OUTSIDE", "%2e%2e%2fOUTSIDE", "%2E%2E%5cOUTSIDE", "..%5cOUTSIDE",
    "..%252fOUTSIDE", "%c0%ae%c0%ae%c0%afOUTSIDE", "%u002e%u002e/OUTSIDE", "....//OUTSIDE", "..;/OUTSIDE",
    "archive/../../OUTSIDE", "archive/ARCHIVED", "archive%2fARCHIVED", "%2fetc%2fpasswd", "OUTSIDE%00", "OUTSIDE%00.tar",
    "OUTSIDE.tar", ".", "..", "%2e", "%2e%2e", "%20", "~OUTSIDE", "*", "A%2f..%2f..%2fOUTSIDE", "%ef%bc%8e%ef%bc%8e%ef%bc%8fOUTSIDE",
]


@pytest.mark.parametrize("name", TRAVERSALS)
def test_no_spelling_of_a_path_leaves_the_input_folder(datasets, name):
    service, folder = datasets
    answer = raw(service, f"DELETE /importable-datasets/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"400", b"404"), answer[:200]
    for method in ("GET", "PUT"):
        raw(service, f"{method} /targets/{name}/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert (folder / "OUTSIDE.tar").exists() and (folder / "input/archive/ARCHIVED.tar").exists()


def test_log_lines_stay_single_json_lines(start):
    service = start({"JOB_SERVICE_LOGGING__LEVEL": "debug"})
    forged = '%0a{"@timestamp":"now","message":"forged","level":20}%0d%0a%1b[31m%22%5c'
    requests = 0
    for target in (f"/jobs/{forged}", f"/{forged}", f"/jobs?status={forged}", f"/targets/{forged}/jobs"):
        raw(service, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: {forged}\r\n\r\n".encode())
        requests += 1
    raw(service, b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n")
    service.put("/jobs/x", {"status": "failed", "log": "\n{\"message\":\"forged\"}\u001b[31m"})
    service.stop()
    for line in service.log().splitlines():
        fields = json.loads(line)
        assert fields["schemaVersion"] == "v3" and fields["message"] != "forged"
        assert not any(ord(character) < 32 or ord(character) == 127 for character in line)

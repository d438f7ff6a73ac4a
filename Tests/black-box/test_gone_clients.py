"""Clients that go away before their answer, and those that only close their sending side and are still there."""

import itertools
import json
import socket
import struct
import threading

import pytest

from patience import wait_until


def send(service, request: str, then) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    client.sendall(request.encode())
    then(client)
    return client


def put(job: str, number: int) -> str:
    body = json.dumps({"log": f"line {number}"})
    return f"PUT /jobs/{job} HTTP/1.1\r\nHost: x\r\nX-Request-ID: put-{number}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def half_close(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


def close(client: socket.socket) -> None:
    client.close()


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def read(client: socket.socket) -> bytes:
    answer = b""
    while data := client.recv(1 << 16):
        answer += data
    client.close()
    return answer


def requests(service) -> dict[str, float]:
    """How many requests of each kind there have been."""
    return {
        line.split()[0]: float(line.split()[1])
        for line in service.get("/metrics").text.splitlines() if line.startswith("job_service_http_requests_total")
    }


class Load:
    """Six clients that write one after the other, so that writes have to wait in a line."""

    def __init__(self, service, job: str):
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(service, job)) for _ in range(6)]

    def run(self, service, job):
        while not self.ended.is_set():
            service.put(f"/jobs/{job}", {"status": "built"})

    def __enter__(self):
        for thread in self.threads:
            thread.start()

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def test_a_write_whose_client_closes_its_sending_side_is_done_and_answered(service):
    job = service.post_job()
    with Load(service, service.post_job(target="OTHER")):
        for number in range(200):
            answer = read(send(service, put(job, number), half_close))
            assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b'{"message":"OK"}'), (number, answer)
    log = [line["message"] for line in service.get(f"/jobs/{job}").json["log"]]
    assert [line for line in log if line.startswith("line")] == [f"line {number}" for number in range(200)]


def test_a_long_list_is_sent_to_a_client_that_has_closed_its_sending_side(service):
    for batch in range(4):
        items = service.post_jobs(
            *({"operation": "ADD", "target": f"T_{batch}_{n}", "description": "x" * 500} for n in range(500)))
        assert {item["status"] for item in items} == {"CREATED"}
    request = "GET /jobs HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + "GET /health/alive HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = read(send(service, request, half_close))
    assert answer.count(b"HTTP/1.1 200") == 4 and answer.count(b'"jobId"') == 6000
    assert answer.endswith(b"I'm alive!")


@pytest.mark.parametrize("leave", [close, reset])
def test_clients_that_gave_up_are_neither_4xx_nor_5xx(service, leave):
    job = service.post_job()
    numbers = itertools.count()

    def leave_some() -> bool:
        """Whether some have been gone before they were answered, which on a fast machine takes more than one round."""
        for _ in range(150):
            send(service, put(job, next(numbers)), leave)
        return any('status="499"' in name for name in requests(service))

    with Load(service, service.post_job(target="OTHER")):
        wait_until(leave_some, lambda: requests(service))
    service.wait_until_ready()
    found = requests(service)
    service.stop()
    lines = {line["xRequestId"]: line for line in service.log_lines() if line["statusCode"]}
    assert not [line for line in lines.values() if line["level"] >= 30], "nobody here has done anything wrong"
    ours = [lines[name] for number in range(next(numbers)) if (name := f"put-{number}") in lines]
    assert {(line["statusCode"], line["levelName"]) for line in ours} <= {(200, "INFO"), (499, "INFO")}
    gone = [line for line in ours if line["statusCode"] == 499]
    assert gone and all("gone" in line["message"] for line in gone)
    assert sum(count for name, count in found.items() if 'status="499"' in name) > 0
    assert not sum(count for name, count in found.items() if 'status="5xx"' in name or 'status="4xx"' in name)


def test_an_answer_that_its_client_did_not_wait_for_is_told_as_499_whatever_it_was(service):
    for number in range(20):
        client = socket.create_connection(("127.0.0.1", service.port))
        client.sendall(f"GET /jobs/none HTTP/1.1\r\nHost: x\r\nX-Request-ID: gone-{number}\r\n\r\n".encode())
        reset(client)
    assert read(send(service, "GET /jobs/none HTTP/1.1\r\nHost: x\r\nX-Request-ID: half\r\n\r\n", half_close))[9:12] == b"404"
    service.stop()
    lines = {line["xRequestId"]: line for line in service.log_lines()}
    assert (lines["half"]["statusCode"], lines["half"]["levelName"]) == (404, "WARNING")

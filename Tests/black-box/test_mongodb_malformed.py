"""Replies that are malformed in every way: the service, a child of the test, lives on, answers with 503 or 200, and
comes back. libmongoc 1.23.1 by itself dies of some of them."""

import collections
import time
from concurrent.futures import ThreadPoolExecutor

from patience import wait_until
import pytest
from malformed import CONTENT, DAMAGES, Damager, body
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault

pytestmark = needs_mongodb
SECONDS = 8


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


def is_hello(message):
    """Whether a reply is one to the monitoring, or to the greeting of a new connection."""
    start = body(message)
    return b"maxWireVersion\x00" in message[start : start + 4096]


def wait_ready(service):
    wait_until(lambda: service.get("/health/ready").status == 200, "it does not come back")


def impatient(server, proxy):
    """So that a reply that stays away costs little time."""
    spans = {name: "300ms" for name in ("SERVER_SELECTION_TIMEOUT", "SOCKET_TIMEOUT", "CONNECT_TIMEOUT")}
    spans |= {"READ_DEADLINE": "1s", "WRITE_DEADLINE": "1s"}
    variables = {f"JOB_SERVICE_STORAGE__MONGODB__{name}": span for name, span in spans.items()}
    return server.environment(new_database(), proxy.port, **variables)


FORM = tuple(kind for kind in DAMAGES if kind not in CONTENT)


@pytest.mark.parametrize(
    "replies, kinds, rate", [("of commands", FORM, 0.1), ("of commands", CONTENT, 0.1), ("of the monitoring", (), 0.5)]
)
def test_no_malformed_reply_ends_the_service(start, server, replies, kinds, rate):
    proxy = Damager(server.port, *kinds)
    proxy.wants = is_hello if replies == "of the monitoring" else lambda message: not is_hello(message)
    service = start(impatient(server, proxy))
    job = service.post_job()
    counts, acknowledged = collections.Counter(), []
    deadline = time.monotonic() + SECONDS

    def work(number):
        step = 0
        while time.monotonic() < deadline:
            step += 1
            line = f"{number}:{step}"
            for method, target, content in [
                ("GET", f"/jobs/{job}", None), ("GET", "/jobs", None), ("GET", "/targets", None),
                ("PUT", f"/jobs/{job}", {"status": "built", "log": line}),
            ]:
                reply = service.request(method, target, content)
                counts[reply.status] += 1
            if reply.status == 200:
                acknowledged.append(line)

    proxy.rate = rate
    with ThreadPoolExecutor(6) as pool:
        workers = [pool.submit(work, number) for number in range(6)]
        while time.monotonic() < deadline:
            time.sleep(0.2)
            assert service.process.poll() is None, f"ended with {service.process.poll()}"
            if replies == "of the monitoring":
                # It watches on a connection of its own, which it makes again.
                proxy.cut()
        for worker in workers:
            worker.result()
    proxy.rate = 0
    if kinds == CONTENT:
        # libmongoc repeats to the server what it was told of the cluster's time: nonsense there stays until a restart.
        assert service.get("/health/alive").status == 200
        service.kill()
        service.start()
    wait_ready(service)
    what = f"{replies}, in {len(proxy.kinds)} ways" + (" that nobody can see" if kinds == CONTENT else "")
    seen = ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))
    note_fault(f"{proxy.count} malformed replies {what}", f"{seen}; the process lives")
    assert proxy.count > 5 and service.get(f"/jobs/{job}").status == 200
    if kinds == CONTENT:
        return
    assert set(counts) <= {200, 503}
    lines = [line["message"] for line in service.get(f"/jobs/{job}").json["log"] if ":" in line["message"][1:]]
    lines = [line for line in lines if not line.startswith("Set status")]
    assert len(lines) == len(set(lines)) and set(acknowledged) <= set(lines)
    proxy.close()


@pytest.mark.parametrize(
    "kind", ["length of an inner document: much more", "length of a text: negative", "only ok", "unknown opcode"]
)
def test_malformed_replies_at_the_start_are_told(start, server, kind):
    proxy = Damager(server.port, kind)
    proxy.rate = 1
    with pytest.raises(AssertionError, match="ended with 1:") as failure:
        start(impatient(server, proxy))
    assert "127.0.0.1" in str(failure.value) and "do:" in str(failure.value)
    note_fault(f"malformed replies at the start: {kind}", "exit 1 naming the address")
    proxy.close()


def test_a_reply_that_claims_to_be_endless_is_503_and_holds_no_memory(start, server):
    proxy = Damager(server.port, "length of the message: the most")
    proxy.wants = lambda message: not is_hello(message)
    service = start(impatient(server, proxy))
    memory = service.memory()
    proxy.rate = 1
    for _ in range(5):
        assert service.get("/jobs").status == 503
    assert service.memory() < memory + (32 << 20)
    proxy.rate = 0
    wait_ready(service)
    proxy.close()

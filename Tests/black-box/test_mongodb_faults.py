"""What clients see when the database fails: 503 with Retry-After within the deadlines (5 s for a read when the server is
gone, 8 s when it hangs, 25 s for a write), never a false 200 and never a doubled log line; and the service comes back by
itself."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from patience import SLACK
from proxy import Proxy

pytestmark = needs_mongodb
GONE, HANGS, WRITES, BACK = 5.0, 8.0, 25.0, 5.0


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


@pytest.fixture
def own_server():
    """One that the test kills."""
    server = MongoDBServer("--durable")
    yield server
    server.end()


@contextmanager
def fail(server, commands, times=None, **how):
    """Lets the server fail commands of the service."""
    mode = {"times": times} if times else "alwaysOn"
    data = {"failCommands": commands, "appName": "job-service", **how}
    with server.client() as client:
        client.admin.command("configureFailPoint", "failCommand", mode=mode, data=data)
    try:
        yield
    finally:
        with server.client() as client:
            client.admin.command("configureFailPoint", "failCommand", mode="off")


def timed(call):
    begin = time.monotonic()
    reply = call()
    return reply, time.monotonic() - begin


def writes(service):
    return [
        lambda: service.post("/jobs", {"jobs": [{"operation": "ADD", "target": "LATE"}]}),
        lambda: service.put("/jobs/no-such-job", {"status": "built"}),
    ]


def assert_unavailable(service, limit, calls=None):
    """Every request that needs the storage is 503 within the limit, and what does not need it is fast meanwhile."""
    calls = calls or [lambda: service.get("/jobs"), lambda: service.get("/jobs/no-such-job")]
    slowest, done = 0.0, threading.Event()

    def watch():
        nonlocal slowest
        while not done.is_set():
            for target in ("/health/alive", "/version"):
                reply, seconds = timed(lambda: service.get(target))
                assert reply.status == 200
                slowest = max(slowest, seconds)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(timed, calls))
    done.set()
    watcher.join()
    for reply, seconds in outcomes:
        assert reply.status == 503, reply.text
        assert int(reply.headers["Retry-After"]) >= 1
        assert re.search("MongoDB|127.0.0.1|socket", reply.text) is None, "a reply tells of internals"
        assert seconds < limit + SLACK, f"{seconds:.2f} s"
    # It waits for nothing; a busy machine may be slow.
    assert slowest < limit / 2, f"/health/alive took {slowest:.2f} s"
    assert service.get("/health/ready").status == 503
    return max(seconds for _, seconds in outcomes)


def assert_comes_back(service, limit=BACK):
    _, seconds = timed(lambda: wait_ready(service))
    assert seconds < limit + SLACK, f"ready after {seconds:.2f} s"
    return seconds


def wait_ready(service):
    while service.get("/health/ready").status != 200:
        time.sleep(0.02)


def messages(service, job):
    return [line["message"] for line in service.get(f"/jobs/{job}").json["log"]]


def put_numbered(service, job, count=20):
    """PUTs with a line of its own each. Returns which were acknowledged."""
    acknowledged = []
    for number in range(count):
        reply = service.put(f"/jobs/{job}", {"status": "built", "log": f"line {number}"})
        assert reply.status in (200, 503), reply.text
        if reply.status == 200:
            acknowledged.append(f"line {number}")
    return acknowledged


def assert_each_once(service, job, acknowledged):
    lines = [message for message in messages(service, job) if message.startswith("line ")]
    assert len(lines) == len(set(lines)), f"doubled: {lines}"
    assert set(acknowledged) <= set(lines), "an acknowledged line is missing"


def test_a_server_that_is_down_at_boot_is_told_within_the_deadline(start, server):
    begin = time.monotonic()
    environment = {"MONGODB_URL": "mongodb://127.0.0.1:1/jobdb"}
    with pytest.raises(AssertionError, match="ended with 1") as failure:
        start(environment)
    seconds = time.monotonic() - begin
    assert seconds < GONE + SLACK
    note_fault("server down at the start", f"exit 1 after {seconds:.1f} s, naming the address")
    assert "127.0.0.1:1" in str(failure.value) and "cannot be reached" in str(failure.value)


def test_a_server_is_waited_for_at_boot(start, own_server):
    own_server.kill()
    threading.Timer(4, own_server.start_again).start()
    begin = time.monotonic()
    service = start(own_server.environment(JOB_SERVICE_STORAGE__MONGODB__BOOT_WAIT="20s"))
    note_fault("the same, back 4 s later, `bootWait: 20s`", f"ready after {time.monotonic() - begin:.1f} s")
    assert service.get("/jobs").json == []


def test_a_wrong_password_is_exit_78_naming_the_user(start, server):
    environment = server.environment() | {"MONGODB_PASSWORD": "not-the-secret"}
    with pytest.raises(AssertionError, match="ended with 78") as failure:
        start(environment)
    assert "'tester'" in str(failure.value) and "'jobdb'" in str(failure.value)
    assert "not-the-secret" not in str(failure.value)
    note_fault("wrong password", "exit 78 naming user and database")


def test_missing_rights_are_exit_78_naming_user_and_database(start, server):
    with fail(server, ["createIndexes", "create", "findAndModify"], errorCode=13):
        with pytest.raises(AssertionError, match="ended with 78") as failure:
            start(server.environment(new_database()))
    assert "'tester'" in str(failure.value) and "readWrite" in str(failure.value)
    note_fault("missing right", "exit 78 naming user, database and role")


def test_a_server_that_is_gone_is_503_and_comes_back(start, own_server):
    service = start(own_server.environment())
    job = service.post_job()
    own_server.kill()
    seconds = assert_unavailable(service, GONE, [lambda: service.get("/jobs")] * 40)
    late = assert_unavailable(service, WRITES, writes(service))
    own_server.start_again()
    back = assert_comes_back(service)
    note_fault(
        "server killed, then started again",
        f"reads 503 after {seconds:.1f} s, writes after {late:.1f} s; ready {back:.1f} s after its return")
    assert messages(service, job) == []
    assert service.put(f"/jobs/{job}", {"status": "built"}).status == 200


def test_a_server_that_hangs_is_503_without_piling_up(start, own_server):
    service = start(own_server.environment())
    service.post_job()
    memory = service.memory()
    own_server.suspend()
    try:
        seconds = assert_unavailable(service, HANGS, [lambda: service.get("/jobs")] * 64)
        late = assert_unavailable(service, WRITES, writes(service))
        threads = service.status_value("Threads") // 1024
        assert threads < 60, f"{threads} threads"
        assert service.memory() < memory + 64 * 1024 * 1024
    finally:
        own_server.resume()
    back = assert_comes_back(service)
    note_fault(
        "server stopped (SIGSTOP) under 64 requests, then resumed",
        f"reads 503 after {seconds:.1f} s, writes after {late:.1f} s; {threads} threads; ready after {back:.1f} s")


def test_a_slow_server_is_still_answered(start, server):
    proxy = Proxy(server.port)
    service = start(server.environment(new_database(), proxy.port))
    job = service.post_job()
    proxy.delay = 0.2
    reply, seconds = timed(lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "slow"}))
    assert reply.status == 200
    note_fault("every reply takes 0.2 s", f"200 after {seconds:.1f} s")
    proxy.delay = 0
    assert messages(service, job) == ["Set status: built", "slow"]
    proxy.close()


@pytest.mark.parametrize(
    "commands, how",
    [
        (["findAndModify"], {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        (["findAndModify"], {"errorCode": 10107}),
        (["findAndModify"], {"closeConnection": True}),
        (["insert"], {"closeConnection": True}),
        (["commitTransaction"], {"closeConnection": True}),
        (["commitTransaction"], {"errorCode": 11600}),
        (["commitTransaction"], {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}),
        (["commitTransaction"], {"writeConcernError": {"code": 91, "errmsg": "shutting down"}}),
        (["commitTransaction"], {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}),
        (["find"], {"errorCode": 189}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_passing_fault_is_not_seen_and_doubles_nothing(start, server, commands, how):
    service = start(server.environment(new_database()))
    job = service.post_job()
    acknowledged, slowest = [], 0.0
    for number in range(3):
        with fail(server, commands, times=1, **how):
            reply, seconds = timed(lambda: service.put(f"/jobs/{job}", {"status": "built", "log": f"line {number}"}))
            slowest = max(slowest, seconds)
            assert reply.status == 200, reply.text
            acknowledged.append(f"line {number}")
            assert service.get(f"/jobs/{job}").status == 200
    assert_each_once(service, job, acknowledged)
    with fail(server, commands, times=1, **how):
        assert service.put(f"/jobs/{job}", {"status": "completed", "log": "line 99"}).status == 200
    jobs = service.get("/jobs").json
    assert [entry["status"] for entry in jobs] == ["completed"]
    assert_each_once(service, job, acknowledged + ["line 99"])
    what = ", ".join(f"{key} {value}" for key, value in how.items())
    note_fault(f"`{commands[0]}` fails once: {what}", f"200 within {slowest * 1000:.0f} ms, each line once")


@pytest.mark.parametrize("how", [{"errorCode": 11600}, {"errorCode": 112}], ids=str)
def test_a_commit_that_never_succeeds_is_503(start, server, how):
    service = start(server.environment(new_database(), JOB_SERVICE_STORAGE__MONGODB__WRITE_DEADLINE="3s"))
    job = service.post_job()
    with fail(server, ["commitTransaction"], **how):
        reply, seconds = timed(lambda: service.put(f"/jobs/{job}", {"status": "built", "log": "line 1"}))
    assert reply.status == 503 and seconds < 3 + SLACK, f"{reply.status} after {seconds:.2f} s"
    note_fault(f"`commitTransaction` fails always: {how}, `writeDeadline: 3s`", f"503 after {seconds:.1f} s")
    assert_each_once(service, job, [])


def test_connections_that_are_cut_at_every_byte(start, server):
    proxy = Proxy(server.port)
    service = start(server.environment(new_database(), proxy.port))
    job = service.post_job()
    acknowledged = []
    for number, budget in enumerate([1, 3, 17, 60, 150, 250, 400, 600, 900, 1300, 2000]):
        proxy.budget = budget
        threading.Timer(0.3, setattr, (proxy, "budget", None)).start()
        reply = service.put(f"/jobs/{job}", {"status": "built", "log": f"line {number}"})
        assert reply.status in (200, 503), reply.text
        if reply.status == 200:
            acknowledged.append(f"line {number}")
        proxy.budget = None
        wait_ready(service)
    note_fault(
        "connection cut in the middle of a reply, at 11 places", f"{len(acknowledged)} × 200, the others 503; each line once")
    assert_each_once(service, job, acknowledged)
    proxy.close()


def test_connections_that_break_all_the_time(start, server):
    proxy = Proxy(server.port)
    service = start(server.environment(new_database(), proxy.port))
    job = service.post_job()
    done = threading.Event()

    def break_connections():
        while not done.wait(0.05):
            proxy.cut()

    breaker = threading.Thread(target=break_connections)
    breaker.start()
    acknowledged = put_numbered(service, job, 60)
    done.set()
    breaker.join()
    wait_ready(service)
    note_fault(
        "all connections cut every 50 ms, 60 updates", f"{len(acknowledged)} × 200, the others 503; each line once")
    assert_each_once(service, job, acknowledged)
    proxy.close()


def test_replies_that_are_garbage_do_not_end_the_service(start, server):
    proxy = Proxy(server.port)
    service = start(server.environment(new_database(), proxy.port))
    job = service.post_job()
    proxy.garble = True
    reply, seconds = timed(lambda: service.get(f"/jobs/{job}"))
    assert reply.status == 503 and seconds < GONE + SLACK
    note_fault("first byte of every reply wrong", f"503 after {seconds:.1f} s")
    proxy.garble = False
    assert_comes_back(service)
    assert service.get(f"/jobs/{job}").status == 200
    proxy.close()

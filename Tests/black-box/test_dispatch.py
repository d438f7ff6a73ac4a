"""Jobs are handed out so that none runs twice, whatever is killed, set, lost or sent again, and "safe to upgrade" is true."""

import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from commands import command, environment_of
from dispatch import BRIEF, EVENTS, EXAMPLE, ON, Worker, beat, claim, lease_of, leases, ledger, update
from followers import read_all
from mongodb import MongoDBServer, needs_mongodb, needs_sqlite, new_database
from openapi_spec_validator import validate
from patience import LIMIT, wait_until
from test_openapi import LEFT_OUT

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))


def test_nothing_of_it_is_there_when_it_is_off(service):
    assert service.get("/dispatch/leases").status == 404
    assert claim(service).status == 404
    job = service.post_job(target="A")
    assert service.put(f"/jobs/{job}", {"status": "built"}, headers={"X-Lease-Token": "x"}).status == 200


def test_the_live_service_keeps_what_is_described_of_it(start):
    service = start(ON)
    document = service.get("/openapi.json").json
    validate(document)
    routes = {path for path in document["paths"] if path.startswith("/dispatch/")}
    assert routes == {f"/dispatch/{name}" for name in (
        "claims", "beats", "releases", "cancels", "resolutions", "leases", "drain")}
    # Claims and questions that wait are asked with their wait, which takes its time.
    result = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "--config-file", Path(__file__).with_name("schemathesis.toml"),
         "run", f"http://127.0.0.1:{service.port}/openapi.json", "--include-path-regex",
         "^/dispatch/(beats|releases|cancels|resolutions|leases)$", "--phases", "examples,coverage,fuzzing", "--checks",
         "all", "--exclude-checks", LEFT_OUT, "--max-examples", "20", "--seed", "1", "--no-color"],
        cwd=service.folder, capture_output=True, text=True, timeout=2 * LIMIT)
    assert result.returncode == 0, result.stdout[-6000:]
    assert '"statusCode":500' not in service.log()


def raw(service, text: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)
    connection.connect()
    connection.sock.sendall(text.encode())
    reply = http.client.HTTPResponse(connection.sock)
    reply.begin()
    status, body = reply.status, reply.read()
    connection.close()
    return status, json.loads(body).get("code")


def test_tokens_that_are_no_such_thing(start):
    service = start(ON)
    service.post_jobs(*({"operation": "ADD", "target": target} for target in ("A", "B")))
    a, b = lease_of(claim(service)), lease_of(claim(service))
    old = b
    assert service.post("/dispatch/releases", {"jobId": b["job"]["jobId"], "token": b["token"]}).status == 200
    b = lease_of(claim(service))
    assert b["fence"] > old["fence"]

    def put(*tokens):
        body = '{"status": "built"}'
        fields = "".join(f"X-Lease-Token: {token}\r\n" for token in tokens)
        return raw(
            service,
            f"PUT /jobs/{a['job']['jobId']} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}"
            f"Content-Length: {len(body)}\r\n\r\n{body}",
        )

    assert put() == (409, "dispatch.leased")
    assert put(b["token"]) == (409, "dispatch.lease-lost")
    assert put(old["token"]) == (409, "dispatch.lease-lost")
    assert put(a["token"].upper()) == (409, "dispatch.lease-lost")
    assert put("") == (400, "dispatch.token-malformed")
    assert put("x" * 257) == (400, "dispatch.token-malformed")
    assert put(a["token"], a["token"]) == (400, "dispatch.token-malformed")
    assert put(*[a["token"]] * 60) == (400, "dispatch.token-malformed")
    assert put(a["token"]) == (200, None)
    for body in ({"jobId": a["job"]["jobId"]}, {"token": a["token"]}, {"jobId": a["job"]["jobId"], "token": ""}, [], 1):
        assert service.post("/dispatch/beats", body).status == 400, body
    assert beat(service, {"job": a["job"], "token": old["token"]}).json["code"] == "dispatch.lease-lost"
    assert update(service, a, "completed").status == 200
    assert beat(service, a).json["code"] == "dispatch.lease-lost"
    for secret in (a["token"], b["token"], old["token"]):
        assert secret not in service.log() and secret not in service.get("/dispatch/leases").text


def test_two_executors_with_one_name_get_two_jobs(start):
    service = start(ON)
    service.post_jobs(*({"operation": "ADD", "target": f"T{number}"} for number in range(8)))
    with ThreadPoolExecutor(8) as pool:
        granted = [lease_of(reply) for reply in pool.map(lambda _: claim(service, executor="exec-1"), range(8))]
    assert len({lease["job"]["jobId"] for lease in granted}) == 8
    assert sorted(lease["fence"] for lease in granted) == list(range(1, 9))
    assert len({lease["token"] for lease in granted}) == 8


def test_waiting_claims_are_answered_when_the_service_stops(start):
    service = start(ON)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(claim, service, wait=20) for _ in range(4)]
        asking = pool.submit(service.get, "/dispatch/drain?wait=20")
        text = "job_service_dispatch_claims_waiting 4\n"
        wait_until(lambda: text in service.get("/metrics").text, "four claims that wait")
        begin = time.monotonic()
        assert service.stop() == 0
        assert [reply.result().json for reply in waiting] == [{"lease": None, "paused": False}] * 4
        assert asking.result().json["safe"] is False
        assert time.monotonic() - begin < 15


# The steps of one job's life through dispatch, each told by what it does to what was there before.
def steps(service, known):
    def repeated_claim():
        known["lease"] = lease_of(claim(service, id=known["claim"]))

    yield repeated_claim
    yield lambda: beat(service, known["lease"]).status == 200 or pytest.fail("beat")
    yield lambda: update(service, known["lease"], "validating", log="one").status == 200 or pytest.fail("validating")
    yield lambda: service.post(
        "/dispatch/releases", {"jobId": known["lease"]["job"]["jobId"], "token": known["lease"]["token"]}
    ).status == 200 or pytest.fail("release")

    def second_claim():
        known["first"], known["claim"] = known["lease"], str(uuid.uuid4())
        known["lease"] = lease_of(claim(service, id=known["claim"]))
        assert known["lease"]["fence"] > known["first"]["fence"]

    yield second_claim
    yield repeated_claim
    yield lambda: beat(service, known["lease"]).status == 200 or pytest.fail("second beat")
    yield lambda: update(service, known["lease"], "completed", log="two").status == 200 or pytest.fail("completed")
    yield lambda: update(service, known["lease"], "completed", log="two").status == 200 or pytest.fail("repeated")


def test_kill_9_between_any_two_steps_changes_nothing(start):
    service = start(ON)
    for kill_before in range(9):
        job = service.post_job(target="A")
        known = {"claim": str(uuid.uuid4())}
        lease_of(claim(service, id=known["claim"]))
        for number, step in enumerate(steps(service, known)):
            if number == kill_before:
                service.kill()
                service.start()
            step()
        done = service.get(f"/jobs/{job}").json
        assert done["status"] == "completed"
        assert [line["message"] for line in done["log"]].count("two") == 1
        assert leases(service) == []
        assert update(service, known["first"], "failed").json["code"] == "dispatch.lease-lost"


def test_a_claim_is_granted_once_whenever_the_service_is_killed(start):
    service = start(ON | EVENTS)
    for round in range(ROUNDS):
        job = service.post_job(target=f"T{round}")
        id = str(uuid.uuid4())
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(claim, service, id=id)
            time.sleep(0.0005 * round)
            service.kill()
            try:
                first = asked.result().json["lease"]
            except (OSError, http.client.HTTPException):
                first = None
        service.start()
        again = lease_of(claim(service, id=id))
        if first:
            assert (again["token"], again["fence"]) == (first["token"], first["fence"])
        assert again["job"]["jobId"] == job
        assert update(service, again, "completed").status == 200
    granted = [event["subject"] for event in read_all(service) if event["type"] == "job-service.lease.granted"]
    assert len(granted) == len(set(granted)) == ROUNDS


def test_an_executor_that_dies_before_its_reply_comes_leaves_its_job_held(start):
    service = start(BRIEF)
    text = json.dumps({"claimId": str(uuid.uuid4()), "executor": "gone", "operations": ["ADD"], "wait": 20})
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)
    connection.request("POST", "/dispatch/claims", text)
    waits = "job_service_dispatch_claims_waiting 1\n"
    wait_until(lambda: waits in service.get("/metrics").text, "a claim that waits")
    connection.close()
    job = service.post_job(target="A")
    wait_until(lambda: [lease["state"] for lease in leases(service)] == ["held"], lambda: leases(service))
    assert service.get(f"/jobs/{job}").json["status"] == "initiated"
    # Found again under its id as long as it is live; what is held is decided by people.
    assert service.post("/dispatch/claims", text).json["code"] == "dispatch.claim-ended"
    listed = command(service, "leases", "list").stdout
    assert "gone" in listed and "held" in listed and job in listed, listed
    assert command(service, "leases", "resolve", job, "--action", "fail").returncode == 64
    told = command(service, "leases", "resolve", job, "--action", "requeue", "--reason", "it is dead")
    assert told.returncode == 0 and "queued" in told.stdout, told
    again = command(service, "leases", "resolve", job, "--action", "fail", "--reason", "it is dead")
    assert again.returncode == 1 and "is not held" in again.stderr, again
    assert lease_of(claim(service))["job"]["jobId"] == job


def test_a_service_that_starts_observes_anew(start):
    service = start(BRIEF)
    service.post_job(target="A")
    lease = lease_of(claim(service))
    # Dead for longer than a lease, in which nobody can have been heard.
    service.kill()
    time.sleep(4.5)
    service.start()
    assert beat(service, lease).status == 200
    assert update(service, lease, "completed").status == 200


@pytest.fixture(scope="module")
def clock_shim(tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "stepped_clock.so"
    compiler = shutil.which("clang") or shutil.which("cc") or "cc"
    source = Path(__file__).with_name("stepped_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize("hours", [1, -1])
def test_clocks_that_are_set_by_an_hour_change_nothing(start, clock_shim, tmp_path, hours):
    clock = tmp_path / "clock"
    clock.write_text("0")
    stepped = {"LD_PRELOAD": str(clock_shim), "STEPPED_CLOCK": str(clock)}
    service = start(BRIEF | stepped)
    service.post_job(target="A")
    lease = lease_of(claim(service))
    service.post_job(target="B", operation="CHANGE")
    silent = lease_of(claim(service, ["CHANGE"]))
    clock.write_text(str(hours * 3600))
    shown = service.post("/maintenance-status", {"msg": "x", "paused": False}).json["timestamp"]
    assert abs(time.time() + hours * 3600 - time.mktime(time.strptime(shown[:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone) < 60
    for _ in range(8):
        assert beat(service, lease).status == 200
        time.sleep(0.5)
    wait_until(lambda: [l["state"] for l in leases(service) if l["fence"] == silent["fence"]] == ["held"], "held")
    assert update(service, lease, "completed").status == 200
    # An executor whose clock is set keeps its lease, too.
    service.post_job(target="C")
    clock.write_text("0")
    worker = Worker([service], tmp_path, "exec-2", seconds=4, environment=os.environ | stepped).start()
    wait_until(lambda: ledger(tmp_path), "work")
    clock.write_text(str(-hours * 3600))
    wait_until(lambda: ledger(tmp_path)[-1]["what"] in ("end", "give up"), worker.log)
    assert ledger(tmp_path)[-1]["what"] == "end", worker.log()
    assert worker.stop() == 0


@needs_mongodb
def test_a_database_that_is_gone_for_longer_than_a_lease_costs_nobody_a_job(start):
    server = MongoDBServer("--durable")
    try:
        service = start(server.environment(new_database()) | BRIEF)
        service.post_job(target="A")
        lease = lease_of(claim(service))
        server.suspend()
        time.sleep(6)
        server.resume()
        # It could not be heard of: what the service has not seen is no silence.
        wait_until(lambda: beat(service, lease).status == 200, lambda: beat(service, lease).text)
        assert leases(service)[0]["state"] == "live"
        assert update(service, lease, "completed").status == 200
        service.stop()
    finally:
        server.end()


def test_the_example_works_jobs_off_and_ends_when_it_is_told(start, tmp_path):
    service = start(ON)
    jobs = [service.post_job(target=f"T{number}") for number in range(3)]
    failing = service.post_job(target="FAILING", operation="CHANGE")
    script = 'cat >/dev/null; echo "$JOB_TARGET $JOB_FENCE" >>out; test "$JOB_TARGET" != FAILING'
    process = subprocess.Popen(
        [sys.executable, EXAMPLE / "executor.py", "--url", f"http://127.0.0.1:{service.port}", "--name", "example",
         "--operations", "ADD,CHANGE", "--state", "state.json", "--wait", "1", "--", "sh", "-c", script],
        cwd=tmp_path)
    done = lambda: {job["jobId"]: job["status"] for job in service.get("/jobs?status=completed").json}
    wait_until(lambda: len(done()) == 3 and service.get(f"/jobs/{failing}").json["status"] == "failed", done)
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0
    assert set(done()) == set(jobs)
    lines = [line.split() for line in (tmp_path / "out").read_text().splitlines()]
    assert [int(fence) for _, fence in lines] == [1, 2, 3, 4]
    assert json.loads((tmp_path / "state.json").read_text())["phase"] != "working"


class CancelledLease:
    """A lease as the work sees it, of a job that nobody wants any more by the time the work has begun."""

    id, fence = "j", 1

    def __init__(self, description: str):
        self.job = {"jobId": "j", "parameters": {"operation": "ADD", "target": "A", "description": description}}

    def update(self, status, log=None):
        pass

    def is_over(self) -> bool:
        return True


def test_the_example_stops_a_command_that_does_not_read_its_large_job():
    sys.path.insert(0, str(EXAMPLE))
    from executor import run_command

    work = run_command(["sleep", "10"])
    assert work(CancelledLease("x" * 1_000_000)) == (False, "the executor had to stop its work")


def test_the_example_gives_its_command_a_large_job_whole(tmp_path):
    sys.path.insert(0, str(EXAMPLE))
    from executor import run_command

    lease, out = CancelledLease("x" * 1_000_000), tmp_path / "out"
    lease.is_over = lambda: False
    assert run_command(["sh", "-c", f"cat >{out}"])(lease) == (True, "exit code 0")
    assert json.loads(out.read_text()) == lease.job


def test_an_executor_finds_the_grant_again_whose_reply_it_did_not_get(start, tmp_path):
    service = start(ON)
    worker = Worker([service], tmp_path, "exec-1", wait=20).start()
    wait_until(lambda: "job_service_dispatch_claims_waiting 1\n" in service.get("/metrics").text, "a claim that waits")
    worker.kill()
    job = service.post_job(target="A")
    wait_until(lambda: [lease["fence"] for lease in leases(service)] == [1], lambda: leases(service))
    assert ledger(tmp_path) == []
    worker.start()
    wait_until(lambda: service.get(f"/jobs/{job}").json["status"] == "completed", worker.log)
    assert {line["fence"] for line in ledger(tmp_path)} == {1}
    assert worker.stop() == 0


@pytest.mark.parametrize("forgets", [False, True])
def test_an_executor_that_is_started_with_other_operations_goes_on(start, tmp_path, forgets):
    service = start(ON)
    worker = Worker([service], tmp_path, "exec-1", operations="ADD,CHANGE", wait=20).start()
    wait_until(lambda: "job_service_dispatch_claims_waiting 1\n" in service.get("/metrics").text, "a claim that waits")
    worker.kill()
    first = service.post_job(target="A")
    wait_until(lambda: [lease["fence"] for lease in leases(service)] == [1], lambda: leases(service))
    state = next(path for path in tmp_path.iterdir() if path.suffix == ".state")
    if forgets:
        kept = json.loads(state.read_text())
        del kept["operations"]
        state.write_text(json.dumps(kept))
    second = service.post_job(target="B", operation="CHANGE")
    worker = Worker([service], tmp_path, "exec-1", operations="CHANGE").start()
    wait_until(lambda: service.get(f"/jobs/{second}").json["status"] == "completed", worker.log)
    # What its former self was granted is given back, or is held before long where nobody knows of it.
    status = "initiated" if forgets else "queued"
    assert service.get(f"/jobs/{first}").json["status"] == status
    assert worker.stop() == 0


def test_an_executor_may_have_another_name_when_it_claims_again(start):
    service = start(ON)
    service.post_job(target="A")
    id = str(uuid.uuid4())
    first = lease_of(claim(service, id=id, executor="exec-1"))
    again = lease_of(claim(service, id=id, executor="exec-2"))
    assert (again["token"], again["fence"]) == (first["token"], first["fence"])


@needs_sqlite
def test_no_more_jobs_are_given_back_for_later_than_may(start):
    service = start(ON)
    jobs = service.post_jobs(*({"operation": "ADD", "target": f"T{number}"} for number in range(1001)))
    first = lease_of(claim(service))
    give_back = lambda lease, delay: service.post(
        "/dispatch/releases", {"jobId": lease["job"]["jobId"], "token": lease["token"], "delaySeconds": delay})
    assert give_back(first, 3600).status == 200
    assert service.stop() == 0
    # As if all but two of the others had been given back as well.
    with closing(sqlite3.connect(next(service.folder.rglob("*.db")))) as database, database:
        (text,) = database.execute("SELECT document FROM leases").fetchone()
        others = [job["job_id"] for job in jobs if job["job_id"] != first["job"]["jobId"]]
        for number, job in enumerate(others[:998], 2):
            lease = json.loads(text) | {
                "fence": number, "job": job, "jobId": job, "claim": f"{number:064}", "token": f"{number:064}"}
            database.execute(
                'INSERT INTO leases (filled, "$.fence", "$.jobId", "$.claim", "$.token", "$.state", document) '
                "VALUES (1, ?, ?, ?, ?, ?, ?)",
                (number, job, lease["claim"], lease["token"], lease["state"], json.dumps(lease)))
        database.execute("UPDATE dispatchgate SET document = json_set(document, '$.fence', 999)")
    service.start()
    last_but_one, last = lease_of(claim(service)), lease_of(claim(service))
    assert give_back(last_but_one, 3600).status == 200
    refused = give_back(last, 3600)
    assert (refused.status, refused.json["code"]) == (503, "dispatch.too-many-delayed"), refused.text
    assert give_back(last, 0).status == 200
    assert [lease["state"] for lease in leases(service)] == ["delayed"] * 1000


def test_old_executors_and_new_ones_work_side_by_side(start, tmp_path):
    service = start(ON)
    worker = Worker([service], tmp_path, "exec-1").start()
    added = [service.post_job(target=f"A{number}") for number in range(3)]
    changed = [service.post_job(target=f"C{number}", operation="CHANGE") for number in range(3)]
    for job in service.get("/jobs?status=queued&operation=CHANGE").json:
        for status in ("initiated", "transforming", "completed"):
            assert service.put(f"/jobs/{job['jobId']}", {"status": status}).status == 200
    wait_until(lambda: len(service.get("/jobs?status=completed").json) == 6, worker.log)
    assert {line["job"] for line in ledger(tmp_path)} == set(added)
    assert not set(changed) & {line["job"] for line in ledger(tmp_path)}
    assert worker.stop() == 0


def test_maintenance_on_waits_until_it_is_safe(start, tmp_path):
    """A rehearsal of an upgrade with executors at work, and its transcript."""
    service = start(ON)
    workers = [Worker([service], tmp_path, f"exec-{number}", seconds=2).start() for number in range(2)]
    for number in range(6):
        service.post_job(target=f"T{number}")
    old = service.post_job(target="OLD", operation="CHANGE")
    assert service.put(f"/jobs/{old}", {"status": "initiated"}).status == 200
    wait_until(lambda: len(leases(service)) == 2, workers[0].log)

    def run(*words):
        line = command(service, "maintenance", "on", "--message", "An upgrade", *words)
        print(f"$ job-service maintenance on --message 'An upgrade' {' '.join(words)}\n{line.stdout}{line.stderr}"
              f"[exit code {line.returncode}]")
        return line

    short = run("--wait", "--timeout", "1s")
    assert short.returncode == 1 and old in short.stdout and "begun without a lease" in short.stdout
    threading.Timer(1, lambda: service.put(f"/jobs/{old}", {"status": "completed"})).start()
    safe = run("--wait", "--timeout", "5m")
    assert safe.returncode == 0 and "safe to upgrade" in safe.stdout, safe
    assert service.get("/dispatch/drain").json["safe"] is True
    queued = {job["jobId"] for job in service.get("/jobs?status=queued").json}
    assert len(queued) >= 2 and len(service.get("/jobs?ignoreCompleted=true").json) == len(queued)
    # The upgrade.
    assert service.stop() == 0
    service.start()
    assert service.get("/dispatch/drain").json["safe"] is True
    assert service.post("/maintenance-status", {"msg": "done", "paused": False}).status == 200
    wait_until(lambda: len(service.get("/jobs?status=completed").json) == 7, workers[0].log)
    for worker in workers:
        assert worker.stop() == 0
    works = [line["job"] for line in ledger(tmp_path) if line["what"] == "end"]
    assert len(works) == len(set(works)) == 6


def test_what_is_held_is_told_with_what_to_do_about_it(start):
    service = start(ON | BRIEF)
    job = service.post_job()
    assert claim(service).status == 200
    wait_until(lambda: [lease["state"] for lease in leases(service)] == ["held"], lambda: leases(service))
    began = time.monotonic()
    line = command(service, "maintenance", "on", "--message", "x", "--wait", "--timeout", "1s")
    print(f"given up after {time.monotonic() - began:.1f} s")
    assert line.returncode == 1 and f"leases resolve {job} --action requeue" in line.stderr, line


@needs_sqlite
def test_who_waits_keeps_no_service_from_starting(start):
    service = start(ON)
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"status": "initiated"}).status == 200
    service.stop()
    words = [*service.command, "maintenance", "on", "--message", "x", "--wait", "--timeout", "5m"]
    waiting = subprocess.Popen(
        words, cwd=service.folder, env=environment_of(service), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told = waiting.stderr.readline()
    assert told == "waiting for:\n", told
    service.start()
    assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
    out, _ = waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 0 and "safe to upgrade" in out


def test_maintenance_on_does_not_wait_without_the_module(start):
    service = start()
    line = command(service, "maintenance", "on", "--message", "x", "--wait")
    assert line.returncode == 78 and "modules.dispatch.enabled" in line.stderr, line
    assert service.get("/maintenance-status").json["paused"] is False

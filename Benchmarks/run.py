#!/usr/bin/env python3
"""Measures the service: CPU time of its process per request, requests a second, start and memory.

    Benchmarks/run.py [--seconds S] [--rounds R] [--storage sqlite|mongodb|both] [--documents N]

Each scenario is measured in several short rounds, of which the median counts; what is compared with each other runs in
alternating rounds. CPU time is user + system of the server's process, from /proc. Needs a release build of all
products: `make bench` makes it. MongoDB is the stand-in that the tests start, or the server of TEST_MONGODB_URL; which
one, the output says.
"""

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "black-box"))
BIN = ROOT / ".build" / "release"
os.environ.setdefault("JOB_SERVICE_BINARY", str(BIN / "job-service"))

import mongodb  # noqa: E402
from ports import free_port  # noqa: E402
from service import Service  # noqa: E402
from stored_jobs import fill  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--seconds", type=float, default=1.5)
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--storage", choices=["sqlite", "mongodb", "both"], default="both")
options.add_argument(
    "--documents", type=int, default=2000, help="how many jobs there are on MongoDB; a real server takes 100000")
options = options.parse_args()

PATTERN = re.compile(r"([\d.]+) requests/s.*p50 (\d+) us.*p99 (\d+) us.*non-200 (\d+).*CPU/request ([\d.]+) us")


def load(port: int, pid: int, *arguments: str, connections: int = 32) -> tuple[float, float, float]:
    """One round: CPU µs per request, requests/s, p99 µs."""
    output = subprocess.run(
        [BIN / "LoadGenerator", "-p", str(port), "-P", str(pid), "-c", str(connections), "-d", str(options.seconds),
         *arguments],
        capture_output=True, text=True, check=True,
    ).stdout
    match = PATTERN.search(output)
    if not match or match[4] != "0":
        raise SystemExit(f"unexpected: {output}")
    return float(match[5]), float(match[1]), float(match[3])


def rounds(measure) -> tuple[float, float, float]:
    results = [measure() for _ in range(options.rounds)]
    return tuple(statistics.median(column) for column in zip(*results))


def report(name: str, result: tuple[float, float, float], goal: str = "") -> None:
    print(f"{name:44} {result[0]:9.1f} {result[1]:12.0f} {result[2]:9.0f}   {goal}", flush=True)


def started(folder: Path) -> Service:
    folder.mkdir(exist_ok=True)
    return Service(folder, {"BUMP_ENABLED": "true"}).start()


def probes(service: Service) -> None:
    port = free_port()
    raw = subprocess.Popen([BIN / "RawEpoll", str(port), "2"])
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        pairs, sleeps = [], []
        for _ in range(options.rounds):
            before = [times_asleep(pid) for pid in (raw.pid, service.process.pid)]
            pairs.append((load(port, raw.pid), load(service.port, service.process.pid, "-u", "/health/alive")))
            after = [times_asleep(pid) for pid in (raw.pid, service.process.pid)]
            sleeps.append([(b - a) / options.seconds / p[1] for a, b, p in zip(before, after, pairs[-1])])
    finally:
        raw.send_signal(signal.SIGKILL)
        raw.wait()
    report("raw epoll responder, no parsing", median([pair[0] for pair in pairs]))
    report("GET /health/alive", median([pair[1] for pair in pairs]))
    ratio = statistics.median(alive[0] / base[0] for base, alive in pairs)
    print(f"{'  alive / raw epoll, CPU':44} {ratio:9.2f} {'':22}   goal 1.2 at most")
    print(f"{'  sleeps a request, raw epoll and alive':44} {' and '.join(f'{n:.2f}' for n in median(sleeps)):>15}")


def times_asleep(pid: int) -> int:
    """How often the threads of a process have waited for something."""
    statuses = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.MULTILINE)[1]) for text in statuses)


def median(results: list[tuple]) -> tuple:
    return tuple(statistics.median(column) for column in zip(*results))


QUEUED = [{"operation": "ADD", "target": f"Q_{n}", "description": "A dataset"} for n in range(50)]


def reading(folder: Path, completed: int, with_probes: bool) -> float:
    """Returns the memory of the idle service in bytes."""
    service = started(folder / "small")
    time.sleep(1)
    idle = service.memory()
    if with_probes:
        probes(service)
    service.post_jobs(*QUEUED)
    job = service.get("/jobs").json[0]["jobId"]
    pid = service.process.pid
    report("GET /jobs?status=queued, 50 queued",
           rounds(lambda: load(service.port, pid, "-u", "/jobs?status=queued")), "goal 40 µs" if with_probes else "")
    report("GET /jobs/{jobId}", rounds(lambda: load(service.port, pid, "-u", f"/jobs/{job}")))
    service.stop()

    service = started(folder / "large")
    service.post_jobs(*QUEUED)
    service.stop()
    fill(service.folder, "completed", completed, "completed")
    service.start()
    report(f"  queued ones, {completed:,} completed beside them",
           rounds(lambda: load(service.port, service.process.pid, "-u", "/jobs?status=queued")),
           "goal 40 µs" if with_probes else "")
    service.stop()
    return idle


TARGETS = count()


def posting(service: Service, connections: int) -> tuple[float, float, float]:
    # Each round has targets of its own.
    body = '{"jobs":[{"operation":"ADD","target":"T%d_{n}","description":"A dataset"}]}' % next(TARGETS)
    return load(service.port, service.process.pid, "-m", "POST", "-u", "/jobs", "-b", body, connections=connections)


def writing(folder: Path, in_progress: int, has_goals: bool) -> None:
    service = started(folder / "post")
    pairs = [(posting(service, 1), posting(service, 32)) for _ in range(options.rounds)]
    report("POST /jobs, durable", median([pair[1] for pair in pairs]), "goal 100 µs" if has_goals else "")
    report("  one client", median([pair[0] for pair in pairs]))
    if has_goals:
        report_ratio("  32 writers / one, requests a second", pairs)
    service.stop()
    if has_goals:
        slow_disk(folder)

    service = started(folder / "put")
    service.stop()
    fill(service.folder, "inprogress", in_progress, "queued", prefix="PUT", lines=0)
    service.start()
    report("PUT /jobs/{jobId}, a status",
           rounds(lambda: load(service.port, service.process.pid, "-m", "PUT", "-u", "/jobs/{n}", "-b",
                               '{"status":"initiated"}')))
    service.stop()


def slow_disk(folder: Path) -> None:
    """What committing together is worth where an fsync takes as long as on most disks."""
    library = folder / "slow-sync.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", ROOT / "Benchmarks" / "slow-sync.c", "-o", library], check=True)
    (folder / "slow").mkdir()
    slow = {"LD_PRELOAD": str(library), "SLOW_SYNC_MICROSECONDS": "1000"}
    service = Service(folder / "slow", slow).start()
    pairs = [(posting(service, 1), posting(service, 32)) for _ in range(options.rounds)]
    report_ratio("  the same with 1 ms more for each fsync", pairs)
    service.stop()


def report_ratio(name: str, pairs: list[tuple]) -> None:
    ratio = statistics.median(many[1] / one[1] for one, many in pairs)
    print(f"{name:44} {ratio:9.1f} {'':22}   goal 10 at least", flush=True)


def headline(storage: str) -> None:
    print(f"\n{storage}")
    print(f"{'32 connections':44} {'CPU µs/req':>9} {'requests/s':>12} {'p99 µs':>9}")


def on_sqlite(folder: Path) -> None:
    headline("SQLite")
    idle = reading(folder, 100_000, with_probes=True)
    writing(folder, 100_000, has_goals=True)
    starts = []
    for _ in range(options.rounds):
        begin = time.monotonic()
        service = started(folder / "small")
        starts.append((time.monotonic() - begin) * 1000)
        service.stop()
    print(f"{'start to the first 200, ms':44} {statistics.median(starts):9.1f} {'':22}   goal 100")
    print(f"{'resident memory when idle, MB':44} {idle / (1 << 20):9.1f} {'':22}   goal 25")


def on_mongodb(folder: Path) -> None:
    """CPU time is that of the service alone; requests/s are as many as the server gives."""
    mongodb.shared = mongodb.shared_server()
    try:
        headline(f"MongoDB: {mongodb.shared.name}")
        reading(folder, options.documents, with_probes=False)
        writing(folder, options.documents, has_goals=False)
    finally:
        mongodb.shared.end()
        mongodb.shared = None


def main() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT / ".build") as temporary:
        for storage, measure in (("sqlite", on_sqlite), ("mongodb", on_mongodb)):
            if options.storage in (storage, "both"):
                folder = Path(temporary) / storage
                folder.mkdir()
                measure(folder)


main()

"""What a request costs by the history that it does not return, and a log line by the log's length.

growth.py [--jobs 1000,300000] prints, for each query of `GET /jobs` and for writes, the CPU time of the service a
request (utime and stime of /proc, over enough requests that its hundredths of a second do not matter), and for log
lines the bytes written as well. It takes JOB_SERVICE_BINARY, or the release build.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
import uuid
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "black-box"))
os.environ.setdefault("JOB_SERVICE_BINARY", str(ROOT / ".build" / "release" / "job-service"))

from service import Service  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def cpu(service) -> float:
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def written(service) -> int:
    facts = dict(line.split(": ") for line in Path(f"/proc/{service.process.pid}/io").read_text().splitlines())
    return int(facts["wchar"])


def per_request(service, call) -> float:
    """Milliseconds of CPU time a request."""
    for number in range(3):
        call(number)
    begin, count, clock = cpu(service), 0, time.monotonic()
    while cpu(service) - begin < 0.3 and time.monotonic() - clock < 5:
        call(count)
        count += 1
    return 1000 * (cpu(service) - begin) / count


def queries():
    yield "/jobs?status=queued"
    yield "/jobs?ignoreCompleted=true"
    choices = {
        "status": ["", "status=queued", "status=failed"], "operation": ["", "operation=DELETE_ARCHIVE"],
        "target": ["", "target=T7"], "createdBy": ["", "createdBy=rare"],
        "created": ["", "createdAfter=2026-06-01T00:00:00Z"], "order": ["", "order=newest"],
    }
    for parts in product(*choices.values()):
        yield "/jobs?" + "&".join(["limit=10", *filter(None, parts)])


def fill(folder: Path, count: int) -> None:
    def document(k: int) -> str:
        at = f"2026-01-{1 + k % 28:02}T00:00:00.000000Z"
        return json.dumps(
            {
                "jobId": str(uuid.UUID(int=k)), "status": "failed" if k % 2 else "completed",
                "parameters": {"operation": "ADD" if k % 3 else "CHANGE", "target": f"T{k}", "description": "d" * 300},
                "log": [{"at": at, "message": "Set status: failed"}] * 8, "createdAt": at,
                "createdBy": {"userId": "u", "firstName": "F", "lastName": "L"},
            }, separators=(",", ":"))

    database = sqlite3.connect(folder / "data" / "job-service.db")
    with database:
        database.executemany("INSERT INTO completed (document) VALUES (?)", ((document(k),) for k in range(count)))
    database.close()


def run(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name), {"JOB_SERVICE_LOGGING__LEVEL": "warning"})
        service.start()
        service.stop()
        fill(Path(name), count)
        begin = time.monotonic()
        service.start()
        costs = {"the first start, seconds": time.monotonic() - begin}
        service.stop()
        begin = time.monotonic()
        service.start()
        costs["a later start, seconds"] = time.monotonic() - begin
        ids = [service.post_job(target=f"NEW_{n}") for n in range(10)]
        for query in queries():
            costs[query] = per_request(service, lambda _: service.get(query))
        costs["GET /jobs/{jobId}"] = per_request(service, lambda _: service.get(f"/jobs/{ids[0]}"))
        costs["GET /targets/T7/jobs"] = per_request(service, lambda _: service.get("/targets/T7/jobs"))
        costs["POST /jobs"] = per_request(service, lambda n: service.post_job(target=f"P_{uuid.uuid4().hex.upper()}"))
        costs["PUT, a status"] = per_request(service, lambda n: service.put(f"/jobs/{ids[n % 10]}", {"status": "built"}))
        service.stop()
    return costs


def log_lines() -> None:
    print("\n| lines in the log | ms of CPU a PUT of 60 bytes | bytes written a PUT |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name), {"JOB_SERVICE_LOGGING__LEVEL": "warning"}).start()
        job, lines = service.post_job(), 0

        def put(_) -> None:
            nonlocal lines
            assert service.put(f"/jobs/{job}", {"log": "x" * 60}).status == 200
            lines += 1

        for length in (10, 1000, 10_000):
            while lines < length:
                put(0)
            before, bytes_before, begin = lines, written(service), cpu(service)
            for number in range(400):
                put(number)
            print(
                f"| {length} | {1000 * (cpu(service) - begin) / (lines - before):.3f} |"
                f" {(written(service) - bytes_before) // (lines - before)} |", flush=True)
        service.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="1000,300000")
    counts = [int(count) for count in parser.parse_args().jobs.split(",")]
    tables = [run(count) for count in counts]
    print("| request, ms of CPU | " + " | ".join(f"{count:,} finished" for count in counts) + " |")
    print("|---" * (len(counts) + 1) + "|")
    for request in tables[0]:
        print(f"| `{request}` | " + " | ".join(f"{table[request]:.3f}" for table in tables) + " |")
    log_lines()


if __name__ == "__main__":
    main()

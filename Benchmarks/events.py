#!/usr/bin/env python3
"""What the module `events` costs those who write: requests a second of POST and PUT on SQLite with it and without it, in
alternating rounds, and the ratio, whose median counts.

    Benchmarks/events.py [--seconds S] [--rounds R] [--jobs N]

Needs a release build of `job-service` and `LoadGenerator`.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "black-box"))
BIN = ROOT / ".build" / "release"
os.environ.setdefault("JOB_SERVICE_BINARY", str(BIN / "job-service"))

from service import Service  # noqa: E402
from stored_jobs import fill  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--seconds", type=float, default=3)
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--jobs", type=int, default=20_000)
options = options.parse_args()

PATTERN = re.compile(r"([\d.]+) requests/s.*p50 (\d+) us.*p99 (\d+) us.*non-200 (\d+).*CPU/request ([\d.]+) us")


def load(service: Service, *arguments: str) -> tuple[float, float]:
    """One round: requests/s and CPU µs per request."""
    output = subprocess.run(
        [BIN / "LoadGenerator", "-p", str(service.port), "-P", str(service.process.pid), "-c", "32",
         "-d", str(options.seconds), *arguments],
        capture_output=True, text=True, check=True,
    ).stdout
    match = PATTERN.search(output)
    if not match or match[4] != "0":
        raise SystemExit(f"unexpected: {output}")
    return float(match[1]), float(match[5])


def compare(name: str, pairs: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    without, with_events = ([statistics.median(pair[side][n] for pair in pairs) for n in (0, 1)] for side in (0, 1))
    rate = statistics.median(pair[1][0] / pair[0][0] for pair in pairs)
    cpu = statistics.median(pair[1][1] / pair[0][1] for pair in pairs)
    print(f"{name:18} without {without[0]:8.0f} /s {without[1]:7.1f} µs   with {with_events[0]:8.0f} /s "
          f"{with_events[1]:7.1f} µs   ratio {rate:.2f} (goal 0.85), CPU {cpu:.2f}", flush=True)


def main(folder: Path) -> None:
    services = []
    for name, enabled in (("without", "false"), ("with", "true")):
        (folder / name).mkdir()
        service = Service(folder / name, {"JOB_SERVICE_MODULES__EVENTS__ENABLED": enabled}).start()
        service.stop()
        fill(service.folder, "inprogress", options.jobs, "queued", prefix="PUT", lines=0)
        services.append(service.start())
    try:
        pairs = []
        for number in range(options.rounds):
            body = '{"jobs":[{"operation":"ADD","target":"T%d_{n}","description":"A dataset"}]}' % number
            pairs.append(tuple(load(service, "-m", "POST", "-u", "/jobs", "-b", body) for service in services))
        compare("POST /jobs", pairs)
        for name, body in (("PUT, a status", '{"status":"initiated"}'), ("PUT, a log line", '{"log":"a line"}')):
            compare(name, [
                tuple(load(service, "-m", "PUT", "-u", "/jobs/{n}", "-b", body) for service in services)
                for _ in range(options.rounds)
            ])
    finally:
        for service in services:
            service.stop()


with tempfile.TemporaryDirectory() as folder:
    main(Path(folder))

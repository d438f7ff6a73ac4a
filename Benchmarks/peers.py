#!/usr/bin/env python3
"""Measures the service beside the same service in Rust and Go, nginx with a file, and a responder that parses nothing.

    Benchmarks/peers.py [--seconds S] [--rounds R] [--connections 1,32,256]

All are asked the same in alternating rounds of one run, of which the median counts; printed is what each takes as a ratio
to ours: CPU a request (below 1: the peer is cheaper), requests/s (above 1: the peer answers more) and p99. `make
bench-peers` builds what is compared. The peers keep no targets, write no log and check less: see Benchmarks/README.md.
"""

import argparse
import json
import os
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "black-box"))
BIN = ROOT / ".build" / "release"
PEERS = ROOT / ".build" / "peers"
os.environ.setdefault("JOB_SERVICE_BINARY", str(BIN / "job-service"))

from patience import wait_until  # noqa: E402
from ports import free_port  # noqa: E402
from service import Service  # noqa: E402

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--seconds", type=float, default=1.5)
options.add_argument("--rounds", type=int, default=3)
options.add_argument("--connections", default="1,32,256")
options = options.parse_args()

PATTERN = re.compile(r"([\d.]+) requests/s.*p50 (\d+) us.*p99 (\d+) us.*non-200 (\d+).*CPU/request ([\d.]+) us")
ROUNDS = count()


class Server:
    """Something that is compared: where it listens, its process, and what it can do."""

    def __init__(self, name: str, command: list, port: int, folder: Path, knows_jobs: bool = True):
        self.name, self.port, self.knows_jobs = name, port, knows_jobs
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        try:
            wait_until(self.listens, f"{name} does not listen")
        except BaseException:
            self.stop()
            raise

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Ours(Server):
    def __init__(self, folder: Path):
        folder.mkdir()
        self.service = Service(folder, {"BUMP_ENABLED": "true"})
        try:
            self.service.start()
        except BaseException:
            self.stop()
            raise
        self.name, self.port, self.pid, self.knows_jobs = "ours", self.service.port, self.service.process.pid, True

    def stop(self) -> None:
        self.service.stop()


def peer(name: str, folder: Path, command) -> Server:
    """One that keeps jobs in a database of its own."""
    folder.mkdir()
    with sqlite3.connect(folder / "jobs.db") as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript((ROOT / "Benchmarks" / "peers" / "schema.sql").read_text())
    database.close()
    port = free_port()
    return Server(name, command(port, folder / "jobs.db"), port, folder)


def nginx(folder: Path) -> Server:
    """With files of the size of what is compared."""
    (folder / "health").mkdir(parents=True)
    (folder / "health" / "alive").write_text("I'm alive!")
    port = free_port()
    (folder / "jobs").write_bytes(b"x" * 20_000)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; keepalive_requests 100000000; open_file_cache max=10; client_body_temp_path {folder}/a;"
        f" proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;"
        f" server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n")
    command = ["nginx", "-p", folder, "-e", f"{folder}/errors", "-c", folder / "nginx.conf"]
    return Server("nginx, a file", command, port, folder, knows_jobs=False)


def send(server: Server, method: str, target: str, body) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{target}", json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def load(server: Server, connections: int, *arguments: str) -> tuple[float, float, float] | None:
    """CPU µs a request, requests/s, p99 µs; nil where not all were answered."""
    output = subprocess.run(
        [BIN / "LoadGenerator", "-p", str(server.port), "-P", str(server.pid), "-c", str(connections), "-d",
         str(options.seconds), *arguments], capture_output=True, text=True).stdout
    match = PATTERN.search(output)
    return (float(match[5]), float(match[1]), float(match[3])) if match and match[4] == "0" else None


def requests(server: Server, jobs: dict[str, list[str]]):
    """Each row: its name, and what the load generator is told of it for this server."""
    yield "alive", ["-u", "/health/alive"]
    if server.name == "nginx, a file":
        yield "50 queued", ["-u", "/jobs"]
    if not server.knows_jobs:
        return
    yield "one job", ["-u", f"/jobs/{jobs[server.name][0]}"]
    yield "50 queued", ["-u", "/jobs?status=queued"]
    yield "PUT", ["-m", "PUT", "-u", f"/jobs/{jobs[server.name][1]}", "-b", '{"status":"queued"}']
    body = '{"jobs":[{"operation":"ADD","target":"T%d_{n}","description":"A dataset"}]}' % next(ROUNDS)
    yield "POST", ["-m", "POST", "-u", "/jobs", "-b", body]


def start(folder: Path, servers: list[Server]) -> None:
    """Each is in the list as soon as it runs, so that whoever gets a part of them can stop that."""
    servers.append(Ours(folder / "ours"))
    rust, go = PEERS / "rust" / "release" / "rustpeer", PEERS / "gopeer"
    if rust.exists():
        servers.append(peer("Rust, group commit", folder / "rust", lambda port, file: [rust, str(port), file, "group"]))
    if go.exists():
        servers.append(peer("Go, group commit", folder / "go", lambda port, file: [go, "-port", str(port), "-db", file, "-group"]))
    servers.append(nginx(folder / "nginx"))
    port = free_port()
    servers.append(Server("raw epoll", [BIN / "RawEpoll", str(port), "2"], port, folder, knows_jobs=False))


def main() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT / ".build") as name:
        servers: list[Server] = []
        try:
            start(Path(name), servers)
            compare(servers)
        finally:
            for server in servers:
                server.stop()


def compare(servers: list[Server]) -> None:
    jobs = {}
    for server in servers:
        if server.knows_jobs:
            new = [{"operation": "ADD", "target": f"Q_{number}", "description": "A dataset"} for number in range(50)]
            jobs[server.name] = [item["job_id"] for item in send(server, "POST", "/jobs", {"jobs": new})]
    for connections in map(int, options.connections.split(",")):
        print(f"\n{connections} connections: CPU µs a request, requests/s, p99 µs; and as ratios to ours")
        for row in ["alive", "one job", "50 queued", "PUT", "POST"]:
            results: dict[str, list] = {server.name: [] for server in servers}
            for _ in range(options.rounds):
                for server in servers:
                    arguments = dict(requests(server, jobs)).get(row)
                    if arguments and (measured := load(server, connections, *arguments)):
                        results[server.name].append(measured)
            report(row, results)


def report(row: str, results: dict[str, list]) -> None:
    own = [statistics.median(column) for column in zip(*results["ours"])]
    for name, measured in results.items():
        if not measured:
            continue
        cpu, rate, p99 = (statistics.median(column) for column in zip(*measured))
        ratio = "" if name == "ours" or not own else (
            f"   {cpu / own[0]:5.2f} {rate / own[1]:5.2f} {p99 / own[2]:5.2f}")
        print(f"{row:10} {name:20} {cpu:9.1f} {rate:10.0f} {p99:9.0f}{ratio}", flush=True)


main()

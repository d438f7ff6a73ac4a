#!/usr/bin/env python3
"""Measures GET /targets/{name}/jobs beside few and beside many unrelated jobs, and what a start costs then.

usage: Benchmarks/target-jobs.py [PATH OF THE RELEASE BINARY]

Fills a new SQLite database with completed jobs of other targets (and some of the BUMP kind), puts three jobs of the
target in question among them, and asks for these over one connection. Prints the median and the 99th percentile of
the latency, and how long the start took: the first one, which derives all targets, and a later one.
"""
import http.client, json, os, socket, sqlite3, statistics, subprocess, sys, tempfile, time

binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/release/job-service")
user = {"userId": "1", "firstName": "A", "lastName": "B"}


def job(number, target, operation="ADD", updates=None):
    parameters = {"operation": operation, "target": target}
    if updates is not None:
        parameters |= {
            "description": "d", "bumpFromVersion": "1.0.0", "bumpToVersion": "1.1.0",
            "bumpManifesto": {
                "version": "1.1.0", "description": "d", "releaseTime": 1, "languageCode": "no", "updateType": None,
                "dataStructureUpdates": [
                    {"name": n, "description": "d", "operation": "ADD", "releaseStatus": "PENDING_RELEASE"}
                    for n in updates]}}
    instant = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00.{number % 1000000:06}Z"
    statuses = ["initiated", "validating", "transforming", "importing", "completed"]
    return {
        "jobId": f"00000000-0000-4000-8000-{number:012}", "status": "completed", "parameters": parameters,
        "log": [{"at": instant, "message": f"Set status: {s}"} for s in statuses],
        "createdAt": instant, "createdBy": user}


class Service:
    def __init__(self, database):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = os.environ | {
            "JOB_SERVICE_HTTP__PORT": str(self.port), "JOB_SERVICE_STORAGE__URL": f"sqlite:{database}",
            "JOB_SERVICE_LOGGING__LEVEL": "error"}
        begin = time.monotonic()
        self.process = subprocess.Popen([binary, "serve"], env=environment, cwd=os.path.dirname(database))
        while True:
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
                self.connection.connect()
                break
            except ConnectionRefusedError:
                time.sleep(0.001)
        self.start = time.monotonic() - begin

    def get(self, path):
        self.connection.request("GET", path)
        return self.connection.getresponse().read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


for count in (1_000, 200_000):
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/jobs.db"
        Service(database).stop()
        with sqlite3.connect(database) as db:
            def insert(documents):
                texts = ((json.dumps(d, separators=(",", ":")),) for d in documents)
                db.executemany("INSERT INTO completed (document) VALUES (?)", texts)

            def others(numbers):
                for n in numbers:
                    if n % 1000 == 0:
                        yield job(n, "DATASTORE", "BUMP", [f"SET_{n + i}" for i in range(20)])
                    else:
                        yield job(n, f"SET_{n % 50_000}")

            insert(others(range(count // 2)))
            insert([job(900_000_000 + n, "WANTED") for n in range(2)] + [job(900_000_009, "DATASTORE", "BUMP", ["WANTED"])])
            insert(others(range(count // 2, count)))
        service = Service(database)
        first = service.start
        service.stop()
        service = Service(database)
        assert len(json.loads(service.get("/targets/WANTED/jobs"))) == 3
        figures = {}
        for path in ("/targets/WANTED/jobs", "/targets/NONE/jobs", "/maintenance-status", "/health/alive"):
            for _ in range(200):
                service.get(path)
            times = []
            for _ in range(2000):
                begin = time.perf_counter()
                service.get(path)
                times.append(1e6 * (time.perf_counter() - begin))
            figures[path] = (statistics.median(times), statistics.quantiles(times, n=100)[98])
        begin = time.perf_counter()
        targets = len(json.loads(service.get("/targets")))
        listing = time.perf_counter() - begin
        rss = [l for l in open(f"/proc/{service.process.pid}/status") if l.startswith("VmHWM")][0].split()[1]
        print(f"{count} unrelated jobs: start {first:.2f} s when all targets are to be derived, {service.start:.3f} s later")
        for path, (median, p99) in figures.items():
            print(f"  GET {path:22} median {median:4.0f} us, p99 {p99:4.0f} us (as a Python client sees it)")
        print(f"  GET /targets: {targets} targets in {listing:.2f} s; peak memory {int(rss) // 1024} MB")
        service.stop()

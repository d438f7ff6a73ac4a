"""A process that works jobs off with Examples/Executor, and writes down what it does, with the fence of its lease."""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "Examples/Executor"))
from executor import Claims, Executor, Service  # noqa: E402

folder, name, operations, seconds, wait, *urls = sys.argv[1:]
ledger = os.open(Path(folder) / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def write(what, lease):
    line = {"what": what, "job": lease.id, "fence": lease.fence, "executor": name, "pid": os.getpid()}
    os.write(ledger, (json.dumps(line) + "\n").encode())


def work(lease):
    write("begin", lease)
    lease.update("transforming", f"fence {lease.fence}")
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        if lease.is_over():
            write("give up", lease)
            return False, "given up"
        write("tick", lease)
        time.sleep(0.05)
    if lease.is_over():
        write("give up", lease)
        return False, "given up"
    write("end", lease)
    return True, f"fence {lease.fence}"


executor = Executor(
    Claims(Service(urls), name, operations.split(","), Path(folder) / f"{name}.state"), work, int(wait))
signal.signal(signal.SIGTERM, lambda *_: executor.ending.set())
executor.run()

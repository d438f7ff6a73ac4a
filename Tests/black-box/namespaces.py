"""Services as containers have them: each is process 1 of a namespace of its own, and all have one host name."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from service import BINARY, Service

UNSHARE = ["unshare", "--pid", "--uts", "--fork", "--kill-child=SIGKILL"]

needs_namespaces = pytest.mark.skipif(
    subprocess.run([*UNSHARE, "true"], capture_output=True).returncode != 0, reason="no right to make namespaces"
)


class Contained(Service):
    command = [*UNSHARE, "sh", "-c", 'hostname container && exec "$0" "$@"', BINARY]

    def process_inside(self) -> int:
        """Its id as seen from outside."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(path.read_text().split()[0])

    def kill(self):
        os.kill(self.process_inside(), signal.SIGKILL)
        self.process.wait()

    def suspend(self):
        os.kill(self.process_inside(), signal.SIGSTOP)

    def resume(self):
        os.kill(self.process_inside(), signal.SIGCONT)

    def stop(self) -> int:
        if self.process.poll() is None:
            os.kill(self.process_inside(), signal.SIGTERM)
        return self.process.wait()

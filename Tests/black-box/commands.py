"""Runs commands beside a service, with its configuration."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

from patience import LIMIT
from service import BINARY, Service


def environment_of(service: Service, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(service.port)} | service.environment | more


def command(
    service: Service, *words: str, cwd=None, stdout=None, stdin=None, **environment: str
) -> subprocess.CompletedProcess:
    """Runs a command in the service's folder and with its environment, or in another folder."""
    environment = environment_of(service, **environment)
    return run(*words, cwd=cwd or service.folder, stdout=stdout, stdin=stdin, environment=environment)


def run(*words: str, cwd, stdout=None, stdin=None, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    environment = environment or {"PATH": os.environ["PATH"]}
    output = stdout or subprocess.PIPE
    if stdout == "closed":
        reading, output = os.pipe()
        os.close(reading)
    try:
        return subprocess.run(
            [BINARY, *words], cwd=cwd, env=environment, stdin=stdin, stdout=output, stderr=subprocess.PIPE, text=True,
            timeout=LIMIT,
        )
    finally:
        if stdout == "closed":
            os.close(output)


def on_terminal(*words: str, cwd, columns: int = 80, rows: int = 24, **environment: str) -> tuple[int, str]:
    """Runs a command whose output and errors go to a terminal; returns its exit code and what that shows."""
    terminal = OnTerminal(*words, cwd=cwd, columns=columns, rows=rows, **environment)
    return terminal.end(), terminal.shown


class OnTerminal:
    """A command that runs on a terminal of some size, with what that shows. Nobody types unless `types` is called."""

    def __init__(self, *words: str, cwd, columns: int = 80, rows: int = 24, stdin: bool = False, **environment: str):
        self.shown = ""
        self.terminal, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm"} | environment
        self.process = subprocess.Popen(
            [BINARY, *words], cwd=cwd, env=environment, stdin=side if stdin else subprocess.DEVNULL, stdout=side,
            stderr=side, start_new_session=True, preexec_fn=self.control if stdin else None,
        )
        os.close(side)

    @staticmethod
    def control():
        """Makes the terminal the one that Ctrl-C comes from, and hears it, though tests that run in the background do not."""
        fcntl.ioctl(1, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def types(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def read(self, timeout: float) -> bool:
        """Reads what has been shown meanwhile; false at the end."""
        if not select.select([self.terminal], [], [], timeout)[0]:
            return True
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.shown += piece.decode(errors="replace")
        return piece != b""

    def wait_for(self, text: str, times: int = 1) -> None:
        """Waits until a text has been shown so many times."""
        deadline = time.monotonic() + LIMIT
        while self.shown.count(text) < times:
            assert time.monotonic() < deadline, f"{text!r} is not in {self.shown!r}"
            if not self.read(0.2):
                assert self.shown.count(text) >= times, f"{text!r} is not in {self.shown!r}"

    def end(self) -> int:
        """Waits for the end of the command and returns its exit code."""
        deadline = time.monotonic() + LIMIT
        while self.read(0.2):
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"goes on: {self.shown!r}")
        os.close(self.terminal)
        return self.process.wait(LIMIT)


def control_socket(service: Service) -> Path:
    return service.folder / "data" / "job-service.db-control"

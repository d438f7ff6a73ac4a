"""Runs commands beside a service, with its configuration."""

import os
import pty
import subprocess
from pathlib import Path

from patience import LIMIT
from service import BINARY, Service


def environment_of(service: Service, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(service.port)} | service.environment | more


def command(service: Service, *words: str, cwd=None, stdout=None, **environment: str) -> subprocess.CompletedProcess:
    """Runs a command in the service's folder and with its environment, or in another folder."""
    return run(*words, cwd=cwd or service.folder, stdout=stdout, environment=environment_of(service, **environment))


def run(*words: str, cwd, stdout=None, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    environment = environment or {"PATH": os.environ["PATH"]}
    output = stdout or subprocess.PIPE
    if stdout == "closed":
        reading, output = os.pipe()
        os.close(reading)
    try:
        return subprocess.run(
            [BINARY, *words], cwd=cwd, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, timeout=LIMIT
        )
    finally:
        if stdout == "closed":
            os.close(output)


def on_terminal(*words: str, cwd, **environment: str) -> tuple[int, str]:
    """Runs a command whose output and errors go to a terminal; returns its exit code and what that shows."""
    terminal, side = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm"} | environment
    process = subprocess.Popen([BINARY, *words], cwd=cwd, env=environment, stdout=side, stderr=side)
    os.close(side)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    return process.wait(LIMIT), shown.decode()


def control_socket(service: Service) -> Path:
    return service.folder / "data" / "job-service.db-control"

"""Does for the service what systemd does: opens its listening socket, passes it on, listens to what it notifies."""

import os
import queue
import signal
import socket
import subprocess
import threading
from pathlib import Path

from patience import LIMIT
from service import BINARY, Service


class Notifications:
    """The receiving end of sd_notify: a datagram socket at a path, or at an abstract name (`@name`)."""

    def __init__(self, name: str):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.messages: queue.Queue[dict[str, str]] = queue.Queue()
        threading.Thread(target=self.receive, daemon=True).start()

    def receive(self) -> None:
        while True:
            text = self.socket.recv(65536).decode()
            self.messages.put(dict(line.split("=", 1) for line in text.split("\n")))

    def next(self, key: str, limit: float = LIMIT) -> dict[str, str]:
        """The next message that has a key."""
        while True:
            message = self.messages.get(timeout=limit)
            if key in message:
                return message


class ActivatedService(Service):
    """A service whose listening socket outlives it."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, listener: socket.socket | None = None):
        super().__init__(folder, environment)
        if listener is None:
            listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener = listener
        if listener.family == socket.AF_INET:
            self.port = listener.getsockname()[1]

    def spawn(self, descriptors: str = "1", owner: str = "$$", **environment) -> None:
        """Starts the process with the listener as descriptor 3, as systemd announces it."""
        number = self.listener.fileno()
        script = f'exec 3<&{number}-; LISTEN_PID={owner} LISTEN_FDS={descriptors} LISTEN_FDNAMES=http exec "$0"'
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", script, BINARY], cwd=self.folder, stdout=log, stderr=log, pass_fds=(number,),
                env={"PATH": os.environ["PATH"]} | self.environment | environment,
            )

    def start(self, **environment) -> "ActivatedService":
        self.spawn(**environment)
        self.wait_until_ready()
        return self

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(LIMIT)
        self.listener.close()

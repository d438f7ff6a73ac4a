"""A TCP proxy that misbehaves on command, between the service and its database."""

import socket
import threading
import time


class Proxy:
    def __init__(self, target_port: int, port: int = 0):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.delay = 0.0
        # How many more bytes of replies pass before every connection is cut; None for no limit.
        self.budget: int | None = None
        self.garble = False
        # While it is clear nothing passes, and nothing is lost: as in a network that drops every packet.
        self.flowing = threading.Event()
        self.flowing.set()
        self.lock = threading.Lock()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    def pump(self, source, sink, is_reply):
        try:
            while data := source.recv(65536):
                self.flowing.wait()
                if is_reply:
                    time.sleep(self.delay)
                    with self.lock:
                        if self.budget is not None:
                            data, is_cut = data[: self.budget], len(data) >= self.budget
                            self.budget -= len(data)
                            if is_cut:
                                sink.sendall(data)
                                break
                    if self.garble:
                        data = bytes([data[0] ^ 0xFF]) + data[1:]
                sink.sendall(data)
        except OSError:
            pass
        self.end(source, sink)

    def end(self, *ends):
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Cuts every connection that is open."""
        for pair in self.pairs:
            self.end(*pair)
        self.pairs = []

    def close(self):
        self.listener.close()
        self.cut()

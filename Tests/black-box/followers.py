"""Clients of GET /events, and an endpoint for webhooks."""

import http.client
import http.server
import json
import socket
import threading
import time
from urllib.parse import quote

from patience import LIMIT


class Follower(threading.Thread):
    """Follows the stream of one service after the other, coming back at random, and keeps what it has seen."""

    def __init__(self, services, seed, query=""):
        super().__init__(daemon=True)
        import random

        self.services, self.random, self.query = services, random.Random(seed), query
        self.seen: list[dict] = []
        self.cursor, self.statuses, self.visits = "start", set(), 0
        self.ended = threading.Event()
        self.problem = None

    def run(self):
        while not self.ended.is_set():
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.01)
            except Exception as problem:
                self.problem = problem
                return

    def follow(self):
        service = self.random.choice(self.services)
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)
        limit = self.random.randrange(1, 60)
        try:
            # As a browser does it: the first time there is no Last-Event-ID.
            after = f"?after=start{self.query}" if self.cursor == "start" else f"?after=now{self.query}"
            headers = {"Accept": "text/event-stream"}
            if self.cursor != "start":
                headers["Last-Event-ID"] = self.cursor
            connection.request("GET", f"/events{after}", headers=headers)
            connection.sock.settimeout(1)
            response = connection.getresponse()
            self.statuses.add(response.status)
            if response.status != 200:
                response.read()
                return
            self.visits += 1
            for event in events(response):
                if event.get("id"):
                    self.cursor = event["id"]
                if "data" in event:
                    self.seen.append(json.loads(event["data"]))
                    limit -= 1
                if limit == 0 or self.ended.is_set():
                    return
        finally:
            connection.close()


def events(response):
    """The events of a stream, each with its fields, until the connection ends."""
    fields = {}
    while line := response.readline():
        line = line.rstrip(b"\n").decode()
        if not line:
            if fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = fields[name] + "\n" + value if name in fields else value


def read_all(service, query="") -> list[dict]:
    """Everything there is, page by page."""
    found, after = [], "start"
    while True:
        reply = service.get(f"/events?limit=1000&after={quote(after)}{query}")
        assert reply.status == 200, reply.text
        if not reply.json["events"]:
            return found
        found += reply.json["events"]
        after = reply.json["next"]


class Endpoint:
    """Takes in what webhooks send, and answers as it is told."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0):
        self.received: list[tuple[dict, bytes]] = []
        self.answers: list = []
        """What the next requests get: a status, (status, headers), or a function of the handler."""
        self.accepted: list[dict] = []
        self.lock = threading.Lock()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with endpoint.lock:
                    endpoint.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                    answer = endpoint.answers.pop(0) if endpoint.answers else 204
                if callable(answer):
                    return answer(self)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                if 200 <= status < 300:
                    endpoint.accepted.append(json.loads(body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def sequences(self) -> list[int]:
        return [int(event["sequence"]) for event in self.accepted]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def hang(handler):
    time.sleep(3)
    handler.close_connection = True


def garbage(handler):
    handler.connection.sendall(b"\x00\xff nothing of HTTP\r\n\r\n")
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)

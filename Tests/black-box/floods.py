"""Clients that mean no good, each kind a process of its own, and the one next door that only wants to be served."""

import json
import multiprocessing
import os
import resource
import selectors
import socket
import statistics
import time

# Started by fork, so that nothing has to be pickled.
processes = multiprocessing.get_context("fork")


class Flood:
    """Runs `work(port, ready, ended)` in a process of its own for the time of a `with` block."""

    def __init__(self, work, port: int, *arguments):
        self.ready, self.ended = processes.Event(), processes.Event()
        self.done = processes.Value("q", 0)
        self.process = processes.Process(
            target=self.run, args=(work, port, self.ready, self.ended, self.done, *arguments), daemon=True
        )

    @staticmethod
    def run(work, port, ready, ended, done, *arguments):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        # On one machine the flood would take the neighbour's own processor from it.
        os.nice(5)
        work(port, ready, ended, done, *arguments)

    def __enter__(self):
        self.process.start()
        assert self.ready.wait(60), "the flood has not risen"
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.process.join(30)
        self.process.kill()


def connect(port: int, receive_buffer: int | None = None) -> socket.socket:
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", port))
    return client


def idle(port, ready, ended, done, count: int) -> None:
    """`count` connections that have been served once and stay."""
    clients = []
    for _ in range(count):
        client = connect(port)
        client.sendall(b"GET /health/alive HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        clients.append(client)
        done.value += 1
    ready.set()
    ended.wait()


def slow(port, ready, ended, done, count: int) -> None:
    """`count` clients that send a byte now and then, half of them of a head and half of a body; whoever is turned
    away comes back."""
    head = b"GET /jobs HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 10_000
    body = b"POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000
    clients: list[list] = [[None, 0, body if index % 2 else head] for index in range(count)]
    while not ended.is_set():
        start = time.monotonic()
        for slot in clients:
            if slot[0] is None:
                slot[0], slot[1] = connect(port), 60
                slot[0].setblocking(False)
                data = slot[2][:60]
            else:
                data = slot[2][slot[1] : slot[1] + 1]
                slot[1] += 1
            try:
                slot[0].send(data)
                if slot[0].recv(4096) is not None:
                    raise ConnectionError
            except BlockingIOError:
                continue
            except OSError:
                slot[0].close()
                slot[0] = None
                done.value += 1
        ready.set()
        ended.wait(max(0, 1 - (time.monotonic() - start)))


def deaf(port, ready, ended, done, count: int) -> None:
    """`count` clients that ask for the long list, again and again, and never read."""
    clients = []
    for _ in range(count):
        client = connect(port, 4096)
        client.setblocking(False)
        clients.append(client)
    while not ended.is_set():
        for index, client in enumerate(clients):
            try:
                client.send(b"GET /jobs HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
            except BlockingIOError:
                continue
            except OSError:
                client.close()
                clients[index] = connect(port, 4096)
                clients[index].setblocking(False)
                done.value += 1
        ready.set()
        ended.wait(0.1)


def pipeline(port, ready, ended, done, count: int, reads: bool) -> None:
    """`count` clients that send requests as fast as they are taken, without waiting for answers."""
    batch = b"GET /jobs/none HTTP/1.1\r\nHost: x\r\n\r\n" * 200
    selector = selectors.DefaultSelector()
    events = selectors.EVENT_WRITE | (selectors.EVENT_READ if reads else 0)

    def add():
        client = connect(port)
        client.setblocking(False)
        selector.register(client, events, [batch])

    for _ in range(count):
        add()
    ready.set()
    while not ended.is_set():
        for key, mask in selector.select(0.1):
            client = key.fileobj
            try:
                if mask & selectors.EVENT_READ and not client.recv(1 << 20):
                    raise ConnectionError
                if mask & selectors.EVENT_WRITE:
                    sent = client.send(key.data[0])
                    key.data[0] = key.data[0][sent:] or batch
                    done.value += sent // 37
            except BlockingIOError:
                continue
            except OSError:
                selector.unregister(client)
                client.close()
                add()


def repeat(port, ready, ended, done, count: int, requests: list[bytes]) -> None:
    """`count` clients that send one of `requests` after the other, each when the one before has been answered."""
    selector = selectors.DefaultSelector()

    def add(number: int):
        client = connect(port)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE, [requests[number % len(requests)], number])

    for number in range(count):
        add(number)
    ready.set()
    while not ended.is_set():
        for key, mask in selector.select(0.1):
            client, state = key.fileobj, key.data
            try:
                if mask & selectors.EVENT_WRITE and state[0]:
                    state[0] = state[0][client.send(state[0]) :]
                    if not state[0]:
                        selector.modify(client, selectors.EVENT_READ, state)
                if mask & selectors.EVENT_READ:
                    answer = client.recv(1 << 20)
                    if not answer or b"Connection: close" in answer:
                        raise ConnectionError
                    state[1] += 1
                    state[0] = requests[state[1] % len(requests)]
                    selector.modify(client, selectors.EVENT_READ | selectors.EVENT_WRITE, state)
                    done.value += 1
            except BlockingIOError:
                continue
            except OSError:
                selector.unregister(client)
                client.close()
                done.value += 1
                add(state[1] + 1)


def endless(port, ready, ended, done, count: int, head: bytes, piece: bytes, tail: bytes = b"") -> None:
    """`count` clients that each send `head` and then `piece` again and again, a megabyte of it and `tail` before the
    next head, and read whatever comes. Whoever is turned away comes back."""
    batch = head + piece * max(1, (1 << 20) // max(1, len(piece))) + tail
    selector = selectors.DefaultSelector()

    def add():
        client = connect(port)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE, [memoryview(batch)])

    for _ in range(count):
        add()
    ready.set()
    while not ended.is_set():
        for key, mask in selector.select(0.1):
            client = key.fileobj
            try:
                if mask & selectors.EVENT_READ and not client.recv(1 << 20):
                    raise ConnectionError
                if mask & selectors.EVENT_WRITE:
                    sent = client.send(key.data[0][: 256 << 10])
                    key.data[0] = key.data[0][sent:] or memoryview(batch)
                    done.value += sent
            except BlockingIOError:
                continue
            except OSError:
                selector.unregister(client)
                client.close()
                add()


def storm(port, ready, ended, done, request: bytes) -> None:
    """A client that connects, sends one thing and leaves without reading, as fast as it can."""
    ready.set()
    while not ended.is_set():
        try:
            client = connect(port)
            client.sendall(request)
            client.close()
            done.value += 1
        except OSError:
            continue


class Neighbour:
    """The healthy client: as the executor does, one request after the other, each on a new connection."""

    def __init__(self, port: int, job: str):
        self.port = port
        body = json.dumps({"status": "initiated"}).encode()
        self.requests = [
            b"GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            b"GET /jobs?status=initiated&limit=5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            f"GET /jobs/{job} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(),
            f"PUT /jobs/{job} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
            + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        ]

    def measure(self, seconds: float, pause: float = 0.01) -> dict[str, float]:
        """Milliseconds from connecting to the end of the answer, each of which must be 200."""
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            start = time.perf_counter()
            client = connect(self.port)
            client.settimeout(10)
            client.sendall(self.requests[len(times) % len(self.requests)])
            answer = b""
            while data := client.recv(1 << 16):
                answer += data
            client.close()
            times.append((time.perf_counter() - start) * 1000)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
            time.sleep(pause)
        times.sort()
        return {
            "requests": len(times), "p50": statistics.median(times), "p99": times[int(len(times) * 0.99)],
            "max": times[-1],
        }

"""A proxy that reads what passes: commands of the service and replies of the server, as documents."""

import struct
import threading

import bson
from proxy import Proxy

MESSAGE, REPLY = 2013, 1
# Never answered.
DROP = object()


class CommandProxy(Proxy):
    """Subclasses override `command` and `reply`; without them it only keeps the names of the commands that pass."""

    def __init__(self, target_port: int, port: int = 0):
        self.commands: list[str] = []
        # What was asked on each connection, by the number of the message.
        self.asked: dict[tuple[int, int], dict] = {}
        super().__init__(target_port, port)

    def command(self, document: dict):
        """A changed command, `Answer(document)` instead of the server's reply, DROP, or None to let it pass."""

    def reply(self, command: dict, document: dict) -> dict | None:
        """A changed reply, or None to let it pass."""

    def count(self, *names: str) -> int:
        return sum(name in names for name in self.commands)

    def pump(self, source, sink, is_reply):
        pending = b""
        try:
            while data := source.recv(65536):
                pending += data
                while len(pending) >= 4 and len(pending) >= (length := struct.unpack_from("<i", pending)[0]):
                    message, pending = pending[:length], pending[length:]
                    self.flowing.wait()
                    if is_reply:
                        sink.sendall(self.on_reply(source, sink, message))
                    else:
                        self.on_command(source, sink, message)
        except OSError:
            pass
        self.end(source, sink)

    def on_command(self, source, sink, message):
        length, request, _, opcode = struct.unpack_from("<iiii", message)
        if opcode != MESSAGE:
            sink.sendall(message)
            return
        (size,) = struct.unpack_from("<i", message, 21)
        document = bson.decode(message[21 : 21 + size])
        self.commands.append(next(iter(document)))
        self.asked[id(source), request] = document
        changed = self.command(document)
        if changed is None:
            sink.sendall(message)
        elif isinstance(changed, Answer):
            source.sendall(framed(changed.document, request))
        elif changed is not DROP:
            body = bson.encode(changed)
            rest = message[16:21] + body + message[21 + size :]
            sink.sendall(struct.pack("<iiii", 16 + len(rest), request, 0, MESSAGE) + rest)

    def on_reply(self, source, sink, message):
        _, request, response, opcode = struct.unpack_from("<iiii", message)
        start = {MESSAGE: 21, REPLY: 36}[opcode]
        # A stream of replies to one `hello` answers the reply before.
        command = self.asked.pop((id(sink), response), None) or {"hello": 1}
        changed = self.reply(command, bson.decode(message[start:]))
        if changed is None:
            return message
        body = bson.encode(changed)
        return struct.pack("<iiii", start + len(body), request, response, opcode) + message[16:start] + body


class Answer:
    def __init__(self, document: dict):
        self.document = document


def refusal(code: int, name: str, text: str) -> Answer:
    return Answer({"ok": 0.0, "code": code, "codeName": name, "errmsg": text})


def framed(document: dict, request: int) -> bytes:
    body = bson.encode(document)
    return struct.pack("<iiiiIB", 21 + len(body), 0, request, MESSAGE, 0, 0) + body


class Refusing(CommandProxy):
    """As a server that does not allow some commands."""

    def __init__(self, target_port: int, *names: str):
        self.refused = names
        super().__init__(target_port)

    def command(self, document):
        name = next(iter(document))
        if name in self.refused:
            return refusal(13, "Unauthorized", f"not authorized on admin to execute command {{ {name}: 1 }}")


class WithoutTransactions(CommandProxy):
    """As a server that takes the commands of transactions and applies each at once."""

    product: dict = {}

    def command(self, document):
        if next(iter(document)) in ("commitTransaction", "abortTransaction"):
            return Answer({"ok": 1.0})
        if "autocommit" in document:
            dropped = ("autocommit", "startTransaction", "txnNumber", "readConcern")
            return {key: value for key, value in document.items() if key not in dropped}

    def reply(self, command, document):
        return document | self.product if "buildInfo" in command else None


class Building(CommandProxy):
    """As a server that builds indexes for as long as it is not told to finish: `createIndexes` is not answered, and
    `listIndexes` lists them all the same."""

    def __init__(self, target_port: int):
        self.finished = threading.Event()
        self.waits = threading.Event()
        self.building: dict[str, list] = {}
        super().__init__(target_port)

    def command(self, document):
        if "createIndexes" in document and not self.finished.is_set():
            self.building[document["createIndexes"]] = document["indexes"]
            self.waits.set()
            self.finished.wait()
            self.building.clear()

    def reply(self, command, document):
        if "listIndexes" in command and "cursor" in document:
            known = {index["name"] for index in document["cursor"]["firstBatch"]}
            more = [
                {"v": 2, **index} for index in self.building.get(command["listIndexes"], []) if index["name"] not in known
            ]
            document["cursor"]["firstBatch"] += more
            return document

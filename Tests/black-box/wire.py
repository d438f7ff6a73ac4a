"""A proxy that reads the commands that pass, and may answer some in the server's place."""

import struct

import bson
from proxy import Proxy

OP_MSG = 2013
# What connections say of themselves.
UNCOUNTED = {"hello", "isMaster", "ismaster", "ping", "saslStart", "saslContinue", "endSessions"}


class CommandProxy(Proxy):
    def answer(self, command: dict) -> dict | None:
        """The reply to a command; None lets it pass."""
        return None

    def rewrite(self, command: dict, reply: dict) -> dict:
        """What the client is told instead of a reply."""
        return reply

    # Whether replies are read too.
    reads_replies = False

    def pump(self, source, sink, is_reply):
        if is_reply and not self.reads_replies:
            return super().pump(source, sink, is_reply)
        pending = b""
        try:
            while data := source.recv(65536):
                pending += data
                while len(pending) >= 4 and len(pending) >= (length := struct.unpack_from("<i", pending)[0]):
                    message, pending = pending[:length], pending[length:]
                    if is_reply:
                        sink.sendall(self.reply_to_pass(message, sink))
                    else:
                        self.pass_command(message, source, sink)
        except OSError:
            pass
        self.end(source, sink)

    def pass_command(self, message, source, sink):
        command = document_of(message)
        reply = self.answer(command) if command else None
        if reply is None:
            if command and self.reads_replies:
                with self.lock:
                    self.asked()[source, request_of(message)] = command
            sink.sendall(message)
        else:
            document = bson.encode(reply)
            source.sendall(struct.pack("<iiiiIB", 21 + len(document), 0, request_of(message), OP_MSG, 0, 0) + document)

    def reply_to_pass(self, message, client):
        (request,) = struct.unpack_from("<i", message, 8)
        with self.lock:
            command = self.asked().pop((client, request), None)
        document = document_of(message)
        if command is None or document is None:
            return message
        changed = bson.encode(self.rewrite(command, document))
        return struct.pack("<i", 21 + len(changed)) + message[4:21] + changed

    def asked(self) -> dict:
        """The commands without a reply yet, by connection and request."""
        return self.__dict__.setdefault("_asked", {})


def request_of(message):
    return struct.unpack_from("<i", message, 4)[0]


def document_of(message):
    """The command or reply of a message of the only kind that is used once a connection stands."""
    if struct.unpack_from("<i", message, 12)[0] != OP_MSG:
        return None
    (length,) = struct.unpack_from("<i", message, 21)
    return bson.decode(message[21 : 21 + length])


class Recorder(CommandProxy):
    """Writes down the commands of requests; what the monitoring and the instances' register say is not counted."""

    def __init__(self, target_port: int):
        self.commands: list[dict] = []
        super().__init__(target_port)

    def answer(self, command):
        name = next(iter(command))
        if name not in UNCOUNTED and (
            command[name] != "job-service.instances"
        ):
            self.commands.append(command)
        return None

    def open_transactions(self) -> set:
        """Those that have begun and not ended."""
        began, ended = set(), set()
        for command in list(self.commands):
            if "autocommit" in command:
                name = next(iter(command))
                which = ended if name in ("commitTransaction", "abortTransaction") else began
                which.add((command["lsid"]["id"], command["txnNumber"]))
        return began - ended

    def forget(self):
        self.commands = []

    def names(self) -> list[str]:
        return [next(iter(command)) for command in self.commands]

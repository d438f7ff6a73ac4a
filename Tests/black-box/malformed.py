"""A proxy that damages the replies of a database on their way to the service."""

import random
import struct

from proxy import Proxy

MESSAGE, REPLY = 2013, 1
DOCUMENT, ARRAY, STRING, BINARY = 3, 4, 2, 5
FIXED = {1: 8, 7: 12, 8: 1, 9: 8, 10: 0, 6: 0, 16: 4, 17: 8, 18: 8, 19: 16, 255: 0, 127: 0}


def elements(data, start):
    """Of a document and of all within it: where each element's type and value stand, and what type it is."""
    (length,) = struct.unpack_from("<i", data, start)
    at = start + 4
    while at < start + length - 1:
        kind, value = data[at], data.index(0, at + 1) + 1
        yield at, value, kind
        if kind in (DOCUMENT, ARRAY):
            yield from elements(data, value)
            at = value + struct.unpack_from("<i", data, value)[0]
        elif kind == STRING:
            at = value + 4 + struct.unpack_from("<i", data, value)[0]
        elif kind == BINARY:
            at = value + 5 + struct.unpack_from("<i", data, value)[0]
        else:
            at = value + FIXED[kind]


def body(message):
    """Where the document of a reply starts."""
    (opcode,) = struct.unpack_from("<i", message, 12)
    return {MESSAGE: 21, REPLY: 36}[opcode]


def put_length(data, at, change):
    (length,) = struct.unpack_from("<i", data, at)
    struct.pack_into("<i", data, at, change(length))


WRONG_LENGTHS = {
    "a little less": lambda n: n - 1,
    "a little more": lambda n: n + 1,
    "much more": lambda n: n + 100_000,
    "nothing": lambda n: 0,
    "negative": lambda n: -n,
    "the least": lambda n: -(1 << 31),
    "the most": lambda n: (1 << 31) - 1,
}


def wrong_length(kinds, change):
    def damage(message, dice):
        data = bytearray(message)
        places = [value for _, value, kind in elements(data, body(data)) if kind in kinds]
        if places:
            put_length(data, dice.choice(places), change)
        return bytes(data)

    return damage


def at_start(offset, change):
    """Damages the length of the message, or of the reply's document."""

    def damage(message, dice):
        data = bytearray(message)
        put_length(data, 0 if offset == 0 else body(data), change)
        return bytes(data)

    return damage


def wrong_type(message, dice):
    data = bytearray(message)
    at, _, _ = dice.choice(list(elements(data, body(data))))
    data[at] = dice.randrange(256)
    return bytes(data)


def wrong_bytes(message, dice):
    data = bytearray(message)
    for _ in range(dice.randrange(1, 9)):
        data[dice.randrange(16, len(data))] = dice.randrange(256)
    return bytes(data)


def without_end(message, dice):
    data = bytearray(message)
    data[-1] = 7
    return bytes(data)


def deep(message, dice):
    """A reply that is nested ten thousand times."""
    document = b"\x05\x00\x00\x00\x00"
    for _ in range(10_000):
        document = struct.pack("<i", len(document) + 8) + b"\x03a\x00" + document + b"\x00"
    start = message[4 : body(message)]
    return struct.pack("<i", 4 + len(start) + len(document)) + start + document


def other(document):
    """A well-formed reply that says something absurd."""

    def damage(message, dice):
        start = message[4 : body(message)]
        return struct.pack("<i", 4 + len(start) + len(document)) + start + document

    return damage


def compressed(message, dice):
    data = bytearray(message)
    struct.pack_into("<i", data, 12, 2012)
    return bytes(data)


def unknown(message, dice):
    data = bytearray(message)
    struct.pack_into("<i", data, 12, 4711)
    return bytes(data)


def damages():
    kinds = {
        "wrong type": wrong_type,
        "wrong bytes": wrong_bytes,
        "no end": without_end,
        "deep": deep,
        "empty document": other(b"\x05\x00\x00\x00\x00"),
        "only ok": other(b"\x11\x00\x00\x00\x01ok\x00" + struct.pack("<d", 1) + b"\x00"),
        "ok is a text": other(b"\x10\x00\x00\x00\x02ok\x00\x02\x00\x00\x00x\x00\x00"),
        "compressed": compressed,
        "unknown opcode": unknown,
    }
    for name, change in WRONG_LENGTHS.items():
        kinds[f"length of the message: {name}"] = at_start(0, change)
        kinds[f"length of the document: {name}"] = at_start(1, change)
        kinds[f"length of an inner document: {name}"] = wrong_length((DOCUMENT, ARRAY), change)
        kinds[f"length of a text: {name}"] = wrong_length((STRING, BINARY), change)
    return kinds


DAMAGES = damages()
# Those that leave a reply well formed, but for what it says; nobody can see that.
CONTENT = ("wrong type", "wrong bytes")


class Damager(Proxy):
    """Damages replies, of those for which `wants` says so a part as large as `rate`, in one of the ways of `kinds`."""

    def __init__(self, target_port: int, *kinds: str):
        self.kinds = kinds or list(DAMAGES)
        self.rate = 0.0
        self.wants = lambda message: True
        self.dice = random.Random(1)
        self.count = 0
        super().__init__(target_port)

    def damaged(self, message):
        if not self.rate or not self.wants(message) or self.dice.random() >= self.rate:
            return message
        self.count += 1
        return DAMAGES[self.dice.choice(self.kinds)](message, self.dice)

    def pump(self, source, sink, is_reply):
        if not is_reply:
            return super().pump(source, sink, is_reply)
        pending = b""
        try:
            while data := source.recv(65536):
                pending += data
                while len(pending) >= 4 and len(pending) >= (length := struct.unpack_from("<i", pending)[0]):
                    message, pending = pending[:length], pending[length:]
                    sink.sendall(self.damaged(message))
        except OSError:
            pass
        self.end(source, sink)

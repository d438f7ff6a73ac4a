"""A proxy that makes of the stand-in what a standalone MongoDB server is: one that takes no transactions."""

import struct

import bson
from proxy import Proxy

REFUSAL = {
    "ok": 0.0, "code": 20, "codeName": "IllegalOperation",
    "errmsg": "Transaction numbers are only allowed on a replica set member or mongos",
}


class Standalone(Proxy):
    """Answers every command that has a transaction number with the error of a standalone server, while it `refuses`."""

    def __init__(self, target_port: int):
        self.refuses = True
        self.refused: list[str] = []
        super().__init__(target_port)

    def pump(self, source, sink, is_reply):
        if is_reply:
            return super().pump(source, sink, is_reply)
        pending = b""
        try:
            while data := source.recv(65536):
                pending += data
                while len(pending) >= 4 and len(pending) >= (length := struct.unpack_from("<i", pending)[0]):
                    message, pending = pending[:length], pending[length:]
                    command = self.numbered_command(message) if self.refuses else None
                    if command is None:
                        sink.sendall(message)
                        continue
                    self.refused.append(command)
                    (request,) = struct.unpack_from("<i", message, 4)
                    document = bson.encode(REFUSAL)
                    source.sendall(struct.pack("<iiiiIB", 21 + len(document), 0, request, 2013, 0, 0) + document)
        except OSError:
            pass
        self.end(source, sink)

    @staticmethod
    def numbered_command(message):
        """The name of the command if it has a transaction number."""
        if struct.unpack_from("<i", message, 12)[0] != 2013:
            return None
        (length,) = struct.unpack_from("<i", message, 21)
        document = bson.decode(message[21 : 21 + length])
        return next(iter(document)) if "txnNumber" in document else None

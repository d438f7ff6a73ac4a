"""A proxy that makes of the stand-in what a standalone MongoDB server is: one that takes no transactions."""

from wire import CommandProxy

REFUSAL = {
    "ok": 0.0, "code": 20, "codeName": "IllegalOperation",
    "errmsg": "Transaction numbers are only allowed on a replica set member or mongos",
}


class Standalone(CommandProxy):
    """Answers every command that has a transaction number with the error of a standalone server, while it `refuses`."""

    def __init__(self, target_port: int):
        self.refuses = True
        self.refused: list[str] = []
        self.commands: list[dict] = []
        super().__init__(target_port)

    def answer(self, command):
        self.commands.append(command)
        if not self.refuses or "txnNumber" not in command:
            return None
        self.refused.append(next(iter(command)))
        return REFUSAL

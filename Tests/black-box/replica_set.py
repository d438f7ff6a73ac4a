"""A replica set of several members, made of one server: each member is a proxy before it that says which part it plays.

Elections can be held at will; while there is no primary, every member refuses what only a primary does.
"""

import bson
from command_proxy import CommandProxy, refusal

# What a member answers whatever it is.
ANYBODY = {"hello", "isMaster", "ismaster", "buildInfo", "ping", "saslStart", "saslContinue", "endSessions"}


class Member(CommandProxy):
    def __init__(self, replica_set: "ReplicaSet", target_port: int):
        self.set = replica_set
        super().__init__(target_port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self, document):
        if self.set.primary is not self and next(iter(document)) not in ANYBODY:
            return refusal(10107, "NotWritablePrimary", "not primary")

    def reply(self, command, document):
        if "maxWireVersion" not in document:
            return None
        # Without it the monitoring asks again and again instead of waiting for news.
        document.pop("topologyVersion", None)
        is_primary = self.set.primary is self
        document |= {
            "hosts": [member.address for member in self.set.members], "me": self.address, "setVersion": 1,
            "ismaster": is_primary, "isWritablePrimary": is_primary, "secondary": not is_primary,
        }
        document.pop("primary", None)
        document.pop("electionId", None)
        if self.set.primary:
            document["primary"] = self.set.primary.address
        if is_primary:
            document["electionId"] = bson.ObjectId(f"7fffffff{self.set.term:016x}")
        return document


class ReplicaSet:
    def __init__(self, server, count: int = 3):
        self.server = server
        self.term = 1
        self.primary: Member | None = None
        self.members = [Member(self, server.port) for _ in range(count)]
        self.primary = self.members[0]

    def step_down(self):
        """The primary gives up: as on a real one its connections are kept, its transactions end."""
        self.primary = None
        with self.server.client() as client:
            client.admin.command("killAllSessions", [])

    def elect(self, number: int):
        self.term += 1
        self.primary = self.members[number]

    def environment(self, *numbers: int, database: str = "jobdb", **more: str) -> dict[str, str]:
        """For a service whose URL names some of the members and nothing else."""
        hosts = ",".join(self.members[number].address for number in numbers)
        return self.server.environment(database, **more) | {"MONGODB_URL": f"mongodb://{hosts}/{database}"}

    def close(self):
        for member in self.members:
            member.close()

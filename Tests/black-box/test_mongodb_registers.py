"""Which instances live: nobody ends the sessions of one that does, and somebody those of one that does not."""

import time

import pytest
from command_proxy import CommandProxy
from mongodb import MongoDBServer, needs_mongodb, note_fault
from namespaces import Contained, needs_namespaces
from patience import wait_until

pytestmark = [needs_mongodb, needs_namespaces]

# An instance that says nothing for 12 s is looked for.
SUSPICIOUS = 12


class Recorder(CommandProxy):
    """Notes whose sessions are to be ended."""

    def __init__(self, target_port):
        self.ended: list[bytes] = []
        super().__init__(target_port)

    def command(self, document):
        if "killSessions" in document:
            self.ended += [bytes(session["id"]) for session in document["killSessions"]]


@pytest.fixture
def server():
    server = MongoDBServer("--durable")
    yield server
    server.end()


def test_instances_in_containers_of_one_host_name(server, tmp_path):
    proxy = Recorder(server.port)
    environment = server.environment(port=proxy.port)
    instances = []
    try:
        for number in range(3):
            folder = tmp_path / f"container-{number}"
            folder.mkdir()
            instances.append(Contained(folder, environment).start())
        run(server, proxy, instances)
    finally:
        for instance in instances:
            instance.stop()
        proxy.close()


def run(server, proxy, instances):
    with server.client() as client:
        register = client["jobdb"]["job-service.instances"]
        for number, instance in enumerate(instances):
            instance.post_job(target=f"SET_{number}")
        wait_until(lambda: register.count_documents({"sessions.0": {"$exists": True}}) == 3, "three with sessions")
        notes = list(register.find())
        assert {(note["host"], note["process"]) for note in notes} == {("container", 1)}

        # A paused one is quiet for far longer than it takes to look for it; it is there all the same.
        instances[0].suspend()
        time.sleep(SUSPICIOUS * 2)
        assert register.count_documents({}) == 3 and not proxy.ended
        assert instances[1].post_job(target="MEANWHILE")
        instances[0].resume()
        assert instances[0].post_job(target="AFTER_THE_PAUSE")

        # All are quiet while the server is away.
        server.suspend()
        time.sleep(8)
        server.resume()
        for number, instance in enumerate(instances):
            wait_until(lambda: instance.get("/health/ready").status == 200, "ready again")
            assert instance.post_job(target=f"AFTER_THE_OUTAGE_{number}")
        assert register.count_documents({}) == 3 and not proxy.ended

        # One that was killed is found out, and only its sessions are ended.
        before = {note["_id"]: note for note in register.find()}
        begin = time.monotonic()
        instances[2].kill()
        wait_until(lambda: register.count_documents({}) == 2, "the note of the dead is gone")
        seconds = time.monotonic() - begin
        [dead] = set(before) - {note["_id"] for note in register.find()}
        assert proxy.ended and set(proxy.ended) <= {bytes(session["id"]) for session in before[dead]["sessions"]}
        assert sum("is gone" in instance.log() for instance in instances[:2]) >= 1
        note_fault(
            "three instances in containers of one host name: one paused for 24 s, an outage of 8 s, one killed",
            f"the living are left alone; the sessions of the dead are ended after {seconds:.0f} s")

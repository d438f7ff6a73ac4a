"""Answers that are given again while nothing changes: a write is seen by the next read, on every connection."""

import http.client
import json
import random
import threading

import pytest
from patience import LIMIT

STATUSES = ["queued", "initiated", "validating", "importing", "built"]


class Client:
    """A keep-alive connection, which one event loop has from its beginning to its end."""

    def __init__(self, service):
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT)

    def send(self, method: str, target: str, body=None, **headers: str):
        self.connection.request(method, target, json.dumps(body) if body is not None else None, headers)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def read(self, target: str):
        """What a target answers, as JSON."""
        status, _, body = self.send("GET", target)
        assert status == 200, body
        return json.loads(body)


def test_a_write_is_seen_by_the_next_read_on_every_connection(service):
    """Each writer knows what its own target has come to, whatever the others do at the same time."""
    failures = []

    def work(number: int) -> None:
        try:
            dice = random.Random(number)
            clients = [Client(service) for _ in range(3)]
            target = f"T_{number}"
            _, _, body = clients[0].send("POST", "/jobs", {"jobs": [{"operation": "ADD", "target": target}]})
            job, status = json.loads(body)[0]["job_id"], "queued"
            for step in range(60):
                status = dice.choice([other for other in STATUSES if other != status])
                assert dice.choice(clients).send("PUT", f"/jobs/{job}", {"status": status})[0] == 200
                for client in dice.sample(clients, 2):
                    for listed in STATUSES:
                        ids = [found["jobId"] for found in client.read(f"/jobs?status={listed}")]
                        assert (job in ids) == (listed == status), f"{target} is {status}, listed as {listed}"
                    [known] = [known for known in client.read("/targets") if known["name"] == target]
                    assert known["status"] == status
                    assert client.read("/jobs?ignoreCompleted=true")[0]["jobId"]
            assert dice.choice(clients).send("PUT", f"/jobs/{job}", {"status": "completed"})[0] == 200
            for client in clients:
                assert job not in [found["jobId"] for found in client.read("/jobs?ignoreCompleted=true")]
                assert job in [found["jobId"] for found in client.read("/jobs?status=completed")]
        except Exception as error:
            failures.append(f"{number}: {error!r}")

    keeper = Client(service)
    keeper.send("POST", "/jobs", {"jobs": [{"operation": "ADD", "target": "KEPT"}]})
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_those_that_are_made_anew(service, seed):
    """After each of many writes, what is given again is compared with what nobody has asked for in these words."""
    dice = random.Random(seed)
    clients = [Client(service) for _ in range(4)]
    targets = ["/jobs?status=queued", "/jobs", "/jobs?operation=ADD&ignoreCompleted=true", "/targets", "/maintenance-status"]
    jobs = []
    for step in range(80):
        client = dice.choice(clients)
        match dice.randrange(5):
            case 0:
                body = {"jobs": [{"operation": dice.choice(["ADD", "CHANGE"]), "target": f"T_{step % 7}"}]}
                jobs += [item["job_id"] for item in json.loads(client.send("POST", "/jobs", body)[2]) if "job_id" in item]
            case 1 | 2 if jobs:
                status = dice.choice([*STATUSES, "completed", "failed"])
                client.send("PUT", f"/jobs/{dice.choice(jobs)}", {"status": status, "log": f"step {step}"})
            case 3:
                client.send("POST", "/maintenance-status", {"msg": f"step {step}", "paused": dice.random() < 0.5})
            case _:
                # Refused, and rolled back.
                client.send("POST", "/jobs", {"jobs": [{"operation": "ADD", "target": "T_0"}] * 2})
        for target in targets:
            asked = [other.send("GET", target) for other in dice.sample(clients, 2)]
            separator = "&" if "?" in target else "?"
            anew = client.send("GET", f"{target}{separator}anew={seed}.{step}")
            for answer in asked:
                assert answer[0] == anew[0] == 200
                assert answer[2] == anew[2], target
                assert answer[1]["ETag"] == anew[1]["ETag"]
            assert client.send("GET", target, **{"If-None-Match": anew[1]["ETag"]})[0] == 304


def test_what_is_coded_is_given_again_as_what_it_is(service):
    client = Client(service)
    client.send("POST", "/jobs", {"jobs": [{"operation": "ADD", "target": f"T_{number}"} for number in range(40)]})
    plain = client.send("GET", "/jobs?status=queued")
    coded = [client.send("GET", "/jobs?status=queued", **{"Accept-Encoding": "gzip"}) for _ in range(3)]
    for answer in coded:
        assert answer[1]["Content-Encoding"] == "gzip" and answer[1]["ETag"] != plain[1]["ETag"]
        assert answer[2] == coded[0][2]
    assert client.send("GET", "/jobs?status=queued")[2] == plain[2]
    head = client.send("HEAD", "/jobs?status=queued")
    assert head[1]["Content-Length"] == str(len(plain[2])) and head[2] == b""

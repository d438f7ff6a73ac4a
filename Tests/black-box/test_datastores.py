"""The optional module `datastores`, as the newest public executor uses it: what it asks at its start and on each of its
polls, read by models like its own (pydantic, which refuse what they do not know where it does)."""

import json
import subprocess
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from service import BINARY, BUMP, NINE_OPERATIONS

FIRST, SECOND = "no.example.first", "no.example.second"
DATASTORES = [
    {"rdn": FIRST, "directory": "/data/first", "name": "First", "description": "The first one", "bumpEnabled": True},
    {"rdn": SECOND, "directory": "/data/second"},
]
ENVIRONMENT = {
    "JOB_SERVICE_MODULES__DATASTORES__ENABLED": "true",
    "JOB_SERVICE_MODULES__DATASTORES__LIST": json.dumps(DATASTORES),
}
STATUSES = Literal[
    "queued", "initiated", "decrypting", "validating", "transforming", "pseudonymizing", "enriching", "converting",
    "partitioning", "built", "importing", "completed", "failed",
]
MANAGER = "SET_STATUS,BUMP,DELETE_DRAFT,REMOVE,ROLLBACK_REMOVE,DELETE_ARCHIVE,GENERATE_RSA_KEYS"
WORKER = "PATCH_METADATA,ADD,CHANGE"
# Newer executors send a key with every request.
KEY = {"X-API-Key": "not-a-secret"}


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, strict=True)


class Exact(Camel):
    model_config = ConfigDict(extra="forbid")


class User(Exact):
    user_id: str
    first_name: str
    last_name: str


class Line(Exact):
    at: str
    message: str


class Update(Exact):
    name: str
    description: str
    operation: str
    release_status: str


class Manifesto(Camel):
    version: str
    description: str
    release_time: int
    language_code: str
    update_type: str | None
    data_structure_updates: list[Update]


class Parameters(Camel):
    operation: str
    target: str
    bump_manifesto: Manifesto | None = None
    description: str | None = None
    release_status: str | None = None
    bump_from_version: str | None = None
    bump_to_version: str | None = None


class Job(Camel):
    job_id: str
    datastore_rdn: str
    status: STATUSES
    parameters: Parameters
    log: list[Line] | None = []
    created_at: str
    created_by: User


class Maintenance(Camel):
    paused: bool
    msg: str
    timestamp: str


class Executor:
    """The requests of the newest executor, in its order."""

    def __init__(self, service):
        self.service = service
        self.transcript = []

    def get(self, target):
        reply = self.service.get(target, headers=KEY)
        self.transcript.append(f"GET {target} -> {reply.status} {reply.text[:100]}")
        assert reply.status == 200, self.transcript[-1]
        return reply.json

    def jobs(self, query):
        return [Job.model_validate(job) for job in self.get(f"/jobs?{query}")]

    def put(self, job, status, log=None):
        body = {"status": status} | ({"log": log} if log else {})
        reply = self.service.put(f"/jobs/{job.job_id}", body, headers=KEY | {"Content-Type": "application/json"})
        self.transcript.append(f"PUT /jobs/{job.job_id} {json.dumps(body)} -> {reply.status} {reply.text}")
        assert reply.status == 200

    def start(self):
        interrupted = [job for job in self.jobs("ignoreCompleted=true") if job.status not in ("queued", "built")]
        for job in interrupted:
            self.directory(job.datastore_rdn)
            if job.status == "importing":
                self.put(job, "built", "Reset to built status will be due to unexpected interruption")
            else:
                self.put(job, "failed", "Job was failed due to an unexpected interruption")
        return {rdn: self.directory(rdn) for rdn in self.get("/datastores/rdns")}

    def directory(self, rdn):
        directory = self.get(f"/datastores/{rdn}/directory")
        assert isinstance(directory, str)
        return directory

    def poll(self):
        if Maintenance(**self.get("/maintenance-statuses/latest")).paused:
            return self.jobs("status=built"), [], []
        return (
            self.jobs("status=built"), self.jobs(f"status=queued&operation={MANAGER}"),
            self.jobs(f"status=queued&operation={WORKER}"),
        )


@pytest.fixture
def service(start):
    return start(ENVIRONMENT)


def test_the_newest_executor_starts_and_polls(service):
    importing, decrypting = (
        service.post_job(target=name, datastoreRdn=rdn) for name, rdn in (("IMPORTING", FIRST), ("DECRYPTING", SECOND))
    )
    service.put(f"/jobs/{importing}", {"status": "importing"})
    service.put(f"/jobs/{decrypting}", {"status": "decrypting"})
    for job in NINE_OPERATIONS:
        service.post_job(**job, datastoreRdn=FIRST)
    service.post_job(target="A_ADD", datastoreRdn=SECOND)

    executor = Executor(service)
    assert executor.start() == {FIRST: "/data/first", SECOND: "/data/second"}
    built, manager, worker = executor.poll()
    assert [job.job_id for job in built] == [importing]
    assert [job.parameters.operation for job in manager] == [
        "SET_STATUS", "DELETE_DRAFT", "REMOVE", "ROLLBACK_REMOVE", "DELETE_ARCHIVE", "BUMP",
    ]
    assert [(job.parameters.target, job.datastore_rdn) for job in worker] == [
        ("A_ADD", FIRST), ("A_CHANGE", FIRST), ("A_PATCH", FIRST), ("A_ADD", SECOND),
    ]
    failed = Job.model_validate(service.get(f"/jobs/{decrypting}").json)
    assert (failed.status, failed.datastore_rdn) == ("failed", SECOND)

    service.post("/maintenance-status", {"msg": "pause", "paused": True})
    assert [len(jobs) for jobs in executor.poll()] == [1, 0, 0]
    print("\n".join(executor.transcript))


def test_jobs_from_before_the_module_are_read_by_the_newest_executor(start):
    service = start()
    finished, queued = service.post_job(target="FINISHED"), service.post_job(target="QUEUED")
    service.put(f"/jobs/{finished}", {"status": "completed", "log": "done"})
    before = service.get("/jobs").json
    service.stop()
    service.environment |= ENVIRONMENT
    service.start()
    assert service.get("/jobs").json == [job | {"datastoreRdn": FIRST} for job in before]
    executor = Executor(service)
    executor.start()
    assert [job.job_id for job in executor.poll()[2]] == [queued]
    assert [job.job_id for job in executor.jobs("status=completed")] == [finished]


def test_bump_is_a_matter_of_each_datastore(service):
    items = service.post_jobs(BUMP | {"datastoreRdn": FIRST}, BUMP | {"datastoreRdn": SECOND})
    assert [item["status"] for item in items] == ["CREATED", "FAILED"]
    assert items[1]["msg"] == "Bumping the datastore is disabled"


def test_the_description_has_the_datastores(service):
    paths = service.get("/openapi.json").json["paths"]
    below = {path.removeprefix("/datastores") for path in paths if path.startswith("/datastores")}
    assert below == {"", "/rdns"} | {
        "/{rdn}" + rest for rest in ("", "/directory", "/jobs", "/jobs/summary", "/targets", "/targets/{name}/jobs")
    }


@pytest.mark.parametrize(
    "value, what",
    [
        ("[]", "modules.datastores.list: names no datastore"),
        ("", "modules.datastores.list: is not valid JSON"),
        ('{"rdn": "a"}', "modules.datastores.list: must be a list of objects"),
        ('[{"rdn": "a.b"}]', "modules.datastores.list[0].directory: is required"),
        ('[{"rdn": "a.b", "directory": "/a", "dir": "/b"}]', "unknown key 'modules.datastores.list[0].dir'"),
        (
            '[{"rdn": "a.b", "directory": "/a"}, {"rdn": "a.b", "directory": "/b"}]',
            "modules.datastores.list[1].rdn: is \"a.b\"",
        ),
    ],
)
def test_a_wrong_list_is_told_with_field_place_and_remedy(tmp_path, value, what):
    done = subprocess.run(
        [BINARY, "check"], cwd=tmp_path, capture_output=True, text=True,
        env=ENVIRONMENT | {"JOB_SERVICE_MODULES__DATASTORES__LIST": value},
    )
    assert done.returncode == 78, done.stdout + done.stderr
    assert what in done.stderr and "JOB_SERVICE_MODULES__DATASTORES__LIST" in done.stderr

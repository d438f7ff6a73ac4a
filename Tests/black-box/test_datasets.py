"""Importable datasets with the real binary: rights, cost, the default directory, the log."""

import os
import subprocess
import threading
import time
from pathlib import Path
from random import Random

import pytest
import tars
from service import BINARY, Service

LIST = "/importable-datasets"
SETTLE = "JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__SETTLE"


def names(service: Service) -> list[str]:
    reply = service.get(LIST)
    assert reply.status == 200, reply.text
    return [item["datasetName"] for item in reply.json]


def warnings(service: Service) -> list[str]:
    return [line["message"] for line in service.log_lines()
            if line["loggerName"] == "importableDatasets" and line["levelName"] == "WARNING"]


def cpu_seconds(service: Service) -> float:
    tasks = Path(f"/proc/{service.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def bytes_read(service: Service) -> int:
    lines = Path(f"/proc/{service.process.pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))


class OrdinaryUsersService(Service):
    """A service without root's right to read everything, whoever runs the tests."""

    def start(self):
        user = {} if os.geteuid() else {"user": 65534, "group": 65534, "extra_groups": []}
        environment = {"PATH": os.environ["PATH"], "JOB_SERVICE_HTTP__PORT": str(self.port)} | self.environment
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.arguments[0]], cwd="/", env=environment, stdout=log, stderr=log, **user)
        return self


@pytest.fixture
def ordinary(tmp_path_factory):
    """An input directory, and a service of an ordinary user on it."""
    with tempfolder() as folder:
        program = folder / "job-service"
        program.write_bytes(Path(BINARY).read_bytes())
        program.chmod(0o755)
        for name in ("input", "data"):
            (folder / name).mkdir()
            (folder / name).chmod(0o777)
        service = OrdinaryUsersService(
            folder, {"INPUT_DIR": str(folder / "input"), "JOB_SERVICE_STORAGE__URL": f"sqlite:{folder}/data/jobs.db"},
            [str(program)])
        yield service.start()
        service.stop()


class tempfolder:
    """A folder that every user can reach, unlike pytest's."""

    def __enter__(self) -> Path:
        self.path = Path(subprocess.check_output(["mktemp", "-d", "/tmp/job-service-XXXXXX"], text=True).strip())
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        subprocess.run(["rm", "-rf", self.path], check=True)


def test_an_unreadable_tar_is_skipped_until_it_may_be_read(ordinary):
    ordinary.wait_until_ready()
    folder = ordinary.folder / "input"
    tars.make("gnu", folder, "A")
    tars.make("unreadable", folder, "B")
    for _ in range(3):
        assert names(ordinary) == ["A"]
    (folder / "B.tar").chmod(0o644)
    assert names(ordinary) == ["A", "B"]
    ordinary.stop()
    assert len(warnings(ordinary)) == 1 and "B.tar" in warnings(ordinary)[0]


@pytest.mark.parametrize("mode", [0o000, 0o600, 0o300])
def test_an_unusable_directory_is_503_and_not_ready_until_it_is_usable(ordinary, mode):
    ordinary.wait_until_ready()
    folder = ordinary.folder / "input"
    tars.make("gnu", folder, "A")
    folder.chmod(mode)
    reply = ordinary.get(LIST)
    assert reply.status == 503 and reply.headers["Retry-After"] and str(folder) not in reply.text
    if mode != 0o300:
        assert ordinary.delete(LIST + "/A").status == 503
    while ordinary.get("/health/ready").status == 200:
        time.sleep(0.05)
    assert ordinary.get("/health/alive").status == 200
    folder.chmod(0o777)
    assert names(ordinary) == ["A"]
    ordinary.wait_until_ready()


def test_a_tar_that_may_not_be_deleted_is_503_and_stays(ordinary):
    ordinary.wait_until_ready()
    folder = ordinary.folder / "input"
    tars.make("gnu", folder, "A")
    folder.chmod(0o555)
    assert ordinary.delete(LIST + "/A").status == 503
    assert names(ordinary) == ["A"]


def test_the_default_directory_is_made_and_is_ready(start):
    service = start()
    assert service.get(LIST).json == []
    assert (service.folder / "data/input").is_dir()
    tars.make("gnu", service.folder / "data/input", "A")
    assert names(service) == ["A"]


def test_polls_leave_no_line_in_the_log(start, tmp_path):
    tars.make("garbage", tmp_path, "A")
    service = start({"INPUT_DIR": str(tmp_path)})
    for _ in range(5):
        assert names(service) == []
    assert service.delete(LIST + "/A").status == 200
    service.stop()
    lines = [line for line in service.log_lines() if line["url"] and line["url"].startswith(LIST)]
    assert [line["method"] for line in lines] == ["DELETE"]
    assert len(warnings(service)) == 1


def test_a_50_GiB_tar_costs_no_more_than_a_small_one(start, tmp_path):
    service = start({"INPUT_DIR": str(tmp_path), SETTLE: "0"})
    names(service)
    cost = {}
    for recipe in ("gnu", "sparse_10_GiB", "sparse_50_GiB"):
        tars.make(recipe, tmp_path, recipe.upper())
        before = bytes_read(service), cpu_seconds(service)
        names(service)
        cost[recipe] = bytes_read(service) - before[0], cpu_seconds(service) - before[1]
    print(cost)
    assert len(names(service)) == 3
    for read, _ in cost.values():
        assert read < 100_000


def test_an_upload_is_listed_once_it_is_whole(start, tmp_path):
    """With the configuration as it is by default: the size is set first, then pieces come, last of all the end."""
    service = start({"INPUT_DIR": str(tmp_path)})
    tars.make("preallocated", tmp_path, "UP")
    tars.make("gnu", tmp_path, "OTHER")
    whole = tars.upload_bytes("UP")
    with open(tmp_path / "UP.tar", "r+b", buffering=0) as file:
        for at in range(0, len(whole), 40_000):
            assert names(service) == ["OTHER"]
            os.pwrite(file.fileno(), whole[at:at + 40_000], at)
    assert names(service) == ["OTHER", "UP"]
    # What changes once it is listed is perhaps being overwritten, and listed again when it has been quiet.
    (tmp_path / "OTHER.tar").touch()
    assert names(service) == ["UP"]
    while names(service) != ["OTHER", "UP"]:
        time.sleep(0.1)


def test_5000_tars_are_listed_and_unchanged_ones_not_read_again(start, tmp_path):
    tars.make_many(tmp_path, 5000)
    service = start({"INPUT_DIR": str(tmp_path)})

    def timed() -> float:
        start = time.monotonic()
        assert service.get(LIST).status == 200
        return time.monotonic() - start

    first = timed()
    assert len(names(service)) == 5000
    before, read = cpu_seconds(service), bytes_read(service)
    unchanged = sorted(timed() for _ in range(50))
    cpu = (cpu_seconds(service) - before) / 50
    print(f"first {first * 1e3:.0f} ms, unchanged {unchanged[25] * 1e3:.1f} ms (worst {unchanged[-1] * 1e3:.1f}), "
          f"CPU {cpu * 1e3:.2f} ms each")
    assert bytes_read(service) - read < 200_000, "unchanged tars are not read"


def test_a_long_look_holds_up_nobody_else(start, tmp_path):
    """While a compressed tar is read for its whole limit, other routes answer, and so does a deletion."""
    tars.make("bomb", tmp_path, "BOMB")
    tars.make("gnu", tmp_path, "A")
    service = start({"INPUT_DIR": str(tmp_path)})
    done = threading.Event()
    found = []

    def look():
        found.append(names(service))
        done.set()

    thread = threading.Thread(target=look)
    thread.start()
    rounds = 0
    while not done.is_set():
        assert service.get("/health/alive").status == 200
        assert service.get("/health/ready").status == 200
        assert service.delete(LIST + "/NOTHING").status == 404
        rounds += not done.is_set()
    thread.join()
    assert found == [["A"]]
    assert rounds > 0, "others were answered while it went on"


def test_mutated_tars_neither_end_the_service_nor_hold_it_up(start, tmp_path):
    """Every byte of a tar may be wrong: whatever is there is listed or warned of, and the whole one stays listed."""
    seed = int(os.environ.get("MUTATION_SEED", "1"))
    random = Random(seed)
    recipes = ["gnu", "pax", "ustar", "long_names", "long_names_pax", "gnu_sparse", "gzipped", "bzipped", "xzipped",
               "zstandard", "lz4", "many_special_headers"]
    whole = [tars.make(recipe, tmp_path, "WHOLE").read_bytes() for recipe in recipes]
    tars.make("gnu", tmp_path, "WHOLE")
    service = start({"INPUT_DIR": str(tmp_path)})
    for round in range(int(os.environ.get("MUTATION_ROUNDS", "3"))):
        for index in range(400):
            (tmp_path / f"M_{index}.tar").write_bytes(mutated(bytearray(random.choice(whole)), random))
        assert "WHOLE" in names(service), (seed, round)


def mutated(data: bytearray, random: Random) -> bytearray:
    for _ in range(random.choice([1, 1, 3, 20])):
        at = random.randrange(min(len(data), 4096))
        match random.randrange(6):
            case 0: data[at] = random.randrange(256)
            case 1: data[at] ^= 1 << random.randrange(8)
            case 2: data[at:at + 8] = bytes(random.choice([b"77777777", b"\0\0\0\0\0\0\0\0", b"\xff" * 8, b"99999999"]))
            case 3: del data[random.randrange(len(data)):]
            case 4: data[at:at] = data[:random.randrange(1, 1024)]
            case 5: fix_checksum(data, at // 512 * 512)
        if not data:
            data = bytearray(b"\0")
    return data


def fix_checksum(data: bytearray, start: int) -> None:
    """Lets a header pass for whole again, so that its other fields are believed."""
    header = data[start:start + 512].ljust(512, b"\0")
    header[148:156] = b" " * 8
    data[start + 148:start + 156] = b"%06o\0 " % sum(header)

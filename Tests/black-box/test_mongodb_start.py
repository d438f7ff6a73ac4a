"""What an instance needs before it serves, and what it does where that is missing."""

import threading
import time

import pytest
from command_proxy import Building, CommandProxy, Refusing, WithoutTransactions
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from patience import wait_until
from service import Service

pytestmark = needs_mongodb


@pytest.fixture(scope="module")
def server():
    server = MongoDBServer()
    yield server
    server.end()


def failure_of(start, environment, code):
    with pytest.raises(AssertionError, match=f"ended with {code}:") as failure:
        start(environment)
    return str(failure.value)


def test_nothing_is_served_while_unique_indexes_are_being_built(start, server, tmp_path):
    proxy = Building(server.port)
    # The time for opening the storage is over long before the index is there.
    environment = server.environment(new_database(), proxy.port, JOB_SERVICE_LIFECYCLE__OPEN_STORAGE="1s")
    folder = tmp_path / "building"
    starting = threading.Thread(target=lambda: services.append(start(environment, folder=folder)))
    services: list[Service] = []
    starting.start()
    assert proxy.waits.wait(60)
    log = folder / "log"
    wait_until(lambda: "are being built" in log.read_text(), lambda: log.read_text())
    assert not services and starting.is_alive()
    proxy.finished.set()
    starting.join()
    [service] = services
    assert service.post_job()
    # All of a collection in one command.
    assert proxy.count("createIndexes") <= 7, proxy.commands
    proxy.close()


def test_a_start_that_was_killed_while_indexes_were_built_is_begun_again(start, server, tmp_path):
    database = new_database()
    proxy = Building(server.port)
    folder = tmp_path / "killed"
    folder.mkdir()
    first = Service(folder, server.environment(database, proxy.port))
    starting = threading.Thread(target=lambda: pytest.raises(AssertionError, first.start))
    starting.start()
    assert proxy.waits.wait(60)
    first.kill()
    starting.join()
    proxy.finished.set()
    service = start(server.environment(database, proxy.port), folder=folder)
    assert service.post_job() and proxy.count("createIndexes") > 1
    proxy.close()


@pytest.mark.parametrize(
    "product, name", [({}, "MongoDB"), ({"ferretdb": {"version": "v2.0.0"}}, "FerretDB"),
                      ({"internal": {"cosmos_versions": ["1.0"]}}, "Azure Cosmos DB")], ids=str)
def test_a_server_that_ignores_transactions_is_refused_by_its_name(start, server, product, name):
    proxy = WithoutTransactions(server.port)
    proxy.product = product
    text = failure_of(start, server.environment(new_database(), proxy.port), 1)
    assert f"the {name} server" in text and "ignores transactions" in text, text
    note_fault(f"server ignores transactions ({name})", "exit 1 naming it")
    proxy.close()


def test_clearing_up_is_optional(start, server):
    database = new_database()
    proxy = Refusing(server.port, "killSessions", "currentOp", "listDatabases")
    environment = server.environment(database, proxy.port)
    for _ in range(2):
        killed = start(environment)
        killed.post_jobs({"operation": "ADD", "target": "SOME"})
        killed.kill()
    service = start(environment)
    wait_until(lambda: proxy.count("killSessions") >= 1, "sessions are to be ended")
    assert service.post_job(target="OTHER")
    with server.client() as client:
        register = client[database]["job-service.instances"]
        wait_until(lambda: register.count_documents({}) == 1, "the notes of the dead are gone")
    assert service.log().count("cannot be ended") <= 1
    assert proxy.count("killSessions") <= 3
    proxy.close()


@pytest.mark.parametrize("host", ["mongodb://no-such-host.invalid/jobdb", "mongodb+srv://cluster.nothing.invalid/jobdb"])
def test_a_name_that_is_not_known_is_waited_for_like_a_server_that_is_down(start, host):
    environment = {"MONGODB_URL": host, "JOB_SERVICE_STORAGE__MONGODB__BOOT_WAIT": "3s"}
    text = failure_of(start, environment, 1)
    assert "cannot be reached" in text and ".invalid" in text, text
    note_fault(f"a name that cannot be looked up ({host.split(':')[0]})", "exit 1 after bootWait, naming it")


def test_a_database_whose_name_differs_in_case_is_used_with_a_warning(start, server):
    wanted = new_database()
    existing = wanted.replace("test", "TEST")
    with server.client() as client:
        client[existing].maintenance.insert_one({"msg": "old", "paused": True, "timestamp": "2023-01-01 00:00:00.000000"})
    service = start(server.environment(wanted))
    assert service.get("/maintenance-status").json["msg"] == "old"
    assert f"'{existing}'" in service.log() and f"'{wanted}'" in service.log()
    service.post_job()
    with server.client() as client:
        assert wanted not in client.list_database_names()
        assert client[existing].inprogress.count_documents({}) == 1


def test_two_databases_whose_names_differ_in_case_are_exit_78(start, server):
    wanted = new_database()
    with server.client() as client:
        for name in (wanted, wanted.upper()):
            client[name].something.insert_one({})
    text = failure_of(start, server.environment(wanted), 78)
    assert f"'{wanted}'" in text and f"'{wanted.upper()}'" in text, text


class DiffersInCase(CommandProxy):
    """As a server whose user may not list databases, and that has the wanted one in another spelling."""

    def command(self, document):
        from command_proxy import refusal

        name = next(iter(document))
        if name == "listDatabases":
            return refusal(13, "Unauthorized", "not authorized on admin to execute command { listDatabases: 1 }")
        if name in ("create", "insert", "update", "findAndModify", "createIndexes"):
            return refusal(
                13297, "DatabaseDifferCase", "db already exists with different case already have: [jobDB] trying to create [jobdb]")


def test_a_database_that_differs_in_case_and_is_not_listed_is_explained(start, server):
    proxy = DiffersInCase(server.port)
    text = failure_of(start, server.environment("jobdb", proxy.port), 78)
    assert "only in case" in text and "jobDB" in text and "MONGODB_URL" in text, text
    proxy.close()


def test_the_rights_of_the_documentation_are_enough(start, server):
    database = new_database()
    with server.client() as client:
        client.admin.command("createUser", f"plain_{database}", pwd="plain", roles=[{"role": "readWrite", "db": database}])
    environment = server.environment(database) | {"MONGODB_USER": f"plain_{database}", "MONGODB_PASSWORD": "plain"}
    service = start(environment)
    job = service.post_job()
    assert service.put(f"/jobs/{job}", {"status": "completed"}).status == 200
    assert [entry["status"] for entry in service.get("/jobs").json] == ["completed"]
    service.kill()
    assert start(environment).get("/jobs").status == 200


def test_a_user_who_may_only_read_is_exit_78_naming_user_right_and_database(start, server):
    database = new_database()
    with server.client() as client:
        client.admin.command("createUser", f"reader_{database}", pwd="plain", roles=[{"role": "read", "db": database}])
    environment = server.environment(database) | {"MONGODB_USER": f"reader_{database}", "MONGODB_PASSWORD": "plain"}
    text = failure_of(start, environment, 78)
    assert f"'reader_{database}'" in text and f"'{database}'" in text and "'create'" in text and "readWrite" in text, text


def test_an_idle_instance_sends_at_most_one_command_a_second(start, server):
    proxy = CommandProxy(server.port)
    start(server.environment(new_database(), proxy.port))
    seconds = 13
    before, begin = len(proxy.commands), time.monotonic()
    time.sleep(seconds)
    sent = [name for name in proxy.commands[before:] if name not in ("hello", "isMaster", "ismaster", "saslStart", "saslContinue")]
    assert len(sent) <= time.monotonic() - begin + 3, sent
    print(f"{len(sent)} commands in {seconds} s")
    proxy.close()

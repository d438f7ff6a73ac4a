"""TLS to the database, by options of the URL: it works, and what is wrong with it is told at the start, by its reason."""

import subprocess
import time
from contextlib import contextmanager

import pytest
from certificates import DAY, Authority
from mongodb import MongoDBServer, needs_mongodb, new_database, note_fault
from patience import SLACK
from service import BINARY

pytestmark = needs_mongodb
BOOT, HANGS, BACK = 5.0, 8.0, 5.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def stranger(folder):
    return Authority(folder, "stranger")


class TLSServer(MongoDBServer):
    """One whose certificate can be changed."""

    def __init__(self, authority, file, *more):
        self.authority, self.file = authority, file
        authority.issue(file, "127.0.0.1", "localhost")
        super().__init__("--durable", "--tls-cert-file", str(file), "--tls-key-file", str(file), *more)

    def present(self, *hosts, **how):
        """Starts again with another certificate."""
        self.authority.issue(self.file, *hosts, **how)
        self.kill()
        self.start_again()

    @contextmanager
    def presenting(self, *hosts, **how):
        self.present(*hosts, **how)
        try:
            yield
        finally:
            self.present("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def server(authority, folder):
    server = TLSServer(authority, folder / "server.pem")
    yield server
    server.end()


def environment(server, *options, database=None, host="127.0.0.1"):
    named = server.environment(database or new_database())
    url = named["MONGODB_URL"].replace("127.0.0.1", host)
    return named | {"MONGODB_URL": "&".join([url, *options])}


def refusal(start, environment, code, limit=BOOT, fault=None):
    """What the service says that does not start; `fault` names it in the table."""
    begin = time.monotonic()
    with pytest.raises(AssertionError, match=f"ended with {code}:") as failure:
        start(environment)
    seconds = time.monotonic() - begin
    assert seconds < limit
    text = str(failure.value)
    if fault:
        note_fault(fault, f"exit {code} after {seconds:.1f} s, naming the reason")
    assert "do:" in text and environment["MONGODB_PASSWORD"] not in text, text
    return text


@pytest.mark.parametrize("host, option", [("127.0.0.1", "tls=true"), ("127.0.0.1", "ssl=true"), ("localhost", None)])
def test_a_job_lives_its_life_over_tls(start, server, authority, host, option):
    options = [option] if option else []
    service = start(environment(server, *options, f"tlsCAFile={authority.file}", host=host))
    job = service.post_job(target="SAFE")
    for status in ("initiated", "built", "importing", "completed"):
        assert service.put(f"/jobs/{job}", {"status": status}).status == 200
    [listed] = service.get("/jobs").json
    assert listed["status"] == "completed" and len(listed["log"]) == 4
    assert service.get("/targets").json[0]["status"] == "completed"
    assert service.post("/maintenance-status", {"msg": "x", "paused": True}).json["paused"] is True
    assert server.password not in service.log()


def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused(start, server, stranger):
    text = refusal(start, environment(server, "tls=true", f"tlsCAFile={stranger.file}"), 1, fault="TLS: unknown authority")
    assert "certificate" in text and "tlsCAFile" in text, text


def test_an_authority_that_nobody_named_is_not_trusted(start, server):
    text = refusal(start, environment(server, "tls=true"), 1)
    assert "certificate" in text and "tlsCAFile" in text, text


def test_an_expired_certificate_is_refused(start, server, authority):
    with server.presenting("127.0.0.1", rest=-DAY):
        text = refusal(start, environment(server, "tls=true", f"tlsCAFile={authority.file}"), 1, fault="TLS: expired")
        assert "expired" in text and "renew" in text, text


def test_a_certificate_for_another_host_is_refused(start, server, authority):
    with server.presenting("db.example"):
        for host in ("127.0.0.1", "localhost"):
            text = refusal(start, environment(server, "tls=true", f"tlsCAFile={authority.file}", host=host), 1, fault=f"TLS: not {host}")
            assert "mismatch" in text and host in text and "name" in text, text


def test_a_server_without_tls_is_refused(start, authority):
    server = MongoDBServer()
    try:
        # It is silent, like one that hangs.
        text = refusal(start, environment(server, "tls=true", f"tlsCAFile={authority.file}"), 1, HANGS, "TLS: plain server")
        assert "TLS" in text and "tls=true" in text, text
    finally:
        server.end()


def test_a_server_that_wants_tls_is_told_apart(start, server):
    text = refusal(start, environment(server), 1)
    assert "tls=true" in text, text


@pytest.mark.parametrize(
    "option", ["tlsAllowInvalidCertificates=true", "tlsInsecure=true"],
)
def test_options_that_let_impostors_in_are_warned_of(start, server, stranger, option):
    service = start(environment(server, "tls=true", f"tlsCAFile={stranger.file}", option))
    assert service.post_job()
    warnings = [line["message"] for line in service.log_lines() if line["levelName"] == "WARNING"]
    assert any(option.split("=")[0] in warning for warning in warnings), warnings


@pytest.mark.parametrize(
    "option, remedy",
    [
        ("tlss=true", "did you mean tls?"),
        ("tlsCaFiles=/ca.pem", "did you mean tlsCAFile?"),
        ("tlsAllowInvalidCertificate=true", "did you mean tlsAllowInvalidCertificates?"),
        ("tls=yes", "must be true or false"),
        ("tls=true&ssl=false", "do:"),
    ],
)
def test_misspelt_options_are_refused(start, server, option, remedy):
    assert remedy in refusal(start, environment(server, option), 78)


@pytest.mark.parametrize("option", ["tlsCAFile", "tlsCertificateKeyFile"])
def test_files_that_are_missing_or_no_certificates_are_named(start, server, folder, authority, option):
    missing = folder / "missing.pem"
    others = [f"tlsCAFile={authority.file}"] if option != "tlsCAFile" else []
    text = refusal(start, environment(server, "tls=true", *others, f"{option}={missing}"), 78)
    assert str(missing) in text and option in text and "No such file" in text, text
    rubbish = folder / "rubbish.pem"
    rubbish.write_text("this is no certificate\n")
    text = refusal(start, environment(server, "tls=true", *others, f"{option}={rubbish}"), 78)
    assert str(rubbish) in text and option in text, text


def test_a_client_certificate_lets_the_service_in(start, authority, stranger, folder):
    server = TLSServer(
        authority, folder / "strict.pem", "--tls-ca-file", str(authority.file), "--tls-require-client-cert"
    )
    trusted = ["tls=true", f"tlsCAFile={authority.file}"]
    try:
        client = authority.issue(folder / "client.pem", "job-service")
        assert start(environment(server, *trusted, f"tlsCertificateKeyFile={client}")).post_job()
        locked = authority.issue(folder / "locked.pem", "job-service", password="l0cked-key")
        options = [*trusted, f"tlsCertificateKeyFile={locked}", "tlsCertificateKeyFilePassword=l0cked-key"]
        service = start(environment(server, *options))
        assert service.post_job()
        assert "l0cked-key" not in service.log()
        listing = subprocess.run(
            [BINARY, "check"], env=environment(server, *options), capture_output=True, text=True, cwd=folder
        )
        assert listing.returncode == 0 and "l0cked-key" not in listing.stdout + listing.stderr
        text = refusal(start, environment(server, *options[:-1], "tlsCertificateKeyFilePassword=wr0ng-key"), 78)
        assert "tlsCertificateKeyFile" in text and "wr0ng-key" not in text, text
        for options in ([], [f"tlsCertificateKeyFile={stranger.issue(folder / 'strange.pem', 'job-service')}"]):
            text = refusal(start, environment(server, *trusted, *options), 1)
            assert "tlsCertificateKeyFile" in text, text
    finally:
        server.end()


def test_a_certificate_that_becomes_bad_later_is_503_until_it_is_good_again(start, server, authority):
    variables = environment(server, "tls=true", f"tlsCAFile={authority.file}")
    service = start(variables | {"JOB_SERVICE_STORAGE__MONGODB__WRITE_DEADLINE": "3s"})
    job = service.post_job()
    with server.presenting("127.0.0.1", rest=-DAY):
        begin = time.monotonic()
        while (reply := service.get(f"/jobs/{job}")).status == 200:
            assert time.monotonic() - begin < HANGS
        assert reply.status == 503 and int(reply.headers["Retry-After"]) >= 1
        begin = time.monotonic()
        assert service.put(f"/jobs/{job}", {"status": "built"}).status == 503
        seconds = time.monotonic() - begin
        assert seconds < 3 + SLACK
        assert service.get("/health/alive").status == 200
        assert service.get("/health/ready").status == 503
    begin = time.monotonic()
    while service.get("/health/ready").status != 200:
        assert time.monotonic() - begin < BACK
        time.sleep(0.02)
    note_fault(
        "TLS: the certificate expires later, and is renewed",
        f"a write is 503 after {seconds:.1f} s with `writeDeadline: 3s`; ready {time.monotonic() - begin:.1f} s after")
    assert service.put(f"/jobs/{job}", {"status": "built"}).status == 200

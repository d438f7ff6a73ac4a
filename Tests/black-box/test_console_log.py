"""Who did what on the console, as the log tells."""

from urllib.parse import urlencode

KEY = "a-key-that-the-log-never-shows"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(service, path, cookie=None, **fields):
    headers = FORM | ({"Cookie": cookie} if cookie else {})
    return service.post(path, urlencode(fields), headers=headers)


def test_each_form_leaves_a_line_that_says_who_sent_it(start):
    service = start({"JOB_SERVICE_MODULES__CONSOLE__ENABLED": "true", "API_KEY": KEY})
    assert send(service, "/console/login", key="no-key-of-this-service").status == 401
    reply = send(service, "/console/login", key=KEY)
    assert reply.status == 303
    cookie = reply.headers["Set-Cookie"].split(";")[0]
    assert send(service, "/console/jobs/nobodys/fail", cookie, reason="Stuck").status == 404
    assert send(service, "/console/logout", cookie).status == 303
    service.stop()
    lines = [(line["level"], line["message"]) for line in service.log_lines() if ", says " in line["message"]]
    text = "\n".join(f"{level} {message}" for level, message in lines)
    assert "Logs in with an API key" in text and "refused with 401, says nobody" in text
    assert "done, says service" in text, text
    assert "Fails a job" in text and "refused with 404, says service" in text
    assert "Logs out" in text
    assert KEY not in service.log() and "no-key-of-this-service" not in service.log()

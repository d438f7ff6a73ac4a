"""A headless Chromium that is driven over its debugging pipe (Chrome DevTools Protocol), without further packages."""

import json
import os
import shutil
import subprocess
import tempfile
from itertools import count

from patience import wait_until


class Chromium:
    """One browser with a profile of its own."""

    def __init__(self, hosts: list[str]):
        """`hosts`: names that lead to this machine."""
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        rules = ",".join(f"MAP {host} 127.0.0.1" for host in hosts)

        def take_descriptors():
            # The protocol reads from descriptor 3 and writes to 4.
            reading, writing = os.dup(to_browser), os.dup(from_browser)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-dev-shm-usage", f"--user-data-dir={self.profile}", f"--host-resolver-rules={rules}",
             "about:blank"],
            preexec_fn=take_descriptors, pass_fds=(3, 4, to_browser, from_browser), stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.numbers = count(1)
        self.received = b""
        self.session = self.new_tab()

    def new_tab(self) -> str:
        """Opens another tab; `session` says which one the methods are about."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.call("Page.enable", session=session)
        return session

    def close(self) -> None:
        os.close(self.output)
        self.process.terminate()
        self.process.wait(20)
        os.close(self.input)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method: str, parameters: dict | None = None, session: str | None = None) -> dict:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive()
            if reply.get("id") == number:
                assert "error" not in reply, reply
                return reply["result"]

    def receive(self) -> dict:
        while b"\0" not in self.received:
            data = os.read(self.input, 1 << 16)
            assert data, "the browser has ended"
            self.received += data
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def open(self, url: str) -> None:
        """Opens a page and waits until it has loaded."""
        number = next(self.numbers)
        message = {"id": number, "method": "Page.navigate", "params": {"url": url}, "sessionId": self.session}
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while self.receive().get("method") != "Page.loadEventFired":
            pass

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, as a person does who has no mouse."""
        for key in keys:
            code = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32}.get(key)
            text = "\r" if key == "Enter" else key if len(key) == 1 else ""
            event = {"key": key, "windowsVirtualKeyCode": code or ord(key.upper()), "text": text}
            self.call("Input.dispatchKeyEvent", {"type": "keyDown", **event}, self.session)
            self.call("Input.dispatchKeyEvent", {"type": "keyUp", **event, "text": ""}, self.session)

    def type(self, text: str) -> None:
        self.call("Input.insertText", {"text": text}, self.session)

    def wait_until(self, script: str) -> None:
        """Waits until a script's value is true, through pages that come and go."""
        def holds() -> bool:
            outcome = self.call("Runtime.evaluate", {"expression": f"Boolean({script})"}, self.session)
            return outcome["result"].get("value") is True

        wait_until(holds, script)

    def wait_for_load(self) -> None:
        while self.receive().get("method") != "Page.loadEventFired":
            pass

    def run(self, script: str):
        """The value of a script, or of the promise that it makes, in the page."""
        outcome = self.call(
            "Runtime.evaluate",
            {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}, self.session,
        )
        assert "exceptionDetails" not in outcome, outcome["exceptionDetails"]
        return outcome["result"].get("value")

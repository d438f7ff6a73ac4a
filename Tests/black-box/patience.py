"""How long the tests wait, in one place. No result depends on how fast the machine is."""

import time

# Seconds after which a test gives up what should have come long ago. It only keeps a test that hangs from hanging for
# ever: far longer than anything takes on a slow machine that others use as well.
LIMIT = 300

# Seconds that a deadline of the service may be overrun as a client of a busy machine sees it. What it took in truth is
# printed where it matters.
SLACK = 20


def wait_until(holds, what, pause: float = 0.01, longest_pause: float | None = None):
    """Waits for what nothing announces.

    holds: is called until it returns something true, which is returned.
    what: is not there otherwise; a text, or a function that makes it.
    """
    deadline = time.monotonic() + LIMIT
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {LIMIT} s: {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.2, longest_pause or pause)
    return found

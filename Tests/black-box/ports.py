"""Ports for servers that tests start, stop and start again: nobody else takes one meanwhile.

A port that the system gives out may be anybody's as soon as its server is stopped: another test's server, or the near
end of any connection. These lie below those (32768 and up: `ip_local_port_range`), and each process of tests has a block
of its own, which it goes round. The name of a block is taken as the name of an abstract socket, which ends with its
process.
"""

import itertools
import socket

FIRST, BLOCKS, SIZE = 10_000, 44, 500


def own_block() -> tuple[socket.socket, range]:
    """A block that no other process of tests on this machine has, and the socket that keeps it so."""
    for number in range(BLOCKS):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0job-service-tests-ports-{number}")
        except OSError:
            name.close()
        else:
            return name, range(FIRST + number * SIZE, FIRST + (number + 1) * SIZE)
    raise RuntimeError(f"{BLOCKS} processes of tests have all the ports")


_name, _block = own_block()
_round = itertools.cycle(_block)


def free_port() -> int:
    """The next of the block that nobody listens on."""
    for port in itertools.islice(_round, SIZE):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"all ports from {_block.start} to {_block.stop - 1} are taken")

"""Compares troupe's locks with asyncio, plain CAF, Go and Erlang.

Each run is one process that does one workload. A hand-off is a lock that goes
from one client to another that waits for it: in asyncio and Go, where a client
that need not wait does not, whoever holds the lock lets the others run, so that
they wait. Plain CAF is a lock of some lines, which forgets those that end.
"""

import contextlib
import sys

import harness
import workloads
from harness import Scenario


def hand_off(clients):
    @contextlib.contextmanager
    def peers(bench):
        arguments = ("handoff", 200_000, clients)
        result = workloads.all_peers(bench, "sync", *arguments)
        result.append(
            bench.peer(
                "plain CAF",
                lambda: workloads.troupe(
                    bench, "sync", "plain-handoff", *arguments[1:]
                ),
            )
        )
        yield result

    return Scenario(
        f"handoff-{clients}",
        f"a lock that {clients} clients acquire and release, 200,000 times",
        peers,
        [harness.wall_ratio("troupe", "asyncio", 0.2)],
    )


@contextlib.contextmanager
def uncontended(bench):
    yield workloads.all_peers(bench, "sync", "uncontended", 2_000_000, 1)


SCENARIOS = [
    hand_off(2),
    hand_off(16),
    hand_off(1000),
    Scenario(
        "uncontended",
        "a lock that one client acquires and releases, 2M times",
        uncontended,
        [harness.wall_ratio("troupe", "asyncio", 0.05)],
    ),
]


if __name__ == "__main__":
    sys.exit(harness.main("bench sync", __doc__, SCENARIOS))

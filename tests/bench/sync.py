"""Compares troupe's locks and queues with asyncio, plain CAF, Go and Erlang.

Each run is one process that does one workload. A hand-off is a lock that goes
from one client to another that waits for it: where a client that need not wait
does not, whoever holds the lock lets the others run, so that they wait. "not
cached" is troupe's lock without a lease for its last holder. Plain CAF is a
lock, or a queue, of some lines, which forgets those that end, on troupe's
scheduler. Queues hold 1,024 items, which are protobuf messages in troupe.
"""

import contextlib
import functools
import sys

import harness
import workloads
from harness import Scenario


def hand_off(clients):
    @contextlib.contextmanager
    def peers(bench):
        counts = (200_000, clients)
        result = workloads.all_peers(bench, "sync", "handoff", *counts)
        for name, workload in [
            ("not cached", "handoff-not-cached"),
            ("plain CAF", "plain-handoff"),
        ]:
            command = functools.partial(
                workloads.troupe, bench, "sync", workload, *counts
            )
            result.append(bench.peer(name, command))
        yield result

    return Scenario(
        f"handoff-{clients}",
        f"a lock that {clients} clients acquire and release, 200,000 times",
        peers,
        [
            harness.wall_ratio("troupe", "asyncio", 0.2),
            harness.wall_ratio("troupe", "not cached", 1.1),
        ],
    )


def and_plain_caf(name, workload, plain, *counts):
    """All peers, and plain CAF."""

    @contextlib.contextmanager
    def peers(bench):
        result = workloads.all_peers(bench, name, workload, *counts)
        command = functools.partial(workloads.troupe, bench, name, plain, *counts)
        yield [*result, bench.peer("plain CAF", command)]

    return peers


SCENARIOS = [
    hand_off(2),
    hand_off(16),
    hand_off(1000),
    Scenario(
        "uncontended",
        "a lock that one client acquires and releases, 2M times",
        and_plain_caf("sync", "uncontended", "plain-handoff", 2_000_000, 1),
        [harness.wall_ratio("troupe", "asyncio", 0.05)],
    ),
    Scenario(
        "queue",
        "500,000 items from one task to another, by put and get",
        and_plain_caf("queues", "queue", "plain-queue", 500_000, 1),
        [harness.wall_ratio("troupe", "asyncio", 1 / 0.6)],
    ),
    Scenario(
        "batches",
        "2M items, 64 at once by put_many and get_many; asyncio one by one",
        and_plain_caf("queues", "batches", "plain-batches", 2_000_000, 64),
        [harness.wall_ratio("troupe", "asyncio", 1 / 3)],
    ),
    Scenario(
        "pingpong",
        "200,000 items there and back over two queues",
        and_plain_caf("queues", "pingpong", "plain-pingpong", 200_000, 1),
        [harness.wall_ratio("troupe", "asyncio", 1 / 3)],
    ),
]


if __name__ == "__main__":
    sys.exit(harness.main("bench sync", __doc__, SCENARIOS))

"""Compares troupe's tasks with asyncio, plain CAF, Go and Erlang.

Each run is one process that does one workload; a request is answered by an
actor (a goroutine, a process, a task behind queues) that doubles a number.
"""

import contextlib
import statistics
import sys

import harness
import workloads
from harness import Requirement, Scenario

@contextlib.contextmanager
def request(bench):
    count = 1_000_000
    peers = workloads.all_peers(bench, "tasks", "request", count)
    for name, workload, threads in (
        ("troupe, 1 worker", "request", 1),
        ("plain CAF, 1 worker", "plain-request", 1),
        ("plain CAF", "plain-request", 2),
        ("stock CAF", "stock-request", 2),
    ):
        peers.append(
            bench.peer(
                name,
                lambda w=workload, t=threads: workloads.troupe(
                    bench, "tasks", w, count, t
                ),
            )
        )
    yield peers


@contextlib.contextmanager
def gather(bench):
    peers = workloads.all_peers(bench, "tasks", "gather", 100_000)
    peers.append(
        bench.peer(
            "troupe, 1M",
            lambda: workloads.troupe(bench, "tasks", "gather", 1_000_000),
            compare=False,
        )
    )
    yield peers


@contextlib.contextmanager
def sleepers(bench):
    yield workloads.all_peers(bench, "tasks", "sleepers", 100_000)


FIGURES = {}  # {peer: {figure: [values]}}


@contextlib.contextmanager
def cancel(bench):
    """Peers print what they measured: seconds, and bytes of a waiting task."""
    peers = workloads.all_peers(bench, "tasks", "cancel", 100_000)
    for peer in peers:
        file = bench.folder / f"{peer.name}.txt"
        peer.command = ["sh", "-c", f'exec "$@" >{file}', "sh", *peer.command]
        if peer.missing:
            continue

        def check(peer=peer, file=file):
            for line in file.read_text().splitlines():
                figure, value = line.split()
                kept = FIGURES.setdefault(peer.name, {})
                kept.setdefault(figure, []).append(float(value))
            return "" if "cancel" in FIGURES.get(peer.name, {}) else "no figure"

        peer.check = check
    yield peers


def figure(name, what):
    return statistics.median(FIGURES[name][what])


def figure_column(what, digits):
    def text(_, name):
        values = FIGURES.get(name, {}).get(what)
        return f"{statistics.median(values):.{digits}f}" if values else ""

    return text


SCENARIOS = [
    Scenario(
        "request",
        "1M requests of a task to an actor, one after the other",
        request,
        [
            harness.wall_ratio("troupe, 1 worker", "plain CAF, 1 worker", 1.15),
            harness.wall_ratio("troupe", "plain CAF", 1.3),
            harness.wall_ratio("troupe", "stock CAF", 0.8),
        ],
    ),
    Scenario(
        "gather",
        "gather of 100,000 tasks that do nothing",
        gather,
        [
            harness.wall_ratio("troupe", "asyncio", 0.25),
            harness.wall_ratio("troupe, 1M", "troupe", 13),
        ],
    ),
    Scenario(
        "sleepers",
        "100,000 tasks that sleep for 1 s",
        sleepers,
        [harness.wall_limit("troupe", 1.3)],
    ),
    Scenario(
        "cancel",
        "100,000 waiting tasks, cancelled",
        cancel,
        [
            Requirement(
                "troupe, seconds to cancel",
                0.5,
                ("troupe",),
                (),
                lambda _: figure("troupe", "cancel"),
                " s",
            ),
            Requirement(
                "troupe, bytes of a waiting task",
                2560,
                ("troupe",),
                (),
                lambda _: figure("troupe", "bytes"),
            ),
        ],
        columns={
            "cancel s": figure_column("cancel", 3),
            "bytes/task": figure_column("bytes", 0),
        },
    ),
]


if __name__ == "__main__":
    sys.exit(harness.main("bench tasks", __doc__, SCENARIOS))

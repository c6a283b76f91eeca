"""Compares troupe's tasks with asyncio, plain CAF, Go and Erlang.

Each run is one process that does one workload; a request is answered by an
actor (a goroutine, a process, a task behind queues) that doubles a number.
"""

import contextlib
import statistics
import subprocess
import sys

import harness
from harness import CannotMeasure, Requirement, Scenario

HERE = harness.ROOT / "tests" / "bench"


def troupe(bench, workload, count, threads=2):
    program = bench.built("tasks_bench")
    return [program, workload, count, threads]


def asyncio(bench, workload, count):
    python = bench.tool("python3", "--version")
    return [python, HERE / "peers" / "asyncio_tasks.py", workload, count]


def go(bench, workload, count):
    source = HERE / "peers" / "go_tasks.go"
    return [*harness.go_program(bench, source), workload, count]


def erlang(bench, workload, count):
    """Compiles the Erlang peer if need be, and returns its command."""
    compiler = bench.tool("erlc")
    runner = bench.tool("erl", "+V")
    source = HERE / "peers" / "tasks.erl"
    folder = bench.build / "tests" / "bench"
    done = subprocess.run([compiler, "-o", folder, source], check=False)
    if done.returncode != 0:
        raise CannotMeasure("tasks.erl does not compile")
    limit = ["+P", "4000000"]
    return [runner, *limit, "-noshell", "-pa", folder, "-run", "tasks", "main",
            workload, count]


PEERS = {"asyncio": asyncio, "Go": go, "Erlang": erlang}


def all_peers(bench, workload, count):
    peers = [
        bench.peer("troupe", lambda: troupe(bench, workload, count))
    ]
    for name, command in PEERS.items():
        peers.append(
            bench.peer(
                name,
                lambda command=command: command(bench, workload, count),
            )
        )
    return peers


@contextlib.contextmanager
def request(bench):
    count = 1_000_000
    peers = all_peers(bench, "request", count)
    for name, workload, threads in (
        ("troupe, 1 worker", "request", 1),
        ("plain CAF, 1 worker", "plain-request", 1),
        ("plain CAF", "plain-request", 2),
        ("stock CAF", "stock-request", 2),
    ):
        peers.append(
            bench.peer(
                name,
                lambda w=workload, t=threads: troupe(bench, w, count, t),
            )
        )
    yield peers


@contextlib.contextmanager
def gather(bench):
    peers = all_peers(bench, "gather", 100_000)
    peers.append(
        bench.peer(
            "troupe, 1M",
            lambda: troupe(bench, "gather", 1_000_000),
            compare=False,
        )
    )
    yield peers


@contextlib.contextmanager
def sleepers(bench):
    yield all_peers(bench, "sleepers", 100_000)


FIGURES = {}  # {peer: {figure: [values]}}


@contextlib.contextmanager
def cancel(bench):
    """Peers print what they measured: seconds, and bytes of a waiting task."""
    peers = all_peers(bench, "cancel", 100_000)
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

"""Peers that do the same workload, a program for each language.

Each run is one process: `PROGRAM WORKLOAD COUNT [MORE...]`. The programs of a
benchmark `x` are tests/bench/x_bench.cpp, and in tests/bench/peers asyncio_x.py,
go_x.go and x.erl.
"""

import subprocess

import harness
from harness import CannotMeasure

PEERS = harness.ROOT / "tests" / "bench" / "peers"


def troupe(bench, name, *arguments):
    return [bench.built(f"{name}_bench"), *arguments]


def asyncio(bench, name, *arguments):
    python = bench.tool("python3", "--version")
    return [python, PEERS / f"asyncio_{name}.py", *arguments]


def go(bench, name, *arguments):
    source = PEERS / f"go_{name}.go"
    return [*harness.go_program(bench, source), *arguments]


def erlang(bench, name, *arguments):
    """Compiles the Erlang peer if need be, and returns its command."""
    compiler = bench.tool("erlc")
    runner = bench.tool("erl", "+V")
    folder = bench.build / "tests" / "bench"
    source = PEERS / f"{name}.erl"
    done = subprocess.run([compiler, "-o", folder, source], check=False)
    if done.returncode != 0:
        raise CannotMeasure(f"{source.name} does not compile")
    limit = ["+P", "4000000"]
    return [runner, *limit, "-noshell", "-pa", folder, "-run", name, "main",
            *arguments]


def all_peers(bench, name, *arguments):
    """troupe, and the same in the other languages."""
    peers = {"troupe": troupe, "asyncio": asyncio, "Go": go, "Erlang": erlang}
    return [
        bench.peer(peer, lambda command=command: command(bench, name, *arguments))
        for peer, command in peers.items()
    ]

"""What the benchmarks share: fair runs, medians, tables and verdicts.

A benchmark is a list of scenarios. Each sets up peers (troupe among them),
which are run in turn, round after round, so that what else the machine does
meets all of them alike; the order turns by one each round. A warm-up round is
not counted. Every run is checked, and a peer whose run was wrong has no time.

Verdicts: `ok`, `MISSED`, or `not measured` when a peer that a requirement
compares with is missing, which is never a pass. See `exit_code`.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]

OK = "ok"
MISSED = "MISSED"
NOT_MEASURED = "not measured"


class CannotMeasure(Exception):
    """Why a scenario, or a peer of it, cannot be measured here."""


@dataclasses.dataclass
class Peer:
    """One of the programs that do the same work.

    prepare runs before each run, outside the time. check runs after it and
    returns what is wrong with the run's outcome, or nothing.
    """

    name: str
    command: list = dataclasses.field(default_factory=list)
    missing: str = ""
    prepare: Callable = lambda: None
    check: Callable = lambda: ""
    compare: bool = True  # show the ratio of troupe's time to this one's


@dataclasses.dataclass
class Sample:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    rss_kib: int  # peak


@dataclasses.dataclass
class Result:
    peer: Peer
    samples: list = dataclasses.field(default_factory=list)
    failure: str = ""

    @property
    def measured(self):
        return bool(self.samples) and not self.failure

    def median(self, field):
        return statistics.median(getattr(s, field) for s in self.samples)


@dataclasses.dataclass
class Requirement:
    """A value of some results that must not be above a limit.

    A failure of the subjects misses the requirement; without the others it is
    not measured.
    """

    text: str
    limit: float
    subjects: tuple
    others: tuple
    value: Callable  # from {name: Result}
    unit: str = ""

    def judge(self, results):
        """Returns the verdict and the value, if there is one."""
        of_subjects = [results.get(name) for name in self.subjects]
        if any(r and r.failure for r in of_subjects):
            return MISSED, None
        of_others = [results.get(name) for name in self.others]
        if not all(r and r.measured for r in of_subjects + of_others):
            return NOT_MEASURED, None
        value = self.value(results)
        return (OK if value <= self.limit else MISSED), value


def wall_ratio(subject, other, limit):
    """Requires subject's median time to be at most limit times other's."""
    return Requirement(
        f"{subject}/{other} wall",
        limit,
        (subject,),
        (other,),
        lambda r: r[subject].median("wall") / r[other].median("wall"),
    )


def wall_limit(subject, seconds):
    """Requires subject's median time to be at most so many seconds."""
    return Requirement(
        f"{subject} wall",
        seconds,
        (subject,),
        (),
        lambda r: r[subject].median("wall"),
        " s",
    )


def every_run_right(subject):
    """Requires that no run of subject failed its check."""
    return Requirement(
        f"{subject}: runs that went wrong", 0, (subject,), (), lambda r: 0
    )


@dataclasses.dataclass
class Scenario:
    """A workload. setup(bench) is a context manager that gives its peers.

    columns are more columns of the table: {title: text from (results, name)}.
    """

    name: str
    title: str
    setup: Callable
    requirements: list = dataclasses.field(default_factory=list)
    columns: dict = dataclasses.field(default_factory=dict)
    subject: str = "troupe"

    def __post_init__(self):
        self.requirements = [
            every_run_right(self.subject),
            *self.requirements,
        ]


class Bench:
    """The options, the folders and the tools of one run of a benchmark."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder  # temporary and in memory, where there is /dev/shm
        self.build = pathlib.Path(options.build).resolve()
        self.troupe = (
            pathlib.Path(options.troupe).resolve()
            if options.troupe
            else self.build / "cli" / "troupe"
        )
        self.versions = {}

    def built(self, name):
        """Returns the path of a program that tests/bench builds."""
        path = self.build / "tests" / "bench" / name
        if not path.is_file():
            raise CannotMeasure(f"{name} is not built")
        return str(path)

    def tool(self, name, *arguments):
        """Returns an installed program's path, and notes its version."""
        path = find_program(name)
        if not path:
            raise CannotMeasure(f"{name} is not installed")
        self.note_version(name, path, *arguments)
        return path

    def note_version(self, name, *command):
        if name not in self.versions:
            self.versions[name] = first_line(command)

    def subject(self):
        """Returns the path of troupe."""
        if not self.troupe.is_file():
            raise CannotMeasure(f"{self.troupe} is not built")
        self.note_version("troupe", str(self.troupe), "--version")
        return str(self.troupe)

    def new_folder(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def peer(self, name, command, **more):
        """Returns a peer; command() gives its words or raises CannotMeasure."""
        try:
            return Peer(name, [str(word) for word in command()], **more)
        except CannotMeasure as reason:
            return Peer(name, missing=str(reason), **more)


def find_program(name):
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    return shutil.which(name, path=path)


def first_line(command):
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        return "unknown"
    return textwrap.shorten(lines[0], 76, placeholder=" …")


def go_program(bench, source):
    """Builds a Go peer if need be, and returns its command."""
    compiler = bench.tool("go", "version")
    program = bench.build / "tests" / "bench" / source.stem
    if (
        not program.exists()
        or program.stat().st_mtime < source.stat().st_mtime
    ):
        program.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [compiler, "build", "-o", program, source],
            env={**os.environ, "GO111MODULE": "off"},
            check=False,
        )
        if done.returncode != 0:
            raise CannotMeasure(f"{source.name} does not build")
    return [program]


def clean_environment(home):
    """Returns an environment without proxies and without a user's settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
    }
    return {**kept, "HOME": str(home), "LC_ALL": "C"}


def run_once(bench, peer):
    """Runs a peer and returns its Sample; raises CannotMeasure if it failed."""
    peer.prepare()
    report, report_in = os.pipe()
    with open(report, encoding="utf-8") as figures, tempfile.TemporaryFile(
        "w+", errors="replace"
    ) as complaints:
        process = subprocess.Popen(
            [bench.built("measure"), str(report_in), *peer.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=(report_in,),
            env=clean_environment(bench.folder),
            cwd=bench.folder,
            start_new_session=True,
        )
        os.close(report_in)
        try:
            process.wait(bench.options.timeout)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise CannotMeasure(
                    f"still running after {bench.options.timeout:g} s"
                ) from None
            raise
        complaints.seek(0)
        said = complaints.read().strip().splitlines()[-1:]
        text = figures.read()
    if not text:
        raise CannotMeasure(" ".join(["did not start", *said]))
    took = json.loads(text)
    if took["code"] != 0:
        raise CannotMeasure(" ".join([f"exit code {took['code']}", *said]))
    if wrong := peer.check():
        raise CannotMeasure(wrong)
    return Sample(took["wall"], took["cpu"], took["rss_kib"])


def run_rounds(bench, peers):
    """Returns {name: Result} of a warm-up round and the counted ones."""
    results = {peer.name: Result(peer) for peer in peers}
    for number in range(bench.options.rounds + 1):
        turn = number % len(peers)
        for peer in peers[turn:] + peers[:turn]:
            result = results[peer.name]
            if peer.missing or result.failure:
                continue
            try:
                sample = run_once(bench, peer)
            except CannotMeasure as reason:
                result.failure = str(reason)
                continue
            if number > 0:
                result.samples.append(sample)
    return results


def table(scenario, results):
    """Returns the lines of a scenario's table."""
    subject = results.get(scenario.subject)
    rows = [
        [
            "peer",
            "wall s",
            "min..max",
            "cpu s",
            "rss MiB",
            f"{scenario.subject}/peer",
            *scenario.columns,
        ]
    ]
    remarks = {}
    for name, result in results.items():
        if not result.measured:
            remarks[len(rows)] = (
                f"FAILED: {result.failure}"
                if result.failure
                else f"{NOT_MEASURED}: {result.peer.missing}"
            )
            rows.append([name])
            continue
        walls = [s.wall for s in result.samples]
        ratio = ""
        if (
            subject
            and subject.measured
            and result is not subject
            and result.peer.compare
        ):
            ratio = f"{subject.median('wall') / result.median('wall'):.2f}"
        rows.append(
            [
                name,
                f"{result.median('wall'):.3f}",
                f"{min(walls):.3f}..{max(walls):.3f}",
                f"{result.median('cpu'):.3f}",
                f"{result.median('rss_kib') / 1024:.1f}",
                ratio,
                *(text(results, name) for text in scenario.columns.values()),
            ]
        )
    full = [row for row in rows if len(row) > 1]
    widths = [max(len(row[i]) for row in full) for i in range(len(rows[0]))]
    widths[0] = max(len(row[0]) for row in rows)
    lines = []
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(w) for cell, w in zip(row[1:], widths[1:])]
        cells += [remarks[number]] if number in remarks else []
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def run_scenario(bench, scenario):
    """Runs a scenario, prints its table and verdicts, and returns a report."""
    print(f"\n{scenario.name}: {scenario.title}", flush=True)
    results = {}
    try:
        bench.built("measure")
        with scenario.setup(bench) as peers:
            wanted = tuple(bench.options.peer or [""])
            peers = [p for p in peers if p.name.startswith(wanted)]
            results = run_rounds(bench, peers) if peers else {}
            print("\n".join(table(scenario, results)))
    except (CannotMeasure, OSError, subprocess.SubprocessError) as reason:
        results = {}
        print(f"  {NOT_MEASURED}: {reason}")
    verdicts = []
    for requirement in scenario.requirements:
        verdict, value = requirement.judge(results)
        figure = "" if value is None else f"{value:.4g}{requirement.unit}, "
        print(
            f"  {verdict}: {requirement.text}: {figure}"
            f"required ≤ {requirement.limit:g}{requirement.unit}",
            flush=True,
        )
        verdicts.append(
            {
                "text": requirement.text,
                "limit": requirement.limit,
                "value": value,
                "verdict": verdict,
            }
        )
    return {
        "name": scenario.name,
        "title": scenario.title,
        "peers": [report_of(result) for result in results.values()],
        "requirements": verdicts,
    }


def report_of(result):
    report = {
        "name": result.peer.name,
        "command": result.peer.command,
        "missing": result.peer.missing,
        "failure": result.failure,
        "runs": [dataclasses.asdict(sample) for sample in result.samples],
    }
    if result.measured:
        report["median"] = {
            field.name: result.median(field.name)
            for field in dataclasses.fields(Sample)
        }
    return report


def exit_code(reports):
    """Returns 1 if a requirement is missed, else 3 if one was not measured,
    else 0."""
    verdicts = {v["verdict"] for r in reports for v in r["requirements"]}
    if MISSED in verdicts:
        return 1
    return 3 if NOT_MEASURED in verdicts else 0


def environment():
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
    }


def processor():
    with contextlib.suppress(OSError):
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.machine()


def parse(name, description, scenarios):
    parser = argparse.ArgumentParser(
        prog=name,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="counted rounds (default 5)"
    )
    parser.add_argument(
        "--scenario",
        action="append",
        choices=[s.name for s in scenarios],
        help="only this one; may be repeated",
    )
    parser.add_argument(
        "--peer",
        action="append",
        help="only the peers whose name starts so; may be repeated",
    )
    parser.add_argument("--troupe", help="the troupe program to measure")
    parser.add_argument(
        "--build",
        default=str(ROOT / "build" / "release"),
        help="the folder of the build (default build/release)",
    )
    parser.add_argument("--json", help="write everything to this file too")
    parser.add_argument(
        "--timeout",
        type=float,
        default=120,
        help="seconds until a run is given up (default 120)",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the scenarios and end"
    )
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def list_scenarios(scenarios):
    for scenario in scenarios:
        print(f"{scenario.name}: {scenario.title}")
        for requirement in scenario.requirements:
            print(
                f"  {requirement.text} ≤ "
                f"{requirement.limit:g}{requirement.unit}"
            )


def main(name, description, scenarios):
    """Runs a benchmark's command line and returns its exit code."""
    options = parse(name, description, scenarios)
    if options.list:
        list_scenarios(scenarios)
        return 0
    # Ends as on Ctrl-C, so that servers and folders are cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [
        s
        for s in scenarios
        if not options.scenario or s.name in options.scenario
    ]
    around = environment()
    print(f"{around['system']}, {around['processor']}, {around['cpus']} CPUs")
    print(
        f"{options.rounds} rounds after a warm-up, medians; "
        f"load before {around['load']:.2f}"
    )
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(
        prefix="troupe-bench-", dir=memory
    ) as folder:
        bench = Bench(options, pathlib.Path(folder))
        reports = [run_scenario(bench, scenario) for scenario in chosen]
    print("\nversions")
    for tool, version in bench.versions.items():
        print(f"  {tool}: {version}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump(
                {
                    "benchmark": name,
                    "environment": around,
                    "versions": bench.versions,
                    "rounds": options.rounds,
                    "scenarios": reports,
                },
                out,
                indent=2,
            )
            out.write("\n")
    return exit_code(reports)

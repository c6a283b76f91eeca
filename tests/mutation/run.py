"""Plants one bug after the other in a copy of the project, and runs the tests
that have to notice it. usage: run.py [NAME...]

The copy and what is built of it stay in build/mutants. The exit code is 1 if
a bug went unnoticed.
"""

import os
import shutil
import subprocess
import sys
import time

import mutations

ROOT = mutations.project.ROOT
COPY = ROOT / "build" / "mutants"
BUILD = COPY / "build" / "release"
LIMIT = 60  # seconds, after which a test hangs


def copy_sources():
    """Brings the copy up to date; what is equal keeps its time."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {path for path in listed.stdout.split("\0") if (ROOT / path).is_file()}
    for path in mutations.project.files(COPY, "") if COPY.is_dir() else ():
        if path not in paths:
            (COPY / path).unlink()
    for path in paths:
        source, target = ROOT / path, COPY / path
        if not target.is_file() or source.read_bytes() != target.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def quietly(*command):
    """Fails: exits with the command's output."""
    done = subprocess.run(
        command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")


def build(tests):
    quietly("cmake", "--build", BUILD, "--target", *tests)


def failing(tests):
    """The first of these executables that fails, crashes or hangs; or None."""
    for test in tests:
        command = [BUILD / "tests" / test, "--gtest_fail_fast", "--gtest_brief"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            return test
        if done.returncode != 0:
            return test
    return None


def is_caught(mutation):
    target = COPY / mutation.file
    right = target.read_text()
    try:
        target.write_text(mutation.applied(COPY))
        build(mutation.tests)
        return failing(mutation.tests) is not None
    finally:
        target.write_text(right)


def main(names):
    all_of_them = {path.stem: path for path in mutations.paths(ROOT)}
    unknown = set(names) - set(all_of_them)
    if unknown:
        sys.exit(f"no such mutation: {', '.join(sorted(unknown))}")
    chosen = [mutations.Mutation(all_of_them[name]) for name in names or all_of_them]

    copy_sources()
    os.environ["CCACHE_BASEDIR"] = str(COPY)
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] * bool(shutil.which("ccache"))
    quietly("cmake", "--preset", "release", *launcher)
    tests = sorted({test for mutation in chosen for test in mutation.tests})
    build(tests)
    broken = failing(tests)
    if broken:
        sys.exit(f"{broken} fails without any mutation")

    survivors = 0
    for mutation in chosen:
        start = time.monotonic()
        caught = is_caught(mutation)
        survivors += not caught
        word = "caught" if caught else "SURVIVED"
        took = time.monotonic() - start
        print(f"{word:8} {mutation.name} ({took:.0f} s): {mutation.what}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

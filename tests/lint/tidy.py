"""Runs clang-tidy, in parallel, on the files it has not passed yet.

    tidy.py BUILD_FOLDER [NAME...]

BUILD_FOLDER holds compile_commands.json; with NAMEs only files whose path
contains one of them are checked.

A file that passes leaves an empty file in $TROUPE_TIDY_CACHE (by default
troupe/tidy in the user's cache folder), named by a hash of everything the
verdict depends on: the configuration, the compile command, the versions of the installed packages, and
the text of the source and of each project header that it includes, directly or
not. Includes are followed by reading `#include` lines rather than by running
the preprocessor, which takes a second per file because of third-party headers;
this finds too many headers (it ignores `#if`), never too few. Paths are hashed
relative to the project: all clones share the cache.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from project import ROOT

COMPLAINT_START = re.compile(r"^(?=\S+:\d+:\d+: (?:error|warning): )", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)


@functools.cache
def text_of(path):
    return path.read_text()


def include_folders(arguments):
    """The folders inside the project that are searched for headers."""
    folders = [a[2:] for a in arguments if a.startswith("-I") and a != "-I"]
    for option, value in zip(arguments, arguments[1:]):
        if option in ("-I", "-isystem", "-iquote"):
            folders.append(value)
    return [pathlib.Path(f) for f in folders if pathlib.Path(f).is_relative_to(ROOT)]


def with_headers(source, folders):
    """The source and all project headers that it includes."""
    found, waiting = set(), [source]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in INCLUDE.findall(text_of(file)):
            for folder in (file.parent, *folders):
                header = pathlib.Path(os.path.normpath(folder / name))
                if header.is_file():
                    waiting.append(header)
                    break
    return sorted(found)


def key(command, common):
    arguments = shlex.split(command["command"])
    source = pathlib.Path(command["file"])
    parts = [common, command["command"]]
    for file in with_headers(source, include_folders(arguments)):
        parts += [str(file), text_of(file)]
    text = "\0".join(parts).replace(str(ROOT), "")
    return hashlib.sha256(text.encode()).hexdigest()


def output(*command):
    """What the command prints, nothing where it does not exist."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False).stdout


def common_input():
    """What the verdict on every file depends on."""
    return "\0".join([
        text_of(ROOT / ".clang-tidy"),
        text_of(ROOT / "tests" / ".clang-tidy"),
        output("clang-tidy", "--version"),
        output("dpkg-query", "-W", "clang-tidy*", "lib*-dev"),
    ])


def lint(build, passed, command):
    """Returns the complaints about one file, or creates the file `passed`."""
    file = command["file"]
    result = subprocess.run(
        ["clang-tidy", "--quiet", "-p", build, file],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    if result.returncode == 0:
        passed.touch()
        return []
    text = (result.stdout or result.stderr or f"{file}: clang-tidy failed")
    return COMPLAINT_START.split(text.replace(f"{ROOT}/", ""))


def main(build, names):
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    cache = pathlib.Path(os.environ.get("TROUPE_TIDY_CACHE", caches / "troupe" / "tidy"))
    cache.mkdir(parents=True, exist_ok=True)
    common = common_input()
    waiting = {}
    for command in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(command["file"])
        ours = file.is_relative_to(ROOT) and not file.is_relative_to(build)
        if ours and (not names or any(name in str(file) for name in names)):
            passed = cache / key(command, common)
            if not passed.exists():
                waiting[passed] = command

    told = {""}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        lint_one = functools.partial(lint, build)
        for complaints in workers.map(lint_one, waiting, waiting.values()):
            # Each file that includes a bad header complains about it again.
            new = [text for text in complaints if text not in told]
            told.update(new)
            print(*new, sep="", end="", flush=True)
    return 1 if len(told) > 1 else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))

"""Checks what the compiler says of programs that would protect nothing: locks
and permits that leave their task are refused, those that nobody keeps are warned
of.

Run with a build folder, or with --self-test.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / "misuse"
# Any file that is built with all of what these include.
MODEL = "tests/tasks/hold_test.cpp"
REFUSED = "cannot leave the task that acquired it"
WARNED = "warning: ignoring return value"


def command_for(entry, source):
    """How the compiler is called for a source, as for an entry of
    compile_commands.json; it writes nothing. (g++ tells of results that are
    ignored where it generates code only.)"""
    words = shlex.split(entry["command"])
    if pathlib.Path(words[0]).name == "ccache":
        del words[0]
    result, words = [words[0]], words[1:]
    while words:
        word = words.pop(0)
        if word in ("-o", "-c", "-include"):
            words.pop(0)
        elif word != "-Winvalid-pch":
            result.append(word)
    return [*result, "-O0", "-S", "-o", "/dev/null", str(source)]


def marked(source, mark):
    """The numbers of the lines that end with a comment."""
    return {
        number
        for number, line in enumerate(source.read_text().splitlines(), 1)
        if line.endswith("// " + mark)
    }


def refused(said, source):
    """The lines of a source for whose sake the compiler refused something."""
    result, instantiated = set(), set()
    for line in said.splitlines():
        at = re.match(rf".*\b{source.name}:(\d+)\b.*", line)
        if at and "required from" in line:
            instantiated.add(int(at[1]))
        elif "error: " in line:
            if REFUSED in line:
                result |= instantiated
            instantiated = set()
    return result


def warned(said, source):
    return {
        int(line.split(":")[1])
        for line in said.splitlines()
        if re.match(rf"{re.escape(str(source))}:\d+:", line) and WARNED in line
    }


def check(entry, source, mark, find):
    said = subprocess.run(
        command_for(entry, source),
        cwd=entry["directory"],
        capture_output=True,
        text=True,
    ).stderr
    expected, found = marked(source, mark), find(said, source)
    for number in sorted(expected ^ found):
        what = "not " + mark if number in expected else mark
        print(f"{source}:{number}: is {what}")
    return expected == found


def main(build):
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    entry = next(entry for entry in commands if entry["file"].endswith(MODEL))
    results = [
        check(entry, HERE / "refused.cpp", "refused", refused),
        check(entry, HERE / "discarded.cpp", "warned", warned),
    ]
    return 0 if all(results) else 1


def self_test():
    source = pathlib.Path("/a/b.cpp")
    refusals = (
        "x.hpp: In instantiation of 'class result_block<held>':\n"
        "/a/b.cpp:7:3:   required from here\n"
        f"x.hpp:9:3: error: static assertion failed: what {REFUSED}\n"
        "/a/b.cpp:8:3:   required from here\n"
        "x.hpp:9:3: error: something else\n"
        f"x.hpp:9:3: error: static assertion failed: what {REFUSED}\n"
    )
    warnings = (
        f"/a/b.cpp:3:24: {WARNED} of 'held&& await_resume()' [-Wunused-result]\n"
        "/a/b.cpp:4:24: warning: something else\n"
    )
    entry = {"command": "/usr/bin/ccache g++ -Ix -include p.hxx -o a.o -c a.cpp"}
    good = (
        refused(refusals, source) == {7}
        and warned(warnings, source) == {3}
        and command_for(entry, source)
        == ["g++", "-Ix", "-O0", "-S", "-o", "/dev/null", "/a/b.cpp"]
    )
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(main(sys.argv[1]))

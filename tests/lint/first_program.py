"""Checks that the first program needs no header of protobuf, gRPC or curl,
which would triple the time that it takes to compile.

Run with a build folder, or with --self-test.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys

PROGRAM = "examples/01_hello.cpp"
HEAVY = re.compile(r"(^|/)(google/protobuf|grpc|grpcpp|curl)/|\.pb\.h$")


def heavy(rule):
    """The headers of a rule for make that should not be there."""
    return sorted({word for word in rule.split() if HEAVY.search(word)})


def headers(entry):
    """The rule for make that the compiler gives for an entry of
    compile_commands.json."""
    command = shlex.split(entry["command"])
    output = command.index("-o")
    del command[output : output + 2]
    command.append("-M")
    return subprocess.run(
        command, cwd=entry["directory"], check=True, capture_output=True, text=True
    ).stdout


def main(build):
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    entries = [entry for entry in commands if entry["file"].endswith(PROGRAM)]
    if not entries:
        return 0  # the examples are not built
    found = heavy(headers(entries[0]))
    for header in found:
        print(f"{PROGRAM}: includes {header}, by way of troupe/troupe.hpp")
    return 1 if found else 0


def self_test():
    rule = "a.o: a.cpp /usr/include/curl/curl.h \\\n x/google/protobuf/any.h b.pb.h\n"
    light = "a.o: a.cpp /usr/include/caf/fwd.hpp troupe/curling.hpp pb.hpp\n"
    return 0 if len(heavy(rule)) == 3 and not heavy(light) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(main(sys.argv[1]))

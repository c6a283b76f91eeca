"""Refuses an include of a higher layer.

The layers and what each may include stand in LAYERS below, bottom to top. Run
without arguments in any folder of the project, or with --self-test.
"""

import pathlib
import re
import sys

import project

ANY = None
CORE = ("proto", "msg", "core")
TASKS = (*CORE, "tasks")
HTTP = (*TASKS, "io", "http")
NODE = (*HTTP, "node")
ALL = (*NODE, "testing", "umbrella")

CAF_PROTOBUF = ("caf/", "google/protobuf/")
ASIO = ("asio.hpp", "asio/")
POSIX = ("arpa/", "fcntl.h", "netdb.h", "netinet/", "poll.h", "pthread.h",
         "signal.h", "sys/", "unistd.h")
GRPC = ("grpcpp/",)

# layer: (layers below that it may include, headers of others besides std)
LAYERS = {
    "proto": ((), ("google/protobuf/",)),
    "msg": (("proto",), CAF_PROTOBUF),
    "core": (CORE[:-1], CAF_PROTOBUF),
    "tasks": (CORE, (*CAF_PROTOBUF, *POSIX)),
    "io": (TASKS, (*CAF_PROTOBUF, *POSIX, *ASIO)),
    "http": (HTTP[:-1], (*CAF_PROTOBUF, *POSIX, *ASIO, "curl/", "openssl/")),
    "node": (HTTP, (*CAF_PROTOBUF, *POSIX, *ASIO, *GRPC, "openssl/", "sqlite3.h")),
    "testing": (TASKS, CAF_PROTOBUF),
    "umbrella": (NODE, ()),  # troupe/troupe.hpp, above the layers it gathers
    "cli": (ALL, ANY),
    "examples": (ALL, ANY),
    "tests": ((*ALL, "cli"), ANY),
}

# The folder of each layer; in `actors/troupe` itself only the files directly
# there are the layer "tasks".
FOLDERS = {
    "proto/troupe/v1": "proto",
    "messages/troupe/msg": "msg",
    "actors/troupe/core": "core",
    "actors/troupe": "tasks",
    "actors/troupe/detail": "tasks",
    "actors/troupe/io": "io",
    "actors/troupe/http": "http",
    "actors/troupe/node": "node",
    "actors/troupe/testing": "testing",
    "cli": "cli",
    "examples": "examples",
    "tests": "tests",
}
UMBRELLA = "actors/troupe/troupe.hpp"
INCLUDE_ROOTS = ("proto", "messages", "actors")

INCLUDE = re.compile(r'^\s*(?:#\s*include|import(?:\s+public)?)\s*(["<])([^">]+)[">]', re.M)


def layer_of(path):
    """The layer of a path relative to the project, None for an unknown one."""
    if path == UMBRELLA:
        return "umbrella"
    direct = str(pathlib.PurePosixPath(path).parent)
    folder = direct
    while folder != ".":
        if folder in FOLDERS and (FOLDERS[folder] != "tasks" or folder == direct):
            return FOLDERS[folder]
        folder = str(pathlib.PurePosixPath(folder).parent)
    return None


def included_layer(root, source, name):
    """The layer that `name`, included by `source`, belongs to.

    Returns "unknown" for a troupe header of no layer, and None for a header
    that is not ours.
    """
    if name.startswith("troupe/"):
        layers = {layer_of(f"{top}/{name}") for top in INCLUDE_ROOTS} - {None}
        return layers.pop() if layers else "unknown"
    beside = (root / source).parent / name
    if beside.is_file():
        return layer_of(str(beside.resolve().relative_to(root.resolve())))
    return None


def allowed_foreign(name, prefixes):
    is_std = re.fullmatch(r"\w+", name)
    return prefixes is ANY or is_std or name.startswith(prefixes)


def check_file(root, source, text):
    """Yields the complaints about one file."""
    layer = layer_of(source)
    if layer is None:
        yield f"{source}:1: is in no known layer; see tests/lint/layers.py"
        return
    below, foreign = LAYERS[layer]
    for match in INCLUDE.finditer(text):
        name = match[2]
        line = text.count("\n", 0, match.start(1)) + 1
        target = included_layer(root, source, name)
        if target == "unknown":
            yield f'{source}:{line}: "{name}" is in no known layer'
        elif target == "proto" and name.endswith(".grpc.pb.h"):
            if not allowed_foreign(*GRPC, foreign):
                yield f'{source}:{line}: layer {layer} may not include gRPC: "{name}"'
        elif target is not None:
            if target != layer and target not in below:
                yield f'{source}:{line}: layer {layer} may not include {target}: "{name}"'
        elif not allowed_foreign(name, foreign):
            yield f"{source}:{line}: layer {layer} may not include <{name}>"


def check(root):
    for path in project.files(root, ".hpp", ".cpp", ".proto"):
        yield from check_file(root, path, (root / path).read_text())


SELF_TEST = {
    # A correct tree...
    "proto/troupe/v1/lock.proto": ('import "google/protobuf/wrappers.proto";', 0),
    "messages/troupe/msg/lock.hpp": ('#include "troupe/v1/lock.pb.h"', 0),
    "actors/troupe/core/lock.hpp": ('#include "troupe/msg/lock.hpp"\n#include <caf/fwd.hpp>', 0),
    "actors/troupe/core/detail/x.hpp": ('#include "troupe/core/lock.hpp"', 0),
    "actors/troupe/lock.hpp": ('#include "troupe/core/lock.hpp"\n#include <signal.h>', 0),
    "actors/troupe/http/session.hpp": ('#include "troupe/io/loop.hpp"\n#include <curl/curl.h>', 0),
    "actors/troupe/troupe.hpp": ('#include "troupe/http/session.hpp"', 0),
    "actors/troupe/testing/clock.hpp": ('#include "troupe/lock.hpp"', 0),
    "cli/get.cpp": ('#include "troupe/troupe.hpp"\n#include <CLI/CLI.hpp>', 0),
    "cli/get.hpp": ("#include <string>", 0),
    "actors/troupe/node/door.hpp": ('#include "troupe/v1/node.grpc.pb.h"\n#include <sqlite3.h>', 0),
    "tests/unit/get_test.cpp": ('#include "../../cli/get.hpp"\n#include "support/fd.hpp"', 0),
    # ...and what is wrong, with the number of complaints.
    "proto/troupe/v1/bad.proto": ('import "shop/v1/shop.proto";', 1),
    "messages/troupe/msg/bad.hpp": ('#include "troupe/core/lock.hpp"', 1),
    "actors/troupe/core/bad.hpp": (
        "#include <asio.hpp>\n#include <curl/curl.h>\n#include <sqlite3.h>",
        3,
    ),
    "actors/troupe/core/bad.cpp": (
        '#  include "troupe/lock.hpp"\n#include "troupe/v1/node.grpc.pb.h"',
        2,
    ),
    "actors/troupe/bad.hpp": ('\n#include "troupe/troupe.hpp"', 1),
    "actors/troupe/io/bad.hpp": ('#include <troupe/http/session.hpp>', 1),
    "actors/troupe/http/bad.hpp": (
        '#include "troupe/node/door.hpp"\n#include "troupe/new/x.hpp"',
        2,
    ),
    "actors/troupe/testing/bad.hpp": ('#include "troupe/io/loop.hpp"', 1),
    "actors/troupe/new/bad.hpp": ("", 1),
    "examples/bad.cpp": ('#include "../cli/get.hpp"', 1),
    "tools/bad.cpp": ("", 1),
}

if __name__ == "__main__":
    sys.exit(project.main(check, SELF_TEST))

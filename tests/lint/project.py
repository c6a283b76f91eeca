"""What the lint tests share: the project's files, complaints, self-tests."""

import collections
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(root, *suffixes):
    """The source files as paths relative to `root`.

    Hidden folders and build folders are left out.
    """
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f != "build" and f[0] != ".")
        for name in sorted(names):
            if name.endswith(suffixes):
                yield pathlib.Path(folder, name).relative_to(root).as_posix()


def main(check, cases):
    """Prints what `check(root)` yields; the exit code is 1 if that is anything."""
    if sys.argv[1:] == ["--self-test"]:
        return self_test(check, cases)
    complaints = list(check(ROOT))
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return 1 if complaints else 0


def self_test(check, cases):
    """Checks that each planted file gets its number of complaints.

    @param cases {path: (text, number of complaints)}
    """
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, (text, _) in cases.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        complaints = list(check(root))
    found = collections.Counter(line.split(":")[0] for line in complaints)
    wrong = [
        f"{path}: {expected} complaints expected, {found[path]} found"
        for path, (_, expected) in cases.items()
        if found[path] != expected
    ]
    if wrong:
        print(*complaints, "", *wrong, sep="\n")
    return 1 if wrong else 0

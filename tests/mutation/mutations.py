"""Planted bugs, each a file beside this one; checks that all of them apply.

A file says what is wrong then, in which source, which tests have to notice,
and which lines stand in place of which. Run without arguments in any folder of
the project, or with --self-test. run.py builds them and runs the tests.
"""

import pathlib
import re
import sys

LINT = pathlib.Path(__file__).resolve().parents[1] / "lint"
sys.path.insert(0, str(LINT))
import project

FOLDER = "tests/mutation"
FORM = re.compile(
    r"(?P<what>.+)\n\n"
    r"file: (?P<file>\S+)\n"
    r"tests: (?P<tests>.+)\n"
    r"old:\n(?P<old>(?:.*\n)+?)"
    r"new:\n(?P<new>(?:.*\n)*)"
)


class Mutation:
    """Fails: raises `ValueError` for a file that does not have the form."""

    def __init__(self, path):
        self.name = path.stem
        match = FORM.fullmatch(path.read_text())
        if not match:
            raise ValueError("does not have the form of a mutation")
        self.what = match["what"]
        self.file = match["file"]
        # Executables; those that are listed first notice sooner.
        self.tests = match["tests"].split()
        self.old = match["old"]
        self.new = match["new"]

    def applied(self, root):
        """The text of its source with the bug in it."""
        source = root / self.file
        text = "\n" + source.read_text() if source.is_file() else ""
        count = text.count("\n" + self.old)
        if count != 1:
            raise ValueError(f"its old lines stand {count} times in {self.file}")
        return text.replace("\n" + self.old, "\n" + self.new)[1:]


def paths(root):
    return sorted((root / FOLDER).glob("*.txt"))


def check(root):
    for path in paths(root):
        try:
            Mutation(path).applied(root)
        except ValueError as what:
            yield f"{FOLDER}/{path.name}: {what}"


FORMED = "It is wrong.\n\nfile: a.cpp\ntests: unit_tests\nold:\n{}new:\n  else;\n"
CASES = {
    "a.cpp": ("int a;\n  b;\nint c;\n  b;\n", 0),
    f"{FOLDER}/good.txt": (FORMED.format("int c;\n"), 0),
    f"{FOLDER}/twice.txt": (FORMED.format("  b;\n"), 1),
    f"{FOLDER}/gone.txt": (FORMED.format("b;\n"), 1),
    f"{FOLDER}/bad.txt": ("file: a.cpp\n", 1),
}

if __name__ == "__main__":
    sys.exit(project.main(check, CASES))

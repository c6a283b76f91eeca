"""Compares the first program of the README with the example it is.

Links to files lead somewhere, in every document.

Run without arguments in any folder of the project, or with --self-test.
"""

import re
import sys

import project

FIRST = re.compile(r"```cpp\n(.*?)```", re.S)
EXAMPLE = "examples/01_hello.cpp"
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")


def links(root):
    for path in project.files(root, ".md"):
        for link in sorted(set(LINK.findall((root / path).read_text()))):
            if not ((root / path).parent / link).exists():
                yield f"{path}: leads nowhere: {link}"


def check(root):
    yield from links(root)
    readme, example = root / "README.md", root / EXAMPLE
    if not readme.is_file() or not example.is_file():
        return
    shown = FIRST.search(readme.read_text())
    text = example.read_text()
    program = text[text.index("#include") :]
    if not shown or shown[1] != program:
        yield f"README.md: the first program is not that of {EXAMPLE}"


CASES = {
    "README.md": ("text\n```cpp\n#include <a>\nint b;\n```\n", 1),
    "guide/a.md": ("[a](../README.md) [b](../no.md) [c](https://x.org/y)\n", 1),
    EXAMPLE: ("// What it is.\n#include <a>\nint main() {}\n", 0),
}

if __name__ == "__main__":
    sys.exit(project.main(check, CASES))

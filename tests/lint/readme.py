"""Compares the first program of the README with the example it is.

Run without arguments in any folder of the project, or with --self-test.
"""

import re
import sys

import project

FIRST = re.compile(r"```cpp\n(.*?)```", re.S)
EXAMPLE = "examples/01_hello.cpp"


def check(root):
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
    EXAMPLE: ("// What it is.\n#include <a>\nint main() {}\n", 0),
}

if __name__ == "__main__":
    sys.exit(project.main(check, CASES))

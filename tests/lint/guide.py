"""Compares the code of the guides with the examples that it is taken from.

Each block of C++ in `examples/guide/*.md` has to stand, line for line, in an
example that the page links to: so what a guide shows was compiled, and run by
the tests. A line `…` leaves lines out.

Run without arguments in any folder of the project, or with --self-test.
"""

import re
import sys

import project

GUIDES = "examples/guide"
BLOCK = re.compile(r"^ *```cpp\n(.*?)^ *```", re.S | re.M)
LINK = re.compile(r"\]\(\.\./(\w+\.(?:cpp|hpp))\)")


def parts(block):
    """The pieces between the lines that leave something out, without what all
    of their lines are indented by."""
    for part in re.split(r"^ *…\n", block, flags=re.M):
        if part.strip():
            yield part.strip("\n").split("\n")


def stripped(lines):
    """The lines without the indentation of the first."""
    indent = len(lines[0]) - len(lines[0].lstrip())
    return [line[indent:] if line[:indent].isspace() else line for line in lines]


def stands_in(part, lines):
    part = stripped(part)
    size = len(part)
    return any(
        lines[i].strip() == part[0] and stripped(lines[i : i + size]) == part
        for i in range(len(lines) - size + 1)
    )


def check(root):
    for page in sorted((root / GUIDES).glob("*.md")):
        name = page.relative_to(root).as_posix()
        text = page.read_text()
        examples = [page.parent.parent / link for link in set(LINK.findall(text))]
        missing = [example.name for example in examples if not example.is_file()]
        if missing:
            yield f"{name}: links to {missing[0]}, which does not exist"
            continue
        sources = [example.read_text().split("\n") for example in examples]
        for block in BLOCK.findall(text):
            for part in parts(block):
                if not any(stands_in(part, lines) for lines in sources):
                    yield f"{name}: in no example that it links to: {part[0]}"


CODE = "int a;\nvoid f() {\n  if (x) {\n    g();\n  }\n}\n"
CASES = {
    "examples/01.cpp": (CODE, 0),
    f"{GUIDES}/good.md": (
        "[it](../01.cpp)\n```cpp\nif (x) {\n  g();\n}\n```\n"
        "```cpp\nint a;\n…\n}\n```\n```sh\nls\n```\n"
        "- more:\n\n  ```cpp\n    int a;\n    void f() {\n  ```\n", 0),
    f"{GUIDES}/bad.md": (
        "[it](../01.cpp)\n```cpp\nif (x) {\n  h();\n}\n```\n"
        "```cpp\nint a;\n…\nint b;\n```\n", 2),
    f"{GUIDES}/unlinked.md": ("```cpp\nint a;\n```\n", 1),
    f"{GUIDES}/lost.md": ("[it](../02.cpp)\n```cpp\nint a;\n```\n", 1),
}

if __name__ == "__main__":
    sys.exit(project.main(check, CASES))

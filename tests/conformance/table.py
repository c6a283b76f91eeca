"""Keeps README.md: which test proves which behaviour of asyncio.

Behaviours stand in rows.txt; a test carries the ids of its rows in its name.
Without arguments it checks that README.md is up to date and that no row lacks
a test, in both forms where its section says so; with --write it writes
README.md; or --self-test.
"""

import os
import pathlib
import re
import sys

LINT = pathlib.Path(__file__).resolve().parents[1] / "lint"
sys.path.insert(0, str(LINT))
import project

ROWS = "tests/conformance/rows.txt"
README = "tests/conformance/README.md"
TAGS = ("core", "adapt", "none")
FORMS = ("tasks", "actors")
BOTH_FORMS = "by tasks and by plain actors"

SECTION = re.compile(r"\[(.+)\]")
ROW = re.compile(r"([A-Z]+\d+)\s+(\w+)\s+(.+)")
TEST = re.compile(
    r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*((?:[A-Z]+\d+_)+)(\w+)\)", re.M
)
TYPED_SUITE = re.compile(r"^TYPED_TEST_SUITE\(\s*(\w+),\s*(\w+)", re.M)
TYPES = r"^using {} =\s*::testing::Types<([^;]*)>;"
SUITE_OF_VALUES = re.compile(
    r"^INSTANTIATE_TEST_SUITE_P\(\s*\w+,\s*(\w+),([^;]*)\);", re.M
)
REMARK = re.compile(r"^// Adapted: (.*\n(?://.*\n)*)\Z", re.M)

HEADER = """\
# What asyncio does, and the test that shows the same of troupe

Each row is a behaviour that CPython's own tests pin, in our words; the tests
beside it carry its id in their names. *Adapted* rows keep the meaning by other
means. Tests of "tasks and actors" run twice: with the coroutine classes, and
with plain typed actors that know the messages only.

Written by `table.py` from [`rows.txt`](rows.txt) and the tests: after a change
of either run `python3 tests/conformance/table.py --write`.
"""


class Test:
    def __init__(self, path, name, remark, forms):
        self.path = path
        self.name = name
        self.remark = remark
        self.forms = forms


def read_rows(text):
    """Yields a section as (name,), a row as (id, tag, behaviour)."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = SECTION.fullmatch(line) or ROW.fullmatch(line)
        if not match or (match.re is ROW and match[2] not in TAGS):
            raise ValueError(f"{ROWS}:{number}: neither a section nor a row")
        yield match.groups()


def suite_forms(text):
    """{suite: by whom its tests use what is tested}, from what they run over."""
    suites = {}
    for suite, name in TYPED_SUITE.findall(text):
        types = re.search(TYPES.format(name), text, re.M)
        suites[suite] = types[1] if types else ""
    suites.update(SUITE_OF_VALUES.findall(text))
    # `lock_task_user`, `used_by::actors`
    return {
        suite: [form for form in FORMS if form.removesuffix("s") in users]
        for suite, users in suites.items()
    }


def read_tests(root):
    """{id: the tests that carry it}, by file and place in the file."""
    tests = {}
    for path in project.files(root / "tests", "_test.cpp"):
        text = (root / "tests" / path).read_text()
        suites = suite_forms(text)
        for match in TEST.finditer(text):
            remark = REMARK.search(text[: match.start()])
            said = re.sub(r"\n(// ?)?", " ", remark[1]).strip() if remark else ""
            test = Test(path, match[3], said, suites.get(match[1]) or ["tasks"])
            for key in match[2].split("_")[:-1]:
                tests.setdefault(key, []).append(test)
    return tests


def cell(tests, show_forms):
    groups = {}
    for test in tests:
        forms = " and ".join(test.forms) if show_forms else ""
        groups.setdefault((test.path, forms), []).append(test)
    lines = []
    for (path, forms), group in groups.items():
        names = ", ".join(f"`{test.name}`" for test in group)
        link = f"[{pathlib.Path(path).name}]({os.path.relpath(path, 'conformance')})"
        lines.append(f"{link}{forms and ', '}{forms}: {names}")
        lines += [f"*Adapted:* {test.remark}" for test in group if test.remark]
    return "<br>".join(lines).replace("|", "\\|")


def readme(rows, tests):
    result = [HEADER]
    both = False
    for row in rows:
        if len(row) == 1:
            both = row[0].endswith(BOTH_FORMS)
            result.append(f"\n## {row[0]}\n\n| | Behaviour | Tests |\n|-|-|-|\n")
            continue
        key, tag, behaviour = row
        shown = cell(tests.get(key, ()), both) or "Python only"
        note = " *(adapted)*" if tag == "adapt" else ""
        result.append(f"| {key} | {behaviour}{note} | {shown} |\n")
    return "".join(result)


def check(root):
    if not (root / ROWS).is_file():
        return
    try:
        rows = list(read_rows((root / ROWS).read_text()))
    except ValueError as what:
        yield str(what)
        return
    tests = read_tests(root)
    ids = [row[0] for row in rows if len(row) == 3]
    for key in sorted({key for key in ids if ids.count(key) > 1}):
        yield f"{ROWS}: {key} stands there twice"
    both = False
    for row in rows:
        if len(row) == 1:
            both = row[0].endswith(BOTH_FORMS)
            continue
        key, tag, _ = row
        if tag != "none" and key not in tests:
            yield f"{ROWS}: {key} has no test: name one {key}_..."
        elif tag == "adapt" and not any(test.remark for test in tests[key]):
            yield f"{ROWS}: {key} is adapted, and no test says how: // Adapted: ..."
        elif both and tag == "core":
            forms = {form for test in tests[key] for form in test.forms}
            for form in (form for form in FORMS if form not in forms):
                yield f"{ROWS}: {key} has no test by {form}: see README.md"
    # Names of other forms are not meant: only letters that the rows use.
    letters = {key.rstrip("0123456789") for key in ids}
    for key in sorted(tests.keys() - set(ids)):
        if key.rstrip("0123456789") in letters:
            yield f"tests/{tests[key][0].path}: {key} is no row of {ROWS}"
    target = root / README
    text = readme(rows, tests)
    if "--write" in sys.argv[1:]:
        target.write_text(text)
    elif not target.is_file() or target.read_text() != text:
        yield f"{README}: out of date; run python3 tests/conformance/table.py --write"


CASES = {
    ROWS: (
        "# comment\n\n[lock]\nL1 core It is free.\nL2 adapt It waits.\n"
        "L3 core Not tested.\nL4 none Python.\nL1 core Again.\nL5 adapt How?\n"
        "[event, by tasks and by plain actors]\nE1 core It is set.\n"
        "E2 core By tasks only.\nE3 core By both.\nE4 adapt By tasks only.\n"
        "E5 core By actors only.\n",
        5,
    ),
    README: ("old", 1),
    "tests/a/lock_test.cpp": (
        "TEST_F(Any,\n       L1_IsFree) {}\n// Adapted: so.\nTEST(B, L2_Waits) {}\n"
        "TEST_F(Any, XY9_IsNoId) {}\n",
        0,
    ),
    "tests/b/lock_test.cpp": (
        "TEST_F(Any, L9_IsNoRow) {}\nTEST(B, L5_SaysNothing) {}\n",
        1,
    ),
    "tests/a/event_test.cpp": (
        "using both = ::testing::Types<task_user,\n  actor_user>;\n"
        "TYPED_TEST_SUITE(Event, both, names);\nTYPED_TEST(Event, E1_IsSet) {}\n"
        "// Adapted: a row of actors too.\nTEST_F(Other, E2_E4_Tasks) {}\n"
        "INSTANTIATE_TEST_SUITE_P(X, Many, Values(by::tasks, by::actors));\n"
        "TEST_P(Many, E3_Both) {}\n"
        "INSTANTIATE_TEST_SUITE_P(X, Few, Values(by::actors));\n"
        "TEST_P(Few, E5_Actors) {}\n",
        0,
    ),
}

if __name__ == "__main__":
    sys.exit(project.main(check, CASES))

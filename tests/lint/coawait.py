"""Refuses temporaries that g++ 12 destroys twice in a `co_await` expression.

That happens to an aggregate and to a lambda with by-value captures when one is
a temporary inside the full expression of a `co_await`, unless its members are
trivial. So it does to the value in `new held{co_await mutex.acquire()}`. A reader
of text cannot see types, so this refuses what looks like one of these:
`{.name = ...}`, `[x] {...}` and `new x{co_await ...}`. (`std::vector{a, b}` in such
an expression does not compile at all, so it needs no lint.) Give the lambda or the options a name of their
own, chain setters, or, where the members are trivial, say so in the line:
`// NOLINT(coawait): trivial`.

Run without arguments in any folder of the project, or with --self-test.
"""

import re
import sys

import project

NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"'
    r'''|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*\'''',
    re.S,
)
AWAIT = re.compile(r"\bco_(?:await|yield)\b")
DESIGNATED = re.compile(r"\{\s*\.\w+\s*[={]")
# A `[` that subscripts follows a name or a closing bracket.
LAMBDA = re.compile(r"(?:(?<![\w)\]\[\s])|\b(?:return|co_return|co_await|co_yield))\s*"
                    r"(?P<captures>\[(?!\[)(?:[^\[\]]|\[[^\[\]]*\])*\])\s*[({<]")
BY_REFERENCE = re.compile(r"(?:&(?:\s*\w+)?(?:\s*=.*)?|this)?", re.S)
NEW = re.compile(r"\bnew\b[^;(){}\[\]]*[({]")
CONTROL = re.compile(r"\b(?:if|for|while|switch|catch)(?:\s+constexpr)?\s*$")


def blank(text, start, end):
    """Replaces a part by spaces; lines and columns stay."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def without_comments_and_strings(text):
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def brackets(text):
    """The position of the bracket that closes each opening one."""
    closing, open_ones = {}, []
    for match in re.finditer(r"[(){}\[\]]", text):
        if match[0] in "({[":
            open_ones.append(match.start())
        elif open_ones:
            closing[open_ones.pop()] = match.start()
    return closing


def split_lambdas(text):
    """The text with the bodies of lambdas blanked, and each body by itself.

    All parts are as long as the text, so positions mean the same in each.
    """
    closing = brackets(text)
    parts, outer = [], text
    position = 0
    while match := LAMBDA.search(outer, position):
        body = outer.find("{", match.end("captures"))
        if body not in closing:
            break
        end = closing[body]
        inner = " " * (body + 1) + text[body + 1:end] + " " * (len(text) - end)
        parts += split_lambdas(inner)
        outer = blank(outer, body + 1, end)
        position = match.end("captures")
    return [outer, *parts]


def full_expressions(text):
    """Yields (start, end) of what lies between the ends of statements.

    Those are `;`, the braces of blocks (braces of initialisers contain no
    `;`), and the end of the head of an `if` or a loop.
    """
    closing = brackets(text)
    ends = {match.start() for match in re.finditer(";", text)}
    for start, end in closing.items():
        is_block = text[start] == "{" and ";" in text[start:end]
        if is_block or (text[start] == "(" and CONTROL.search(text, 0, start)):
            ends |= {start, end}
    start = 0
    for end in sorted(ends | {len(text)}):
        yield start, end
        start = end + 1


def suspects(text, start, end):
    """Yields (position, what is wrong) in one full expression."""
    for match in NEW.finditer(text, start, end):
        if AWAIT.search(text, match.end(), brackets(text).get(match.end() - 1, end)):
            yield match.start(), "what `new` makes of a co_await"
    for match in DESIGNATED.finditer(text, start, end):
        yield match.start(), "an aggregate temporary"
    for match in LAMBDA.finditer(text, start, end):
        captures = match["captures"][1:-1].split(",")
        if not all(BY_REFERENCE.fullmatch(name.strip()) for name in captures):
            yield match.start("captures"), "a temporary lambda that captures by value"


def check_file(path, text):
    lines = text.splitlines()
    found = set()
    for part in split_lambdas(without_comments_and_strings(text)):
        for start, end in full_expressions(part):
            if AWAIT.search(part, start, end):
                found |= set(suspects(part, start, end))
    for position, what in sorted(found):
        line = text.count("\n", 0, position)
        if "NOLINT(coawait)" not in lines[line]:
            yield f"{path}:{line + 1}: {what} in a co_await expression (see tests/lint/coawait.py)"


def check(root):
    for path in project.files(root, ".hpp", ".cpp"):
        yield from check_file(path, (root / path).read_text())


GOOD = """
task<void> f() {
  auto g = [s] { return s; };                    // no co_await here
  co_await to_thread(g);
  options o{.limit = 1};
  co_await map(xs, [&](int x) -> task<int> { co_return x; }, o);
  co_await map(xs, [](int x) { return point{.x = x}; });
  co_await with_group([&](group& g) -> task<void> {
    h({.name = "x"});                            // another full expression
    auto f = [x] { return x; };
    co_await g.spawn(f(), names[i], a[0](1));
  });
  co_await post([this, &x] { x = 1; });
  co_await post([x] { return x; });              // NOLINT(coawait): trivial
  for (auto& x : co_await all()) h([x] { return x; });
  if (co_await ready()) h({.name = "x"});
  // co_await f({.name = "x"});
  puts("co_await f({.name = 1});");
  [[maybe_unused]] auto n = co_await count(1'000);
  auto page = co_await http.get(url, get_options{}.limit(8));
  auto owned = std::make_unique<held>(co_await mutex.acquire());
  co_await keep(new held{std::move(got)});
}
"""
BAD = """
task<void> f() {
  co_await f({.name = "x"});
  auto page = (co_await http.get(url, options{ .name = "x" })).text();
  h(options{.name = "x"}, co_await g());
  co_await to_thread([s] { return s; });
  co_await to_thread([x = a[0]] { return x; });
  co_await to_thread([=]() mutable { return s; });
  co_await to_thread([&, s = std::move(s)] { return s; });
  co_await with_group([&](group& g) -> task<void> {
    co_await g.spawn(f({.name = "x"}));
    auto v = co_await map(xs,
                          [s](int x) { return x; });
  });
  for (auto& x : co_await all({.limit = "x"})) h(x);
  if (auto x = co_await get({.limit = "x"}); x) h(x);
  return co_await [s] { return g(s); }();
  auto* p = new held{co_await mutex.acquire()};
  keep(new std::pair<int, held>(1, co_await mutex.acquire()));
}
"""
SELF_TEST = {"actors/good.cpp": (GOOD, 0), "actors/bad.cpp": (BAD, 14)}

if __name__ == "__main__":
    sys.exit(project.main(check, SELF_TEST))

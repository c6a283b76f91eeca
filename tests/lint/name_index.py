"""Checks that examples/guide/index.md has every public name and its header.

A public name is one that a header of the project declares in namespace troupe,
outside of any `detail`. Its line is the first sentence of its doc comment.

Run without arguments in any folder of the project, with --self-test, or with
--write to write the index anew.
"""

import re
import sys

import project

INDEX = "examples/guide/index.md"
ROOTS = ("actors/", "messages/")
HEAD = """# Where each name is declared

`troupe/troupe.hpp` has what programs of tasks need, `troupe/actor.hpp` what actors of one's own need
besides. Each name is in `troupe::`, and each header in `troupe/`. The one macro, `TROUPE_MESSAGES`, is in
`msg/messages.hpp`. `./dev lint` compares this list with the headers; `tests/lint/name_index.py --write`
writes it.
"""
SECTIONS = (
    ("Tasks, and what they wait for", "troupe/"),
    ("Time, options, and actors to be shared", "troupe/core/"),
    ("Downloads", "troupe/http/"),
    ("Asio", "troupe/io/"),
    ("Tests", "troupe/testing/"),
    ("Errors and messages", "troupe/msg/"),
)

NOT_CODE = re.compile(r'///[^\n]*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                      r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|^\s*#(?:[^\\\n]|\\.)*",
                      re.S | re.M)
TYPE = re.compile(r"(?:class|struct|union|enum(?: class| struct)?)\s+"
                  r"(?:\[\[\w+\]\]\s*)?(\w+)(?!\w*\s*<)")
CALL = re.compile(r"(?:^|[\s*&>])(\w+)\s*\(")
# A comment that means what stands above it.
SAME = re.compile(r"The same,? ((?:after|as|for|from|in|inside|of|to|until|what|where|when|with|"
                  r"without)\b.*)")
VALUE = re.compile(r"(\w+)\s*(?:=|\{|$)")


def blank(match):
    """Comments and strings become spaces, lines and columns stay."""
    return re.sub(r"[^\n]", " ", match[0])


def close(text, start, opening, closing):
    """The position after the bracket that closes the one at `start`."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position + 1
    return len(text)


def declared(text):
    """What a declaration declares, without its template's head; or None."""
    text = re.sub(r"\[\[[^\]]*\]\]", " ", text).strip()
    while match := re.match(r"template\s*<", text):
        text = text[close(text, match.end() - 1, "<", ">"):].strip()
        while match := re.match(r"requires\s*\(", text):
            text = text[close(text, match.end() - 1, "(", ")"):].strip()
    if match := re.match(r"using\s+(\w+)\s*=|concept\s+(\w+)\s*=", text):
        return match[1] or match[2]
    if match := re.match(r"using\s+(?:\w+::)+(\w+)$", text):
        return match[1]
    if match := TYPE.match(text):
        return match[1]
    if re.match(r"(?:static_assert|friend|using|extern|namespace|operator)\b", text):
        return None
    while "<" in text and "operator" not in text:  # arguments of templates
        shorter = re.sub(r"<[^<>()]*(?:\([^()]*\)[^<>()]*)*>", " ", text, count=1)
        if shorter == text:
            break
        text = shorter
    if "operator" in text:
        return None
    if (match := CALL.search(text)) and "=" not in text[:match.start()]:
        return match[1] if match[1].islower() else None
    if match := VALUE.search(text):
        return match[1]
    return None


def sentence(comment):
    """The first sentence of the doc comment at the end of a text."""
    words = []
    for line in reversed(comment.rstrip().split("\n")):
        if not (match := re.match(r"\s*///(?: (.*)|$)", line)):
            break
        words.insert(0, match[1] or "")
    text = re.split(r"@|\b(?:Fails|Cancel|Order|Threads):", " ".join(words))[0]
    text = re.split(r"  |(?<=\.)(?<!e\.g\.)(?<!i\.e\.)\s(?=[A-Z`])", text)[0].strip()
    return text.rstrip(":").replace("|", "\\|")


def declarations(source):
    """Yields (name, sentence) in namespace troupe."""
    text = NOT_CODE.sub(blank, source)
    docs = NOT_CODE.sub(lambda m: m[0] if m[0].startswith("///") else blank(m), source)
    spaces = []
    start = position = 0
    while position < len(text):
        char = text[position]
        if char == "(":
            position = close(text, position, "(", ")")
            continue
        if char not in "{};":
            position += 1
            continue
        declaration = text[start:position].strip()
        space = re.match(r"(?:inline\s+)?namespace\s*([\w:]*)$", declaration)
        after = position + 1
        if char == "{" and space:
            spaces.append(space[1].split("::"))
        elif char == "}":
            if spaces:
                spaces.pop()
        else:
            if char == "{":
                after = close(text, position, "{", "}")
            here = [name for names in spaces for name in names]
            is_forward = char == ";" and re.match(
                r"(?:template\s*<.*>\s*)?(?:class|struct|enum\b[\w ]*)\s+\w+(?:\s*:.*)?$",
                declaration, re.S)
            if here[:1] == ["troupe"] and "detail" not in here and declaration \
                    and not is_forward and (name := declared(declaration)):
                begin = start + len(text[start:]) - len(text[start:].lstrip())
                yield "::".join([*here[1:], name]), sentence(docs[start:begin])
        start = position = after


def collect(root):
    """Yields (name, header, sentence), as the headers have them."""
    for path in project.files(root, ".hpp"):
        if not path.startswith(ROOTS) or "/detail/" in path:
            continue
        header = path.split("/", 1)[1]
        found, before = {}, ""
        for name, text in declarations((root / path).read_text()):
            if found.get(name):
                continue
            if before and (match := SAME.match(text)):
                text = f"As `{before}`, {match[1]}"
            elif text:
                before = name
            found[name] = text
        yield from ((name, header, text) for name, text in found.items())


def section_of(header):
    folder = header.rsplit("/", 1)[0] + "/"
    return next((title for title, prefix in SECTIONS if prefix == folder), None)


def index(names):
    """The text of the index."""
    names = list(names)
    parts = [HEAD]
    for title, prefix in SECTIONS:
        rows = sorted(row for row in names if section_of(row[1]) == title)
        if rows:
            parts.append(f"\n## {title}\n\n| name | header | |\n|---|---|---|\n")
            parts += (f"| `{name}` | `{header[len('troupe/'):]}` | {text} |\n"
                      for name, header, text in rows)
    return "".join(parts)


def check(root):
    path = root / INDEX
    if not path.is_file():
        return
    written = path.read_text().splitlines()
    right = index(collect(root)).splitlines()
    for line in sorted(set(right) - set(written)):
        yield f"{INDEX}: lacks: {line}"
    for line in sorted(set(written) - set(right)):
        yield f"{INDEX}: is out of date: {line}"
    if sorted(written) == sorted(right) and written != right:
        yield f"{INDEX}: the order is wrong"


GOOD = '''#pragma once
#include "x.hpp"
namespace caf { class actor_system; }
namespace troupe {
namespace detail {
/// Not public.
class inner {};
} // namespace detail
class forward;
template <class T, class U = std::vector<T>>
class declared_elsewhere;

/// Waits for a lock. It is fair.
///
/// Fails: never.
template <class T, class... Rest>
requires(sizeof(T) > 1) [[nodiscard]] task<std::vector<T>> wait(T x,
                                                   Rest... y = f(1)) {
  return {x};
}
/// The same for some time.
template <class T>
auto wait_for(T x) -> task<T>;
auto wait_for(int x);
/// What it is.
enum class kind : std::uint8_t { one, two };
/// Its options:
class options {
public:
  options& name(std::string x) { return *this; }
};
/// An alias.
using other = detail::inner;
inline constexpr duration forever = duration::max();
bool operator==(const options&, const options&);
static_assert(sizeof(int) > 1);
namespace io {
/// Runs.
class loop final : public base<int> { friend class x; };
} // namespace io
} // namespace troupe
'''
EXPECTED = [
    ("wait", "Waits for a lock."), ("wait_for", "As `wait`, for some time."),
    ("kind", "What it is."), ("options", "Its options"), ("other", "An alias."),
    ("forever", ""), ("io::loop", "Runs."),
]
CASES = {
    "actors/troupe/a.hpp": (GOOD, 0),
    "actors/troupe/detail/b.hpp": ("namespace troupe { class b {}; }", 0),
    # `forever` has another header, and one name is gone.
    INDEX: (index((name, "troupe/a.hpp", text) for name, text in EXPECTED)
            .replace("| `forever` | `a.hpp`", "| `forever` | `b.hpp`")
            + "| `gone` | `a.hpp` | |\n", 3),
}


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        (project.ROOT / INDEX).write_text(index(collect(project.ROOT)))
        sys.exit(0)
    sys.exit(project.main(check, CASES))

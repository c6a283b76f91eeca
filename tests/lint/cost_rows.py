"""Wants a row in the table of costs for each operation that there is.

An operation is a public function of a class, or a function, that a header
declares which `troupe/troupe.hpp` or `troupe/actor.hpp` includes. The rows
stand in tests/life/*_costs.cpp and name what they cover, as "lock::acquire".
What needs no row stands in FREE below, with the reason. Of a class without
operations the name itself needs a row.

Run without arguments in any folder of the project, or with --self-test.
"""

import re
import sys

import project

UMBRELLAS = ("troupe/troupe.hpp", "troupe/actor.hpp")
INCLUDE_ROOT = "actors"
# Those of core, messages and details are not for people.
PUBLIC = re.compile(r"troupe/(?:http/)?\w+\.hpp$")
TABLE = "tests/life"

# What needs no row, and why. A class stands for all that it has.
FREE = {
    "http::session": "what it costs are transfers: ./dev bench get",
    "http::response": "a value",
    "http::saved_file": "a value",
    "cancelled": "a value",
    "queue_state": "a value",
    "broadcast_state": "a value",
    "group_progress": "a value",
    "posted": "a value",
    "waited": "a value",
    "task_info": "a value",
    "fence::seen": "reads a number",
    "barrier::parties": "reads a number",
    "task::swap": "moves a pointer",
    "pause_guard": "see any_handle::pause",
    "timeout_scope::leave": "see with_timeout",
    "timeout_scope::timed_out": "see with_timeout",
    "retry_policy": "options",
}
# Options are set, not run.
OPTIONS = re.compile(r"_options$")

INCLUDE = re.compile(r'^#include "(troupe/[^"]+)"', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
COVERS = re.compile(r'\{\s*"\w+",\s*((?:"[^"]*"\s*)+),')
# A name before its parameters, where a declaration may have one.
FUNCTION = re.compile(r"\b([a-z]\w*)\s*\(")
CLASS = re.compile(r"\b(?:class|struct)\b[^;{}()]*?\b([a-z]\w*)(?:\s+final)?\s*(?::[^:;{][^;{]*)?$")
NO_NAME = {
    "alignas", "decltype", "explicit", "if", "noexcept", "operator", "requires",
    "return", "sizeof", "static_assert", "static_cast", "throw", "while",
}


def public_headers(root):
    """Those that the umbrellas include, and the public ones that these do."""
    known = set()
    left = [f"{INCLUDE_ROOT}/{name}" for name in UMBRELLAS]
    while left:
        path = root / left.pop()
        if not path.is_file():
            continue
        for header in INCLUDE.findall(path.read_text()):
            source = f"{INCLUDE_ROOT}/{header}"
            if PUBLIC.match(header) and source not in known:
                known.add(source)
                left.append(source)
    return sorted(x for x in known if (root / x).is_file())


def scopes(text):
    """Yields (head, body) of each pair of braces at the top of the text, and
    (statement, None) for what ends with `;`."""
    depth = parens = start = body = 0
    for i, char in enumerate(text):
        if char in "()":
            parens += 1 if char == "(" else -1
        elif char == "{":
            if depth == 0:
                body = i
                opened_in = parens
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0 and opened_in == 0:
                yield text[start:body].strip(), text[body + 1 : i]
                start = i + 1
        elif char == ";" and depth == 0 and parens == 0:
            yield text[start:i].strip(), None
            start = i + 1


def function_name(head):
    """The name of the function that a declaration declares, if any."""
    if "friend" in head or "operator" in head or head.startswith(("using", "extern")):
        return None
    head = re.sub(r"\btemplate\s*<[^{;]*?>(?=\s*[\w\[:])", "", head, count=1)
    head = re.sub(r"\b(?:requires|noexcept|decltype)\s*\((?:[^()]|\([^()]*\))*\)", "", head)
    for match in FUNCTION.finditer(head):
        if match[1] not in NO_NAME:
            return match[1]
    return None


def operations_of_class(name, body):
    # Of a struct or a class: what comes after `public:`; see `operations`.
    found = []
    for part in re.split(r"^\s*(?=(?:public|protected|private):)", body, flags=re.M):
        if not re.match(r"\s*public:", part):
            continue
        for head, _ in scopes(re.sub(r"^\s*public:", "", part)):
            method = function_name(head)
            if method and method != name and f"~{name}" not in head:
                found.append(f"{name}::{method}")
    return found


def operations(text, prefix=""):
    """The names of all that a header declares for people."""
    found = []
    for head, body in scopes(text):
        namespace = re.search(r"\bnamespace\s+([\w:]+)$", head)
        declared = CLASS.search(head)
        if namespace and body is not None:
            name = namespace[1]
            if name.endswith("detail") or name in ("caf", "std", "v1"):
                continue
            inner = "" if name == "troupe" else name.removeprefix("troupe::") + "::"
            found += operations(body, prefix + inner)
        elif declared and body is not None and "enum" not in head:
            name = declared[1]
            if head.lstrip().startswith("struct") or re.search(r">\s*struct\b", head):
                body = "public:\n" + body
            methods = operations_of_class(name, body)
            found += [prefix + x for x in methods or [name]]
        elif not declared:
            name = function_name(head)
            if name:
                found.append(prefix + name)
    return found


def clean(text):
    text = COMMENT.sub("", text)
    return re.sub(r"^\s*#.*$", "", text, flags=re.M)


def is_free(name):
    owner = name.rpartition("::")[0]
    return name in FREE or owner in FREE or bool(OPTIONS.search(owner or name))


def rows(root):
    covered = set()
    for path in sorted((root / TABLE).glob("*_costs.cpp")):
        for names in COVERS.findall(path.read_text()):
            covered |= set("".join(re.findall(r'"([^"]*)"', names)).split())
    return covered


def check(root):
    covered = rows(root)
    for header in public_headers(root):
        text = clean((root / header).read_text())
        for name in dict.fromkeys(operations(text)):
            if name.replace("basic_queue", "queue") not in covered and not is_free(name):
                yield (f"{header}: {name} has no row in the table of costs, "
                       f"{TABLE}/*_costs.cpp")


SELF_TEST = {
    "actors/troupe/troupe.hpp": ('#include "troupe/gate.hpp"\n#include "troupe/gone.hpp"', 0),
    "actors/troupe/gate.hpp": (
        """#include "troupe/bolt.hpp"
#include "troupe/core/deep.hpp"
namespace caf { class actor; }
namespace troupe {
namespace detail { void helper(); class hidden { public: void run(); }; }
enum class color { red };
/// class old { void gone(); };
template <class T>
class gate : public detail::hidden {
public:
  explicit gate(int x = f()) : x_(g(x)) {}
  ~gate() { open(); }
  [[nodiscard]] task<void> open() const { return detail::helper(shut()); }
  template <class Rep>
  requires(sizeof(Rep) > 1) task<void> open_for(duration<Rep> x);
  task<void> shut() noexcept(false);
  friend bool operator==(const gate&, const gate&) = default;
protected:
  void mine();
private:
  void other();
  int x_;
};
class gate_options { public: gate_options& wide(bool x); };
class empty : public gate<int> { using gate::gate; };
struct waited { int size() const; };
template <detail::is_op... Ops>
task<void> choose(Ops... ops) { co_await first(ops...); }
inline void trivial() {}
}
""",
        3,  # gate::shut, empty, trivial
    ),
    "actors/troupe/bolt.hpp": ("namespace troupe { namespace x { void slide(); } }", 1),
    "actors/troupe/core/deep.hpp": ("namespace troupe { void deep(); }", 0),
    "actors/troupe/apart.hpp": ("namespace troupe { void apart(); }", 0),
    "tests/life/gate_costs.cpp": (
        """return {{"Opening", "gate::open "
                   "gate::open_for", 10'000, f},
                {"Choosing", "choose", 5, [](std::size_t n) -> task<void> {}}};""",
        0,
    ),
}

if __name__ == "__main__":
    sys.exit(project.main(check, SELF_TEST))

#!/usr/bin/env python3
"""House style as a test: what the compiler and clang-tidy do not see.

Prints one line for each finding, `file:line: what; what to do`, and fails when there is one. Every rule is a
function from a Tree (the files as text, in memory) to findings, listed in RULES; tidy_test.py
shows what each accepts.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

LINE_LIMIT = 110
FILE_LIMIT = 1000
SEED_LIMIT = 64 * 1024
CODE_FOLDERS = ("src/", "tests/", "fuzz/", "bench/", "cmake/")
FOREIGN_HEADERS = re.compile(r"<(nghttp2/|openssl/|ares|sqlite3|yaml|zlib|boost/|asio|grpc|spdlog/|CLI/"
                             r"|nlohmann/|simdjson)")
# Comments, literals and numbers with separators, so that 1'000 does not open a character literal.
TOKENS = re.compile(r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>R"(?P<end>[^()\\\s]{0,16})\(.*?\)(?P=end)")"""
                    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z])'(?:\\.|[^'\\\n])+')|\d[\w']*""", re.S)


def blank(code):
    """The code without comments and without the inside of literals; every line stays where it is."""
    def replace(match):
        token = match.group(0)
        if match.lastgroup == "comment":
            return "\n" * token.count("\n")
        if match["raw"] or match["text"]:
            return '""' + "\n" * token.count("\n")
        return token
    return TOKENS.sub(replace, code)


class Tree:
    """The files of a checkout: path to bytes. `here` is the folder that holds the checkout."""

    def __init__(self, files, here=""):
        self.files, self.here = files, here
        self.texts = {}
        for path, content in files.items():
            if b"\0" not in content:
                self.texts[path] = content.decode("utf-8", "replace")
        self.code = {path: text for path, text in self.texts.items()
                     if path.endswith((".h", ".cpp")) and path.startswith(CODE_FOLDERS)}
        self.blanked = {path: blank(text) for path, text in self.code.items()}
        self.arrows = {}
        for line in self.texts.get("cmake/arrows.txt", "").splitlines():
            if matched := re.match(r"([a-z_]+):(.*)", line):
                self.arrows[matched[1]] = set(matched[2].split())
        self.includes = {path: [(number, matched[1]) for number, line in enumerate(text.split("\n"), 1)
                                if (matched := re.match(r'\s*#\s*include\s*"([^"]+)"', line))]
                         for path, text in self.code.items()}

    def module(self, below_src):
        """The module of a path below src/, the longest that fits; None when there is none."""
        fitting = [name for name in self.arrows if below_src.startswith(name.replace("_", "/") + "/")]
        return max(fitting, key=len, default=None)


def is_test(path):
    return path.endswith(("_test.cpp",
                          "_benchmark.cpp")) or "/testing/" in path or not path.startswith("src/")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def users_of(tree):
    """Header to the files that include it."""
    users = {}
    for path, included in tree.includes.items():
        for _, header in included:
            users.setdefault("src/" + header, set()).add(path)
    return users


def arrows(tree):
    for path, included in tree.includes.items():
        if path.startswith("src/"):
            module = tree.module(path[4:])
        elif path.startswith("fuzz/"):
            module = tree.module(path[5:].replace("_", "/"))
        else:
            continue
        for number, header in included:
            target = tree.module(header)
            if target and target != module and target not in tree.arrows.get(module, ()):
                yield path, number, f"{module} may not include {target} ({header})", "see cmake/arrows.txt"


def kinds_unknown(tree):
    """Telemetry works without Kubernetes; only its discovery knows what a pod is."""
    for path, included in tree.includes.items():
        if path.startswith("src/telemetry/") and not path.startswith("src/telemetry/discovery/"):
            for number, header in included:
                if header.startswith("model/kinds/"):
                    yield (path, number, f"{header} is a Kubernetes kind",
                           "only telemetry/discovery knows kinds")


def testing_folders(tree):
    for path, included in tree.includes.items():
        for number, header in included:
            if "/testing/" in header and not is_test(path):
                yield path, number, f"{header} is for tests", "only tests and testing/ folders include it"


def included_sources(tree):
    for path, included in tree.includes.items():
        for number, header in included:
            if not header.endswith(".h"):
                yield path, number, f"{header} is no header", "declare what is needed in a header"


def foreign_headers(tree):
    """A header may name a library only when it is private: included by sources of its own module alone."""
    users = users_of(tree)
    for path, text in tree.code.items():
        private = all(user.endswith(".cpp") and tree.module(user[4:]) == tree.module(path[4:])
                      for user in users.get(path, ()))
        if path.startswith("src/") and path.endswith(".h") and not private:
            for number, line in enumerate(text.split("\n"), 1):
                if line.lstrip().startswith("#include") and FOREIGN_HEADERS.search(line):
                    yield path, number, f"{line.strip()} in a header", "include it in the .cpp that wraps it"


def closing(code, at):
    """The offset behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i + 1
    return len(code)


def opening(code, at):
    """The offset of the bracket that the one at `at` closes."""
    depth = 0
    for i in range(at, -1, -1):
        if code[i] in ")]}":
            depth += 1
        elif code[i] in "([{":
            depth -= 1
            if depth == 0:
                return i
    return 0


def opens_block(code, at):
    """True when the brace at `at` begins a body, false when it begins an initialiser."""
    before = code[:at].rstrip()
    if not before or before[-1] in ");{}]:":
        return True
    tail = before[max(before.rfind(c) for c in ";{})") + 1:]
    word = re.search(r"(\w+)$", before)
    return "->" in tail or bool(word) and word[1] in ("else", "do", "try", "const", "noexcept", "override",
                                                      "mutable",
                                                      "final")


def statement_around(code, at):
    """(offset, text) of the statement that holds `at`; bodies of lambdas inside it are left out."""
    start = at
    while start > 0:
        c = code[start - 1]
        if c == ";" or (c == "{" and opens_block(code, start - 1)):
            break
        if c == "}":
            if re.match(r"\s*[^\s),.;\]}?<>=&|+*/-]", code[start:]):
                break
            start = opening(code, start - 1)
        elif c == ")":
            start = opening(code, start - 1)
        else:
            start -= 1
    out, i, depth = [], start, 0
    while i < len(code):
        c = code[i]
        if c == "{" and opens_block(code, i):
            if depth == 0 and i > at:
                # The body of an if, a loop; or of a lambda that the statement names or calls at once.
                after = code[closing(code, i):].lstrip()[:1]
                if after not in ("(", ";", ",", ")"):
                    break
            i = closing(code, i)
            continue
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if i > at and (depth < 0 or c == ";" and depth <= 0):
            break
        out.append(c)
        i += 1
    return start, "".join(out)


LAMBDA = re.compile(r"(?<![\w\])\[])\s*\[(?!\[)([^\[\]]*)\]\s*(?=[({<]|mutable|->|$|[),;])")


def awaits(tree):
    advice = "bind it to a name first, await second (GCC 12 destroys it twice)"
    for path, code in tree.blanked.items():
        seen = set()
        for matched in re.finditer(r"\bco_await\b", code):
            start, text = statement_around(code, matched.start())
            if start in seen:
                continue
            seen.add(start)
            number = line_of(code, matched.start())
            if re.search(r"\bauto\s*&{0,2}\s*\[[^\]]*\]\s*=\s*[^;]*\bco_await\b", text):
                yield path, number, "structured binding of an awaited value", "bind first, take apart second"
                continue
            # The declared name on the left of `=` belongs to no temporary.
            value = re.sub(r"^[\w\s:<>,&*]+?(?<![=!<>])=(?!=)", "", text, count=1)
            for lambda_ in LAMBDA.finditer(value):
                captures = [c.strip() for c in lambda_[1].split(",") if c.strip()]
                if not all(re.fullmatch(r"this|&\s*\w+", c) for c in captures):
                    yield path, number, f"lambda with [{lambda_[1]}] in a statement with co_await", advice
                    break
            if re.search(r"^\s*\{|[\w>]\s*\{|\(\s*\{|,\s*\{|=\s*\{|\breturn\s*\{", value):
                yield path, number, "braced value in a statement with co_await", advice
            if re.search(r"co_await\s*\([^()]*\?", value):
                yield path, number, "a choice of tasks that is awaited", advice
            if re.search(r'\?\s*"[^"]*"\s*:(?!\s*")|\?[^?:"]*:\s*"', value):
                yield path, number, "a text or something else, chosen in a statement with co_await", advice


BANNED = [
    (r"\busing\s+namespace\s+(?!std::(?:\w+::)*\w*literals\b)", lambda p: p.endswith(".h"),
     "`using namespace` in a header", "name what you use"),
    (r"\bstd::j?thread\b", lambda p: not p.startswith("src/io/") and not is_test(p),
     "a thread outside io/", "run on a Loop or on the Pool"),
    (r"\bthis_thread::sleep_|\b(?:usleep|nanosleep)\s*\(|(?:^|[;{}(])\s*(?:::)?sleep\s*\(", lambda p: True,
     "a blocking sleep", "wait on the Loop; in tests on a condition or SimLoop"),
    (r"(?<!operator )\bnew\s+[\w:]", lambda p: True, "naked new",
     "use make_unique, make_shared or a container"),
    (r"(?:^|[;{}])\s*delete\b(?:\s*\[\])?\s*\w", lambda p: True, "naked delete", "let an owner do it"),
    (r"\bstd::cout\b", lambda p: True, "std::cout", "use Log, or fmt::print in app/"),
    (r"\[=\s*[\],]", lambda p: True, "[=] captures", "name what the lambda takes"),
]


def banned(tree):
    for expression, applies, what, advice in BANNED:
        pattern = re.compile(expression, re.M)
        for path, code in tree.blanked.items():
            if applies(path):
                for matched in pattern.finditer(code):
                    yield path, line_of(code, matched.end() - 1), what, advice
    for path, text in tree.texts.items():
        if path.endswith(".py") and path.startswith("tests/") and not path.startswith("tests/harness/"):
            for matched in re.finditer(r"\btime\.sleep\(", text):
                number = line_of(text, matched.start())
                yield path, number, "a sleep in a journey", "await the thing with wait_until"


def lines(tree):
    for path, text in tree.texts.items():
        if path not in tree.code and not path.endswith(".py") and path != "dev":
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > LINE_LIMIT:
                yield path, number, f"{len(line)} columns", f"{LINE_LIMIT} are allowed"
        if path.endswith((".cpp", ".h")) and text.count("\n") > FILE_LIMIT:
            yield path, FILE_LIMIT, f"{text.count(chr(10))} lines", f"split it; {FILE_LIMIT} are allowed"


def file_comments(tree):
    for path, text in tree.code.items():
        if not text.startswith("//"):
            yield path, 1, "no file comment", "say in one to five lines what the file is for"
        if path.endswith(".h") and "#pragma once" not in text:
            yield path, 1, "no #pragma once", "put it below the file comment"


# Built and tested for several servers over one store; a single server leads without asking.
WAITING_HEADERS = {"src/client/leader.h"}


def dead_headers(tree):
    users = users_of(tree)
    for path in tree.code:
        if path.startswith("src/") and path.endswith(".h") and path not in WAITING_HEADERS:
            stem = path.removesuffix(".h")
            own = set() if "/testing/" in path else {stem + ".cpp", stem + "_test.cpp",
                                                     stem + "_benchmark.cpp"}
            if not users.get(path, set()) - own:
                yield path, 1, "nobody but its own source and test includes it", "use it or remove it"


def blobs(tree):
    for path, content in tree.files.items():
        seed = path.startswith("fuzz/corpus/") and len(content) <= SEED_LIMIT
        if b"\0" in content and not seed:
            yield path, 1, "a binary file", "build it from its source; only fuzz seeds may be binary"


def readmes(tree):
    for module in tree.arrows:
        folder = f"src/{module.replace('_', '/')}/"
        if any(path.startswith(folder) for path in tree.files) and folder + "README.md" not in tree.files:
            yield folder + "README.md", 1, "a module without README.md", "say in half a page what it is for"


def machine_paths(tree):
    if len(tree.here) > 1:
        pattern = re.compile(r"(?<![\w.-])" + re.escape(tree.here) + r"/")
        for path, text in tree.texts.items():
            for matched in pattern.finditer(text):
                number = line_of(text, matched.start())
                yield path, number, "a path of this machine", "write it relative to the repository"


RULES = [arrows, kinds_unknown, testing_folders, included_sources, foreign_headers, awaits, banned, lines,
         file_comments, dead_headers, blobs, readmes, machine_paths]


def read(root):
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, check=True,
                           capture_output=True).stdout.decode().split("\0")
    paths = [name for name in dict.fromkeys(names) if name and (root / name).is_file()]
    return Tree({name: (root / name).read_bytes() for name in paths}, str(root.parent))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--summary", type=pathlib.Path, help="write the counts of kept and broken rules here")
    parser.add_argument("paths", nargs="*", help="show findings below these paths only")
    options = parser.parse_args()
    tree = read(pathlib.Path(__file__).resolve().parent.parent)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for rule in RULES:
        findings = [f for f in rule(tree) if not options.paths or f[0].startswith(tuple(options.paths))]
        counts["failed" if findings else "passed"] += 1
        for path, number, what, advice in sorted(findings):
            print(f"{path}:{number}: {what}; {advice}")
    if options.summary:
        options.summary.write_text(json.dumps(counts))
    print(f"tidy: {counts['passed']} rules kept, {counts['failed']} broken")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Shows what each rule of tidy.py refuses and what it accepts, on small trees in memory."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import slowest_units  # noqa: E402
import test_summary  # noqa: E402
import tidy  # noqa: E402

ARROWS = "# comment\nbase:\nio: base\nmesh_proxy: base io\napp: base io mesh_proxy\n"


def tree(files, here=""):
    contents = {"cmake/arrows.txt": ARROWS, **files}
    return tidy.Tree({path: text if isinstance(text, bytes) else text.encode() for path,
                      text in contents.items()}, here)


def found(rule, files, here=""):
    """[(path:line, what)] of a rule over some files."""
    return [(f"{path}:{number}", what) for path, number, what, _ in rule(tree(files, here))]


def awaits(body):
    """How many findings the co_await rule has in a coroutine with this body."""
    return len(found(tidy.awaits, {"src/io/a.cpp": "Task<> f(int x) {\n" + body + "\n}\n"}))


class Blanking(unittest.TestCase):
    def test_comments_and_literals_vanish_and_lines_stay(self):
        code = ('int a = 1\'000; // new int\nauto b = "new \\" x"; /* new\nnew */ char c = \'"\';'
                'auto d = R"x(new\n)" )x";e')
        blanked = tidy.blank(code)
        self.assertNotIn("new", blanked)
        self.assertEqual(blanked.count("\n"), code.count("\n"))
        self.assertTrue(blanked.endswith(";e"))
        self.assertIn("1'000", blanked)


class Arrows(unittest.TestCase):
    def test_an_include_without_an_arrow_is_found_with_its_line(self):
        self.assertEqual(found(tidy.arrows, {"src/base/x.h": '// x\n#include "io/task.h"\n'}),
                         [("src/base/x.h:2", "base may not include io (io/task.h)")])

    def test_the_own_module_and_its_arrows_are_allowed_also_in_nested_folders(self):
        self.assertEqual(found(tidy.arrows, {"src/mesh/proxy/filters/x.cpp":
                                             '#include "mesh/proxy/filter.h"\n#include "io/task.h"\n'}), [])

    def test_nobody_includes_app_and_fuzz_targets_obey_their_module(self):
        self.assertEqual(len(found(tidy.arrows, {"src/io/x.cpp": '#include "app/role.h"\n'})), 1)
        self.assertEqual(len(found(tidy.arrows, {"fuzz/io_line_fuzz.cpp": '#include "mesh/proxy/x.h"\n'})), 1)
        self.assertEqual(found(tidy.arrows, {"fuzz/io_line_fuzz.cpp": '#include "base/x.h"\n'}), [])

    def test_telemetry_knows_no_kinds_but_for_its_discovery(self):
        include = '#include "model/kinds/core/v1/pod.h"\n'
        self.assertEqual(len(found(tidy.kinds_unknown, {"src/telemetry/logs/x.cpp": include})), 1)
        for path in ("src/telemetry/discovery/x.cpp", "src/node/x.cpp"):
            self.assertEqual(found(tidy.kinds_unknown, {path: include}), [])

    def test_fakes_are_for_tests(self):
        include = '#include "io/testing/fake.h"\n'
        self.assertEqual(len(found(tidy.testing_folders, {"src/io/x.cpp": include})), 1)
        for path in ("src/io/x_test.cpp", "src/io/testing/y.h", "tests/sim/x.cpp"):
            self.assertEqual(found(tidy.testing_folders, {path: include}), [])

    def test_sources_are_not_included(self):
        self.assertEqual(len(found(tidy.included_sources, {"src/io/x.cpp": '#include "io/y.cpp"\n'})), 1)
        self.assertEqual(found(tidy.included_sources, {"src/io/x.cpp": '#include "io/y.h"\n'}), [])

    def test_foreign_headers_stay_out_of_headers(self):
        header = {"src/io/x.h": "#include <openssl/ssl.h>\n"}
        include = '#include "io/x.h"\n'
        for user in ("src/io/y.h", "src/app/y.cpp"):
            self.assertEqual(len(found(tidy.foreign_headers, {**header, user: include})), 1)
        self.assertEqual(found(tidy.foreign_headers, {**header, "src/io/y.cpp": include}), [])
        self.assertEqual(found(tidy.foreign_headers, {"src/io/x.cpp": "#include <openssl/ssl.h>\n",
                                                      "src/io/y.h": "#include <vector>\n"}), [])


class Awaits(unittest.TestCase):
    def test_braced_temporaries_are_refused(self):
        for body in ("co_await (x == 1 ? f() : g());", 'co_await f(x ? "a" : y.message());',
                     'co_await f(x ? y.message() : "a");',
                     "co_await use(Error{500, text});", "co_await create(Pod{});", "co_await f({.a = x});",
                     "co_await f(x, {1, 2});", "Opt o{.a = co_await f()};", "Opt o = {co_await f()};",
                     "co_await f(vector<int>{1});", "co_return Pair{co_await f(), 1};",
                     "co_return {co_await f(), 1};",
                     "if (co_await f(Pod{})) { g(); }", "while (auto k = co_await q.next(Key{})) {}",
                     "TRY_CO(x, co_await f(Pod{1}));", "auto x = co_await f(Pod{}); { g(); }",
                     "for (int i{0}; i < 3; ++i) {\n  co_await f(Pod{i});\n}",
                     "auto g = [&x]() -> Task<> { co_await f(Pod{}); };"):
            self.assertEqual(awaits(body), 1, body)

    def test_capturing_closures_are_refused(self):
        for body in ("co_await run([big] { g(); });", "co_await run([&] { g(); });",
                     "co_await run([x = 1] { g(); });",
                     "co_await run([this, big](int n) { return n; });",
                     "auto x = co_await run([=] { g(); });"):
            self.assertEqual(awaits(body), 1, body)

    def test_structured_bindings_of_awaited_values_are_refused(self):
        self.assertEqual(awaits("auto [a, b] = co_await f();"), 1)
        self.assertEqual(awaits("const auto& [a, b] = co_await f();"), 1)

    def test_good_statements_are_accepted(self):
        for body in ("co_await f(x);", "auto y = co_await f(x);", "Pod pod{1};\n  co_await create(pod);",
                     "co_await create(Pod());", "co_await run([&x] { return x; });",
                     "co_await run([this] { g(); });",
                     "co_await run([] { Pod p{1}; g(p); });", "if (co_await f(x)) { Pod p{1}; }",
                     "if (x) { Pod p{1}; g(p); }\n  co_await f(x);",
                     "while (auto k = co_await q.next()) { Pod p{1}; }",
                     "std::map<int, int> m = {{1, 2}};\n  co_await f(m);", "auto y = list[co_await f(x)];",
                     "for (auto& e : list) {\n    co_await f(e);\n  }\n  Pod p{1};",
                     "auto [a, b] = g();\n  co_await f(a);",
                     "const Pod p{1};\n  auto s = g(p);\n  co_await s.go();",
                     "try { co_await f(x); } catch (...) { Pod p{1}; }", "else_ = co_await f(x);",
                     "co_return co_await f(x);", "switch (co_await f(x)) { case 1: Pod{1}; }",
                     "auto g = [&x]() -> Task<> { co_await f(x); };\n  Pod p{2};",
                     "co_await f(x, list[0], other[i]);",
                     "co_await f(\"{\", '{');  // Pod{1}"):
            self.assertEqual(awaits(body), 0, body)

    def test_members_of_classes_are_accepted(self):
        code = ("class A final : public B {\n public:\n  Task<> f() override {\n    co_await g();\n  }\n"
                "  Task<> h() const { co_await g(); }\n  int n_{3};\n};\n")
        self.assertEqual(found(tidy.awaits, {"src/io/a.h": code}), [])


class Banned(unittest.TestCase):
    def count(self, path, code):
        return len(found(tidy.banned, {path: code}))

    def test_refused(self):
        for path, code in (("src/io/a.h", "using namespace std;\n"),
                           ("src/base/a.cpp", "std::thread t(f);\n"),
                           ("src/io/a.cpp", "std::this_thread::sleep_for(1s);\n"),
                           ("src/io/a.cpp", "  ::sleep(1);\n"),
                           ("src/io/a.cpp", "f(); usleep(3);\n"), ("src/io/a.cpp", "auto* p = new Pod();\n"),
                           ("src/io/a.cpp", "  delete p;\n"), ("src/io/a.cpp", "  delete[] p;\n"),
                           ("src/io/a.cpp", "std::cout << 1;\n"), ("src/io/a_test.cpp", "f([=] { g(); });\n"),
                           ("tests/journeys/a_journey.py", "time.sleep(1)\n")):
            self.assertEqual(self.count(path, code), 1, code)

    def test_accepted(self):
        for path, code in (("src/io/a.h", "using namespace std::chrono_literals;\n"),
                           ("src/io/a.cpp", "std::thread t;\n"),
                           ("src/base/a_test.cpp", "std::jthread t(f);\n"),
                           ("src/io/a.cpp", "co_await loop.sleep(1s);\n"),
                           ("src/io/a.h", "  Sleep sleep(Duration d);\n  Sleep sleep_until(Time at);\n"),
                           ("src/io/a.cpp", "new (place) Pod();\n"),
                           ("src/io/a.h", "A(const A&) = delete;\n  void operator delete(void* p);\n"),
                           ("src/io/a.cpp", "// a new thing; std::cout\nf(\"std::cout new x\");\n"),
                           ("src/io/a.h", "  auto sleep(Duration d) { return Sleep(*this, d); }\n"),
                           ("tests/harness/wait.py", "time.sleep(1)\n")):
            self.assertEqual(self.count(path, code), 0, code)

    def test_the_line_is_that_of_the_word(self):
        self.assertEqual(found(tidy.banned, {"src/io/a.cpp": "f();\n\n  delete p;\n"}),
                         [("src/io/a.cpp:3", "naked delete")])


class Files(unittest.TestCase):
    def test_long_lines_and_long_files(self):
        self.assertEqual(found(tidy.lines, {"src/a.cpp": "//\n" + "x" * 111 + "\n"}),
                         [("src/a.cpp:2", "111 columns")])
        self.assertEqual(found(tidy.lines, {"src/a.cpp": "ü" * 110}), [])
        self.assertEqual(len(found(tidy.lines, {"src/a.cpp": "x\n" * 1001})), 1)
        self.assertEqual(found(tidy.lines, {"src/a.cpp": "x\n" * 1000, "notes.md": "x" * 200}), [])

    def test_file_comments_and_guards(self):
        self.assertEqual(len(found(tidy.file_comments, {"src/a.h": "int f();\n"})), 2)
        self.assertEqual(found(tidy.file_comments,
                               {"src/a.h": "// A.\n#pragma once\n", "src/a.cpp": "// A.\n"}), [])

    def test_a_header_that_only_its_own_source_and_test_include_is_dead(self):
        files = {"src/io/a.h": "", "src/io/a.cpp": '#include "io/a.h"\n',
                 "src/io/a_test.cpp": '#include "io/a.h"\n'}
        self.assertEqual([place for place, _ in found(tidy.dead_headers, files)], ["src/io/a.h:1"])
        self.assertEqual(found(tidy.dead_headers, {**files, "src/io/b.cpp": '#include "io/a.h"\n'}), [])

    def test_binary_files_are_refused_but_for_small_seeds(self):
        self.assertEqual(len(found(tidy.blobs, {"docs/x.bin": b"a\0b"})), 1)
        self.assertEqual(found(tidy.blobs, {"fuzz/corpus/protobuf/x": b"a\0b", "docs/x.md": b"text"}), [])

    def test_each_module_has_a_readme(self):
        self.assertEqual(found(tidy.readmes, {"src/mesh/proxy/a.h": ""})[0][0], "src/mesh/proxy/README.md:1")
        self.assertEqual(found(tidy.readmes, {"src/io/a.h": "", "src/io/README.md": ""}), [])

    def test_paths_of_this_machine_are_found(self):
        files = {"docs/x.md": "see\n/home/jane/notes and usr/home/jane/x\n"}
        self.assertEqual(found(tidy.machine_paths, files, "/home/jane"),
                         [("docs/x.md:2", "a path of this machine")])
        self.assertEqual(found(tidy.machine_paths, files, "/"), [])


class SlowestUnits(unittest.TestCase):
    LOG = "# ninja log v5\n0\t2500\t50\ta.dir/src/x.cpp.o\th\n0\t900\t60\tb.dir/y.cpp.o\th\n" \
          "0\t9000\t10\told.o\th\n5\t50000\t70\tbinary\th\n"

    def test_only_objects_of_this_build_count_and_the_slowest_is_first(self):
        self.assertEqual(slowest_units.slowest(self.LOG, 50),
                         [(2.5, "a.dir/src/x.cpp.o"), (0.9, "b.dir/y.cpp.o")])
        nowhere = pathlib.Path("nowhere")
        self.assertEqual(slowest_units.readable("CMakeFiles/a.dir/src/x.cpp.o", nowhere), "src/x.cpp")

    def test_a_batch_is_told_by_its_module_and_its_ends(self):
        with tempfile.TemporaryDirectory() as root:
            build = pathlib.Path(root).resolve() / "build" / "dev"
            unity = build / "CMakeFiles" / "a.dir" / "Unity" / "unity_0_cxx.cxx"
            unity.parent.mkdir(parents=True)
            source = build.parent.parent / "src"
            unity.write_text(f'/* made */\n#include "{source}/x.cpp"\n\n#include "{source}/y.cpp"\n')
            self.assertEqual(slowest_units.readable("CMakeFiles/a.dir/Unity/unity_0_cxx.cxx.o", build),
                             "a: src/x.cpp .. src/y.cpp")


class Summary(unittest.TestCase):
    CTEST = ('<testsuite><testcase name="io" status="run"/><testcase name="model" status="fail"/>'
             '<testcase name="fuzz_json" status="run"/><testcase name="gone" status="notrun"/></testsuite>')

    def test_binaries_count_by_their_tests_and_a_crash_counts_as_a_failure(self):
        reports = {
            "io": '<testsuites tests="5" failures="0" disabled="1"><testsuite skipped="1"/></testsuites>'}
        self.assertEqual(test_summary.unit_tests(self.CTEST, reports),
                         {"passed": 4, "failed": 2, "skipped": 2})

    def test_failures_inside_a_binary_are_counted_once(self):
        reports = {"model": '<testsuites tests="7" failures="2" disabled="0"/>'}
        self.assertEqual(test_summary.unit_tests(
            '<testsuite><testcase name="model" status="fail"/></testsuite>', reports),
            {"passed": 5, "failed": 2, "skipped": 0})


if __name__ == "__main__":
    sys.exit(test_summary.run_unittests())

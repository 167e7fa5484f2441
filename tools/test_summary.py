#!/usr/bin/env python3
"""Adds up what the parts of `./dev test` reported and ends with one line: N passed, N failed, N skipped.

The folder holds ctest.xml, one GoogleTest report for each test binary (NAME_test.xml) and JSON counts of the
other parts. A part that wrote nothing has crashed and counts as a failure.
"""
import argparse
import json
import pathlib
import sys
import unittest
import xml.etree.ElementTree as xml

PARTS = ("tidy_test", "tidy", "harness_test", "journeys")


def unit_tests(ctest, reports):
    """Counts of the ctest report (text); a binary with a GoogleTest report counts by its single tests."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for case in xml.fromstring(ctest).iter("testcase"):
        failed = case.get("status") != "run"
        counts = {"passed": 0 if failed else 1, "failed": 1 if failed else 0, "skipped": 0}
        if text := reports.get(case.get("name")):
            root = xml.fromstring(text)
            skipped = int(root.get("disabled", 0)) + sum(int(s.get("skipped", 0))
                                                         for s in root.iter("testsuite"))
            failures = int(root.get("failures", 0)) + int(root.get("errors", 0))
            counts = {"passed": int(root.get("tests")) - failures - skipped, "failed": failures,
                      "skipped": skipped}
            # Its tests were fine but the process was not: a leak at the end, a crash on the way out.
            if failed and failures == 0:
                counts["failed"] = 1
        for key, value in counts.items():
            total[key] += value
    return total


def run_unittests():
    """main() of a Python test file: its tests by unittest, its counts into the file that --summary names."""
    parser = argparse.ArgumentParser(description="Runs the tests of this file; other options go to unittest.")
    parser.add_argument("--summary", type=pathlib.Path, help="write the counts here")
    options, rest = parser.parse_known_args()
    result = unittest.main(argv=[sys.argv[0], *rest], exit=False).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    if options.summary:
        passed = result.testsRun - failed - skipped
        options.summary.write_text(json.dumps({"passed": passed, "failed": failed, "skipped": skipped}))
    return 1 if failed else 0


def read_report(path):
    """The text of a GoogleTest report, or None: a process that died left it out or half written."""
    try:
        text = path.read_text()
        xml.fromstring(text)
        return text
    except (OSError, xml.ParseError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    results = parser.parse_args().results
    rows = {}
    try:
        reports = {p.stem.removesuffix("_test"): read_report(p) for p in results.glob("*.xml")
                   if p.name != "ctest.xml"}
        rows["unit tests and fuzz corpora"] = unit_tests((results / "ctest.xml").read_text(), reports)
    except (OSError, xml.ParseError):
        rows["unit tests and fuzz corpora"] = {"passed": 0, "failed": 1, "skipped": 0}
    for part in PARTS:
        try:
            rows[part] = json.loads((results / f"{part}.json").read_text())
        except (OSError, ValueError):
            rows[part] = {"passed": 0, "failed": 1, "skipped": 0}
    for name, counts in rows.items():
        print(f"{name}: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    passed, failed, skipped = (sum(counts[key] for counts in rows.values())
                               for key in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs the journeys: what a user does, from start to end, with the real binary and the real clients.

A journey is a file journeys/NAME_journey.py: a docstring that says what the user wants, NEEDS (what the
machine must have, out of harness/needs.py) and one function `journey(step)` whose parts stand in
`with step("what is seen"):`. A failed step ends its journey. The last line has the totals: one for each step,
one for each skipped journey.
"""
import argparse
import contextlib
import importlib.util
import json
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from harness.needs import missing  # noqa: E402


class StepFailed(Exception):
    """The step has been reported; the journey cannot go on."""


class Report:
    """Prints steps as they end and keeps the totals."""

    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    @contextlib.contextmanager
    def step(self, name):
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            self.failed(name, error, time.monotonic() - began)
            raise StepFailed from None
        self.counts["passed"] += 1
        print(f"  ok    {name} ({time.monotonic() - began:.1f} s)", flush=True)

    def failed(self, name, error, seconds):
        self.counts["failed"] += 1
        print(f"  FAIL  {name} ({seconds:.1f} s)")
        # The journey's own lines say where; those of the harness say nothing new.
        places = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith("_journey.py")]
        for place in places:
            print(f"        {pathlib.Path(place.filename).name}:{place.lineno}: {place.line}")
        kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
        print("\n".join("        " + line for line in f"{kind}{error}".splitlines()), flush=True)

    def skipped(self, why):
        self.counts["skipped"] += 1
        print(f"  skip  {why}", flush=True)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_journey(path, report):
    print(path.stem.removesuffix("_journey"), flush=True)
    began = time.monotonic()
    try:
        module = load(path)
        print(f"  {module.__doc__.strip().splitlines()[0]}")
        why = missing(getattr(module, "NEEDS", ()))
        if why:
            report.skipped(why)
        else:
            module.journey(report.step)
    except StepFailed:
        pass
    except Exception as error:  # pylint: disable=broad-except
        report.failed("outside of any step", error, time.monotonic() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="run only the journeys whose name contains one of these")
    parser.add_argument("--list", action="store_true", help="print the journeys and end")
    parser.add_argument("--summary", type=pathlib.Path, help="write the totals here as JSON")
    options = parser.parse_args()
    journeys = sorted(path for path in (HERE / "journeys").glob("*_journey.py")
                      if not options.names or any(name in path.stem for name in options.names))
    if options.list:
        print("\n".join(path.stem.removesuffix("_journey") for path in journeys))
        return 0
    report = Report()
    for path in journeys:
        run_journey(path, report)
    if options.summary:
        options.summary.write_text(json.dumps(report.counts))
    print("journeys: {passed} passed, {failed} failed, {skipped} skipped".format(**report.counts))
    return 1 if report.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

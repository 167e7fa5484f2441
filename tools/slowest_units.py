#!/usr/bin/env python3
"""Prints the ten compilation units that took longest in one build, from ninja's own log.

A unit above the budget of 40 seconds is marked: it holds up everybody who builds after a change to it.
"""
import argparse
import pathlib
import re

BUDGET_SECONDS = 40.0


def slowest(log_text, since_ns, count=10):
    """[(seconds, output)] of the object files that the log says were made at or after `since_ns`."""
    units = {}
    for line in log_text.splitlines():
        fields = line.split("\t")
        if line.startswith("#") or len(fields) != 5:
            continue
        start_ms, end_ms, made_ns, output = int(fields[0]), int(fields[1]), int(fields[2]), fields[3]
        if made_ns >= since_ns and output.endswith((".o", ".pch", ".gch")):
            units[output] = (end_ms - start_ms) / 1000
    return sorted(((seconds, output) for output, seconds in units.items()), reverse=True)[:count]


def batch(text, root):
    """The sources that a unit of a unity build includes, as paths from `root`."""
    included = re.findall(r'^#include "(.+)"$', text, re.MULTILINE)
    return [source.removeprefix(f"{root}/") for source in included]


def readable(output, build):
    """src/base/time.cpp instead of CMakeFiles/aloft_base.dir/src/base/time.cpp.o; of a unit that stands for a
    batch of sources the module with the first and the last of them."""
    folder, _, unit = output.removesuffix(".o").partition(".dir/")
    unity = build / f"{folder}.dir" / unit
    if not unit.startswith("Unity/") or not unity.exists():
        return unit or folder
    sources = batch(unity.read_text(), build.resolve().parent.parent)
    if not sources:
        return unit
    module = pathlib.PurePath(folder).name
    return f"{module}: {sources[0]}" + (f" .. {sources[-1]}" if len(sources) > 1 else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build directory")
    parser.add_argument("--since", type=pathlib.Path, required=True,
                        help="a file touched when the build began")
    options = parser.parse_args()
    log = options.build / ".ninja_log"
    if not log.exists():
        return
    units = slowest(log.read_text(), options.since.stat().st_mtime_ns)
    if units:
        print("slowest units of this build (wall seconds):")
    for seconds, output in units:
        note = "  over the budget of 40 s" if seconds > BUDGET_SECONDS else ""
        print(f"{seconds:8.1f}  {readable(output, options.build)}{note}")


if __name__ == "__main__":
    main()

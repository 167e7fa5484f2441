#!/usr/bin/env python3
"""PromQL beside Prometheus: the same samples and the same queries go to both, and the answers must agree.

    python3 tests/telemetry_compliance.py --ours http://127.0.0.1:9090 [--prometheus prometheus]
        [--queries promql-test-queries.yml]

Starts Debian's Prometheus (2.42) in a temporary directory, writes the demo metrics that the compliance
queries ask for to both servers by remote write, expands the query templates and compares every answer of
query_range and query. Standard library only. Where Prometheus 3 means something else than 2.42, the query is
run at times that do not fall on samples, or the difference is listed in DIFFERENCES. Ends with 1 when an
answer differs.
"""
import argparse
import itertools
import json
import math
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import wait_until

# What Prometheus 3 changed since 2.42; the value says how a query is treated.
#   skip      there is no common answer
#   fails     2.42 refuses what 3 allows
#   nameless  2.42 leaves the metric name where 3 drops it
DIFFERENCES = [
    (re.compile(r"label_(replace|join)\(.*~invalid"), "fails"),  # label names may be any UTF-8
    (re.compile(r"holt_winters"), "skip"),  # double_exponential_smoothing in 3
    (re.compile(r"atan2"), "nameless"),
    # The steps of a subquery fall on samples, which ranges that are open on the left tell.
    (re.compile(r"_over_time\(\w+\(.*\[.*\]\)\[.*:"), "skip"),
]
# Ranges and lookback are open on the left in 3: the range of 5m at t has no sample from t-5m. Samples are at
# multiples of 5 s; the queries run 1.7 s behind, so that both versions see the same.
SAMPLE_STEP_MS = 5000
QUERY_SHIFT_SECONDS = 1.7
# Longer than every range, since 3 extrapolates counters that begin inside a range with more care.
HISTORY_SECONDS = 2 * 3600
# Relative; sums are made in different orders and with different care for rounding.
TOLERANCE = 1e-9

VARIANTS = {
    "range": ["1s", "15s", "1m", "5m", "15m", "1h"],
    "offset": ["1m", "5m", "10m"],
    "simpleAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar"],
    "simpleTimeAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last",
                         "present"],
    "topBottomOp": ["topk", "bottomk"],
    "quantile": ["-0.5", "0.1", "0.5", "0.75", "0.95", "0.90", "0.99", "1", "1.5"],
    "arithBinOp": ["+", "-", "*", "/", "%", "^", "atan2"],
    "compBinOp": ["==", "!=", "<", ">", "<=", ">="],
    "binOp": ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">=", "atan2"],
    "simpleMathFunc": ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round"],
    "trigFunc": ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
                 "atanh"],
    "extrapolatedRateFunc": ["delta", "rate", "increase"],
    "clampFunc": ["clamp_min", "clamp_max"],
    "instantRateFunc": ["idelta", "irate"],
    "dateFunc": ["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month",
                 "year"],
    "smoothingFactor": ["0.1", "0.5", "0.8"],
    "trendFactor": ["0.1", "0.5", "0.8"],
}


def read_queries(path):
    """The test cases of the file: (query, may fail). Reads the few forms of YAML that it uses."""
    cases, query = [], None
    for line in path.read_text().splitlines():
        line = re.sub(r"^\s*#.*", "", line)
        if matched := re.match(r"^\s*-?\s*query:\s*(.+?)\s*$", line):
            text = matched[1]
            if text[0] in "'\"" and text[-1] == text[0]:
                text = text[1:-1].replace("''", "'") if text[0] == "'" else json.loads(text)
            query = [text, False]
            cases.append(query)
        elif re.match(r"^\s*should_fail:\s*true", line) and query:
            query[1] = True
    return cases


def expand(template):
    names = sorted(set(re.findall(r"{{\s*\.(\w+)\s*}}", template)))
    for values in itertools.product(*(VARIANTS[name] for name in names)):
        query = template
        for name, value in zip(names, values):
            query = re.sub(r"{{\s*\." + name + r"\s*}}", lambda _, value=value: value, query)
        yield query


def demo_series(steps):
    """(labels, values) of the demo service: three instances, values by step, None for no sample."""
    dice = random.Random(42)
    series = []

    def add(name, labels, values):
        series.append(({"__name__": name, "job": "demo", **labels}, values))

    for number in range(3):
        instance = f"demo.promlabs.com:1000{number}"
        for kind, base in (("buffers", 2e8), ("cached", 3e9), ("free", 1e9), ("used", 5e9)):
            add("demo_memory_usage_bytes", {"instance": instance, "type": kind},
                [round(base * (1 + 0.1 * math.sin(i / 30 + number))) + dice.randrange(10 ** 6)
                 for i in steps])
        for mode, rate in (("idle", 3.1), ("system", 0.2), ("user", 0.7)):
            value, values = 100.0 * number, []
            for i in steps:
                # One restart in the middle.
                value = 0.0 if i == len(steps) // 2 and number == 1 else value + rate * 5 * dice.random()
                values.append(value)
            add("demo_cpu_usage_seconds_total", {"instance": instance, "mode": mode}, values)
        add("demo_num_cpus", {"instance": instance}, [4.0 for _ in steps])
        add("demo_disk_usage_bytes", {"instance": instance},
            [1e11 + 12345.5 * i + dice.randrange(1000) for i in steps])
        add("demo_disk_total_bytes", {"instance": instance}, [2.5e11 for _ in steps])
        add("demo_batch_last_success_timestamp_seconds", {"instance": instance},
            [1.7e9 + 600 * (i // 120) + number for i in steps])
        add("demo_intermittent_metric", {"instance": instance},
            [float(i) if (i // 24) % 2 == number % 2 else None for i in steps])
        for method, status in (("GET", "200"), ("POST", "500")):
            counts, total, rows = [0.0] * 6, 0.0, []
            bounds = ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"]
            for i in steps:
                for bucket in range(6):
                    counts[bucket] += dice.randrange(1 + bucket)
                total += dice.random()
                rows.append((list(itertools.accumulate(counts)), total))
            labels = {"instance": instance, "method": method, "path": "/api/foo", "status": status}
            for bucket, bound in enumerate(bounds):
                add("demo_api_request_duration_seconds_bucket", {**labels, "le": bound},
                    [row[0][bucket] for row in rows])
            add("demo_api_request_duration_seconds_count", labels, [row[0][-1] for row in rows])
            add("demo_api_request_duration_seconds_sum", labels, [row[1] for row in rows])
    return series


def varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def write_request(series):
    """A remote write 1.0 body: prompb.WriteRequest in snappy's block format (literals only)."""
    body = b""
    for labels, samples in series:
        message = b"".join(field(1, field(1, name.encode()) + field(2, value.encode()))
                           for name, value in sorted(labels.items()))
        for millis, value in samples:
            message += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(millis))
        body += field(1, message)
    out = varint(len(body))
    for at in range(0, len(body), 60000):
        piece = body[at:at + 60000]
        out += b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
    return out


def http(url, data=None, headers=None):
    """(status, body); a refusal is an answer too."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def remote_write(base, series, end_ms):
    steps = len(series[0][1])
    for first in range(0, steps, 200):
        part = []
        for labels, values in series:
            samples = [(end_ms - (steps - 1 - i) * SAMPLE_STEP_MS, values[i])
                       for i in range(first, min(first + 200, steps)) if values[i] is not None]
            if samples:
                part.append((labels, samples))
        status, body = http(base + "/api/v1/write", write_request(part),
                            {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                             "X-Prometheus-Remote-Write-Version": "0.1.0"})
        if status // 100 != 2:
            sys.exit(f"{base}: remote write answers {status}: {body[:300]!r}")


def ask(base, path, **parameters):
    status, body = http(f"{base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
    try:
        return status, json.loads(body)
    except ValueError:
        return status, {"status": "error", "error": body[:200].decode(errors="replace")}


def same_number(a, b):
    x, y = float(a), float(b)
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or abs(x - y) <= TOLERANCE * max(abs(x), abs(y))


def difference(ours, theirs, nameless=False):
    """Why two data objects are not the same; None when they are."""
    if ours["resultType"] != theirs["resultType"]:
        return f"type {ours['resultType']} instead of {theirs['resultType']}"
    if ours["resultType"] in ("scalar", "string"):
        pairs = [("", [ours["result"]], [theirs["result"]])]
    else:
        def by_labels(data):
            if nameless:
                for item in data["result"]:
                    item["metric"].pop("__name__", None)
            return {json.dumps(item["metric"], sort_keys=True): item.get("values") or [item["value"]]
                    for item in data["result"]}
        left, right = by_labels(ours), by_labels(theirs)
        if left.keys() != right.keys():
            return f"series only here {sorted(left.keys() - right.keys())[:2]}, only there " \
                   f"{sorted(right.keys() - left.keys())[:2]}"
        pairs = [(key, left[key], right[key]) for key in left]
    for key, left, right in pairs:
        if [point[0] for point in left] != [point[0] for point in right]:
            return f"{key}: {len(left)} points instead of {len(right)}"
        for mine, other in zip(left, right):
            if mine[1] != other[1] and not same_number(mine[1], other[1]):
                return f"{key}: {mine[1]} instead of {other[1]} at {mine[0]}"
    return None


def treatment(query):
    return next((how for pattern, how in DIFFERENCES if pattern.search(query)), None)


def compare(query, should_fail, ours, theirs, end):
    how = treatment(query)
    if how == "skip":
        return "skipped"
    runs = [("query", {"query": query, "time": end}),
            ("query_range", {"query": query, "start": end - 600, "end": end, "step": 10})]
    for path, parameters in runs:
        mine_status, mine = ask(ours, path, **parameters)
        if how == "fails":
            if mine_status != 200:
                return f"{path}: refused: {mine.get('error')}"
            continue
        their_status, their = ask(theirs, path, **parameters)
        if should_fail or their_status != 200:
            if (mine_status == 200) != (their_status == 200):
                return f"{path}: status {mine_status} instead of {their_status}: {mine.get('error')}"
            continue
        if mine_status != 200:
            return f"{path}: status {mine_status}: {mine.get('error')}"
        if why := difference(mine["data"], their["data"], how == "nameless"):
            return f"{path}: {why}"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_prometheus(program, folder):
    port = free_port()
    (folder / "prometheus.yml").write_text("global: {}\n")
    process = subprocess.Popen(
        [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--log.level=error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"

    def ready():
        try:
            return http(base + "/-/ready")[0] == 200
        except OSError:
            return False
    wait_until(ready, what="Prometheus to become ready")
    return process, base


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    shared = here.parent / "shared" / "observability" / "prometheus-compliance" / "promql-test-queries.yml"
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--ours", required=True, help="base URL of the server that is judged")
    parser.add_argument("--prometheus", default="prometheus", help="the program to compare with")
    parser.add_argument("--queries", type=pathlib.Path, default=shared)
    arguments = parser.parse_args()
    if not arguments.queries.exists() or not shutil.which(arguments.prometheus):
        print("skipped: the queries or Prometheus are not at hand")
        return 0
    steps = range(HISTORY_SECONDS * 1000 // SAMPLE_STEP_MS + 1)
    end_ms = int(time.time() * 1000) // SAMPLE_STEP_MS * SAMPLE_STEP_MS
    series = demo_series(steps)
    with tempfile.TemporaryDirectory() as folder:
        process, theirs = start_prometheus(arguments.prometheus, pathlib.Path(folder))
        try:
            for base in (arguments.ours.rstrip("/"), theirs):
                remote_write(base, series, end_ms)
            end = end_ms / 1000 - 60 + QUERY_SHIFT_SECONDS
            total = failed = skipped = 0
            for template, should_fail in read_queries(arguments.queries):
                for query in expand(template):
                    total += 1
                    why = compare(query, should_fail, arguments.ours.rstrip("/"), theirs, end)
                    if why == "skipped":
                        skipped += 1
                    elif why:
                        failed += 1
                        print(f"DIFFERS {query}\n        {why}")
        finally:
            process.terminate()
            process.wait()
    print(f"{total} queries: {total - failed - skipped} agree, {failed} differ, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

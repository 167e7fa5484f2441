#!/usr/bin/env python3
"""The tools of the journeys, tried on small commands instead of a cloud."""
import contextlib
import io
import os
import pathlib
import signal
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools")]
import run as journeys  # noqa: E402
import test_summary  # noqa: E402
from harness import Cloud, Running, machine_state, run, wait_until  # noqa: E402
from harness.api import masked, unframed  # noqa: E402
from harness.replay import Explanations, Record, Replay, begin_of, channels  # noqa: E402

# Stands for aloft: becomes ready, stops on SIGTERM with a clean exit, and knows `down`.
FAKE = """#!/bin/sh
[ "$1" = down ] && { rm -rf "$3/state"; exit 0; }
touch "$3/state"
echo starting
echo "log of the fake" >&2
[ "$6" = --broken ] && exit 3
echo "ready https://127.0.0.1:1 $6"
trap 'exit 0' TERM
while :; do read -r line || exec tail -f /dev/null; done
"""


class Commands(unittest.TestCase):
    def test_a_finished_command_has_its_output_and_code(self):
        done = run("sh", "-c", "cat; echo no >&2; exit 3", input="hello")
        self.assertEqual((done.stdout, done.stderr, done.code), ("hello", "no\n", 3))
        done.fails(3)
        with self.assertRaisesRegex(AssertionError, "ended with 3"):
            done.ok()

    def test_a_command_that_hangs_fails_the_journey_with_what_it_said(self):
        with self.assertRaisesRegex(AssertionError, "(?s)did not end.*so far"):
            run("sh", "-c", "echo so far; exec tail -f /dev/null", timeout=0.2)

    def test_lines_of_a_running_command_are_awaited(self):
        with Running("sh", "-c", "echo one; echo two; read x; echo got $x; exit 4") as command:
            self.assertEqual(command.expect(r"t(w)o")[1], "w")
            command.send("it\n")
            command.expect("got it")
            self.assertEqual(command.wait(), 4)
            with self.assertRaisesRegex(AssertionError, "it ended"):
                command.expect("more")

    def test_a_running_command_is_gone_after_its_block(self):
        with Running("tail", "-f", "/dev/null") as command:
            self.assertTrue(command.running())
        self.assertEqual(command.wait(), -signal.SIGKILL)


class Waiting(unittest.TestCase):
    def test_the_first_true_value_is_returned(self):
        values = iter([None, 0, "yes"])
        self.assertEqual(wait_until(lambda: next(values)), "yes")

    def test_a_complaint_is_part_of_the_failure(self):
        def never():
            raise AssertionError("only 2 of 3")
        with self.assertRaisesRegex(AssertionError, "never: not within 0.1 s; only 2 of 3"):
            wait_until(never, timeout=0.1)


class Clouds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        fake = pathlib.Path(folder.name) / "aloft"
        fake.write_text(FAKE)
        fake.chmod(0o755)
        patch = mock.patch.dict(os.environ, {"ALOFT_BINARY": str(fake)})
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_cloud_becomes_ready_stops_restarts_and_leaves_nothing(self):
        with Cloud("--fine") as cloud:
            self.assertEqual(cloud.ready_line, "ready https://127.0.0.1:1 --fine")
            self.assertEqual(cloud.stop(), 0)
            cloud.start()
            self.assertEqual(cloud.kill(), -signal.SIGKILL)
            self.assertTrue(cloud.data_dir.exists())
        self.assertFalse(cloud.data_dir.exists() or cloud.log.exists())

    def test_a_cloud_that_does_not_start_fails_at_once_and_shows_its_log(self):
        with self.assertRaisesRegex(AssertionError, "(?s)it ended.*log of the fake"):
            with Cloud("--broken"):
                self.fail("never here")


class Runs(unittest.TestCase):
    def run_journey(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a_journey.py"
            path.write_text(text)
            report, out = journeys.Report(), io.StringIO()
            with mock.patch.dict(os.environ,
                                 {"ALOFT_BINARY": sys.executable}), contextlib.redirect_stdout(out):
                journeys.run_journey(path, report)
        return report.counts, out.getvalue()

    def test_steps_are_counted_and_a_failed_one_ends_the_journey(self):
        counts, out = self.run_journey('"""Doc."""\ndef journey(step):\n    with step("one"):\n        pass\n'
                                       '    with step("two"):\n        assert 1 == 2, "no"\n'
                                       '    with step("three"):\n        pass\n')
        self.assertEqual(counts, {"passed": 1, "failed": 1, "skipped": 0})
        self.assertIn("FAIL  two", out)
        self.assertIn('a_journey.py:6: assert 1 == 2, "no"', out)
        self.assertNotIn("three", out)

    def test_a_broken_journey_is_a_failure_and_not_the_end_of_the_run(self):
        for text in ('"""Doc."""\nimport nothing_like_this\n', '"""Doc."""\ndef journey(step):\n    1 / 0\n'):
            self.assertEqual(self.run_journey(text)[0], {"passed": 0, "failed": 1, "skipped": 0})

    def test_a_need_that_is_not_met_skips_with_one_line(self):
        with mock.patch("shutil.which", return_value=None):
            counts, out = self.run_journey('"""Doc."""\nNEEDS = ["kubectl"]\n')
        self.assertEqual(counts, {"passed": 0, "failed": 0, "skipped": 1})
        self.assertIn("skip  needs kubectl on PATH", out)


class Machine(unittest.TestCase):
    def test_the_state_of_the_machine_can_be_compared(self):
        self.assertTrue(machine_state()["mounts"])


def record(number=0, case="get", path="/api/v1/namespaces/gold/pods", answer=None, status=200):
    return Record(number, case, "GET", path, {}, None, status, {}, answer, None)


def pod(name, uid, revision, **status):
    return {"metadata": {"name": name, "namespace": "gold", "uid": uid, "resourceVersion": revision},
            "status": status}


class FakeApi:
    """Answers discovery with pods alone, and everything else with one document."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def request(self, _method, path, _headers=None, _body=None):
        self.asked.append(path)
        kinds = [{"resource": "pods", "responseKind": {"kind": "Pod"}}] if path == "/api" else []
        discovery = {"items": [{"metadata": {}, "versions": [{"version": "v1", "resources": kinds}]}]}
        body = discovery if path in ("/api", "/apis") else self.answer
        return mock.Mock(status=200, headers={}, body=body)


class Replays(unittest.TestCase):
    ONE, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"

    def test_what_every_server_makes_anew_is_no_difference_and_is_known_afterwards(self):
        ours = pod("d-7c7b8f47ff-b2457", self.OTHER, "9", startTime="2027-01-02T03:04:05Z")
        api = FakeApi({"items": [ours]})
        replay = Replay(api, {"gold"}, set(), patience=0)
        recorded = {"items": [pod("d-5bbdb569ff-qgh2m", self.ONE, "1750", startTime="2026-11-22T05:19:34Z")]}
        self.assertEqual(replay.send(record(answer=recorded)), [])
        replay.send(record(path=f"/api/v1/namespaces/gold/pods/d-5bbdb569ff-qgh2m?uid={self.ONE}"))
        self.assertTrue(api.asked[-1].endswith(f"/pods/d-7c7b8f47ff-b2457?uid={self.OTHER}"), api.asked)

    def test_other_values_absent_fields_and_other_types_are_differences(self):
        api = FakeApi(pod("p", self.OTHER, "9", phase="Running", ready=1, more="x"))
        found = Replay(api, {"gold"}, set(), patience=0).send(
            record(answer=pod("p", self.ONE, "5", phase="Pending", ready=True, reason="r")))
        self.assertEqual([each.place for each in found],
                         ["body.status.phase", "body.status.ready", "body.status.reason", "body.status.more"])

    def test_kinds_that_are_not_served_are_skipped_and_counted(self):
        replay = Replay(FakeApi({}), {"gold"}, set(), patience=0)
        self.assertEqual(replay.send(record(path="/apis/batch/v1/namespaces/gold/jobs/j")), [])
        self.assertEqual(dict(replay.skipped), {"batch/v1/jobs": 1})

    def test_a_watch_begins_where_its_revision_was_read(self):
        watch = record(2, path="/api/v1/pods?resourceVersion=7&watch=true", answer=[])
        before = [record(0, answer=pod("p", self.ONE, "7")), record(1, answer=pod("p", self.ONE, "8"))]
        self.assertEqual(begin_of(watch, [*before, watch]), 0)

    def test_frames_are_read_as_written_and_channels_are_put_together(self):
        self.assertEqual(unframed(masked(b"x" * 300)), (2, b"x" * 300))
        self.assertEqual(channels([(2, b"\x01a"), (2, b"\x01b"), (2, b"\x02")]), {"1": "ab"})

    def test_a_line_of_the_list_explains_its_command_and_place_only(self):
        known = Explanations("# Title\n- `get*` `body.items[*].x`: why\n")
        difference = mock.Mock(record=record(case="get pods"), place="body.items[3].x")
        self.assertTrue(known.explains(difference))
        self.assertFalse(known.explains(mock.Mock(record=record(case="edit"), place="body.items[3].x")))
        self.assertFalse(known.explains(mock.Mock(record=record(case="get"), place="body.items[3].y")))


if __name__ == "__main__":
    sys.exit(test_summary.run_unittests())

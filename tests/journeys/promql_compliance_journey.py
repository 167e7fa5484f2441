"""Somebody moves dashboards from Prometheus: every query of the compliance suite gives the same answer."""
import sys

from harness import matches, run
from harness.cloud import ROOT
from harness.telemetry import Telemetry

NEEDS = ["prometheus", "compliance"]


def journey(step):
    with Telemetry() as telemetry:
        with step("Prometheus and Aloft, given the same samples, agree on all queries"):
            done = run(sys.executable, str(ROOT / "tests/telemetry_compliance.py"), "--ours", telemetry.url,
                       "--queries", str(ROOT.parent / "shared/observability/prometheus-compliance/"
                                        "promql-test-queries.yml"), timeout=280).ok()
            matches(done.stdout, r"^\d{3} queries: \d{3} agree, 0 differ")

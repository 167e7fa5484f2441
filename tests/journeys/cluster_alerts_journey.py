"""Somebody starts a cloud with a file of options, so that what its rules find is told to a receiver."""
import pathlib
import tempfile

from harness import contains, run, wait_until
from harness.cloud import Cloud, binary
from harness.webhook import Webhook

NEEDS = []


def journey(step):
    hook = Webhook()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "rules.yml").write_text(
            "groups: [{name: g, interval: 1s, rules: [{alert: CloudIsThere, "
            "expr: 'kube_namespace_created{namespace=\"default\"} > 0'}]}]\n")
        (folder / "logs.yml").write_text(
            "groups: [{name: l, interval: 1s, rules: [{alert: CloudTalks, "
            "expr: 'sum(count_over_time({job=\"aloft\"}[1h])) > 0'}]}]\n")
        (folder / "alertmanager.yml").write_text(
            "route: {receiver: hook, group_wait: 0s, group_interval: 1s}\n"
            f"receivers: [{{name: hook, webhook_configs: [{{url: '{hook.url}'}}]}}]\n")
        (folder / "aloft.yml").write_text(
            f"rules: [{folder}/rules.yml]\nlog-rules: {folder}/logs.yml\n"
            f"alertmanager-config: {folder}/alertmanager.yml\nruntime: none\n")
        with Cloud("--config", str(folder / "aloft.yml")):
            with step("an alert about the cloud's objects calls the webhook"):
                wait_until(lambda: hook.named("CloudIsThere"), timeout=60, what="the alert")
            with step("one about its log lines does too"):
                wait_until(lambda: hook.named("CloudTalks"), timeout=60, what="the alert")
        with step("a file that is wrong keeps the cloud from starting, and says why"):
            (folder / "rules.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: 'up =='}]}]\n")
            done = run(str(binary()), "up", "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0",
                       "--config", str(folder / "aloft.yml"))
            contains(done.stderr, "parse error")
            contains(done.stderr, "rules.yml")

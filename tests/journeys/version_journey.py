"""A user who has just started the cloud asks kubectl which versions meet."""
from harness import Cloud, equal, kubectl, kubectl_binaries, matches

NEEDS = ["kubectl"]


def journey(step):
    with Cloud("--runtime", "none") as cloud:
        with step("the ready line and endpoints.json name the API server"):
            url = matches(cloud.ready_line, r"https://127\.0\.0\.1:\d+")[0]
            assert url in cloud.endpoints.values(), cloud.endpoints
        with step("the kubeconfig is for its owner only"):
            equal(cloud.kubeconfig.stat().st_mode & 0o777, 0o600, "mode of the kubeconfig")
        for version, binary in kubectl_binaries().items():
            with step(f"kubectl {version} prints its own version and that of the server"):
                answer = kubectl(cloud, "version", "-o", "json", binary=binary).json()
                equal(answer["clientVersion"]["gitVersion"], version)
                matches(answer["serverVersion"]["gitVersion"], r"^v1\.\d+\.\d+")
        with step("a stop is clean"):
            equal(cloud.stop(), 0, "exit code")

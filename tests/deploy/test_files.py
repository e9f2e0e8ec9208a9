"""The files of deploy/ say what the code understands."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from aioice import stun, turn
from streamlit import config

from dashboard import another_server, draining
from dashboard.live import ice
from tests import needed

HAPROXY = needed.program("haproxy")
TURNSERVER = needed.program("turnserver")
ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))

CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("dashboard", "emotion", "pages")
    for path in (ROOT / folder).rglob("*.py")
)

NEEDED = "RAPPORT_HOST", "RAPPORT_ADDRESS", "RAPPORT_COOKIE_KEY", "ADDRESS"
"""Names that are for compose.yaml, the proxy and coturn alone."""


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return documents(DEPLOY / "compose.yaml")[0]


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def pod() -> dict[str, Any]:
    (found,) = [one for one in documents(KUBERNETES[1]) if one["kind"] == "Deployment"]
    return found["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    "path",
    [*KUBERNETES, DEPLOY / "compose.yaml", DEPLOY / "Dockerfile"],
    ids=lambda path: path.name,
)
def test_every_setting_is_one_that_the_code_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in set(re.findall(r"\bRAPPORT_[A-Z_]+\b", text)) - set(NEEDED):
        assert f'"{name}"' in CODE, name
    for name in set(re.findall(r"\bSTREAMLIT_[A-Z_]+\b", text)):
        section, _, option = name.removeprefix("STREAMLIT_").lower().partition("_")
        camel = re.sub(r"_(\w)", lambda found: found[1].upper(), option)
        assert config.is_manually_set(f"{section}.{camel}") in (True, False)
        config.get_option(f"{section}.{camel}")


def test_what_compose_asks_for_is_in_the_example(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"(?m)^([A-Z_]+)=", example))
    # No secret has a value that somebody could forget to change.
    for name in set(re.findall(r"(?m)^([A-Z_]+(?:PASSWORD|KEYS?|SECRET))=", example)):
        assert f"{name}=\n" in example
        assert f"${{{name}:?}}" in text
    assert compose["services"]["rapport"]["deploy"]["replicas"] == 2


def test_the_replicas_may_write_nothing_and_have_time_to_drain(compose: dict[str, Any]) -> None:
    rapport = compose["services"]["rapport"]
    assert rapport["read_only"] is True
    assert rapport["cap_drop"] == ["ALL"]
    assert "ports" not in rapport
    grace = float(rapport["stop_grace_period"].removesuffix("s"))
    assert grace > float(rapport["environment"]["RAPPORT_DRAIN"]) + draining.LOOKING
    assert rapport["depends_on"].keys() <= compose["services"].keys()
    for service in compose["services"].values():
        assert ":latest" not in service["image"]


def test_the_turn_server_is_of_the_network_of_the_replicas(compose: dict[str, Any]) -> None:
    subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    command = compose["services"]["turn"]["command"]
    first = subnet.removesuffix(".0/24")
    assert f"--allowed-peer-ip={first}.0-{first}.255" in command
    assert "--use-auth-secret" in command


INSIDE = "10.1.2.3", "172.17.0.2", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0"
"""Addresses of a firm, of other containers, of what clouds tell their machines, of this machine."""


@pytest.mark.skipif(TURNSERVER is None, reason="coturn is not installed")
@pytest.mark.parametrize("path", ["compose.yaml", "kubernetes/turn.yaml"])
def test_the_turn_server_reaches_the_replicas_and_nobody_else_inside(
    path: str, tmp_path: Path
) -> None:
    """The options as they are, but for names and addresses, in the real server."""
    (found,) = documents(DEPLOY / path)
    if "services" in found:
        command, replica = found["services"]["turn"]["command"], "172.28.0.5"
    else:
        command = found["spec"]["template"]["spec"]["containers"][0]["args"]
        replica = "10.244.3.4"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        re.sub(r"\$[({].*[)}]", "127.0.0.1" if "-ip=" in one else "north", one)
        for one in command
        if not one.startswith("--listening-port")
    ]
    here = ["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    files = [f"--pidfile={tmp_path / 'pid'}", f"--log-file={tmp_path / 'log'}", "--simple-log"]
    server = subprocess.Popen(
        [str(TURNSERVER), "-n", *options, *here, *files],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert asyncio.run(reached(port, [replica, *INSIDE])) == {replica}
    finally:
        server.kill()
        server.wait()


@pytest.mark.skipif(
    shutil.which("setcap") is None or TURNSERVER is None or os.geteuid() != 0,
    reason="needs setcap, coturn, and root to use it",
)
@pytest.mark.parametrize("path", ["compose.yaml", "kubernetes/turn.yaml"])
def test_the_turn_server_of_the_image_may_be_started(path: str, tmp_path: Path) -> None:
    """Its file asks for a capability; the kernel starts none that cannot have what it asks for."""
    if os.statvfs(tmp_path).f_flag & os.ST_NOSUID:
        pytest.skip(f"{tmp_path} is mounted so that no file there asks for anything")
    (found,) = documents(DEPLOY / path)
    if "services" in found:
        turn_server = found["services"]["turn"]
        dropped, added = turn_server["cap_drop"], turn_server["cap_add"]
    else:
        (container,) = found["spec"]["template"]["spec"]["containers"]
        given = container["securityContext"]["capabilities"]
        dropped, added = given["drop"], given["add"]
    assert dropped == ["ALL"]
    server = shutil.copy(str(TURNSERVER), tmp_path / "turnserver")
    subprocess.run(["setcap", "CAP_NET_BIND_SERVICE=+ep", server], check=True)

    def starts(*capabilities: str) -> bool:
        kept = ",".join(["-all", *(f"+{one.lower()}" for one in capabilities)])
        limits = ["--no-new-privs", "--inh-caps=-all", f"--bounding-set={kept}"]
        command = ["setpriv", *limits, server, "-h"]
        done = subprocess.run(command, capture_output=True, check=False)
        return b"Operation not permitted" not in done.stderr

    assert starts(*added)
    assert not starts()


async def reached(port: int, peers: Sequence[str]) -> set[str]:
    """To which a TURN server of this machine relays."""
    said = ice.credentials("north", time.time() + 600)
    user, password = said["username"], said["credential"]
    loop = asyncio.get_running_loop()
    for attempt in range(60):
        _, protocol = await loop.create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(("127.0.0.1", port), user, password, 600, 500),
            remote_addr=("127.0.0.1", port),
        )
        try:
            await protocol.connect()
            break
        except (stun.TransactionError, OSError):
            # It is not there yet.
            protocol.transport.close()
            assert attempt < 59
            await asyncio.sleep(0.2)
    found = set()
    for number, peer in enumerate(peers):
        try:
            await protocol.channel_bind(0x4000 + number, (peer, 9))
            found.add(peer)
        except stun.TransactionFailed as error:
            if error.response.attributes["ERROR-CODE"][0] != 403:
                raise
    await protocol.delete()
    return found


def test_the_image_is_for_serving_and_not_of_root(dockerfile: list[str]) -> None:
    last = max(place for place, line in enumerate(dockerfile) if line.startswith("FROM"))
    final = dockerfile[last:]
    assert "USER 10001:10001" in final
    assert 'ENTRYPOINT ["python", "-m", "dashboard"]' in final
    assert "STOPSIGNAL SIGTERM" in final
    for line in dockerfile:
        assert "tensorflow" not in line
        assert not re.search(r"requirements.*\.txt|\[train\]|--extra", line)
        if line.startswith("COPY") and "--from" not in line:
            *sources, _ = line.split()[1:]
            for source in sources:
                assert (ROOT / source).exists(), source


def test_everything_that_is_copied_is_in_the_context(dockerfile: list[str]) -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        source.removesuffix("/")
        for line in dockerfile
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == allowed


def test_health_is_asked_where_it_is_answered(dockerfile: list[str], pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert f"EXPOSE {ports['http']} {ports['health']}" in dockerfile
    environment = {one["name"]: one.get("value") for one in container["env"]}
    assert environment["RAPPORT_METRICS_PORT"] == str(ports["health"])
    assert any(f":{ports['health']}/healthz" in line for line in dockerfile)
    asked = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")
    }
    assert {name: one["path"] for name, one in asked.items()} == {
        "startup": "/readyz",
        "readiness": "/healthz",
        "liveness": "/healthz",
    }
    for one in asked.values():
        assert one["port"] == "health"
        assert f'"{one["path"]}"' in CODE
    proxy = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    assert f"port {ports['health']} " in proxy
    assert f"rapport:{ports['http']} " in proxy


def test_a_busy_pod_is_not_taken_for_a_dead_one(pod: dict[str, Any]) -> None:
    """The proxy waits as long, and a pod that answers late must not lose its users."""
    (container,) = pod["containers"]
    proxy = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    (patience,) = re.findall(r"timeout check (\d+)s", proxy)
    for name in ("startup", "readiness", "liveness"):
        probe = container[f"{name}Probe"]
        assert probe["timeoutSeconds"] >= int(patience), name
        assert probe["failureThreshold"] > 1, name


def test_uploads_have_a_disk_of_their_own(pod: dict[str, Any], compose: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    (folder,) = [one["value"] for one in container["env"] if one["name"] == "RAPPORT_UPLOADS"]
    assert folder == compose["services"]["rapport"]["environment"]["RAPPORT_UPLOADS"]
    (name,) = [one["name"] for one in container["volumeMounts"] if one["mountPath"] == folder]
    (volume,) = [one for one in pod["volumes"] if one["name"] == name]
    # What an emptyDir holds beyond its limit ends the pod; a full disk is seen before.
    assert "ephemeral" in volume
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"]


def test_every_ingress_keeps_users_and_lets_pages_and_recordings_through() -> None:
    found = {
        one["kind"]: one["metadata"].get("annotations", {}) for one in documents(KUBERNETES[1])
    }
    service, ingress = found["Service"], found["Ingress"]
    proxy = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    (hours,) = re.findall(r"timeout tunnel (\d+)h", proxy)
    assert service["haproxy.org/timeout-tunnel"] == f"{hours}h"
    nginx, traefik = "nginx.ingress.kubernetes.io/", "traefik.ingress.kubernetes.io/service.sticky."
    for name in ("read", "send"):
        assert int(ingress[f"{nginx}proxy-{name}-timeout"]) == 3600 * int(hours)
    (cookie,) = re.findall(r"(?m)^ *cookie (\w+) insert", proxy)
    assert cookie == another_server.COOKIE
    assert service["haproxy.org/cookie-persistence"] == cookie
    assert ingress[f"{nginx}session-cookie-name"] == cookie
    assert service[f"{traefik}cookie.name"] == cookie
    assert ingress[f"{nginx}affinity"] == "cookie"
    assert service[f"{traefik}cookie"] == "true"
    # Else it moves users away from their calls as soon as there are more pods.
    assert ingress[f"{nginx}affinity-mode"] == "persistent"
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    most = int(ingress[f"{nginx}proxy-body-size"].removesuffix("m"))
    assert most > settings["server"]["maxUploadSize"]
    # An annotation is a string, whatever it looks like.
    for value in (*service.values(), *ingress.values()):
        assert isinstance(value, str)


def test_pods_are_limited_and_have_time_to_drain(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    environment = {one["name"]: one.get("value") for one in container["env"]}
    seconds = float(environment["RAPPORT_DRAIN"]) + draining.LOOKING
    assert pod["terminationGracePeriodSeconds"] > seconds
    # Nothing is mounted that is not there, and a secret is never a plain value.
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    for name in ("RAPPORT_TURN_SECRET", "RAPPORT_DATABASE", "RAPPORT_KEYS"):
        assert environment[name] is None


def test_manifests_are_whole_and_belong_together() -> None:
    found = [one for path in KUBERNETES[1:] for one in documents(path)]
    named = {(one["kind"], one["metadata"]["name"]) for one in found}
    assert all(one["apiVersion"] for one in found)
    assert len(named) == len(found)
    for one in found:
        spec = one["spec"]
        if one["kind"] in ("Deployment", "DaemonSet"):
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"].items() <= labels.items()
        if one["kind"] == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            assert (target["kind"], target["name"]) in named
            metric = spec["metrics"][0]["pods"]["metric"]["name"]
            assert f'"{metric.removeprefix("rapport_")}"' in CODE
            (rule,) = documents(KUBERNETES[0])[0]["rules"]["custom"]
            assert rule["name"]["as"] == metric
            assert rule["seriesQuery"].startswith(metric + "{")
        if one["kind"] == "Ingress":
            backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
            assert ("Service", backend["name"]) in named


def test_compose_is_what_its_specification_allows() -> None:
    spec = needed.package("compose_spec")
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    read = spec.PyCompose.from_yaml(text)
    # No network or volume is used that is not there.
    read.validate()
    assert sorted(read.service_names()) == ["postgresql", "proxy", "rapport", "turn"]
    with pytest.raises(Exception, match="restrt"):
        spec.PyCompose.from_yaml(text.replace("restart:", "restrt:", 1))


@pytest.mark.parametrize("path", KUBERNETES[1:], ids=lambda path: path.name)
def test_manifests_are_what_the_schemas_of_kubernetes_allow(path: Path) -> None:
    validate = needed.package("kubernetes_validate")
    latest = validate.latest_version()
    for one in documents(path):
        validate.validate(one, latest, strict=True)
        with pytest.raises(validate.ValidationError):
            validate.validate(one | {"spek": {}}, latest, strict=True)


@pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed")
def test_the_proxy_understands_its_file(tmp_path: Path) -> None:
    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    # Certificates are asked for when the file is checked, and are none of the project's.
    path = tmp_path / "haproxy.cfg"
    path.write_text(text.replace("ssl crt /certificates/ alpn h2,http/1.1 ssl-min-ver TLSv1.2", ""))
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(path)],
        env={"RAPPORT_COOKIE_KEY": "key"},
        capture_output=True,
        text=True,
        check=False,
        executable=HAPROXY,
    )
    assert done.returncode == 0, done.stdout + done.stderr

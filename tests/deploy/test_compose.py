"""compose.yaml: ports stay on this machine, files that it mounts exist, commands start."""

import tomllib
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_issue_s_five_parts_are_there():
    assert {"dashboard", "api", "postgres", "turn", "prometheus"} <= set(SERVICES)
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert always == {"dashboard", "api"}


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_bound_to_this_machine_and_images_to_a_version(name: str):
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    image = service.get("image", "")
    assert ":" in image or service.get("build")
    assert ":latest" not in image or service.get("build")
    for secret in service.get("secrets", []):
        assert secret in COMPOSE["secrets"]
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        made_by_hand = source.startswith("./deploy/secrets/")
        assert source in COMPOSE["volumes"] or made_by_hand or (ROOT / source).exists()
    for other in service.get("depends_on", {}):
        assert other in SERVICES


def test_our_containers_are_locked_down():
    for name in ("api", "dashboard"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


def test_prometheus_finds_the_service_and_its_rules():
    folder = ROOT / "deploy" / "prometheus"
    config = yaml.safe_load((folder / "prometheus.yaml").read_text())
    (job,) = config["scrape_configs"]
    host, _, port = job["static_configs"][0]["targets"][0].partition(":")
    assert host in SERVICES
    assert SERVICES[host]["command"][-1] == port
    assert all((folder / name).is_file() for name in config["rule_files"])
    mounted = job["authorization"]["credentials_file"].rpartition("/")[2]
    assert mounted in SERVICES["prometheus"]["secrets"]


def test_secrets_lie_where_git_ignores_everything():
    folder = ROOT / "deploy" / "secrets"
    assert (folder / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]
    for secret in COMPOSE["secrets"].values():
        assert (ROOT / secret["file"]).parent == folder


def test_ports_agree_with_streamlit_s_own_settings():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert "port" not in config["server"]
    assert "--server.port=8501" in SERVICES["dashboard"]["command"]
    assert SERVICES["dashboard"]["environment"]["HEALTH_URL"].endswith(":8501/_stcore/health")

"""The manifests: they name each other rightly, and what they ask for exists in the app."""

import json
import re
from typing import Any

import pytest
import yaml

from api.app import create_app
from api.metrics import Metrics
from api.settings import Settings
from tests.deploy.conftest import KUBERNETES, PORTS, ROOT, manifests, of_kind

DEPLOYMENTS = of_kind("Deployment")
STREAMLIT_HEALTH = "/_stcore/health"


def routes() -> set[str]:
    """Addresses of the service, parameters left out."""
    return set(create_app(Settings()).openapi()["paths"])


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return only


def metric_names() -> set[str]:
    text = Metrics().text().decode()
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    return names | {f"{name}_bucket" for name in names}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["metadata"]["name"])
def test_pods_are_locked_down(deployment: dict[str, Any]):
    pod, only = deployment["spec"]["template"]["spec"], container(deployment)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert only["securityContext"]["readOnlyRootFilesystem"] is True
    assert only["securityContext"]["allowPrivilegeEscalation"] is False
    assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= set(only["resources"]["requests"])
    assert {"cpu", "memory"} <= set(only["resources"]["limits"])
    assert {m["mountPath"] for m in only["volumeMounts"]} >= {"/tmp"}
    assert {m["name"] for m in only["volumeMounts"]} == {v["name"] for v in pod["volumes"]}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["metadata"]["name"])
def test_ports_and_probes_exist_in_the_app(deployment: dict[str, Any]):
    name, only = deployment["metadata"]["name"], container(deployment)
    (port,) = only["ports"]
    assert port["containerPort"] == PORTS[name]
    assert str(PORTS[name]) in " ".join(only["args"])
    known = routes() | {STREAMLIT_HEALTH}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert only[probe]["httpGet"]["path"] in known
        assert only[probe]["httpGet"]["port"] == port["name"]
    limit = int(only["resources"]["limits"]["cpu"])
    assert {"name": "OMP_NUM_THREADS", "value": str(limit)} in only["env"]


def test_services_reach_pods_and_the_ingress_reaches_services():
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in DEPLOYMENTS]
    for service in of_kind("Service"):
        assert any(service["spec"]["selector"].items() <= pod.items() for pod in labels)
    names = {service["metadata"]["name"] for service in of_kind("Service")}
    (ingress,) = of_kind("Ingress")
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert {p["backend"]["service"]["name"] for p in paths} == names
    known = routes()
    for path in (p["path"] for p in paths):
        assert path == "/" or any(route.startswith(path) for route in known), path
    sticky = {p["path"] for p in paths if p["backend"]["service"]["name"] == "emotion-api-jobs"}
    making_jobs = {
        route
        for route, methods in create_app(Settings()).openapi()["paths"].items()
        if "202" in methods.get("post", {}).get("responses", {}) or "/jobs" in route
    }
    assert making_jobs
    assert all(any(route.startswith(path) for path in sticky) for route in making_jobs)


def test_the_autoscaler_asks_for_metrics_that_the_service_has():
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] in {d["metadata"]["name"] for d in DEPLOYMENTS}
    asked = {metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"]}
    rules = yaml.safe_load((KUBERNETES / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert asked == {rule["name"]["as"] for rule in rules}
    for rule in rules:
        assert rule["seriesQuery"].partition("{")[0] in metric_names()


def test_networks_are_closed():
    policies = {p["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"]: p["spec"]
                for p in of_kind("NetworkPolicy")}  # fmt: skip
    assert set(policies) == {d["metadata"]["name"] for d in DEPLOYMENTS}
    for name, spec in policies.items():
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert [p["port"] for rule in spec["ingress"] for p in rule["ports"]] == [PORTS[name]]
    assert "egress" not in policies["emotion-api"]  # the service calls nobody


def test_alerts_ask_for_metrics_that_the_service_has():
    alerts = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())
    for rule in (rule for group in alerts["groups"] for rule in group["rules"]):
        for name in re.findall(r"\bemotion_\w+", rule["expr"]):
            assert name in metric_names() | {n + "_total" for n in metric_names()}, name


def test_manifests_hold_no_secrets():
    assert "Secret" not in {d["kind"] for d in manifests()}
    assert "password" not in json.dumps(manifests()).lower()

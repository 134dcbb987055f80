"""The page of the reference: complete, and without any other host."""

import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.reference import page


@pytest.mark.parametrize("address", ["/docs", "/api/docs"])
def test_the_page_names_no_other_host(client: TestClient, address: str):
    response = client.get(address)
    assert response.headers["content-type"].startswith("text/html")
    assert not re.findall(r"(?:https?:)?//\w[^\s\"'<>]*", response.text)
    assert set(re.findall(r"(?:src|href)=\"([^\"]*)\"", response.text)) == {"openapi.json"}
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    described = address.replace("docs", "openapi.json")
    assert client.get(described).json() == client.get("/openapi.json").json()


def test_every_route_and_every_field_is_shown(client: TestClient):
    shown, described = client.get("/docs").text, client.get("/openapi.json").json()
    for path, operations in described["paths"].items():
        assert shown.count(f'data-path="{path}"') == len(operations)
        for operation in operations.values():
            body = operation.get("requestBody", {"content": {}})["content"]
            for content in body.values():
                for name in content["schema"]["properties"]:
                    assert f"<code>{name}</code>" in shown
    for name in ("/api/stream", "channels", "s16le", "frames"):
        assert name in shown


def test_words_of_the_description_are_text():
    description = create_app().openapi()
    description["info"]["title"] = "<script>alert(1)</script>"
    shown = page(description)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown

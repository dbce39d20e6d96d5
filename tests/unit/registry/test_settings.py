import pytest

from sturnus.registry.reference import parsed
from sturnus.registry.settings import Login, from_parameters, host_of

PARAMETERS = {
    "docker-registry": {"url": "https://mirror.example.com:5000/hub/", "secure": "False"},
    "quay-registry": {"url": "mirror.example.com:5001"},
    "ghcr-registry": {"url": " "},
    "proxy": {"http_proxy": "http://p:3128", "no_proxy": "10.0.0.1", "https_proxy": ""},
}
SETTINGS = from_parameters("registry.local:9001", PARAMETERS, None)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("nginx:1", "mirror.example.com:5000/hub/library/nginx:1"),
        ("docker.io/starlingx/a:1", "mirror.example.com:5000/hub/starlingx/a:1"),
        ("quay.io/a/b:1", "mirror.example.com:5001/a/b:1"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("registry.example.com/a:1", "registry.example.com/a:1"),
    ],
)
def test_images_come_from_what_stands_in_for_their_registry(name: str, source: str) -> None:
    image = parsed(name)

    assert image is not None
    assert SETTINGS.source(image) == source


def test_only_what_is_said_to_be_insecure_is_asked_without_tls() -> None:
    assert SETTINGS.speaks_plain_http("mirror.example.com:5000")
    assert not SETTINGS.speaks_plain_http("mirror.example.com:5001")
    assert not SETTINGS.speaks_plain_http("registry.local:9001")


def test_the_local_registry_is_never_asked_through_a_proxy() -> None:
    assert SETTINGS.environment() == {
        "http_proxy": "http://p:3128",
        "HTTP_PROXY": "http://p:3128",
        "no_proxy": "10.0.0.1,registry.local",
        "NO_PROXY": "10.0.0.1,registry.local",
    }
    assert from_parameters("registry.local:9001", {}, None).environment() == {}


def test_a_login_does_not_print_its_password() -> None:
    assert "hunter2" not in repr(Login("admin", "hunter2"))


@pytest.mark.parametrize(("url", "host"), [("a:1/b", "a:1"), ("https://a:1/b/c", "a:1"), ("a", "a")])
def test_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.registry.reference import in_registry, parsed

LOCAL = "registry.local:9001"
DIGEST = "sha256:" + "a" * 64

NAMES = [
    # name → in full, and in the local registry
    ("nginx", "docker.io/library/nginx:latest", "registry.local:9001/nginx"),
    ("nginx:1.29", "docker.io/library/nginx:1.29", "registry.local:9001/nginx:1.29"),
    ("starlingx/stx-nova:x", "docker.io/starlingx/stx-nova:x", "registry.local:9001/starlingx/stx-nova:x"),
    ("docker.io/rabbitmq:3", "docker.io/library/rabbitmq:3", "registry.local:9001/docker.io/rabbitmq:3"),
    ("quay.io/a/b:1", "quay.io/a/b:1", "registry.local:9001/quay.io/a/b:1"),
    (f"quay.io/a/b@{DIGEST}", f"quay.io/a/b@{DIGEST}", f"registry.local:9001/quay.io/a/b@{DIGEST}"),
    (f"quay.io/a/b:1@{DIGEST}", f"quay.io/a/b@{DIGEST}", f"registry.local:9001/quay.io/a/b:1@{DIGEST}"),
    ("registry.local:9001/a:1", "registry.local:9001/a:1", "registry.local:9001/a:1"),
    ("10.0.0.1:5000/a:1", "10.0.0.1:5000/a:1", "10.0.0.1:5000/a:1"),  # a path cannot hold a port
    ("[fd00::1]:5000/a:1", "[fd00::1]:5000/a:1", "[fd00::1]:5000/a:1"),
    ("localhost/a:1", "localhost/a:1", "registry.local:9001/localhost/a:1"),
    ("a/b/c:1", "docker.io/a/b/c:1", "registry.local:9001/a/b/c:1"),
]


@pytest.mark.parametrize(("name", "address", "local"), NAMES, ids=[name for name, *_ in NAMES])
def test_names(name: str, address: str, local: str) -> None:
    found = parsed(name)

    assert found is not None
    assert (str(found), found.address, str(in_registry(found, LOCAL))) == (name, address, local)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A/b",
        "a:",
        "a@sha256:1",
        "a b",
        "https://quay.io/a",
        "a//b",
        "-a",
        "a:-b",
        "--authfile=x",
        "a\nb",
        "é",
        "a" * 600,
    ],
)
def test_no_names(text: str) -> None:
    assert parsed(text) is None


@given(st.from_regex(r"([a-z]{1,5}\.io/)?[a-z]{1,5}(/[a-z]{1,5}){0,2}(:[a-z0-9]{1,4})?", fullmatch=True))
def test_naming_it_in_the_registry_twice_changes_nothing(name: str) -> None:
    image = parsed(name)
    assert image is not None
    once = in_registry(image, LOCAL)

    assert in_registry(once, LOCAL) == once
    assert parsed(str(once)) == once

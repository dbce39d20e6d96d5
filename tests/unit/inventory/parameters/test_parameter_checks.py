import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.inventory.parameters import catalogue
from sturnus.inventory.parameters.checks import ADD_CHECKS, ParameterFacts, Place
from sturnus.inventory.violations import violations

KNOWN = [
    ("openstack", "helm", "endpoint_domain", "example.com"),
    ("identity", "config", "token_expiration", "7200"),
    ("docker", "proxy", "http_proxy", "http://proxy.example.com:3128"),
    ("docker", "proxy", "no_proxy", "localhost,10.0.0.0/8,.example.com,[fd00::1]"),
    ("docker", "quay-registry", "url", "registry.example.com:9001/quay.io"),
    ("docker", "quay-registry", "type", "aws-ecr"),
    ("docker", "k8s-registry", "auth-secret", "6b3dd953-b678-5f00-a950-31e30eafa015"),
    ("docker", "config", "max-kube-app-download-threads", "5"),
    ("kubernetes", "config", "pod_max_pids", "2000"),
    ("kubernetes", "kubelet", "cpu-manager-policy", "static"),
    ("kubernetes", "kube_apiserver", "oidc-issuer-url", "https://10.10.10.3:30556/dex"),
]


@pytest.mark.parametrize(("service", "section", "name", "value"), KNOWN)
def test_known_parameters(service: str, section: str, name: str, value: str) -> None:
    facts = ParameterFacts(Place(service, section, None, None), {name: value}, frozenset())

    assert violations(ADD_CHECKS, facts) == ()


@pytest.mark.parametrize(
    ("place", "values", "messages"),
    [
        (("openstak", "helm"), {"a": "1"}, ["There is no service 'openstak': did you mean openstack?"]),
        (("openstack", "hellm"), {"a": "1"}, ["Service openstack has no section 'hellm': did you mean helm?"]),
        (("openstack", "helm"), {"endpoint_domian": "x.y"},
         ["Section openstack helm has no parameter 'endpoint_domian': did you mean endpoint_domain?"]),
        (("openstack", "helm"), {"endpoint_domain": "No Domain"},
         ["openstack helm endpoint_domain: a DNS name in lower case: example.com is expected."]),
        (("identity", "config"), {"token_expiration": "5"},
         ["identity config token_expiration: a number from 3600 to 14400 is expected."]),
        (("docker", "proxy"), {"http_proxy": "http://user:secret@proxy"},
         ["docker proxy http_proxy: http://HOST[:PORT] or https://HOST[:PORT], without user and password "
          "is expected."]),
        (("docker", "k8s-registry"), {"auth-secret": "hunter2"},
         ["docker k8s-registry auth-secret: the uuid of a secret, never the secret itself is expected."]),
        (("identity", "config"), {}, ["No parameter was given."]),
    ],
)  # fmt: skip
def test_refusals_name_the_nearest_and_never_the_value(
    place: tuple[str, str], values: dict[str, str], messages: list[str]
) -> None:
    found = violations(ADD_CHECKS, ParameterFacts(Place(*place, None, None), values, frozenset()))

    assert [each.message for each in found] == messages


def test_custom_parameters_say_what_they_set() -> None:
    custom = Place("platform", "own", "worker", "platform::compute::params::x")

    assert violations(ADD_CHECKS, ParameterFacts(custom, {"anything": "1"}, frozenset())) == ()
    two = violations(ADD_CHECKS, ParameterFacts(custom, {"a": "1", "b": "2"}, frozenset()))
    assert [each.expected for each in two] == ["one parameter at a time"]
    wrong = violations(ADD_CHECKS, ParameterFacts(Place("p", "o", "laptop", "x"), {"a": "1"}, frozenset()))
    assert [each.message for each in wrong] == ["There is no personality 'laptop'."]


def test_what_is_there_is_modified() -> None:
    place = Place("identity", "config", None, None)
    (found,) = violations(
        ADD_CHECKS, ParameterFacts(place, {"token_expiration": "3600"}, frozenset({"token_expiration"}))
    )

    assert found.remedy == "system service-parameter-modify identity config token_expiration=VALUE"


RULES = [
    rule for sections in catalogue.CATALOGUE.values() for each in sections.values() for rule in each.names.values()
]


@given(st.text(max_size=50), st.sampled_from(RULES))
def test_a_rule_takes_a_value_or_says_what_it_expects(value: str, rule: catalogue.Rule) -> None:
    expected = rule(value)

    assert expected is None or len(expected) > 5

from ipaddress import ip_address, ip_network

import pytest

from sturnus.configuration.first.reading import DEFAULT, read
from sturnus.configuration.first.registries import docker_parameters
from sturnus.core.errors import Invalid
from sturnus.core.states import SystemMode, SystemType

GOOD = DEFAULT.format(release="0.1.0")


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(Invalid) as raised:
        read(text, "0.1.0")
    return raised.value.details


def test_the_default_is_right_and_means_what_it_says() -> None:
    found = read(GOOD, "0.1.0")

    assert (found.system_type, found.system_mode, found.timezone) == (SystemType.STANDARD, SystemMode.DUPLEX, "UTC")
    assert found.networks["MGMT_NETWORK"].cidr == ip_network("192.168.204.0/24")
    assert found.networks["OAM_NETWORK"].floating == ip_address("10.10.10.2")
    assert found.networks["OAM_NETWORK"].units == (ip_address("10.10.10.3"), ip_address("10.10.10.4"))
    assert found.interfaces["LOGICAL_INTERFACE_1"].ports == ("eth1",)


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("SYSTEM_MODE=duplex", "SYSTEM_MODE=triplex",
         "[SYSTEM] SYSTEM_MODE: one of simplex, duplex, duplex-direct is expected, and it is 'triplex'"),
        ("TIMEZONE=UTC", "TIMEZON=UTC", "[SYSTEM] TIMEZON: there is no such key: did you mean TIMEZONE?"),
        ("CIDR=192.168.204.0/24", "CIDR=192.168.204.1/24",
         "[MGMT_NETWORK] CIDR: a network, such as 192.168.204.0/24, without host bits is expected, and it is"
         " '192.168.204.1/24'"),
        ("CIDR=192.168.204.0/24\n", "", "[MGMT_NETWORK] CIDR: is missing"),
        ("CIDR=192.168.206.0/24", "CIDR=192.168.204.128/25",
         "[CLUSTER_NETWORK] CIDR: 192.168.204.128/25 overlaps with 192.168.204.0/24 of [MGMT_NETWORK]"),
        ("GATEWAY=10.10.10.1", "GATEWAY=10.10.11.1", "[OAM_NETWORK] GATEWAY: 10.10.11.1 is not in 10.10.10.0/24"),
        ("IP_UNIT_1_ADDRESS=10.10.10.4\n", "",
         "[OAM_NETWORK] IP_UNIT_1_ADDRESS: is missing: all or none of IP_FLOATING_ADDRESS, IP_UNIT_0_ADDRESS,"
         " IP_UNIT_1_ADDRESS"),
        ("IP_UNIT_0_ADDRESS=10.10.10.3", "IP_UNIT_0_ADDRESS=10.10.10.2",
         "[OAM_NETWORK] IP_FLOATING_ADDRESS: the floating address and those of the controllers have to differ"),
        ("LOGICAL_INTERFACE=LOGICAL_INTERFACE_2", "LOGICAL_INTERFACE=LOGICAL_INTERFACE_7",
         "[OAM_NETWORK] LOGICAL_INTERFACE: there is no section [LOGICAL_INTERFACE_7]"),
        ("INTERFACE_PORTS=eth1", "INTERFACE_PORTS=eth1,eth2",
         "[LOGICAL_INTERFACE_1] INTERFACE_PORTS: several ports want LAG_INTERFACE=Y"),
        ("INTERFACE_PORTS=eth1", "INTERFACE_PORTS=eth1,eth2\nLAG_INTERFACE=Y",
         "[LOGICAL_INTERFACE_1] LAG_MODE: is missing, since LAG_INTERFACE=Y"),
        ("RELEASE=0.1.0", "RELEASE=19.03", "[VERSION] RELEASE: 0.1.0 is installed, and the file is for 19.03"),
        ("[VERSION]", "[VERSIONS]", "[VERSIONS]: there is no such section: did you mean VERSION?"),
        ("[VERSION]", "[LICENSING]\n[VERSION]", "[LICENSING]: take the section out: there are no licences"),
        ("[VERSION]", "[SHARED_SERVICES]\n[VERSION]",
         "[SHARED_SERVICES]: take the section out: regions are not supported: OpenStack is an application with a"
         " Keystone of its own"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_section_and_key(was: str, becomes: str, fault: str) -> None:
    assert was in GOOD

    assert fault in faults(GOOD.replace(was, becomes, 1))


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = GOOD.replace("duplex", "triplex").replace("RELEASE=0.1.0", "RELEASE=1").replace("eth0", "e th0")

    assert [fault.split(":")[0] for fault in faults(text)] == [
        "[SYSTEM] SYSTEM_MODE", "[LOGICAL_INTERFACE_2] INTERFACE_PORTS", "[VERSION] RELEASE"
    ]  # fmt: skip


def test_a_password_is_repeated_neither_in_a_fault_nor_in_the_value() -> None:
    with_short = GOOD + "[AUTHENTICATION]\nADMIN_PASSWORD=secret\n"
    with_long = GOOD + "[AUTHENTICATION]\nADMIN_PASSWORD=secret-enough\n"

    assert faults(with_short) == ("[AUTHENTICATION] ADMIN_PASSWORD: at least 7 characters without spaces is expected",)
    found = read(with_long, "0.1.0")
    assert found.admin_password == "secret-enough"
    assert "secret-enough" not in repr(found)


@pytest.mark.parametrize("text", ["nonsense", "[A]\n[A]\n", "A=1\n"], ids=["no INI", "twice", "no section"])
def test_a_file_that_is_no_ini_is_refused_in_one_sentence(text: str) -> None:
    assert len(faults(text)) == 1


def test_a_single_controller_needs_one_address_for_operators() -> None:
    text = GOOD.replace("SYSTEM_MODE=duplex", "SYSTEM_MODE=simplex")
    text = text.replace("IP_UNIT_0_ADDRESS=10.10.10.3\nIP_UNIT_1_ADDRESS=10.10.10.4\n", "")

    assert read(text, "0.1.0").system_mode is SystemMode.SIMPLEX


def test_proxies_and_registries_of_the_file_become_service_parameters() -> None:
    said = (
        "[DOCKER_PROXY]\nDOCKER_HTTP_PROXY=http://p:3128\nDOCKER_NO_PROXY=registry.local\n"
        "[DOCKER_REGISTRY]\nDOCKER_QUAY_REGISTRY=mirror:5000/quay\nDOCKER_K8S_REGISTRY=mirror:5000\n"
        "IS_SECURE_REGISTRY=False\n"
    )

    assert docker_parameters(read(GOOD, "0.1.0")) == {}
    assert docker_parameters(read(GOOD + said, "0.1.0")) == {
        "proxy": {"http_proxy": "http://p:3128", "no_proxy": "registry.local"},
        "quay-registry": {"url": "mirror:5000/quay", "secure": "false"},
        "k8s-registry": {"url": "mirror:5000", "secure": "false"},
        "registryk8s-registry": {"url": "mirror:5000", "secure": "false"},
    }


def test_what_a_file_says_and_nobody_uses_is_told() -> None:
    text = GOOD.replace("[CLUSTER_NETWORK]\n", "[DNS]\nNAMESERVER_1=10.0.0.53\n[CLUSTER_NETWORK]\nVLAN=7\n")

    assert read(text, "0.1.0").unused == (
        "[LOGICAL_INTERFACE_1]: hosts report their ports themselves",
        "[LOGICAL_INTERFACE_2]: hosts report their ports themselves",
        "[DNS]: hosts keep the name servers that they have",
        "[CLUSTER_NETWORK] VLAN: networks get pools and addresses; the rest is configured by commands",
    )

"""`platform::params`: what the system is, for /etc/platform/platform.conf."""

from __future__ import annotations

from sturnus.configuration.facts import HostFacts, PlatformFacts
from sturnus.configuration.plugins import Plugin, Values


def _static(facts: PlatformFacts) -> Values:
    return {"platform::params::software_version": facts.site.software_version}


def _system(facts: PlatformFacts) -> Values:
    return {
        "platform::params::system_name": facts.system.name,
        "platform::params::system_type": facts.system.type.value,
        "platform::params::system_mode": facts.system.mode.value,
        "platform::params::region_name": facts.system.region,
        "platform::params::controller_hostname": facts.site.active_controller,
    }


def _host(_: PlatformFacts, host: HostFacts) -> Values:
    return {
        "platform::params::hostname": host.hostname,
        "platform::params::personality": host.personality.value,
        "platform::params::subfunctions": host.subfunctions,
    }


PLUGIN = Plugin(
    "platform", static=_static, system=_system, host=_host, classes=lambda _: ("platform::params", "platform::config")
)

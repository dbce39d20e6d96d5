"""Where operators' browsers reach the screens of servers."""

from __future__ import annotations

from typing import Any, Final

from sturnus.openstack.facts import PlatformFacts

NODE_PORT: Final = 30680
"""As StarlingX has it (reference/inventory.md §4.5)."""


def console(facts: PlatformFacts) -> dict[str, Any]:
    """`conf.nova.vnc.novncproxy_base_url`; nothing as long as nobody said where operators reach the platform."""
    if facts.endpoint_domain is not None:
        place = f"novncproxy.{facts.endpoint_domain}"
    elif facts.console_host is not None:
        host = f"[{facts.console_host}]" if ":" in facts.console_host else facts.console_host
        place = f"{host}:{NODE_PORT}"
    else:
        return {}
    return {"conf": {"nova": {"vnc": {"novncproxy_base_url": f"http://{place}/vnc_auto.html"}}}}

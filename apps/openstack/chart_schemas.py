"""Writes `values.schema.json` of each chart: `python -m apps.openstack.chart_schemas`.

Charts have the same frame (images, labels, pod, conf, dependencies, endpoints) with other names in it, so the names are
here and the frame is written once. What is closed refuses a misspelt key; sections of a service's configuration are
open, since the service has more options than anybody lists. Helm checks values against it before it renders anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

CHARTS: Final = Path(__file__).parent / "charts"
Schema = dict[str, Any]


def closed(properties: Mapping[str, Any], required: Iterable[str] = ()) -> Schema:
    """An object that has these properties and no others."""
    schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    return schema | ({"required": sorted(required)} if required else {})


def map_of(values: Schema) -> Schema:
    """An object with any names, whose values are of one kind."""
    return {"type": "object", "additionalProperties": values}


def defined(name: str) -> Schema:
    """A reference to one of `DEFINITIONS`."""
    return {"$ref": f"#/definitions/{name}"}


TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1}
PORT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 65535}
SCALAR: Final = ["string", "number", "boolean"]
DEFINITIONS: Final[Schema] = {
    "image": {"type": "string", "pattern": "^[^ ]+$"},
    "selector": closed(
        {"node_selector_key": TEXT, "node_selector_value": TEXT}, ["node_selector_key", "node_selector_value"]
    ),
    "quantity": {"type": ["string", "integer"], "pattern": "^[0-9.]+([EPTGMk]i?|m)?$"},
    "resources": closed({key: map_of(defined("quantity")) for key in ("requests", "limits")}, ["requests"]),
    "option": {
        "oneOf": [
            {"type": [*SCALAR, "null"]},
            {"type": "array", "items": {"type": SCALAR}},
            closed(
                {"type": {"const": "multistring"}, "values": {"type": "array", "items": {"type": SCALAR}}},
                ["type", "values"],
            ),
        ]
    },
    "ini": map_of({"type": ["object", "null"], "additionalProperties": defined("option")}),
    "overrides": map_of(
        closed(
            {
                "labels": {
                    "type": "array",
                    "items": closed(
                        {
                            "label": closed(
                                {"key": TEXT, "values": {"type": "array", "items": TEXT, "minItems": 1}},
                                ["key", "values"],
                            ),
                            "conf": {"type": "object"},
                        },
                        ["label", "conf"],
                    ),
                },
                "hosts": {
                    "type": "array",
                    "items": closed(
                        {
                            "name": {"type": ["string", "array"], "items": TEXT, "minItems": 1},
                            "conf": {"type": "object"},
                        },
                        ["name", "conf"],
                    ),
                },
            }
        )
    ),
    "dependency": closed(
        {
            "jobs": {"type": "array", "items": TEXT},
            "daemonsets": {"type": "array", "items": TEXT},
            "sockets": {"type": "array", "items": {"type": "string", "pattern": "^/"}},
            "services": {
                "type": "array",
                "items": closed({"endpoint": TEXT, "service": TEXT}, ["endpoint", "service"]),
            },
            "pod": {
                "type": "array",
                "items": closed({"requireSameNode": {"type": "boolean"}, "labels": map_of(TEXT)}, ["labels"]),
            },
        }
    ),
    "endpoint": closed(
        {
            "name": TEXT,
            "namespace": {"type": ["string", "null"]},
            "auth": map_of(map_of({"type": "string"})),
            "hosts": map_of(TEXT),
            "host_fqdn_override": map_of(
                {"type": ["object", "null"], "additionalProperties": False, "properties": {"host": TEXT}}
            ),
            "path": map_of({"type": ["string", "null"]}),
            "scheme": map_of({"enum": ["http", "https"]}),
            "port": map_of(map_of(PORT)),
        }
    ),
}
VOLUME: Final = closed({"class_name": {"type": ["string", "null"]}, "size": defined("quantity")})


@dataclass(frozen=True, slots=True)
class Chart:
    """What one chart has of its own."""

    images: tuple[str, ...]  # under images.tags
    pods: tuple[str, ...]  # components, as in names of values
    conf: Mapping[str, Schema]
    jobs: bool = False  # some are Jobs, with requests of their own
    more: Mapping[str, Schema] = field(default_factory=dict)  # at the top


INI: Final = defined("ini")
SERVICE_IMAGES: Final = ("entrypoint", "mariadb", "openstack")
OF_CHARTS: Final[Mapping[str, Chart]] = {
    "mariadb": Chart(
        ("entrypoint", "mariadb"), ("server",), {"mariadb": map_of(defined("option"))}, more={"volume": VOLUME}
    ),
    "rabbitmq": Chart(
        ("entrypoint", "rabbitmq"),
        ("server",),
        {"rabbitmq": map_of({"type": SCALAR}), "erlang_arguments": TEXT},
        more={"volume": VOLUME},
    ),
    "memcached": Chart(
        ("entrypoint", "memcached"),
        ("memcached",),
        {"memcached": closed({"memory": POSITIVE, "max_connections": POSITIVE})},
    ),
    "keystone": Chart(SERVICE_IMAGES, ("api",), {"keystone": INI}, jobs=True),
    "placement": Chart(SERVICE_IMAGES, ("api",), {"placement": INI}, jobs=True),
    "glance": Chart(SERVICE_IMAGES, ("api",), {"glance": INI}, jobs=True, more={"volume": VOLUME}),
    "nova": Chart(
        (*SERVICE_IMAGES, "nova_compute"),
        ("osapi", "api_metadata", "conductor", "scheduler", "compute"),
        {"nova": INI, "overrides": defined("overrides")},
        jobs=True,
    ),
    "ovn": Chart(
        ("entrypoint", "ovn"),
        ("central", "openvswitch", "ovn_controller"),
        {
            "ovn_encap_type": {"enum": ["geneve"]},
            "ovn_bridge_mappings": TEXT,
            "auto_bridge_add": map_of({"type": ["string", "null"]}),
            "ovn_cms_options": TEXT,
            "overrides": defined("overrides"),
        },
        more={
            "network": closed({"interface": closed({"tunnel": {"type": ["string", "null"]}})}),
            "volume": VOLUME,
        },
    ),
    "libvirt": Chart(
        ("libvirt",),
        ("libvirt",),
        {
            "libvirt": map_of(defined("option")),
            "qemu": map_of(defined("option")),
            "overrides": defined("overrides"),
        },
    ),
    "neutron": Chart(
        SERVICE_IMAGES,
        ("server", "ovn_maintenance"),
        {"neutron": INI, "plugins": closed({"ml2_conf": INI})},
        jobs=True,
    ),
    "horizon": Chart(
        ("entrypoint", "openstack"),
        ("server",),
        {"horizon": closed({"local_settings": {"type": "object"}}, ["local_settings"])},
        more={
            "network": closed({"node_port": closed({"enabled": {"type": "boolean"}, "port": PORT})}),
        },
    ),
}


def schema_of(name: str, chart: Chart) -> Schema:
    """Return the whole schema of a chart's values."""
    pod = closed(
        {
            "replicas": closed(dict.fromkeys(chart.pods, COUNT)),
            "resources": closed(dict.fromkeys([*chart.pods, *(["jobs"] if chart.jobs else [])], defined("resources"))),
            "tolerations": map_of({"type": "array", "items": {"type": "object"}}),
            "lifecycle": closed(
                {
                    "termination_grace_period": map_of(closed({"timeout": COUNT}, ["timeout"])),
                    "upgrades": closed(
                        {"daemonsets": map_of(closed({"max_unavailable": {"type": ["integer", "string"]}}))}
                    ),
                }
            ),
        },
        ["replicas", "resources"],
    )
    labels = dict.fromkeys([*chart.pods, *(["job"] if chart.jobs else [])], defined("selector"))
    images = closed(
        {
            "pull_policy": {"enum": ["Always", "IfNotPresent", "Never"]},
            "tags": closed(dict.fromkeys(chart.images, defined("image")), chart.images),
        },
        ["tags"],
    )
    endpoints = {"type": "object", "properties": {"cluster_domain_suffix": TEXT}, "required": ["cluster_domain_suffix"]}
    properties = {
        "global": {},  # Helm's own
        "openstack-library": {},  # of the subchart, which has none
        "images": images,
        "labels": closed(labels, labels),
        "pod": pod,
        "conf": closed(chart.conf),
        "dependencies": closed({"static": map_of(defined("dependency"))}, ["static"]),
        "endpoints": endpoints | {"additionalProperties": defined("endpoint")},
        **chart.more,
    }
    frame = closed(properties, ["images", "labels", "pod", "endpoints"])
    title = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"Values of the chart {name}"}
    return title | frame | {"definitions": DEFINITIONS}


def written(name: str) -> str:
    """Return the text of a chart's schema."""
    return json.dumps(schema_of(name, OF_CHARTS[name]), indent=1) + "\n"


if __name__ == "__main__":
    for each in OF_CHARTS:
        (CHARTS / each / "values.schema.json").write_text(written(each))

"""Every alarm there is: how grave, of which type, by which cause, and what to do. docs/reference/alarms.md shows it.

Numbers are StarlingX's where it has the same alarm, so that what was written for its clients understands ours. What
only this platform knows has numbers of its own: 600.001 ... 600.099 (the platform itself) and 600.101 ... 600.199 (the
VIM), a group that StarlingX leaves empty. A number is never taken away or used again: the event log may hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.severities import Severity


class AlarmType(StrEnum):
    """What is touched (X.733 §8.1.1, X.736 for the last two), as StarlingX spells it."""

    COMMUNICATION = "communication"
    """Something is not reached."""
    EQUIPMENT = "equipment"
    """A machine, or a part of one."""
    OPERATIONAL = "operational-violation"
    """A service cannot be given, or is not given on purpose."""
    PROCESSING = "processing-error"
    """Software or its data."""
    QOS = "quality-of-service"
    """It works, and too slowly."""


class Cause(StrEnum):
    """Why, as far as it is known (X.733 §8.1.2.1), as StarlingX spells it."""

    CERTIFICATE_EXPIRATION = "certificate-expiration"
    COMMUNICATION = "communication-subsystem-failure"
    CONFIGURATION = "configuration-or-customization-error"
    CONGESTION = "congestion"
    OUT_OF_SERVICE = "out-of-service"
    PROCEDURE = "procedural-error"
    RESOURCE = "underlying-resource-unavailable"
    SUBSYSTEM = "application-subsystem-failure"
    UNKNOWN = "unknown"
    UNSPECIFIED = "unspecified-reason"


class Source(StrEnum):
    """Who raises an alarm, and is the only one to clear it."""

    INVENTORY = "inventory"
    """The loop in `sturnus serve inventory`: it has exactly those active that follow from the tables."""
    VIM = "vim"
    """`sturnus serve vim`, over the wire."""


class AlarmId(StrEnum):
    """The numbers."""

    HOST_LOCKED = "200.001"
    HOST_FAILED = "200.004"
    HOST_SILENT = "200.005"
    PROCESS_FAILED = "200.006"
    BOARD_CONTROLLER = "200.010"
    CONFIGURATION_FAILED = "200.011"
    CONFIGURATION_OLD = "250.001"
    SERVICES_FAILED = "270.001"
    CERTIFICATE_ENDS = "500.200"
    CERTIFICATE_ENDED = "500.210"
    SERVER_FAILED = "700.001"
    APPLICATION_UPLOAD = "750.001"
    APPLICATION_APPLY = "750.002"
    APPLICATION_REMOVE = "750.003"
    NETWORK_SUSPECTED = "600.001"
    NOTICES_LATE = "600.002"
    NOT_FENCED = "600.101"
    EVACUATION_HELD_BACK = "600.102"
    EVACUATING = "600.103"
    SERVERS_NOT_RECOVERED = "600.104"
    LOCK_FAILED = "600.105"
    UNLOCK_FAILED = "600.106"
    OPENSTACK_SILENT = "600.107"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the catalogue."""

    id: AlarmId
    what: str  # for people, one sentence
    entity: str  # how its entity is spelled
    severity: Severity  # unless whoever raises it knows better
    type: AlarmType
    cause: Cause
    repair: str  # what to do, with the command
    service_affecting: bool = False
    suppressible: bool = True
    management_affecting: bool = True  # an upgrade should wait for its end
    source: Source = Source.INVENTORY


_KINDS: Final = (
    Kind(
        id=AlarmId.HOST_LOCKED, what="A host is locked.", entity="host=NAME",
        severity=Severity.WARNING, type=AlarmType.OPERATIONAL, cause=Cause.OUT_OF_SERVICE,
        repair="When the work on the host is done: system host-unlock NAME",
        service_affecting=True, suppressible=False,
    ),
    Kind(
        id=AlarmId.HOST_FAILED, what="A host in service is gone: two witnesses say so.", entity="host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.OPERATIONAL, cause=Cause.SUBSYSTEM,
        repair="Look at the machine and its power; it comes back by itself once it is heard. To replace it, once its "
        "servers are elsewhere: system host-lock --force NAME, which leaves behind servers that may still run",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.HOST_SILENT, what="An unlocked host's agent is not heard.", entity="host=NAME",
        severity=Severity.MAJOR, type=AlarmType.COMMUNICATION, cause=Cause.UNKNOWN,
        repair="Look at the management network and at the agent: sturnus doctor, on the host",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.PROCESS_FAILED, what="A host is degraded: something that it needs does not run.",
        entity="host=NAME.process=PROCESS",
        severity=Severity.MAJOR, type=AlarmType.OPERATIONAL, cause=Cause.UNKNOWN,
        repair="Look at the process on the host; if that is no help: system host-lock NAME, then host-unlock",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.BOARD_CONTROLLER, what="A failed host cannot be switched off by its board controller.",
        entity="host=NAME",
        severity=Severity.WARNING, type=AlarmType.OPERATIONAL, cause=Cause.COMMUNICATION,
        repair="Look at bm_ip, bm_type, bm_username and the password: system host-show NAME, system host-update NAME",
        suppressible=False, management_affecting=False,
    ),
    Kind(
        id=AlarmId.CONFIGURATION_FAILED, what="A host's configuration could not be applied.", entity="host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.OPERATIONAL, cause=Cause.CONFIGURATION,
        repair="The reason names the resource: put it right on the host; it is tried again by itself",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.CONFIGURATION_OLD, what="A host's configuration is out of date.", entity="host=NAME",
        severity=Severity.MAJOR, type=AlarmType.OPERATIONAL, cause=Cause.UNSPECIFIED,
        repair="Its agent applies it by itself. If it stays: see config_status in system host-show NAME, and whether "
        "the agent runs",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.SERVICES_FAILED, what="What ran on a failed host is gone; its servers are being seen to.",
        entity="host=NAME.services=compute",
        severity=Severity.CRITICAL, type=AlarmType.PROCESSING, cause=Cause.UNSPECIFIED,
        repair="Bring the host back, or replace it; see 200.004 of the same host",
        service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.CERTIFICATE_ENDS, what="The certificate of the platform's API ends soon.",
        entity="system.certificate.mode=ssl.host=NAME",
        severity=Severity.MAJOR, type=AlarmType.OPERATIONAL, cause=Cause.CERTIFICATE_EXPIRATION,
        repair="Put a new pair in place of tls_certificate and tls_key: it is taken over without a restart",
        suppressible=False, management_affecting=False,
    ),
    Kind(
        id=AlarmId.CERTIFICATE_ENDED, what="The certificate of the platform's API has ended.",
        entity="system.certificate.mode=ssl.host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.OPERATIONAL, cause=Cause.CERTIFICATE_EXPIRATION,
        repair="Put a new pair in place of tls_certificate and tls_key: it is taken over without a restart",
        service_affecting=True, suppressible=False, management_affecting=False,
    ),
    Kind(
        id=AlarmId.APPLICATION_UPLOAD, what="An application could not be uploaded.",
        entity="k8s_application=NAME",
        severity=Severity.WARNING, type=AlarmType.PROCESSING, cause=Cause.UNSPECIFIED,
        repair="system application-show NAME says what is wrong with the tarball; system application-delete NAME",
        management_affecting=False,
    ),
    Kind(
        id=AlarmId.APPLICATION_APPLY, what="An application could not be applied.", entity="k8s_application=NAME",
        severity=Severity.MAJOR, type=AlarmType.PROCESSING, cause=Cause.RESOURCE,
        repair="Put right what the reason names, then: system application-apply NAME",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.APPLICATION_REMOVE, what="An application could not be removed.", entity="k8s_application=NAME",
        severity=Severity.MAJOR, type=AlarmType.PROCESSING, cause=Cause.RESOURCE,
        repair="Put right what the reason names, then: system application-remove NAME",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.NETWORK_SUSPECTED, what="So many hosts are missed at once that the network is suspected: none is "
        "failed or fenced.",
        entity="system=NAME",
        severity=Severity.CRITICAL, type=AlarmType.COMMUNICATION, cause=Cause.COMMUNICATION,
        repair="Look at the management network. If the hosts are down indeed: bring some back; as soon as few enough "
        "are missed, the others are failed and fenced, and their servers start elsewhere. system host-lock --force "
        "NAME leaves behind servers that may still run",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.NOTICES_LATE, what="Notices of changes do not reach somebody.", entity="outbox=TOPIC",
        severity=Severity.MAJOR, type=AlarmType.COMMUNICATION, cause=Cause.RESOURCE,
        repair="sturnus doctor says who does not answer; nothing is lost, and all arrive once it does",
        service_affecting=True,
    ),
    Kind(
        id=AlarmId.NOT_FENCED, what="A failed host may still run: nothing is started elsewhere before it is off.",
        entity="host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.OPERATIONAL, cause=Cause.RESOURCE,
        repair="Describe its board controller: system host-update NAME bm_type=redfish bm_ip=... bm_username=... "
        "bm_password=...; then it is switched off, and all goes on by itself. If it has none: make sure that the "
        "machine is off; openstack compute service set --down NAME nova-compute; openstack server evacuate ID for "
        "each server; and only then: system host-lock --force NAME, which leaves behind servers that may still run",
        service_affecting=True, suppressible=False, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.EVACUATION_HELD_BACK, what="Too many hosts failed at once: servers are not started elsewhere.",
        entity="host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.OPERATIONAL, cause=Cause.CONGESTION,
        repair="Bring hosts back: evacuation goes on once their share is small enough (docs/reference/vim.md)",
        service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.EVACUATING, what="Servers of a failed host are being started elsewhere.", entity="host=NAME",
        severity=Severity.WARNING, type=AlarmType.OPERATIONAL, cause=Cause.OUT_OF_SERVICE,
        repair="Nothing: it ends by itself", service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.SERVERS_NOT_RECOVERED, what="Servers of a failed host could not be started elsewhere.",
        entity="host=NAME",
        severity=Severity.CRITICAL, type=AlarmType.PROCESSING, cause=Cause.RESOURCE,
        repair="Put right what the reason names (room on other hosts, mostly), or bring the host back",
        service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.LOCK_FAILED, what="A host could not be locked: its servers or pods cannot leave.",
        entity="host=NAME",
        severity=Severity.MAJOR, type=AlarmType.OPERATIONAL, cause=Cause.RESOURCE,
        repair="system host-lock --preview NAME names what stays and why; put that right and lock again",
        source=Source.VIM,
    ),
    Kind(
        id=AlarmId.UNLOCK_FAILED, what="A host could not be taken into service.", entity="host=NAME",
        severity=Severity.MAJOR, type=AlarmType.OPERATIONAL, cause=Cause.RESOURCE,
        repair="Put right what the reason names, then: system host-unlock NAME",
        service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.OPENSTACK_SILENT, what="OpenStack is installed and does not answer.", entity="service=SERVICE",
        severity=Severity.MAJOR, type=AlarmType.COMMUNICATION, cause=Cause.RESOURCE,
        repair="Look at its pods: kubectl -n openstack get pods. Locks and evacuations wait until it answers",
        service_affecting=True, source=Source.VIM,
    ),
    Kind(
        id=AlarmId.SERVER_FAILED, what="A server of OpenStack has failed: Nova has it in ERROR.",
        entity="tenant=UUID.instance=UUID",
        severity=Severity.CRITICAL, type=AlarmType.PROCESSING, cause=Cause.UNKNOWN,
        repair="openstack server show ID says what happened; then rebuild it, reset its state, or delete it",
        service_affecting=True, management_affecting=False, source=Source.VIM,
    ),
)  # fmt: skip

CATALOGUE: Final[Mapping[AlarmId, Kind]] = {kind.id: kind for kind in _KINDS}

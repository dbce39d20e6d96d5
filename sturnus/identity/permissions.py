"""The table of who may do what. `docs/reference/policy.md` is drawn from it, so it cannot be wrong.

Who: as StarlingX has it today (reference/inventory.md §5.1, reference/vim.md §2.6): readers look, configurators write,
and some actions that only run what is configured need no more than an operator. What shows or changes secrets, or
decides who may do what, is the administrator's alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.identity import Role

SERVICE_ROLE: Final = "service"
"""Role of the platform's own programs (Keystone's name for it, made by `keystone-manage bootstrap`)."""

PLATFORM_PROJECTS: Final = ("admin", "services")
"""A role counts only where it is held in one of these projects (reference/inventory.md §5.1 [M])."""

ADMINS: Final = (Role.ADMIN.value,)
CONFIGURATORS: Final = (Role.CONFIGURATOR.value, *ADMINS)
OPERATORS: Final = (Role.OPERATOR.value, *CONFIGURATORS)
READERS: Final = (Role.READER.value, *OPERATORS)
SERVICES: Final = (SERVICE_ROLE, *ADMINS)


class Action(StrEnum):
    """Everything that the API guards: the name is also the rule's name in `policy.yaml`."""

    SYSTEM_SHOW = "inventory:system:show"
    SYSTEM_CHANGE = "inventory:system:change"
    HOSTS_SHOW = "inventory:hosts:show"
    HOSTS_ADD = "inventory:hosts:add"
    HOSTS_ADOPT = "inventory:hosts:adopt"
    HOSTS_CHANGE = "inventory:hosts:change"
    HOSTS_DELETE = "inventory:hosts:delete"
    HOSTS_LOCK = "inventory:hosts:lock"
    HOSTS_UNLOCK = "inventory:hosts:unlock"
    HOSTS_SWACT = "inventory:hosts:swact"
    HOSTS_POWER = "inventory:hosts:power"
    HOSTS_DIVIDE = "inventory:hosts:divide"
    HOSTS_SET_BMC = "inventory:hosts:set-bmc-credentials"
    HOSTS_REPORT = "inventory:hosts:report"
    AGENTS_ENROLL = "inventory:agents:enroll"
    LABELS_SHOW = "inventory:labels:show"
    LABELS_CHANGE = "inventory:labels:change"
    NETWORKS_SHOW = "inventory:networks:show"
    NETWORKS_CHANGE = "inventory:networks:change"
    PARAMETERS_SHOW = "inventory:service-parameters:show"
    PARAMETERS_CHANGE = "inventory:service-parameters:change"
    EVENTS_WATCH = "inventory:events:watch"
    APPLICATIONS_SHOW = "applications:applications:show"
    APPLICATIONS_UPLOAD = "applications:applications:upload"
    APPLICATIONS_PLAN = "applications:applications:plan"
    APPLICATIONS_INSTALL = "applications:applications:install"
    APPLICATIONS_UPDATE = "applications:applications:update"
    APPLICATIONS_ABORT = "applications:applications:abort"
    APPLICATIONS_REMOVE = "applications:applications:remove"
    APPLICATIONS_DELETE = "applications:applications:delete"
    OVERRIDES_SHOW = "applications:overrides:show"
    OVERRIDES_CHANGE = "applications:overrides:change"
    OVERRIDES_SHOW_SECRETS = "applications:overrides:show-secrets"
    STRATEGIES_SHOW = "vim:strategies:show"
    STRATEGIES_CHANGE = "vim:strategies:change"
    STRATEGIES_RUN = "vim:strategies:run"
    INSTANCES_SHOW = "vim:instances:show"
    HOSTS_NOTIFY = "vim:hosts:notify"
    ALARMS_SHOW = "faults:alarms:show"
    ALARMS_RAISE = "faults:alarms:raise"
    ALARMS_DELETE = "faults:alarms:delete"
    ALARMS_SUPPRESS = "faults:alarms:suppress"
    SECRETS_CHANGE = "identity:user-secrets:change"


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: any one of these roles is enough for the action."""

    action: Action
    roles: tuple[str, ...]
    what: str  # for people, as the page of the reference prints it


A = Action
TABLE: Final = (
    Permission(A.SYSTEM_SHOW, READERS, "show the system"),
    Permission(A.SYSTEM_CHANGE, CONFIGURATORS, "change the system's name, description, location"),
    Permission(A.HOSTS_SHOW, READERS, "list and show hosts, their processors, memory, ports and disks"),
    Permission(A.HOSTS_ADD, CONFIGURATORS, "add a host"),
    Permission(A.HOSTS_ADOPT, CONFIGURATORS, "take over the nodes of an existing cluster"),
    Permission(A.HOSTS_CHANGE, CONFIGURATORS, "change a host: name, personality, location"),
    Permission(A.HOSTS_DELETE, CONFIGURATORS, "delete a host"),
    Permission(A.HOSTS_LOCK, OPERATORS, "lock a host, by force too"),
    Permission(A.HOSTS_UNLOCK, OPERATORS, "unlock a host"),
    Permission(A.HOSTS_SWACT, OPERATORS, "move the active controller's services away"),
    Permission(A.HOSTS_POWER, OPERATORS, "reboot, reset, power on, power off"),
    Permission(A.HOSTS_DIVIDE, CONFIGURATORS, "divide a host's processors and memory"),
    Permission(A.HOSTS_SET_BMC, ADMINS, "set a baseboard controller's address, user and password"),
    Permission(A.HOSTS_REPORT, SERVICES, "report a host's progress and state (the VIM does)"),
    Permission(A.AGENTS_ENROLL, ADMINS, "accept an agent's key"),
    Permission(A.LABELS_SHOW, READERS, "list labels"),
    Permission(A.LABELS_CHANGE, CONFIGURATORS, "assign, overwrite and remove labels"),
    Permission(A.NETWORKS_SHOW, READERS, "list and show networks, address pools, data networks, interfaces"),
    Permission(A.NETWORKS_CHANGE, CONFIGURATORS, "change networks, address pools, data networks, interfaces"),
    Permission(A.PARAMETERS_SHOW, READERS, "list and show service parameters"),
    Permission(A.PARAMETERS_CHANGE, CONFIGURATORS, "add, change, delete and apply service parameters"),
    Permission(A.EVENTS_WATCH, READERS, "follow the stream of events"),
    Permission(A.APPLICATIONS_SHOW, READERS, "list and show applications and their progress"),
    Permission(A.APPLICATIONS_UPLOAD, CONFIGURATORS, "upload an application"),
    Permission(A.APPLICATIONS_PLAN, OPERATORS, "see what an installation would do"),
    Permission(A.APPLICATIONS_INSTALL, CONFIGURATORS, "install (apply) an application"),
    Permission(A.APPLICATIONS_UPDATE, CONFIGURATORS, "update an application, and roll it back"),
    Permission(A.APPLICATIONS_ABORT, OPERATORS, "abort what runs"),
    Permission(A.APPLICATIONS_REMOVE, CONFIGURATORS, "remove an application from the cluster"),
    Permission(A.APPLICATIONS_DELETE, CONFIGURATORS, "delete an application"),
    Permission(A.OVERRIDES_SHOW, READERS, "list and show overrides, secrets masked"),
    Permission(A.OVERRIDES_CHANGE, CONFIGURATORS, "change and delete overrides"),
    Permission(A.OVERRIDES_SHOW_SECRETS, ADMINS, "show overrides with their secrets"),
    Permission(A.STRATEGIES_SHOW, READERS, "show a strategy"),
    Permission(A.STRATEGIES_CHANGE, CONFIGURATORS, "create and delete a strategy"),
    Permission(A.STRATEGIES_RUN, CONFIGURATORS, "apply and abort a strategy"),
    Permission(A.INSTANCES_SHOW, (SERVICE_ROLE, *READERS), "list servers, and what a lock would do to them"),
    Permission(A.HOSTS_NOTIFY, SERVICES, "tell the VIM that a host changed (the inventory does)"),
    Permission(A.ALARMS_SHOW, (SERVICE_ROLE, *READERS), "list and show alarms and events"),
    Permission(A.ALARMS_RAISE, SERVICES, "raise and clear alarms"),
    Permission(A.ALARMS_DELETE, OPERATORS, "delete an alarm"),
    Permission(A.ALARMS_SUPPRESS, CONFIGURATORS, "suppress and unsuppress kinds of events"),
    Permission(A.SECRETS_CHANGE, ADMINS, "change passwords and keys of users and services"),
)
del A

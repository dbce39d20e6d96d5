"""Decides whether a caller may do something: oslo.policy over the table of permissions.

oslo.policy, since operators of OpenStack know its rule language and keep files in it: a `policy.yaml` may replace any
rule by name. Without one, the table alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oslo_config import cfg
from oslo_policy import policy as oslo

from sturnus.core.errors import Invalid
from sturnus.core.identity import Identity
from sturnus.identity.permissions import PLATFORM_PROJECTS, TABLE, Action, Permission

PLATFORM_PROJECT_RULE: Final = "platform_project"
_REMEDY: Final = "docs/reference/policy.md lists the rules"
_PERMISSIONS: Final = {row.action: row for row in TABLE}


@dataclass(frozen=True, slots=True)
class Denial:
    """Why the caller may not, in words for the caller."""

    action: Action
    reason: str  # the whole sentence: who, what, needed, held
    needed: str  # what would have been enough


class Policy:
    """The rules in force. Loading reads files: make it at start, outside of the event loop."""

    def __init__(self, overrides: Path | None = None) -> None:
        """Load the table, and `overrides`: an oslo.policy file (YAML) whose rules replace those of the table by name.

        Raises Invalid when it is not there, or names a rule that nothing asks for. A rule that cannot be parsed denies.
        """
        if overrides is not None and not overrides.is_file():
            raise Invalid(f"no policy file {overrides}", expected="a file of rules, or none named", remedy=_REMEDY)
        conf = cfg.ConfigOpts()
        conf([], project="sturnus", default_config_files=[], default_config_dirs=[])
        self._enforcer = oslo.Enforcer(conf, policy_file=str(overrides) if overrides else None)
        conf.set_override("policy_dirs", [], "oslo_policy")  # one file, named by the operator, and no folder beside it
        if overrides is None:
            conf.set_override("policy_file", "", "oslo_policy")
        self._enforcer.register_defaults(default_rules())
        self._enforcer.load_rules()
        unknown = sorted(self._enforcer.file_rules.keys() - self._enforcer.registered_rules.keys())
        if unknown:
            raise Invalid(
                f"unknown rules in {overrides}: {', '.join(unknown)}", expected="rules of the table", remedy=_REMEDY
            )
        # Rules are loaded once: enforce() would otherwise look at the file's date in the event loop at every request.
        self._enforcer.use_conf = False

    def allowed(self, identity: Identity, action: Action) -> Denial | None:
        """None when `identity` may do `action`, else the reason."""
        credentials = {"roles": sorted(identity.roles), "project_name": identity.project, "user_name": identity.user}
        if self._enforcer.enforce(action.value, {}, credentials):
            return None
        needed, has = self._needed(identity, action), _held(identity)
        return Denial(action, f"{identity.user} may not {_PERMISSIONS[action].what}: needs {needed}, has {has}", needed)

    def _needed(self, identity: Identity, action: Action) -> str:
        in_force, in_table = str(self._enforcer.rules[action.value]), check_string(_PERMISSIONS[action])
        if in_force != str(oslo.RuleDefault(action.value, in_table).check):
            return f"{in_force} (the operator's policy file)"
        roles = f"the role {' or '.join(_PERMISSIONS[action].roles)}"
        if identity.project in PLATFORM_PROJECTS:
            return roles
        return f"{roles} in project {' or '.join(PLATFORM_PROJECTS)}"


def _held(identity: Identity) -> str:
    roles = ", ".join(sorted(identity.roles)) or "no role"
    return f"{roles} in project {identity.project}" if identity.project else f"{roles} (a token without a project)"


def default_rules() -> list[oslo.RuleDefault]:
    """Turn the table into rules, in its order, after the rule about projects that all of them use."""
    projects = " or ".join(f"project_name:{name}" for name in PLATFORM_PROJECTS)
    rules = [oslo.RuleDefault(PLATFORM_PROJECT_RULE, projects, "The token is for one of the platform's projects")]
    rules += [oslo.RuleDefault(row.action.value, check_string(row), row.what) for row in TABLE]
    return rules


def check_string(permission: Permission) -> str:
    """One row in oslo.policy's language."""
    roles = " or ".join(f"role:{role}" for role in permission.roles)
    return f"rule:{PLATFORM_PROJECT_RULE} and ({roles})"

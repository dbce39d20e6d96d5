from pathlib import Path

import pytest

from sturnus.core.errors import Invalid
from sturnus.core.identity import Identity
from sturnus.identity import policy_page
from sturnus.identity.permissions import TABLE, Action
from sturnus.identity.policy import Denial, Policy

POLICY = Policy()


def caller(*roles: str, project: str = "admin") -> Identity:
    return Identity("ann", project, frozenset(roles))


@pytest.mark.parametrize(
    ("role", "action", "may"),
    [
        ("reader", Action.HOSTS_SHOW, True),
        ("reader", Action.APPLICATIONS_SHOW, True),
        ("reader", Action.LABELS_CHANGE, False),
        ("reader", Action.HOSTS_LOCK, False),
        ("reader", Action.APPLICATIONS_PLAN, False),
        ("operator", Action.HOSTS_SHOW, True),
        ("operator", Action.HOSTS_LOCK, True),
        ("operator", Action.HOSTS_POWER, True),
        ("operator", Action.APPLICATIONS_ABORT, True),
        ("operator", Action.LABELS_CHANGE, False),
        ("operator", Action.HOSTS_DELETE, False),
        ("configurator", Action.LABELS_CHANGE, True),
        ("configurator", Action.HOSTS_DELETE, True),
        ("configurator", Action.APPLICATIONS_INSTALL, True),
        ("configurator", Action.OVERRIDES_CHANGE, True),
        ("configurator", Action.SECRETS_CHANGE, False),
        ("configurator", Action.HOSTS_SET_BMC, False),
        ("configurator", Action.OVERRIDES_SHOW_SECRETS, False),
        ("admin", Action.SECRETS_CHANGE, True),
        ("service", Action.HOSTS_NOTIFY, True),
        ("service", Action.INSTANCES_SHOW, True),  # the inventory asks the VIM for an operator
        ("service", Action.HOSTS_SHOW, False),
        ("configurator", Action.HOSTS_NOTIFY, False),
        ("member", Action.HOSTS_SHOW, False),
    ],
)
def test_who_may_do_what(role: str, action: Action, *, may: bool) -> None:
    assert (POLICY.allowed(caller(role), action) is None) is may


def test_the_administrator_may_do_everything_without_the_implied_roles() -> None:
    assert [POLICY.allowed(caller("admin"), action) for action in Action] == [None] * len(Action)


def test_every_action_has_one_row() -> None:
    assert [row.action for row in TABLE] == list(Action)


def test_every_rule_is_named_service_thing_verb() -> None:
    assert [action for action in Action if len(action.value.split(":")) != 3] == []


def test_a_denial_names_roles_held_and_needed() -> None:
    assert POLICY.allowed(caller("reader", "member"), Action.HOSTS_LOCK) == Denial(
        Action.HOSTS_LOCK,
        "ann may not lock a host, by force too: needs the role operator or configurator or admin, "
        "has member, reader in project admin",
        "the role operator or configurator or admin",
    )


def test_a_denial_of_a_caller_without_roles_says_so() -> None:
    denial = POLICY.allowed(caller(), Action.SYSTEM_SHOW)
    assert denial is not None
    assert denial.reason.endswith("has no role in project admin")


@pytest.mark.parametrize(
    ("project", "has"),
    [
        ("demo", "admin in project demo"),
        ("admin@other", "admin in project admin@other"),
        ("", "admin (a token without a project)"),
    ],
)
def test_roles_held_elsewhere_do_not_count(project: str, has: str) -> None:
    denial = POLICY.allowed(caller("admin", project=project), Action.HOSTS_DELETE)
    assert denial is not None
    assert denial.needed == "the role configurator or admin in project admin or services"
    assert denial.reason == f"ann may not delete a host: needs {denial.needed}, has {has}"


def test_roles_held_in_the_project_of_the_services_count() -> None:
    assert POLICY.allowed(caller("service", project="services"), Action.HOSTS_NOTIFY) is None


def test_a_policy_file_replaces_one_rule_and_the_denial_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text('"inventory:hosts:lock": "role:night-shift"\n')
    policy = Policy(file)
    assert policy.allowed(caller("night-shift"), Action.HOSTS_LOCK) is None
    assert policy.allowed(caller("reader"), Action.HOSTS_SHOW) is None
    denial = policy.allowed(caller("admin"), Action.HOSTS_LOCK)
    assert denial is not None
    assert denial.reason == (
        "ann may not lock a host, by force too: needs role:night-shift (the operator's policy file), "
        "has admin in project admin"
    )


def test_a_rule_that_cannot_be_parsed_denies_everybody(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text('"inventory:hosts:lock": "role:admin or ("\n')
    assert Policy(file).allowed(caller("admin"), Action.HOSTS_LOCK) is not None


def test_a_policy_file_with_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text('"inventory:hosts:lokc": "role:admin"\n')
    with pytest.raises(Invalid, match=r"unknown rules in .*: inventory:hosts:lokc"):
        Policy(file)


def test_a_policy_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no policy file"):
        Policy(tmp_path / "policy.yaml")


def test_the_page_of_the_reference_is_drawn_from_the_table() -> None:
    page = Path(__file__).parents[3] / "docs/reference/policy.md"
    assert page.read_text() == policy_page.render(), (
        "run: python -m sturnus.identity.policy_page >docs/reference/policy.md"
    )

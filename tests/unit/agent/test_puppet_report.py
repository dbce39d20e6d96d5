"""What is read from Puppet's report: texts as Puppet 7.23 writes them, shortened."""

import pytest

from sturnus.agent.puppet import CATALOGUE, Failure, read_report

HEAD = "--- !ruby/object:Puppet::Transaction::Report\nhost: vm\nstatus: {status}\n"
CHANGED = """\
resource_statuses:
  File[/etc/a]: !ruby/object:Puppet::Resource::Status
    failed: false
    changed: true
    events:
    - !ruby/object:Puppet::Transaction::Event
      status: success
      message: "content changed"
  File[/etc/b]: !ruby/object:Puppet::Resource::Status
    failed: false
    changed: false
    events: []
"""
FAILED = """\
resource_statuses:
  File[/etc/a]: !ruby/object:Puppet::Resource::Status
    failed: true
    changed: false
    events:
    - !ruby/object:Puppet::Transaction::Event
      status: failure
      message: |-
        change from 'absent' to 'file' failed:
        No such file or directory
"""
NOT_COMPILED = """\
logs:
- !ruby/object:Puppet::Util::Log
  level: err
  message: "Class[Platform::Params]: parameter 'personality' expects a match"
resource_statuses: {}
"""


@pytest.mark.parametrize(
    ("report", "said", "outcome"),
    [
        (HEAD.format(status="changed") + CHANGED, "", (1, ())),
        (HEAD.format(status="unchanged") + CHANGED.replace("changed: true", "changed: false"), "", (0, ())),
        (
            HEAD.format(status="failed") + FAILED,
            "",
            (0, (Failure("File[/etc/a]", "change from 'absent' to 'file' failed: No such file or directory"),)),
        ),
        (
            HEAD.format(status="failed") + NOT_COMPILED,
            "",
            (0, (Failure(CATALOGUE, "Class[Platform::Params]: parameter 'personality' expects a match"),)),
        ),
        (
            "",
            "Error: Facter: Permission denied\nError: Could not parse site.pp\n",
            (0, (Failure(CATALOGUE, "Could not parse site.pp"),)),
        ),
        ("", "", (0, (Failure(CATALOGUE, "Puppet left no report"),))),
    ],
    ids=["changed", "unchanged", "a resource failed", "not compiled", "no report, and why", "no report"],
)
def test_a_report_says_what_changed_and_what_failed(
    report: str, said: str, outcome: tuple[int, tuple[Failure, ...]]
) -> None:
    assert read_report(report, said) == outcome

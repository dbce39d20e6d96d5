"""Which hook Helm is at, told from its own debugging lines (4.3.1)."""

from sturnus.helm.operations import HookName, HookProgress, HookTracker

LINES = [
    'level=DEBUG msg="Created resource via patch" namespace=demo name=keystone-api gvk="/v1, Kind=Service"',
    'level=DEBUG msg="starting delete resource" namespace=demo name=keystone-db-init kind=Job',
    'level=DEBUG msg="Created resource via patch" namespace=demo name=keystone-db-init gvk="batch/v1, Kind=Job"',
    'level=DEBUG msg="waiting for resources" count=1 timeout=10s',
    'level=DEBUG msg="Created resource via patch" namespace=demo name=keystone-db-sync gvk="batch/v1, Kind=Job"',
]


def test_hooks_are_counted_against_those_that_are_expected() -> None:
    told: list[HookProgress] = []
    expected = [
        HookName("Job", "keystone-db-init"),
        HookName("Job", "keystone-db-sync"),
        HookName("Job", "keystone-bootstrap"),
    ]
    tracker = HookTracker(expected, told.append)

    for line in LINES:
        tracker.line(line)

    assert told == [HookProgress(1, 3, expected[0]), HookProgress(2, 3, expected[1])]

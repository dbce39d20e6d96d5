from typing import Any

import pytest

from sturnus.applications.overrides.templates import render
from sturnus.core.errors import Invalid

FACTS: dict[str, Any] = {
    "hosts": [
        {"name": "compute-0", "labels": {"openstack-control-plane": "enabled", "items": "x"}, "cpus": [1, 2]},
        {"name": "compute-1", "labels": {}, "cpus": None},
    ],
    "system": {"name": "sturnus", "virtual": True},
}

RENDERED = [
    ("a: {{ system.name }}", "a: sturnus"),
    ("{{ system['name'] }}", "sturnus"),
    ("{{ system.virtual }} {{ hosts[0].cpus }} {{ hosts[1].cpus }} {{ hosts[1].labels }}", "true [1, 2] null {}"),
    ("{{ hosts | selectattr('labels.openstack-control-plane', 'defined') | list | length }}", "1"),
    ("{% for host in hosts %}{{ loop.index }}{{ host.labels.get('x', 'no') }}{% endfor %}", "1no2no"),
    ("{{ hosts[0].labels.items }}", "x"),  # a name in a map is a name, not a method
    ("{{ hosts | map(attribute='name') | join(',') }}", "compute-0,compute-1"),
    ("{% set n = namespace(v=0) %}{% for h in hosts %}{% set n.v = n.v + 2 %}{% endfor %}{{ n.v }}", "4"),
    ("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(1) }}", "<1>"),
    ("{{ hosts[1].labels.nosuch | default('none') }}", "none"),
    ("last line\n", "last line\n"),
]


@pytest.mark.parametrize(("template", "text"), RENDERED, ids=[template for template, _ in RENDERED])
def test_facts_are_rendered_as_yaml(template: str, text: str) -> None:
    assert render(template, FACTS) == text


REFUSED = [
    ("a: 1\n{{ nosuch }}", "overrides.yaml, line 2: 'nosuch' is undefined."),
    ("{{ system.nosuch }}", "overrides.yaml, line 1: 'dict object' has no attribute 'nosuch'."),
    ("\n{% if %}", "overrides.yaml, line 2: Expected an expression, got 'end of statement block'."),
    ("{{ 1 / 0 }}", "overrides.yaml, line 1: ZeroDivisionError: division by zero."),
    ("{% for a in 5 %}{% endfor %}", "overrides.yaml, line 1: TypeError: 'int' object is not iterable."),
    # Out of the sandbox.
    ("{{ ''.__class__ }}", "is unsafe"),
    ("{{ system.__class__.__mro__ }}", "is unsafe"),
    ("{{ self._TemplateReference__context }}", "is unsafe"),
    ("{{ namespace.__init__ }}", "is unsafe"),
    ("{{ range.__globals__ }}", "is unsafe"),
    ("{{ system | attr('__class__') }}", "No filter named 'attr'"),
    ("{{ [system] | map(attribute='__class__') | first }}", "is unsafe"),
    ("{{ '{0.__class__}'.format(1) }}", "is unsafe"),
    ("{{ cycler(1) }}", "'cycler' is undefined"),
    ("{{ lipsum() }}", "'lipsum' is undefined"),
    ("{{ system.update({'a': 1}) }}", "is unsafe"),
    ("{% include '/etc/passwd' %}", "no loader for this environment"),
    ("{% import 'os' as os %}", "no loader for this environment"),
    ("{{ hosts[0].labels.get }}", "a builtin_function_or_method is no value"),
    ("{{ hosts | map(attribute='name') }}", "a generator is no value; if it is many values, say: | list"),
    # Limits.
    ("{{ range(10 ** 9) | list }}", "Range too big"),
    ("{% for a in range(90000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}", "it renders to more than 1024 KiB."),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "it needs too much memory"),
]


@pytest.mark.parametrize(("template", "message"), REFUSED, ids=[template for template, _ in REFUSED])
def test_what_a_template_may_not_do_is_refused_with_its_line(template: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        render(template, FACTS)

    assert message in refused.value.message


def test_facts_stay_as_they_were() -> None:
    render("{% set _ = hosts %}{{ hosts | sort(attribute='name') | list | length }}", FACTS)

    assert [host["name"] for host in FACTS["hosts"]] == ["compute-0", "compute-1"]

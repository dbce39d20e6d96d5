{{/* CONF, or CONF of a class of hosts -> nova.conf, without what is secret. */}}
{{- define "nova.conf" -}}
{{- $root := index . 0 -}}
{{- $cache := include "openstack.endpoint.address" (list $root "oslo_cache" "internal" "memcache") -}}
{{- include "openstack.ini" (mergeOverwrite (dict "cache" (dict "memcache_servers" $cache)) (deepCopy (index . 1))) -}}
{{- end -}}

{{/* What every process has: the queue, credentials. */}}
{{- define "nova.passwords.all" -}}
transport_url = {{ include "openstack.messaging.url" . }}
host = <node-name>

{{ include "openstack.credentials" (list . "nova" "service_user" "placement" "glance" "neutron") | trim }}
{{- end -}}

{{/* Of the control plane. */}}
{{- define "nova.passwords" -}}
[DEFAULT]
my_ip = <pod-ip>
{{ include "nova.passwords.all" . }}

[api_database]
connection = {{ include "openstack.database.url" (list . "nova_api" "nova") }}

[database]
connection = {{ include "openstack.database.url" (list . "nova" "nova") }}

{{ include "openstack.authtoken" (list . "nova") }}
{{- end -}}

{{/* Of the metadata API: only it need know what Neutron's agents sign with. */}}
{{- define "nova.passwords.metadata" -}}
[neutron]
metadata_proxy_shared_secret = <neutron-metadata>
{{- end -}}

{{/* Of compute hosts: no database. Addresses are the node's own, so that equal hosts have equal settings. */}}
{{- define "nova.passwords.compute" -}}
[DEFAULT]
my_ip = <host-ip>
{{ include "nova.passwords.all" . }}

[libvirt]
live_migration_inbound_addr = <host-ip>

[vnc]
server_proxyclient_address = <host-ip>
{{- end -}}

{{/*
nova-manage's four steps (api_db sync, cell_v2 map_cell0, cell_v2 create_cell, db sync) in one process: each start of
nova-manage costs more than what it does. The mappings of cells are templates, which each process fills in from its own
configuration: no password is stored in the database, and a new one needs no change of it. create_cell fails if the cell
is there.
*/}}
{{- define "nova.script.db-sync" -}}
exec python - <<'PYTHON'
import sys
from oslo_log import log
from nova import config, context, objects
from nova.cmd import manage

config.parse_args(["nova-manage"])
log.setup(manage.CONF, "nova")
objects.register_all()
mapped = "{scheme}://{username}:{password}@{hostname}:{port}"
cells = manage.CellV2Commands()


def do(step, command, **options):
    """End with what went wrong, or go on."""
    print(step, flush=True)
    if status := command(**options):
        sys.exit(f"{step}: exit status {status}")


do("tables of the API", manage.ApiDbCommands().sync)
do("cell0", cells.map_cell0, database_connection=mapped + "/nova_cell0?{query}")
if "cell1" not in {cell.name for cell in objects.CellMappingList.get_all(context.get_admin_context())}:
    database = mapped + "/nova?{query}"
    do("cell1", cells.create_cell, name="cell1", database_connection=database, transport_url=mapped + "/")
do("tables of both cells", manage.DbCommands().sync)
PYTHON
{{- end -}}

{{/*
(dict "root" $ "service" "nova" "type" "compute") -> the Job CHART-ks-user: project, user with roles admin and service,
service and its three endpoints in Keystone's catalog, in one process; makes and corrects, never removes.
*/}}
{{- define "openstack.job.users" -}}
{{- $root := .root -}}
{{- $auth := get $root.Values.endpoints.identity.auth .service -}}
{{- $urls := dict -}}
{{- $type := .type -}}
{{- range list "public" "internal" "admin" -}}
{{- $_ := set $urls . (include "openstack.endpoint.url" (list $root $type . "api")) -}}
{{- end -}}
{{- $wanted := dict "region" $auth.region_name "project" $auth.project_name "domain" $auth.project_domain_name "user" $auth.username "service" .service "type" $type "urls" $urls -}}
{{- $admin := $root.Values.endpoints.identity.auth.admin -}}
{{- $env := list
  (dict "name" "OS_AUTH_URL" "value" (include "openstack.endpoint.url" (list $root "identity" "internal" "api")))
  (dict "name" "OS_USERNAME" "value" $admin.username)
  (dict "name" "OS_PROJECT_NAME" "value" $admin.project_name)
  (dict "name" "OS_USER_DOMAIN_NAME" "value" $admin.user_domain_name)
  (dict "name" "OS_PROJECT_DOMAIN_NAME" "value" $admin.project_domain_name)
  (dict "name" "OS_REGION_NAME" "value" $admin.region_name)
  (dict "name" "WANTED" "value" (toJson $wanted))
  (dict "name" "HOME" "value" "/tmp")
-}}
{{- $key := printf "%s-user" .service -}}
{{- $script := printf "python - %s <<'PYTHON'\n%s\nPYTHON" $key (include "openstack.script.users" .) -}}
{{ include "openstack.job" (dict "root" $root "name" "ks-user" "user" 42424 "image" "openstack" "script" $script "passwords" (list "keystone-admin" $key) "env" $env) }}
{{- end -}}

{{- define "openstack.script.users" -}}
import json, os, pathlib, sys
import openstack

secret = pathlib.Path("/secret")
wanted = json.loads(os.environ["WANTED"])
password = (secret / sys.argv[1]).read_text().strip()
identity = openstack.connect(password=(secret / "keystone-admin").read_text().strip(), interface="internal").identity


def ensured(kind, found, properties, make, change):
    """Return the object, made if it was not there, changed if it differs."""
    if found is None:
        print(f"{kind}: made")
        return make(**properties)
    if any(getattr(found, name) != value for name, value in properties.items()):
        print(f"{kind}: corrected")
        return change(found, **properties)
    print(f"{kind}: as it should be")
    return found


domain = identity.find_domain(wanted["domain"], ignore_missing=False)
project = identity.find_project(wanted["project"], domain_id=domain.id)
if project is None:
    try:
        project = identity.create_project(name=wanted["project"], domain_id=domain.id)
    except openstack.exceptions.ConflictException:  # another service's Job was faster
        project = identity.find_project(wanted["project"], domain_id=domain.id, ignore_missing=False)
user = identity.find_user(wanted["user"], domain_id=domain.id)
if user is None:
    user = identity.create_user(name=wanted["user"], domain_id=domain.id, password=password)
else:
    identity.update_user(user, password=password)
for name in ("admin", "service"):
    identity.assign_project_role_to_user(project, user, identity.find_role(name, ignore_missing=False))
service = ensured(
    f"service {wanted['service']}",
    next(iter(identity.services(type=wanted["type"])), None),
    {"name": wanted["service"], "type": wanted["type"]},
    identity.create_service,
    identity.update_service,
)
present = {each.interface: each for each in identity.endpoints(service_id=service.id) if each.region_id == wanted["region"]}
for interface, url in wanted["urls"].items():
    ensured(
        f"endpoint {interface}",
        present.get(interface),
        {"interface": interface, "url": url, "service_id": service.id, "region_id": wanted["region"]},
        identity.create_endpoint,
        identity.update_endpoint,
    )
{{- end -}}

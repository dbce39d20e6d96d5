{{- define "keystone.passwords" -}}
[database]
connection = {{ include "openstack.database.url" (list . "keystone" "keystone") }}
{{- end -}}

{{/*
Python, run before Keystone: has both key repositories under /keys, from Secrets that it makes if they are not there (two
copies at once: the second takes what the first made). Secrets of nobody's release, so that an upgrade, a rollback and a
removal leave them. Not a Job's and a volume's work: the kubelet backs off from a Secret that is missing for up to two minutes.
*/}}
{{- define "keystone.script.keys" -}}
import base64, json, os, pathlib, ssl, sys, urllib.error, urllib.request
from cryptography.fernet import Fernet

ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
API = "https://{KUBERNETES_SERVICE_HOST}:{KUBERNETES_SERVICE_PORT}".format_map(os.environ)
SECRETS = f"{API}/api/v1/namespaces/{(ACCOUNT / 'namespace').read_text()}/secrets"


def ask(url, body=None):
    """Return what the API answers, or None if there is no such thing; conflicts are raised."""
    headers = {"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30, context=ssl.create_default_context(cafile=ACCOUNT / "ca.crt")) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404 and body is None:
            return None
        raise


def keys(name):
    """Return the keys of a Secret by number: 0 is the staged one, the highest the one in use."""
    found = ask(f"{SECRETS}/{name}")
    if found is None:
        new = {str(number): Fernet.generate_key().decode() for number in range(2)}
        labels = {"application": "keystone", "app.kubernetes.io/part-of": "openstack"}
        try:
            found = ask(SECRETS, {"metadata": {"name": name, "labels": labels}, "stringData": new})
            print(f"Secret {name}: made")
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            found = ask(f"{SECRETS}/{name}")
    return {number: base64.b64decode(value) for number, value in found["data"].items()}


os.umask(0o077)
for repository in ("fernet-keys", "credential-keys"):
    directory = pathlib.Path("/keys") / repository
    directory.mkdir(exist_ok=True)
    for number, key in keys(f"keystone-{repository}").items():
        (directory / number).write_bytes(key)
{{- end -}}

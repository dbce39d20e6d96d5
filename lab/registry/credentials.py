"""Who may use the lab's registry."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Final

import bcrypt
from pydantic import BaseModel, ConfigDict

from lab.ground.description import Lab
from lab.ground.records import replace_file

USER: Final = "lab"
PORT: Final = 9001
NAME: Final = f"registry.local:{PORT}"
"""How hosts and manifests call it."""
BCRYPT_ROUNDS: Final = 5  # the password is 192 random bits: more rounds would only slow each request down


class RegistryCredentials(BaseModel):
    """A user of the registry."""

    model_config = ConfigDict(frozen=True)

    user: str
    password: str
    hashed: str  # as the registry's htpasswd file wants it

    @property
    def authorization(self) -> str:
        """The value of an HTTP `Authorization` header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def auth_file(self, registry: str) -> str:
        """The text of a containers-auth.json(5), by which skopeo and buildah log in."""
        return json.dumps({"auths": {registry: {"auth": self.authorization.removeprefix("Basic ")}}})


def ensure(lab: Lab) -> RegistryCredentials:
    """The lab's credentials, made at the first call."""
    file = lab.paths.secrets / "registry.json"
    if file.exists():
        return RegistryCredentials.model_validate_json(file.read_text())
    password = secrets.token_urlsafe(24)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()
    made = RegistryCredentials(user=USER, password=password, hashed=hashed)
    replace_file(file, made.model_dump_json(), 0o600)
    return made

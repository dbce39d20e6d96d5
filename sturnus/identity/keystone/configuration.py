"""keystone.conf. Pure text; only what differs from Keystone's own defaults."""

from __future__ import annotations

from typing import Final

from sturnus.identity.keystone.settings import KeystoneSettings

_TEMPLATE: Final = """\
# Written by `python -m sturnus.identity.keystone bootstrap`, which puts changes made here right.
[database]
connection = sqlite:///{database}

[token]
provider = fernet
expiration = {token_lifetime}

# Receipts have keys of their own by default, and Keystone does not start without them (reference/openstack.md 2.2).
[fernet_tokens]
key_repository = {fernet_keys}

[fernet_receipts]
key_repository = {fernet_keys}

[credential]
key_repository = {credential_keys}

# 72 is all that bcrypt reads; with more allowed Keystone warns at every token.
[identity]
password_hash_rounds = {hash_rounds}
max_password_length = 72
"""


def render(settings: KeystoneSettings) -> str:
    """Render the file. A `$` would be a reference to another option, so it is doubled (oslo.config)."""
    return _TEMPLATE.format(
        database=str(settings.database).replace("$", "$$"),
        token_lifetime=int(settings.token_lifetime.total_seconds()),
        fernet_keys=str(settings.fernet_keys).replace("$", "$$"),
        credential_keys=str(settings.credential_keys).replace("$", "$$"),
        hash_rounds=settings.hash_rounds,
    )

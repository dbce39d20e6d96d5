"""Which values are secret: never shown in explanations, diffs, plans, logs and errors.

A path is secret by its name, or because the platform generated its value. Names are judged by their last word
(`auth_memcache_key`, `adminPassword`), since `password_rules` and `secrets.tls` (names of Kubernetes Secrets) are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from sturnus.applications.overrides.values import Path, leaves

MASK: Final = "•••"
SHORTEST_SECRET: Final = 6
"""Characters; shorter values are words of every day, and masking them everywhere would blot out the plan."""

_LAST_WORDS: Final = frozenset(
    {
        "credential", "credentials", "htpasswd", "keyring", "passphrase", "passwd", "password", "privatekey", "pw",
        "pwd", "secret", "token",
    }
)  # fmt: skip
_KINDS_OF_KEY: Final = frozenset(
    {
        "access", "api", "auth", "cache", "encryption", "fernet", "hmac", "host", "master", "memcache", "private",
        "rndc", "rsa", "secret", "server", "shared", "signing", "ssh", "ssl", "tls",
    }
)  # fmt: skip
_PLACES_OF_KEY: Final = frozenset({"admin", "ca", "ceph", "cert", "certificate", "ssh", "ssl", "tls"})
"""Maps whose `key` is a private key, not a label's."""
_WHOLE_MAPS: Final = frozenset({"credentials", "passwords", "private_keys", "stringData", "tokens"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IN_URL: Final = re.compile(r"(://|,)([^/\s:@,]*):([^/\s@]+)@")  # after a comma: the next host of `rabbit://`
_IN_LINE: Final = re.compile(
    r"(?im)^(\s*[\w.-]*(?:password|passwd|passphrase|secret|token|private_key)[\"']?\s*[:=][ \t]*)(\S.*)$"
)
_IN_PEM: Final = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----)", re.DOTALL)

SecretPath = Callable[[Path], bool]
"""Says whether the value at a path is secret."""


def secret_paths(generated: Collection[Path] = ()) -> SecretPath:
    """Make the predicate: by name, or at or below a path whose value the platform generated."""
    made = frozenset(generated)

    def is_secret(path: Path) -> bool:
        return is_secret_by_name(path) or any(path[:length] in made for length in range(1, len(path) + 1))

    return is_secret


def is_secret_by_name(path: Path) -> bool:
    """Whether a name says that its value is secret."""
    return _tells(path) or not _WHOLE_MAPS.isdisjoint(path)


def secrets_in(values: Mapping[str, Any], is_secret: SecretPath) -> frozenset[str]:
    """The texts that must not be shown wherever they turn up, too: in a ConfigMap, in a command."""
    return long_enough(value for path, value in leaves(values) if is_secret(path))


def long_enough(found: Iterable[Any]) -> frozenset[str]:
    """Those of the secrets that can be looked for in other texts."""
    return frozenset(each for each in found if isinstance(each, str) and len(each) >= SHORTEST_SECRET)


def hiding(secrets: Collection[str]) -> Callable[[Any], Any]:
    """Make what replaces these texts by `MASK` wherever in a value they stand, and what `masked_text` finds.

    Give it values and not their YAML: that quotes texts, folds them, and writes them as they were no more.
    """
    # The longest first: of a secret that begins with another one the rest would stay.
    spelled = {each for secret in long_enough(secrets) for each in _spellings(secret)}
    spellings = sorted(long_enough(spelled), key=len, reverse=True)

    def hide(text: str) -> str:
        for each in spellings if len(text) >= SHORTEST_SECRET else ():
            text = text.replace(each, MASK)
        return masked_text(text)

    def hidden(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {hidden(key): hidden(each) for key, each in _variable(value).items()}
        if isinstance(value, list):
            return [hidden(each) for each in value]
        # Charts write what they are given without quotes, too: `12345678` is a number then.
        shown = hide(str(value))
        return value if shown == str(value) else shown

    return hidden


def _spellings(secret: str) -> Iterable[str]:
    """As it is; as JSON and YAML within a text quote it; and line by line, since charts indent texts."""
    return (secret, json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace("'", "''"), *secret.splitlines())


def masked(value: Any, is_secret: SecretPath, path: Path = ()) -> Any:
    """Return the value with every secret in it replaced by `MASK`, also those inside of texts."""
    if path and value is not None and not isinstance(value, bool) and is_secret(path):
        return value if value == {} else MASK
    if isinstance(value, Mapping):
        return {name: masked(each, is_secret, (*path, name)) for name, each in _variable(value).items()}
    if isinstance(value, list):
        return [masked(each, is_secret, path) for each in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Replace passwords in URLs, in lines of configuration files, and private keys."""
    text = _IN_URL.sub(rf"\1\2:{MASK}@", text)
    text = _IN_PEM.sub(rf"\1{MASK}\2", text)
    return _IN_LINE.sub(rf"\g<1>{MASK}", text)


def _variable(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Environment variables stand as `{name: DB_PASSWORD, value: ...}` in lists: the name is a value there."""
    name = value.get("name")
    if isinstance(value.get("value"), str) and isinstance(name, str) and _tells((name,)):
        return {**value, "value": MASK}
    return value


def _tells(path: Path) -> bool:
    words = [word.lower() for word in _WORD.findall(path[-1])]
    if not words or ":" in path[-1]:  # `identity:change_password` names a rule of a policy
        return False
    if words[-1] in _LAST_WORDS:
        return True
    if words[-1] not in {"key", "keys"}:
        return False
    if len(words) > 1:
        return words[-2] in _KINDS_OF_KEY
    return len(path) > 1 and not _PLACES_OF_KEY.isdisjoint(word.lower() for word in _WORD.findall(path[-2]))

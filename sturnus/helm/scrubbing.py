"""Takes secrets out of what Helm and Kubernetes say: both repeat values in their errors."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

MASK: Final = "•••"
SECRET_KEY: Final = re.compile(
    r"passw|passphrase|secret|token|credential|private|apikey|(?:^|[_.-])(?:key|keys|auth|cert|crt|pem)(?:$|[_.-])"
    r"|(?:api|access|ssh|fernet|encryption|memcache)[_-]?\w*key|connection|transport_url|dsn",
    re.IGNORECASE,
)
"""What a key is called whose value is nobody's business. What lies below such a key is secret too."""
SHORTEST: Final = 4
"""Characters: to mask every "1" would leave nothing to read."""
_EMBEDDED: Final = re.compile(r"(?P<before>\w+://[^\s:/@]*:)[^\s@]+(?=@)")


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Knows the secrets of one release."""

    secrets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Mapping[str, Any], more: Collection[str] = ()) -> Self:
        """The secrets in a release's values, told by the names of their keys; and `more`, such as the chart's own."""
        return cls(frozenset(text for text in (*_secrets(values, secret=False), *more) if len(text) >= SHORTEST))

    def clean(self, text: str) -> str:
        """The text without secrets: as they are, in base64 as a Secret holds them, and inside URLs."""
        text = _EMBEDDED.sub(rf"\g<before>{MASK}", text)
        for secret in sorted(self.secrets, key=len, reverse=True):  # the longest first: one may be part of another
            text = text.replace(secret, MASK).replace(base64.b64encode(secret.encode()).decode(), MASK)
        return text


def _secrets(values: Any, *, secret: bool) -> Iterator[str]:
    match values:
        case Mapping():
            for key, value in values.items():
                yield from _secrets(value, secret=secret or bool(SECRET_KEY.search(str(key))))
        case list() | tuple():
            for value in values:
                yield from _secrets(value, secret=secret)
        case str() if secret:
            yield values
            yield from (line for line in values.splitlines() if line != values)  # errors quote single lines of a key
        case int() | float() if secret and not isinstance(values, bool):
            yield str(values)

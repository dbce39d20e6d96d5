"""What a kubeconfig's user may do, asked of the cluster itself (SelfSubjectAccessReview)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import httpx2
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError, ConfigError
from lightkube.models.authorization_v1 import ResourceAttributes, SelfSubjectAccessReviewSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.authorization_v1 import SelfSubjectAccessReview

from sturnus import tls
from sturnus.core.errors import Unavailable
from sturnus.kubernetes import kubeconfig
from sturnus.kubernetes.account import Permission

DEADLINE: Final = 10.0
"""Seconds for all questions together."""

Asked = tuple[Permission, str]
"""A permission and one of its verbs."""


async def allowed(file: Path, permissions: Iterable[Permission]) -> Mapping[Asked, bool]:
    """Ask for each verb of each permission. Unavailable if the cluster does not answer, or does not know the user."""
    asked = [(permission, verb) for permission in permissions for verb in permission.verbs]
    client = AsyncClient(kubeconfig.read(file), timeout=httpx2.Timeout(DEADLINE), trust_env=False)
    try:
        async with asyncio.timeout(DEADLINE):
            answers = await asyncio.gather(*(_may(client, permission, verb) for permission, verb in asked))
    except ApiError as error:
        raise _unavailable(f"the cluster refuses {file}: {error.status.message}") from error
    except (ConfigError, OSError) as error:
        raise _unavailable(f"{file} cannot be used: {error}") from error
    except (httpx2.HTTPError, TimeoutError) as error:
        why = tls.failure(error, None) or str(error) or type(error).__name__
        raise _unavailable(f"the cluster does not answer: {why}") from error
    finally:
        await client.close()
    return dict(zip(asked, answers, strict=True))


async def _may(client: AsyncClient, permission: Permission, verb: str) -> bool:
    resource, _, subresource = permission.resource.partition("/")
    attributes = ResourceAttributes(
        group=permission.group,
        resource=resource,
        subresource=subresource or None,
        verb=verb,
        namespace=permission.namespace,
        name=permission.names[0] if permission.names else None,
    )
    spec = SelfSubjectAccessReviewSpec(resourceAttributes=attributes)
    review = SelfSubjectAccessReview(metadata=ObjectMeta(), spec=spec)
    answer = await client.create(review)
    return answer.status is not None and answer.status.allowed


def _unavailable(message: str) -> Unavailable:
    return Unavailable(
        message,
        expected="a cluster that answers, and knows the user of the kubeconfig",
        remedy="sturnus doctor says the command that makes it anew",
    )

"""Jobs, which Kubernetes does not let change: they are deleted and made anew."""

from __future__ import annotations

from sturnus.kubernetes.connection import Connection


async def delete_job(connection: Connection, namespace: str, name: str) -> None:
    """Delete a Job, and its pods with it. Returns once it is asked for; one that is gone is no error.

    Raises:
        Unavailable: Kubernetes does not answer.

    """
    # The API's own default leaves the pods of a Job behind.
    await connection.delete(f"apis/batch/v1/namespaces/{namespace}/jobs/{name}", {"propagationPolicy": "Background"})


async def delete_pod(connection: Connection, namespace: str, name: str) -> None:
    """Delete a pod in good order. Returns once it is asked for; one that is gone is no error."""
    await connection.delete(f"api/v1/namespaces/{namespace}/pods/{name}", {})

"""A process that mirrors, for tests that kill it. Reads what to do from standard input, tells each step on a line."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from sturnus.registry.mirror import Item, Mirror, Progress
from sturnus.registry.reference import in_registry, parsed
from sturnus.registry.settings import Login, RegistrySettings, from_parameters
from sturnus.registry.skopeo import Skopeo


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    settings = from_parameters(asked["local"], asked["parameters"], Path(asked["certificates"]))
    logins = {address: Login(*login) for address, login in asked["logins"].items()}

    async def read() -> dict[str, Login]:
        return logins

    async def registries() -> RegistrySettings:
        return settings

    def told(news: Progress) -> None:
        print(news.state, news.image.path, flush=True)

    images = [image for name in asked["images"] if (image := parsed(name)) is not None]
    items = [Item(image, in_registry(image, asked["local"])) for image in images]
    asyncio.run(Mirror(Skopeo(registries, read), lambda: 0.0).run(items, told, at_once=1))


if __name__ == "__main__":
    main()

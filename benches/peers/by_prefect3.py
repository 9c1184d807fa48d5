"""Prefect 3's own client.

    by_prefect3.py once|serve COUNT plain       Secret.load(name), as its documentation says
    by_prefect3.py once|serve COUNT together    one client for all, and all names at the same time
"""

import asyncio
import sys

from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client

from subject import names, subject

NAMES = [name.lower().replace("_", "-") for name in names()]


def plain():
    return [Secret.load(name).get() for name in NAMES]


async def together():
    async with get_client() as client:
        # More at a time wait for the server, and some of them longer than the client does.
        few = asyncio.Semaphore(8)

        async def load(name):
            async with few:
                return (await Secret.aload(name, client=client)).get()

        return await asyncio.gather(*map(load, NAMES))


subject(plain if sys.argv[3] == "plain" else lambda: asyncio.run(together()))

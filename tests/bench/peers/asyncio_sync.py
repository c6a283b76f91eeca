"""asyncio's side of `bench sync`: asyncio_sync.py WORKLOAD COUNT CLIENTS."""

import asyncio
import sys


async def handoff(count, clients):
    lock = asyncio.Lock()
    total = 0

    async def client():
        nonlocal total
        for _ in range(count // clients):
            async with lock:
                total += 1
                await asyncio.sleep(0)

    await asyncio.gather(*(client() for _ in range(clients)))
    assert total == count // clients * clients


async def uncontended(count, _):
    lock = asyncio.Lock()
    total = 0
    for _ in range(count):
        async with lock:
            total += 1
    assert total == count


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](*map(int, sys.argv[2:])))

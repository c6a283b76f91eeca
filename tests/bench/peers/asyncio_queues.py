"""asyncio's side of `bench sync`: asyncio_queues.py WORKLOAD COUNT SIZE.

asyncio has no batches: there a batch is its items, one by one.
"""

import asyncio
import sys

ROOM = 1024


async def produce(items, count):
    for i in range(count):
        await items.put(i)


async def consume(items, count):
    for i in range(count):
        assert await items.get() == i


async def queue(count, _):
    items = asyncio.Queue(ROOM)
    await asyncio.gather(produce(items, count), consume(items, count))


batches = queue


async def pingpong(count, _):
    there, back = asyncio.Queue(ROOM), asyncio.Queue(ROOM)

    async def echo():
        for _ in range(count):
            await back.put(await there.get())

    async def ping():
        for i in range(count):
            await there.put(i)
            assert await back.get() == i

    await asyncio.gather(ping(), echo())


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](*map(int, sys.argv[2:])))

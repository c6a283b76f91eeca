"""asyncio's side of `bench tasks`: asyncio_tasks.py WORKLOAD COUNT."""

import asyncio
import sys
import time


async def trivial(i):
    return i


async def gather(count):
    values = await asyncio.gather(*(trivial(i) for i in range(count)))
    assert sum(values) == count * (count - 1) // 2


async def sleepers(count):
    await asyncio.gather(*(asyncio.sleep(1) for _ in range(count)))


async def cancel(count):
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
    await asyncio.sleep(0.1)
    start = time.monotonic()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(f"cancel {time.monotonic() - start:.3f}")


async def request(count):
    """A task asks another, one question at a time, through two queues."""
    questions, answers = asyncio.Queue(), asyncio.Queue()

    async def double():
        while True:
            await answers.put(2 * await questions.get())

    worker = asyncio.create_task(double())
    total = 0
    for i in range(count):
        await questions.put(i)
        total += await answers.get()
    worker.cancel()
    assert total == count * (count - 1)


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](int(sys.argv[2])))

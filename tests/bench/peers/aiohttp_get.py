"""Downloads a list of URLs with aiohttp, as a good asyncio program does it.

One session whose connector keeps a connection per job, a worker task per job
that takes the next URL, and uvloop where it is installed.
"""

import argparse
import asyncio
import os
import ssl
import sys

import aiohttp

try:
    import uvloop
except ImportError:
    uvloop = None


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", help="file with a URL per line")
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--buffer", type=int, default=64 * 1024)
    parser.add_argument("--cacert")
    parser.add_argument("--version", action="store_true")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--dir")
    target.add_argument("--discard", action="store_true")
    return parser.parse_args()


async def get(session, url, folder):
    async with session.get(url) as response:
        response.raise_for_status()
        if not folder:
            async for _ in response.content.iter_any():
                pass
            return
        path = os.path.join(folder, url.rpartition("/")[2])
        with open(path, "wb", buffering=0) as file:
            async for data in response.content.iter_any():
                file.write(data)


async def work(session, urls, folder):
    for url in urls:
        await get(session, url, folder)


async def main(options):
    with open(options.list, encoding="utf-8") as lines:
        urls = [line.strip() for line in lines if line.strip()]
    context = None
    if options.cacert:
        context = ssl.create_default_context(cafile=options.cacert)
    connector = aiohttp.TCPConnector(
        limit=options.jobs, limit_per_host=options.jobs, ssl=context
    )
    async with aiohttp.ClientSession(
        connector=connector,
        read_bufsize=options.buffer,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        waiting = iter(urls)
        await asyncio.gather(
            *(
                work(session, waiting, options.dir)
                for _ in range(min(options.jobs, len(urls)))
            )
        )


def version():
    loop = f"uvloop {uvloop.__version__}" if uvloop else "without uvloop"
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"aiohttp {aiohttp.__version__}, Python {python}, {loop}"


if __name__ == "__main__":
    arguments = parse()
    if arguments.version:
        print(version())
    else:
        if uvloop:
            uvloop.install()
        asyncio.run(main(arguments))

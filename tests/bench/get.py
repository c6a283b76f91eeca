"""Compares `troupe get` with other downloaders on loopback.

The files come from one nginx for all, or from tests/bench/delay_origin, and go
to memory (/dev/shm), so that neither a network nor a disk is measured. nginx
has a worker per CPU, the same CPUs as the downloaders', writes no log and keeps
its files open; 20,000 names share 1,000 files, so that few descriptors do.
"""

import contextlib
import filecmp
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import time

import harness
from harness import CannotMeasure, Requirement, Scenario

HERE = pathlib.Path(__file__).resolve().parent
KIB = 1024
MIB = 1024 * KIB
STORED = 1000  # files that nginx has, each under as many names as it takes
BIG = 2048 * MIB
WAITING = 2000  # transfers at once in `delayed`
MOST_OF_CURL = 300  # transfers at once, whatever --parallel-max says

NGINX = """
daemon off;
worker_processes auto;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  log_format sent "$status $body_bytes_sent";
  default_type application/octet-stream;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  keepalive_timeout 300s;
  open_file_cache max={stored} inactive=1h;
  open_file_cache_valid 1h;
  server {{
    listen 127.0.0.1:{port} backlog=4096 {tls};
    location ~ "^/..(...[.]bin)$" {{
      alias {folder}/root/$1;
      {log}
    }}
  }}
}}
"""

TLS = """ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_session_cache shared:bench:1m"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    for _ in range(1000):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.01)
    raise CannotMeasure(f"{process.args[0]} did not start")


@contextlib.contextmanager
def started(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


class Origin:
    """What a server has, and the list of its URLs."""

    def __init__(self, folder, port, count, tls):
        self.folder = folder
        self.root = folder / "root"
        self.list = folder / "urls.txt"
        self.log = folder / "access.log"
        self.cacert = folder / "ca.pem" if tls else None
        self.port = port
        self.names = [f"{i:05}.bin" for i in range(count)]
        scheme = "https" if tls else "http"
        self.urls = [f"{scheme}://127.0.0.1:{port}/{n}" for n in self.names]

    def stored(self, name):
        """Returns the file that is served under a name."""
        return self.root / name[2:]

    def write_list(self):
        self.list.write_text("".join(url + "\n" for url in self.urls))

    def write_files(self, size):
        """Makes files that all differ."""
        content = os.urandom(size + STORED)
        for i, name in enumerate(self.names[:STORED]):
            self.stored(name).write_bytes(content[i : i + size])


@contextlib.contextmanager
def nginx(bench, name, count, space, fill, tls=False, log=False):
    """Runs nginx with count names of the files that fill(origin) makes.

    Gives the Origin.
    """
    program = bench.tool("nginx", "-v")
    folder = bench.new_folder(name)
    if shutil.disk_usage(folder).free < space:
        raise CannotMeasure(f"needs {space // MIB} MiB free in {folder}")
    origin = Origin(folder, free_port(), count, tls)
    origin.root.mkdir()
    fill(origin)
    origin.write_list()
    if tls:
        make_certificates(bench, folder)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    print(f"  from nginx, worker_processes auto ({os.cpu_count()})")
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(
            folder=folder,
            files=files,
            connections=min(files, 4096),
            stored=STORED,
            user="user root;" if os.geteuid() == 0 else "",
            port=origin.port,
            tls=TLS.format(folder=folder) if tls else "",
            log=f"access_log {origin.log} sent;" if log else "",
        )
    )
    process = subprocess.Popen(
        [program, "-e", folder / "error.log", "-p", folder, "-c", config]
    )
    with started(process):
        await_port(origin.port, process)
        yield origin
    shutil.rmtree(folder)


def make_certificates(bench, folder):
    """Makes an authority, and a certificate for 127.0.0.1 that it signed."""
    openssl = bench.tool("openssl", "version")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    for arguments in (
        f"req -x509 {new_key} -keyout ca.key -out ca.pem -days 2"
        " -subj /CN=troupe-bench-ca -addext basicConstraints=critical,CA:TRUE"
        " -addext keyUsage=critical,keyCertSign",
        f"req {new_key} -keyout server.key -out server.csr"
        " -subj /CN=127.0.0.1",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
        " -days 2 -extfile server.ext -out server.pem",
    ):
        subprocess.run(
            [openssl, *arguments.split()],
            cwd=folder,
            check=True,
            stderr=subprocess.DEVNULL,
        )


# The peers' command lines. Each takes the bench first, and where the files go
# last: a folder, or None to throw them away.


def troupe(bench, jobs, sources, target, cacert=None):
    words = [bench.subject(), "get", "-q"]
    words += ["-j", jobs, "--per-host", jobs] if jobs > 1 else []
    words += ["--cacert", cacert] if cacert else []
    words += ["-o", target] if target else ["--discard"]
    return words + sources


def curl(bench, jobs, origin, target):
    if jobs > MOST_OF_CURL:
        raise CannotMeasure(f"curl runs at most {MOST_OF_CURL} at once")
    program = bench.tool("curl", "--version")
    # -q: without the user's settings.
    words = [program, "-q", "--no-progress-meter"]
    words += ["--cacert", origin.cacert] if origin.cacert else []
    if not target:
        return words + ["-o", "/dev/null", origin.urls[0]]
    config = origin.folder / "curl.conf"
    config.write_text(
        "".join(
            f'url = "{url}"\noutput = "{target / name}"\n'
            for url, name in zip(origin.urls, origin.names)
        )
    )
    return words + ["--parallel", "--parallel-max", jobs, "-K", config]


def wget2(bench, jobs, origin, target):
    program = bench.tool("wget2", "--version")
    words = [program, "-q", "--no-config", "--no-hsts", "--no-hpkp"]
    words += ["--no-ocsp", "--no-xattr", "--no-compression"]
    words += [f"--max-threads={jobs}"]
    words += [f"--ca-certificate={origin.cacert}"] if origin.cacert else []
    if target:
        return words + ["-P", target, "-i", origin.list]
    return words + ["-O", "/dev/null", "-i", origin.list]


def aria2(bench, jobs, origin, target):
    program = bench.tool("aria2c", "--version")
    words = [program, "-q", "--no-conf", "--no-netrc", f"-j{jobs}", "-s1"]
    # The limit is for one file, which -s1 does not split.
    words += ["--max-connection-per-server=16", "--file-allocation=none"]
    words += ["--deferred-input", "--max-download-result=0"]
    words += ["--auto-save-interval=0", "--summary-interval=0"]
    words += [f"--ca-certificate={origin.cacert}"] if origin.cacert else []
    if not target:
        # It knows files only: so one that leads to nowhere.
        target = origin.folder / "nowhere"
        target.mkdir()
        (target / origin.names[0]).symlink_to(os.devnull)
        words += ["--allow-overwrite=true"]
    return words + ["-d", target, "-i", origin.list]


def own_peer(program, jobs, urls, target, buffer, cacert=None):
    words = [*program, "--list", urls, "--jobs", jobs, "--buffer", buffer]
    words += ["--cacert", cacert] if cacert else []
    return words + (["--dir", target] if target else ["--discard"])


def go(bench):
    return harness.go_program(bench, HERE / "peers" / "go_get.go")


def tuned_go(bench):
    return [*go(bench), "--tuned"]


def aiohttp(bench):
    """Returns the aiohttp peer, run by the first Python that has aiohttp."""
    source = HERE / "peers" / "aiohttp_get.py"
    candidates = [sys.executable, "/usr/bin/python3"]
    candidates += [harness.find_program("python3")]
    for python in dict.fromkeys(filter(None, candidates)):
        version = harness.first_line([python, source, "--version"])
        if version != "unknown":
            bench.versions["aiohttp"] = version
            return [python, source]
    raise CannotMeasure("no Python has aiohttp")


def bare_curl(bench):
    program = bench.built("bare_curl")
    bench.note_version("bare_curl", program, "--version")
    return [program]


OWN_PEERS = {
    "Go": go,
    "Go, tuned": tuned_go,
    "aiohttp": aiohttp,
    "bare_curl": bare_curl,
}


@contextlib.contextmanager
def many_files(bench, name, count, size, jobs, buffer, tls=False):
    """Peers that download count files of size bytes, jobs at once."""
    target = bench.folder / f"{name}-files"

    def prepare():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()

    def fill(origin):
        origin.write_files(size)

    space = 3 * count * size
    with nginx(bench, name, count, space, fill, tls) as origin:
        names = origin.names

        def check():
            got = {e.name: e.stat().st_size for e in os.scandir(target)}
            right = sum(got.get(n) == size for n in names)
            if right != count or len(got) != count:
                return f"{len(got)} files, {right} of {count} whole"
            for n in names[:: max(1, count // 100)]:
                if not filecmp.cmp(origin.stored(n), target / n, False):
                    return f"wrong content in {n}"
            return ""

        commands = {
            "troupe": lambda: troupe(
                bench, jobs, ["-i", origin.list], target, origin.cacert
            ),
            "curl": lambda: curl(bench, jobs, origin, target),
            "wget2": lambda: wget2(bench, jobs, origin, target),
            "aria2": lambda: aria2(bench, jobs, origin, target),
        }
        for peer, program in OWN_PEERS.items():
            commands[peer] = lambda program=program: own_peer(
                program(bench), jobs, origin.list, target, buffer, origin.cacert
            )
        yield [
            bench.peer(peer, command, prepare=prepare, check=check)
            for peer, command in commands.items()
        ]
    shutil.rmtree(target, ignore_errors=True)


def small(bench):
    return many_files(bench, "small", 20_000, KIB, 64, 16 * KIB)


def medium(bench):
    return many_files(bench, "medium", 2_000, 256 * KIB, 64, 128 * KIB)


def tls(bench):
    return many_files(bench, "tls", 200, MIB, 16, 128 * KIB, tls=True)


@contextlib.contextmanager
def big(bench):
    """Peers that read one file and throw it away."""

    def fill(origin):
        with open(origin.stored(origin.names[0]), "wb") as file:
            file.truncate(BIG)

    with nginx(bench, "big", 1, BIG, fill, log=True) as origin:

        def prepare():
            os.truncate(origin.log, 0)

        # What the server has sent: nginx notes it once the answer is over.
        def check():
            sent = []
            for _ in range(200):
                lines = origin.log.read_text().split("\n")[:-1]
                sent = [tuple(map(int, line.split())) for line in lines]
                if sum(size for _, size in sent) >= BIG:
                    break
                time.sleep(0.01)
            total = sum(size for status, size in sent if status in (200, 206))
            return "" if total == BIG else f"{total} of {BIG} bytes were sent"

        commands = {
            "troupe": lambda: troupe(bench, 1, origin.urls, None),
            "curl": lambda: curl(bench, 1, origin, None),
            "wget2": lambda: wget2(bench, 1, origin, None),
            "aria2": lambda: aria2(bench, 1, origin, None),
        }
        for peer, program in OWN_PEERS.items():
            commands[peer] = lambda program=program: own_peer(
                program(bench), 1, origin.list, None, 256 * KIB
            )
        yield [
            bench.peer(peer, command, prepare=prepare, check=check)
            for peer, command in commands.items()
        ]


@contextlib.contextmanager
def delayed(bench):
    """Peers that wait for many answers at once, and for one."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < WAITING + 100:
        raise CannotMeasure(f"needs {WAITING + 100} open files (ulimit -n)")
    folder = bench.new_folder("delayed")
    process = subprocess.Popen(
        [bench.built("delay_origin"), "1000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with started(process):
        line = process.stdout.readline()
        if not line:
            raise CannotMeasure("delay_origin did not start")
        port = int(line)

        def stats():
            with socket.create_connection(("127.0.0.1", port)) as s:
                s.sendall(b"GET /stats HTTP/1.1\r\n\r\n")
                text = s.recv(4096).decode()
                return tuple(map(int, text.split("\r\n")[-1].split()))

        def check(count):
            answered, at_once = stats()
            if answered != count or at_once != count:
                return f"{answered} answers, at most {at_once} waited at once"
            return ""

        # Of aria2, which knows files only.
        files = folder / "files"

        def prepare():
            stats()
            shutil.rmtree(files, ignore_errors=True)
            files.mkdir()

        peers = []
        for count in (WAITING, 1):
            lists = folder / str(count)
            lists.mkdir()
            origin = Origin(lists, port, count, tls=False)
            origin.write_list()
            commands = {
                "troupe": lambda o=origin: troupe(
                    bench, WAITING, ["-i", o.list], None
                ),
                "curl": lambda o=origin: curl(bench, len(o.urls), o, files),
                "wget2": lambda o=origin: wget2(bench, WAITING, o, None),
                "aria2": lambda o=origin: aria2(bench, WAITING, o, files),
            }
            for name, program in OWN_PEERS.items():
                commands[name] = lambda o=origin, program=program: own_peer(
                    program(bench), WAITING, o.list, None, 16 * KIB
                )
            for name, command in commands.items():
                peers.append(
                    bench.peer(
                        name if count == WAITING else only_one(name),
                        command,
                        prepare=prepare,
                        check=lambda count=count: check(count),
                        compare=count == WAITING,
                    )
                )
        yield peers
    shutil.rmtree(folder)


@contextlib.contextmanager
def million(bench):
    """troupe alone, with a list of a million lines."""

    def fill(origin):
        origin.write_files(16)

    with nginx(bench, "million", STORED, MIB, fill) as origin:
        urls = origin.folder / "million.txt"
        lines = origin.list.read_text()
        with open(urls, "w", encoding="utf-8") as out:
            for _ in range(1_000_000 // STORED):
                out.write(lines)
        report = origin.folder / "report"

        def check():
            with open(report, "rb") as lines:
                lines.seek(-200, os.SEEK_END)
                last = lines.read()
            done = b'"total":1000000,"done":1000000,' in last
            return "" if done else f"not all is done: {last}"

        def command():
            words = troupe(bench, 64, ["-i", urls], None)
            return [*words, "--report", report]

        yield [bench.peer("troupe", command, check=check)]


def only_one(name):
    return f"{name}, 1 transfer"


def kib_per_transfer(results, name):
    many, one = results[name], results[only_one(name)]
    return (many.median("rss_kib") - one.median("rss_kib")) / (WAITING - 1)


def kib_column(results, name):
    one = results.get(only_one(name))
    if not one or not one.measured:
        return ""
    return f"{kib_per_transfer(results, name):.1f}"


SCENARIOS = [
    Scenario(
        "small",
        "20,000 x 1 KiB to files, 64 at once",
        small,
        [
            harness.wall_ratio("troupe", "curl", 0.85),
            harness.wall_ratio("troupe", "Go", 0.8),
            harness.wall_ratio("troupe", "aiohttp", 0.25),
        ],
    ),
    Scenario(
        "big",
        "one file of 2 GiB, read and thrown away",
        big,
        [harness.wall_ratio("troupe", "bare_curl", 1.2)],
    ),
    Scenario(
        "delayed",
        "2,000 answers delayed by 1 s, all at once, thrown away",
        delayed,
        [
            harness.wall_limit("troupe", 1.5),
            Requirement(
                "troupe memory per transfer",
                24,
                ("troupe", only_one("troupe")),
                (),
                lambda results: kib_per_transfer(results, "troupe"),
                " KiB",
            ),
        ],
        columns={"KiB/transfer": kib_column},
    ),
    Scenario(
        "million",
        "a list of 1,000,000 lines, 16 bytes each, thrown away",
        million,
        [
            Requirement(
                "troupe peak memory",
                300,
                ("troupe",),
                (),
                lambda results: results["troupe"].median("rss_kib") / KIB,
                " MiB",
            )
        ],
    ),
    Scenario(
        "medium",
        "2,000 x 256 KiB to files, 64 at once (informative)",
        medium,
    ),
    Scenario(
        "tls",
        "200 x 1 MiB over TLS to files, 16 at once (informative)",
        tls,
    ),
]


def raise_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


if __name__ == "__main__":
    raise_file_limit()
    sys.exit(harness.main("bench get", __doc__, SCENARIOS))

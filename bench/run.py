#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what ocelli costs, beside a hand-written minimum (floor.bpf.c) and
beside nothing, in alternating rounds, and says which targets are met.

Prints one table and writes build/bench.json. docs/performance.md says what each
figure means. Needs root.
"""

import argparse
import contextlib
import ctypes
import datetime
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import api
import enforcement
import policies
import uprobes

MIB = 1 << 20
SYS_BPF = {"x86_64": 321, "aarch64": 280}
BPF_ENABLE_STATS = 32
# Both look at the ring at least this often; what is left of a storm is taken by then.
SETTLE_SECONDS = 0.2
READY_SECONDS = 20
RATES = (100, 200, 400, 500, 800, 1600)


class Sizes:
    """How much of everything."""

    def __init__(self, args):
        self.rounds = args.rounds or (2 if args.quick else 5)
        self.ops = 4000 if args.quick else 20000
        self.paced_rounds = 1 if args.quick else 3
        self.paced_seconds = 1.5 if args.quick else 3
        self.volume = 1000000 if args.million else 20000 if args.quick else 100000
        self.lone_events = 40 if args.quick else 150
        self.latency_rounds = 1 if args.quick else 3
        self.starts = 3 if args.quick else 7
        self.idle_seconds = 5 if args.quick else 20


# --- the figures ---------------------------------------------------------------------------------


class Figures:
    """Samples by name, in the order in which they were first measured."""

    # name: (target, how it is said). All are upper bounds, held against the median.
    TARGETS = {
        "kernel process ratio": (1.3, "1.3 x the floor"),
        "kernel process ocelli": (2500, "2500 ns"),
        "cpu pin ocelli": (4, "4 us"),
        "cpu unpinned ocelli": (4, "4 us"),
        "cpu parallel ocelli": (4, "4 us"),
        "cpu 500/s ocelli": (12, "12 us"),
        "slowdown pin over floor": (1.1, "1.1 x the floor's"),
        "slowdown unpinned over floor": (1.1, "1.1 x the floor's"),
        "slowdown parallel over floor": (1.1, "1.1 x the floor's"),
        "latency storm exec p99": (20, "20 ms"),
        "latency storm exit p99": (20, "20 ms"),
        "latency lone exec p99": (2, "2 ms"),
        "latency lone exit p99": (2, "2 ms"),
        "lost in storms": (0, "0"),
        "lost in volume": (0, "0"),
        "unbalanced ledgers": (0, "0"),
        "memory at start": (16, "16 MB"),
        "memory after volume": (32, "32 MB"),
        "memory peak in volume": (32, "32 MB"),
        "start to first event": (150, "150 ms"),
        "start of the command": (20, "20 ms"),
        "idle cpu": (0.1, "0.1 %"),
        **policies.TARGETS,
        **api.TARGETS,
        **uprobes.TARGETS,
    }

    def __init__(self):
        self.units = {}
        self.samples = {}

    def add(self, name, unit, value):
        self.units[name] = unit
        self.samples.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.samples[name])

    def verdict(self, name):
        target, text = self.TARGETS.get(name, (None, None))
        if target is None:
            return None, ""
        met = self.median(name) <= target
        return met, ("meets " if met else "MISSES ") + text

    def as_list(self):
        out = []
        for name, values in self.samples.items():
            met, _ = self.verdict(name)
            out.append({
                "name": name,
                "unit": self.units[name],
                "min": min(values),
                "median": statistics.median(values),
                "max": max(values),
                "samples": values,
                "target": self.TARGETS.get(name, (None,))[0],
                "met": met,
            })
        return out

    def table(self):
        rows = [("", "unit", "min", "median", "max", "n", "target")]
        for name, values in self.samples.items():
            rows.append((name, self.units[name], pretty(min(values)),
                         pretty(statistics.median(values)), pretty(max(values)),
                         str(len(values)), self.verdict(name)[1]))
        widths = [max(len(r[i]) for r in rows) for i in range(6)]
        lines = []
        for row in rows:
            cells = [row[0].ljust(widths[0]), row[1].ljust(widths[1])]
            cells += [row[i].rjust(widths[i]) for i in range(2, 6)]
            lines.append("  ".join(cells + [row[6]]).rstrip())
        return "\n".join(lines)


def pretty(value):
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


# --- the kernel's statistics of programs ---------------------------------------------------------


@contextlib.contextmanager
def run_statistics():
    """Has the kernel time the programs; back as it was when this ends, however it ends.

    A descriptor does that, and nobody else's sysctl can turn it off under us. Where the number of
    bpf(2) is not known here, the sysctl.
    """
    number = SYS_BPF.get(platform.machine())
    if number:
        attr = ctypes.create_string_buffer(128)
        fd = ctypes.CDLL(None, use_errno=True).syscall(number, BPF_ENABLE_STATS, attr, 128)
        if fd >= 0:
            try:
                yield
            finally:
                os.close(fd)
            return
    path = "/proc/sys/kernel/bpf_stats_enabled"
    with open(path) as f:
        before = f.read()
    write(path, "1")
    try:
        yield
    finally:
        write(path, before)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def program_names(bpftool, ids):
    names = {}
    for i in ids:
        out = subprocess.run([bpftool, "-j", "prog", "show", "id", str(i)], check=True,
                             capture_output=True, text=True)
        names[i] = json.loads(out.stdout)["name"]
    return names


def fdinfo(pid):
    """Programs that a process holds: {id: (runs, ns)}."""
    found = {}
    base = f"/proc/{pid}/fdinfo"
    for fd in os.listdir(base):
        with contextlib.suppress(OSError), open(f"{base}/{fd}") as f:
            info = dict(line.split(":", 1) for line in f if ":" in line)
            if "prog_id" in info and "run_cnt" in info:
                found[int(info["prog_id"])] = (int(info["run_cnt"]), int(info["run_time_ns"]))
    return found


# --- the monitors --------------------------------------------------------------------------------


class Monitor:
    """One run of a monitor, or of none."""

    HOOKS = ("fork", "exec", "exit")

    def __init__(self, bench, kind, stdout=None, export=True, options=()):
        self.bench = bench
        self.kind = kind
        self.process = None
        self.log = ""
        self.dir = tempfile.mkdtemp(prefix="run-", dir=bench.work)
        events = os.path.join(self.dir, "events.json")
        if kind == "none":
            return
        if kind == "floor":
            argv, ready = [bench.tool("floor"), events], "ready"
        else:
            argv = bench.agent_argv(self.dir) + list(options)
            if export:
                argv += ["--export-stdout"] if stdout else ["--export-filename", events]
            ready = " watches "
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, text=True,
                                        stdout=stdout or subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        bench.cleanup.callback(self.kill)
        self.wait_ready(ready)
        self.hooks = {}
        for i, name in program_names(bench.bpftool, fdinfo(self.process.pid)).items():
            for hook in self.HOOKS:
                if name in (f"floor_{hook}", f"process_{hook}"):
                    self.hooks[hook] = i
        if set(self.hooks) != set(self.HOOKS):
            raise SystemExit(f"{kind}: expected programs for fork, exec and exit, found "
                             f"{sorted(self.hooks)}")

    def wait_ready(self, text):
        end = time.monotonic() + READY_SECONDS
        while text not in self.log:
            line = self.process.stderr.readline()
            self.log += line
            if not line or time.monotonic() > end:
                raise SystemExit(f"{self.kind} did not start:\n{self.log}")

    @property
    def pid(self):
        return self.process.pid

    def cpu_ns(self):
        """User and system time of all its threads (a CPU clock, see clock_getcpuclockid(3))."""
        return time.clock_gettime_ns(~self.pid << 3 | 2)

    def programs(self):
        """{hook: (runs, ns)}"""
        found = fdinfo(self.pid)
        return {hook: found[i] for hook, i in self.hooks.items()}

    def memory(self):
        """(resident, peak since reset_peak()) in MB"""
        with open(f"/proc/{self.pid}/status") as f:
            kb = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", f.read(), re.M))
        return int(kb["VmRSS"]) * 1024 / 1e6, int(kb["VmHWM"]) * 1024 / 1e6

    def reset_peak(self):
        write(f"/proc/{self.pid}/clear_refs", "5")

    def kill(self):
        """For when a measurement is interrupted."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Returns (events lost, whether the ledger balances)."""
        lost, balanced = 0, True
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.log += self.process.communicate(timeout=60)[1]
            lost = sum(losses(self.log))
            balanced = self.kind == "floor" or "balanced=true" in self.log
        shutil.rmtree(self.dir)
        return lost, balanced


def losses(log):
    """What the last words of a monitor tell of events that were lost."""
    return [int(n) for n in re.findall(r"\b(?:full|dropped_\w+)=(\d+)", log)]


class Usage:
    """What a monitor used while something ran."""

    def __init__(self, monitor):
        self.monitor = monitor
        self.before = self.now()

    def now(self):
        if not self.monitor.process:
            return None
        return self.monitor.cpu_ns(), self.monitor.programs()

    def end(self):
        time.sleep(SETTLE_SECONDS)
        after = self.now()
        self.cpu_ns = after[0] - self.before[0]
        self.runs = {h: after[1][h][0] - self.before[1][h][0] for h in Monitor.HOOKS}
        self.ns = {h: after[1][h][1] - self.before[1][h][1] for h in Monitor.HOOKS}

    def cpu_us_per(self, hook):
        # All that the programs saw: others on the machine start processes as well.
        return self.cpu_ns / self.runs[hook] / 1e3

    def ns_per_run(self, hook):
        return self.ns[hook] / self.runs[hook]


# --- the measurements ----------------------------------------------------------------------------


class Bench:
    def __init__(self, args, work):
        self.build = os.path.abspath(args.build)
        self.work = work
        self.sizes = Sizes(args)
        self.figures = Figures()
        self.cleanup = contextlib.ExitStack()
        self.bpftool = shutil.which("bpftool", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not self.bpftool:
            raise SystemExit("bpftool is not installed")
        self.agent = args.agent or os.path.join(self.build, "ocellid")
        for path in [self.agent] + [self.tool(t) for t in ("storm", "tiny", "floor", "arrival",
                                                         "filter", "calls", "subscribe", "hits",
                                                         "hooked.so")]:
            if not os.access(path, os.X_OK):
                raise SystemExit(f"{path} is missing: build it first (ninja -C {args.build})")

    def tool(self, name):
        return os.path.join(self.build, "bench", name)

    def agent_argv(self, run_dir):
        return [self.agent, "--run-dir", run_dir]

    def storm(self, mode="exec", **options):
        argv = [self.tool("storm")]
        for name, value in options.items():
            argv += [f"--{name}", str(value)]
        argv += [mode] + ([self.tool("tiny"), "one", "two"] if mode == "exec" else [])
        out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        return {k: v for k, v in (pair.split("=") for pair in out.split())}

    def workloads(self):
        n = self.sizes.ops
        return {"pin": {"cpu": 0, "ops": n}, "unpinned": {"ops": n},
                "parallel": {"jobs": 2, "ops": 2 * n},
                "fork": {"mode": "fork", "cpu": 0, "ops": n},
                "thread": {"mode": "thread", "cpu": 0, "ops": n}}

    def close(self, monitor, where):
        lost, balanced = monitor.stop()
        if monitor.kind == "ocelli":
            self.figures.add(f"lost in {where}", "events", lost)
            self.figures.add("unbalanced ledgers", "runs", 0 if balanced else 1)

    def storms(self):
        """Kernel time, CPU time and slowdown, each monitor beside the others in every round."""
        kinds = ["none", "floor", "ocelli"]
        f = self.figures
        for n in range(self.sizes.rounds):
            progress(f"storms, round {n + 1} of {self.sizes.rounds}")
            op_us = {}
            usage = {}
            # Whoever comes first finds the caches cold: take turns.
            for kind in kinds[n % 3:] + kinds[:n % 3]:
                monitor = Monitor(self, kind)
                for name, options in self.workloads().items():
                    use = Usage(monitor)
                    wall = self.storm(**options)
                    op_us[kind, name] = float(wall["wall_s"]) * 1e6 / float(wall["ops"])
                    if kind != "none":
                        use.end()
                        usage[kind, name] = use
                self.close(monitor, "storms")
            self.add_kernel(usage["floor", "pin"], usage["ocelli", "pin"])
            for name, options in self.workloads().items():
                mode = options.get("mode", "exec")
                for kind in ("floor", "ocelli"):
                    use = usage[kind, name]
                    if mode != "exec":
                        f.add(f"kernel {mode} storm {kind}", f"ns/{mode}",
                              use.ns_per_run("fork") + use.ns_per_run("exit"))
                    f.add(f"cpu {name} {kind}", f"us/{mode}" if mode != "exec" else "us/process",
                          use.cpu_us_per("exec" if mode == "exec" else "fork"))
                f.add(f"operation {name} none", "us", op_us["none", name])
                for kind in ("floor", "ocelli"):
                    f.add(f"slowdown {name} {kind}", "x",
                          op_us[kind, name] / op_us["none", name])
                f.add(f"slowdown {name} over floor", "x",
                      op_us["ocelli", name] / op_us["floor", name])

    def add_kernel(self, floor, ocelli):
        sums = {}
        for kind, use in (("floor", floor), ("ocelli", ocelli)):
            for hook in Monitor.HOOKS:
                self.figures.add(f"kernel {hook} {kind}", "ns/run", use.ns_per_run(hook))
            sums[kind] = sum(use.ns_per_run(hook) for hook in Monitor.HOOKS)
        for kind, value in sums.items():
            self.figures.add(f"kernel process {kind}", "ns/process", value)
        self.figures.add("kernel process ratio", "x", sums["ocelli"] / sums["floor"])

    def paced(self):
        for n in range(self.sizes.paced_rounds):
            for kind in ("floor", "ocelli"):
                monitor = Monitor(self, kind)
                for rate in RATES:
                    progress(f"{rate} a second, {kind}, round {n + 1}")
                    use = Usage(monitor)
                    self.storm(rate=rate, ops=int(rate * self.sizes.paced_seconds))
                    use.end()
                    self.figures.add(f"cpu {rate}/s {kind}", "us/process",
                                     use.cpu_us_per("exec"))
                self.close(monitor, "paced storms")

    def volume(self):
        """Two jobs flat out, for a long time: what gets lost, what memory it takes."""
        progress(f"{self.sizes.volume} processes flat out")
        f = self.figures
        monitor = Monitor(self, "ocelli")
        resident, peak = monitor.memory()
        f.add("memory at start", "MB", resident)
        f.add("memory peak of start", "MB", peak)
        monitor.reset_peak()
        wall = self.storm(jobs=2, ops=self.sizes.volume)
        f.add("volume", "processes", self.sizes.volume)
        f.add("volume rate", "1/s", self.sizes.volume / float(wall["wall_s"]))
        time.sleep(SETTLE_SECONDS)
        resident, peak = monitor.memory()
        f.add("memory peak in volume", "MB", peak)
        f.add("memory after volume", "MB", resident)
        self.close(monitor, "volume")

    def arrivals(self, what, **options):
        """Latency from the kernel to the reader of standard output."""
        reader = subprocess.Popen([self.tool("arrival"), "--match", self.tool("tiny")],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        monitor = Monitor(self, "ocelli", stdout=reader.stdin)
        reader.stdin.close()
        reader.stdin = None
        # Past the report of the processes that were there before.
        time.sleep(SETTLE_SECONDS)
        self.storm(**options)
        time.sleep(SETTLE_SECONDS)
        self.close(monitor, "latency runs")
        for line in reader.communicate()[0].splitlines():
            values = dict(pair.split("=") for pair in line.split())
            kind = values["kind"].removeprefix("process_")
            if int(values["n"]) < int(options["ops"]):
                raise SystemExit(f"{what}: only {values['n']} of {options['ops']} arrived")
            for rank in ("p50", "p99"):
                self.figures.add(f"latency {what} {kind} {rank}", "ms",
                                 float(values[f"{rank}_ms"]))

    def latency(self):
        for n in range(self.sizes.latency_rounds):
            progress(f"latency, round {n + 1} of {self.sizes.latency_rounds}")
            self.arrivals("storm", ops=self.sizes.ops)
            before = forks_ever(), time.monotonic()
            self.arrivals("lone", rate=20, ops=self.sizes.lone_events)
            others = forks_ever() - before[0] - self.sizes.lone_events
            self.figures.add("lone: processes and threads of others", "1/s",
                             others / (time.monotonic() - before[1]))

    def start(self):
        progress("start")
        for _ in range(self.sizes.starts):
            with tempfile.TemporaryDirectory(dir=self.work) as run_dir:
                argv = [self.tool("arrival"), "--first"] + self.agent_argv(run_dir)
                out = subprocess.run(argv + ["--export-stdout"], check=True, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            self.figures.add("start to first event", "ms", float(out.split("=")[1]))
        for _ in range(10 * self.sizes.starts):
            began = time.monotonic()
            subprocess.run([os.path.join(self.build, "ocelli"), "version"], check=True,
                           stdout=subprocess.DEVNULL)
            self.figures.add("start of the command", "ms", 1e3 * (time.monotonic() - began))

    def idle(self):
        progress("idle")
        monitor = Monitor(self, "ocelli")
        time.sleep(1)
        cpu, began, forks = monitor.cpu_ns(), time.monotonic_ns(), forks_ever()
        time.sleep(self.sizes.idle_seconds)
        cpu, took = monitor.cpu_ns() - cpu, time.monotonic_ns() - began
        self.figures.add("idle cpu", "%", 100 * cpu / took)
        self.figures.add("idle: processes and threads of others", "1/s",
                         (forks_ever() - forks) * 1e9 / took)
        self.close(monitor, "idle run")

    def policies(self):
        policies.Policies(self, progress, losses).run()

    def enforcement(self):
        enforcement.Enforcement(self, policies.Policies(self, progress, losses), progress).run()

    def uprobes(self):
        uprobes.Uprobes(self, policies.Policies(self, progress, losses), progress).run()

    def api(self):
        api.Api(self, Monitor, Usage, progress).run()

    # What is asked for, in options. The processes are bench/tiny one two.
    FILTERS = (
        ("none", ()),
        ("all types allowed", ("--export-allowlist",
                               '{"event_set":["PROCESS_EXEC","PROCESS_EXIT"]}')),
        ("no type allowed", ("--export-allowlist", '{"event_set":["PROCESS_LOADER"]}')),
        ("binary, all", ("--export-allowlist", '{"binary_regex":["tiny$"]}')),
        ("binary, none", ("--export-allowlist", '{"binary_regex":["^/usr/bin/"]}')),
        ("ten denied, none", ("--export-denylist", "".join(
            f'{{"binary_regex":["^/usr/lib/{i}"],"arguments_regex":["a{i}"]}}' for i in range(10)))),
        ("parent's arguments, all", ("--export-allowlist", '{"parent_arguments_regex":["exec"]}')),
        ("pid_set, none", ("--enable-pid-set-filter", "--export-allowlist", '{"pid_set":[999999]}')),
        ("CEL, all", ("--export-allowlist", json.dumps({"cel_expression": [
            'process_exec.process.arguments.startsWith("one")', "process_exit.status == 0u"]}))),
        ("without parents", ("--field-filters", '{"fields":"parent","action":"EXCLUDE"}')),
        ("without arguments", ("--field-filters",
                               '{"fields":"process.arguments","action":"EXCLUDE"}')),
        ("redacted, none", ("--redaction-filters", '{"redact":["--password[= ](\\\\S+)"]}')),
        ("redacted, all", ("--redaction-filters", '{"redact":["one (\\\\S+)"]}')),
    )

    def filters(self):
        """CPU time with filters, each beside none."""
        for n in range(self.sizes.rounds):
            for name, options in self.FILTERS:
                progress(f"filters, round {n + 1} of {self.sizes.rounds}: {name}")
                monitor = Monitor(self, "ocelli", options=options)
                use = Usage(monitor)
                self.storm(ops=self.sizes.ops)
                use.end()
                self.figures.add(f"cpu filter: {name}", "us/process", use.cpu_us_per("exec"))
                self.close(monitor, "filters")

    PARTS = ("storms", "paced", "volume", "latency", "start", "idle", "policies", "filters", "api")
    # While the kernel does not measure, which changes what a call takes.
    UNMEASURED = ("enforcement", "uprobes")

    def run(self, only):
        with self.cleanup:
            with run_statistics():
                for part in self.PARTS:
                    if not only or part in only:
                        getattr(self, part)()
            for part in self.UNMEASURED:
                if not only or part in only:
                    getattr(self, part)()


def forks_ever():
    with open("/proc/stat") as f:
        return int(re.search(r"^processes (\d+)", f.read(), re.M).group(1))


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def circumstances(bench):
    version = subprocess.run([bench.agent, "--version"], capture_output=True, text=True)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "agent": version.stdout.strip(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", default="build", help="build directory (default: build)")
    parser.add_argument("--agent", help="another ocellid than the build directory's")
    parser.add_argument("--quick", action="store_true", help="some three minutes, less exact")
    parser.add_argument("--million", action="store_true", help="a million processes for volume")
    parser.add_argument("--rounds", type=int, help="rounds of the storms (default: 5, quick: 2)")
    parser.add_argument("--only", action="append", metavar="PART",
                        choices=(*Bench.PARTS, *Bench.UNMEASURED), help="only this part: " +
                        ", ".join((*Bench.PARTS, *Bench.UNMEASURED)) + "; may be repeated")
    parser.add_argument("--output", help="where the JSON goes (default: BUILD/bench.json)")
    args = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("run.py loads BPF programs: run it as root")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="ocelli-bench-") as work:
        bench = Bench(args, work)
        info = circumstances(bench)
        bench.run(args.only)
    progress("")
    info["load_after"] = os.getloadavg()[0]
    print(", ".join(f"{k} {v}" for k, v in info.items()))
    print(bench.figures.table())
    with open(args.output or os.path.join(bench.build, "bench.json"), "w") as f:
        json.dump({"circumstances": info, "figures": bench.figures.as_list()}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()

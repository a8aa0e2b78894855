# SPDX-License-Identifier: Apache-2.0
"""What policies cost: a policy's program, a filter by hand (filter.bpf.c) and one that
does nothing, all at the same system calls; and what loading many takes."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time

READY_SECONDS = 60
STARTS = 5
BURSTS = 8
# What a burst tells has to fit into the ring.
BURST = 4000

NUMBER = 77  # of filter.h, as the folder
FOLDER = "/nonexistent/told/"
ELSEWHERE = "/nonexistent/asked/"
MANY_STRINGS = 10000

TARGETS = {
    "hook int miss ocelli": (20, "20 ns"),
    "hook path miss ratio": (2, "2 x by hand"),
    "hook int hit ratio": (1.5, "1.5 x by hand"),
    "hook path hit ratio": (1.5, "1.5 x by hand"),
    "load of the first policy": (50, "50 ms"),
    "load of each of 100 more": (50, "50 ms"),
    "kernel memory of each of 100 more": (32, "32 KiB"),
    "lost by hooks": (0, "0"),
}


def policy(name, call, index, kind, operator, values):
    return (f"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n"
            f"spec:\n  kprobes:\n  - call: sys_{call}\n    syscall: true\n"
            f"    args: [{{index: {index}, type: {kind}}}]\n    selectors:\n"
            f"    - matchArgs:\n      - index: {index}\n        operator: {operator}\n"
            f"        values:\n" + "".join(f'        - "{v}"\n' for v in values))


def ints(n):
    """The last of them is told, by all of them."""
    return [policy(f"int{i}", "lseek", 0, "int", "Equal", [i + 1000, NUMBER]) for i in range(n)]


PATH = policy("path", "faccessat", 1, "string", "Prefix", [FOLDER])
STRINGS = policy("strings", "faccessat", 1, "string", "Equal",
                 [f"{FOLDER}{i % 100}/{i}" for i in range(MANY_STRINGS)])
NETWORK = policy("network", "connect", 1, "sockaddr", "SAddr", ["10.1.0.0/16", "192.168.0.0/24"])

# name, call, an argument that is not told and one that is, filter by hand, policies
ROWS = (
    ("int", "lseek", "3", str(NUMBER), "number", ints(1)),
    ("path", "faccessat", ELSEWHERE + "x", FOLDER + "x", "path", [PATH]),
    ("one of 10,000 strings", "faccessat", FOLDER + "x", FOLDER + "77/5077", None, [STRINGS]),
    ("network", "connect", "10.2.3.4", "10.1.3.4", None, [NETWORK]),
    ("int, 10 policies", "lseek", "3", str(NUMBER), None, ints(10)),
    ("int, 100 policies", "lseek", "3", str(NUMBER), None, ints(100)),
)


def run_times(pid, kind=None):
    """{program: (ns, runs)} of all that it holds, or of those of that type (enum
    bpf_prog_type)."""
    times = {}
    base = f"/proc/{pid}/fdinfo"
    for fd in os.listdir(base):
        with contextlib.suppress(OSError), open(f"{base}/{fd}", encoding="ascii") as f:
            info = dict(line.split(":", 1) for line in f if ":" in line)
            if "run_time_ns" in info and kind in (None, int(info["prog_type"])):
                times[info["prog_id"]] = int(info["run_time_ns"]), int(info["run_cnt"])
    return times


def taken(before, after, calls):
    """ns a call of the programs that saw them all."""
    ns = 0
    for program, (time_after, runs_after) in after.items():
        time_before, runs_before = before.get(program, (0, 0))
        if runs_after - runs_before >= calls:
            ns += time_after - time_before
    return ns / calls


class Policies:
    def __init__(self, bench, progress, losses):
        self.bench = bench
        self.progress = progress
        self.losses = losses
        self.figures = bench.figures
        self.rounds = bench.sizes.rounds

    @contextlib.contextmanager
    def running(self, argv, ready):
        """Yields (process, ms until it was ready)."""
        began = time.monotonic()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            log = ""
            while ready not in log:
                line = process.stderr.readline()
                log += line
                if not line or "is not loaded" in line or \
                        time.monotonic() > began + READY_SECONDS:
                    raise SystemExit(f"{argv[0]} did not start:\n{log}")
            yield process, (time.monotonic() - began) * 1e3
            process.send_signal(signal.SIGTERM)
            log += process.communicate(timeout=60)[1]
            if "watches" in ready:
                self.figures.add("lost by hooks", "events", sum(self.losses(log)))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def agent(self, policies):
        with tempfile.TemporaryDirectory(dir=self.bench.work) as folder:
            os.mkdir(f"{folder}/policies")
            for i, text in enumerate(policies):
                with open(f"{folder}/policies/{i}.yaml", "w", encoding="ascii") as f:
                    f.write(text)
            argv = self.bench.agent_argv(folder) + [
                "--tracing-policy", f"{folder}/policies",
                "--export-filename", f"{folder}/events.json"]
            with self.running(argv, " watches ") as running:
                yield running

    def call(self, processes, name, argument, told=0):
        """ns that the programs of each process take of a call of which each is told so
        many times, without what one takes that does nothing: {subject: ns}. All see the
        same calls, so that whatever else the machine does at the time, it does to all."""
        burst = BURST // max(1, told)
        before = {s: run_times(p.pid) for s, p in processes.items()}
        subprocess.run([self.bench.tool("calls"), str(BURSTS), str(burst), name, argument],
                       check=True)
        took = {s: taken(before[s], run_times(p.pid), BURSTS * burst)
                for s, p in processes.items()}
        return {s: ns - took["empty"] for s, ns in took.items() if s != "empty"}

    def by_hand(self, name):
        return self.running([self.bench.tool("filter"), name], "ready")

    def side_by_side(self, call, arguments, subjects, reverse):
        """[{subject: ns}] of each argument."""
        with contextlib.ExitStack() as stack:
            processes = {name: stack.enter_context(subjects[name]())[0]
                         for name in sorted(subjects, reverse=reverse)}
            return [self.call(processes, call, argument, told) for argument, told in arguments]

    def row(self, name, call, miss, hit, hand, policies):
        f = self.figures
        subjects = {"empty": lambda: self.by_hand("empty"), "ocelli": lambda: self.agent(policies)}
        if hand:
            subjects["by hand"] = lambda: self.by_hand(hand)
        arguments = (miss, 0), (hit, len(policies))
        # Who comes first at a call finds less in the caches.
        orders = [self.side_by_side(call, arguments, subjects, reverse) for reverse in (0, 1)]
        for what, first, second in zip(("miss", "hit"), *orders):
            over = {subject: (first[subject] + second[subject]) / 2 for subject in first}
            for subject in sorted(over):
                f.add(f"hook {name} {what} {subject}", "ns", over[subject])
            # What both miss in some nanoseconds has no ratio.
            if hand and over["by hand"] > 10:
                f.add(f"hook {name} {what} ratio", "x", over["ocelli"] / over["by hand"])

    def calls(self):
        for n in range(self.rounds):
            for row in ROWS:
                self.progress(f"policies: {row[0]}, round {n + 1} of {self.rounds}")
                self.row(*row)

    def kernel_memory(self, pid):
        """KiB of all maps and programs that it holds."""
        bytes_of = {}
        base = f"/proc/{pid}/fdinfo"
        for fd in os.listdir(base):
            with contextlib.suppress(OSError), open(f"{base}/{fd}", encoding="ascii") as f:
                info = dict(line.split(":", 1) for line in f if ":" in line)
                for kind in ("prog_id", "map_id"):
                    if kind in info and "memlock" in info:
                        bytes_of[kind, info[kind]] = int(info["memlock"])
        return sum(bytes_of.values()) / 1024

    def first_load(self):
        """ms: of starts with none and with one in turns, the fastest of each."""
        ms = {0: [], 1: []}
        for _ in range(STARTS):
            for count, took in ms.items():
                with self.agent(ints(count)) as running:
                    took.append(running[1])
        return min(ms[1]) - min(ms[0])

    def loads(self):
        f = self.figures
        for n in range(self.rounds):
            self.progress(f"policies: loading, round {n + 1} of {self.rounds}")
            f.add("load of the first policy", "ms", self.first_load())
            ms, kib = {}, {}
            for count in (0, 1, 101, 1001):
                with self.agent(ints(count)) as (process, took):
                    ms[count] = took
                    kib[count] = self.kernel_memory(process.pid)
                    if count == 1001:
                        with self.by_hand("empty") as (empty, _):
                            over = self.call({"empty": empty, "ocelli": process}, "lseek", "3")
                        f.add("hook int, 1001 policies miss ocelli", "ns", over["ocelli"])
            f.add("load of each of 100 more", "ms", (ms[101] - ms[1]) / 100)
            f.add("load of each of 1,000 more", "ms", (ms[1001] - ms[1]) / 1000)
            f.add("kernel memory of policies at all", "KiB", kib[1] - kib[0])
            f.add("kernel memory of each of 100 more", "KiB", (kib[101] - kib[1]) / 100)
            f.add("kernel memory of each of 1,000 more", "KiB", (kib[1001] - kib[1]) / 1000)

    def run(self):
        self.calls()
        self.loads()

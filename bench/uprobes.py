# SPDX-License-Identifier: Apache-2.0
"""What hooks in programs cost: the same function of copies of one file (hooked.c), each copy hooked
by somebody else: by nobody, a program that does nothing, one by hand (filter.bpf.c), the agent, and
what else there is on the machine; what becomes of calls that come faster than they can be told; and
how long it takes to attach to many functions."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from policies import NUMBER, run_times, taken

# Of filter.h.
FOLDER = "/nonexistent/told/"
ELSEWHERE = "/nonexistent/asked/"

OTHERS = "perf stat", "perf record", "bpftrace"
READY_SECONDS = 20
# Less than that takes what meets no probe.
TRAP_NS = 150

# Short bursts, many of them: some find a moment when nothing else goes on. All subjects' together
# have to fit into the ring, and leave it before the next.
BURST = 2000
BURSTS = 40
MEASURED = 10
FLOOD = 400000  # calls of each CPU
MANY = 5000
# Each is waited for by itself when it is detached.
ONE_BY_ONE = 100
PATIENCE = 600

TARGETS = {
    **{f"uprobe {row} ratio": (1.3, "1.3 x by hand")
       for row in ("int miss", "int hit", "text miss", "text hit", "usdt miss", "usdt hit")},
    **{f"uprobe {row} ratio over empty": (1.3, "1.3 x by hand")
       for row in ("int hit", "text miss", "text hit", "usdt hit")},
    "uprobe flood lost uncounted": (0, "0"),
    f"attach {MANY} functions": (1000, "1000 ms"),
    f"attach {MANY} functions, file in use": (1000, "1000 ms"),
}


def policy(name, section, path, where, more, options=""):
    return (f"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n"
            f"spec:\n{options}  {section}:\n  - path: {path}\n    {where}\n{more}")


def selected(index, operator, value):
    return (f"    selectors:\n    - matchArgs: [{{index: {index}, operator: {operator}, "
            f"values: [\"{value}\"]}}]\n")


INT = "    args: [{index: 0, type: int}]\n"
TEXT = "    args: [{index: 1, type: string}]\n"
THREE = "    args: [{index: 0, type: int}, {index: 1, type: uint64}, {index: 2, type: int64}]\n"
RETURN = "    return: true\n    returnArg: {index: 0, type: int}\n"
WORK, PROBE = "symbols: [work]", "provider: bench\n    name: hit"
ALL = "symbols: [" + ", ".join(["work"] + [f"many_{i:04}" for i in range(MANY)]) + "]"
IS_NUMBER = selected(0, "Equal", NUMBER)


class Row:
    """What is called, and hooked, how, and by whom else."""

    def __init__(self, name, section, where, hook, by_hand=None, place="work", call="work",
                 perf=None, text=False):
        self.name, self.section, self.where, self.hook = name, section, where, hook
        self.by_hand, self.place, self.call, self.perf = by_hand, place, call, perf
        # Number and text of a call that is not told, and of one that is.
        self.calls = ((("miss", "3", ELSEWHERE + "x"), ("hit", "3", FOLDER + "x")) if text else
                      (("miss", "3", "x"), ("hit", str(NUMBER), "x")))

    def policy(self, path):
        return policy("hooked", self.section, path, self.where, self.hook)


ROWS = (
    Row("int", "uprobes", WORK, INT + IS_NUMBER, ("program_number",),
        perf="number=%di:s32" if os.uname().machine == "x86_64" else "number=%x0:s32"),
    Row("text", "uprobes", WORK, TEXT + selected(1, "Prefix", FOLDER), ("program_text",),
        text=True),
    Row("return", "uprobes", WORK, INT + RETURN + IS_NUMBER,
        ("program_call", "program_return")),
    Row("usdt", "usdts", PROBE, THREE + IS_NUMBER, ("program_three",), "probe_place", "probed"),
    Row(f"one of {MANY + 1} functions", "uprobes", ALL, INT + IS_NUMBER),
)


def open_file(path):
    """A process that has the file in use, as a library."""
    return ["/usr/bin/env", f"LD_PRELOAD={path}", "/usr/bin/sleep", "600"]


class Uprobes:
    def __init__(self, bench, runner, progress):
        """@runner: policies.Policies"""
        self.bench = bench
        self.runner = runner
        self.progress = progress
        self.figures = bench.figures
        self.rounds = bench.sizes.rounds

    def add(self, what, unit, value):
        self.figures.add(f"uprobe {what}", unit, value)

    def copy(self, folder, name):
        return shutil.copy(self.bench.tool("hooked.so"), os.path.join(folder, name + ".so"))

    # --- what a hit costs

    def by_hand(self, path, place, names):
        return self.runner.running([self.bench.tool("filter"), path, place, *names], "ready")

    def subjects(self, row, folder, stack):
        """{subject: (its copy, its process or None)}"""
        path = {name: self.copy(folder, name.replace(" ", "-"))
                for name in ("none", "empty", "by hand", "ocelli", *OTHERS)}
        found = {"none": None}
        found["empty"], _ = stack.enter_context(
            self.by_hand(path["empty"], row.place, ("program_empty",)))
        if row.by_hand:
            found["by hand"], _ = stack.enter_context(
                self.by_hand(path["by hand"], row.place, row.by_hand))
        found["ocelli"], _ = stack.enter_context(self.runner.agent([row.policy(path["ocelli"])]))
        if row.perf:
            found.update(self.others(row, path, folder, stack))
        return {name: (path[name], process) for name, process in found.items()}

    def others(self, row, path, folder, stack):
        """What else there is, where it works. perf is told all calls: it could only choose by a
        filter of what it has read already."""
        record = ["record", "-q", "-o", os.path.join(folder, "perf.data")]
        tools = {"perf stat": lambda: self.perf("perf stat", path["perf stat"], row, ["stat"]),
                 "perf record": lambda: self.perf("perf record", path["perf record"], row, record),
                 "bpftrace": lambda: self.attached(self.bpftrace(path["bpftrace"], folder),
                                                   path["bpftrace"])}
        found = {}
        for name, start in tools.items():
            if shutil.which(name.split()[0]):
                with contextlib.suppress(OSError):
                    found[name] = stack.enter_context(start())
        return found

    @staticmethod
    def bpftrace(path, folder):
        text = f'uprobe:{path}:work /(int32)arg0 == {NUMBER}/ {{ printf("%d %d\\n", tid, arg0) }}'
        return ["bpftrace", "-o", os.path.join(folder, "bpftrace.txt"), "-e", text]

    @contextlib.contextmanager
    def attached(self, argv, path):
        """Runs what does not say when it is ready: then calls take longer."""
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + READY_SECONDS
            while self.bursts("work", "1", "x", [path], 3)[0] < TRAP_NS:
                if process.poll() is not None or time.monotonic() > end:
                    raise OSError(f"{argv[0]} does not work here")
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    @contextlib.contextmanager
    def perf(self, name, path, row, argv):
        """tracefs is in a mount namespace of its own, its probe in a group of our own."""
        event = f"ocelli_bench_{os.getpid()}/{name.replace(' ', '_')}"
        place = f"p:{event} {path}:0x{self.offset_of(path, row.place):x} {row.perf}"
        mounted = ["unshare", "--mount", "sh", "-c",
                   "mount -t tracefs nodev /sys/kernel/tracing && "
                   "echo \"$0\" >> /sys/kernel/tracing/uprobe_events && exec \"$@\""]
        try:
            with self.attached([*mounted, place, "perf", *argv, "-a", "-e",
                                event.replace("/", ":")], path) as process:
                yield process
        finally:
            subprocess.run([*mounted, f"-:{event}", "true"], check=False,
                           stderr=subprocess.DEVNULL)

    @staticmethod
    def offset_of(path, name):
        """Of a library, where the address of its code is its offset."""
        out = subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout
        return int(re.search(rf"^(\w+) \w {name}$", out, re.M).group(1), 16)

    def bursts(self, call, number, text, paths, bursts=BURSTS, measured=False):
        out = subprocess.run([self.bench.tool("hits"), *(["-m"] if measured else []), str(bursts),
                              str(BURST), call, number, text, *paths], check=True,
                             capture_output=True, text=True).stdout
        return [float(line) for line in out.split()]

    def programs(self, row, number, text, subjects):
        """{subject: ns that its programs took of a call}, as the kernel measures it."""
        held = {name: process for name, (_, process) in subjects.items()
                if process and name not in OTHERS}
        before = {name: run_times(p.pid) for name, p in held.items()}
        self.bursts(row.call, number, text, [subjects[name][0] for name in held], MEASURED, True)
        return {name: taken(before[name], run_times(p.pid), MEASURED * BURST)
                for name, p in held.items()}

    def row(self, row):
        with tempfile.TemporaryDirectory(dir=self.bench.work) as folder, \
                contextlib.ExitStack() as stack:
            subjects = self.subjects(row, folder, stack)
            paths = [path for path, _ in subjects.values()]
            for what, number, text in row.calls:
                ns = dict(zip(subjects, self.bursts(row.call, number, text, paths)))
                programs = self.programs(row, number, text, subjects)
                for name, took in ns.items():
                    self.add(f"{row.name} {what} {name}", "ns", took)
                for name, took in programs.items():
                    self.add(f"{row.name} {what} program {name}", "ns", took)
                self.ratios(f"{row.name} {what}", ns)

    def ratios(self, what, ns):
        if "by hand" not in ns:
            return
        self.add(f"{what} ratio", "x", ns["ocelli"] / ns["by hand"])
        # What both do in some nanoseconds has none.
        if ns["by hand"] - ns["empty"] > 30:
            self.add(f"{what} ratio over empty", "x",
                     (ns["ocelli"] - ns["empty"]) / (ns["by hand"] - ns["empty"]))

    # --- as fast as it can be

    def flood(self):
        """All calls of all CPUs are told, as far as they can be; the file has what was."""
        with tempfile.TemporaryDirectory(dir=self.bench.work) as folder:
            path = self.copy(folder, "flood")
            file = self.policy_file(folder, policy("flood", "uprobes", path, WORK, INT))
            events = os.path.join(folder, "events.json")
            agent = subprocess.Popen(
                self.bench.agent_argv(folder) +
                ["--tracing-policy", file, "--export-filename", events,
                 "--export-file-max-size-mb", "0"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True)
            self.bench.cleanup.callback(agent.kill)
            while " watches " not in (line := agent.stderr.readline()):
                if not line:
                    raise SystemExit("the agent did not start")
            out = subprocess.run([self.bench.tool("hits"), "-f", str(FLOOD), path], check=True,
                                 capture_output=True, text=True).stdout
            calls, seconds = re.fullmatch(r"calls=(\d+) s=([\d.]+)\n", out).groups()
            agent.send_signal(signal.SIGTERM)
            log = agent.communicate(timeout=60)[1]
            with open(events, encoding="utf-8") as f:
                told = sum('"process_uprobe":' in line for line in f)
        calls = int(calls)
        ring, sink = self.lost(log)
        self.add("flood rate", "1/s", calls / float(seconds))
        self.add("flood told", "%", 100 * told / calls)
        self.add("flood lost where the ring was full", "%", 100 * ring / calls)
        self.add("flood lost where the file was slow", "%", 100 * sink / calls)
        self.add("flood lost uncounted", "calls", abs(calls - told - ring - sink))

    @staticmethod
    def lost(log):
        """Records of hooks in the last ledger of a log, and lines of events."""
        found = []
        for line in r"record=hook .*?\bfull=(\d+)", r"sink=.*?\bdropped_\w+=(\d+)":
            found.append(sum(map(int, re.findall(line, log))))
        return found

    # --- attaching

    def command(self, folder, *words):
        return subprocess.run([os.path.join(self.bench.build, "ocelli"), "policy", *words,
                               "--server-address", f"unix://{folder}/ocelli.sock"], check=True,
                              stdout=subprocess.DEVNULL, timeout=PATIENCE)

    def attach(self, folder, path, n, options="", what="", separate=False):
        """@separate: each is a hook of its own."""
        names = [f"many_{i:04}" for i in range(n)]
        lists = names if separate else [", ".join(names)]
        text = policy("many", "uprobes", path, f"symbols: [{lists[0]}]", INT, options)
        text += "".join(f"  - path: {path}\n    symbols: [{names}]\n{INT}" for names in lists[1:])
        file = self.policy_file(folder, text)
        began = time.monotonic()
        self.command(folder, "add", file)
        added = time.monotonic()
        self.command(folder, "delete", "many")
        self.figures.add(f"attach {n} functions{what}", "ms", 1e3 * (added - began))
        self.figures.add(f"detach {n} functions{what}", "ms", 1e3 * (time.monotonic() - added))

    def attaches(self):
        single = '  options: [{name: disable-uprobe-multi, value: "1"}]\n'
        with tempfile.TemporaryDirectory(dir=self.bench.work) as folder:
            path = self.copy(folder, "many")
            argv = self.bench.agent_argv(folder) + ["--export-filename", f"{folder}/events.json"]
            with self.runner.running(argv, " watches "):
                # The first policy has the agent read the kernel's types.
                self.command(folder, "add", self.policy_file(
                    folder, policy("first", "uprobes", path, WORK, INT)))
                for n in (1, 100, MANY):
                    self.attach(folder, path, n)
                user = subprocess.Popen(open_file(path))
                try:
                    self.attach(folder, path, MANY, what=", file in use")
                    self.attach(folder, path, ONE_BY_ONE, what=", a hook each, file in use",
                                separate=True)
                    for n in (1, ONE_BY_ONE):
                        self.attach(folder, path, n, single, ", one by one, file in use")
                finally:
                    user.kill()
                    user.wait()

    @staticmethod
    def policy_file(folder, text):
        file = os.path.join(folder, "policy.yaml")
        with open(file, "w", encoding="ascii") as f:
            f.write(text)
        return file

    def run(self):
        for n in range(self.rounds):
            for row in ROWS:
                self.progress(f"uprobes: {row.name}, round {n + 1} of {self.rounds}")
                self.row(row)
            self.progress(f"uprobes: flood, round {n + 1} of {self.rounds}")
            self.flood()
        # Half of them: what is left one by one takes half a minute.
        attaches = (self.rounds + 1) // 2
        for n in range(attaches):
            self.progress(f"uprobes: attaching, round {n + 1} of {attaches}")
            self.attaches()

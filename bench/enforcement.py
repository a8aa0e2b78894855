# SPDX-License-Identifier: Apache-2.0
"""What it costs that calls may be denied, or who makes them be killed: calls without a policy, with
one, and with a program by hand (filter.bpf.c) that does the same; and how long it takes from the
change of a policy until it is so. Where the kernel lets nobody deny, that is left out."""

import contextlib
import json
import os
import subprocess
import tempfile
import time

from policies import NUMBER, policy, run_times, taken

# Of filter.h.
FILE = "/tmp/ocelli-bench-guarded"
PORT = 9
ELSEWHERE = 10

# Short bursts, many of them: some find a moment when nothing else goes on.
BURSTS = 40
MEASURED = 10
LSM = 29  # BPF_PROG_TYPE_LSM
CHANGES = 7
PATIENCE = 30

MODES = "enforce", "monitor"


def deny(name, hook, arguments, *matches):
    """@matches: the how manieth argument, an operator, a value."""
    return (f"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {{name: {name}}}\n"
            f"spec:\n  lsmhooks:\n  - hook: {hook}\n    args: [{arguments}]\n    selectors:\n"
            "    - matchArgs:\n" + "".join(
                f'      - {{args: [{i}], operator: {operator}, values: ["{value}"]}}\n'
                for i, operator, value in matches) +
            "      matchActions: [{action: Override, argError: -13}]\n")


def opens_by_path():
    return deny("path", "file_open", "{index: 0, type: file}", (0, "Equal", FILE))


def opens_by_name():
    """As the policies of policies/ do: whatever is mounted where."""
    return deny("name", "file_open", "{index: 0, type: dentry, resolve: f_path.dentry}",
                (0, "Postfix", "/" + os.path.basename(FILE)))


def opens_by_number():
    return deny("number", "file_open", "{index: 0, type: uint64, resolve: f_inode.i_ino}",
                (0, "Equal", os.stat(FILE).st_ino))


def executes():
    return deny("exec", "bprm_check_security", "{index: 0, type: linux_binprm}",
                (0, "Equal", FILE))


def connects():
    return deny("port", "socket_connect", "{index: 1, type: sockaddr}", (0, "SPort", PORT))


def kills():
    return (policy("kills", "lseek", 0, "int", "Equal", [NUMBER]) +
            "      matchActions: [{action: Sigkill}]\n")


# name, what becomes of a call and how it is made, calls in a burst, policy, by hand
OPENS = {"passes": ("open", "/etc/hostname"), "denied": ("open", FILE)}
EXECS = {"passes": ("exec", "TINY"), "denied": ("exec", FILE)}
CONNECTS = {"passes": ("reach", str(ELSEWHERE)), "denied": ("reach", str(PORT))}
KILLS = {"passes": ("lseek", "3"), "killed": ("lseek-in-child", str(NUMBER))}
ROWS = (
    ("open by path", OPENS, 100, opens_by_path, "open_by_path"),
    ("open by name", OPENS, 100, opens_by_name, None),
    ("open by number", OPENS, 100, opens_by_number, "open_by_number"),
    ("exec by path", EXECS, 5, executes, "exec_by_path"),
    ("connect by port", CONNECTS, 100, connects, "connect_by_port"),
    ("lseek", KILLS, 100, kills, "kill"),
)


class Enforcement:
    def __init__(self, bench, policies, progress):
        self.bench = bench
        self.policies = policies
        self.progress = progress
        self.figures = bench.figures

    def can_deny(self):
        probed = subprocess.run([os.path.join(self.bench.build, "ocelli"), "probe", "-o", "json"],
                                stdout=subprocess.PIPE, check=False).stdout
        return any(f["name"] == "lsm_active" and f["state"] == "present"
                   for f in json.loads(probed)["features"])

    @contextlib.contextmanager
    def subject(self, kind, text, hand):
        """An agent in each case, so that what it tells of processes is the same. Yields the
        processes whose programs run."""
        with self.policies.agent([text] if kind == "ocelli" else []) as (agent, _):
            if kind != "by hand":
                yield [agent.pid]
                return
            with self.policies.by_hand(hand) as (by_hand, _):
                yield [agent.pid, by_hand.pid]

    def took(self, pids, kind, call, argument, burst):
        """(ns that a call takes, of which in programs of that kind)"""
        def calls(*options, bursts):
            return subprocess.run(
                [self.bench.tool("calls"), *options, str(bursts), str(burst), call, argument],
                check=True, stdout=subprocess.PIPE).stdout

        alone = float(calls("-t", bursts=BURSTS))
        programs = []
        for _ in range(MEASURED):
            before = [run_times(pid, kind) for pid in pids]
            calls(bursts=1)
            programs.append(sum(taken(b, run_times(pid, kind), burst)
                                for pid, b in zip(pids, before)))
        return alone, min(programs)

    def row(self, name, ways, burst, make, hand):
        """Of what each takes in both orders, the less: what else the machine does takes time, and
        never gives any."""
        f = self.figures
        programs = None if "killed" in ways else LSM
        kinds = ["none", *(["by hand"] if hand else []), "ocelli"]
        least = {}
        for kind in kinds + kinds[::-1]:
            with self.subject(kind, make(), hand) as pids:
                for what, (call, argument) in ways.items():
                    argument = self.bench.tool("tiny") if argument == "TINY" else argument
                    took = self.took(pids, programs, call, argument, burst)
                    for i, ns in enumerate(took):
                        key = what, kind, i
                        least[key] = min(ns, least.get(key, ns))
        for what in ways:
            for kind in kinds[1:]:
                f.add(f"{name}, {what}: {kind}", "x without",
                      least[what, kind, 0] / least[what, "none", 0])
            for kind in kinds[1:]:
                f.add(f"{name}, {what}: program, {kind}", "ns",
                      least[what, kind, 1] - least[what, "none", 1])

    def rows(self):
        rows = ROWS
        if not self.can_deny():
            rows = [row for row in ROWS if "killed" in row[1]]
            print("enforcement: this kernel has no BPF LSM (ocelli probe): only kills are measured")
        for n in range(self.bench.sizes.rounds):
            for row in rows:
                self.progress(f"enforcement: {row[0]}, round {n + 1} of {self.bench.sizes.rounds}")
                self.row(*row)

    # --- from a change to its effect

    def until(self, ends, change):
        """ms from when the command is started until calls end so."""
        waits = subprocess.Popen([self.bench.tool("calls"), "-w", ends, str(NUMBER)],
                                 stdout=subprocess.PIPE, text=True)
        try:
            waits.stdout.readline()
            began = time.monotonic()
            subprocess.run(change, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
            return (float(waits.communicate(timeout=PATIENCE)[0]) / 1e9 - began) * 1e3
        finally:
            waits.kill()
            waits.wait()

    def changes(self):
        with tempfile.TemporaryDirectory(dir=self.bench.work) as folder:
            path = f"{folder}/kills.yaml"
            with open(path, "w", encoding="ascii") as f:
                f.write(kills())
            argv = [*self.bench.agent_argv(folder), "--export-filename", f"{folder}/events.json"]
            changes = (("killed", ("add", path)), ("spared", ("set-mode", "kills", "monitor")),
                       ("killed", ("set-mode", "kills", "enforce")),
                       ("spared", ("delete", "kills")))
            with self.policies.running(argv, " watches "):
                for n in range(CHANGES):
                    self.progress(f"enforcement: changes, {n + 1} of {CHANGES}")
                    for ends, (word, *args) in changes:
                        name = " ".join(["policy", word, *(a for a in args if a in MODES)])
                        self.figures.add(f"{name}, until it is so", "ms", self.until(ends, [
                            os.path.join(self.bench.build, "ocelli"), "policy", word, *args,
                            "--server-address", f"unix://{folder}/ocelli.sock"]))

    def run(self):
        with open(FILE, "w", encoding="ascii"):
            pass
        os.chmod(FILE, 0o755)
        try:
            self.rows()
            self.changes()
        finally:
            os.unlink(FILE)

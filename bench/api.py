# SPDX-License-Identifier: Apache-2.0
"""What streams of events cost, by the socket: the first, others with the same filter,
and those that are idle; and how long an event takes to a client."""

import contextlib
import os
import subprocess
import time

STREAMS = (0, 1, 2, 100)
# So many are one connection's at most.
PER_CONNECTION = 100
# Of a process: its exec and its exit.
EVENTS = 2
IDLE = 100

TARGETS = {
    "api cpu of each further stream": (2, "2 us"),
    "api latency lone p99": (2, "2 ms"),
    "api lost by streams": (0, "0"),
}


class Api:
    def __init__(self, bench, monitor, usage, progress):
        self.bench = bench
        self.monitor = monitor
        self.usage = usage
        self.progress = progress
        self.figures = bench.figures

    @contextlib.contextmanager
    def streams(self, agent, n, connections=1):
        """Yields a dictionary that has what came when this has ended."""
        said = {}
        if not n:
            yield said
            return
        client = subprocess.Popen([self.bench.tool("subscribe"),
                                   os.path.join(agent.dir, "ocelli.sock"), str(n),
                                   str(connections)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if client.stdout.readline() != "ready\n":
                raise SystemExit("the streams did not begin")
            yield said
            said.update(pair.split("=") for pair in client.communicate()[0].split())
        finally:
            client.kill()
            client.wait()

    def storm(self, n, **options):
        """Returns (us of CPU a process, events of a stream in a second, what came)."""
        agent = self.monitor(self.bench, "ocelli", export=False)
        with self.streams(agent, n) as said:
            use = self.usage(agent)
            began = time.monotonic()
            self.bench.storm(**options)
            took = time.monotonic() - began
            use.end()
        self.bench.close(agent, "api runs")
        if n:
            self.figures.add("api lost by streams", "events", int(said["dropped"]))
            if int(said["least"]) < EVENTS * options["ops"] - int(said["dropped"]):
                raise SystemExit(f"of {options['ops']} processes came {said}")
        return use.cpu_us_per("exec"), EVENTS * options["ops"] / took, said

    def cost(self):
        cpu = {}
        for n in STREAMS:
            cpu[n], rate, _ = self.storm(n, cpu=0, ops=self.bench.sizes.ops)
            if n:
                self.figures.add(f"api events of each of {n} streams", "1/s", rate)
        for n in STREAMS:
            self.figures.add(f"api cpu {n} streams", "us/process", cpu[n])
        few, many = STREAMS[1], STREAMS[-1]
        self.figures.add("api cpu of the first stream", "us/event",
                         (cpu[few] - cpu[0]) / EVENTS)
        self.figures.add("api cpu of each further stream", "us/event",
                         (cpu[many] - cpu[few]) / EVENTS / (many - few))

    def latency(self):
        # So many that the start of what starts them, which is not lone, is no hundredth of them.
        lone = 4 * self.bench.sizes.lone_events
        for what, options in (("storm", {"ops": self.bench.sizes.ops}),
                              ("lone", {"rate": 20, "ops": lone})):
            said = self.storm(1, **options)[2]
            for rank in "p50", "p99":
                self.figures.add(f"api latency {what} {rank}", "ms", float(said[f"{rank}_ms"]))

    def idle(self):
        """By one connection, and with one each."""
        for what, connections in (("stream", 1), ("connection", IDLE)):
            agent = self.monitor(self.bench, "ocelli", export=False)
            with self.streams(agent, 1):
                # What the first event takes once is not a stream's.
                self.bench.storm(ops=100)
                before = agent.memory()[0]
                with self.streams(agent, IDLE, connections):
                    self.bench.storm(ops=100)
                    time.sleep(1)
                    self.figures.add(f"api memory of an idle {what}", "KiB",
                                     (agent.memory()[0] - before) * 1e6 / 1024 / IDLE)
            self.bench.close(agent, "api runs")

    def run(self):
        for n in range(self.bench.sizes.rounds):
            self.progress(f"streams, round {n + 1} of {self.bench.sizes.rounds}")
            self.cost()
        self.progress("latency of streams")
        self.latency()
        self.idle()

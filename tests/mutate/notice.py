# SPDX-License-Identifier: GPL-2.0-or-later
"""Which test notices which mutant.

Each program runs once with no mutant alive: it must pass, and tells which
mutants it comes by. A mutant is then given to the programs that come by it,
the quickest first, until one fails. Results are kept by the checksum of the
program, so an interrupted run goes on where it stood, and a new test runs
alone.
"""

import hashlib
import json
import math
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

JOBS = 2
MEMORY = 2 << 30
# A mutant may be slower than what it came from, by so much.
SLOWER = 8


class Program:
    def __init__(self, folder, build, path, arguments):
        self.build = build
        self.name = f"{build}:{os.path.basename(path)}"
        if arguments:
            self.name += " " + " ".join(arguments)
        self.folder = os.path.abspath(f"{folder}/{build}")
        self.tree = os.path.abspath(f"{folder}/tree")
        arguments = [word.replace("$srcdir", self.tree) for word in arguments]
        self.command = [f"{self.folder}/{path}", *arguments]
        digest = hashlib.sha256("\0".join(arguments).encode())
        # What it reads counts as much as what it is.
        for word in self.command:
            if os.path.isfile(word):
                with open(word, "rb") as file:
                    digest.update(file.read())
        self.sum = digest.hexdigest()
        self.seconds = 0.0
        self.reached = b""

    def run(self, mutant, seconds, reached=None):
        """passed, failed, crashed, or time: it came to its limit."""
        environment = dict(os.environ, srcdir=self.tree,
                           NSIDWATCH_MUTANT=str(mutant))
        limits = ["prlimit", "--core=0", f"--cpu={seconds}"]
        if self.build == "sanitized":
            # Its shadow memory is most of the address space.
            environment["ASAN_OPTIONS"] = (
                f"detect_leaks=1:hard_rss_limit_mb={MEMORY >> 20}")
        else:
            limits.append(f"--as={MEMORY}")
        if reached:
            environment["NSIDWATCH_REACHED"] = reached
        child = subprocess.Popen(
            limits + self.command, cwd=self.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            # One that waits for ever uses no processor time.
            status = child.wait(timeout=10 * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return "time"
        if status == 0:
            return "passed"
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return "time"
        return "crashed" if status < 0 else "failed"


class Programs:
    def __init__(self, folder, table, n_mutants):
        self.folder = folder
        self.n_mutants = n_mutants
        self.lock = threading.Lock()
        self.programs = [Program(folder, *line) for line in table]
        self.known = {}
        self._load()
        for program in self.programs:
            self._measure(program)
        order = {"plain": 0, "sanitized": 1}
        self.programs.sort(key=lambda one: (order[one.build], one.seconds))
        self.noticed = {}  # mutant: (program, how)
        self.runs = 0
        self.seconds = 0.0

    # ---- what earlier runs found ------------------------------------------

    def _load(self):
        try:
            with open(f"{self.folder}/results", encoding="utf-8") as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            return
        sums = {program.sum for program in self.programs}
        kept = []
        for line in lines[:-1]:  # the last one is empty, or was cut
            row = json.loads(line)
            if row[0] in sums:
                self.known[(row[0], row[1])] = row[2]
                kept.append(line + "\n")
        with open(f"{self.folder}/results.new", "w", encoding="utf-8") as file:
            file.writelines(kept)
        os.replace(f"{self.folder}/results.new", f"{self.folder}/results")

    def _keep(self, program, mutant, outcome):
        with self.lock:
            self.known[(program.sum, mutant)] = outcome
            self.runs += 1
            with open(f"{self.folder}/results", "a",
                      encoding="utf-8") as file:
                file.write(json.dumps([program.sum, mutant, outcome]) + "\n")

    # ---- without a mutant ---------------------------------------------------

    def _measure(self, program):
        reached = os.path.abspath(f"{self.folder}/reached")
        with open(reached, "wb") as file:
            file.write(bytes(self.n_mutants + 1))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        outcome = program.run(0, 600, reached)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        program.seconds = (after.ru_utime + after.ru_stime
                           - before.ru_utime - before.ru_stime)
        if outcome != "passed":
            raise ValueError(f"{program.name} without a mutant: {outcome}")
        with open(reached, "rb") as file:
            program.reached = file.read()

    # ---- with each of them --------------------------------------------------

    def notice(self, mutants):
        begin = shown = time.monotonic()
        with ThreadPoolExecutor(JOBS) as pool:
            for done, _ in enumerate(pool.map(self._try, mutants), 1):
                if time.monotonic() - shown > 10:
                    shown = time.monotonic()
                    print(f"{done} of {len(mutants)} mutants, "
                          f"{done - len(self.noticed)} not noticed",
                          file=sys.stderr, flush=True)
        self.seconds = time.monotonic() - begin

    def _try(self, mutant):
        for program in self.programs:
            if not program.reached[mutant.id]:
                continue
            outcome = self.known.get((program.sum, mutant.id))
            if outcome is None:
                limit = 2 + math.ceil(SLOWER * program.seconds)
                outcome = program.run(mutant.id, limit)
                self._keep(program, mutant.id, outcome)
            if outcome != "passed":
                with self.lock:
                    self.noticed[mutant] = (program, outcome)
                return

    def is_reached(self, mutant):
        return any(program.reached[mutant.id] for program in self.programs)

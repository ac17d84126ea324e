#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutation testing of the engine; ./dev mutate calls it from the tree's root.

  run.py write TREE                   a copy of the tree, its engine mutated
  run.py programs BUILD               what of the copy must be built there
  run.py run FOLDER [--sample N] [FILE...]
                                      which tests notice which mutant

Exit status: 0 the score is reached, 1 it is not, 2 it cannot be told.
"""

import os
import random
import shlex
import shutil
import subprocess
import sys

from mutants import Mutation
from notice import Programs
from report import Report, read_equivalents

HERE = os.path.dirname(os.path.relpath(__file__))
ENGINE = "common/engine"
DEFAULT = ("deaths", "decide", "delta", "effect", "findings", "judge", "ledger", "passes",
           "revise", "rounds", "seen", "sync", "tables", "verify")
FOLDERS = ("build-aux", "client", "common", "conf", "daemon", "doc", "systemd",
           "tests")


def die(text):
    print(f"mutate: {text}", file=sys.stderr)
    sys.exit(2)


def all_mutants():
    """Every source of the engine, mutated; the numbers run through all."""
    flags = shlex.split(subprocess.run(
        ["pkg-config", "--cflags", "libmnl"], check=True, text=True,
        stdout=subprocess.PIPE).stdout)
    mutations = []
    number = 0
    for name in sorted(os.listdir(ENGINE)):
        if not name.endswith(".c"):
            continue
        mutation = Mutation(f"{ENGINE}/{name}", flags)
        for mutant in mutation.mutants:
            number += 1
            mutant.id = number
        mutations.append(mutation)
    return mutations


def tests():
    """(build, program, arguments) for each line of the table."""
    with open(f"{HERE}/tests.txt", encoding="utf-8") as file:
        lines = [line.split() for line in file]
    return [(line[0], line[1], line[2:]) for line in lines
            if line and line[0] != "#"]


def place(path, text):
    """A file that is the same already keeps its time: make relies on it."""
    try:
        with open(path, encoding="latin-1", newline="") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="latin-1", newline="") as file:
        file.write(text)


def sources():
    for name in sorted(os.listdir(".")):
        if os.path.isfile(name):
            yield name
    for folder in FOLDERS:
        for where, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (f"{where}/{name}" for name in names)


def write(tree):
    mutated = {mutation.source.path: mutation.schemata()
               for mutation in all_mutants()}
    wanted = set()
    for path in sources():
        target = f"{tree}/{path}"
        wanted.add(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if path in mutated:
            place(target, mutated[path])
            continue
        stat = os.stat(path)
        old = os.stat(target) if os.path.exists(target) else None
        if not old or (old.st_mtime_ns, old.st_size) != (stat.st_mtime_ns,
                                                         stat.st_size):
            shutil.copy2(path, target)
    # What is gone from the sources is gone from the copy.
    for folder in FOLDERS[1:]:
        for where, _, names in os.walk(f"{tree}/{folder}"):
            for name in names:
                if f"{where}/{name}" not in wanted:
                    os.unlink(f"{where}/{name}")


def chosen(mutations, arguments):
    """The mutants to look at, and the mutations that they are from."""
    sample = 0
    files = []
    words = iter(arguments)
    for word in words:
        if word == "--sample":
            number = next(words, "")
            if not number.isdecimal() or int(number) == 0:
                die("--sample takes a number of mutants, 1 or more")
            sample = int(number)
        elif word.startswith("-"):
            die(f"no option {word}; it takes --sample N and names of files")
        else:
            files.append(word)
    known = {mutation.source.path: mutation for mutation in mutations}
    paths = []
    for name in files or DEFAULT:
        stem = os.path.basename(name).removesuffix(".c")
        path = f"{ENGINE}/{stem}.c"
        if path not in known:
            die(f"{name}: no such file in {ENGINE}")
        if path not in paths:
            paths.append(path)
    looked_at = [known[path] for path in paths]
    mutants = [mutant for mutation in looked_at for mutant in mutation.mutants]
    if sample:
        # The same ones each time, so that two runs can be compared.
        mutants = random.Random(1).sample(mutants, min(sample, len(mutants)))
    return looked_at, mutants


def run(folder, arguments):
    mutations = all_mutants()
    looked_at, mutants = chosen(mutations, arguments)
    try:
        equivalents = read_equivalents(f"{HERE}/equivalent.txt", mutations)
        programs = Programs(folder, tests(),
                            sum(len(one.mutants) for one in mutations))
        programs.notice(mutants)
    except (OSError, ValueError) as error:
        die(error)
    report = Report(looked_at, mutants, programs, equivalents)
    return 0 if report.show() else 1


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "write":
        write(arguments[1])
        return 0
    if len(arguments) == 2 and arguments[0] == "programs":
        print(*(program for build, program, _ in tests()
                if build == arguments[1]))
        return 0
    if len(arguments) >= 2 and arguments[0] == "run":
        return run(arguments[1], arguments[2:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

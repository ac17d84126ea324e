# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures, and the mutants that no test noticed."""

from collections import Counter

from mutants import RULES

WANTED = 95.0


def read_equivalents(path, mutations):
    """{mutant: reason}. A row that names no mutant is an error.

    A row is `FILE FUNCTION: CHANGE`, the reason stands indented below it.
    """
    names = {name_of(mutant): mutant for mutation in mutations
             for mutant in mutation.mutants}
    rows = {}
    name = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if not line.startswith("\t"):
                if name and not rows[name]:
                    raise ValueError(f"{path}:{number}: no reason above it")
                name = line
                if name in rows:
                    raise ValueError(f"{path}:{number}: listed twice: {name}")
                if name not in names:
                    raise ValueError(f"{path}:{number}: no such mutant: {name}"
                                     "\n(the source has changed: take the row "
                                     "out, or say it anew)")
                rows[name] = ""
            elif name is None:
                raise ValueError(f"{path}:{number}: a reason for nothing")
            else:
                rows[name] = (rows[name] + " " + line.strip()).strip()
    if name and not rows[name]:
        raise ValueError(f"{path}: no reason for {name}")
    return {names[name]: reason for name, reason in rows.items()}


def name_of(mutant):
    return f"{mutant.file} {mutant.function}: {mutant.change}"


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


class Report:
    def __init__(self, mutations, mutants, programs, equivalents):
        self.mutations = mutations
        self.mutants = mutants
        self.programs = programs
        self.equivalents = equivalents

    def show(self):
        """Prints all; whether the score is reached and no row is stale."""
        self._survivors()
        self._table("file", lambda mutant: mutant.file)
        self._table("kind", lambda mutant: mutant.kind)
        self._noticing()
        self._left_out()
        stale = self._stale()
        return self._score() and not stale

    def _is_noticed(self, mutant):
        return mutant in self.programs.noticed

    def _survivors(self):
        for mutant in sorted(self.mutants, key=lambda one: one.id):
            if self._is_noticed(mutant):
                continue
            how = "survived"
            if mutant in self.equivalents:
                how = "equivalent"
            elif not self.programs.is_reached(mutant):
                how = "not reached"
            print(f"{mutant.file}:{mutant.line}: {how}: {mutant.function}: "
                  f"{mutant.change}")
            if mutant in self.equivalents:
                print(f"\t{self.equivalents[mutant]}")

    def _table(self, title, key):
        rows = {}
        for mutant in self.mutants:
            row = rows.setdefault(key(mutant), Counter())
            row["mutants"] += 1
            if self._is_noticed(mutant):
                row["noticed"] += 1
            elif mutant in self.equivalents:
                row["equivalent"] += 1
            elif self.programs.is_reached(mutant):
                row["survived"] += 1
            else:
                row["not reached"] += 1
        heads = ("mutants", "noticed", "survived", "not reached", "equivalent")
        print(f"\n{title:<28}" + "".join(f"{head:>12}" for head in heads)
              + f"{'score':>10}")
        for name in sorted(rows):
            row = rows[name]
            score = share(row["noticed"], row["mutants"] - row["equivalent"])
            print(f"{name:<28}" + "".join(f"{row[head]:>12}" for head in heads)
                  + f"{score:>9.1f}%")

    def _noticing(self):
        first = Counter(program.name for program, _
                        in self.programs.noticed.values())
        hows = Counter(how for _, how in self.programs.noticed.values())
        print("\nnoticed first by, in this order:")
        for program in self.programs.programs:
            print(f"{first[program.name]:>8}  {program.name} "
                  f"({program.seconds:.2f} s)")
        print("noticed how: " + ", ".join(
            f"{hows[how]} {how}" for how in ("failed", "crashed", "time"))
            + " (time: it ran into its limit, so it hangs or is "
            "many times slower)")
        print(f"{self.programs.runs} runs in {self.programs.seconds:.0f} s; "
              "what was known from before was not run again")

    def _left_out(self):
        counts = Counter()
        for mutation in self.mutations:
            counts.update(mutation.left_out)
        print("\nleft out by rule:")
        for rule, why in RULES.items():
            print(f"{counts[rule]:>8}  {rule}: {why}")

    def _stale(self):
        stale = [mutant for mutant in self.mutants
                 if mutant in self.equivalents and self._is_noticed(mutant)]
        for mutant in stale:
            program = self.programs.noticed[mutant][0]
            print(f"\nlisted as equivalent, but {program.name} notices it: "
                  f"{name_of(mutant)}")
        return stale

    def _score(self):
        noticed = sum(map(self._is_noticed, self.mutants))
        equivalent = sum(mutant in self.equivalents
                         and not self._is_noticed(mutant)
                         for mutant in self.mutants)
        rest = len(self.mutants) - equivalent
        score = share(noticed, rest)
        print(f"\n{len(self.mutants)} mutants, {noticed} noticed, "
              f"{equivalent} listed as equivalent, {rest - noticed} survive")
        print(f"{share(noticed, len(self.mutants)):.1f} % of all are noticed")
        print(f"mutation score {score:.1f} % (of those not equivalent; "
              f"{WANTED:.0f} % is wanted)")
        return score >= WANTED

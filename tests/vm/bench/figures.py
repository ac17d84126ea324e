#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `./dev vm bench` measured, as figures and as a picture.

    figures.py TSV JSON SVG
    figures.py --markdown TSV

Of a point's repetitions the shortest counts: what else runs on the machine can
only make it longer. A kernel's floor is what one dying namespace takes among
one survivor with one number. What a point takes beyond that is what is fitted:
a straight line through the logarithms, whose slope is the exponent.
"""

import collections
import json
import math
import sys

from picture import picture

AXES = ("l", "m", "n")
NAMES = {"l": "dying", "m": "survivors", "n": "numbers a table"}
FLOOR = (1, 1, 1)
# Who does not stand out from the floor by so much tells nothing of a slope.
STANDS_OUT = 0.5


def read(path):
    """{kernel: {(l, m, n): [(passes, milliseconds), ...]}}, in their order."""
    kernels = collections.OrderedDict()
    with open(path, encoding="utf-8") as file:
        names = file.readline().split()
        for line in file:
            row = dict(zip(names, line.split()))
            point = tuple(int(row[axis]) for axis in AXES)
            kernels.setdefault(row["kernel"], collections.OrderedDict()) \
                .setdefault(point, []) \
                .append((int(row["passes"]), int(row["nanoseconds"]) / 1e6))
    return kernels


def in_one_pass(taken):
    """The repetitions in which all died in one pass, or all where none did."""
    return [ms for passes, ms in taken if passes == 1] or \
        [ms for _, ms in taken]


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else \
        (values[half - 1] + values[half]) / 2


def fit(pairs):
    """The slope through the logarithms of (x, y), None of less than three."""
    if len(pairs) < 3:
        return None
    xs = [math.log(x) for x, _ in pairs]
    ys = [math.log(y) for _, y in pairs]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / \
        sum((x - x_mean) ** 2 for x in xs)


def sweep(points, base, axis):
    """Those that differ from the base along that axis alone, and itself."""
    index = AXES.index(axis)
    return [point for point in points
            if point["l"] > FLOOR[0] and
            all(point[other] == base[i] for i, other in enumerate(AXES)
                if i != index)]


def base_of(points):
    """The point that all three sweeps have in common."""
    def lines(point):
        return [len(sweep(points, [point[a] for a in AXES], axis))
                for axis in AXES]
    best = max(points, key=lambda point: (min(lines(point)), point["m"]))
    return [best[axis] for axis in AXES]


def kernel_figures(release, measured):
    floor = min(in_one_pass(measured[FLOOR]))
    points = []
    for (l, m, n), taken in measured.items():
        times = in_one_pass(taken)
        points.append({"l": l, "m": m, "n": n, "repetitions": len(taken),
                       "in_one_pass": sum(p == 1 for p, _ in taken),
                       "least_ms": round(min(times), 3),
                       "median_ms": round(median(times), 3)})
    base = base_of(points)
    exponents = {}
    for axis in AXES:
        net = [(p[axis], p["least_ms"] - floor)
               for p in sweep(points, base, axis)]
        slope = fit([(x, y) for x, y in net if y > STANDS_OUT * floor])
        exponents[axis] = None if slope is None else round(slope, 2)
    return {"kernel": release, "floor_ms": round(floor, 3), "base": base,
            "exponents": exponents, "points": points}


def figures(path):
    return [kernel_figures(release, measured)
            for release, measured in read(path).items()]


def say(ms):
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.3g}"


def markdown(kernels):
    """The table of doc/kernels.md."""
    lines = ["| L dying | M survivors | N numbers | " +
             " | ".join(f"{k['kernel']}, ms" for k in kernels) + " |",
             "|---:" * (3 + len(kernels)) + "|"]
    times = [{tuple(p[a] for a in AXES): p["least_ms"] for p in k["points"]}
             for k in kernels]
    for point in sorted(set().union(*times), key=lambda p: (
            p != FLOOR, p[1] * p[2], p)):
        cells = [say(of[point]) if point in of else "-" for of in times]
        lines.append("| " + " | ".join(map(str, [*point, *cells])) + " |")
    lines += ["", "| the time grows with | " +
              " | ".join(k["kernel"] for k in kernels) + " |",
              "|---" * (1 + len(kernels)) + "|"]
    for axis in AXES:
        cells = ["within the floor" if k["exponents"][axis] is None
                 else f"{axis.upper()}^{k['exponents'][axis]:.2f}"
                 for k in kernels]
        lines.append(f"| {axis.upper()} {NAMES[axis]} | " +
                     " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--markdown":
        print(markdown(figures(arguments[1])))
        return 0
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    kernels = figures(arguments[0])
    with open(arguments[1], "w", encoding="utf-8") as file:
        json.dump({"kernels": kernels}, file, indent=1)
        file.write("\n")
    panels = [{"axis": axis.upper(), "name": NAMES[axis],
               "curves": [{"points": [(p[axis], p["least_ms"])
                                      for p in sorted(
                                          sweep(k["points"], k["base"], axis),
                                          key=lambda p: p[axis])],
                           "exponent": k["exponents"][axis]}
                          for k in kernels],
               "fixed": ", ".join(f"{other.upper()} = {kernels[0]['base'][i]}"
                                  for i, other in enumerate(AXES)
                                  if other != axis)}
              for axis in AXES]
    with open(arguments[2], "w", encoding="utf-8") as file:
        file.write(picture([(k["kernel"], k["floor_ms"]) for k in kernels],
                           panels))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: GPL-2.0-or-later
"""Panels side by side with logarithmic axes, as SVG, for light and dark."""

import math

WIDTH, HEIGHT = 1040, 420
LEFT, TOP, GAP, BOTTOM = 76, 84, 22, 64
MARKERS = (
    '<circle class="c{k}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
    '<rect class="c{k}" x="{a:.1f}" y="{b:.1f}" width="8.5" height="8.5"/>',
    '<path class="c{k}" d="M{x:.1f} {t:.1f}l5.5 9.5h-11z"/>',
)
STYLE = """
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f; }
.title { font-size: 16px; font-weight: 600; }
.small { font-size: 12px; fill: #57606a; }
.back { fill: #ffffff; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.frame { fill: none; stroke: #8c959f; }
.line { fill: none; stroke-width: 2; }
.floor { fill: none; stroke-width: 1.2; stroke-dasharray: 2 4; }
.c0 { fill: #0757b8; } .s0 { stroke: #0757b8; }
.c1 { fill: #b35900; } .s1 { stroke: #b35900; }
.c2 { fill: #1a7f37; } .s2 { stroke: #1a7f37; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.small { fill: #a0aab4; }
.back { fill: #0d1117; }
.grid { stroke: #2a313a; }
.frame { stroke: #6e7681; }
.c0 { fill: #6cb6ff; } .s0 { stroke: #6cb6ff; }
.c1 { fill: #ffa657; } .s1 { stroke: #ffa657; }
.c2 { fill: #56d364; } .s2 { stroke: #56d364; }
}
"""


class Scale:
    """Values to places, by their logarithms."""

    def __init__(self, values, start, end):
        self.low, self.high = min(values), max(values)
        self.start, self.end = start, end

    def at(self, value):
        share = (math.log(value) - math.log(self.low)) / \
            (math.log(self.high) - math.log(self.low))
        return self.start + share * (self.end - self.start)


def text(x, y, what, anchor="middle", kind="", turn=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
            + (f' class="{kind}"' if kind else "")
            + (f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else "")
            + f'>{what}</text>')


def marker(kernel, x, y):
    return MARKERS[kernel % len(MARKERS)].format(
        k=kernel, x=x, y=y, a=x - 4.2, b=y - 4.2, t=y - 6)


def decades(low, high):
    return [10 ** power
            for power in range(math.floor(math.log10(low)),
                               math.ceil(math.log10(high)) + 1)]


def panel_frame(panel, across, upward, first):
    """Grid, frame and labels."""
    xs = sorted({x for curve in panel["curves"] for x, _ in curve["points"]})
    out = []
    for y in decades(upward.low, upward.high):
        place = upward.at(y)
        out.append(f'<path class="grid" d="M{across.start:.1f} {place:.1f}'
                   f'H{across.end:.1f}"/>')
        if first:
            out.append(text(across.start - 8, place + 4, f"{y:g}", "end"))
    for x in xs:
        place = across.at(x)
        out.append(f'<path class="grid" d="M{place:.1f} {upward.start:.1f}'
                   f'V{upward.end:.1f}"/>')
        out.append(text(place, upward.start + 18, x))
    out.append(f'<rect class="frame" x="{across.start:.1f}" '
               f'y="{upward.end:.1f}" '
               f'width="{across.end - across.start:.1f}" '
               f'height="{upward.start - upward.end:.1f}"/>')
    middle = (across.start + across.end) / 2
    out.append(text(middle, upward.start + 38,
                    f'{panel["axis"]}, {panel["name"]} (count)'))
    out.append(text(middle, upward.start + 55, panel["fixed"], kind="small"))
    return out


def curve_drawn(kernel, curve, across, upward):
    places = [(across.at(x), upward.at(y)) for x, y in curve["points"]]
    out = [f'<polyline class="line s{kernel}" points="'
           + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>']
    out += [marker(kernel, x, y) for x, y in places]
    exponent = curve["exponent"]
    said = "within the floor" if exponent is None else \
        f'~ {curve["axis"]}<tspan dy="-5" font-size="10">' \
        f'{exponent:.2f}</tspan>'
    x, y = places[len(places) // 2]
    out.append(text(x - 4, y - 12, said, "end", f"c{kernel}"))
    return out


def legend(kernels):
    out, x = [], LEFT
    for index, (name, floor) in enumerate(kernels):
        out.append(f'<path class="line s{index}" d="M{x} 57h28"/>')
        out.append(marker(index, x + 14, 57))
        out.append(text(x + 36, 61, f"Linux {name}", "start"))
        x += 90 + 7.5 * len(name)
    out.append(f'<path class="floor frame" d="M{x} 57h28"/>')
    out.append(text(x + 36, 61, "floor: L = M = N = 1; exponents are of the "
                    "time above it", "start"))
    return out


def picture(kernels, panels):
    """kernels: [(name, floor)]; panels: axis, name, fixed, and a curve for each
    kernel with its points and its exponent."""
    times = [y for panel in panels for curve in panel["curves"]
             for _, y in curve["points"]] + [floor for _, floor in kernels]
    ends = decades(min(times), max(times))
    upward = Scale((ends[0], ends[-1]), HEIGHT - BOTTOM, TOP)
    wide = (WIDTH - LEFT - 20 - GAP * (len(panels) - 1)) / len(panels)
    out = ['<!-- SPDX-License-Identifier: GPL-2.0-or-later -->',
           f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
           "<title>Time from the last close to the last removal</title>",
           f"<style>{STYLE}</style>",
           f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
           text(LEFT, 30, "Time from the last close of a dying namespace to "
                "the last removal", "start", "title"),
           text(22, (upward.start + upward.end) / 2, "time (ms)", turn="-90")]
    out += legend(kernels)
    for index, panel in enumerate(panels):
        start = LEFT + index * (wide + GAP)
        xs = [x for curve in panel["curves"] for x, _ in curve["points"]]
        across = Scale((min(xs) / 1.25, max(xs) * 1.25), start, start + wide)
        out += panel_frame(panel, across, upward, index == 0)
        for kernel, (curve, (_, floor)) in enumerate(
                zip(panel["curves"], kernels)):
            place = upward.at(floor)
            out.append(f'<path class="floor s{kernel}" d="M{start:.1f} '
                       f'{place:.1f}H{start + wide:.1f}"/>')
            out += curve_drawn(kernel, {**curve, "axis": panel["axis"]},
                               across, upward)
    return "\n".join(out + ["</svg>", ""])

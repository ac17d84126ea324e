# SPDX-License-Identifier: GPL-2.0-or-later
"""A C source, its syntax tree as clang tells it, and the places in its text.

clang counts in bytes, so the text is held as Latin-1: one character a byte.
"""

import json
import re
import subprocess


class Source:
    def __init__(self, path, flags):
        self.path = path
        with open(path, encoding="latin-1", newline="") as file:
            self.text = file.read()
        tree = subprocess.run(
            ["clang", "-std=gnu11", "-D_GNU_SOURCE", "-I.", *flags,
             "-fsyntax-only", "-Xclang", "-ast-dump=json", path],
            check=True, stdout=subprocess.PIPE).stdout
        self.functions = [node for node in json.loads(tree)["inner"]
                          if self._is_ours(node)]

    def _is_ours(self, node):
        """A function with a body, of this file and of no header."""
        loc = node.get("loc", {})
        return (node["kind"] == "FunctionDecl" and "offset" in loc
                and "includedFrom" not in loc
                and any(child["kind"] == "CompoundStmt"
                        for child in node.get("inner", [])))

    def span(self, node):
        """(begin, end, in_macro) of a node, or None where it has no text.

        What a macro brought stands where the macro is called. A node is in a
        macro if all of it came out of the same call: such a node has no text
        of its own that could be changed.
        """
        begin = node["range"]["begin"]
        end = node["range"]["end"]
        first = begin.get("expansionLoc", begin)
        last = end.get("expansionLoc", end)
        if "offset" not in first or "offset" not in last:
            return None
        stop = last["offset"] + last["tokLen"]
        if "expansionLoc" in end:
            stop = self._after_call(stop)
        in_macro = ("expansionLoc" in begin and "expansionLoc" in end
                    and first["offset"] == last["offset"])
        return first["offset"], stop, in_macro

    def _after_call(self, at):
        """Behind the arguments of the macro whose name ends here, if any."""
        match = re.compile(r"\s*\(").match(self.text, at)
        if not match:
            return at
        depth = 0
        for at in range(match.end() - 1, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if depth == 0:
                return at + 1
        raise ValueError(f"{self.path}: a macro's call that does not end")

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def snippet(self, begin, end):
        """The text, its blanks and line breaks made one blank each."""
        text = re.sub(r"/\*.*?\*/", " ", self.text[begin:end], flags=re.S)
        return re.sub(r"\s+", " ", text).strip()


def children(node):
    return [child for child in node.get("inner", []) if child.get("kind")]


def bare(node):
    """Without the parentheses and conversions around it."""
    while node["kind"] in ("ParenExpr", "ImplicitCastExpr", "ConstantExpr"):
        node = children(node)[0]
    return node


def is_pointer(node):
    return node.get("type", {}).get("qualType", "").endswith(("*", "]"))


def operands(node, opcode):
    """a && b && c: all three."""
    node = bare(node)
    if node["kind"] == "BinaryOperator" and node["opcode"] == opcode:
        left, right = children(node)
        return operands(left, opcode) + operands(right, opcode)
    return [node]

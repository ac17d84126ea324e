# SPDX-License-Identifier: GPL-2.0-or-later
"""All mutants of a C source, and the one source that has them all.

What is changed, by kind:
  condition   a whole condition (of if, for, while, ?:, or a boolean value):
              true, false, negated
  operand     an operand of && or ||: dropped. Its other constant would make
              the whole condition constant, which stands above already
  bound       a < b: a <= b and a < b - 1, and so with each relation; within a
              larger condition also == for != and != for ==
  jump        break, continue or return: dropped
  case        a case of a switch: left at once
  arithmetic  + for -, * for /, & for |, << for >>, and each the other way
              round; a % b: a. Never of pointers
  counter     ++ and --, += and its like: dropped
  value       a literal true or false: the other

What is left out by rule, and counted (the reasons are below, RULES).
"""

import re

from source import Source, bare, children, is_pointer, operands

RULES = {
    "assert": "an assert states our own bug, and no input reaches it",
    "allocation": "no test lets an allocation fail: conditions whose branch "
                  "returns -ENOMEM, or that look at a fresh allocation",
    "error": "`r < 0`, or a call's own result < 0, hands on what failed below: "
             "an allocation, see above",
    "endless": "a loop whose condition is true or whose step is dropped hangs "
               "in any test that comes by",
    "macro": "a macro's own conditions are not this source's",
}

RELATIONS = {"<": ("<=", "{l} < {r} - 1"), ">": (">=", "{l} > {r} + 1"),
             "<=": ("<", "{l} <= {r} + 1"), ">=": (">", "{l} >= {r} - 1")}
# Each operand is evaluated once, and nothing overflows: the bound is one off
# where the two differ by exactly one.
OFF_BY_ONE = {"<": "l_ < r_ && l_ + 1 != r_", ">": "l_ > r_ && r_ + 1 != l_",
              "<=": "l_ <= r_ || l_ - 1 == r_",
              ">=": "l_ >= r_ || l_ + 1 == r_"}
OTHER = {"+": "-", "-": "+", "*": "/", "/": "*", "&": "|", "|": "&",
         "<<": ">>", ">>": "<<", "==": "!=", "!=": "=="}
ALLOCATES = re.compile(r"\b(\S+) = (m|c|re)alloc\(|\b(\S+) = strn?dup\(")


class Mutant:
    def __init__(self, source, function, at, kind, change):
        self.file = source.path
        self.function = function
        self.line = source.line(at)
        self.kind = kind
        self.change = change
        self.id = 0


class Mutation:
    """Walks one source; `mutants` and `left_out` are what it found."""

    def __init__(self, path, flags):
        self.source = Source(path, flags)
        self.mutants = []
        self.left_out = dict.fromkeys(RULES, 0)
        self.edits = []
        self.rule = None
        self.function = None
        self.seen = {}
        for node in self.source.functions:
            self._function(node)

    # ---- what the walk leaves behind ------------------------------------

    def _mutant(self, at, kind, change, rule=None):
        """A new one, or None where a rule leaves it out."""
        rule = rule or self.rule
        if rule:
            self.left_out[rule] += 1
            return None
        key = (self.function, change)
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.seen[key] > 1:
            change += f" #{self.seen[key]}"
        mutant = Mutant(self.source, self.function, at, kind, change)
        self.mutants.append(mutant)
        return mutant

    def _edit(self, begin, end, outer, write):
        """write(sub) is the new text; sub(b, e) is that of a part of it."""
        self.edits.append((begin, -end, -outer, len(self.edits), write))

    def schemata(self):
        """The source with all mutants in it. They have their ids by now."""
        edits = sorted(self.edits, key=lambda edit: edit[:4])

        def sub(begin, end, index):
            """The text from begin to end, by the edits from index on."""
            out = []
            at = begin
            for here in range(index, len(edits)):
                first, last, write = (edits[here][0], -edits[here][1],
                                      edits[here][4])
                if first > end:
                    break
                # Before this part, around it, or inside one just written.
                if first < at or last > end:
                    continue
                out.append(self.source.text[at:first])
                out.append(write(lambda b, e, here=here:
                                 sub(b, e, here + 1)))
                at = last
            out.append(self.source.text[at:end])
            return "".join(out)

        return ('#include "tests/mutate/mutant.h"\n'
                f'#line 1 "{self.source.path}"\n'
                + sub(0, len(self.source.text), 0))

    # ---- statements -----------------------------------------------------

    def _function(self, node):
        self.function = node["name"]
        body = children(node)[-1]
        self.tails = set()
        self._find_tails(body)
        self._visit(body)

    def _find_tails(self, node):
        """The jumps behind which the function ends anyway."""
        inner = children(node)
        if node["kind"] == "CompoundStmt" and inner:
            self._find_tails(inner[-1])
        elif node["kind"] == "IfStmt":
            for branch in inner[1:]:
                self._find_tails(branch)
        elif node["kind"] == "SwitchStmt":
            self._find_tails(inner[-1])
        elif node["kind"] in ("CaseStmt", "DefaultStmt"):
            self._find_tails(inner[-1])
        elif node["kind"] in ("ReturnStmt", "BreakStmt"):
            self.tails.add(node["id"])

    def _visit(self, node):
        span = self.source.span(node) if "range" in node else None
        if span and span[2]:
            self._macro(span)
            return
        handler = getattr(self, "_" + node["kind"], None)
        if handler:
            handler(node)
        else:
            self._each(children(node))

    def _each(self, nodes):
        for node in nodes:
            self._visit(node)

    def _macro(self, span):
        text = self.source.text[span[0]:span[1]]
        if text in ("true", "false"):
            self._literal(span)
        elif text.startswith("assert"):
            self.left_out["assert"] += 1

    def _CompoundStmt(self, node):
        before = ""
        for child in children(node):
            self.before = before
            self._visit(child)
            begin, end, _ = self.source.span(child)
            before = self.source.snippet(begin, end)

    def _VarDecl(self, node):
        if node.get("storageClass") == "static":
            return
        if node.get("type", {}).get("qualType") == "bool" and children(node):
            self._boolean(children(node)[-1], "TFN")
        else:
            self._each(children(node))

    def _IfStmt(self, node):
        inner = children(node)
        rule = self.rule
        self.rule = rule or self._fails(inner[0], inner[1])
        self._boolean(inner[0], "TFN")
        self._branch(inner[1], len(inner) == 2)
        self.rule = rule
        for other in inner[2:]:
            self._branch(other, False)

    def _fails(self, condition, branch):
        """The rule by which a condition is one of failure, or None."""
        text = self.source.snippet(*self.source.span(condition)[:2])
        then = self.source.snippet(*self.source.span(branch)[:2])
        fresh = ALLOCATES.search(self.before)
        if "-ENOMEM" in then or text.endswith("hh.tbl"):
            return "allocation"
        if fresh and text == "!" + (fresh[1] or fresh[3]).lstrip("*"):
            return "allocation"
        if self._hands_on(bare(condition), text) and "return" in then:
            return "error"
        return None

    def _branch(self, node, alone):
        """A jump that is all of a branch: to drop it is a false condition."""
        only = node
        if node["kind"] == "CompoundStmt" and len(children(node)) == 1:
            only = children(node)[0]
        if alone and only["kind"] in ("BreakStmt", "ContinueStmt",
                                      "ReturnStmt"):
            self._each(children(only))
        else:
            self._visit(node)

    def _loop(self, node, condition, rest, step=None):
        if "expansionLoc" in node["range"]["begin"]:
            self.left_out["macro"] += 1
            self._each(rest)
            return
        if condition:
            self._boolean(condition, "FN")
            self.left_out["endless"] += 1
        if step:
            self.left_out["endless"] += 1
        self._each(rest)

    def _WhileStmt(self, node):
        self._loop(node, children(node)[0], children(node)[1:])

    def _DoStmt(self, node):
        self._loop(node, children(node)[1], children(node)[:1])

    def _ForStmt(self, node):
        start, _, condition, step, body = node["inner"]
        self._loop(node, condition if condition.get("kind") else None,
                   [part for part in (start, body) if part.get("kind")],
                   step.get("kind"))

    def _CaseStmt(self, node):
        inner = children(node)
        statement = inner[-1]
        end = self.source.span(inner[-2])[1]
        colon = self.source.text.index(":", end) + 1
        if statement["kind"] not in ("BreakStmt", "CaseStmt"):
            label = self.source.snippet(self.source.span(node)[0], colon)
            self._insert(colon, "case", f"{label} -> left at once", "break")
        self._visit(statement)

    def _SwitchStmt(self, node):
        value, body = children(node)
        last = children(body)[-1]
        while last["kind"] in ("CaseStmt", "DefaultStmt"):
            last = children(last)[-1]
        if last["kind"] == "BreakStmt":
            self.tails.add(last["id"])
        self._visit(value)
        self._visit(body)

    def _insert(self, at, kind, change, statement):
        mutant = self._mutant(at, kind, change)
        if mutant:
            self._edit(at, at, 0, lambda sub: f" if (mutant({mutant.id}))"
                       f" {statement};")

    def _jump(self, node):
        begin, end, _ = self.source.span(node)
        self._each(children(node))
        if node["id"] in self.tails:
            return
        end = self.source.text.index(";", end) + 1
        text = self.source.snippet(begin, end)
        mutant = self._mutant(begin, "jump", f"{text} -> dropped")
        if mutant:
            self._edit(begin, end, 0, lambda sub: "{ if (!mutant("
                       f"{mutant.id})) {sub(begin, end)} }}")

    _BreakStmt = _ContinueStmt = _jump

    def _ReturnStmt(self, node):
        rule = self.rule
        text = self.source.snippet(*self.source.span(node)[:2])
        if "-ENOMEM" in text:
            self.rule = rule or "allocation"
        self._jump(node)
        self.rule = rule

    # ---- expressions ----------------------------------------------------

    def _UnaryExprOrTypeTraitExpr(self, node):
        """sizeof evaluates nothing."""

    def _literal(self, span):
        begin, end = span[:2]
        text = self.source.text[begin:end]
        other = "false" if text == "true" else "true"
        mutant = self._mutant(begin, "value", self._around(begin, end, other))
        if mutant:
            self._edit(begin, end, 0, lambda sub: f"({text} ^ "
                       f"mutant({mutant.id}))")

    def _around(self, begin, end, other):
        """A literal alone says little: its line's text with it."""
        text = self.source.text
        first = text.rindex("\n", 0, begin) + 1
        last = text.index("\n", end)
        line = self.source.snippet(first, last)
        return f"{line} -> {other}"

    def _boolean(self, node, wanted):
        """A value that is true or false: T true, F false, N negated."""
        node = bare(node)
        begin, end, in_macro = self.source.span(node)
        text = self.source.snippet(begin, end)
        if text in ("true", "false"):
            if wanted:
                self._literal((begin, end))
            return
        self._constants(node, text, wanted)
        opcode = node.get("opcode")
        if in_macro:
            return
        if node["kind"] == "BinaryOperator" and opcode in ("&&", "||"):
            for operand in operands(node, opcode):
                self._boolean(operand, "T" if opcode == "&&" else "F")
        elif node["kind"] == "UnaryOperator" and opcode == "!":
            self._boolean(children(node)[0], "")
        elif node["kind"] == "BinaryOperator" and (opcode in RELATIONS or
                                                   opcode in ("==", "!=")):
            self._relation(node, "N" in wanted)
        elif node["kind"] == "BinaryOperator" and opcode == "=":
            self._each(children(node))
        else:
            self._visit(node)

    def _hands_on(self, node, text):
        """The rule for a condition that only hands an error on, or None."""
        # A comparison (strcmp() and its like) has no errors to tell.
        if text == "r < 0" or (text.endswith(") < 0") and "cmp(" not in text
                               and bare(children(node)[0])["kind"]
                               == "CallExpr"):
            return "error"
        return None

    def _constants(self, node, text, wanted):
        begin, end, _ = self.source.span(node)
        rule = self._hands_on(node, text)
        kind = "condition" if "N" in wanted else "operand"
        changes = {"T": "true", "F": "false", "N": "negated"}
        made = {}
        for which in wanted:
            made[which] = self._mutant(begin, kind,
                                       f"{text} -> {changes[which]}", rule)

        def write(sub):
            out = f"({sub(begin, end)})"
            if made.get("N"):
                out = f"(mutant({made['N'].id}) ^ !!{out})"
            if made.get("F"):
                out = f"(!mutant({made['F'].id}) && {out})"
            if made.get("T"):
                out = f"(mutant({made['T'].id}) || {out})"
            return out

        if any(made.values()):
            self._edit(begin, end, 1, write)

    def _relation(self, node, whole):
        left, right = children(node)
        opcode = node["opcode"]
        begin, end, _ = self.source.span(node)
        spans = [self.source.span(side)[:2] for side in (left, right)]
        texts = [self.source.snippet(*span) for span in spans]
        text = self.source.snippet(begin, end)
        rule = self._hands_on(node, text)
        self._each((left, right))
        if opcode in ("==", "!="):
            if whole:
                return
            mutant = self._mutant(begin, "bound", f"{text} -> {texts[0]} "
                                  f"{OTHER[opcode]} {texts[1]}")
            if mutant:
                self._edit(begin, end, 0, lambda sub: f"(mutant({mutant.id})"
                           f" ^ ({sub(begin, end)}))")
            return
        if is_pointer(left) or is_pointer(right):
            return
        other, off = RELATIONS[opcode]
        off = off.format(l=texts[0], r=texts[1])
        near = self._mutant(begin, "bound", f"{text} -> {texts[0]} {other} "
                            f"{texts[1]}", rule)
        far = self._mutant(begin, "bound", f"{text} -> {off}", rule)
        if not near:
            return
        self._edit(begin, end, 0, lambda sub: (
            f"({{ __auto_type l_ = ({sub(*spans[0])}); "
            f"__auto_type r_ = ({sub(*spans[1])}); "
            f"mutant({near.id}) ? l_ {other} r_ : "
            f"mutant({far.id}) ? {OFF_BY_ONE[opcode]} : l_ {opcode} r_; }})"))

    def _BinaryOperator(self, node):
        opcode = node["opcode"]
        if (opcode in ("&&", "||") or opcode in RELATIONS
                or opcode in ("==", "!=")):
            self._boolean(node, "TFN")
            return
        left, right = children(node)
        if opcode == "=" and left.get("type", {}).get("qualType") == "bool":
            self._visit(left)
            self._boolean(right, "TFN")
            return
        self._each((left, right))
        constant = ("IntegerLiteral", "UnaryExprOrTypeTraitExpr")
        if (is_pointer(left) or is_pointer(right) or is_pointer(node)
                or (bare(left)["kind"] in constant
                    and bare(right)["kind"] in constant)):
            return
        if opcode == "%" or opcode in OTHER:
            self._arithmetic(node, left, right)

    def _arithmetic(self, node, left, right):
        begin, end, _ = self.source.span(node)
        texts = [self.source.text[slice(*self.source.span(side)[:2])]
                 for side in (left, right)]
        other = texts[0]
        if node["opcode"] != "%":
            other = f"{texts[0]} {OTHER[node['opcode']]} {texts[1]}"
        text = self.source.snippet(begin, end)
        shown = re.sub(r"\s+", " ", other)
        mutant = self._mutant(begin, "arithmetic", f"{text} -> {shown}")
        if mutant:
            self._edit(begin, end, 0, lambda sub: f"(mutant({mutant.id}) ? "
                       f"({other}) : ({sub(begin, end)}))")

    def _UnaryOperator(self, node):
        opcode = node["opcode"]
        if opcode == "!":
            self._boolean(node, "TFN")
            return
        self._each(children(node))
        if opcode in ("++", "--"):
            self._counter(node, children(node)[0])

    def _CompoundAssignOperator(self, node):
        left, right = children(node)
        self._visit(left)
        if left.get("type", {}).get("qualType") == "bool":
            self._boolean(right, "TFN")
        else:
            self._visit(right)
        self._counter(node, left)

    def _counter(self, node, left):
        begin, end, _ = self.source.span(node)
        plain = self.source.text[slice(*self.source.span(left)[:2])]
        text = self.source.snippet(begin, end)
        mutant = self._mutant(begin, "counter", f"{text} -> dropped")
        if mutant:
            self._edit(begin, end, 0, lambda sub: f"(mutant({mutant.id}) ? "
                       f"({plain}) : ({sub(begin, end)}))")

    def _ConditionalOperator(self, node):
        condition, *values = children(node)
        rule = self.rule
        if "-ENOMEM" in self.source.snippet(*self.source.span(node)[:2]):
            self.rule = rule or "allocation"
        self._boolean(condition, "TFN")
        self._each(values)
        self.rule = rule

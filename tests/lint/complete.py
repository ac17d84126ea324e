# SPDX-License-Identifier: GPL-2.0-or-later
"""complete.py SHELL FILE: what a shell makes of each line of standard input.

An interactive bash or zsh on a terminal of its own gets the completion in FILE
as its user would, then each line and a press of Tab; what stands on its command
line after that is printed, a line each.
"""

import os
import pty
import select
import signal
import sys
import time

# The end of what is printed is not in what is typed, which the terminal echoes.
SETUP = {
    "bash": r"""
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
bind 'set page-completions off'; bind 'set completion-query-items 0'
show() { printf '\n<%s>%s\n' "$READLINE_LINE" "done"; READLINE_LINE=; }
bind -x '"\C-xs": show'
. "$COMPLETION_FILE"
printf '\n<>%s\n' "done"
""",
    "zsh": r"""
PROMPT= RPROMPT= ; unsetopt zle_bracketed_paste prompt_cr beep 2>/dev/null
setopt no_list_beep; LISTMAX=10000; bindkey -e; unset zle_bracketed_paste
fpath=("${COMPLETION_FILE:h}" $fpath); autoload -Uz compinit; compinit -u -D
show() { zle -I; printf '\n<%s>%s\n' "$BUFFER" "done"; BUFFER=; }
zle -N show; bindkey '^Xs' show
printf '\n<>%s\n' "done"
""",
}
COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
SECONDS = 60


def start(shell, path):
    """The shell's process and the terminal it is on."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COMPLETION_FILE=path, TERM="dumb", COLUMNS="200")
        os.environ.update(HISTFILE="/dev/null", LC_ALL="C.UTF-8")
        os.execvp(COMMANDS[shell][0], COMMANDS[shell])
    return pid, terminal


def shown(terminal):
    """The next command line that is shown between <> and done."""
    text = b""
    end = time.monotonic() + SECONDS
    while b">done" not in text:
        left = end - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            sys.exit("the shell does not answer: %r" % text)
        text += os.read(terminal, 4096)
    text = text[:text.index(b">done")]
    return text[text.rindex(b"<") + 1:].decode()


def main():
    """All lines, one after the other."""
    shell, path = sys.argv[1:]
    pid, terminal = start(shell, os.path.abspath(path))
    try:
        for line in SETUP[shell].strip().splitlines():
            os.write(terminal, line.encode() + b"\n")
        shown(terminal)
        for line in sys.stdin:
            os.write(terminal, line.rstrip("\n").encode() + b"\t\x18s")
            print(shown(terminal))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the lints share. A lint runs with the build folder as its working
# directory and $srcdir naming the tree; by hand it may run in the tree itself.

set -u -o pipefail

cd "${srcdir:-.}" || exit 99
failures=0

fault() {
	printf '%s\n' "$*"
	failures=$((failures + 1))
}

# need TOOL...: without one of them the lint cannot run at all.
need() {
	local tool

	for tool; do
		command -v "$tool" >/dev/null && continue
		echo "SKIP: $tool is not installed"
		exit 77
	done
}

# sources FOLDER...: the C files below these folders.
sources() {
	find "$@" -type f \( -name '*.c' -o -name '*.h' \) | sort
}

# papers: every text that the project wrote itself (not the licences).
# In a checkout git knows them: a build among the sources leaves more.
papers() {
	if [[ -e .git ]] && git ls-files >/dev/null 2>&1; then
		git ls-files | grep -v -E \
			'^(COPYING|COPYING\.LIB|README|\.gitignore|tests/fuzz/corpus/.*)$'
		return
	fi
	{
		find . -maxdepth 1 -type f \( -name '*.md' -o -name '*.am' \
			-o -name '*.ac' -o -name NEWS -o -name dev \
			-o -name '.clang-format' -o -name '.editorconfig' \)
		find ./.ci ./common ./daemon ./client ./systemd ./conf ./doc \
			./tests -type f ! -path './tests/fuzz/corpus/*' \
			! -name '*.o' ! -name '*~'
	} | sed 's|^\./||' | sort
}

# finish: the verdict of the lint.
finish() {
	((failures == 0)) && exit 0
	echo "$failures faults"
	exit 1
}

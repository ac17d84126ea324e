# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of nsidwatch(1) for bash; tests/lint/completion.sh compares it with
# the program's own help.

# What `check` runs begins with the first word that is no option, and completes
# as it would by itself. False where the cursor is not behind it.
_nsidwatch_command() {
	local i=$1

	for (( ; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--timeout | -t | --record | --socket | --receive-buffer)
			# The shell takes --timeout=5 for three words.
			[[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
			((i++))
			;;
		=) ((i++)) ;;
		--)
			((i++))
			break
			;;
		-*) ;;
		*) break ;;
		esac
	done
	((i < COMP_CWORD)) || return
	if declare -F _command_offset >/dev/null; then
		_command_offset "$i"
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

_nsidwatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb='' word i
	local common='--socket --json -j --receive-buffer --no-pager --help -h
		--version -V'
	local -A options=(
		[status]=
		[namespaces]='--names --lingering'
		[nsids]=
		[deaths]=
		[passes]=
		[findings]='--explain'
		[events]='--follow -f'
		[audit]=
		[baseline]=
		[diff]=
		[wait]='--gone --timeout -t'
		[check]='--timeout -t --no-adopt --adopt=all --allow-none
			--record'
		[selftest]='--survivors --dying --rounds --record'
		[record]='--timeout -t --no-adopt --adopt=all'
		[replay]=
	)

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--socket | --receive-buffer) ((i++)) ;;
		-*) ;;
		*)
			verb=$word
			break
			;;
		esac
	done
	[ "$verb" = check ] && _nsidwatch_command $((i + 1)) && return
	case $prev in
	--socket | --record)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--receive-buffer | --explain | --gone | --timeout | -t | --survivors | \
		--dying | --rounds)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$common ${options[${verb:-status}]:-}" -- "$cur")
	elif [ -z "$verb" ]; then
		mapfile -t COMPREPLY < <(compgen -W "${!options[*]}" -- "$cur")
	else
		case $verb in
		baseline | diff | record | replay)
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		check) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
		nsids) mapfile -t COMPREPLY < <(compgen -W home -- "$cur") ;;
		esac
	fi
}

complete -F _nsidwatch nsidwatch

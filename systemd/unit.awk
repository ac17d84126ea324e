# SPDX-License-Identifier: GPL-2.0-or-later
#
# A unit for one version of systemd: a line behind "@from N@ " is for N and
# later, one behind "@before N@ " for what came before. The folders are those
# that were configured.
#	awk -v systemd=252 -v sbindir=/usr/sbin -v libexecdir=/usr/libexec \
#		-f unit.awk UNIT.in
/^@(from|before) [0-9]+@ / {
	since = $1 == "@from"
	if ((systemd + 0 >= $2 + 0) != since)
		next
	sub(/^@[a-z]+ [0-9]+@ /, "")
}
{
	gsub(/@sbindir@/, sbindir)
	gsub(/@libexecdir@/, libexecdir)
	print
}

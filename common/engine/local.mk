# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += %D%/libengine.a
%C%_libengine_a_SOURCES = \
	%D%/accounts.c \
	%D%/accounts.h \
	%D%/answers.c \
	%D%/answers.h \
	%D%/audit.c \
	%D%/audit.h \
	%D%/death.h \
	%D%/deaths.c \
	%D%/deaths.h \
	%D%/decide.c \
	%D%/decide.h \
	%D%/entry.h \
	%D%/event.h \
	%D%/evidence.c \
	%D%/evidence.h \
	%D%/finding.h \
	%D%/findings.c \
	%D%/findings.h \
	%D%/input.h \
	%D%/judge.c \
	%D%/judge.h \
	%D%/label.c \
	%D%/label.h \
	%D%/ledger.c \
	%D%/ledger.h \
	%D%/linger.c \
	%D%/linger.h \
	%D%/names.c \
	%D%/names.h \
	%D%/netns.h \
	%D%/numbers.c \
	%D%/numbers.h \
	%D%/odds.c \
	%D%/odds.h \
	%D%/passes.c \
	%D%/passes.h \
	%D%/pending.c \
	%D%/pending.h \
	%D%/probe.c \
	%D%/probe.h \
	%D%/records.c \
	%D%/records.h \
	%D%/replay.c \
	%D%/replay.h \
	%D%/report.h \
	%D%/revise.c \
	%D%/revise.h \
	%D%/rounds.c \
	%D%/rounds.h \
	%D%/rtnl.c \
	%D%/rtnl.h \
	%D%/settings.h \
	%D%/sightings.c \
	%D%/sightings.h \
	%D%/state.h \
	%D%/sync.c \
	%D%/sync.h \
	%D%/tables.c \
	%D%/tables.h \
	%D%/trace.c \
	%D%/trace.h \
	%D%/trace_body.c \
	%D%/trace_body.h \
	%D%/verify.c \
	%D%/verify.h \
	%D%/watch.c \
	%D%/watch.h \
	%D%/words.c

ENGINE_LIBS = %D%/libengine.a $(MNL_LIBS)

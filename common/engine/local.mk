# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += %D%/libengine.a
%C%_libengine_a_SOURCES = \
	%D%/accounts.c \
	%D%/accounts.h \
	%D%/answers.c \
	%D%/answers.h \
	%D%/deaths.c \
	%D%/deaths.h \
	%D%/event.h \
	%D%/findings.c \
	%D%/findings.h \
	%D%/judge.c \
	%D%/judge.h \
	%D%/ledger.c \
	%D%/ledger.h \
	%D%/names.c \
	%D%/names.h \
	%D%/passes.c \
	%D%/passes.h \
	%D%/records.c \
	%D%/records.h \
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
	%D%/verify.c \
	%D%/verify.h \
	%D%/watch.c \
	%D%/watch.h \
	%D%/words.c

ENGINE_LIBS = %D%/libengine.a $(MNL_LIBS)

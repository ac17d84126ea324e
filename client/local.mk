# SPDX-License-Identifier: GPL-2.0-or-later

# All but main, for its tests as well.
noinst_LIBRARIES += %D%/libclient.a
%C%_libclient_a_SOURCES = \
	%D%/ask.c \
	%D%/ask.h \
	%D%/baseline.c \
	%D%/baseline.h \
	%D%/canary.c \
	%D%/canary.h \
	%D%/check.c \
	%D%/check.h \
	%D%/compare.c \
	%D%/compare.h \
	%D%/judging.c \
	%D%/judging.h \
	%D%/listing.c \
	%D%/listing.h \
	%D%/load.c \
	%D%/load.h \
	%D%/options.c \
	%D%/options.h \
	%D%/record.c \
	%D%/record.h \
	%D%/remote.c \
	%D%/remote.h \
	%D%/replay.c \
	%D%/replay.h \
	%D%/selftest.c \
	%D%/selftest.h \
	%D%/session.c \
	%D%/session.h \
	%D%/show.c \
	%D%/show.h \
	%D%/show_documents.c \
	%D%/tables.c \
	%D%/tables.h \
	%D%/verbs.c \
	%D%/verbs.h

CLIENT_LIBS = %D%/libclient.a $(WIRE_LIBS) $(KERNEL_LIBS)

bin_PROGRAMS += %D%/nsidwatch
%C%_nsidwatch_SOURCES = %D%/main.c
%C%_nsidwatch_LDADD = $(CLIENT_LIBS)

dist_man_MANS += %D%/nsidwatch.1

bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
dist_zshcomp_DATA = %D%/completion/_nsidwatch
EXTRA_DIST += %D%/completion/nsidwatch.bash

# There it is found by the name of the program.
install-exec-local:
	$(MKDIR_P) "$(DESTDIR)$(bashcompdir)"
	$(INSTALL_DATA) $(srcdir)/%D%/completion/nsidwatch.bash \
		"$(DESTDIR)$(bashcompdir)/nsidwatch"

uninstall-hook:
	rm -f "$(DESTDIR)$(bashcompdir)/nsidwatch"

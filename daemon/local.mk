# SPDX-License-Identifier: GPL-2.0-or-later

# All but main, for its tests as well.
noinst_LIBRARIES += %D%/libdaemon.a
%C%_libdaemon_a_SOURCES = \
	%D%/about.c \
	%D%/about.h \
	%D%/alert.c \
	%D%/alert.h \
	%D%/alerts.c \
	%D%/alerts.h \
	%D%/call.h \
	%D%/connection.c \
	%D%/connection.h \
	%D%/control.c \
	%D%/control.h \
	%D%/daemon.c \
	%D%/daemon.h \
	%D%/gone.c \
	%D%/hook.c \
	%D%/hook.h \
	%D%/journal.c \
	%D%/journal.h \
	%D%/listener.c \
	%D%/listener.h \
	%D%/lists.c \
	%D%/log.c \
	%D%/log.h \
	%D%/methods.c \
	%D%/methods.h \
	%D%/notify.c \
	%D%/notify.h \
	%D%/open_deaths.c \
	%D%/open_deaths.h \
	%D%/open_record.c \
	%D%/open_record.h \
	%D%/options.c \
	%D%/options.h \
	%D%/player.c \
	%D%/player.h \
	%D%/recorder.c \
	%D%/recorder.h \
	%D%/replies.c \
	%D%/reports.c \
	%D%/reports.h \
	%D%/source.c \
	%D%/source.h \
	%D%/state.c \
	%D%/state.h \
	%D%/state_head.c \
	%D%/state_head.h \
	%D%/textfile.c \
	%D%/textfile.h

DAEMON_LIBS = %D%/libdaemon.a $(WIRE_LIBS) $(KERNEL_LIBS) $(SYSTEMD_LIBS) \
	$(EV_LIBS)

sbin_PROGRAMS += %D%/nsidwatchd
%C%_nsidwatchd_SOURCES = %D%/main.c
%C%_nsidwatchd_LDADD = $(DAEMON_LIBS)

dist_man_MANS += %D%/nsidwatchd.8

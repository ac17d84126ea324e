# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += %D%/libwire.a
%C%_libwire_a_SOURCES = \
	%D%/about.h \
	%D%/conf.c \
	%D%/conf.h \
	%D%/conf_files.c \
	%D%/interface.c \
	%D%/interface.h \
	%D%/metrics.c \
	%D%/metrics.h \
	%D%/shapes.c \
	%D%/shapes.h \
	%D%/shapes_events.c \
	%D%/shapes_linger.c \
	%D%/shapes_linger.h \
	%D%/shapes_lists.c \
	%D%/shapes_netns.c \
	%D%/shapes_netns.h \
	%D%/text.c \
	%D%/text.h \
	%D%/varlink.c \
	%D%/varlink.h

dist_man_MANS += %D%/io.nsidwatch.7

WIRE_LIBS = %D%/libwire.a $(JANSSON_LIBS)

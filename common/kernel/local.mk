# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += %D%/libkernel.a
%C%_libkernel_a_SOURCES = \
	%D%/btf.c \
	%D%/btf.h \
	%D%/capture.c \
	%D%/capture.h \
	%D%/cgroup.c \
	%D%/cgroup.h \
	%D%/clock.c \
	%D%/clock.h \
	%D%/discovery.c \
	%D%/discovery.h \
	%D%/events.c \
	%D%/events.h \
	%D%/mountinfo.c \
	%D%/mountinfo.h \
	%D%/nsfile.c \
	%D%/nsfile.h \
	%D%/procfs.c \
	%D%/procfs.h \
	%D%/queries.c \
	%D%/queries.h \
	%D%/recording.c \
	%D%/recording.h \
	%D%/request.c \
	%D%/request.h \
	%D%/scan.c \
	%D%/scan.h \
	%D%/scan_descriptors.c \
	%D%/scan_processes.c \
	%D%/talk.c \
	%D%/talk.h \
	%D%/talk_state.c \
	%D%/talk_state.h

KERNEL_LIBS = %D%/libkernel.a $(ENGINE_LIBS) $(BPF_LIBS) $(CAPNG_LIBS) \
	$(PCAP_LIBS)

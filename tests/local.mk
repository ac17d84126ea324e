# SPDX-License-Identifier: GPL-2.0-or-later

# ---- what the unit tests share --------------------------------------------

UNIT_LIBRARY = %D%/lib/libtests.a
%C%_lib_libtests_a_SOURCES = \
	%D%/lib/chaos.c \
	%D%/lib/chaos.h \
	%D%/lib/faults.c \
	%D%/lib/faults.h \
	%D%/lib/history.c \
	%D%/lib/history.h \
	%D%/lib/history_ops.c \
	%D%/lib/model.c \
	%D%/lib/model.h \
	%D%/lib/model_answer.c \
	%D%/lib/model_cleanup.c \
	%D%/lib/model_faults.c \
	%D%/lib/model_inner.h \
	%D%/lib/model_socket.c \
	%D%/lib/namespaces.h \
	%D%/lib/oracle.c \
	%D%/lib/oracle.h \
	%D%/lib/rng.h \
	%D%/lib/script.c \
	%D%/lib/script.h \
	%D%/lib/script_answer.c \
	%D%/lib/script_tell.c \
	%D%/lib/restart.c \
	%D%/lib/shell.c \
	%D%/lib/tape.h \
	%D%/lib/world.c \
	%D%/lib/world.h

# ---- unit tests: one program a module -------------------------------------

# What every program without libraries of its own links: these are they.
LDADD = $(UNIT_LIBRARY) $(WIRE_LIBS) $(KERNEL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS = \
	%D%/unit/test_capture \
	%D%/unit/test_cases_a \
	%D%/unit/test_cases_b \
	%D%/unit/test_cases_c \
	%D%/unit/test_cases_d \
	%D%/unit/test_cases_e \
	%D%/unit/test_cases_f \
	%D%/unit/test_cases_g \
	%D%/unit/test_cgroup \
	%D%/unit/test_conf \
	%D%/unit/test_deaths \
	%D%/unit/test_decide \
	%D%/unit/test_delta \
	%D%/unit/test_discovery \
	%D%/unit/test_events \
	%D%/unit/test_image \
	%D%/unit/test_hook \
	%D%/unit/test_inherit \
	%D%/unit/test_judge \
	%D%/unit/test_ledger \
	%D%/unit/test_linger \
	%D%/unit/test_listing \
	%D%/unit/test_methods \
	%D%/unit/test_metrics \
	%D%/unit/test_numbers \
	%D%/unit/test_open_deaths \
	%D%/unit/test_options \
	%D%/unit/test_passes \
	%D%/unit/test_prune \
	%D%/unit/test_queries \
	%D%/unit/test_replay \
	%D%/unit/test_rounds \
	%D%/unit/test_reports \
	%D%/unit/test_rtnl \
	%D%/unit/test_shapes \
	%D%/unit/test_sync \
	%D%/unit/test_tables \
	%D%/unit/test_talk \
	%D%/unit/test_text \
	%D%/unit/test_trace \
	%D%/unit/test_varlink \
	%D%/unit/test_verify \
	%D%/unit/test_watch

# The programs' own pieces.
%C%_unit_test_methods_LDADD = $(UNIT_LIBRARY) $(DAEMON_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_hook_LDADD = $(UNIT_LIBRARY) $(DAEMON_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_open_deaths_LDADD = $(UNIT_LIBRARY) $(DAEMON_LIBS) \
	$(CMOCKA_LIBS)
%C%_unit_test_reports_LDADD = $(UNIT_LIBRARY) $(DAEMON_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_listing_LDADD = $(UNIT_LIBRARY) $(CLIENT_LIBS) $(CMOCKA_LIBS)
%C%_unit_test_options_LDADD = $(UNIT_LIBRARY) $(CLIENT_LIBS) $(CMOCKA_LIBS)

# ---- the engine against the model kernel -----------------------------------

PROPERTY_TESTS = %D%/property/prove
%C%_property_prove_SOURCES = \
	%D%/property/expect.c \
	%D%/property/expect.h \
	%D%/property/figures.c \
	%D%/property/figures.h \
	%D%/property/prove.c

# ---- fuzz targets: in make check they replay their corpus -----------------

FUZZERS = \
	%D%/fuzz/fuzz_cgroup \
	%D%/fuzz/fuzz_conf \
	%D%/fuzz/fuzz_engine \
	%D%/fuzz/fuzz_image \
	%D%/fuzz/fuzz_mountinfo \
	%D%/fuzz/fuzz_open \
	%D%/fuzz/fuzz_rtnl \
	%D%/fuzz/fuzz_state \
	%D%/fuzz/fuzz_trace \
	%D%/fuzz/fuzz_varlink

FUZZ_LIBS = $(WIRE_LIBS) $(KERNEL_LIBS)

if WITH_LIBFUZZER
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = %D%/fuzz/driver.c
FUZZ_LINK = $(AM_LDFLAGS)
endif

%C%_fuzz_fuzz_cgroup_SOURCES = %D%/fuzz/fuzz_cgroup.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_cgroup_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_cgroup_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_conf_SOURCES = %D%/fuzz/fuzz_conf.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_conf_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_engine_SOURCES = %D%/fuzz/fuzz_engine.c %D%/lib/chaos.c \
	%D%/lib/chaos.h $(FUZZ_MAIN)
%C%_fuzz_fuzz_engine_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_engine_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_image_SOURCES = %D%/fuzz/fuzz_image.c %D%/lib/chaos.c \
	%D%/lib/chaos.h $(FUZZ_MAIN)
%C%_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_image_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_mountinfo_SOURCES = %D%/fuzz/fuzz_mountinfo.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_mountinfo_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_mountinfo_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_open_SOURCES = %D%/fuzz/fuzz_open.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_open_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_open_LDADD = $(DAEMON_LIBS)
%C%_fuzz_fuzz_rtnl_SOURCES = %D%/fuzz/fuzz_rtnl.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_rtnl_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_rtnl_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_state_SOURCES = %D%/fuzz/fuzz_state.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_state_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_state_LDADD = $(DAEMON_LIBS)
%C%_fuzz_fuzz_trace_SOURCES = %D%/fuzz/fuzz_trace.c %D%/lib/tape.h \
	$(FUZZ_MAIN)
%C%_fuzz_fuzz_trace_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_trace_LDADD = $(FUZZ_LIBS)
%C%_fuzz_fuzz_varlink_SOURCES = %D%/fuzz/fuzz_varlink.c $(FUZZ_MAIN)
%C%_fuzz_fuzz_varlink_LDFLAGS = $(FUZZ_LINK)
%C%_fuzz_fuzz_varlink_LDADD = $(FUZZ_LIBS)

# ---- benches: what they print is read by people (./dev bench) --------------

BENCHES = \
	%D%/bench/bench_discovery \
	%D%/bench/bench_engine \
	%D%/bench/bench_model

# It counts what is allocated.
%C%_bench_bench_engine_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
%C%_bench_bench_engine_LDADD = $(ENGINE_LIBS)
# The kernel alone, without the engine.
%C%_bench_bench_model_SOURCES = \
	%D%/bench/bench_model.c \
	%D%/lib/faults.h \
	%D%/lib/model.c \
	%D%/lib/model.h \
	%D%/lib/model_answer.c \
	%D%/lib/model_cleanup.c \
	%D%/lib/model_faults.c \
	%D%/lib/model_inner.h \
	%D%/lib/model_socket.c \
	%D%/lib/rng.h
%C%_bench_bench_model_LDADD = -lm

# ---- stories on real namespaces: root -------------------------------------

NETNS_TESTS = \
	%D%/netns/baseline.sh \
	%D%/netns/check.sh \
	%D%/netns/daemon.sh \
	%D%/netns/ends.sh \
	%D%/netns/hidden.sh \
	%D%/netns/idle.sh \
	%D%/netns/input.sh \
	%D%/netns/linger.sh \
	%D%/netns/names.sh \
	%D%/netns/notify.sh \
	%D%/netns/overrun.sh \
	%D%/netns/pins.sh \
	%D%/netns/record.sh \
	%D%/netns/restart.sh \
	%D%/netns/selftest.sh \
	%D%/netns/settings.sh \
	%D%/netns/stopped.sh \
	%D%/netns/table.sh \
	%D%/netns/valgrind.sh

# A service manager for one of them.
%C%_netns_keeper_LDADD =

# ---- recordings of real kernels -------------------------------------------

REPLAY_TESTS = %D%/recordings.sh

# ---- a daemon that is fed by a recording: no root, no namespaces -------------

RECORDED_TESTS = \
	%D%/recorded/hook.sh \
	%D%/recorded/journal.sh \
	%D%/recorded/metrics.sh \
	%D%/recorded/replay.sh

# The recording that they play.
RECORDERS = %D%/recorded/violation

# ---- histories of the model kernel, with what is said of them ---------------

EXPECTED_TESTS = %D%/property/expected.sh

# ---- what doc/ says of real kernels is what was measured -------------------

FIGURES_TESTS = %D%/kernels.sh

# ---- real kernels, by ./dev vm: no part of make check ----------------------

VM_LOADS = %D%/vm/bench/cleanup
# No library but the one that it asks the kernel with.
%C%_vm_bench_cleanup_LDADD = $(MNL_LIBS)

VM_FILES = \
	%D%/vm/bench/figures.py \
	%D%/vm/bench/picture.py \
	%D%/vm/guest/nsidwatch-vm.service \
	%D%/vm/guest/run.sh \
	%D%/vm/guest/service.sh \
	%D%/vm/lib/bench.sh \
	%D%/vm/lib/cache.sh \
	%D%/vm/lib/images.sh \
	%D%/vm/lib/machine.sh \
	%D%/vm/lib/matrix.sh \
	%D%/vm/lib/report.sh \
	%D%/vm/stories/10-selftest.sh \
	%D%/vm/stories/20-restart.sh \
	%D%/vm/stories/25-kill.sh \
	%D%/vm/stories/30-activation.sh \
	%D%/vm/stories/35-watchdog.sh \
	%D%/vm/stories/40-reload.sh \
	%D%/vm/stories/45-refusals.sh \
	%D%/vm/stories/50-pins.sh \
	%D%/vm/stories/60-varlink.sh \
	%D%/vm/stories/65-journal.sh \
	%D%/vm/stories/70-numbers.sh \
	%D%/vm/stories/80-private.sh \
	%D%/vm/stories/85-container.sh \
	%D%/vm/vm.sh

# ---- from the daemon to whoever is called, by ./dev chain: likewise ----------

CHAIN_FILES = \
	%D%/chain/10-promtool.sh \
	%D%/chain/20-page.sh \
	%D%/chain/chain.sh \
	%D%/chain/receiver.py \
	%D%/chain/rules.test.yml

# ---- lints ----------------------------------------------------------------

LINTS = \
	%D%/lint/budgets.sh \
	%D%/lint/catalog.sh \
	%D%/lint/completion.sh \
	%D%/lint/headers.sh \
	%D%/lint/image.sh \
	%D%/lint/includes.sh \
	%D%/lint/lists.sh \
	%D%/lint/manuals.sh \
	%D%/lint/purity.sh \
	%D%/lint/settings.sh \
	%D%/lint/shell.sh \
	%D%/lint/units.sh \
	%D%/lint/words.sh

# What the manuals are compared with.
%C%_lint_tables_SOURCES = \
	%D%/lib/faults.c \
	%D%/lib/faults.h \
	%D%/lint/tables.c
%C%_lint_tables_LDADD = $(DAEMON_LIBS)

# ---- what ./dev asks for by name ------------------------------------------

check-programs: all $(check_LIBRARIES) $(check_PROGRAMS)
fuzzers: $(FUZZERS)
benches: $(BENCHES)
vm-programs: $(VM_LOADS)
.PHONY: benches check-programs fuzzers vm-programs

# ---- how they run ---------------------------------------------------------

if HAVE_CMOCKA
check_LIBRARIES += $(UNIT_LIBRARY)
check_PROGRAMS += $(UNIT_TESTS) $(PROPERTY_TESTS) $(RECORDERS)
TESTS += $(UNIT_TESTS) $(PROPERTY_TESTS)
endif
check_PROGRAMS += $(BENCHES) $(FUZZERS) %D%/netns/keeper $(VM_LOADS) %D%/lint/tables
TESTS += $(FUZZERS) $(LINTS) $(EXPECTED_TESTS) $(REPLAY_TESTS) \
	$(RECORDED_TESTS) $(FIGURES_TESTS) $(NETNS_TESTS)

# Two scripts run side by side, some of them alone, and nothing may hang for ever.
TEST_EXTENSIONS = .sh
LOG_COMPILER = $(BASH) $(srcdir)/%D%/lib/turn.sh 600
SH_LOG_COMPILER = $(BASH) $(srcdir)/%D%/lib/turn.sh 900
CLEANFILES += %D%/turn.lock %D%/turn.1.lock %D%/turn.2.lock
AM_TESTS_ENVIRONMENT = \
	NSIDWATCH='$(abs_builddir)/client/nsidwatch'; export NSIDWATCH; \
	NSIDWATCHD='$(abs_builddir)/daemon/nsidwatchd'; export NSIDWATCHD; \
	NSIDWATCH_SANITIZERS='$(SAN_CFLAGS)'; export NSIDWATCH_SANITIZERS; \
	NSIDWATCH_RECORDERS='$(abs_builddir)/%D%/recorded'; \
	export NSIDWATCH_RECORDERS; \
	$(MKDIR_P) %D%;

EXTRA_DIST += \
	$(LINTS) \
	$(NETNS_TESTS) \
	$(REPLAY_TESTS) \
	$(RECORDED_TESTS) \
	$(EXPECTED_TESTS) \
	$(FIGURES_TESTS) \
	%D%/property/expected.txt \
	%D%/replay \
	$(VM_FILES) \
	$(CHAIN_FILES) \
	%D%/fuzz/corpus \
	%D%/lint/engine-symbols.txt \
	%D%/lint/complete.py \
	%D%/lint/lib.sh \
	%D%/lib/story.sh \
	%D%/lib/turn.sh \
	%D%/recorded/lib.sh \
	%D%/recorded/journald.py \
	%D%/mutate/equivalent.txt \
	%D%/mutate/mutant.h \
	%D%/mutate/mutants.py \
	%D%/mutate/notice.py \
	%D%/mutate/report.py \
	%D%/mutate/run.py \
	%D%/mutate/source.py \
	%D%/mutate/tests.txt

# SPDX-License-Identifier: GPL-2.0-or-later

# A page for whoever is called by an alert of conf/nsidwatch.rules.yml.
runbookdir = $(docdir)/runbook
dist_runbook_DATA = \
	%D%/runbook/cleanup-stuck.md \
	%D%/runbook/daemon-gone.md \
	%D%/runbook/events-lost.md \
	%D%/runbook/namespaces-leak.md \
	%D%/runbook/removal-missing.md \
	%D%/runbook/removal-wrong.md

# What was measured on real kernels (tests/kernels.sh).
dist_doc_DATA = \
	%D%/cleanup.json \
	%D%/cleanup.svg \
	%D%/cleanup.tsv \
	%D%/kernels.json \
	%D%/kernels.md

# SPDX-License-Identifier: GPL-2.0-or-later

confdir = $(sysconfdir)/nsidwatch
dist_conf_DATA = %D%/nsidwatch.conf

# For Prometheus.
rulesdir = $(datadir)/nsidwatch
dist_rules_DATA = %D%/nsidwatch.rules.yml

dist_man_MANS += %D%/nsidwatch.conf.5

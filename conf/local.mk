# SPDX-License-Identifier: GPL-2.0-or-later

confdir = $(sysconfdir)/nsidwatch
dist_conf_DATA = %D%/nsidwatch.conf

dist_man_MANS += %D%/nsidwatch.conf.5

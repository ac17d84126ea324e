# SPDX-License-Identifier: GPL-2.0-or-later

EXTRA_DIST += \
	%D%/nsidwatch.catalog \
	%D%/nsidwatch-failed \
	%D%/nsidwatch-failed.service.in \
	%D%/nsidwatch-sysusers.conf \
	%D%/nsidwatch-tmpfiles.conf \
	%D%/nsidwatch.service.in \
	%D%/nsidwatch.socket \
	%D%/ptrace.conf \
	%D%/unit.awk

UNITS = %D%/nsidwatch.service %D%/nsidwatch-failed.service

# Only make knows the whole of $(sbindir); configure has chosen the version.
NW_UNIT = $(MKDIR_P) %D% && \
	$(AWK) -v systemd=$(systemd_version) -v sbindir='$(sbindir)' \
		-v libexecdir='$(libexecdir)' -f $(srcdir)/%D%/unit.awk

%D%/nsidwatch.service: %D%/nsidwatch.service.in %D%/unit.awk Makefile
	$(AM_V_GEN)$(NW_UNIT) $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
%D%/nsidwatch-failed.service: %D%/nsidwatch-failed.service.in %D%/unit.awk \
		Makefile
	$(AM_V_GEN)$(NW_UNIT) $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
CLEANFILES += $(UNITS)

if WITH_SYSTEMD
systemdsystemunit_DATA = $(UNITS) %D%/nsidwatch.socket
dist_libexec_SCRIPTS = %D%/nsidwatch-failed
# To be put into the unit's folder by whoever wants it.
dist_pkgdata_DATA = %D%/ptrace.conf

catalog_DATA = %D%/nsidwatch.catalog

# Both are named for the package where they are installed.
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) $(srcdir)/%D%/nsidwatch-sysusers.conf \
		"$(DESTDIR)$(sysusersdir)/nsidwatch.conf"
	$(INSTALL_DATA) $(srcdir)/%D%/nsidwatch-tmpfiles.conf \
		"$(DESTDIR)$(tmpfilesdir)/nsidwatch.conf"

uninstall-local:
	rm -f "$(DESTDIR)$(sysusersdir)/nsidwatch.conf" \
		"$(DESTDIR)$(tmpfilesdir)/nsidwatch.conf"
endif

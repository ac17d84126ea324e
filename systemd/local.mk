# SPDX-License-Identifier: GPL-2.0-or-later

EXTRA_DIST += \
	%D%/nsidwatch-sysusers.conf \
	%D%/nsidwatch-tmpfiles.conf \
	%D%/nsidwatch.service.in \
	%D%/nsidwatch.socket

# Only make knows the whole of $(sbindir).
%D%/nsidwatch.service: %D%/nsidwatch.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|g' \
		$(srcdir)/%D%/nsidwatch.service.in >$@.tmp && \
	mv $@.tmp $@
CLEANFILES += %D%/nsidwatch.service

if WITH_SYSTEMD
systemdsystemunit_DATA = %D%/nsidwatch.service %D%/nsidwatch.socket

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

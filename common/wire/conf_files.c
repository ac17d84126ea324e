/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire/conf.h"

/* The whole file, which is owned by the caller. */
static int read_whole(int fd, char **ret_text, size_t *ret_size)
{
	char *text = malloc(CONF_FILE_MAX + 1);
	size_t size = 0;
	ssize_t n = 1;
	int r = 0;

	if (!text)
		return -ENOMEM;
	while (n > 0 && size <= CONF_FILE_MAX) {
		n = read(fd, text + size, CONF_FILE_MAX + 1 - size);
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n < 0)
			n = 1;
		else
			size += (size_t)n;
	}
	if (r == 0 && size > CONF_FILE_MAX)
		r = -EFBIG;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
}

static int load(const char *file, char **ret_text, size_t *ret_size)
{
	/* a FIFO with nobody at its other end must not stop the start */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return -errno;
	r = read_whole(fd, ret_text, ret_size);
	close(fd);
	return r;
}

/* What helps, where the error alone does not say it. */
static const char *remedy(int error)
{
	switch (error) {
	case EACCES:
		return "; let the user that the program runs as read it, and "
		       "enter its folders";
	case EISDIR:
		return "; put a file there, or call the folder otherwise";
	case ELOOP:
		return "; mend or remove the link";
	case ENOENT:
		return "; make it, or mend or remove the link";
	case EFBIG:
		return "; it is none of ours, which have a megabyte at most";
	default:
		return "";
	}
}

static void unreadable(const char *file, int error, conf_report *report,
		       void *userdata)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "cannot be read: %s%s",
		 strerror(error), remedy(error));
	report(userdata, file, 0, reason);
}

int conf_read_file(struct conf *conf, const char *file, conf_report *report,
		   void *userdata)
{
	char *text = NULL;
	size_t size = 0;
	int r;

	r = load(file, &text, &size);
	if (r < 0) {
		unreadable(file, -r, report, userdata);
		return CONF_FAULTS;
	}
	r = conf_parse(conf, file, text, size, report, userdata);
	free(text);
	return r;
}

/* The drop-ins of all folders, a name once. */
struct dropins {
	struct dropin {
		char *name; /* borrowed from path */
		char *path; /* owned */
	} * list;	    /* owned */
	size_t n;
};

static void dropins_deinit(struct dropins *dropins)
{
	while (dropins->n > 0)
		free(dropins->list[--dropins->n].path);
	free(dropins->list);
}

static int dropins_add(struct dropins *dropins, const char *folder,
		       const char *name)
{
	struct dropin *list;
	char *path;
	size_t i;

	for (i = 0; i < dropins->n; i++)
		if (strcmp(dropins->list[i].name, name) == 0)
			return 0;
	list = reallocarray(dropins->list, dropins->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	dropins->list = list;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	list[dropins->n++] = (struct dropin){
		.name = path + strlen(folder) + 1,
		.path = path,
	};
	return 0;
}

static bool name_is_dropin(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 &&
	       strcmp(name + length - 5, ".conf") == 0;
}

static int dropins_scan(struct dropins *dropins, const char *folder,
			conf_report *report, void *userdata)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	int r = 0;

	if (!directory && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!directory) {
		unreadable(folder, errno, report, userdata);
		return CONF_FAULTS;
	}
	while (r == 0 && (entry = readdir(directory)) != NULL)
		if (name_is_dropin(entry->d_name))
			r = dropins_add(dropins, folder, entry->d_name);
	closedir(directory);
	return r;
}

static int dropin_compare(const void *a, const void *b)
{
	const struct dropin *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int read_main(struct conf *conf, const char *const folders[], size_t n,
		     conf_report *report, void *userdata)
{
	struct stat st;
	bool there;
	char *path;
	size_t i;
	int r = 0;

	for (i = 0; i < n; i++) {
		if (asprintf(&path, "%s/nsidwatch.conf", folders[i]) < 0)
			return -ENOMEM;
		/* not there is well; there and unreadable is not, and a link
		 * is there wherever it leads */
		there = lstat(path, &st) == 0 || errno != ENOENT;
		if (there)
			r = conf_read_file(conf, path, report, userdata);
		free(path);
		if (there)
			return r;
	}
	return 0;
}

static int collect(struct dropins *dropins, const char *const folders[],
		   size_t n, conf_report *report, void *userdata)
{
	int r, worst = 0;
	char *path;
	size_t i;

	for (i = 0; i < n; i++) {
		if (asprintf(&path, "%s/conf.d", folders[i]) < 0)
			return -ENOMEM;
		r = dropins_scan(dropins, path, report, userdata);
		free(path);
		if (r < 0)
			return r;
		worst = r ? r : worst;
	}
	return worst;
}

int conf_read_folders(struct conf *conf, const char *const folders[], size_t n,
		      conf_report *report, void *userdata)
{
	struct dropins dropins = { 0 };
	int r, worst;
	size_t i;

	worst = read_main(conf, folders, n, report, userdata);
	r = worst < 0 ? worst : collect(&dropins, folders, n, report, userdata);
	worst = r ? r : worst;
	if (dropins.n > 0)
		qsort(dropins.list, dropins.n, sizeof(*dropins.list),
		      dropin_compare);
	for (i = 0; i < dropins.n && worst >= 0; i++)
		if (conf_read_file(conf, dropins.list[i].path, report,
				   userdata))
			worst = CONF_FAULTS;
	dropins_deinit(&dropins);
	return worst;
}

int conf_read(struct conf *conf, const char *file, conf_report *report,
	      void *userdata)
{
	static const char *const folders[] = {
		SYSCONFDIR "/nsidwatch",
		"/run/nsidwatch",
		"/usr/lib/nsidwatch",
	};

	if (file)
		return conf_read_file(conf, file, report, userdata);
	return conf_read_folders(conf, folders,
				 sizeof(folders) / sizeof(folders[0]), report,
				 userdata);
}

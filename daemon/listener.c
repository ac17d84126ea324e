/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/wire/interface.h"
#include "daemon/log.h"

#define BACKLOG 64
#define GROUP "nsidwatch"
#define REGISTRY "/run/varlink/registry"

struct listener {
	int fd;	  /* owned */
	int lock; /* owned; -1: the socket was given */
	char path[sizeof(struct sockaddr_un)];
	char lock_path[sizeof(struct sockaddr_un) + 8];
	dev_t dev; /* of the socket, once it is bound */
	ino_t ino;
	bool bound;
	bool linked; /* in the registry */
};

static int failed(const char *path, const char *what, int error)
{
	log_line(LOG_LEVEL_ERROR, "socket %s: %s: %s", path, what,
		 strerror(error));
	return -error;
}

/* ---- the lock ------------------------------------------------------------- */

/* The file that was locked is still the one that others will find. */
static bool lock_is_current(const struct listener *listener)
{
	struct stat held, found;

	return fstat(listener->lock, &held) == 0 &&
	       stat(listener->lock_path, &found) == 0 &&
	       held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

static int lock_take(struct listener *listener)
{
	const char *path = listener->path;

	for (;;) {
		listener->lock = open(listener->lock_path,
				      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				      0600);
		if (listener->lock < 0)
			return failed(path, "cannot be made there", errno);
		if (flock(listener->lock, LOCK_EX | LOCK_NB) < 0) {
			log_line(LOG_LEVEL_ERROR,
				 "socket %s: another nsidwatchd serves it",
				 path);
			return -EADDRINUSE;
		}
		if (lock_is_current(listener))
			return 0;
		close(listener->lock);
		listener->lock = -1;
	}
}

/* ---- the socket ----------------------------------------------------------- */

static void fill_address(const char *path, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, path, strlen(path) + 1);
}

static bool somebody_answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers;

	if (fd < 0)
		return true;
	/* a full backlog (EAGAIN) is an answer too */
	answers = connect(fd, (const struct sockaddr *)address,
			  sizeof(*address)) == 0 ||
		  errno != ECONNREFUSED;
	close(fd);
	return answers;
}

/* Nothing at the path, or a socket that its owner left behind. */
static int clear_path(const char *path, const struct sockaddr_un *address)
{
	struct stat file;

	if (lstat(path, &file) < 0)
		return errno == ENOENT ?
			       0 :
			       failed(path, "cannot be looked at", errno);
	if (S_ISDIR(file.st_mode))
		return failed(path, "cannot be bound", EISDIR);
	if (!S_ISSOCK(file.st_mode)) {
		log_line(LOG_LEVEL_ERROR,
			 "socket %s: something else is there, which is left "
			 "alone",
			 path);
		return -EEXIST;
	}
	if (somebody_answers(address)) {
		log_line(LOG_LEVEL_ERROR,
			 "socket %s: somebody answers there already", path);
		return -EADDRINUSE;
	}
	if (unlink(path) < 0)
		return failed(path, "a stale socket cannot be removed", errno);
	return 0;
}

static void give_to_group(const char *path)
{
	const struct group *group = getgrnam(GROUP);

	if (group && chown(path, (uid_t)-1, group->gr_gid) < 0)
		log_line(LOG_LEVEL_WARNING,
			 "socket %s: cannot be given to group " GROUP ": %s",
			 path, strerror(errno));
}

static int bind_here(struct listener *listener,
		     const struct sockaddr_un *address)
{
	struct stat file;
	mode_t before;
	int r;

	listener->fd = socket(AF_UNIX,
			      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return failed(listener->path, "cannot be made", errno);
	/* 0660 from its first moment */
	before = umask(0117);
	r = bind(listener->fd, (const struct sockaddr *)address,
		 sizeof(*address));
	r = r < 0 ? errno : 0;
	umask(before);
	if (r)
		return failed(listener->path, "cannot be bound", r);
	if (lstat(listener->path, &file) == 0) {
		listener->dev = file.st_dev;
		listener->ino = file.st_ino;
		listener->bound = true;
	}
	give_to_group(listener->path);
	if (listen(listener->fd, BACKLOG) < 0)
		return failed(listener->path, "cannot be listened on", errno);
	return 0;
}

/* Where varlinkctl(1) looks for services by name. */
static void link_in_registry(struct listener *listener)
{
	if (strcmp(listener->path, INTERFACE_SOCKET) != 0)
		return;
	if (symlink(listener->path, REGISTRY "/" INTERFACE_NAME) == 0)
		listener->linked = true;
}

static int make(struct listener *listener, const char *path)
{
	struct sockaddr_un address;
	int r;

	if (!*path || strlen(path) >= sizeof(address.sun_path)) {
		log_line(LOG_LEVEL_ERROR,
			 "socket %s: a path must have 1 to %zu bytes", path,
			 sizeof(address.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	strcpy(listener->path, path);
	snprintf(listener->lock_path, sizeof(listener->lock_path), "%s.lock",
		 path);
	/* the usual place may not be there when nobody set up the machine */
	if (strcmp(path, INTERFACE_SOCKET) == 0 &&
	    mkdir("/run/nsidwatch", 0755) < 0 && errno != EEXIST)
		return failed(path, "/run/nsidwatch cannot be made", errno);
	fill_address(path, &address);
	r = lock_take(listener);
	if (r == 0)
		r = clear_path(path, &address);
	if (r == 0)
		r = bind_here(listener, &address);
	if (r == 0)
		link_in_registry(listener);
	return r;
}

/* A socket that the service manager made: it has to listen, no more. */
static int take(struct listener *listener, int fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);
	int listens = 0, type = 0, flags;
	socklen_t length = sizeof(int);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
	    address.sun_family != AF_UNIX ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 ||
	    type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0 ||
	    !listens) {
		log_line(LOG_LEVEL_ERROR,
			 "the socket that was given is no listening Unix "
			 "stream socket");
		return -ENOTSOCK;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (size > offsetof(struct sockaddr_un, sun_path))
		snprintf(listener->path, sizeof(listener->path), "%.*s",
			 (int)(size - offsetof(struct sockaddr_un, sun_path)),
			 address.sun_path);
	listener->fd = fd;
	return 0;
}

int listener_new(const char *path, int fd, struct listener **ret_listener)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int r;

	if (!listener)
		return -ENOMEM;
	listener->fd = listener->lock = -1;
	r = fd >= 0 ? take(listener, fd) : make(listener, path);
	if (r < 0) {
		listener_free(listener);
		return r;
	}
	*ret_listener = listener;
	return 0;
}

static void remove_path(const struct listener *listener)
{
	struct stat file;

	/* what came in its place since then is not ours */
	if (listener->bound && lstat(listener->path, &file) == 0 &&
	    file.st_dev == listener->dev && file.st_ino == listener->ino)
		unlink(listener->path);
	if (listener->linked)
		unlink(REGISTRY "/" INTERFACE_NAME);
}

struct listener *listener_free(struct listener *listener)
{
	if (!listener)
		return NULL;
	remove_path(listener);
	if (listener->fd >= 0)
		close(listener->fd);
	if (listener->lock >= 0) {
		/* only the holder of the lock may remove its file */
		if (flock(listener->lock, LOCK_EX | LOCK_NB) == 0 &&
		    lock_is_current(listener))
			unlink(listener->lock_path);
		close(listener->lock);
	}
	free(listener);
	return NULL;
}

int listener_fd(const struct listener *listener)
{
	return listener->fd;
}

const char *listener_path(const struct listener *listener)
{
	return listener->path;
}

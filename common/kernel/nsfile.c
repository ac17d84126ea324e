/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/nsfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Linux 6.18; the headers of the oldest distribution do not have it. */
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, uint64_t)
#endif

/* Linux 6.18: what name_to_handle_at(2) says of a file of nsfs. */
#define NSFS_HANDLE_TYPE 0xf1

struct nsfs_handle {
	uint64_t id;
	uint32_t type; /* CLONE_NEWNET */
	uint32_t ino;
};

/* The inode of init_net: fixed from 6.17 on, the first one given before. */
#define FIRST_INO_FIXED 0xEFFFFFF9u
#define FIRST_INO_GIVEN 0xF0000000u

/* Linux 5.14. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int open_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENXIO:
	case EXDEV:
		return NSFILE_NONE;
	case EACCES:
	case EPERM:
		return NSFILE_FORBIDDEN;
	default:
		return -error;
	}
}

/* A descriptor that only names the file, so that nothing happens to it. */
static int open_name(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how,
				  sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	/* Filters of system calls answer EPERM to what they do not know. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

static int reopen(int name_fd)
{
	char link[32];
	struct statfs fs;
	int fd;

	if (fstatfs(name_fd, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -ENOENT;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", name_fd);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int nsfile_open(const char *path, int *ret_fd)
{
	int name_fd, fd;

	name_fd = open_name(path);
	if (name_fd < 0)
		return open_error(errno);
	fd = reopen(name_fd);
	close(name_fd);
	if (fd < 0)
		return open_error(-fd);
	*ret_fd = fd;
	return 0;
}

int nsfile_open_descriptor(pid_t pid, int fd, int *ret_fd)
{
	char link[64];
	int name_fd, opened;

	/* The link is one of the kernel's, to whatever file is open there. */
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	name_fd = open(link, O_PATH | O_CLOEXEC);
	if (name_fd < 0)
		return open_error(errno);
	opened = reopen(name_fd);
	close(name_fd);
	if (opened < 0)
		return open_error(-opened);
	*ret_fd = opened;
	return 0;
}

void nsfile_identity(int fd, struct identity *ret_identity)
{
	struct identity identity = { 0 };
	struct stat st;

	if (fstat(fd, &st) == 0) {
		identity.dev = st.st_dev;
		identity.ino = st.st_ino;
	}
	if (ioctl(fd, NS_GET_ID, &identity.id) < 0)
		identity.id = 0;
	*ret_identity = identity;
}

/* The kernel's id without opening anything; 0 where it cannot say. */
static uint64_t id_of_link(const char *link)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} buf;
	struct nsfs_handle nsfs;
	int mount_id;

	buf.handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, link, &buf.handle, &mount_id,
			      AT_SYMLINK_FOLLOW) < 0 ||
	    buf.handle.handle_type != NSFS_HANDLE_TYPE ||
	    buf.handle.handle_bytes < sizeof(nsfs))
		return 0;
	memcpy(&nsfs, buf.handle.f_handle, sizeof(nsfs));
	return nsfs.type == CLONE_NEWNET ? nsfs.id : 0;
}

int nsfile_identity_at(const char *link, struct identity *ret_identity)
{
	struct identity identity;
	struct stat st;

	if (stat(link, &st) < 0)
		return errno == ESRCH ? NSFILE_NONE : open_error(errno);
	identity.id = id_of_link(link);
	identity.dev = st.st_dev;
	identity.ino = st.st_ino;
	*ret_identity = identity;
	return 0;
}

/* Where cookies are given in blocks a processor, the first one is 1. */
static bool has_first_cookie(void)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int fd, r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	r = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(fd);
	return r == 0 && cookie == 1;
}

int nsfile_home(struct identity *ret_identity, bool *ret_first)
{
	int r;

	r = nsfile_identity_at("/proc/self/ns/net", ret_identity);
	if (r != 0)
		return r == NSFILE_NONE ? -ENOENT : r < 0 ? r : -EACCES;
	*ret_first = ret_identity->ino == FIRST_INO_FIXED ||
		     ret_identity->ino == FIRST_INO_GIVEN || has_first_cookie();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a story needs of a service manager: it starts a program, keeps the
 * descriptors that the program gives it, and when that has ended, however,
 * starts it again with what was kept.
 *
 *	keeper FOLDER PROGRAM [ARGUMENT...]
 *
 * In FOLDER: notify, all that the program said (sd_notify(3)); pid, of the one
 * that runs; starts, how many there were; kept, how many descriptors are. It
 * ends, and the program with it, when FOLDER/end is there after the program has
 * ended, and with the program's status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define KEPT_MAX 8

static const char *folder;
static int kept[KEPT_MAX];
static char names[KEPT_MAX][64];
static int n_kept;

static void die(const char *what)
{
	fprintf(stderr, "keeper: %s: %s\n", what, strerror(errno));
	exit(99);
}

static const char *in_folder(const char *name)
{
	static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* Whole, or not at all: somebody reads it meanwhile. */
static void put(const char *name, long number)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.new", folder, name);
	file = fopen(path, "we");
	if (!file)
		die(path);
	fprintf(file, "%ld\n", number);
	fclose(file);
	if (rename(path, in_folder(name)) < 0)
		die(path);
}

static void keep(const char *text, int fd)
{
	const char *name = strstr(text, "FDNAME=");

	if (!strstr(text, "FDSTORE=1") || !strstr(text, "FDPOLL=0") || !name ||
	    n_kept == KEPT_MAX) {
		close(fd);
		return;
	}
	snprintf(names[n_kept], sizeof(names[0]), "%.*s",
		 (int)strcspn(name + 7, "\n"), name + 7);
	kept[n_kept++] = fd;
	put("kept", n_kept);
}

static void forget(const char *text)
{
	while (strstr(text, "FDSTOREREMOVE=1") && n_kept > 0)
		close(kept[--n_kept]);
	put("kept", n_kept);
}

static void hear(int notify)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char text[4096];
	struct iovec vector = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	ssize_t n = recvmsg(notify, &message, MSG_CMSG_CLOEXEC);
	FILE *file;
	int fd;

	if (n < 0)
		die("recvmsg");
	text[n] = '\0';
	file = fopen(in_folder("notify"), "ae");
	if (!file)
		die("notify");
	fprintf(file, "%s\n", text);
	fclose(file);
	forget(text);
	cmsg = CMSG_FIRSTHDR(&message);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	keep(text, fd);
}

static int listen_notify(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, in_folder("socket"));
	unlink(address.sun_path);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(address.sun_path);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

static void become(char **argv)
{
	char text[KEPT_MAX * 65] = "";
	sigset_t none;
	int i;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Beyond those that they go to, first. */
	for (i = 0; i < n_kept; i++)
		if (dup2(kept[i], FIRST_FD + 100 + i) < 0)
			_exit(98);
	for (i = 0; i < n_kept; i++) {
		if (dup2(FIRST_FD + 100 + i, FIRST_FD + i) < 0)
			_exit(98);
		close(FIRST_FD + 100 + i);
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", i ? ":" : "", names[i]);
	}
	if (n_kept) {
		setenv("LISTEN_FDNAMES", text, 1);
		snprintf(text, sizeof(text), "%d", n_kept);
		setenv("LISTEN_FDS", text, 1);
		snprintf(text, sizeof(text), "%d", (int)getpid());
		setenv("LISTEN_PID", text, 1);
	}
	execv(argv[0], argv);
	_exit(127);
}

/* Until the program has ended; its status. */
static int serve(int notify, int signals, pid_t pid)
{
	struct pollfd fds[] = { { notify, POLLIN, 0 }, { signals, POLLIN, 0 } };
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			die("poll");
		if (fds[0].revents) {
			hear(notify);
			continue; /* all that it said, before its end */
		}
		if (read(signals, &info, sizeof(info)) < 0)
			die("read");
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
	}
}

int main(int argc, char **argv)
{
	int notify, signals, status;
	sigset_t child;
	long starts;
	pid_t pid;

	if (argc < 3)
		return 2;
	folder = argv[1];
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signals = signalfd(-1, &child, SFD_CLOEXEC);
	notify = listen_notify();
	for (starts = 1;; starts++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			become(argv + 2);
		put("pid", pid);
		put("starts", starts);
		status = serve(notify, signals, pid);
		if (access(in_folder("end"), F_OK) == 0 || starts > 1000)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
	}
}

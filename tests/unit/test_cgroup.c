/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What cgroups are called in the field, and what is made of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/label.h"
#include "common/kernel/cgroup.h"

#define ID "4f0c3e7ba5d1966f5a3d2b1c0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f"
#define ID2 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define UUID "4f0c3e7b-a5d1-11ee-9b59-3f1f0d1a2b3c"
#define UID "2c4ed1f0-8b0e-4d6b-9b59-3f1f0d1a2b3c"
#define UID_ "2c4ed1f0_8b0e_4d6b_9b59_3f1f0d1a2b3c"
#define HASH "0123456789abcdef0123456789abcdef"
#define BURST "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"

/* ---- one path -------------------------------------------------------- */

static const struct {
	const char *path;
	const char *label; /* NULL: nameless */
} paths[] = {
	/* Docker: systemd and cgroupfs drivers, rootless, in a user's slice */
	{ "/system.slice/docker-" ID ".scope", "docker:" ID },
	{ "/docker/" ID, "docker:" ID },
	{ "/docker/" ID "/init.scope", "docker:" ID },
	{ "/docker/" ID "/system.slice/nginx.service", "docker:" ID },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID
	  ".scope",
	  "docker:" ID },
	{ "/../docker-" ID ".scope", "docker:" ID },
	/* Kubernetes with containerd: systemd and cgroupfs */
	{ BURST UID_ ".slice/cri-containerd-" ID ".scope",
	  "pod:" UID "/containerd:" ID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID
	  ".scope",
	  "pod:" UID "/containerd:" ID },
	{ "/kubepods/burstable/pod" UID "/" ID, "pod:" UID "/container:" ID },
	{ "/kubepods/besteffort/pod" HASH "/" ID,
	  "pod:" HASH "/container:" ID },
	{ "/kubepods/pod" UID "/" ID, "pod:" UID "/container:" ID },
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_
	  ".slice:cri-containerd:" ID,
	  "pod:" UID "/containerd:" ID },
	{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort."
	  "slice/kubelet-kubepods-besteffort-pod" UID_
	  ".slice/cri-containerd-" ID ".scope",
	  "pod:" UID "/containerd:" ID },
	{ "/docker/" ID2 "/kubelet/kubepods/burstable/pod" UID "/" ID,
	  "pod:" UID "/container:" ID },
	{ BURST UID_ ".slice", "pod:" UID },
	/* containerd's own and nerdctl's */
	{ "/default/" ID, "containerd:" ID },
	{ "/system.slice/nerdctl-" ID ".scope", "containerd:" ID },
	/* CRI-O, and its monitors */
	{ BURST UID_ ".slice/crio-" ID ".scope", "pod:" UID "/cri-o:" ID },
	{ BURST UID_ ".slice/crio-" ID ".scope/container",
	  "pod:" UID "/cri-o:" ID },
	{ BURST UID_ ".slice/crio-conmon-" ID ".scope",
	  "pod:" UID "/cri-o:" ID },
	{ "/kubepods/burstable/pod" UID "/crio-" ID, "pod:" UID "/cri-o:" ID },
	/* Docker below Kubernetes */
	{ BURST UID_ ".slice/docker-" ID ".scope", "pod:" UID "/docker:" ID },
	/* podman: rootful, rootless, pods, cgroupfs, quadlets */
	{ "/machine.slice/libpod-" ID ".scope", "podman:" ID },
	{ "/machine.slice/libpod-" ID ".scope/container", "podman:" ID },
	{ "/machine.slice/libpod-conmon-" ID ".scope", "podman:" ID },
	{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope",
	  "pod:" ID2 "/podman:" ID },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
	  ".scope/container",
	  "podman:" ID },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/"
	  "user-libpod_pod_" ID2 ".slice/libpod-" ID ".scope",
	  "pod:" ID2 "/podman:" ID },
	{ "/libpod_parent/libpod-" ID, "podman:" ID },
	{ "/system.slice/web.service/libpod-payload-" ID, "podman:" ID },
	{ "/machine.slice/buildah-buildah1234.scope", "buildah:buildah1234" },
	/* LXC and what manages it: 3, 4 and later, with systemd inside */
	{ "/lxc/web", "lxc:web" },
	{ "/lxc/101/ns", "lxc:101" },
	{ "/lxc.payload.web", "lxc:web" },
	{ "/lxc.payload.web-1/system.slice/nginx.service", "lxc:web-1" },
	{ "/lxc.monitor.web", "lxc:web" },
	{ "/lxc.payload/web", "lxc:web" },
	/* systemd's */
	{ "/machine.slice/systemd-nspawn@deb13.service/payload",
	  "nspawn:deb13" },
	{ "/machine.slice/systemd-nspawn@my\\x2dbox.service/supervisor",
	  "nspawn:my-box" },
	{ "/machine.slice/machine-deb13.scope/payload/init.scope",
	  "machine:deb13" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt",
	  "machine:qemu-1-vm" },
	{ "/system.slice/nginx.service", "nginx.service" },
	{ "/system.slice/system-getty.slice/getty@tty1.service",
	  "getty@tty1.service" },
	{ "/user.slice/user-0.slice/user@0.service/app.slice/x.scope",
	  "x.scope" },
	/* what a service makes below its own */
	{ "/system.slice/systemd-udevd.service/udev", "systemd-udevd.service" },
	{ "/system.slice/foo.service/inner/most", "foo.service" },
	{ "/user.slice/user-0.slice/user@0.service/app.slice/x.scope/leaf",
	  "x.scope" },
	{ "/system.slice/foo.service/bar.service/inner", "bar.service" },
	{ "/user.slice/user-0.slice/session-3.scope/leaf", "leaf" },
	{ "/a/b/c", "c" },
	/* an id that no pattern knows, and what only looks like one */
	{ "/ecs/0123/" ID, "container:" ID },
	{ "/docker/short", "short" },
	{ "/system.slice/docker-.scope", "docker-.scope" },
	{ "/system.slice/docker-" HASH ".scope", "docker-" HASH ".scope" },
	{ "/lxc.payload.a b", "lxc.payload.a b" },
	{ "/lxc.payload.a\n", "lxc.payload.a\n" },
	{ "/lxc.payload.\\x00", "lxc.payload.\\x00" },
	{ "/kubepods/podless/x", "x" },
	{ "relative", "relative" },
	/* nothing */
	{ "", NULL },
	{ "/", NULL },
	{ "///", NULL },
	{ "/init.scope", NULL },
	{ "/../..", NULL },
	{ "/user.slice/user-0.slice/session-3.scope", NULL },
	{ "/user.slice/user-0.slice/user@0.service/init.scope", NULL },
};

static void paths_of_runtimes(void **state)
{
	char label[NAME_MAX_BYTES];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		r = cgroup_path_label(paths[i].path, label);
		if ((r == 0) != (paths[i].label != NULL) ||
		    (r == 0 && strcmp(label, paths[i].label) != 0))
			fail_msg("%s: %s", paths[i].path,
				 r == 0 ? label : "nameless");
	}
}

static void labels_end_at_their_limit(void **state)
{
	char label[NAME_MAX_BYTES], longer[NAME_MAX_BYTES + 144];

	(void)state;
	memset(longer, 'y', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(cgroup_path_label(longer, label), 0);
	assert_int_equal(strlen(label), NAME_MAX_BYTES - 1);
	memcpy(longer, "lxc.payload.", strlen("lxc.payload."));
	assert_int_equal(cgroup_path_label(longer, label), 0);
	assert_int_equal(label_rank(NAME_PROCESS, label), RANK_UNIT);
}

/* ---- whole files ----------------------------------------------------- */

static const struct {
	const char *file;
	const char *label;
} files[] = {
	/* version 2 */
	{ "0::/system.slice/docker-" ID ".scope\n", "docker:" ID },
	{ "0::/user.slice/user-1000.slice/session-2.scope\n", NULL },
	{ "0::/", NULL },
	/* version 1, with and without systemd */
	{ "12:memory:/docker/" ID "\n11:pids:/docker/" ID
	  "\n1:name=systemd:/docker/" ID "\n",
	  "docker:" ID },
	{ "3:cpu,cpuacct:/docker/" ID "\n2:cpuset:/\n1:memory:/docker/" ID "\n",
	  "docker:" ID },
	{ "4:memory:/system.slice/other.service\n"
	  "1:name=systemd:/system.slice/cron.service\n",
	  "cron.service" },
	{ "2:cpuset:/kubepods/burstable/pod" UID "/" ID "\n1:name=systemd:/\n",
	  "pod:" UID "/container:" ID },
	/* hybrid: version 2 is there, and empty or not */
	{ "5:devices:/system.slice/ssh.service\n"
	  "1:name=systemd:/system.slice/ssh.service\n"
	  "0::/system.slice/ssh.service\n",
	  "ssh.service" },
	{ "5:memory:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n",
	  "docker:" ID },
	{ "1:name=systemd:/system.slice/docker.service\n"
	  "0::/system.slice/docker-" ID ".scope\n",
	  "docker:" ID },
	/* nothing that could be read */
	{ "", NULL },
	{ "\n\n", NULL },
	{ "0:", NULL },
	{ "::::", "::" },
	{ "no colon at all", NULL },
};

static void files_of_hierarchies(void **state)
{
	char label[NAME_MAX_BYTES];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		r = cgroup_label(files[i].file, label);
		if ((r == 0) != (files[i].label != NULL) ||
		    (r == 0 && strcmp(label, files[i].label) != 0))
			fail_msg("%s: %s", files[i].file,
				 r == 0 ? label : "nameless");
	}
}

/* ---- reading labels -------------------------------------------------- */

static void assert_part(const struct label_part *part, const char *text)
{
	assert_int_equal(part->len, strlen(text));
	assert_memory_equal(part->bytes ? part->bytes : "", text, part->len);
}

static void assert_label(const char *text, const char *runtime,
			 const char *container, const char *pod,
			 const char *unit)
{
	struct label label;

	label_read(text, &label);
	assert_part(&label.runtime, runtime);
	assert_part(&label.container, container);
	assert_part(&label.pod, pod);
	assert_part(&label.unit, unit);
}

static void labels_are_read(void **state)
{
	(void)state;
	assert_label("docker:" ID, "docker", ID, "", "");
	assert_label("pod:" UID "/cri-o:" ID, "cri-o", ID, UID, "");
	assert_label("pod:" UID, "", "", UID, "");
	assert_label("nginx.service", "", "", "", "nginx.service");
	assert_label("my\\x2dapp@1.service", "", "", "",
		     "my\\x2dapp@1.service");
	assert_label("a b.service", "", "", "", "");
	assert_label("a\n.scope", "", "", "", "");
	assert_label("lxc:web-1", "lxc", "web-1", "", "");
	assert_label(NULL, "", "", "", "");
	assert_label("", "", "", "", "");
	assert_label("docker:", "", "", "", "");
	assert_label("docker:a b", "", "", "", "");
	assert_label("docker:abc[12]", "", "", "", "");
	assert_label("pod:/docker:a", "", "", "", "");
	assert_label("pod:a/b", "", "", "", "");
	assert_label(".service", "", "", "", "");
	assert_label("blue", "", "", "", "");
}

static void labels_have_ranks(void **state)
{
	(void)state;
	assert_int_equal(label_rank(NAME_PROCESS, "docker:" ID),
			 RANK_CONTAINER);
	assert_int_equal(label_rank(NAME_PROCESS, "pod:" UID), RANK_CONTAINER);
	assert_int_equal(label_rank(NAME_PROCESS, "a.service"), RANK_UNIT);
	assert_int_equal(label_rank(NAME_PROCESS, "sleep[12]"), RANK_PROCESS);
	assert_int_equal(label_rank(NAME_PROCESS, "lxc:a[12]"), RANK_PROCESS);
	assert_int_equal(label_rank(NAME_PROCESS, NULL), RANK_PROCESS);
	assert_int_equal(label_rank(NAME_PATH, "docker:" ID), RANK_PATH);
	assert_int_equal(label_rank(NAME_PATH, NULL), RANK_PATH);
	assert_int_equal(label_rank(NAME_DESCRIPTOR, "docker:" ID),
			 RANK_DESCRIPTOR);
}

static void paths_that_runtimes_make(void **state)
{
	static const char *const made[] = {
		"/run/docker/netns/1a2b3c4d5e6f",
		"/run/user/1000/docker/netns/default",
		"/var/run/netns/cni-" UUID,
		"/run/netns/netns-" UUID,
		"/run/netns/" UUID,
	};
	static const char *const given[] = {
		"/run/netns/web",
		"/run/netns/cni-web",
		"/run/netns/netns-1",
		"/run/netns/cni-" UUID "-web",
		"/run/netns/deadbeef",
		"/run/netns/dead-beef-cafe",
		"/run/netns/",
		"/srv/mounts/cni-" UUID,
		"netns",
		"/",
		"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(made) / sizeof(*made); i++)
		assert_true(label_path_made(made[i]));
	for (i = 0; i < sizeof(given) / sizeof(*given); i++)
		assert_false(label_path_made(given[i]));
}

static void processes_have_an_age(void **state)
{
	(void)state;
	assert_int_equal(label_start("pid:7:70"), 70);
	assert_int_equal(label_start("pid:7:0"), 0);
	assert_int_equal(label_start("pid:7:18446744073709551614"),
			 UINT64_MAX - 1);
	assert_int_equal(label_start("pid:7:18446744073709551616"),
			 LABEL_NEVER);
	assert_int_equal(label_start("pid:7"), LABEL_NEVER);
	assert_int_equal(label_start("pid:7:"), LABEL_NEVER);
	assert_int_equal(label_start("pid:7:7x"), LABEL_NEVER);
	assert_int_equal(label_start("fd:7:70:3"), LABEL_NEVER);
	assert_int_equal(label_start("/run/netns/a:1"), LABEL_NEVER);
	assert_int_equal(label_start(""), LABEL_NEVER);
}

static void labels_are_meant(void **state)
{
	(void)state;
	assert_true(label_means("docker:" ID, "docker:" ID));
	assert_true(label_means("docker:" ID, ID));
	assert_true(label_means("docker:" ID, "4f0c3e7ba5d1"));
	assert_false(label_means("docker:" ID, "4f0c3e7ba5d"));
	assert_false(label_means("docker:" ID, "5f0c3e7ba5d1"));
	assert_true(label_means("pod:" UID "/docker:" ID, UID));
	assert_false(label_means("lxc:a-long-name-12", "a-long-name-1"));
	assert_false(label_means("lxc:a-long-name-12", "lxc:a-long-name-1"));
	/* what is shown of it, and what others call it */
	assert_true(label_means("docker:" ID, "docker:4f0c3e7ba5d1"));
	assert_false(label_means("docker:" ID, "docker:4f0c3e7ba5d"));
	assert_false(label_means("docker:" ID, "podman:4f0c3e7ba5d1"));
	assert_false(label_means("docker:" ID, "docker:5f0c3e7ba5d1"));
	assert_true(label_means("pod:" UID "/docker:" ID,
				"pod:" UID "/docker:4f0c3e7ba5d1"));
	assert_true(
		label_means("pod:" UID "/docker:" ID, "docker:4f0c3e7ba5d1"));
	assert_false(
		label_means("docker:" ID, "pod:" UID "/docker:4f0c3e7ba5d1"));
	assert_true(label_means("pod:" UID "/docker:" ID, UID_));
	assert_true(label_means("pod:" UID_ "/docker:" ID, UID));
	assert_true(label_means("a\nb", "a\\x0ab"));
	assert_true(label_means("\xff", "\\xff"));
	assert_false(label_means("a\nb", "a\\x0a"));
	assert_false(label_means("a\nb", "a\\x0ac"));
	assert_true(label_means("my\\x2dapp.service", "my\\x2dapp.service"));
	assert_true(label_means("my\\x2dapp.service", "my\\x5cx2dapp.service"));
	assert_false(label_means("", "\\x00"));
	assert_true(label_means("blue", "blue"));
	assert_false(label_means("blue", ""));
	assert_false(label_means(NULL, "blue"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_runtimes),
		cmocka_unit_test(labels_end_at_their_limit),
		cmocka_unit_test(files_of_hierarchies),
		cmocka_unit_test(labels_are_read),
		cmocka_unit_test(labels_have_ranks),
		cmocka_unit_test(paths_that_runtimes_make),
		cmocka_unit_test(processes_have_an_age),
		cmocka_unit_test(labels_are_meant),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}

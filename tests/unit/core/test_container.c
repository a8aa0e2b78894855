// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "core/container.h"

#include <string.h>

#define HEX16 "0123456789abcdef"
#define ID HEX16 HEX16 HEX16 HEX16
#define OTHER "fedcba9876543210" HEX16 HEX16 HEX16
#define ID31 HEX16 "0123456789abcde"
#define POD "pod0a1b2c3d-0000-1111-2222-333344445555"
#define POD_SLICE "kubepods-burstable-pod0a1b2c3d_0000_1111_2222_333344445555.slice"

struct expected {
	const char *path, *id, *runtime;
};

static void assert_found(const struct expected *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct container c = {0};

		if (!container_from_cgroup(v[i].path, &c))
			fail_msg("nothing found in %s", v[i].path);
		assert_int_equal(c.id_len, strlen(v[i].id));
		assert_memory_equal(c.id, v[i].id, c.id_len);
		assert_string_equal(c.runtime, v[i].runtime);
		/* Borrowed, not copied. */
		assert_true(c.id > v[i].path && c.id + c.id_len <= v[i].path + strlen(v[i].path));
	}
}

static void under_systemd(void **state)
{
	static const struct expected v[] = {
		{"/system.slice/docker-" ID ".scope", ID, "docker"},
		{"/kubepods.slice/" POD_SLICE "/docker-" ID ".scope", ID, "docker"},
		{"/kubepods.slice/" POD_SLICE "/cri-containerd-" ID ".scope", ID, "containerd"},
		{"/system.slice/containerd-" ID ".scope", ID, "containerd"},
		{"/system.slice/nerdctl-" ID ".scope", ID, "containerd"},
		{"/kubepods.slice/" POD_SLICE "/crio-" ID ".scope", ID, "cri-o"},
		{"/machine.slice/libpod-" ID ".scope", ID, "podman"},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", ID,
		 "podman"},
	};

	assert_found(v, ARRAY_SIZE(v));
}

static void under_cgroupfs(void **state)
{
	static const struct expected v[] = {
		{"/docker/" ID, ID, "docker"},
		{"/kubepods/burstable/" POD "/" ID, ID, ""},
		{"/kubepods/" POD "/" ID, ID, ""},
		{"/k8s.io/" ID, ID, ""},
		{"/kubepods/besteffort/" POD "/crio-" ID, ID, "cri-o"},
		{"/libpod_parent/libpod-" ID, ID, "podman"},
		{"/libpod_parent/" ID, ID, "podman"},
		{"/lxc/" ID, ID, "lxc"},
		{"/" ID, ID, ""},
	};

	assert_found(v, ARRAY_SIZE(v));
}

/* containerd under the cgroupfs driver, told a systemd path: "slice:driver:id" is one name. */
static void slice_driver_and_id_in_one_name(void **state)
{
	static const struct expected v[] = {
		{"/system.slice/containerd.service/" POD_SLICE ":cri-containerd:" ID, ID,
		 "containerd"},
		{"/" POD_SLICE ":crio:" ID, ID, "cri-o"},
		{"/system.slice:docker:" ID, ID, "docker"},
		{"/system.slice:other:" ID, ID, ""},
		{"/:" ID, ID, ""},
	};

	assert_found(v, ARRAY_SIZE(v));
}

static void machines(void **state)
{
	static const struct expected v[] = {
		{"/lxc.payload.web", "web", "lxc"},
		{"/lxc.payload.web/system.slice/cron.service", "web", "lxc"},
		{"/lxc.payload.my-box.1", "my-box.1", "lxc"},
		{"/machine.slice/machine-debian.scope", "debian", "nspawn"},
		{"/machine.slice/machine-debian.scope/payload/init.scope", "debian", "nspawn"},
		{"/machine.slice/machine-my\\x2dbox.scope/payload", "my\\x2dbox", "nspawn"},
		{"/machine.slice/systemd-nspawn@web.service", "web", "nspawn"},
		{"/machine.slice/systemd-nspawn@web.service/payload", "web", "nspawn"},
		{"/machine.slice/systemd-nspawn@web.service/payload/supervisor", "web", "nspawn"},
		{"/machine.slice/systemd-nspawn@web.service/supervisors", "web", "nspawn"},
		/* Its name has what libvirt's have, but not all of it. */
		{"/machine.slice/machine-qemu.scope", "qemu", "nspawn"},
		{"/machine.slice/machine-qemu\\x2dbuild.scope", "qemu\\x2dbuild", "nspawn"},
		{"/machine.slice/machine-qemu\\x2d1.scope", "qemu\\x2d1", "nspawn"},
		{"/machine.slice/machine-qemu\\x2d\\x2d1.scope", "qemu\\x2d\\x2d1", "nspawn"},
		{"/machine.slice/machine-qemu\\x2d1a\\x2dx.scope", "qemu\\x2d1a\\x2dx", "nspawn"},
		{"/machine.slice/machine-qemu1\\x2dx.scope", "qemu1\\x2dx", "nspawn"},
		{"/machine.slice/machine-lxcfs\\x2d1\\x2dx.scope", "lxcfs\\x2d1\\x2dx", "nspawn"},
		{"/machine.slice/machine-qemu\\x2dembed\\x2d1\\x2dx.scope",
		 "qemu\\x2dembed\\x2d1\\x2dx", "nspawn"},
		{"/machine.slice/machine-qemu\\x2dembed\\x2d012345678\\x2d1\\x2dx.scope",
		 "qemu\\x2dembed\\x2d012345678\\x2d1\\x2dx", "nspawn"},
		{"/machine.slice/machine-x\\x2dqemu\\x2d1\\x2dx.scope", "x\\x2dqemu\\x2d1\\x2dx",
		 "nspawn"},
	};

	assert_found(v, ARRAY_SIZE(v));
}

/* libvirt's have a number; its virtual machines are no containers. */
static void machines_of_libvirt(void **state)
{
	static const struct expected v[] = {
		{"/machine.slice/machine-lxc\\x2d4711\\x2dweb.scope", "lxc\\x2d4711\\x2dweb",
		 "lxc-libvirt"},
		{"/machine.slice/machine-lxc\\x2d4711\\x2dmy\\x2dbox.scope/init.scope",
		 "lxc\\x2d4711\\x2dmy\\x2dbox", "lxc-libvirt"},
		{"/machine.slice/machine-lxc\\x2dembed\\x2d89abcdef\\x2d1\\x2dx.scope",
		 "lxc\\x2dembed\\x2d89abcdef\\x2d1\\x2dx", "lxc-libvirt"},
		/* In a container it is in that. */
		{"/docker/" ID "/machine.slice/machine-qemu\\x2d1\\x2dx.scope/libvirt/emulator", ID,
		 "docker"},
	};

	assert_found(v, ARRAY_SIZE(v));
}

/* A container with its own cgroup tree, and one with containers in it (sysbox, kind): the innermost
 * counts. */
static void nested(void **state)
{
	static const struct expected v[] = {
		{"/system.slice/docker-" ID ".scope/init.scope", ID, "docker"},
		{"/system.slice/docker-" ID ".scope/system.slice/sshd.service", ID, "docker"},
		{"/docker/" ID "/docker/" OTHER, OTHER, "docker"},
		{"/docker/" OTHER "/kubelet.slice/" POD_SLICE "/cri-containerd-" ID ".scope", ID,
		 "containerd"},
		{"/docker/" ID "/kubepods/besteffort/" POD "/" OTHER, OTHER, ""},
		{"/lxc.payload.web/docker/" ID, ID, "docker"},
		{"/machine.slice/libpod-" ID ".scope/container", ID, "podman"},
	};

	assert_found(v, ARRAY_SIZE(v));
}

/* 31 digits of an id are one still. */
static void shortened_ids(void **state)
{
	static const struct expected v[] = {
		{"/system.slice/docker-" ID31 ".scope", ID31, "docker"},
		{"/x/crio-" ID31, ID31, "cri-o"},
		{"/x/libpod-" HEX16 HEX16 HEX16, HEX16 HEX16 HEX16, "podman"},
	};

	assert_found(v, ARRAY_SIZE(v));
}

static void others_are_none(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"//",
		"/system.slice/docker.service",
		"/system.slice/docker.socket",
		"/system.slice/containerd.service",
		"/user.slice/user-1000.slice/session-2.scope",
		"/init.scope",
		"/docker",
		"/docker/",
		"/docker/short",
		/* A pod is no container. */
		"/kubepods.slice/" POD_SLICE,
		"/kubepods/burstable/" POD,
		/* Monitors of containers are not in them. */
		"/machine.slice/libpod-conmon-" ID ".scope",
		"/system.slice/crio-conmon-" ID ".scope",
		/* Not quite an id. */
		"/docker/" ID "0",
		"/docker/" HEX16 HEX16 HEX16 "0123456789abcde",
		"/docker/" HEX16 HEX16 HEX16 "0123456789abcdeg",
		"/docker/" HEX16 HEX16 HEX16 "0123456789ABCDEF",
		"/system.slice/docker-" ID "0.scope",
		"/system.slice/docker-" HEX16 "0123456789abcd.scope",
		"/system.slice/docker-" ID ".service",
		"/system.slice/docker-" ID,
		"/system.slice/docker-.scope",
		"/system.slice/xdocker-" ID ".scope",
		"/system.slice/docker-" ID "x.scope",
		"/system.slice/docker-zz" ID31 ".scope",
		POD_SLICE ":cri-containerd:" ID31,
		"/lxc.payload.",
		"/lxc.monitor.web",
		"/machine.slice/machine-.scope",
		"/machine.slice/machine-qemu\\x2d1\\x2dname.scope",
		"/machine.slice/machine-qemu\\x2d23\\x2dmy\\x2dname.scope/libvirt/vcpu0",
		"/machine.slice/machine-qemu\\x2dembed\\x2d01234567\\x2d1\\x2dname.scope",
		"/machine.slice/machine-ch\\x2d1\\x2dname.scope/libvirt/emulator",
		/* Who looks after one is not in it. */
		"/machine.slice/systemd-nspawn@web.service/supervisor",
		"/machine.slice/systemd-nspawn@.service",
		"/machine.slice",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct container c;

		if (container_from_cgroup(paths[i], &c))
			fail_msg("%s: found %.*s (%s)", paths[i], (int)c.id_len, c.id, c.runtime);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(under_systemd),
		cmocka_unit_test(under_cgroupfs),
		cmocka_unit_test(slice_driver_and_id_in_one_name),
		cmocka_unit_test(machines),
		cmocka_unit_test(machines_of_libvirt),
		cmocka_unit_test(nested),
		cmocka_unit_test(shortened_ids),
		cmocka_unit_test(others_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

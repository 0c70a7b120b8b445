#include "app/sandbox.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers know Landlock as of Linux 6.1; later rights are named here. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif

enum { ABI_REFER = 2, ABI_TRUNCATE = 3 };
#define ACCESS_FILE                                                                                                    \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |                       \
     LANDLOCK_ACCESS_FS_TRUNCATE)
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                                          \
    (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |           \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                        \
     LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_REFER)
#define ALL                                                                                                            \
    (WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |                \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* ---- files ---- */

/* Its first version refuses every rename from one folder into another, which is how a picture gets its name: then none
 * is better. */
int sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi >= ABI_REFER ? (int)abi : 0;
}

typedef struct Rules {
    int fd;
    uint64_t handled;
    bool failed;
} Rules;

/* What is not there, or was not named, needs no right. */
static void allow(Rules *r, const char *path, uint64_t access)
{
    struct stat st;
    int fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd < 0) return;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode)) access &= ACCESS_FILE;
    struct landlock_path_beneath_attr beneath = { .allowed_access = access & r->handled, .parent_fd = fd };
    if (syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) r->failed = true;
    close(fd);
}

/* The folder of a file, and the one where it really lies: certificates are renewed by turning a link. */
static void allow_folder(Arena *a, Rules *r, const char *file, uint64_t access)
{
    if (file == NULL) return;
    allow(r, dirname((char *)(uintptr_t)arena_c(a, str_c(file))), access);
    char *real = realpath(file, NULL);
    if (real != NULL) allow(r, dirname(real), access);
    free(real);
}

/* No folder of programs is among them: the loader cannot be made to read one. */
static const char *const readable[] = { "/etc",
                                        "/lib",
                                        "/lib64",
                                        "/usr/lib",
                                        "/usr/lib64",
                                        "/usr/share",
                                        "/usr/local/lib",
                                        "/proc",
                                        "/sys/devices/system/cpu",
                                        "/run/systemd/resolve",
                                        "/dev/urandom",
                                        "/dev/random",
                                        "/dev/zero" };

static void allow_all(const Home *h, Rules *r)
{
    const Config *c = h->config;
    for (int i = 0; i < COUNT(readable); i++)
        allow(r, readable[i], READ);
    allow(r, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
    allow(r, "/proc/self/exe", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
    allow(r, "/lib64/ld-linux-x86-64.so.2", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
    allow(r, "/lib/ld-linux-aarch64.so.1", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
    allow(r, c->data, WRITE);
    allow(r, c->key, LANDLOCK_ACCESS_FS_READ_FILE);
    allow(r, h->erasures, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    allow(r, c->smtp_login, LANDLOCK_ACCESS_FS_READ_FILE);
    allow(r, c->sms_dir, WRITE);
    allow_folder(h->arena, r, c->tls_cert, READ);
    allow_folder(h->arena, r, c->tls_key, READ);
    allow_folder(h->arena, r, c->log_file, WRITE);
}

static bool landlock_enter(const Home *h, int abi)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs = ALL };
    if (abi < ABI_TRUNCATE) attr.handled_access_fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
    Rules r = { .fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0),
                .handled = attr.handled_access_fs };
    if (r.fd < 0) return false;
    allow_all(h, &r);
    bool ok = !r.failed && syscall(SYS_landlock_restrict_self, r.fd, 0) == 0;
    close(r.fd);
    return ok;
}

/* ---- system calls ---- */

/* What no part of linli, libpq, libcurl, GEOS or libevent calls, and what an intruder would (setgroups, setresgid and
 * setresuid stay: the child that looks at pictures becomes nobody by them). Refused with EPERM, and
 * not with the end of the process: a library that tries first and asks later goes on. */
static const char *const refused_calls[] = {
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise",
    "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    "pivot_root", "chroot", "unshare", "setns",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
    "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup", "iopl", "ioperm",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname", "setdomainname",
    "add_key", "request_key", "keyctl", "userfaultfd", "personality", "lookup_dcookie", "nfsservctl",
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_create", "memfd_secret", "modify_ldt",
    "setuid", "setgid", "setreuid", "setregid", "setfsuid", "setfsgid", "capset",
    "chown", "fchown", "lchown", "fchownat", "mknod", "mknodat", "uselib", "ustat", "sysfs", "_sysctl", "vmsplice",
};

static bool seccomp_enter(void)
{
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
    if (c == NULL) return false;
    bool ok = seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
              seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0;
    for (int i = 0; ok && i < COUNT(refused_calls); i++) {
        int call = seccomp_syscall_resolve_name(refused_calls[i]);
        if (call != __NR_SCMP_ERROR && call >= 0) ok = seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
    }
    ok = ok && seccomp_load(c) == 0;
    seccomp_release(c);
    return ok;
}

Fail server_sandbox_enter(const Home *h)
{
    Fail f = fail(ERR_INTERNAL, "sandbox");
    f.log = "the kernel refused the sandbox; --no-sandbox serves without";
    if (h->config->no_sandbox) {
        log_line(LOG_WARN, "sandbox", "on=0 why=--no-sandbox");
        return FAIL_NONE;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return f;
    int abi = sandbox_landlock_abi();
    if (abi == 0) log_line(LOG_WARN, "sandbox", "landlock=0 why=not_in_this_kernel");
    if (abi > 0 && !landlock_enter(h, abi)) return f;
    if (!seccomp_enter()) return f;
    log_line(LOG_INFO, "sandbox", "on=1 landlock=%d", abi);
    return FAIL_NONE;
}

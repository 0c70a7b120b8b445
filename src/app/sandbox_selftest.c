/* The sandbox tried from inside. Every row says what must be refused or must work, so that a sandbox that refuses
 * nothing, or everything, is found out. */
#include "app/sandbox.h"

#include "app/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const Home *home;

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

/* 0 if it ran and said 0; else why it did not. */
static int ran(const char *path, char *const argv[])
{
    pid_t pid;
    int status = 0;
    static char *const none[] = { NULL };
    posix_spawn_file_actions_t files;
    if (posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    int why = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (why == 0) why = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (why == 0) why = posix_spawn(&pid, path, &files, NULL, argv, none);
    posix_spawn_file_actions_destroy(&files);
    if (why != 0) return why;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EACCES;
}

static int errno_of(long result)
{
    return result < 0 ? errno : 0;
}

#define WORD(text) ((char *)(uintptr_t)(text))
static int shadow_write(void) { return opened("/etc/shadow", O_WRONLY | O_APPEND); }
static int outside_make(void)
{
    return opened(arena_fmt(home->arena, "%s.outside", home->config->data).p, O_WRONLY | O_CREAT);
}
static int key_write(void) { return opened(home->config->key, O_WRONLY); }
static int tmp_make(void) { return opened("/tmp/linli-sandbox-selftest", O_WRONLY | O_CREAT); }
static int program_read(void) { return opened("/usr/bin/env", O_RDONLY); }
static int shell(void) { return ran("/bin/sh", (char *[]){ WORD("sh"), WORD("-c"), WORD("exit 0"), NULL }); }
static int shell_by_loader(void)
{
    return ran("/lib64/ld-linux-x86-64.so.2",
               (char *[]){ WORD("ld"), WORD("/bin/sh"), WORD("-c"), WORD("exit 0"), NULL });
}
static int own_program(void)
{
    char path[4200];
    int n = snprintf(path, sizeof path, "%s/program", home->config->data);
    if (n < 0 || (size_t)n >= sizeof path || opened(path, O_WRONLY | O_CREAT) != 0) return 0; /* must be writable */
    chmod(path, 0700);
    int why = ran(path, (char *[]){ WORD("program"), NULL });
    unlink(path);
    return why;
}
/* Arguments by which the call fails differently where it is allowed: nothing here may do harm. */
static int trace(void) { return errno_of(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL)); }
static int mount_it(void) { return errno_of(mount("none", "/mnt", "no-such-kind", 0, NULL)); }
static int load_module(void) { return errno_of(syscall(SYS_finit_module, -1, "", 0)) == EPERM ? EPERM : 0; }
static int new_namespace(void) { return errno_of(unshare(CLONE_NEWUSER)); }
static int set_clock(void)
{
    return errno_of(syscall(SYS_clock_settime, CLOCK_REALTIME, &(struct timespec){ .tv_nsec = -1 }));
}
static int become_root(void) { return errno_of(setuid(0)); }
static int change_root(void) { return errno_of(chroot("/")); }
static int use_bpf(void) { return errno_of(syscall(SYS_bpf, 0, NULL, 0)) == EPERM ? EPERM : 0; }
static int ring(void) { return errno_of(syscall(SYS_io_uring_setup, 1, NULL)) == EPERM ? EPERM : 0; }
static int data_write(void)
{
    const char *path = arena_fmt(home->arena, "%s/selftest", home->config->data).p;
    int why = opened(path, O_RDWR | O_CREAT | O_TRUNC);
    return why != 0 ? why : errno_of(unlink(path));
}
static int erasures_write(void) { return opened(home->erasures, O_RDWR | O_APPEND); }
static int key_read(void) { return opened(home->config->key, O_RDONLY); }
static int hosts_read(void) { return opened("/etc/hosts", O_RDONLY); }
static int null_write(void) { return opened("/dev/null", O_WRONLY); }
static int self_execute(void) { return ran("/proc/self/exe", (char *[]){ WORD("linli"), WORD("help"), NULL }); }

static const struct {
    const char *name;
    int (*tries)(void);
    bool refused, landlock;
} tries[] = {
    { "write /etc/shadow", shadow_write, true, true },
    { "make a file beside the data folder", outside_make, true, true },
    { "make a file in /tmp", tmp_make, true, true },
    { "write the key file", key_write, true, true },
    { "read a program", program_read, true, true },
    { "execute /bin/sh", shell, true, true },
    { "execute /bin/sh by the loader", shell_by_loader, true, true },
    { "execute a file of the data folder", own_program, true, true },
    { "ptrace", trace, true, false },
    { "mount", mount_it, true, false },
    { "load a module", load_module, true, false },
    { "a user namespace", new_namespace, true, false },
    { "set the clock", set_clock, true, false },
    { "setuid", become_root, true, false },
    { "chroot", change_root, true, false },
    { "bpf", use_bpf, true, false },
    { "io_uring", ring, true, false },
    { "write in the data folder", data_write, false, true },
    { "add to the list of erasures", erasures_write, false, true },
    { "read the key file", key_read, false, true },
    { "read /etc/hosts", hosts_read, false, true },
    { "write /dev/null", null_write, false, true },
    { "execute itself", self_execute, false, true },
};

static int try_all(int abi)
{
    int wrong = 0;
    for (int i = 0; i < COUNT(tries); i++) {
        if (abi == 0 && tries[i].landlock && tries[i].refused) continue;
        int why = tries[i].tries();
        bool good = tries[i].refused ? why == EPERM || why == EACCES : why == 0;
        wrong += !good;
        printf("%s %s: %s\n", good ? "ok" : "WRONG", tries[i].name, why != 0 ? strerrorname_np(why) : "done");
    }
    return wrong;
}

int sandbox_selftest(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Fail f = home_world(&h, a, c);
    if (f.err == OK) f = home_lock(&h);
    if (f.err == OK) f = home_open(&h);
    if (f.err == OK) f = server_sandbox_enter(&h);
    home = &h;
    int wrong = f.err == OK ? try_all(sandbox_landlock_abi()) : -1;
    if (f.err != OK) fprintf(stderr, "linli sandbox-selftest: %s\n", fail_text(a, &f).p);
    fflush(stdout);
    home_close(&h);
    arena_free(a);
    return wrong == 0 ? 0 : 1;
}

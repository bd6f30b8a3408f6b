#define _GNU_SOURCE
#include "cspawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    // Where the child keeps the descriptor by which it reports why it could not become the program.
    report_fd = 3,
    // The first descriptor that belongs to nobody.
    first_free_fd = 4,
    // As many as the kernel has.
    signals = 64,
    // What a shell says of a command that it could not run.
    not_run = 127,
};

// The soft limit of open files with which this process was started, where it was raised.
static struct {
    bool was_raised;
    rlim_t before;
} files_limit;

// Between fork and execve the child is a copy of one thread of many, whose locks may be held for ever: from here on
// only what signal-safety(7) lists, and raw system calls.

static _Noreturn void report_failure(int report) {
    const int error = errno;
    // Four bytes fit into any pipe at once; if nobody reads them, nobody waits for them.
    if (write(report, &error, sizeof error) < 0) _exit(not_run);
    _exit(not_run);
}

// Neither handlers nor ignored signals nor a mask are the program's business: SIGPIPE, for one, is ignored by servers.
static void reset_signals(void) {
    // The kernel's struct sigaction, all zero: SIG_DFL. The library's function would leave two signals out that it
    // keeps for itself. Those that cannot be changed are as they should be.
    static const unsigned char standard[64];
    for (int number = 1; number <= signals; number++) {
        syscall(SYS_rt_sigaction, number, standard, NULL, signals / 8);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// A program that still uses select(2) must not get a descriptor beyond its reach.
static void restore_files_limit(void) {
    struct rlimit files;
    if (!files_limit.was_raised || syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &files) != 0) return;
    files.rlim_cur = files_limit.before;
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &files, NULL);
}

// Raw calls: the library's would want to tell threads that the child does not have.
static int become_user(const bulla_user *user, int out, int err) {
    // So that the program may open /dev/stdout by name. Where that is not permitted it goes without.
    if (fchown(out, user->uid, user->gid) != 0 || fchown(err, user->uid, user->gid) != 0) errno = 0;
    if (syscall(SYS_setgroups, 0, NULL) != 0) return -1;
    if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) != 0) return -1;
    if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) != 0) return -1;
    // Until execve this is a copy of the parent's memory, and now that user's process.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    // Only who leaves root behind leaves capabilities behind with it; they would survive execve as ambient ones.
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0) return -1;

    uid_t uids[3];
    gid_t gids[3];
    if (syscall(SYS_getresuid, &uids[0], &uids[1], &uids[2]) != 0) return -1;
    if (syscall(SYS_getresgid, &gids[0], &gids[1], &gids[2]) != 0) return -1;
    errno = EPERM;
    for (int kind = 0; kind < 3; kind++) {
        if (uids[kind] != user->uid || gids[kind] != user->gid) return -1;
    }
    return syscall(SYS_getgroups, 0, NULL) == 0 ? 0 : -1;
}

static _Noreturn void become(const char *path, char *const *argv, char *const *envp, int out, int err,
                             const bulla_user *user, int report, pid_t parent) {
    // First out of the way of the numbers that are about to be overwritten.
    const int moved = fcntl(report, F_DUPFD_CLOEXEC, first_free_fd);
    if (moved < 0) report_failure(report);
    report = moved;
    if ((out = fcntl(out, F_DUPFD_CLOEXEC, first_free_fd)) < 0) report_failure(report);
    if ((err = fcntl(err, F_DUPFD_CLOEXEC, first_free_fd)) < 0) report_failure(report);
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0) report_failure(report);
    if (null != STDIN_FILENO && dup2(null, STDIN_FILENO) < 0) report_failure(report);
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) report_failure(report);
    if (dup3(report, report_fd, O_CLOEXEC) < 0) report_failure(report);
    // One call instead of trust in everybody's O_CLOEXEC: sockets with other users' data are open here.
    if (syscall(SYS_close_range, first_free_fd, ~0U, 0) != 0) report_failure(report_fd);

    if (setpgid(0, 0) != 0) report_failure(report_fd);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) report_failure(report_fd);
    if (user && become_user(user, STDOUT_FILENO, STDERR_FILENO) != 0) report_failure(report_fd);
    // Another user's process forgets this; hence after the line above.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) report_failure(report_fd);
    // A parent that ended before the line above sends nothing any more.
    if (getppid() != parent) _exit(not_run);
    reset_signals();
    restore_files_limit();
    execve(path, argv, envp);
    report_failure(report_fd);
}

// 0 when the program runs, else why it does not.
static int await_exec(int report) {
    int error = 0;
    ssize_t count;
    do {
        count = read(report, &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    if (count == 0) return 0;
    return count == sizeof error ? error : EIO;
}

int bulla_spawn(const char *path, char *const *argv, char *const *envp, int stdout_fd, int stderr_fd,
                const bulla_user *user, pid_t *pid) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    // No handler of this process may run in the child, where it would act on copies of the parent's descriptors.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) become(path, argv, envp, stdout_fd, stderr_fd, user, report[1], parent);
    int error = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child > 0) error = await_exec(report[0]);
    close(report[0]);
    if (error == 0) {
        *pid = child;
        return 0;
    }
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    }
    return error;
}

int bulla_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

void bulla_keep_exit_statuses(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) != 0) return;
    const int is_ignored = !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN;
    if (!is_ignored && !(action.sa_flags & SA_NOCLDWAIT)) return;
    // A handler that somebody else installed stays.
    if (is_ignored) action.sa_handler = SIG_DFL;
    action.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, NULL);
}

int bulla_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return -1;
}

int bulla_hide_process(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

long bulla_raise_files_limit(void) {
    // Programs size tables by it, and some containers' hard limit is a thousand millions.
    const rlim_t most = 1 << 20;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    const rlim_t before = files.rlim_cur;
    files.rlim_cur = files.rlim_max < most ? files.rlim_max : most;
    if (files.rlim_cur <= before || setrlimit(RLIMIT_NOFILE, &files) != 0) return (long)before;
    files_limit.was_raised = true;
    files_limit.before = before;
    return (long)files.rlim_cur;
}

bool bulla_may_change_user(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) return false;
    const unsigned needed = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
    return (data[0].effective & needed) == needed;
}

const char *bulla_errno_name(int number) {
    return strerrorname_np(number);
}

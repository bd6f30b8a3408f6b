#ifndef CSPAWN_H
#define CSPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// As whom a program runs: this user in this group, and no others.
typedef struct {
    uid_t uid;
    gid_t gid;
} bulla_user;

/// Starts the program at `path` (no lookup in PATH) with exactly these arguments, environment and descriptors:
/// stdin is /dev/null, stdout and stderr are the two given, and nothing else stays open. With a `user` it runs as that
/// one, without any capability; without, as the caller. Either way no program that it runs in turn gains rights
/// (PR_SET_NO_NEW_PRIVS).
///
/// The process leads a process group of its own, has no signal blocked, ignored or handled, and is killed (SIGKILL)
/// when the *thread* that called this ends, not only when the calling process does: call it from a thread that lives
/// as long as the process (prctl(2), PR_SET_PDEATHSIG). Returns when the program runs or could not be run.
///
/// Returns 0 and the process's id, which the caller waits for; or an errno, and there is nothing to wait for.
/// Linux 5.9 or later.
int bulla_spawn(const char *path, char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull envp,
                int stdout_fd, int stderr_fd, const bulla_user *_Nullable user, pid_t *pid);

/// A descriptor that becomes readable when the child process ends, closed on exec; or -1 and errno (pidfd_open(2)).
int bulla_pidfd_open(pid_t pid);

/// Has the system keep children's exit statuses for whoever waits for them. A program that was started with SIGCHLD
/// ignored, as some supervisors do, would never learn how a child ended.
void bulla_keep_exit_statuses(void);

/// Keeps what this process has in memory, its environment and its descriptors from other processes of the same user
/// (PR_SET_DUMPABLE); it leaves no core dumps either. Lasts until the next execve. 0, or -1 and errno.
int bulla_hide_process(void);

/// Raises the soft limit of open files to the hard one, a million at the most; programs that are started get the one
/// from before. Returns the limit then, or -1 and errno.
long bulla_raise_files_limit(void);

/// Whether this thread may run programs as other users and end them (CAP_SETUID, CAP_SETGID, CAP_KILL).
bool bulla_may_change_user(void);

/// A pipe, the reading end first, whose ends are closed on exec and whose reading end never waits. 0, or -1 and errno.
int bulla_pipe(int ends[_Nonnull 2]);

/// As in `ENOENT`; NULL for a number that is no errno.
const char *_Nullable bulla_errno_name(int number);

#pragma clang assume_nonnull end

#endif

// Preloaded under valgrind, which cleans the mask of sigsuspend where it stands and dies when it is a constant, as libdispatch's is.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, 8);
}

// Tells ThreadSanitizer of the contended half of Synchronization.Mutex, where the kernel hands the lock over.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"

SWIFT void lock(uint32_t word, SELF) __asm__(LOCK);
SWIFT void lock(uint32_t word, SELF) {
    SWIFT void (*next)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK);
    next(word, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock(SELF) __asm__(UNLOCK);
SWIFT void unlock(SELF) {
    SWIFT void (*next)(SELF) = dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    next(self);
}

SWIFT _Bool try(SELF) __asm__(TRY);
SWIFT _Bool try(SELF) {
    SWIFT _Bool (*next)(SELF) = dlsym(RTLD_NEXT, TRY);
    _Bool taken = next(self);
    if (taken && __tsan_acquire) __tsan_acquire(self);
    return taken;
}

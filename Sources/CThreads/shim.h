// What a crew of threads asks of the machine: a breath while spinning, sleep on a word of memory, the number of processors; and its allocator.
#ifndef VERGENCE_THREADS_H
#define VERGENCE_THREADS_H

#include <malloc.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Leaves the core to its other hardware thread for a moment.
static inline void vergence_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Sleeps while `*word` is `value`, until it is woken; may return early.
static inline void vergence_sleep(const uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}

/// Wakes all that sleep on `word`.
static inline void vergence_wake(const uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0, 0);
}

/// Returns how many processors the scheduler may put this process on, or 0 when it doesn't say.
static inline int vergence_allowed_processors(void) {
  unsigned long mask[128];
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int processors = 0;
  for (long i = 0; i < bytes / (long)sizeof *mask; i++) processors += __builtin_popcountl(mask[i]);
  return processors;
}

#endif

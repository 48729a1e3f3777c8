/* How long a script may run. */
#if !defined(_POSIX_C_SOURCE) && !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "clock.h"

#ifdef _WIN32
#include <windows.h>

static int64_t monotonic_clock(void) {
  return (int64_t)GetTickCount64() * 1000000;
}

/* Kernel and user time of this thread, in units of 100 ns. */
static int64_t thread_clock(void) {
  FILETIME created, ended;
  ULARGE_INTEGER kernel, user;
  FILETIME spent[2];
  GetThreadTimes(GetCurrentThread(), &created, &ended, &spent[0], &spent[1]);
  kernel.LowPart = spent[0].dwLowDateTime;
  kernel.HighPart = spent[0].dwHighDateTime;
  user.LowPart = spent[1].dwLowDateTime;
  user.HighPart = spent[1].dwHighDateTime;
  return (int64_t)(kernel.QuadPart + user.QuadPart) * 100;
}

#else
#include <time.h>

static int64_t read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t monotonic_clock(void) { return read_clock(CLOCK_MONOTONIC); }

#ifdef CLOCK_THREAD_CPUTIME_ID
static int64_t thread_clock(void) {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
#else /* wall time is then all there is */
static int64_t thread_clock(void) { return monotonic_clock(); }
#endif
#endif

enum { LEAST_LOOK = 50 * 1000 }; /* between two looks at the thread's clock */

void sbx_timer_start(sbx_timer *timer, int64_t cpu, int64_t wall) {
  timer->cpu = cpu;
  timer->wall = wall;
  timer->started = monotonic_clock();
  timer->cpu_started = -1;
  timer->look_at = timer->started + (cpu < SBX_UNASKED ? cpu : SBX_UNASKED);
  timer->by_wall = false;
}

/* The processor time since the start; what was not asked for is assumed. */
static int64_t used_cpu(sbx_timer *timer) {
  int64_t now = thread_clock();
  if (timer->cpu_started < 0) {
    int64_t unasked = timer->cpu < SBX_UNASKED ? timer->cpu : SBX_UNASKED;
    timer->cpu_started = now > unasked ? now - unasked : 0;
  }
  return now - timer->cpu_started;
}

bool sbx_timer_late(sbx_timer *timer) {
  int64_t now = monotonic_clock();
  if (now < timer->look_at)
    return false;
  timer->by_wall = now - timer->started > timer->wall;
  if (timer->by_wall)
    return true;
  int64_t left = timer->cpu - used_cpu(timer);
  if (left <= 0) /* and from now on */
    return true;
  timer->look_at = now + (left > LEAST_LOOK ? left : LEAST_LOOK);
  return false;
}

void sbx_timer_stop(sbx_timer *timer) {
  int64_t elapsed = monotonic_clock() - timer->started;
  timer->wall -= elapsed;
  if (timer->cpu_started >= 0)
    timer->cpu -= used_cpu(timer);
  else
    timer->cpu -= elapsed < SBX_UNASKED ? elapsed : SBX_UNASKED;
}

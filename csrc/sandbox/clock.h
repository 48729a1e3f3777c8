/*
** How long a script may run: in processor time, which a busy machine does not
** use up, with a generous limit of wall time beside it.
*/
#ifndef SBX_CLOCK_H
#define SBX_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* All times are nanoseconds. */
enum {
  /*
  ** A limit is what a script gets for sure; it is stopped at twice as much
  ** processor time, since that grows by itself where others use the caches,
  ** and at twenty times as much wall time.
  */
  SBX_CPU_FACTOR = 2,
  SBX_WALL_FACTOR = 20,
  /*
  ** So much of a run is taken for processor time without asking for it: the
  ** monotonic clock costs 30 ns, the thread's a system call, 2 us.
  */
  SBX_UNASKED = 200 * 1000
};

/* A stopwatch with two limits. */
typedef struct sbx_timer {
  int64_t cpu, wall;   /* left, when it was started or stopped */
  int64_t started;     /* by the monotonic clock */
  int64_t cpu_started; /* by the thread's; negative until it was asked */
  int64_t look_at;     /* by the monotonic clock: not late before */
  bool by_wall;        /* what made it late */
} sbx_timer;

/* Starts with so much left of both times. */
void sbx_timer_start(sbx_timer *timer, int64_t cpu, int64_t wall);

/* Whether one of the two is used up; it stays so. */
bool sbx_timer_late(sbx_timer *timer);

/* Leaves in `cpu` and `wall` what is left; negative where it was too much. */
void sbx_timer_stop(sbx_timer *timer);

#endif

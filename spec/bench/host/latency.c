/*
** latency PATH KEYS CONNECTIONS RATE SECONDS: asks a server of socketmap at a
** rate that does not wait for its answers, spread over all connections, and
** prints
**
**     asked wrong lost cut p50 p99 max
**
** in microseconds from a question to its answer.  No question waits for the
** answer to another, so that a server that stops is charged for all that is
** asked meanwhile.
** KEYS has a question and its answer a line, with a tab between.  Every other
** connection is cut off in the middle of a question after some, and a new one
** takes its place; what was asked before has been answered then.  A question
** is lost if its connection ends, or nothing comes for GRACE seconds.
*/
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
  GRACE = 5,
  LONGEST = 1024, /* question or answer */
  CUT_AFTER = 5,  /* questions at most, where a connection is to be cut off */
  EVENTS = 256
};

typedef struct key {
  char *question, *answer; /* as they stand on the wire */
} key;

typedef struct question {
  double at;
  int key;
} question;

typedef struct connection {
  int descriptor;
  int asked;        /* since it was opened */
  int first, count; /* of the ring of open questions */
  size_t length;    /* of what has come of an answer */
  char answer[LONGEST];
  question *open;
} connection;

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static key *keys;
static int key_count;
static long asked, wrong, lost, cut;
static int poller;
static int most_open; /* questions of a connection without an answer */
static double *times;
static long time_count;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL)
    fail("memory");
  return memory;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Keys. */

static char *netstring(const char *head, const char *text) {
  size_t length = strlen(head) + strlen(text);
  char *made = allocate(length + 16, 1);
  sprintf(made, "%zu:%s%s,", length, head, text);
  return made;
}

static void read_keys(const char *path) {
  char line[LONGEST];
  FILE *file = fopen(path, "r");
  if (file == NULL)
    fail(path);
  keys = allocate(1 << 20, sizeof *keys);
  while (key_count < 1 << 20 && fgets(line, sizeof line, file) != NULL) {
    char *tab = strchr(line, '\t');
    line[strcspn(line, "\n")] = '\0';
    if (tab == NULL)
      exit(2);
    *tab = '\0';
    keys[key_count].question = netstring("site.virtual ", line);
    keys[key_count++].answer = netstring("OK ", tab + 1);
  }
  fclose(file);
}

/* Connections. */

static void open_connection(connection *c) {
  c->asked = c->first = c->count = 0;
  c->length = 0;
  c->descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (c->descriptor < 0 ||
      connect(c->descriptor, (struct sockaddr *)&address, sizeof address) != 0)
    fail("connect");
  fcntl(c->descriptor, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, c->descriptor, &event) != 0)
    fail("epoll_ctl");
}

static void reopen(connection *c) {
  lost += c->count;
  close(c->descriptor);
  open_connection(c);
}

/* Sends half of a question and nothing more. */
static void cut_off(connection *c) {
  const char *text = keys[0].question;
  if (write(c->descriptor, text, strlen(text) / 2) < 0)
    lost++;
  cut++;
  reopen(c);
}

static void ask(connection *c) {
  int number = (int)(asked++ % key_count);
  const char *text = keys[number].question;
  size_t length = strlen(text);
  if (c->count == most_open ||
      write(c->descriptor, text, length) != (ssize_t)length) {
    lost++;
    return;
  }
  c->open[(c->first + c->count++) % most_open] = (question){now(), number};
  c->asked++;
}

/* Takes a byte of an answer. */
static void take(connection *c, char byte, double at) {
  const question *q = &c->open[c->first];
  const char *expected = keys[q->key].answer;
  if (c->count == 0 || expected[c->length] != byte) {
    wrong++;
    reopen(c);
    return;
  }
  if (expected[++c->length] != '\0')
    return;
  times[time_count++] = at - q->at;
  c->length = 0;
  c->first = (c->first + 1) % most_open;
  c->count--;
}

static void receive(connection *c) {
  char bytes[65536];
  int descriptor = c->descriptor;
  long count = (long)read(descriptor, bytes, sizeof bytes);
  double at = now();
  if (count == 0 || (count < 0 && errno != EAGAIN))
    reopen(c);
  for (long i = 0; i < count && c->descriptor == descriptor; i++)
    take(c, bytes[i], at);
}

/* All of it. */

/* Waits for answers, for so many seconds. */
static void wait_for(double seconds) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(poller, events, EVENTS, (int)(seconds * 1000) + 1);
  for (int i = 0; i < count; i++)
    receive(events[i].data.ptr);
}

/* Whether it is the turn of a connection to be cut off: of every other one, not
** of all in the same second. */
static bool is_cut(long number, const connection *c) {
  return number % 2 == 1 && c->count == 0 && c->asked > number / 2 % CUT_AFTER;
}

/* Asks what is due, by the connections in turn; returns how many were. */
static long ask_due(connection *all, int count, double begun, double rate,
                    long done) {
  long due = (long)((now() - begun) * rate);
  for (; done < due; done++) {
    connection *c = &all[done % count];
    if (is_cut(done % count, c))
      cut_off(c);
    ask(c);
  }
  return done;
}

static long count_open(const connection *all, int count) {
  long open = 0;
  for (int i = 0; i < count; i++)
    open += all[i].count;
  return open;
}

/* Waits until all is answered, for a while; counts what is lost. */
static void settle(const connection *all, int count) {
  double end = now() + GRACE;
  while (count_open(all, count) > 0 && now() < end)
    wait_for(end - now());
  lost += count_open(all, count);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double percentile(double part) {
  return time_count == 0 ? 0
                         : times[(long)((double)(time_count - 1) * part)] * 1e6;
}

int main(int count, char **arguments) {
  if (count != 6 || strlen(arguments[1]) >= sizeof address.sun_path)
    return 2;
  strcpy(address.sun_path, arguments[1]);
  read_keys(arguments[2]);
  int connections = atoi(arguments[3]);
  double rate = atof(arguments[4]), seconds = atof(arguments[5]);
  connection *all = allocate((size_t)connections, sizeof *all);
  poller = epoll_create1(0);
  most_open = (int)(rate * GRACE) / connections + 16;
  times = allocate((size_t)(rate * (seconds + 1)) + (size_t)connections,
                   sizeof *times);
  for (int i = 0; i < connections; i++) {
    all[i].open = allocate((size_t)most_open, sizeof *all[i].open);
    open_connection(&all[i]);
  }
  for (int i = 0; i < connections; i++)
    ask(&all[i]);
  settle(all, connections);
  asked = time_count = 0; /* that all were accepted is not measured */
  double begun = now();
  long done = 0;
  while (now() < begun + seconds) {
    done = ask_due(all, connections, begun, rate, done);
    wait_for(1 / rate);
  }
  settle(all, connections);
  qsort(times, (size_t)time_count, sizeof *times, compare);
  printf("%ld %ld %ld %ld %.0f %.0f %.0f\n", asked, wrong, lost, cut,
         percentile(0.5), percentile(0.99), percentile(1));
  return 0;
}

/* What the benchmark's programs share: time, settings, the first lines of the
 * provider protocol. They are trivial on purpose: what is measured is between them.
 *
 * Settings come from the start line's config, or, where there is no dstream in
 * between (a plain pipe), from BENCH_CONFIG in the environment; then there is no
 * start line and no handshake. BENCH_PIPE_KB enlarges the pipe a program holds. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
#define RECORD_SEPARATOR "\x1e"

/* The start line, or BENCH_CONFIG. */
static char start_line[65536];

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* This process's own processor time. */
static int64_t cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL +
         usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Makes a pipe as large as BENCH_PIPE_KB says; elsewhere than on Linux it stays. */
static void enlarge_pipe(int fd) {
  const char *kilobytes = getenv("BENCH_PIPE_KB");
#ifdef F_SETPIPE_SZ
  if (kilobytes) fcntl(fd, F_SETPIPE_SZ, atoi(kilobytes) * 1024);
#else
  (void)fd;
  (void)kilobytes;
#endif
}

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written >= 0) {
      bytes += written;
      length -= written;
    } else if (errno == EAGAIN) {
      struct pollfd writable = {fd, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      fprintf(stderr, "bench: write: %s\n", strerror(errno));
      exit(3);
    }
  }
}

/* Like read(2), waiting where the descriptor doesn't. */
static ssize_t read_some(int fd, char *bytes, size_t length) {
  for (;;) {
    ssize_t got = read(fd, bytes, length);
    if (got >= 0) return got;
    if (errno == EAGAIN) {
      struct pollfd readable = {fd, POLLIN, 0};
      poll(&readable, 1, -1);
    } else if (errno != EINTR) {
      return got;
    }
  }
}

/* Reads the start line byte by byte, so that what follows stays in the pipe.
 * Returns whether there is one; false: the settings come from BENCH_CONFIG. */
static bool read_start_line(void) {
  const char *config = getenv("BENCH_CONFIG");
  if (config) {
    snprintf(start_line, sizeof start_line, "%s", config);
    return false;
  }
  size_t length = 0;
  while (length < sizeof start_line - 1 &&
         read_some(0, start_line + length, 1) == 1 &&
         start_line[length] != '\n') {
    length++;
  }
  start_line[length] = 0;
  return true;
}

/* Where a key's value begins, or null. No JSON parser: the benchmark writes the
 * settings itself, flat and with keys that occur once. */
static const char *setting(const char *key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *found = strstr(start_line, quoted);
  if (!found) return NULL;
  found += strlen(quoted);
  while (*found == ' ') found++;
  return found;
}

static int64_t number_setting(const char *key, int64_t otherwise) {
  const char *value = setting(key);
  return value ? atoll(value) : otherwise;
}

/* The caller owns the text. */
static char *text_setting(const char *key, const char *otherwise) {
  const char *value = setting(key);
  if (!value || *value != '"') return otherwise ? strdup(otherwise) : NULL;
  const char *end = strchr(value + 1, '"');
  return strndup(value + 1, end - value - 1);
}

/* Says ready in the version that is offered; returns whether that is version 2. */
static bool say_ready(void) {
  bool is_version_2 = setting("protocol") != NULL;
  const char *line =
      is_version_2 ? "{\"status\":\"ready\",\"protocol\":"
                     "{\"version\":2,\"features\":[\"ack\"]}}\n"
                   : "{\"status\":\"ready\"}\n";
  write_all(1, line, strlen(line));
  return is_version_2;
}

#endif

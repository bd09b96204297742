/* Input provider: writes `count` envelopes of `size` bytes (line feed included) as
 * fast as it can, or `rate` per second. Settings: count, size, rate, mode ("block":
 * writes of about 1 MiB, "line": one write per envelope), report (a file). */
#include "bench.h"

#include <pthread.h>

#define BLOCK_BYTES (1 << 20)
/* Added to stamps, so that all have the same number of digits. */
#define STAMP_BASE 1000000000000000000LL
/* How long the last acknowledgement is waited for. */
#define ACK_WAIT_NS (10 * NS_PER_S)

static volatile int64_t last_ack, ack_records;
static volatile bool acks_ended;

/* Reads the control records on stdin; only the last number of a read matters. */
static void *read_acks(void *unused) {
  static char buffer[65536];
  ssize_t got;
  while ((got = read_some(0, buffer, sizeof buffer - 1)) > 0) {
    buffer[got] = 0;
    char *last = NULL;
    for (char *at = buffer; (at = strstr(at, "{\"ack\":")); at++) {
      last = at;
      ack_records++;
    }
    if (last) last_ack = atoll(last + strlen("{\"ack\":"));
  }
  acks_ended = true;
  return unused;
}

/* Writes one envelope of exactly `size` bytes; returns its length, which is larger
 * only where `size` has no room for the fields every envelope has. */
static size_t make_envelope(char *out, size_t size, int64_t id, int64_t stamp) {
  static const char tail[] = "},\"metadata\":{\"op\":\"i\"}}\n";
  static const char words[] =
      "the quick brown fox jumps over the lazy dog 0123456789 ";
  size_t tail_length = strlen(tail), word_count = strlen(words);
  /* About forty fields, so that the content looks like a table's row. */
  size_t field_length = size / 40 < 12 ? 12 : size / 40;
  size_t length =
      sprintf(out, "{\"data\":{\"id\":%lld,\"t\":%lld",
              10000000 + (long long)(id % 10000000), (long long)(stamp + STAMP_BASE));
  for (int field = 0; length + tail_length + field_length + 26 < size; field++) {
    length += sprintf(out + length, ",\"f%02d\":\"", field);
    for (size_t i = 0; i < field_length; i++) {
      out[length++] = words[(i + field * 7) % word_count];
    }
    out[length++] = '"';
  }
  size_t padding = size > length + tail_length ? size - length - tail_length : 0;
  if (padding >= 7) {
    length += sprintf(out + length, ",\"p\":\"");
    memset(out + length, 'x', padding - 7);
    length += padding - 7;
    out[length++] = '"';
  } else {
    memset(out + length, ' ', padding);
    length += padding;
  }
  memcpy(out + length, tail, tail_length);
  return length + tail_length;
}

/* One envelope at each tick, stamped with the time it is written. */
static int64_t write_paced(int64_t count, size_t size, int64_t rate) {
  char *line = malloc(size + 4096);
  int64_t start = now_ns(), bytes = 0;
  for (int64_t i = 0; i < count; i++) {
    int64_t due = start + i * NS_PER_S / rate;
    struct timespec until = {due / NS_PER_S, due % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    size_t length = make_envelope(line, size, i, now_ns());
    write_all(1, line, length);
    bytes += length;
  }
  return bytes;
}

/* The same block again and again: making envelopes costs nothing. */
static int64_t write_fast(int64_t count, size_t size, bool by_line, int64_t *first) {
  int64_t per_block = BLOCK_BYTES / size < 1 ? 1 : BLOCK_BYTES / size;
  char *block = malloc((per_block + 1) * size + 8192);
  size_t *ends = malloc((per_block + 1) * sizeof *ends);
  ends[0] = 0;
  for (int64_t i = 0; i < per_block; i++) {
    ends[i + 1] = ends[i] + make_envelope(block + ends[i], size, i, 1);
  }
  *first = now_ns();
  int64_t bytes = 0;
  while (count > 0) {
    int64_t now = count < per_block ? count : per_block;
    if (by_line) {
      for (int64_t i = 0; i < now; i++) {
        write_all(1, block + ends[i], ends[i + 1] - ends[i]);
      }
    } else {
      write_all(1, block, ends[now]);
    }
    count -= now;
    bytes += ends[now];
  }
  return bytes;
}

static void wait_for_ack(int64_t count) {
  int64_t limit = now_ns() + ACK_WAIT_NS;
  while (!acks_ended && last_ack < count && now_ns() < limit) usleep(200);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  enlarge_pipe(1);
  bool has_start_line = read_start_line();
  int64_t count = number_setting("count", 1000), size = number_setting("size", 500);
  int64_t rate = number_setting("rate", 0);
  bool by_line = strcmp(text_setting("mode", "block"), "line") == 0;
  char *report = text_setting("report", NULL);

  bool is_version_2 = has_start_line && say_ready();
  pthread_t thread;
  if (is_version_2) pthread_create(&thread, NULL, read_acks, NULL);

  int64_t first = now_ns();
  int64_t bytes = rate > 0 ? write_paced(count, size, rate)
                           : write_fast(count, size, by_line, &first);
  if (is_version_2) {
    static const char end[] = RECORD_SEPARATOR "{\"end\":true}\n";
    write_all(1, end, strlen(end));
  }
  close(1);
  if (is_version_2) wait_for_ack(count);

  if (report) {
    FILE *file = fopen(report, "w");
    fprintf(file,
            "{\"firstNs\":%lld,\"lines\":%lld,\"bytes\":%lld,\"version\":%d,"
            "\"ackRecords\":%lld,\"lastAck\":%lld,\"cpuUs\":%lld}\n",
            (long long)first, (long long)count, (long long)bytes,
            is_version_2 ? 2 : 1, (long long)ack_records, (long long)last_ack,
            (long long)cpu_us());
    fclose(file);
  }
  _exit(0);
}

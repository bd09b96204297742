/* Output provider: counts lines to the end of its stdin and writes a report.
 * Settings: report (a file), latency (1: read the stamp of each envelope),
 * slow_us (a pause after each read).
 *
 * Under version 2 it acknowledges what it counted after 1000 envelopes, 1 MiB or
 * 50 ms, whichever is first: what the protocol asks of every output. */
#include "bench.h"

#define READ_BYTES (1 << 20)
#define LONGEST_LINE (17 << 20)
#define ACK_ENVELOPES 1000
#define ACK_BYTES (1 << 20)
#define ACK_NS (50 * NS_PER_MS)
#define STAMP_BASE 1000000000000000000LL
#define MAX_LATENCIES 2000000

static int64_t lines, bytes, reads, ack_records;
static int64_t acked_lines, acked_bytes, acked_at;
static uint32_t *latencies;
static size_t latency_count;

/* Written so that the compiler makes SIMD of it: short sums of bytes. */
static int64_t count_newlines(const char *buffer, size_t length) {
  int64_t count = 0;
  while (length > 0) {
    size_t part = length < 4080 ? length : 4080;
    unsigned sum = 0;
    for (size_t i = 0; i < part; i++) sum += buffer[i] == '\n';
    count += sum;
    buffer += part;
    length -= part;
  }
  return count;
}

/* Takes the stamps of whole lines; returns how many bytes of a last, unfinished
 * one stay at the beginning of the buffer. */
static size_t read_stamps(char *buffer, size_t length, int64_t arrival) {
  char *line = buffer, *end = buffer + length, *newline;
  while ((newline = memchr(line, '\n', end - line))) {
    *newline = 0;
    char *stamp = strstr(line, "\"t\":");
    if (stamp && latency_count < MAX_LATENCIES) {
      int64_t written = atoll(stamp + 4) - STAMP_BASE;
      int64_t took = arrival - written;
      latencies[latency_count++] = took < 0 ? 0 : took > UINT32_MAX ? UINT32_MAX : took;
    }
    lines++;
    line = newline + 1;
  }
  memmove(buffer, line, end - line);
  return end - line;
}

static void acknowledge(void) {
  char record[64];
  int length =
      sprintf(record, RECORD_SEPARATOR "{\"ack\":%lld}\n", (long long)lines);
  write_all(1, record, length);
  acked_lines = lines;
  acked_bytes = bytes;
  acked_at = now_ns();
  ack_records++;
}

static bool ack_is_due(void) {
  return lines - acked_lines >= ACK_ENVELOPES || bytes - acked_bytes >= ACK_BYTES ||
         now_ns() - acked_at >= ACK_NS;
}

/* Waits for input, but no longer than an acknowledgement may. */
static void acknowledge_while_waiting(void) {
  while (acked_lines < lines) {
    int64_t left_ms = (acked_at + ACK_NS - now_ns()) / NS_PER_MS;
    struct pollfd readable = {0, POLLIN, 0};
    if (left_ms > 0 && poll(&readable, 1, left_ms) != 0) return;
    acknowledge();
  }
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void write_report(const char *path, int64_t first, int64_t end) {
  FILE *file = fopen(path, "w");
  fprintf(file,
          "{\"firstNs\":%lld,\"endNs\":%lld,\"lines\":%lld,\"bytes\":%lld,"
          "\"reads\":%lld,\"ackRecords\":%lld,\"cpuUs\":%lld",
          (long long)first, (long long)end, (long long)lines, (long long)bytes,
          (long long)reads, (long long)ack_records, (long long)cpu_us());
  if (latency_count > 0) {
    qsort(latencies, latency_count, sizeof *latencies, compare);
    fprintf(file, ",\"p50Ns\":%u,\"p99Ns\":%u,\"maxNs\":%u",
            latencies[latency_count / 2], latencies[latency_count * 99 / 100],
            latencies[latency_count - 1]);
  }
  fprintf(file, "}\n");
  fclose(file);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  enlarge_pipe(0);
  bool has_start_line = read_start_line();
  char *report = text_setting("report", NULL);
  int64_t slow_us = number_setting("slow_us", 0);
  if (number_setting("latency", 0)) {
    latencies = malloc(MAX_LATENCIES * sizeof *latencies);
  }
  bool is_version_2 = has_start_line && say_ready();

  char *buffer = malloc(latencies ? LONGEST_LINE + READ_BYTES : READ_BYTES);
  size_t held = 0;
  int64_t first = 0, end;
  acked_at = now_ns();
  for (;;) {
    if (is_version_2) acknowledge_while_waiting();
    ssize_t got = read_some(0, buffer + held, READ_BYTES);
    end = now_ns();
    if (got <= 0) break;
    if (!first) first = end;
    reads++;
    bytes += got;
    if (slow_us) usleep(slow_us);
    if (latencies) held = read_stamps(buffer, held + got, end);
    else lines += count_newlines(buffer, got);
    if (is_version_2 && ack_is_due()) acknowledge();
  }
  if (is_version_2 && acked_lines < lines) acknowledge();
  if (report) write_report(report, first, end);
  else fprintf(stderr, "%lld lines, %lld bytes\n", (long long)lines, (long long)bytes);
  return 0;
}

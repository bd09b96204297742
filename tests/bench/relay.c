/* stdin → stdout by read and write of up to 1 MiB on pipes of 1 MiB: the least that
 * a process between two others can do. */
#include "bench.h"

#define CHUNK_BYTES (1 << 20)

int main(void) {
  setenv("BENCH_PIPE_KB", "1024", 0);
  enlarge_pipe(0);
  enlarge_pipe(1);
  char *buffer = malloc(CHUNK_BYTES);
  ssize_t got;
  while ((got = read_some(0, buffer, CHUNK_BYTES)) > 0) write_all(1, buffer, got);
  return got < 0;
}

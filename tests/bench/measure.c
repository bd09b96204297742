/* measure REPORT COMMAND ARG…: runs a command and reports its wall time, the
 * processor time of it and its children, and the peak memory of the largest. */
#include "bench.h"

#include <sys/wait.h>

static int64_t micros(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

int main(int count, char **args) {
  if (count < 3) return 2;
  int64_t start = now_ns();
  pid_t child = fork();
  if (child == 0) {
    execvp(args[2], args + 2);
    perror(args[2]);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) return 3;
  int64_t end = now_ns();
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

  FILE *file = fopen(args[1], "w");
  fprintf(file,
          "{\"startNs\":%lld,\"endNs\":%lld,\"cpuUs\":%lld,\"peakKb\":%ld,"
          "\"code\":%d}\n",
          (long long)start, (long long)end,
          (long long)(micros(usage.ru_utime) + micros(usage.ru_stime)),
          usage.ru_maxrss, code);
  fclose(file);
  return code;
}

/* Loaded into a writer (LD_PRELOAD): a thread of its own that forks at random moments. A child never runs another program, so it
 * shares all files that are open at that moment, and their kernel locks, for as long as its parent lives. */

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CHILDREN = 60, MICROSECONDS = 60 * 1000 };

static void *fork_and_fork(void *unused) {
  pid_t parent = getpid();
  unsigned seed = atoi(getenv("FORKER_SEED")) + parent;
  for (int child = 0; child < CHILDREN; child++) {
    usleep(rand_r(&seed) % MICROSECONDS);
    if (fork() == 0) {
      /* Only what a signal handler may call, too: the other threads, and the locks they had, stayed behind. */
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (getppid() == parent) pause();
      _exit(0);
    }
  }
  for (;;) pause(); /* the children die with this thread */
  return unused;
}

__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, fork_and_fork, NULL);
}

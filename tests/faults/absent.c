/* Preloaded into the program: what it is not to use, or cannot have. FAULTS_ABSENT names some of
 * mpi (a start of MPI ends the process with status 99), blas (no library of matrix products can be
 * loaded), exec (another program in place of this one: status 98), threads (none can be started
 * but by MPI's libraries). */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_absent(const char *what) {
  const char *names = getenv("FAULTS_ABSENT");
  return strcmp(program_invocation_short_name, "normlab") == 0 && names && strstr(names, what);
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *provided);
int MPI_Init_thread(int *argc, char ***argv, int wanted, int *provided) {
  if (is_absent("mpi")) _exit(99);
  return REAL(MPI_Init_thread)(argc, argv, wanted, provided);
}

void *dlopen(const char *file, int flags) {
  if (file && is_absent("blas") && (strstr(file, "blas") || strstr(file, "blis")))
    file = "/absent/libopenblas.so.0"; /* so that dlerror() has its text */
  return REAL(dlopen)(file, flags);
}

int execve(const char *path, char *const argv[], char *const environment[]) {
  if (is_absent("exec")) _exit(98);
  return REAL(execve)(path, argv, environment);
}

int execv(const char *path, char *const argv[]) {
  if (is_absent("exec")) _exit(98);
  return REAL(execv)(path, argv);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
  Dl_info caller = {0};
  if (is_absent("threads") && dladdr(__builtin_return_address(0), &caller) && caller.dli_fname &&
      (strstr(caller.dli_fname, "normlab") || strstr(caller.dli_fname, "libgomp")))
    return EAGAIN;
  return REAL(pthread_create)(thread, attributes, run, argument);
}

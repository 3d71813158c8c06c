/* Preloaded into the program: lets one of its allocations fail. Counted are those that the program
 * and the libraries named ask for themselves, not what the C library or MPI allocates inside.
 *
 *   FAULTS_AT        number of the allocation that fails; "7+": and all after it
 *   FAULTS_RANK      only in this rank
 *   FAULTS_OBJECTS   parts of names of libraries, separated by commas; "program" is the program
 *   FAULTS_FUNCTIONS only these, separated by commas
 *   FAULTS_LOG       a line an allocation: number, function, bytes, object, offset in it */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With these there is no need to look for the functions that are replaced here, which allocates. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

enum { MAX_RANGES = 64 };

typedef struct Range {
  uintptr_t first, last, base;
  const char *object;
} Range;

static Range ranges[MAX_RANGES];
static int n_ranges, log_descriptor = -1, lasts;
static long target;
static atomic_long n_allocations;

static int is_named(const char *object) {
  const char *names = getenv("FAULTS_OBJECTS");
  char list[512];
  snprintf(list, sizeof list, "%s", names ? names : "program");
  for (char *rest = list, *name; (name = strsep(&rest, ","));)
    if (*object ? strstr(object, name) != NULL : strcmp(name, "program") == 0) return 1;
  return 0;
}

static int add_object(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  (void)context;
  const char *slash = strrchr(info->dlpi_name, '/');
  const char *object = slash ? slash + 1 : info->dlpi_name;
  if (!is_named(object)) return 0;
  for (int i = 0; i < info->dlpi_phnum && n_ranges < MAX_RANGES; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t first = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_LOAD && part->p_flags & PF_X)
      ranges[n_ranges++] = (Range){first, first + part->p_memsz, info->dlpi_addr, object};
  }
  return 0;
}

__attribute__((constructor)) static void start(void) {
  const char *rank = getenv("FAULTS_RANK"), *mine = getenv("OMPI_COMM_WORLD_RANK");
  if (!mine) mine = getenv("PMIX_RANK");
  const char *at = getenv("FAULTS_AT"), *path = getenv("FAULTS_LOG");
  if (rank && (!mine || strcmp(rank, mine) != 0)) return;
  target = at ? atol(at) : 0;
  lasts = at && strchr(at, '+');
  if (path)
    log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, path,
                                  O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  (void)dl_iterate_phdr(add_object, NULL);
}

static int is_chosen(const char *function) {
  const char *names = getenv("FAULTS_FUNCTIONS"), *at = names ? strstr(names, function) : NULL;
  return !names || (at && (at == names || at[-1] == ',') && strchr(",", at[strlen(function)]));
}

/* Whether this allocation, asked for at this place, is the one that fails. */
static int fails(const void *caller, const char *function, size_t bytes) {
  uintptr_t place = (uintptr_t)caller;
  const Range *range = ranges, *end = ranges + n_ranges;
  while (range < end && (place < range->first || place >= range->last)) range++;
  if (range == end || !is_chosen(function)) return 0;
  long number = ++n_allocations;
  if (log_descriptor >= 0) {
    char line[256];
    int n = snprintf(line, sizeof line, "%ld\t%s\t%zu\t%s\t%zx\n", number, function, bytes,
                     range->object, place - range->base);
    (void)!syscall(SYS_write, log_descriptor, line, (size_t)n);
  }
  if (target == 0 || (lasts ? number < target : number != target)) return 0;
  errno = ENOMEM;
  return 1;
}

#define FAILS(bytes) fails(__builtin_return_address(0), __func__, bytes)

void *malloc(size_t n) {
  return FAILS(n) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
  return FAILS(n * size) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t n) {
  return FAILS(n) ? NULL : __libc_realloc(block, n);
}

void *reallocarray(void *block, size_t n, size_t size) {
  return FAILS(n * size) ? NULL : __libc_realloc(block, n * size);
}

void *aligned_alloc(size_t alignment, size_t n) {
  return FAILS(n) ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **block, size_t alignment, size_t n) {
  if (FAILS(n)) return ENOMEM;
  *block = __libc_memalign(alignment, n);
  return *block ? 0 : ENOMEM;
}

/* The C library's own, which allocate inside. */
#define REAL(function) __typeof__(function) *real = (__typeof__(function) *)next_of(#function)

static void *next_of(const char *function) {
  return dlsym(RTLD_NEXT, function);
}

#define POINTER(type, function, parameters, arguments)                                             \
  type *function parameters {                                                                      \
    REAL(function);                                                                                \
    return FAILS(0) ? NULL : real arguments;                                                       \
  }

POINTER(char, strdup, (const char *text), (text))
POINTER(char, strndup, (const char *text, size_t n), (text, n))
POINTER(char, realpath, (const char *path, char *resolved), (path, resolved))
POINTER(FILE, fopen, (const char *path, const char *mode), (path, mode))
POINTER(FILE, fdopen, (int descriptor, const char *mode), (descriptor, mode))
POINTER(FILE, open_memstream, (char **text, size_t *n), (text, n))
POINTER(DIR, opendir, (const char *path), (path))

/* Memory that is shared, and its room. */
#define NUMBER(function, parameters, arguments)                                                    \
  int function parameters {                                                                        \
    REAL(function);                                                                                \
    return FAILS(0) ? -1 : real arguments;                                                         \
  }

NUMBER(memfd_create, (const char *name, unsigned flags), (name, flags))
NUMBER(mkostemp, (char *path, int flags), (path, flags))
NUMBER(shm_open, (const char *name, int flags, mode_t mode), (name, flags, mode))
NUMBER(ftruncate, (int descriptor, off_t bytes), (descriptor, bytes))

int posix_fallocate(int descriptor, off_t from, off_t bytes) {
  REAL(posix_fallocate);
  return FAILS((size_t)bytes) ? ENOSPC : real(descriptor, from, bytes);
}

void *mmap(void *place, size_t bytes, int protection, int flags, int descriptor, off_t from) {
  REAL(mmap);
  return FAILS(bytes) ? MAP_FAILED : real(place, bytes, protection, flags, descriptor, from);
}

int vasprintf(char **text, const char *format, va_list arguments) {
  REAL(vasprintf);
  return FAILS(0) ? -1 : real(text, format, arguments);
}

int asprintf(char **text, const char *format, ...) {
  REAL(vasprintf);
  if (FAILS(0)) return -1;
  va_list arguments;
  va_start(arguments, format);
  int n = real(text, format, arguments);
  va_end(arguments);
  return n;
}

int scandir(const char *folder, struct dirent ***entries, int (*is_wanted)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **)) {
  REAL(scandir);
  return FAILS(0) ? -1 : real(folder, entries, is_wanted, compare);
}

#include "stale.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What follows the prefix, or NULL. */
static const char *after(const char *text, const char *prefix) {
  size_t n = strlen(prefix);
  return text && strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* The process that a temporary of BASE on this host belongs to; 0 if the name is another. */
static long owner_of(const char *name, const char *base, const char *host) {
  const char *rest = after(name, base);
  const char *kept = after(rest, ".prev.tmp.");
  rest = after(kept ? kept : after(rest, ".tmp."), host);
  if (!rest || rest[0] != '.' || rest[1] < '1' || rest[1] > '9') return 0;
  char *end;
  errno = 0;
  long pid = strtol(rest + 1, &end, 10);
  return errno == 0 && *end == '\0' && (pid_t)pid == pid ? pid : 0;
}

void stale_remove(const char *file, const Owner *self) {
  const char *slash = strrchr(file, '/');
  const char *base = slash ? slash + 1 : file;
  char *folder = slash ? strndup(file, (size_t)(base - file)) : strdup(".");
  DIR *listing = folder ? opendir(folder) : NULL;
  free(folder);
  if (!listing) return;
  for (struct dirent *entry; (entry = readdir(listing));) {
    long pid = owner_of(entry->d_name, base, self->host);
    if (pid > 0 && (pid == self->pid || !lock_is_alive(pid)))
      (void)unlinkat(dirfd(listing), entry->d_name, 0);
  }
  closedir(listing);
}

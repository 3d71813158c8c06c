#include "cores.h"

#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct Place {
  int cpu, package, core;
  int sibling; /* 0 for the first hardware thread of its core, 1 for the next */
  int by_sibling;
} Place;

/* 0 where the system does not tell: then every processor counts as a core. */
static int topology(int cpu, const char *what, int fallback) {
  char path[128];
  int value = fallback;
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
  FILE *file = fopen(path, "r");
  if (!file) return fallback;
  if (fscanf(file, "%d", &value) != 1) value = fallback;
  fclose(file);
  return value;
}

static int order(const void *a, const void *b) {
  const Place *x = a, *y = b;
  if (x->by_sibling && x->sibling != y->sibling) return x->sibling - y->sibling;
  if (x->package != y->package) return x->package - y->package;
  if (x->core != y->core) return x->core - y->core;
  return x->cpu - y->cpu;
}

static void sort_places(Place *places, int n, int n_threads) {
  int n_cores = 0;
  qsort(places, (size_t)n, sizeof *places, order);
  for (int i = 0; i < n; i++) {
    int is_same =
        i > 0 && places[i].package == places[i - 1].package && places[i].core == places[i - 1].core;
    places[i].sibling = is_same ? places[i - 1].sibling + 1 : 0;
    n_cores += !is_same;
  }
  if (n_threads > n_cores) return;
  for (int i = 0; i < n; i++) places[i].by_sibling = 1;
  qsort(places, (size_t)n, sizeof *places, order);
}

Status cores_find(Cores *cores, int n_threads) {
  cpu_set_t mine;
  Place *places;
  *cores = (Cores){0};
  CPU_ZERO(&mine);
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) CPU_SET(0, &mine);
  int n = CPU_COUNT(&mine), k = 0;
  TRY(memory_allocate(&places, (size_t)n, sizeof *places, "cores"));
  Status status = memory_allocate(&cores->cpu, (size_t)n, sizeof *cores->cpu, "cores");
  for (int cpu = 0; cpu < CPU_SETSIZE && k < n; cpu++)
    if (CPU_ISSET(cpu, &mine))
      places[k++] = (Place){.cpu = cpu,
                            .package = topology(cpu, "physical_package_id", 0),
                            .core = topology(cpu, "core_id", cpu)};
  if (status.code == STATUS_OK) {
    cores->n = n;
    sort_places(places, n, n_threads > 0 ? n_threads : n);
    for (int i = 0; i < n; i++) cores->cpu[i] = places[i].cpu;
  }
  free(places);
  return status;
}

void cores_part(cpu_set_t *set, const Cores *cores, int n_threads, int part, int n_parts) {
  int n = n_threads / n_parts;
  CPU_ZERO(set);
  for (int i = part * n; i < (part + 1) * n && i < cores->n; i++) CPU_SET(cores->cpu[i], set);
}

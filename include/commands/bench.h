#ifndef NORMLAB_COMMANDS_BENCH_H
#define NORMLAB_COMMANDS_BENCH_H

/* normlab bench CONFIG [--json] ...; argv[0] is "bench". Collective. Returns the exit status, the
 * same on all ranks. */
int command_bench(int argc, char **argv);

#endif

#include "blas.h"

#include "base/memory.h"
#include "kernels/gemm.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What configure has found comes first. */
static const char *const LIBRARIES[] = {
#ifdef NORMLAB_BLAS_NAME
    NORMLAB_BLAS_NAME,  NORMLAB_BLAS_PATH,
#endif
    "libopenblas.so.0", "libopenblas.so",  "libblis.so.4", "libcblas.so.3", "libblas.so.3"};

BlasProduct *blas_product;
static char core_type[64] = "none", version[200] = "none";

const char *gemm_core_type(void) {
  return core_type;
}

const char *gemm_version(void) {
  return version;
}

/* The core type of OpenBLAS that suits this processor; NULL where it has no AVX2. */
static const char *suitable_core(void) {
#if defined __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
  return NULL;
}

/* The libraries read the environment when they are loaded. Debian's OpenBLAS takes recent
 * processors for old ones. Those who call it are threads already. */
static void set_environment(void) {
  static const char *const THREADS[] = {"OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS",
                                        "MKL_NUM_THREADS"};
  const char *core = suitable_core();
  if (core) setenv("OPENBLAS_CORETYPE", core, 0);
  for (size_t i = 0; i < sizeof THREADS / sizeof *THREADS; i++) setenv(THREADS[i], "1", 1);
}

/* OpenBLAS takes a buffer for each thread that calls it, and where it gets none it tries again
 * without end. */
static Status check_room(int n_threads) {
  const size_t library = (size_t)128 << 20, buffer = (size_t)128 << 20;
  return memory_room(library + (size_t)(n_threads + 1) * buffer,
                     "conv.backend: gemm (direct does not)");
}

/* A function of the library; NULL if it has none of that name. */
#define FUNCTION(type, name, library)                                                              \
  type *name = NULL;                                                                               \
  void *name##_at = dlsym(library, #name);                                                         \
  memcpy(&name, &name##_at, sizeof name)

static void describe(void *library, const char *file) {
  typedef char *Text(void);
  typedef void SetThreads(int);
  FUNCTION(Text, openblas_get_corename, library);
  FUNCTION(Text, openblas_get_config, library);
  FUNCTION(SetThreads, openblas_set_num_threads, library);
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  snprintf(core_type, sizeof core_type, "%s",
           openblas_get_corename ? openblas_get_corename() : "unknown");
  snprintf(version, sizeof version, "%s", openblas_get_config ? openblas_get_config() : file);
}

static int take(const char *file, char *why, size_t bytes) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    if (!*why) snprintf(why, bytes, "%s", dlerror());
    return 0;
  }
  FUNCTION(BlasProduct, cblas_sgemm, library);
  if (!cblas_sgemm) {
    if (!*why) snprintf(why, bytes, "%s has no cblas_sgemm", file);
    dlclose(library);
    return 0;
  }
  describe(library, file);
  blas_product = cblas_sgemm;
  return 1;
}

Status blas_load(int n_threads) {
  char why[300] = "";
  if (blas_product) return status_ok();
  TRY(check_room(n_threads));
  set_environment();
  for (size_t i = 0; i < sizeof LIBRARIES / sizeof *LIBRARIES; i++)
    if (take(LIBRARIES[i], why, sizeof why)) return status_ok();
  return status_error(STATUS_USAGE,
                      "conv.backend: gemm needs OpenBLAS, which cannot be loaded (%s); install it, "
                      "or use conv.backend: direct",
                      why);
}

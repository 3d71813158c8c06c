#include "keys/list.h"

static const char *const BACKENDS[] = {"auto", "direct", "winograd", "gemm", NULL};

static const Key KEYS[] = {
    {"backend", KEY_WORD, offsetof(Config, conv.backend), .fallback = "auto",
     .first_default = "direct", .words = BACKENDS, .keeps_word = 1,
     .documentation = "How convolutions and linear layers are computed: by the fastest algorithm "
                      "for the shape, by the direct one, by Winograd's where there is one, or by "
                      "OpenBLAS."},
};

const Key CONV_SECTION = {"conv",
                          KEY_SECTION,
                          .fallback = "",
                          .keys = KEYS,
                          .n_keys = N_KEYS(KEYS),
                          .documentation = "Convolutions."};

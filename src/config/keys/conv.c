#include "keys/list.h"

static const char *const BACKENDS[] = {"direct", "gemm", NULL};

static const Key KEYS[] = {
    {"backend", KEY_WORD, offsetof(Config, conv.backend), .fallback = "direct", .words = BACKENDS,
     .keeps_word = 1, .documentation = "How convolutions and linear layers are computed."},
};

const Key CONV_SECTION = {"conv",
                          KEY_SECTION,
                          .fallback = "",
                          .keys = KEYS,
                          .n_keys = N_KEYS(KEYS),
                          .documentation = "Convolutions."};

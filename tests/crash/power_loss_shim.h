// What the two halves of the shim share: bytes (power_loss_shim.c), names
// (power_loss_shim_names.c). Nobody else includes this.
#pragma once

#include "tests/crash/power_loss_model.h"

#include <stdbool.h>

#include <sys/stat.h>

#define EXPORTED __attribute__((visibility("default")))

// Whether this call is one of the process under test, and not one of the shim or a forked child.
bool PowerLossIsWatching(void);

// Take and release the lock of the model. In between every call of this thread goes straight to
// the kernel.
void PowerLossEnter(void);
void PowerLossLeave(void);

// The node of a watched regular file, with the lock held; or NULL, without it. Keeps errno.
struct PowerLossNode* PowerLossEnterFile(int fd);

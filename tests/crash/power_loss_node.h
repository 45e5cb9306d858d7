// The parts of the power loss model that its data half (power_loss_model.c) and its name half
// (power_loss_names.c) share. Nobody else includes this. The caller holds the lock of the model.
#pragma once

#include "tests/crash/power_loss_model.h"
#include "tests/crash/power_loss_ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

struct PowerLossNode {
  struct PowerLossNode* next;  // in its bucket
  dev_t device;
  ino_t inode;
  uint64_t id;  // the name of its backing file
  struct PowerLossRanges dirty;
  size_t changes_queued;
  int read_fd;       // a descriptor of our own, or -1
  bool has_backing;  // false: nothing of it is durable, no name and no byte
  bool unlinked;     // it has lost its last live name
  bool wanted;       // chosen while a set of names is being committed
};

// Absolute paths into the three directories. `out` holds kPowerLossPathMax bytes; returns `out`.
char* PowerLossShadowPath(char* out, const char* path);
char* PowerLossLivePath(char* out, const char* path);
char* PowerLossBackingPath(char* out, const struct PowerLossNode* node);

// A path among the backing files for a name that is not complete yet.
char* PowerLossDraftPath(char* out);

// Creates the backing file, empty, when the node has none.
void PowerLossEnsureBacking(struct PowerLossNode* node);

// Whether the shadow shows this node under this path.
bool PowerLossShadowShows(const struct PowerLossNode* node, const char* path);

// Gives the node back if nothing can reach it any more: no live name and no queued change.
void PowerLossNodeRelease(struct PowerLossNode* node);

// Puts a name of the node into the shadow at once, in place of what was there.
void PowerLossNamesLinkNow(struct PowerLossNode* node, const char* path);

// Commits the queued changes of a node, and what they rest on.
void PowerLossNamesCommitNode(struct PowerLossNode* node);

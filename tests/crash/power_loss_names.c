// The name half of the power loss model: the queue of names that were changed and not synced,
// and how a part of that queue is carried into the shadow.
#include "tests/crash/power_loss_node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

enum ChangeKind { kLink, kUnlink, kRename, kMakeDirectory, kRemoveDirectory };

struct Change {
  enum ChangeKind kind;
  bool chosen;
  struct PowerLossNode* node;  // NULL for directories
  char* path;                  // the name given or taken
  char* from;                  // kRename only: the name before
};

// A process that changes names for ever and syncs no directory is a defect worth a loud end.
enum { kChangesMax = 1000000 };

static struct Change* changes;
static size_t changes_count;
static size_t changes_capacity;

static char* Copy(const char* path) {
  char* copy = path == NULL ? NULL : strdup(path);
  if (path != NULL && copy == NULL) {
    PowerLossFail("no memory for the name", path);
  }
  return copy;
}

static void Enqueue(enum ChangeKind kind, struct PowerLossNode* node, const char* from,
                    const char* path) {
  if (changes_count == changes_capacity) {
    changes_capacity = changes_capacity == 0 ? 64 : changes_capacity * 2;
    changes = realloc(changes, changes_capacity * sizeof(*changes));
    if (changes == NULL || changes_count >= kChangesMax) {
      PowerLossFail("too many changed names are waiting for a sync at", path);
    }
  }
  changes[changes_count++] = (struct Change){kind, false, node, Copy(path), Copy(from)};
  if (node != NULL) {
    ++node->changes_queued;
  }
}

static void FreeChange(struct Change* change) {
  free(change->path);
  free(change->from);
  if (change->node != NULL) {
    --change->node->changes_queued;
    PowerLossNodeRelease(change->node);
  }
}

static bool IsIn(const char* path, const char* directory) {
  const char* slash = strrchr(path, '/');
  const size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  return length == strlen(directory) && strncmp(path, directory, length) == 0;
}

static bool IsAtOrBelow(const char* path, const char* ancestor) {
  const size_t length = strlen(ancestor);
  return strncmp(path, ancestor, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool TouchesDirectory(const struct Change* change, const char* directory) {
  return IsIn(change->path, directory) || (change->from != NULL && IsIn(change->from, directory)) ||
         (change->kind == kMakeDirectory && strcmp(change->path, directory) == 0);
}

// Whether `later` could only happen because `earlier` had: it freed the name that `later` uses,
// or emptied the directory that `later` removes.
static bool RestsOn(const struct Change* later, const struct Change* earlier) {
  if (later->kind == kRemoveDirectory && IsAtOrBelow(earlier->path, later->path)) {
    return true;
  }
  switch (earlier->kind) {
    case kUnlink:
    case kRemoveDirectory: return IsAtOrBelow(later->path, earlier->path);
    case kRename:
      return IsAtOrBelow(later->path, earlier->from) ||
             (later->kind == kRemoveDirectory && IsAtOrBelow(earlier->from, later->path));
    case kLink:
    case kMakeDirectory: return false;
  }
  return false;
}

// From the newest to the oldest, so that what a chosen change rests on is still to be visited.
static void Choose(const char* directory) {
  for (size_t i = changes_count; i-- > 0;) {
    struct Change* change = &changes[i];
    change->chosen = change->chosen || (change->node != NULL && change->node->wanted) ||
                     (directory != NULL && TouchesDirectory(change, directory));
    if (!change->chosen) {
      continue;
    }
    if (change->node != NULL) {
      change->node->wanted = true;
    }
    for (size_t j = 0; j < i; ++j) {
      changes[j].chosen = changes[j].chosen || RestsOn(change, &changes[j]);
    }
  }
}

static void EnsureParents(const char* path) {
  char parents[kPowerLossPathMax];
  char full[kPowerLossPathMax];
  (void)snprintf(parents, sizeof(parents), "%s", path);
  for (char* slash = strchr(parents, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(PowerLossShadowPath(full, parents), 0777) != 0 && errno != EEXIST) {
      PowerLossFail("cannot make the shadow directory", full);
    }
    *slash = '/';
  }
}

void PowerLossNamesLinkNow(struct PowerLossNode* node, const char* path) {
  char backing[kPowerLossPathMax];
  char draft[kPowerLossPathMax];
  char name[kPowerLossPathMax];
  EnsureParents(path);
  PowerLossEnsureBacking(node);
  if (link(PowerLossBackingPath(backing, node), PowerLossDraftPath(draft)) != 0 ||
      rename(draft, PowerLossShadowPath(name, path)) != 0) {
    PowerLossFail("cannot put into the shadow", path);
  }
  // rename does nothing when both are names of one file, and leaves the draft.
  (void)unlink(draft);
}

static void RenameNow(struct PowerLossNode* node, const char* from, const char* path) {
  char from_name[kPowerLossPathMax];
  char name[kPowerLossPathMax];
  if (!PowerLossShadowShows(node, from)) {
    PowerLossNamesLinkNow(node, path);
    return;
  }
  EnsureParents(path);
  PowerLossShadowPath(from_name, from);
  PowerLossShadowPath(name, path);
  const bool is_there = PowerLossShadowShows(node, path);
  if ((is_there ? unlink(from_name) : rename(from_name, name)) != 0) {
    PowerLossFail("cannot rename in the shadow", path);
  }
}

static void Apply(const struct Change* change) {
  char name[kPowerLossPathMax];
  PowerLossShadowPath(name, change->path);
  switch (change->kind) {
    case kLink: PowerLossNamesLinkNow(change->node, change->path); return;
    case kUnlink:
      if (PowerLossShadowShows(change->node, change->path) && unlink(name) != 0) {
        PowerLossFail("cannot remove from the shadow", name);
      }
      return;
    case kRename: RenameNow(change->node, change->from, change->path); return;
    case kMakeDirectory:
      EnsureParents(change->path);
      if (mkdir(name, 0777) != 0 && errno != EEXIST) {
        PowerLossFail("cannot make the shadow directory", name);
      }
      return;
    case kRemoveDirectory:
      // Not empty: a newer directory of this name has durable files already.
      if (rmdir(name) != 0 && errno != ENOENT && errno != ENOTEMPTY) {
        PowerLossFail("cannot remove the shadow directory", name);
      }
      return;
  }
}

static void CommitChosen(void) {
  for (size_t i = 0; i < changes_count; ++i) {
    if (changes[i].node != NULL) {
      changes[i].node->wanted = false;
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < changes_count; ++i) {
    if (changes[i].chosen) {
      Apply(&changes[i]);
      FreeChange(&changes[i]);
    } else {
      changes[kept++] = changes[i];
    }
  }
  changes_count = kept;
}

void PowerLossNamesCommitNode(struct PowerLossNode* node) {
  if (node->changes_queued > 0) {
    node->wanted = true;
    Choose(NULL);
    CommitChosen();
  }
}

void PowerLossModelSyncDirectory(const char* path) {
  Choose(path);
  CommitChosen();
}

void PowerLossModelLinked(struct PowerLossNode* node, const char* path) {
  node->unlinked = false;
  Enqueue(kLink, node, NULL, path);
}

// A file that never was durable and has no name left leaves no trace in the shadow, so its queued
// names can be forgotten. This keeps the queue short under a stream of temporary files.
static void ForgetNames(struct PowerLossNode* node) {
  ++node->changes_queued;  // holds the node until the loop is over
  size_t kept = 0;
  for (size_t i = 0; i < changes_count; ++i) {
    if (changes[i].node == node) {
      FreeChange(&changes[i]);
    } else {
      changes[kept++] = changes[i];
    }
  }
  changes_count = kept;
  --node->changes_queued;
  PowerLossNodeRelease(node);
}

void PowerLossModelUnlinked(struct PowerLossNode* node, const char* path, bool last) {
  node->unlinked = last;
  if (last && !node->has_backing) {
    ForgetNames(node);
  } else {
    Enqueue(kUnlink, node, NULL, path);
  }
}

void PowerLossModelRenamed(struct PowerLossNode* node, const char* from, const char* to) {
  Enqueue(kRename, node, from, to);
}

void PowerLossModelDirectoryMade(const char* path) { Enqueue(kMakeDirectory, NULL, NULL, path); }

void PowerLossModelDirectoryRemoved(const char* path) {
  Enqueue(kRemoveDirectory, NULL, NULL, path);
}

void PowerLossModelDirectoryRenamed(const char* from, const char* to) {
  char from_name[kPowerLossPathMax];
  char name[kPowerLossPathMax];
  for (size_t i = 0; i < changes_count; ++i) {
    changes[i].chosen = true;
  }
  CommitChosen();
  EnsureParents(to);
  if (rename(PowerLossShadowPath(from_name, from), PowerLossShadowPath(name, to)) != 0 &&
      errno != ENOENT) {
    PowerLossFail("cannot rename in the shadow", name);
  }
}

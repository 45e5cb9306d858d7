// The data half of the power loss model: the nodes, their backing files, and the start.
#include "tests/crash/power_loss_model.h"

#include "tests/crash/power_loss_node.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

enum { kBuckets = 4096, kCopyBytes = 1 << 20, kWalkDescriptorsMax = 16 };

static char live_root[kPowerLossPathMax];
static char shadow_root[kPowerLossPathMax];
static char backing_root[kPowerLossPathMax];
static size_t live_root_length;

static struct PowerLossNode* buckets[kBuckets];
static uint64_t next_id = 1;

static char copy_buffer[kCopyBytes];
static char compare_buffer[kCopyBytes];

void PowerLossFail(const char* what, const char* path) {
  const int error = errno;
  (void)fprintf(stderr, "power loss shim: %s '%s' (%s)\n", what, path, strerror(error));
  abort();
}

static char* Join(char* out, const char* root, const char* path) {
  const int length =
      snprintf(out, kPowerLossPathMax, "%s%s%s", root, *path == '\0' ? "" : "/", path);
  if (length < 0 || length >= kPowerLossPathMax) {
    PowerLossFail("path too long below", root);
  }
  return out;
}

char* PowerLossShadowPath(char* out, const char* path) { return Join(out, shadow_root, path); }

char* PowerLossLivePath(char* out, const char* path) { return Join(out, live_root, path); }

char* PowerLossDraftPath(char* out) { return Join(out, backing_root, "draft"); }

char* PowerLossBackingPath(char* out, const struct PowerLossNode* node) {
  char name[24];
  (void)snprintf(name, sizeof(name), "%" PRIu64, node->id);
  return Join(out, backing_root, name);
}

const char* PowerLossModelPathBelow(const char* absolute) {
  if (strncmp(absolute, live_root, live_root_length) != 0) {
    return NULL;
  }
  const char* rest = absolute + live_root_length;
  return *rest == '/' ? rest + 1 : *rest == '\0' ? rest : NULL;
}

// ---- nodes ----

static struct PowerLossNode** BucketOf(dev_t device, ino_t inode) {
  return &buckets[((uint64_t)inode * 31 + (uint64_t)device) % kBuckets];
}

static void Detach(struct PowerLossNode* node) {
  struct PowerLossNode** place = BucketOf(node->device, node->inode);
  while (*place != NULL && *place != node) {
    place = &(*place)->next;
  }
  if (*place == node) {
    *place = node->next;
  }
}

void PowerLossNodeRelease(struct PowerLossNode* node) {
  char path[kPowerLossPathMax];
  if (!node->unlinked || node->changes_queued > 0) {
    return;
  }
  Detach(node);
  if (node->has_backing) {
    (void)unlink(PowerLossBackingPath(path, node));
  }
  if (node->read_fd >= 0) {
    (void)close(node->read_fd);
  }
  PowerLossRangesFree(&node->dirty);
  free(node);
}

static struct PowerLossNode* NewNode(void) {
  struct PowerLossNode* node = calloc(1, sizeof(*node));
  if (node == NULL) {
    PowerLossFail("no memory for a file below", live_root);
  }
  node->id = next_id++;
  node->read_fd = -1;
  return node;
}

static struct PowerLossNode* Attach(const struct stat* status) {
  struct PowerLossNode* node = NewNode();
  struct PowerLossNode** bucket = BucketOf(status->st_dev, status->st_ino);
  node->device = status->st_dev;
  node->inode = status->st_ino;
  node->next = *bucket;
  *bucket = node;
  return node;
}

static struct PowerLossNode* Find(const struct stat* status) {
  struct PowerLossNode* node = *BucketOf(status->st_dev, status->st_ino);
  while (node != NULL && (node->inode != status->st_ino || node->device != status->st_dev)) {
    node = node->next;
  }
  if (node != NULL && node->unlinked && status->st_nlink > 0) {
    // The file is gone and its inode number was given to a new one. The old node lives on for
    // the names that are still queued.
    Detach(node);
    node = NULL;
  }
  return node;
}

struct PowerLossNode* PowerLossModelNodeAtPath(const char* path, const struct stat* status) {
  struct PowerLossNode* node = Find(status);
  if (node == NULL) {
    node = Attach(status);
    PowerLossRangesAdd(&node->dirty, 0, status->st_size);
    PowerLossModelLinked(node, path);
  }
  return node;
}

struct PowerLossNode* PowerLossModelNodeOfFd(int fd, const struct stat* status) {
  struct PowerLossNode* node = Find(status);
  if (node != NULL || status->st_nlink == 0) {
    return node;
  }
  char link[40];
  char absolute[kPowerLossPathMax];
  (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, absolute, sizeof(absolute) - 1);
  if (length < 0) {
    return NULL;
  }
  absolute[length] = '\0';
  const char* path = PowerLossModelPathBelow(absolute);
  return path == NULL ? NULL : PowerLossModelNodeAtPath(path, status);
}

void PowerLossModelWritten(struct PowerLossNode* node, int64_t begin, int64_t end) {
  PowerLossRangesAdd(&node->dirty, begin, end);
}

// ---- bytes ----

void PowerLossEnsureBacking(struct PowerLossNode* node) {
  char path[kPowerLossPathMax];
  if (node->has_backing) {
    return;
  }
  const int fd =
      open(PowerLossBackingPath(path, node), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    PowerLossFail("cannot create the backing file", path);
  }
  (void)close(fd);
  node->has_backing = true;
}

bool PowerLossShadowShows(const struct PowerLossNode* node, const char* path) {
  char name[kPowerLossPathMax];
  struct stat shown;
  struct stat backing;
  return node->has_backing && lstat(PowerLossShadowPath(name, path), &shown) == 0 &&
         lstat(PowerLossBackingPath(name, node), &backing) == 0 && shown.st_ino == backing.st_ino &&
         shown.st_dev == backing.st_dev;
}

// Copies [begin, end), or as far as `from` goes.
static void CopyBytes(int from, int to, int64_t begin, int64_t end) {
  while (begin < end) {
    const size_t want = end - begin < kCopyBytes ? (size_t)(end - begin) : (size_t)kCopyBytes;
    const ssize_t got = pread(from, copy_buffer, want, begin);
    if (got < 0) {
      PowerLossFail("cannot read a live file below", live_root);
    }
    if (got == 0) {
      return;
    }
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = pwrite(to, copy_buffer + done, (size_t)(got - done), begin + done);
      if (put <= 0) {
        PowerLossFail("cannot write a backing file below", backing_root);
      }
      done += put;
    }
    begin += got;
  }
}

// A descriptor that can read the file: the caller's, or one of our own when that one is
// write-only or direct. Ours stays open as long as the node, because closing any descriptor of a
// file drops the POSIX locks that the process holds on it, and SQLite lives by those.
static int DescriptorToRead(struct PowerLossNode* node, int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) != O_WRONLY && (flags & O_DIRECT) == 0) {
    return fd;
  }
  if (node->read_fd < 0) {
    char link[40];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    node->read_fd = open(link, O_RDONLY | O_CLOEXEC);
    if (node->read_fd < 0) {
      PowerLossFail("cannot read", link);
    }
  }
  return node->read_fd;
}

void PowerLossModelSyncFile(struct PowerLossNode* node, int fd) {
  char path[kPowerLossPathMax];
  struct stat live;
  struct stat durable;
  PowerLossEnsureBacking(node);
  const int to = open(PowerLossBackingPath(path, node), O_WRONLY | O_CLOEXEC);
  if (to < 0 || fstat(to, &durable) != 0 || fstat(fd, &live) != 0) {
    PowerLossFail("cannot open the backing file", path);
  }
  if (node->dirty.count > 0) {
    const int from = DescriptorToRead(node, fd);
    for (size_t i = 0; i < node->dirty.count; ++i) {
      const struct PowerLossRange range = node->dirty.items[i];
      CopyBytes(from, to, range.begin, range.end < live.st_size ? range.end : live.st_size);
    }
    PowerLossRangesClear(&node->dirty);
  }
  // Appending has already given the size; setting it again would cost a second call each time.
  if (fstat(to, &durable) != 0 ||
      (durable.st_size != live.st_size && ftruncate(to, live.st_size) != 0)) {
    PowerLossFail("cannot set the size of the backing file", path);
  }
  (void)close(to);
  PowerLossNamesCommitNode(node);
}

// ---- start ----

static bool shadow_is_empty;

static bool IsEmptyDirectory(const char* path) {
  DIR* directory = opendir(path);
  if (directory == NULL) {
    PowerLossFail("cannot list", path);
  }
  size_t entries = 0;
  for (const struct dirent* entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
    entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  }
  (void)closedir(directory);
  return entries == 0;
}

static int OpenToRead(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    PowerLossFail("cannot read", path);
  }
  return fd;
}

// Marks the blocks in which two files differ.
static void MarkDifferences(struct PowerLossNode* node, const char* live, const char* durable) {
  const int left = OpenToRead(live);
  const int right = OpenToRead(durable);
  int64_t offset = 0;
  for (;;) {
    const ssize_t left_bytes = pread(left, copy_buffer, kCopyBytes, offset);
    const ssize_t right_bytes = pread(right, compare_buffer, kCopyBytes, offset);
    if (left_bytes < 0 || right_bytes < 0) {
      PowerLossFail("cannot compare", live);
    }
    if (left_bytes != right_bytes || memcmp(copy_buffer, compare_buffer, (size_t)left_bytes) != 0) {
      PowerLossRangesAdd(&node->dirty, offset, offset + kCopyBytes);
    }
    if (left_bytes < kCopyBytes && right_bytes < kCopyBytes) {
      break;
    }
    offset += kCopyBytes;
  }
  (void)close(left);
  (void)close(right);
}

static int RemoveVisited(const char* path, const struct stat* status, int type, struct FTW* place) {
  (void)status;
  (void)type;
  if (place->level > 0 && remove(path) != 0) {
    PowerLossFail("cannot remove", path);
  }
  return 0;
}

static void AdoptFile(const char* live, const char* path, const struct stat* status) {
  char name[kPowerLossPathMax];
  char backing[kPowerLossPathMax];
  struct stat durable;
  struct PowerLossNode* node = Find(status);
  if (node != NULL) {  // a second name of a file that was adopted before
    PowerLossNamesLinkNow(node, path);
    return;
  }
  PowerLossShadowPath(name, path);
  const bool is_durable = lstat(name, &durable) == 0 && S_ISREG(durable.st_mode);
  if (!shadow_is_empty && !is_durable) {
    (void)PowerLossModelNodeAtPath(path, status);
    return;
  }
  node = Attach(status);
  if (is_durable) {
    if (link(name, PowerLossBackingPath(backing, node)) != 0) {
      PowerLossFail("cannot link the backing file", backing);
    }
    node->has_backing = true;
    MarkDifferences(node, live, name);
    return;
  }
  PowerLossRangesAdd(&node->dirty, 0, status->st_size);
  const int fd = OpenToRead(live);
  PowerLossModelSyncFile(node, fd);
  (void)close(fd);
  PowerLossNamesLinkNow(node, path);
}

static int AdoptLive(const char* absolute, const struct stat* status, int type, struct FTW* place) {
  char name[kPowerLossPathMax];
  struct stat durable;
  const char* path = PowerLossModelPathBelow(absolute);
  if (type == FTW_F && S_ISREG(status->st_mode)) {
    AdoptFile(absolute, path, status);
  } else if (type == FTW_D && place->level > 0) {
    if (shadow_is_empty) {
      if (mkdir(PowerLossShadowPath(name, path), 0777) != 0) {
        PowerLossFail("cannot make the shadow directory", name);
      }
    } else if (lstat(PowerLossShadowPath(name, path), &durable) != 0) {
      PowerLossModelDirectoryMade(path);
    }
  }
  return 0;
}

// What the shadow still has and the live directory lost: a removal that was never synced.
static int AdoptShadow(const char* absolute, const struct stat* status, int type,
                       struct FTW* place) {
  (void)status;
  char name[kPowerLossPathMax];
  char backing[kPowerLossPathMax];
  struct stat live;
  if (place->level == 0) {
    return 0;
  }
  const char* path = absolute + strlen(shadow_root) + 1;
  if (lstat(PowerLossLivePath(name, path), &live) == 0) {
    return 0;
  }
  if (type == FTW_DP) {
    PowerLossModelDirectoryRemoved(path);
  } else if (type == FTW_F) {
    struct PowerLossNode* node = NewNode();
    if (link(absolute, PowerLossBackingPath(backing, node)) != 0) {
      PowerLossFail("cannot link the backing file", backing);
    }
    node->has_backing = true;
    PowerLossModelUnlinked(node, path, true);
  }
  return 0;
}

static void MakeRoot(char* out, const char* path) {
  if (*path != '/') {
    PowerLossFail("the directory must be given as an absolute path, not", path);
  }
  if (mkdir(path, 0777) != 0 && errno != EEXIST) {
    PowerLossFail("cannot make the directory", path);
  }
  char* resolved = realpath(path, NULL);
  if (resolved == NULL || strlen(resolved) >= kPowerLossPathMax / 2) {
    PowerLossFail("cannot resolve the directory", path);
  }
  (void)snprintf(out, kPowerLossPathMax, "%s", resolved);
  free(resolved);
}

static void Walk(const char* root, __nftw_func_t visit, int flags) {
  if (nftw(root, visit, kWalkDescriptorsMax, flags | FTW_PHYS) != 0) {
    PowerLossFail("cannot walk", root);
  }
}

void PowerLossModelStart(const char* live, const char* shadow) {
  char inodes[kPowerLossPathMax];
  MakeRoot(live_root, live);
  live_root_length = strlen(live_root);
  MakeRoot(shadow_root, shadow);
  if (PowerLossModelPathBelow(shadow_root) != NULL) {
    PowerLossFail("the shadow must not be inside the live directory", shadow_root);
  }
  if (snprintf(inodes, sizeof(inodes), "%s.inodes", shadow_root) >= kPowerLossPathMax) {
    PowerLossFail("path too long", shadow_root);
  }
  MakeRoot(backing_root, inodes);
  Walk(backing_root, RemoveVisited, FTW_DEPTH);
  shadow_is_empty = IsEmptyDirectory(shadow_root);
  Walk(live_root, AdoptLive, 0);
  Walk(shadow_root, AdoptShadow, FTW_DEPTH);
}

// The part of the power loss shim that watches names: opening with creation, link, rename,
// unlink, mkdir, rmdir and truncate. power_loss_shim.c says what the shim is.
#include "tests/crash/power_loss_shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The longest path we look at; the kernel refuses longer ones.
enum { kNameMax = kPowerLossPathMax };

// Resolves the directory part of a name and appends the last part, which need not exist.
// Returns the path below the live directory, or NULL when the name lies elsewhere. Keeps errno.
static const char* Resolve(char out[2 * kNameMax], int directory, const char* name) {
  char given[kNameMax + 64];
  const int error = errno;
  const int length = directory == AT_FDCWD || *name == '/'
                         ? snprintf(given, sizeof(given), "%s", name)
                         : snprintf(given, sizeof(given), "/proc/self/fd/%d/%s", directory, name);
  if (length <= 0 || length >= (int)sizeof(given)) {
    return NULL;
  }
  for (int end = length - 1; end > 0 && given[end] == '/'; --end) {
    given[end] = '\0';
  }
  char* slash = strrchr(given, '/');
  const char* last = slash == NULL ? given : slash + 1;
  const char* parent = ".";
  if (slash != NULL) {
    *slash = '\0';
    parent = slash == given ? "/" : given;
  }
  const bool is_resolved = realpath(parent, out) != NULL;
  errno = error;
  if (!is_resolved || strlen(last) > 255 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
    return NULL;
  }
  const size_t used = strlen(out);
  (void)snprintf(out + used, 2 * kNameMax - used, "%s%s", used == 1 ? "" : "/", last);
  return PowerLossModelPathBelow(out);
}

// ---- opening ----

static int Open(int directory, const char* path, int flags, mode_t mode) {
  const int fd = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (fd >= 0 && (flags & (O_CREAT | O_TRUNC)) != 0) {
    struct PowerLossNode* node = PowerLossEnterFile(fd);
    if (node != NULL) {
      if ((flags & O_TRUNC) != 0) {
        PowerLossModelWritten(node, 0, INT64_MAX);
      }
      PowerLossLeave();
    }
  }
  return fd;
}

static mode_t ModeOf(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

EXPORTED int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

EXPORTED int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

EXPORTED int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(directory, path, flags, mode);
}

EXPORTED int openat64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(directory, path, flags, mode);
}

EXPORTED int creat(const char* path, mode_t mode) {
  return Open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORTED int creat64(const char* path, mode_t mode) { return creat(path, mode); }

// What a fortified build calls when it opens without a mode; such a call creates nothing, and it
// may truncate.
EXPORTED int __open_2(const char* path, int flags);
EXPORTED int __open_2(const char* path, int flags) { return Open(AT_FDCWD, path, flags, 0); }

EXPORTED int __open64_2(const char* path, int flags);
EXPORTED int __open64_2(const char* path, int flags) { return Open(AT_FDCWD, path, flags, 0); }

EXPORTED int __openat_2(int directory, const char* path, int flags);
EXPORTED int __openat_2(int directory, const char* path, int flags) {
  return Open(directory, path, flags, 0);
}

EXPORTED int __openat64_2(int directory, const char* path, int flags);
EXPORTED int __openat64_2(int directory, const char* path, int flags) {
  return Open(directory, path, flags, 0);
}

EXPORTED int truncate(const char* path, off_t length) {
  char resolved[2 * kNameMax];
  const char* below = PowerLossIsWatching() ? Resolve(resolved, AT_FDCWD, path) : NULL;
  if (below == NULL) {
    return (int)syscall(SYS_truncate, path, length);
  }
  struct stat status;
  PowerLossEnter();
  const int result = (int)syscall(SYS_truncate, path, length);
  if (result == 0 && stat(path, &status) == 0) {
    PowerLossModelWritten(PowerLossModelNodeAtPath(below, &status), length, INT64_MAX);
  }
  PowerLossLeave();
  return result;
}

EXPORTED int truncate64(const char* path, off64_t length) { return truncate(path, length); }

// ---- names of files ----

static int Link(int from_directory, const char* from, int directory, const char* name, int flags) {
  char resolved[2 * kNameMax];
  const char* below = PowerLossIsWatching() ? Resolve(resolved, directory, name) : NULL;
  if (below == NULL) {
    return (int)syscall(SYS_linkat, from_directory, from, directory, name, flags);
  }
  struct stat status;
  PowerLossEnter();
  const int result = (int)syscall(SYS_linkat, from_directory, from, directory, name, flags);
  if (result == 0 && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISREG(status.st_mode)) {
    PowerLossModelLinked(PowerLossModelNodeAtPath(below, &status), below);
  }
  PowerLossLeave();
  return result;
}

EXPORTED int link(const char* from, const char* name) {
  return Link(AT_FDCWD, from, AT_FDCWD, name, 0);
}

EXPORTED int linkat(int from_directory, const char* from, int directory, const char* name,
                    int flags) {
  return Link(from_directory, from, directory, name, flags);
}

static int Unlink(int directory, const char* name, int flags) {
  char resolved[2 * kNameMax];
  const char* below = PowerLossIsWatching() ? Resolve(resolved, directory, name) : NULL;
  if (below == NULL) {
    return (int)syscall(SYS_unlinkat, directory, name, flags);
  }
  struct stat before;
  PowerLossEnter();
  const bool is_known = fstatat(directory, name, &before, AT_SYMLINK_NOFOLLOW) == 0;
  const int result = (int)syscall(SYS_unlinkat, directory, name, flags);
  if (result == 0 && is_known && S_ISREG(before.st_mode)) {
    PowerLossModelUnlinked(PowerLossModelNodeAtPath(below, &before), below, before.st_nlink == 1);
  } else if (result == 0 && is_known && S_ISDIR(before.st_mode)) {
    PowerLossModelDirectoryRemoved(below);
  }
  PowerLossLeave();
  return result;
}

EXPORTED int unlink(const char* name) { return Unlink(AT_FDCWD, name, 0); }

EXPORTED int unlinkat(int directory, const char* name, int flags) {
  return Unlink(directory, name, flags);
}

EXPORTED int rmdir(const char* name) { return Unlink(AT_FDCWD, name, AT_REMOVEDIR); }

EXPORTED int remove(const char* name) {
  const int result = unlink(name);
  return result != 0 && errno == EISDIR ? rmdir(name) : result;
}

// Notes a rename that has happened. `from` or `to` is NULL when it lies elsewhere; `moved` and
// `replaced` are as they were before, `replaced` NULL when there was nothing.
static void NoteRenamed(const char* from, const char* to, const struct stat* moved,
                        const struct stat* replaced) {
  if (replaced != NULL && replaced->st_ino == moved->st_ino && replaced->st_dev == moved->st_dev) {
    return;  // two names of one file: rename leaves both
  }
  if (S_ISDIR(moved->st_mode)) {
    if (from == NULL || to == NULL) {
      errno = EXDEV;
      PowerLossFail("a directory was moved into or out of the live directory", from ? from : to);
    }
    PowerLossModelDirectoryRenamed(from, to);
    return;
  }
  if (!S_ISREG(moved->st_mode)) {
    return;
  }
  struct PowerLossNode* old = NULL;
  if (to != NULL && replaced != NULL && S_ISREG(replaced->st_mode)) {
    old = PowerLossModelNodeAtPath(to, replaced);
  }
  struct PowerLossNode* node = PowerLossModelNodeAtPath(from != NULL ? from : to, moved);
  if (from == NULL) {
    PowerLossModelLinked(node, to);
  } else if (to == NULL) {
    PowerLossModelUnlinked(node, from, true);
  } else {
    PowerLossModelRenamed(node, from, to);
  }
  if (old != NULL) {
    PowerLossModelUnlinked(old, to, replaced->st_nlink == 1);
  }
}

static int Rename(int from_directory, const char* from, int directory, const char* name,
                  unsigned flags) {
  char resolved_from[2 * kNameMax];
  char resolved[2 * kNameMax];
  const bool is_watching = PowerLossIsWatching();
  const char* from_below = is_watching ? Resolve(resolved_from, from_directory, from) : NULL;
  const char* below = is_watching ? Resolve(resolved, directory, name) : NULL;
  if (from_below == NULL && below == NULL) {
    return (int)syscall(SYS_renameat2, from_directory, from, directory, name, flags);
  }
  if ((flags & RENAME_EXCHANGE) != 0) {
    errno = EINVAL;  // what a file system says that cannot exchange names
    return -1;
  }
  struct stat moved;
  struct stat replaced;
  PowerLossEnter();
  const bool is_known = fstatat(from_directory, from, &moved, AT_SYMLINK_NOFOLLOW) == 0;
  const bool replaces = fstatat(directory, name, &replaced, AT_SYMLINK_NOFOLLOW) == 0;
  const int result = (int)syscall(SYS_renameat2, from_directory, from, directory, name, flags);
  if (result == 0 && is_known) {
    NoteRenamed(from_below, below, &moved, replaces ? &replaced : NULL);
  }
  PowerLossLeave();
  return result;
}

EXPORTED int rename(const char* from, const char* name) {
  return Rename(AT_FDCWD, from, AT_FDCWD, name, 0);
}

EXPORTED int renameat(int from_directory, const char* from, int directory, const char* name) {
  return Rename(from_directory, from, directory, name, 0);
}

EXPORTED int renameat2(int from_directory, const char* from, int directory, const char* name,
                       unsigned flags) {
  return Rename(from_directory, from, directory, name, flags);
}

// ---- directories ----

EXPORTED int mkdirat(int directory, const char* name, mode_t mode) {
  char resolved[2 * kNameMax];
  const char* below = PowerLossIsWatching() ? Resolve(resolved, directory, name) : NULL;
  if (below == NULL) {
    return (int)syscall(SYS_mkdirat, directory, name, mode);
  }
  PowerLossEnter();
  const int result = (int)syscall(SYS_mkdirat, directory, name, mode);
  if (result == 0) {
    PowerLossModelDirectoryMade(below);
  }
  PowerLossLeave();
  return result;
}

EXPORTED int mkdir(const char* name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

// A library to preload into a server, so that a test can cut its power. SIGKILL ends a process
// but keeps the page cache, so a missing fdatasync goes unseen; a power loss forgives nothing.
// The shim stands between the process and the kernel, watches what it does to the files below
// one directory, and keeps a shadow directory with what has been made durable. The test kills the
// process with SIGKILL, puts the shadow in the place of the live directory, and starts again.
//
//   LD_PRELOAD=libcairn_power_loss.so CAIRN_POWER_LOSS_LIVE=/abs/data
//   CAIRN_POWER_LOSS_SHADOW=/abs/shadow  server ...
//
// power_loss_model.h says what counts as durable. The copy into the shadow is finished before a
// sync returns to the process; a kill in the middle of it leaves a torn write, as a real disk
// may. A write through a descriptor with O_DSYNC or O_SYNC is durable when it returns.
// sync_file_range, sync, syncfs, msync and closing a file make nothing durable.
//
// Rules for the process under test:
//   - Start it directly. The shim belongs to the process that loads it: it takes
//     CAIRN_POWER_LOSS_LIVE out of the environment, so that no program started from there
//     works on the same shadow, and in a forked child every call goes straight to the kernel.
//   - stdio writes (fwrite), io_uring and mapped memory are not seen. C++ streams are seen.
//   - Two live processes must not share one shadow.
//
// Threads: one lock around the model; a thread that holds it, and a signal handler that
// interrupts it, goes straight to the kernel. The calls go there as system calls, so nothing has
// to be looked up in other libraries, and calls made before the shim is ready work too.
#include "tests/crash/power_loss_shim.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == sizeof(int64_t), "one shape serves the plain and the 64 variants");

enum { kAtPosition = -1 };

static atomic_int owner_pid;  // 0: not started
static pthread_mutex_t model_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;

bool PowerLossIsWatching(void) {
  const int owner = atomic_load_explicit(&owner_pid, memory_order_acquire);
  return owner != 0 && !inside && owner == (int)syscall(SYS_getpid);
}

void PowerLossEnter(void) {
  inside = true;
  (void)pthread_mutex_lock(&model_lock);
}

void PowerLossLeave(void) {
  (void)pthread_mutex_unlock(&model_lock);
  inside = false;
}

__attribute__((constructor)) static void Start(void) {
  const char* live = getenv("CAIRN_POWER_LOSS_LIVE");
  const char* shadow = getenv("CAIRN_POWER_LOSS_SHADOW");
  if (live == NULL) {
    return;
  }
  if (shadow == NULL) {
    PowerLossFail("CAIRN_POWER_LOSS_SHADOW must be set with CAIRN_POWER_LOSS_LIVE", live);
  }
  inside = true;
  PowerLossModelStart(live, shadow);
  inside = false;
  (void)unsetenv("CAIRN_POWER_LOSS_LIVE");
  atomic_store_explicit(&owner_pid, (int)syscall(SYS_getpid), memory_order_release);
}

// ---- writes ----

// The node of a watched regular file, with the lock held; or NULL, without it.
struct PowerLossNode* PowerLossEnterFile(int fd) {
  struct stat status;
  if (!PowerLossIsWatching()) {
    return NULL;
  }
  const int error = errno;
  struct PowerLossNode* node = NULL;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    PowerLossEnter();
    node = PowerLossModelNodeOfFd(fd, &status);
    if (node == NULL) {
      PowerLossLeave();
    }
  }
  errno = error;
  return node;
}

// Notes what a write has done, and leaves. O_APPEND wins over a given offset, as in the kernel.
static void LeaveWritten(struct PowerLossNode* node, int fd, ssize_t count, int64_t offset,
                         bool durable) {
  const int error = errno;
  if (count > 0) {
    const int flags = fcntl(fd, F_GETFL);
    struct stat status;
    int64_t end = offset + count;
    if ((flags & O_APPEND) != 0 && fstat(fd, &status) == 0) {
      end = status.st_size;
    } else if (offset == kAtPosition) {
      end = lseek(fd, 0, SEEK_CUR);
    }
    PowerLossModelWritten(node, end - count, end);
    if (durable || (flags & O_DSYNC) != 0) {
      PowerLossModelSyncFile(node, fd);
    }
  }
  PowerLossLeave();
  errno = error;
}

static ssize_t WriteVector(int fd, const struct iovec* vector, int count, off_t offset, int flags) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  // The kernel takes the offset in two halves; on 64-bit machines the low half holds it all.
  const ssize_t written = syscall(SYS_pwritev2, fd, vector, count, offset, 0L, flags);
  if (node != NULL) {
    LeaveWritten(node, fd, written, offset, (flags & (RWF_DSYNC | RWF_SYNC)) != 0);
  }
  return written;
}

EXPORTED ssize_t write(int fd, const void* bytes, size_t count) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  const ssize_t written = syscall(SYS_write, fd, bytes, count);
  if (node != NULL) {
    LeaveWritten(node, fd, written, kAtPosition, false);
  }
  return written;
}

EXPORTED ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  const ssize_t written = syscall(SYS_pwrite64, fd, bytes, count, offset);
  if (node != NULL) {
    LeaveWritten(node, fd, written, offset, false);
  }
  return written;
}

EXPORTED ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  return pwrite(fd, bytes, count, offset);
}

EXPORTED ssize_t writev(int fd, const struct iovec* vector, int count) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  const ssize_t written = syscall(SYS_writev, fd, vector, count);
  if (node != NULL) {
    LeaveWritten(node, fd, written, kAtPosition, false);
  }
  return written;
}

EXPORTED ssize_t pwritev(int fd, const struct iovec* vector, int count, off_t offset) {
  if (offset < 0) {  // pwritev2 would take -1 as "at the position"
    errno = EINVAL;
    return -1;
  }
  return WriteVector(fd, vector, count, offset, 0);
}

EXPORTED ssize_t pwritev64(int fd, const struct iovec* vector, int count, off64_t offset) {
  return pwritev(fd, vector, count, offset);
}

EXPORTED ssize_t pwritev2(int fd, const struct iovec* vector, int count, off_t offset, int flags) {
  return WriteVector(fd, vector, count, offset, flags);
}

EXPORTED ssize_t pwritev64v2(int fd, const struct iovec* vector, int count, off64_t offset,
                             int flags) {
  return WriteVector(fd, vector, count, offset, flags);
}

EXPORTED ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset,
                                 size_t count, unsigned flags) {
  struct PowerLossNode* node = PowerLossEnterFile(to);
  const int64_t offset = to_offset == NULL ? kAtPosition : *to_offset;
  const ssize_t copied =
      syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags);
  if (node != NULL) {
    LeaveWritten(node, to, copied, offset, false);
  }
  return copied;
}

EXPORTED ssize_t sendfile(int to, int from, off_t* offset, size_t count) {
  struct PowerLossNode* node = PowerLossEnterFile(to);
  const ssize_t copied = syscall(SYS_sendfile, to, from, offset, count);
  if (node != NULL) {
    LeaveWritten(node, to, copied, kAtPosition, false);
  }
  return copied;
}

EXPORTED ssize_t sendfile64(int to, int from, off64_t* offset, size_t count) {
  return sendfile(to, from, offset, count);
}

// ---- sizes ----

// Notes that what lies from `begin` on was cut away or moved, and leaves.
static void LeaveResized(struct PowerLossNode* node, int result, int64_t begin, int64_t end) {
  if (result == 0) {
    PowerLossModelWritten(node, begin, end);
  }
  PowerLossLeave();
}

EXPORTED int ftruncate(int fd, off_t length) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  const int result = (int)syscall(SYS_ftruncate, fd, length);
  if (node != NULL) {
    LeaveResized(node, result, length, INT64_MAX);
  }
  return result;
}

EXPORTED int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

EXPORTED int fallocate(int fd, int mode, off_t offset, off_t length) {
  struct PowerLossNode* node = PowerLossEnterFile(fd);
  const int result = (int)syscall(SYS_fallocate, fd, mode, offset, length);
  if (node != NULL) {
    const bool moves = (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) != 0;
    const bool zeros = (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0;
    LeaveResized(node, result, offset, moves ? INT64_MAX : zeros ? offset + length : offset);
  }
  return result;
}

EXPORTED int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  return fallocate(fd, mode, offset, length);
}

// Returns the error and leaves errno alone, by its definition. A file system without fallocate
// answers EOPNOTSUPP.
EXPORTED int posix_fallocate(int fd, off_t offset, off_t length) {
  const int error = errno;
  const int result = fallocate(fd, 0, offset, length) == 0 ? 0 : errno;
  errno = error;
  return result;
}

EXPORTED int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  return posix_fallocate(fd, offset, length);
}

// ---- syncs ----

// Makes durable, in the model, what an open descriptor stands for.
static void NoteSynced(int fd) {
  struct stat status;
  const int error = errno;
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    char link[40];
    char absolute[kPowerLossPathMax];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, absolute, sizeof(absolute) - 1);
    absolute[length < 0 ? 0 : length] = '\0';
    PowerLossEnter();
    const char* path = PowerLossModelPathBelow(absolute);
    if (path != NULL && status.st_nlink > 0) {
      PowerLossModelSyncDirectory(path);
    }
    PowerLossLeave();
  } else {
    struct PowerLossNode* node = PowerLossEnterFile(fd);
    if (node != NULL) {
      PowerLossModelSyncFile(node, fd);
      PowerLossLeave();
    }
  }
  errno = error;
}

// The real sync comes first and outside the lock: when it fails, nothing became durable.
EXPORTED int fsync(int fd) {
  const int result = (int)syscall(SYS_fsync, fd);
  if (result == 0 && PowerLossIsWatching()) {
    NoteSynced(fd);
  }
  return result;
}

EXPORTED int fdatasync(int fd) {
  const int result = (int)syscall(SYS_fdatasync, fd);
  if (result == 0 && PowerLossIsWatching()) {
    NoteSynced(fd);
  }
  return result;
}

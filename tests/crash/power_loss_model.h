// What a disk would hold if the power failed now. The model keeps, beside a live directory, a
// *shadow* directory with only those bytes and names that the process has made durable.
//
// Data. Each regular file below the live directory is a node (device and inode number). A node
// has a backing file, which holds its durable bytes, and the ranges written since. Making a node
// durable copies these ranges to the backing file and gives it the live size. mmap is not seen.
//
// Names. Each change of a name (create, link, rename, unlink, mkdir, rmdir) is queued. The names
// in the shadow are hard links to backing files, so a name and the bytes under it become durable
// independently. The rules, strict enough to find a missing sync and true to ext4 and XFS:
//   - fsync or fdatasync of a file carries its own queued names: its creation, a rename of it;
//   - fsync of a directory carries all queued changes of names in it (of a rename, either side),
//     and whatever those rest on; changes in other directories stay queued;
//   - a durable name needs its parent directories, so these become durable with it;
//   - a name may become durable before the bytes: the file is then there, and empty;
//   - renaming a *directory* carries every queued change and is durable at once. A real disk
//     could do so too; it is the one place where the model is milder than a real one.
//
// What is not durable is known at each moment: the dirty ranges of the nodes and the queue of
// names. Both are kept in order, so that a cut which keeps a random part of them can be built
// on top of this model.
//
// The backing files live in SHADOW.inodes, which must be on the file system of SHADOW.
//
// Thread rule: no function locks. The caller holds one lock around every call.
// Errors: the shadow is the verdict of a test, so a failure to keep it (disk full, no memory)
// ends the process with a message on standard error. Paths named `path` are relative to the live
// directory, without a leading slash; the live directory itself is "".
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sys/stat.h>

enum { kPowerLossPathMax = 4096 };

struct PowerLossNode;

// Begins with what the two directories hold. An absent live or shadow directory is created. When
// the shadow is empty the files found in the live directory count as durable and are copied;
// otherwise the live directory is one that survived a kill without a power loss, and everything
// in which it differs from the shadow counts as not yet durable. Both paths are absolute.
void PowerLossModelStart(const char* live, const char* shadow);

// The path of `absolute` below the live directory, or NULL when it lies elsewhere. The result
// points into `absolute`, which has no symbolic links, no dots and no double slashes.
const char* PowerLossModelPathBelow(const char* absolute);

// The node of an open regular file, or NULL when it lies elsewhere, or has no name and never had
// one. A file that is met for the first time is new: nothing of it is durable.
struct PowerLossNode* PowerLossModelNodeOfFd(int fd, const struct stat* status);

// The same for a name that exists.
struct PowerLossNode* PowerLossModelNodeAtPath(const char* path, const struct stat* status);

// [begin, end) was written, or was cut away and may be zeros when it comes back.
void PowerLossModelWritten(struct PowerLossNode* node, int64_t begin, int64_t end);

// Makes the data and the names of a node durable. `fd` is any open descriptor of it.
void PowerLossModelSyncFile(struct PowerLossNode* node, int fd);

// Makes the names in a directory durable.
void PowerLossModelSyncDirectory(const char* path);

// A name was given to, taken from, or moved with a file. `last` says that it was the last name.
void PowerLossModelLinked(struct PowerLossNode* node, const char* path);
void PowerLossModelUnlinked(struct PowerLossNode* node, const char* path, bool last);
void PowerLossModelRenamed(struct PowerLossNode* node, const char* from, const char* to);

void PowerLossModelDirectoryMade(const char* path);
void PowerLossModelDirectoryRemoved(const char* path);
void PowerLossModelDirectoryRenamed(const char* from, const char* to);

// Ends the process with a message: what the model was doing, with which path, and errno.
_Noreturn void PowerLossFail(const char* what, const char* path);

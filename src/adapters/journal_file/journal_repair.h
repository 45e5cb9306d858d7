// Makes a damaged journal open again by giving up what is damaged and what comes after it, without
// deleting a byte: all of it stays beside the journal, in files called damaged-<n>-<old name>.
//
// What can be put right without loss is: a segment header is written anew from the frames that
// follow it, a file that is too short is made as long as it must be. Every step is durable before
// the next one, so a repair that is interrupted is simply run again.
#pragma once

#include "ports/storage.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

struct JournalSetAside {
  std::string file;          // where it was
  std::string set_aside_as;  // where it is: the whole file, at its old offsets
  std::uint64_t offset = 0;  // from here on it is no longer in the journal
  std::uint64_t bytes = 0;   // up to the file's end
  // Of the frames there whose headers can still be read, whole or not; 0: there are none.
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
};

struct JournalRepair {
  std::vector<std::string> put_right;      // what was repaired without loss, one sentence each
  std::vector<JournalSetAside> set_aside;  // what is lost to the journal
  std::uint64_t last_sequence = 0;         // of the journal as it is now
  bool changed() const { return !put_right.empty() || !set_aside.empty(); }
};

// kLocked while a process uses it, kNotFound when there is no journal, kNoSpace when the copy that
// is set aside does not fit: nothing was given up then. One thread.
[[nodiscard]] Result<JournalRepair> RepairJournal(Storage& storage);

}  // namespace cairn

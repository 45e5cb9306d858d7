// ScratchFolder: the body.
#include "bench/load/scratch_folder.h"

#include "base/check.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cairn::bench {

ScratchFolder::ScratchFolder(const std::string& parent) : path_(parent + "/cairn-bench-XXXXXX") {
  CHECK_MSG(::mkdtemp(path_.data()) != nullptr, "cannot make a folder in " + parent);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what cannot be removed is in nobody's way
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cairn::bench

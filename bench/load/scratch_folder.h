// ScratchFolder: a new folder that goes, with all that is in it, when the object does.
//
// One thread.
#pragma once

#include <string>

namespace cairn::bench {

class ScratchFolder {
 public:
  // REQUIRES: `parent` is there and can be written to.
  explicit ScratchFolder(const std::string& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cairn::bench

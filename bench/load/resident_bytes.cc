// How much memory this process has in use: the body.
#include "bench/load/resident_bytes.h"

#include "base/check.h"

#include <fstream>

#include <unistd.h>

namespace cairn::bench {

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> all_pages >> resident_pages;
  CHECK(!statm.fail());
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace cairn::bench

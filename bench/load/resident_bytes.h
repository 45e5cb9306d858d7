// How much memory this process has in use.
//
// Any thread.
#pragma once

#include <cstdint>

namespace cairn::bench {

// The resident set, in bytes.
std::uint64_t ResidentBytes();

}  // namespace cairn::bench

// A key file: random bytes that are made once, at the first start, and stay with the data
// directory. Only the owner may read it.
//
// Any thread, but one at a time for one path.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>

namespace cairn {

// The `bytes` bytes of the file at `path`; made from the system's random source, and durable, when
// there is none. kCorrupt when it has another size: it is never replaced, since what was signed
// with it would be of no use any more. kIo, kNoSpace: the operating system's word.
[[nodiscard]] Result<std::string> ReadOrMakeKeyFile(const std::string& path, std::size_t bytes);

}  // namespace cairn

// CHECK holds in every build: it states what must be true unless we have a bug, and stops the
// process when it is not. Nothing that a peer, a disk or a user can cause is ever a CHECK.
#pragma once

#include <string_view>

namespace cairn {

// Prints the place, the condition and the message to stderr and aborts. Never returns.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);

}  // namespace cairn

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::cairn::CheckFailed(__FILE__, __LINE__, #condition, {}); \
  } while (false)

#define CHECK_MSG(condition, message)                                  \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::cairn::CheckFailed(__FILE__, __LINE__, #condition, (message)); \
  } while (false)

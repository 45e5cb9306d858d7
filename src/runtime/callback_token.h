// CallbackTokens: what a cartridge hands on so that the answer to a delayed call can be given later
// by whoever has it. A token names one attempt and proves that this node made it:
//
//   base64url( order(8) work order(4) run(4) attempt(4) HMAC-SHA256 of these, first 16 bytes )
//
// Tokens are as secret as the key is: who has one may answer, nobody else can make one. They are
// not stored; the same attempt always has the same token, also after a restart.
//
// Any thread.
#pragma once

#include "model/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr std::size_t kCallbackKeyBytes = 32;

// The attempt that a token is for.
struct CallbackTarget {
  WorkOrderRef work_order;
  std::uint32_t run = 0;
  std::uint32_t attempt = 0;
  friend auto operator<=>(const CallbackTarget&, const CallbackTarget&) = default;
};

class CallbackTokens {
 public:
  // `key`: kCallbackKeyBytes random bytes that stay the same as long as the data directory. Empty:
  // no tokens are made, and none is valid.
  explicit CallbackTokens(std::string key);

  std::string Make(const CallbackTarget& target) const;  // empty without a key
  // Nothing when this node did not make the token.
  std::optional<CallbackTarget> Open(std::string_view token) const;

 private:
  std::string Sign(std::string_view bytes) const;

  std::string key_;
};

}  // namespace cairn

// Id<Tag> is a durable identity: 63 bits, of which the upper 10 name the partition that answers for
// it and the lower 53 are that partition's counter. An id is never used twice. People see it as its
// kind's prefix and the number in base32: "so-1t3".
//
// A plain value; any thread.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr int kIdCounterBits = 53;
inline constexpr int kIdPartitionBits = 10;
inline constexpr std::uint64_t kIdCounterMax = (std::uint64_t{1} << kIdCounterBits) - 1;
inline constexpr std::uint64_t kIdPartitionMax = (std::uint64_t{1} << kIdPartitionBits) - 1;

// Tag::kPrefix is the prefix that people see, for example "so".
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(std::uint64_t value) : value_(value) {}
  static constexpr Id Of(std::uint64_t partition, std::uint64_t counter) {
    return Id((partition << kIdCounterBits) | counter);
  }

  constexpr std::uint64_t value() const { return value_; }
  constexpr std::uint64_t partition() const { return value_ >> kIdCounterBits; }
  constexpr std::uint64_t counter() const { return value_ & kIdCounterMax; }
  // Counters start at 1, so an id of 0 is no id.
  constexpr bool valid() const { return counter() != 0; }

  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  std::uint64_t value_ = 0;
};

// "so" and 0x...  ->  "so-1t3". Lower-case Crockford base32 without leading zeros.
std::string FormatIdNumber(std::string_view prefix, std::uint64_t value);

// The reverse. Upper case is accepted. kInvalidArgument when the prefix is another one, or the rest
// is empty, has a character that base32 lacks, or does not fit 63 bits.
[[nodiscard]] Result<std::uint64_t> ParseIdNumber(std::string_view prefix, std::string_view text);

template <typename Tag>
std::string FormatId(Id<Tag> id) {
  return FormatIdNumber(Tag::kPrefix, id.value());
}
template <typename Tag>
[[nodiscard]] Result<Id<Tag>> ParseId(std::string_view text) {
  return ParseIdNumber(Tag::kPrefix, text).map([](std::uint64_t v) { return Id<Tag>(v); });
}

}  // namespace cairn

template <typename Tag>
struct std::hash<cairn::Id<Tag>> {
  std::size_t operator()(cairn::Id<Tag> id) const noexcept {
    return std::hash<std::uint64_t>()(id.value());
  }
};

// Bytes in and out: fixed little-endian integers, varints, and a hash. Appending goes to a
// std::string; reading goes through a ByteReader that never runs past its end.
//
// Pure functions and plain values; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cairn {

static_assert(std::endian::native == std::endian::little, "the stored formats are little-endian");

template <typename Int>
void AppendFixed(std::string& out, Int value) {
  char raw[sizeof(Int)];
  std::memcpy(raw, &value, sizeof(Int));
  out.append(raw, sizeof(Int));
}

template <typename Int>
Int LoadFixed(const char* from) {
  Int value;
  std::memcpy(&value, from, sizeof(Int));
  return value;
}

// Seven bits a byte, lowest first; at most ten bytes.
inline void AppendVarint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<char>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

inline std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80U) {
    value >>= 7U;
    ++size;
  }
  return size;
}

inline void AppendSized(std::string& out, std::string_view bytes) {
  AppendVarint(out, bytes.size());
  out.append(bytes);
}

// Reads from a view that outlives it. After a read that does not fit, ok() is false and every
// further read yields zero or an empty view.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  template <typename Int>
  Int Fixed() {
    if (!Need(sizeof(Int))) return Int{};
    const Int value = LoadFixed<Int>(rest_.data());
    rest_.remove_prefix(sizeof(Int));
    return value;
  }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (!Need(1)) return 0;
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80U) return value;
    }
    ok_ = false;
    return 0;
  }

  std::string_view Take(std::size_t size) {
    if (!Need(size)) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view Sized() { return Take(static_cast<std::size_t>(Varint())); }

 private:
  bool Need(std::size_t size) {
    if (ok_ && rest_.size() >= size) return true;
    ok_ = false;
    rest_ = {};
    return false;
  }

  std::string_view rest_;
  bool ok_ = true;
};

// XXH3, 64 bits: the checksum of frames and the hash of everything else.
std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed = 0);

// 16 lower-case hex digits.
std::string Hex64(std::uint64_t value);

}  // namespace cairn

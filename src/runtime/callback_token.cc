#include "runtime/callback_token.h"

#include "base/bytes.h"
#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace cairn {
namespace {

constexpr std::size_t kTargetBytes = 20;
constexpr std::size_t kSignatureBytes = 16;
constexpr std::size_t kTokenBytes = kTargetBytes + kSignatureBytes;
static_assert(kTokenBytes % 3 == 0, "else the text would end with padding");
constexpr std::size_t kTokenChars = kTokenBytes / 3 * 4;

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string EncodeTarget(const CallbackTarget& target) {
  std::string bytes;
  AppendFixed(bytes, target.work_order.order.value());
  AppendFixed(bytes, target.work_order.index);
  AppendFixed(bytes, target.run);
  AppendFixed(bytes, target.attempt);
  CHECK(bytes.size() == kTargetBytes);
  return bytes;
}

std::string ToText(std::string_view bytes) {
  std::string text(kTokenChars + 1, '\0');  // and the zero that EVP_EncodeBlock ends with
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Unsigned(bytes),
                                   static_cast<int>(bytes.size()));
  CHECK(size == static_cast<int>(kTokenChars));
  text.resize(kTokenChars);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> FromText(std::string_view token) {
  if (token.size() != kTokenChars || token.find_first_of("+/=") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string text(token);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  std::string bytes(kTokenBytes, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), Unsigned(text),
                                   static_cast<int>(text.size()));
  if (size != static_cast<int>(kTokenBytes)) return std::nullopt;
  return bytes;
}

}  // namespace

CallbackTokens::CallbackTokens(std::string key) : key_(std::move(key)) {
  CHECK(key_.empty() || key_.size() == kCallbackKeyBytes);
}

std::string CallbackTokens::Sign(std::string_view bytes) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                   Unsigned(bytes), bytes.size(), digest.data(), &size);
  CHECK(made != nullptr && size >= kSignatureBytes);
  return {reinterpret_cast<const char*>(digest.data()), kSignatureBytes};
}

std::string CallbackTokens::Make(const CallbackTarget& target) const {
  if (key_.empty()) return {};
  const std::string bytes = EncodeTarget(target);
  return ToText(bytes + Sign(bytes));
}

std::optional<CallbackTarget> CallbackTokens::Open(std::string_view token) const {
  if (key_.empty()) return std::nullopt;
  const auto bytes = FromText(token);
  if (!bytes) return std::nullopt;
  const std::string_view target = std::string_view(*bytes).substr(0, kTargetBytes);
  const std::string wanted = Sign(target);
  // In constant time: how far a guess was right must not show.
  if (CRYPTO_memcmp(wanted.data(), bytes->data() + kTargetBytes, kSignatureBytes) != 0) {
    return std::nullopt;
  }
  return CallbackTarget{.work_order = {OrderId(LoadFixed<std::uint64_t>(target.data())),
                                       LoadFixed<std::uint32_t>(target.data() + 8)},
                        .run = LoadFixed<std::uint32_t>(target.data() + 12),
                        .attempt = LoadFixed<std::uint32_t>(target.data() + 16)};
}

}  // namespace cairn

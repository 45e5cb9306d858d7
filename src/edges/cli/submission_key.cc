// The option that makes submissions repeatable: the body.
#include "edges/cli/submission_key.h"

#include <fmt/format.h>

#include <cstddef>

namespace cairn::cli {
namespace {

constexpr std::size_t kKeyBytesMax = 240;  // a node takes 256; a batch appends its number

std::string CheckKey(const std::string& key) {
  if (key.empty() || key.size() > kKeyBytesMax) {
    return fmt::format("a key has 1 to {} characters", kKeyBytesMax);
  }
  for (const char c : key) {
    if (c < 0x21 || c > 0x7e) {
      return "a key is made of visible ASCII characters, without spaces";
    }
  }
  return {};
}

}  // namespace

void AddSubmissionKeyOption(CLI::App& command, std::string& key) {
  command
      .add_option("--idempotency-key", key,
                  "Submitting again with the same key gives the same order (default: a new key)")
      ->check(CLI::Validator(CheckKey, "KEY"));
}

}  // namespace cairn::cli

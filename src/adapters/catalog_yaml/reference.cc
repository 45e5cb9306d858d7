#include "adapters/catalog_yaml/reference.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr std::size_t kShownBytesMax = 64;

bool IsBareChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

tl::unexpected<Error> Bad(std::string_view text, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no reference: {}", text.substr(0, kShownBytesMax), why));
}

}  // namespace

Result<Reference> ParseReference(std::string_view text) {
  if (!text.starts_with('$')) {
    return Reference(std::string(text));
  }
  if (text.starts_with("$$")) {
    return Reference(std::string(text.substr(1)));
  }
  std::string_view rest = text.substr(1);
  std::string_view name;
  if (rest.starts_with('{')) {
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) {
      return Bad(text, "the '}' is missing");
    }
    name = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    std::size_t length = 0;
    while (length < rest.size() && IsBareChar(rest[length])) {
      ++length;
    }
    name = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  if (name.empty()) {
    return Bad(text, "a name must follow; a text that begins with '$' is written '$$'");
  }
  if (rest.empty()) {
    return Reference(ParameterReference{std::string(name)});
  }
  if (rest.front() != '.') {
    return Bad(text,
               "a name with other characters than letters, digits, '_' and '-' is written "
               "${name}, and nothing can be joined to it");
  }
  rest.remove_prefix(1);
  if (rest.empty()) {
    return Bad(text, "a field must follow the '.'");
  }
  return Reference(OutputReference{std::string(name), std::string(rest)});
}

}  // namespace cairn

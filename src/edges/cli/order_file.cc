// Reading an order from a file or from standard input: the body.
#include "edges/cli/order_file.h"

#include "model/limits.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace cairn::cli {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;

}  // namespace

CliResult<OrderFile> ReadOrderFile(const std::string& name, std::istream& standard_input) {
  const std::string shown = name == "-" ? "standard input" : name;
  const auto fail = [&](const std::string& why) {
    return FailWith(ExitCode::kUsage, fmt::format("{}: {}", shown, why));
  };
  std::ifstream file;
  if (name != "-") {
    std::error_code ec;
    if (std::filesystem::is_directory(name, ec)) {
      return fail("is a directory, not an order");
    }
    errno = 0;
    file.open(name, std::ios::binary);
    if (!file) {
      return fail(std::generic_category().message(errno));
    }
  }
  std::istream& from = name == "-" ? standard_input : file;
  OrderFile order;
  std::array<char, kReadBytes> buffer;
  while (from.read(buffer.data(), buffer.size()) || from.gcount() > 0) {
    order.text.append(buffer.data(), static_cast<std::size_t>(from.gcount()));
    if (order.text.size() > kOrderBodyBytesMax) {
      return fail(
          fmt::format("more than {} MiB: split it into smaller orders", kOrderBodyBytesMax >> 20U));
    }
  }
  if (from.bad()) {
    return fail("cannot be read");
  }
  if (order.text.empty()) {
    return fail("is empty; an order is a JSON object");
  }
  Result<Json> parsed = ParseJson(order.text);
  if (!parsed) {
    return fail(parsed.error().message);
  }
  if (!parsed->is_object()) {
    return fail("an order is a JSON object, this is another value");
  }
  order.json = std::move(*parsed);
  order.is_tmf641 = order.json.Find("serviceOrderItem") != nullptr;
  return order;
}

}  // namespace cairn::cli

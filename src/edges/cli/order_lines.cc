// Reading a file of orders, one a line: the body.
#include "edges/cli/order_lines.h"

#include "base/check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace cairn::cli {

CliResult<void> OrderLines::Open(const std::string& name, std::istream& standard_input) {
  name_ = name == "-" ? "standard input" : name;
  if (name == "-") {
    from_ = &standard_input;
    return {};
  }
  std::error_code ec;
  if (std::filesystem::is_directory(name, ec)) {
    return FailWith(ExitCode::kUsage, fmt::format("{}: is a directory, not orders", name_));
  }
  errno = 0;
  file_.open(name, std::ios::binary);
  if (!file_) {
    return FailWith(ExitCode::kUsage,
                    fmt::format("{}: {}", name_, std::generic_category().message(errno)));
  }
  from_ = &file_;
  return {};
}

CliResult<OrderLines::Piece> OrderLines::Next() {
  CHECK(from_ != nullptr);
  Piece piece;
  std::string line = std::exchange(kept_, {});
  while (!line.empty() || std::getline(*from_, line)) {
    ++line_;
    if (line.size() > kOrderBodyBytesMax) {
      return FailWith(ExitCode::kUsage, fmt::format("{}:{}: more than {} MiB: split the order",
                                                    name_, line_, kOrderBodyBytesMax >> 20U));
    }
    if (line.find_first_not_of(" \t\r") != std::string::npos) {
      const bool fits = piece.lines < kBatchLinesMax &&
                        (piece.lines == 0 || piece.text.size() + line.size() < kBatchBytesMax);
      if (!fits) {
        kept_ = std::move(line);
        --line_;
        return piece;
      }
      piece.text += line;
      piece.text += '\n';
      ++piece.lines;
    }
    line.clear();
  }
  if (from_->bad()) {
    return FailWith(ExitCode::kUsage, fmt::format("{}: cannot be read", name_));
  }
  return piece;
}

}  // namespace cairn::cli

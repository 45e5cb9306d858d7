// Reading a file of orders, one a line (NDJSON), in pieces that a node takes as one batch each.
//
// Blocks on the file; one thread.
#pragma once

#include "edges/cli/failure.h"

#include <cstddef>
#include <fstream>
#include <istream>
#include <string>

namespace cairn::cli {

// Of one piece. Well below what a node takes, so that an answer comes in seconds.
inline constexpr std::size_t kBatchLinesMax = 10'000;
inline constexpr std::size_t kBatchBytesMax = 16U << 20U;

class OrderLines {
 public:
  struct Piece {
    std::string text;       // whole lines; empty: there is no more
    std::size_t lines = 0;  // that are not blank
  };

  // `name` is a path, or "-" for `standard_input`, which outlives this. kUsage when it cannot be
  // opened.
  [[nodiscard]] CliResult<void> Open(const std::string& name, std::istream& standard_input);

  // The next lines, blank ones left out. kUsage when the file cannot be read or a line is longer
  // than kOrderBodyBytesMax.
  [[nodiscard]] CliResult<Piece> Next();

 private:
  std::string name_;
  std::ifstream file_;
  std::istream* from_ = nullptr;
  std::string kept_;  // a line that no longer fitted
  std::size_t line_ = 0;
};

}  // namespace cairn::cli

// What is wrong with a catalog, as an operator sees it: the file, the line, a sentence and the
// rule.
//
// A plain value; any thread.
#pragma once

#include "base/result.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace cairn {

struct CatalogProblem {
  std::string file;     // as it was named to the reader; the folder where no file is to blame
  int line = 0;         // from 1; 0: the file as a whole
  std::string rule;     // "unknown-key"
  std::string message;  // for people

  // "examples/catalog/line.yaml:12: there is no cartridge 'hrl'; did you mean 'hlr'?
  // (unknown-cartridge)"
  std::string ToString() const {
    return line > 0 ? fmt::format("{}:{}: {} ({})", file, line, message, rule)
                    : fmt::format("{}: {} ({})", file, message, rule);
  }
  friend bool operator==(const CatalogProblem&, const CatalogProblem&) = default;
};

using CatalogProblems = std::vector<CatalogProblem>;

// One kInvalidArgument whose text has a line for each problem.
inline Error ProblemsAsError(const CatalogProblems& problems) {
  std::string text;
  for (const CatalogProblem& problem : problems) {
    if (!text.empty()) {
      text.push_back('\n');
    }
    text += problem.ToString();
  }
  return Error{ErrorCode::kInvalidArgument, std::move(text)};
}

}  // namespace cairn

// What a command of `cairn` works with once its arguments are understood, and the type of its body.
//
// Plain values owned by one thread.
#pragma once

#include "base/json.h"
#include "edges/cli/failure.h"
#include "edges/cli/node_client.h"
#include "edges/cli/surroundings.h"
#include "edges/cli/table.h"

#include <cstdint>
#include <functional>

namespace cairn::cli {

enum class OutputForm : std::uint8_t { kTable, kJson };

struct CommandContext {
  const Surroundings& around;
  OutputForm form;
  NodeClient& node;

  bool wants_json() const { return form == OutputForm::kJson; }
  // To stdout, pretty, with a newline.
  void Print(const Json& json) const;
  // To stdout, fitted to the terminal.
  void Print(const Table& table) const;
  // To stdout, with a newline.
  void PrintLine(const std::string& line) const;
};

// Runs once, after all arguments are read. A Failure's text is printed to stderr by the caller.
using CommandAction = std::function<CliResult<ExitCode>(CommandContext&)>;

}  // namespace cairn::cli

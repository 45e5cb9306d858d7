// CommandLine: the arguments of `cairn`: options for all commands, the commands themselves, and
// running the one that was named. A program may add commands of its own before Run.
//
// Not thread safe: one thread uses it.
#pragma once

#include "edges/cli/command_context.h"
#include "edges/cli/failure.h"
#include "edges/cli/surroundings.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace cairn::cli {

class CommandLine {
 public:
  // Adds the commands that speak to a node: order, node, clock.
  explicit CommandLine(Surroundings surroundings);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // For further commands: add a subcommand here, its actions with OnRun.
  CLI::App& app() { return app_; }
  // A command that only groups others, such as `order`.
  CLI::App& AddNoun(const std::string& name, const std::string& description);
  // `action` is what `command` does.
  void OnRun(CLI::App& command, CommandAction action);

  // `arguments` without the program's name. Prints help and errors; never throws, never exits.
  // Call it once.
  [[nodiscard]] ExitCode Run(std::vector<std::string> arguments);

 private:
  ExitCode RunAction();

  Surroundings surroundings_;
  CLI::App app_;
  std::string url_;
  std::string form_;
  std::string timeout_;
  bool no_color_ = false;
  CommandAction action_;
};

// A check for options that take a span such as 30s or 2h30m.
std::string CheckDuration(const std::string& text);
// A check for options that take an RFC 3339 time.
std::string CheckTime(const std::string& text);

}  // namespace cairn::cli

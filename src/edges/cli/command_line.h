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
  // Adds all commands but those that need more than a node: order, workorder, task, cartridge,
  // catalog, inventory, events, node, clock, completion, man.
  explicit CommandLine(Surroundings surroundings);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // For further commands: add a subcommand here, its actions with OnRun.
  CLI::App& app() { return app_; }
  // A command that only groups others, such as `order`.
  CLI::App& AddNoun(const std::string& name, const std::string& description);
  // One that was added before. REQUIRES: there is such a noun.
  CLI::App& Noun(const std::string& name) { return *app_.get_subcommand(name); }
  // `action` is what `command` does.
  void OnRun(CLI::App& command, CommandAction action);

  // `arguments` without the program's name. Prints help and errors; never throws, never exits.
  // Call it once.
  [[nodiscard]] ExitCode Run(std::vector<std::string> arguments);

  static const char* version();  // "cairn 1.2.3"

 private:
  void AddOptions();
  void AddCommands();
  // The key of --api-key, read from a file when that names one. kUsage when it can be none.
  CliResult<std::string> ReadApiKey() const;
  ExitCode RunAction();

  Surroundings surroundings_;
  CLI::App app_;
  std::string url_;
  std::string api_key_;
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

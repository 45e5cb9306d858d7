// The commands and options of `cairn` as plain data, read from the parser itself: what completion
// scripts and the manual page are made from, so that they cannot lag behind.
//
// Plain values; a pure function; any thread.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace cairn::cli {

struct CommandOption {
  std::vector<std::string> names;    // "-o", "--output"; of an argument: its one name, "FILE"
  std::string value;                 // what it takes, for people: "DURATION"; empty: it is a flag
  std::vector<std::string> choices;  // all that it takes; empty: anything
  bool takes_path = false;           // a file or a folder
  bool required = false;
  std::string description;
  std::string environment;  // the variable that stands in for it; empty: none
  std::string otherwise;    // its default; empty: none that is told
};

struct Command {
  std::string name;
  std::vector<std::string> path;  // from the program on, its own name last
  std::string description;
  std::string footer;
  std::vector<CommandOption> arguments;  // by their places
  std::vector<CommandOption> options;    // without --help
  std::vector<Command> commands;
};

Command ReadCommandTree(const CLI::App& app);

// The command and all below it, each before those below it.
std::vector<const Command*> AllCommands(const Command& root);

}  // namespace cairn::cli

// The commands and options of `cairn` as plain data: the body.
#include "edges/cli/command_tree.h"

#include "model/states.h"

#include <string_view>
#include <utility>

namespace cairn::cli {
namespace {

// The words of "TEXT:{json,table}".
std::vector<std::string> WordsIn(std::string_view type) {
  std::vector<std::string> words;
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return words;
  }
  std::string_view rest = type.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    words.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return words;
}

std::vector<std::string> OrderStates() {
  std::vector<std::string> names;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(OrderState::kRejected); ++i) {
    names.emplace_back(Name(static_cast<OrderState>(i)));
  }
  return names;
}

CommandOption ReadOption(const CLI::Option& option) {
  CommandOption read;
  const bool is_flag = option.get_items_expected_max() == 0;
  const std::string type = option.get_type_name();  // "TEXT", "TEXT:DURATION", "TEXT:{a,b}"
  if (!is_flag) {
    const std::size_t colon = type.rfind(':');
    const std::string last = colon == std::string::npos ? type : type.substr(colon + 1);
    read.choices = WordsIn(type);
    if (last == "STATE") {
      read.choices = OrderStates();
    }
    const bool is_range = last.find(" in [") != std::string::npos || last == "POSITIVE";
    read.value = !read.choices.empty() && last != "STATE" ? "WORD" : is_range ? "NUMBER" : last;
    read.otherwise = option.get_default_str();
  }
  if (option.get_positional()) {
    read.names = {option.get_name(true)};
    read.takes_path = read.names[0] == "FILE" || read.names[0] == "DIR";
  } else {
    for (const std::string& name : option.get_snames()) read.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) read.names.push_back("--" + name);
  }
  read.required = option.get_required();
  read.description = option.get_description();
  read.environment = option.get_envname();
  return read;
}

Command ReadCommand(const CLI::App& app, std::vector<std::string> path) {
  Command command;
  command.name = app.get_name();
  path.push_back(command.name);
  command.path = path;
  command.description = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr() || option->get_group().empty()) {
      continue;
    }
    (option->get_positional() ? command.arguments : command.options).push_back(ReadOption(*option));
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!below->get_name().empty()) {
      command.commands.push_back(ReadCommand(*below, path));
    }
  }
  return command;
}

}  // namespace

Command ReadCommandTree(const CLI::App& app) { return ReadCommand(app, {}); }

std::vector<const Command*> AllCommands(const Command& root) {
  std::vector<const Command*> all = {&root};
  for (std::size_t i = 0; i < root.commands.size(); ++i) {
    const auto below = AllCommands(root.commands[i]);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

}  // namespace cairn::cli

// Reading the options: each source gives texts by option, and the first source that has one wins.
#include "apps/cairnd/config.h"

#include "adapters/catalog_yaml/yaml_tree.h"
#include "apps/cairnd/config_options.h"
#include "engine/orders/catalog_check.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

namespace cairn {
namespace {

constexpr const char* kConfigFlag = "--config";
constexpr const char* kConfigVariable = "CAIRN_CONFIG";

// An option's text, and how its place is called in an error.
struct Given {
  std::string text;
  std::string where;
};
using GivenByKey = std::map<std::string, Given, std::less<>>;

tl::unexpected<EndAtOnce> Refuse(std::string text) {
  return tl::unexpected(EndAtOnce{kExitUsage, "cairnd: " + std::move(text) + "\n"});
}

tl::expected<std::string, EndAtOnce> ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) {
    return Refuse(fmt::format("cannot read the configuration file '{}': {}", path,
                              std::generic_category().message(errno)));
  }
  if (text.size() > kConfigFileBytesMax) {
    return Refuse(fmt::format("the configuration file '{}' has {} bytes; at most {} are allowed",
                              path, text.size(), kConfigFileBytesMax));
  }
  return text;
}

std::string UnknownKey(const std::string& key) {
  std::vector<std::string_view> known;
  for (const ConfigOption& option : ConfigOptions()) known.emplace_back(option.key);
  const std::string_view near = NearestName(key, known);
  return near.empty() ? fmt::format("there is no option '{}'", key)
                      : fmt::format("there is no option '{}'; did you mean '{}'?", key, near);
}

// All that is wrong with the file at once, a line each.
tl::expected<GivenByKey, EndAtOnce> ReadConfigFile(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text) return tl::unexpected(text.error());
  std::string wrong;
  const auto complain = [&](int line, std::string_view message) {
    wrong += fmt::format("cairnd: {}:{}: {}\n", path, std::max(line, 1), message);
  };
  GivenByKey given;
  const auto root = ParseYaml(*text);
  if (!root) {
    for (const YamlProblem& problem : root.error()) complain(problem.line, problem.message);
    return tl::unexpected(EndAtOnce{kExitUsage, std::move(wrong)});
  }
  const YamlNode& node = **root;
  if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNull) {
    complain(node.line, "a configuration file is a map of options and their values");
  }
  for (const YamlEntry& entry : node.entries) {
    const auto options = ConfigOptions();
    const bool known = std::any_of(options.begin(), options.end(),
                                   [&](const ConfigOption& o) { return entry.key == o.key; });
    if (!known) {
      complain(entry.line, UnknownKey(entry.key));
    } else if (entry.value->kind != YamlNode::Kind::kScalar) {
      complain(entry.line, fmt::format("'{}' needs one value", entry.key));
    } else {
      given[entry.key] = {entry.value->text, fmt::format("{}:{}: {}", path, entry.line, entry.key)};
    }
  }
  if (!wrong.empty()) return tl::unexpected(EndAtOnce{kExitUsage, std::move(wrong)});
  return given;
}

struct CommandLineTexts {
  std::string config_file;
  std::map<std::string, std::string, std::less<>> by_key;
};

// What the parser has to say, with its own code for success.
EndAtOnce FromParser(const CLI::App& app, const CLI::Error& error) {
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) return {0, out.str()};
  return {kExitUsage,
          fmt::format("cairnd: {}\nRun with --help for what there is.\n", error.what())};
}

tl::expected<CommandLineTexts, EndAtOnce> ParseCommandLine(std::vector<std::string> arguments) {
  CLI::App app{"Cairn accepts service orders and fulfils them. This is its node.", "cairnd"};
  app.set_version_flag("--version", "cairnd " CAIRN_VERSION);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(
      "Each option may also stand in the environment (--data-dir as CAIRN_DATA_DIR) and in the\n"
      "configuration file (as dataDir). The command line wins over the environment, and that over\n"
      "the file. Durations: 250ms, 10s, 2h30m, 30d.\n\n"
      "Example:\n  cairnd --data-dir /var/lib/cairn --catalog examples/catalog");
  CommandLineTexts texts;
  app.add_option(kConfigFlag, texts.config_file, "A YAML file with options")->type_name("FILE");
  std::map<std::string, std::string, std::less<>> values;
  for (const ConfigOption& option : ConfigOptions()) {
    std::string& value = values[option.key];
    if (option.placeholder == nullptr) {
      app.add_flag(option.flag, value, option.help);
    } else {
      app.add_option(option.flag, value, option.help)->type_name(option.placeholder);
    }
  }
  std::reverse(arguments.begin(), arguments.end());  // as the parser takes them
  try {
    app.parse(arguments);
  } catch (const CLI::Error& error) {
    return tl::unexpected(FromParser(app, error));
  }
  for (const ConfigOption& option : ConfigOptions()) {
    if (app.count(option.flag) > 0) texts.by_key[option.key] = values[option.key];
  }
  return texts;
}

}  // namespace

tl::expected<Config, EndAtOnce> ReadConfig(const std::vector<std::string>& arguments,
                                           const EnvironmentLookup& environment) {
  const auto command_line = ParseCommandLine(arguments);
  if (!command_line) return tl::unexpected(command_line.error());

  std::string file = command_line->config_file;
  if (file.empty()) file = environment(kConfigVariable).value_or("");
  GivenByKey given;
  if (!file.empty()) {
    auto from_file = ReadConfigFile(file);
    if (!from_file) return tl::unexpected(from_file.error());
    given = std::move(*from_file);
  }
  Config config;
  for (const ConfigOption& option : ConfigOptions()) {
    if (const auto text = environment(option.variable)) {
      given[option.key] = {*text, option.variable};
    }
    const auto on_line = command_line->by_key.find(option.key);
    if (on_line != command_line->by_key.end()) given[option.key] = {on_line->second, option.flag};

    const auto it = given.find(option.key);
    if (it == given.end()) continue;
    const Status set = option.set(config, it->second.text);
    if (!set) return Refuse(fmt::format("{}: {}", it->second.where, set.error().message));
  }
  if (config.catalog_dir.empty()) {
    return Refuse(
        "there is no catalog: name its folder with --catalog DIR, CAIRN_CATALOG or 'catalog' in "
        "the "
        "configuration file; examples/catalog is one to begin with");
  }
  if (config.is_open_to_others() && config.api_keys_file.empty()) {
    return Refuse(fmt::format(
        "{} can be reached from other machines, so the node must know who may use it: name a file "
        "of keys with --api-keys FILE, CAIRN_API_KEYS or 'apiKeys' in the configuration file, or "
        "listen on 127.0.0.1",
        config.address));
  }
  return config;
}

}  // namespace cairn

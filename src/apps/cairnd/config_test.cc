#include "apps/cairnd/config.h"

#include "apps/cairnd/config_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

tl::expected<Config, EndAtOnce> Read(const std::vector<std::string>& arguments,
                                     Variables variables = {}) {
  return ReadConfig(arguments, [&](const char* name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    return it == variables.end() ? std::nullopt : std::optional(it->second);
  });
}

std::string ErrorOf(const std::vector<std::string>& arguments, Variables variables = {}) {
  const auto config = Read(arguments, std::move(variables));
  EXPECT_FALSE(config.has_value());
  if (config) return "";
  EXPECT_EQ(config.error().code, kExitUsage);
  EXPECT_THAT(config.error().text, testing::StartsWith("cairnd: "));
  return config.error().text;
}

class ConfigFile : public testing::Test {
 protected:
  std::string Write(const std::string& text) {
    std::string path = testing::TempDir() + "cairnd_" +
                       testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
    std::ofstream(path, std::ios::binary) << text;
    paths_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const std::string& path : paths_) std::filesystem::remove(path);
  }

 private:
  std::vector<std::string> paths_;
};

TEST(CairndConfig, HasDefaultsForEverythingButTheCatalog) {
  const auto config = Read({"--catalog", "here"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->data_dir, "./data");
  EXPECT_EQ(config->address, "127.0.0.1");
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->catalog_dir, "here");
  EXPECT_FALSE(config->simulate);
  EXPECT_EQ(config->clock, ClockKind::kReal);
  EXPECT_EQ(config->log_format, LogFormat::kText);
  EXPECT_EQ(config->stop_timeout, 10 * kSecond);
  EXPECT_EQ(config->archive_retention, 30 * kDay);
  EXPECT_THAT(ErrorOf({}), HasSubstr("there is no catalog: name its folder with --catalog DIR"));
}

TEST(CairndConfig, TakesEveryOptionFromTheCommandLine) {
  const auto config = Read({"--catalog",  "c",
                            "--data-dir", "d",
                            "--listen",   "[::1]:0",
                            "--simulate", "--clock",
                            "virtual",    "--log-format",
                            "json",       "--log-level",
                            "warn",       "--stop-timeout",
                            "1m30s",      "--segment-bytes",
                            "1MiB",       "--io-threads",
                            "3",          "--archive-retention",
                            "7d",         "--allowed-hosts",
                            "a.b,[::1]",  "--accept-archive-ahead"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->data_dir, "d");
  EXPECT_EQ(config->address, "::1");
  EXPECT_EQ(config->port, 0);
  EXPECT_TRUE(config->simulate);
  EXPECT_EQ(config->clock, ClockKind::kVirtual);
  EXPECT_EQ(config->log_format, LogFormat::kJson);
  EXPECT_EQ(config->log_level, spdlog::level::warn);
  EXPECT_EQ(config->stop_timeout, 90 * kSecond);
  EXPECT_EQ(config->segment_bytes, 1U << 20U);
  EXPECT_EQ(config->io_threads, 3U);
  EXPECT_EQ(config->archive_retention, 7 * kDay);
  EXPECT_THAT(config->allowed_hosts, ElementsAre("a.b", "[::1]"));
  EXPECT_TRUE(config->accept_archive_ahead);
}

TEST_F(ConfigFile, GivesWayToTheEnvironmentAndThatToTheCommandLine) {
  const std::string file = Write(
      "# a comment\nlisten: 127.0.0.1:1\ndataDir: from-file\ncatalog: from-file\nioThreads: 2\n"
      "simulate: true\n");
  const auto config = Read({"--config", file, "--listen", "127.0.0.1:3"},
                           {{"CAIRN_LISTEN", "127.0.0.1:2"}, {"CAIRN_DATA_DIR", "from-variable"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->port, 3);
  EXPECT_EQ(config->data_dir, "from-variable");
  EXPECT_EQ(config->catalog_dir, "from-file");
  EXPECT_EQ(config->io_threads, 2U);
  EXPECT_TRUE(config->simulate);
}

TEST_F(ConfigFile, MayBeNamedByTheEnvironment) {
  const auto config = Read({}, {{"CAIRN_CONFIG", Write("catalog: c\n")}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->catalog_dir, "c");
}

TEST_F(ConfigFile, NamesFileAndLineOfEverythingThatIsWrong) {
  const std::string file = Write("catalog: c\n\nlistn: 127.0.0.1:1\nioThreads: [1]\n");
  const std::string error = ErrorOf({"--config", file});
  EXPECT_THAT(error, HasSubstr(file + ":3: there is no option 'listn'; did you mean 'listen'?"));
  EXPECT_THAT(error, HasSubstr(file + ":4: 'ioThreads' needs one value"));
}

TEST_F(ConfigFile, NamesFileAndLineOfAWrongValue) {
  const std::string file = Write("catalog: c\nclock: sundial\n");
  EXPECT_EQ(ErrorOf({"--config", file}),
            "cairnd: " + file + ":2: clock: 'sundial' must be real or virtual\n");
}

TEST_F(ConfigFile, RefusesAKeyThatStandsTwiceAndWhatIsNoMap) {
  EXPECT_THAT(ErrorOf({"--config", Write("catalog: a\ncatalog: b\n")}), HasSubstr(":2: "));
  EXPECT_THAT(ErrorOf({"--config", Write("- catalog\n")}), HasSubstr("is a map of options"));
}

TEST(CairndConfig, SaysWhichFileCannotBeRead) {
  EXPECT_THAT(ErrorOf({"--config", "/no/such.yaml"}), HasSubstr("'/no/such.yaml'"));
}

TEST(CairndConfig, NamesTheSourceOfAWrongValue) {
  EXPECT_THAT(ErrorOf({"--catalog", "c", "--stop-timeout", "soon"}),
              HasSubstr("--stop-timeout: 'soon' must be a duration"));
  EXPECT_THAT(ErrorOf({"--catalog", "c"}, {{"CAIRN_IO_THREADS", "0"}}),
              HasSubstr("CAIRN_IO_THREADS: '0' must be a whole number from 1 to 64"));
}

TEST(CairndConfig, RefusesValuesPastTheirLimits) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"--listen", "8080"},          {"--listen", "127.0.0.1:65536"},
      {"--listen", "::1:80"},        {"--listen", "example.org:1"},
      {"--listen", "127.0.0.1:"},    {"--io-threads", "65"},
      {"--stop-timeout", "61m"},     {"--segment-bytes", "4097"},
      {"--segment-bytes", "5GiB"},   {"--segment-bytes", "8KiB"},
      {"--log-level", "loud"},       {"--log-format", "xml"},
      {"--archive-retention", "1h"}, {"--data-dir", ""},
      {"--simulate=maybe", ""},      {"--allowed-hosts", "a,,b"},
      {"--allowed-hosts", "a:80"},   {"--allowed-hosts", "*"}};
  for (const auto& [flag, value] : wrong) {
    std::vector<std::string> arguments = {"--catalog", "c", flag};
    if (flag.find('=') == std::string::npos) arguments.push_back(value);
    const auto config = Read(arguments);
    EXPECT_FALSE(config) << flag << " " << value;
  }
  EXPECT_TRUE(Read({"--catalog", "c", "--io-threads", "64"}));
  EXPECT_TRUE(Read({"--catalog", "c", "--stop-timeout", "1h"}));
  EXPECT_TRUE(Read({"--catalog", "c", "--segment-bytes", "4GiB"}));
  EXPECT_TRUE(Read({"--catalog", "c", "--archive-retention", "0s"}));
}

TEST(CairndConfig, TellsAnOpenAddressFromALocalOne) {
  EXPECT_FALSE(Read({"--catalog", "c"})->is_open_to_others());
  EXPECT_FALSE(Read({"--catalog", "c", "--listen", "[::1]:1"})->is_open_to_others());
  EXPECT_FALSE(Read({"--catalog", "c", "--listen", "localhost:1"})->is_open_to_others());
  EXPECT_TRUE(
      Read({"--catalog", "c", "--api-keys", "k", "--listen", "0.0.0.0:1"})->is_open_to_others());
}

TEST(CairndConfig, AsksForKeysWhereOthersCanReachIt) {
  for (const char* listen : {"0.0.0.0:1", "[::]:1", "192.0.2.1:1"}) {
    EXPECT_THAT(ErrorOf({"--catalog", "c", "--listen", listen}),
                HasSubstr("name a file of keys with --api-keys FILE"));
  }
  const auto config =
      Read({"--catalog", "c", "--listen", "0.0.0.0:1"}, {{"CAIRN_API_KEYS", "keys.yaml"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->api_keys_file, "keys.yaml");
  EXPECT_THAT(ErrorOf({"--catalog", "c", "--api-keys", ""}), HasSubstr("name of a file"));
}

TEST(CairndConfig, PrintsVersionAndHelpWhenAsked) {
  const auto version = Read({"--version"});
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, 0);
  EXPECT_THAT(version.error().text, testing::StartsWith("cairnd "));
  const auto help = Read({"--help"});
  ASSERT_FALSE(help);
  EXPECT_EQ(help.error().code, 0);
  for (const ConfigOption& option : ConfigOptions()) {
    EXPECT_THAT(help.error().text, HasSubstr(option.flag));
  }
  EXPECT_THAT(ErrorOf({"--catalgo", "x"}), HasSubstr("catalgo"));
}

TEST(CairndConfig, NamesEachOptionAlikeEverywhere) {
  for (const ConfigOption& option : ConfigOptions()) {
    std::string key;
    std::string variable = "CAIRN";
    for (std::string_view rest = std::string_view(option.flag).substr(1); !rest.empty();) {
      rest.remove_prefix(1);
      std::string word(rest.substr(0, rest.find('-')));
      rest.remove_prefix(word.size());
      variable += "_";
      for (const char c : word) variable += static_cast<char>(std::toupper(c));
      if (!key.empty()) word[0] = static_cast<char>(std::toupper(word[0]));
      key += word;
    }
    EXPECT_EQ(option.key, key);
    EXPECT_EQ(option.variable, variable);
  }
}

}  // namespace
}  // namespace cairn

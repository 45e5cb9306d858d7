// What cairnd is told: its options, and where each of them may come from. An option is looked for
// on the command line, then in the environment, then in the configuration file; where none of them
// has it, its default holds.
//
// Plain values and functions without shared state; any thread.
#pragma once

#include "base/time.h"

#include <spdlog/common.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

enum class ClockKind : std::uint8_t { kReal, kVirtual };
enum class LogFormat : std::uint8_t { kText, kJson };

inline constexpr unsigned kIoThreadsMax = 64;
inline constexpr std::size_t kAllowedHostsMax = 100;
inline constexpr Nanos kStopTimeoutMax = kHour;
inline constexpr std::size_t kConfigFileBytesMax = 1U << 20U;

struct Config {
  std::string data_dir = "./data";
  std::string address = "127.0.0.1";       // an IPv4 or IPv6 address
  std::uint16_t port = 8080;               // 0: any free one
  std::vector<std::string> allowed_hosts;  // beside those of the loopback
  std::string catalog_dir;
  std::string api_keys_file;  // empty: nobody is asked who they are
  bool simulate = false;
  ClockKind clock = ClockKind::kReal;
  LogFormat log_format = LogFormat::kText;
  spdlog::level::level_enum log_level = spdlog::level::info;
  Nanos stop_timeout = 10 * kSecond;
  std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
  unsigned io_threads = 1;
  Nanos archive_retention = 30 * kDay;  // 0: for ever

  // Start although the archive is ahead of the journal.
  bool accept_archive_ahead = false;

  // Others than this machine can reach the address.
  bool is_open_to_others() const;
};

// The process is to end at once: what to print, and where it goes.
struct EndAtOnce {
  int code = 0;  // 0: the text was asked for and goes to standard output
  std::string text;
};

// Nothing when the variable is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;

// `arguments` without the program's name. An error names the option as it was given: on the command
// line, in the environment, or by file and line.
tl::expected<Config, EndAtOnce> ReadConfig(const std::vector<std::string>& arguments,
                                           const EnvironmentLookup& environment);

}  // namespace cairn

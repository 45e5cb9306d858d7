// The table of options: the body.
#include "apps/cairnd/config_options.h"

#include "adapters/journal_file/journal_format.h"
#include "edges/http/host_rule.h"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace cairn {
namespace {

tl::unexpected<Error> Wrong(const std::string& text, std::string_view rule) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' {}", text, rule));
}

template <typename Int>
bool ParseWhole(std::string_view text, Int& out) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stop == end && !text.empty();
}

Status SetFolder(std::string& out, const std::string& text) {
  if (text.empty() || text.find('\0') != std::string::npos) {
    return Wrong(text, "is not the name of a folder");
  }
  out = text;
  return {};
}

Status SetDataDir(Config& config, const std::string& text) {
  return SetFolder(config.data_dir, text);
}

Status SetCatalog(Config& config, const std::string& text) {
  return SetFolder(config.catalog_dir, text);
}

Status SetApiKeys(Config& config, const std::string& text) {
  if (text.empty() || text.find('\0') != std::string::npos) {
    return Wrong(text, "is not the name of a file");
  }
  config.api_keys_file = text;
  return {};
}

Status SetListen(Config& config, const std::string& text) {
  constexpr std::string_view kRule =
      "is not HOST:PORT, an IP address (or localhost) and a port from 0 to 65535, for example "
      "127.0.0.1:8080 or [::1]:8080";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Wrong(text, kRule);
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  std::uint16_t port = 0;
  if (error || address.is_v6() != bracketed || !ParseWhole(text.substr(colon + 1), port)) {
    return Wrong(text, kRule);
  }
  config.address = host;
  config.port = port;
  return {};
}

Status SetBool(bool& out, const std::string& text) {
  if (text != "true" && text != "false") return Wrong(text, "must be true or false");
  out = text == "true";
  return {};
}

Status SetSimulate(Config& config, const std::string& text) {
  return SetBool(config.simulate, text);
}

Status SetAcceptArchiveAhead(Config& config, const std::string& text) {
  return SetBool(config.accept_archive_ahead, text);
}

Status SetAllowedHosts(Config& config, const std::string& text) {
  std::vector<std::string> hosts;
  std::string_view rest = text;
  while (true) {
    const std::string_view host = rest.substr(0, rest.find(','));
    if (!http::IsHostName(host) || hosts.size() == kAllowedHostsMax) {
      return Wrong(text, fmt::format("must be host names or addresses without ports, with commas "
                                     "between them, {} at most, for example "
                                     "cairn.example,10.0.0.7",
                                     kAllowedHostsMax));
    }
    hosts.emplace_back(host);
    if (host.size() == rest.size()) break;
    rest.remove_prefix(host.size() + 1);
  }
  config.allowed_hosts = std::move(hosts);
  return {};
}

Status SetClock(Config& config, const std::string& text) {
  if (text != "real" && text != "virtual") return Wrong(text, "must be real or virtual");
  config.clock = text == "real" ? ClockKind::kReal : ClockKind::kVirtual;
  return {};
}

Status SetLogFormat(Config& config, const std::string& text) {
  if (text != "text" && text != "json") return Wrong(text, "must be text or json");
  config.log_format = text == "text" ? LogFormat::kText : LogFormat::kJson;
  return {};
}

Status SetLogLevel(Config& config, const std::string& text) {
  using Level = std::pair<std::string_view, spdlog::level::level_enum>;
  constexpr std::array kLevels{
      Level{"debug", spdlog::level::debug}, Level{"info", spdlog::level::info},
      Level{"warn", spdlog::level::warn}, Level{"error", spdlog::level::err}};
  for (const auto& [name, level] : kLevels) {
    if (name != text) continue;
    config.log_level = level;
    return {};
  }
  return Wrong(text, "must be debug, info, warn or error");
}

Status SetStopTimeout(Config& config, const std::string& text) {
  const Result<Nanos> span = ParseDuration(text);
  if (!span || *span > kStopTimeoutMax) {
    return Wrong(text, "must be a duration of at most 1h, for example 10s");
  }
  config.stop_timeout = *span;
  return {};
}

// Room for a frame with a full batch and the largest answer of a target.
constexpr std::uint64_t kNodeSegmentBytesMin = 256U << 10U;

Status SetSegmentBytes(Config& config, const std::string& text) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 3> kUnits{
      {{"KiB", 10U}, {"MiB", 20U}, {"GiB", 30U}}};
  std::string_view digits = text;
  unsigned shift = 0;
  for (const auto& [unit, bits] : kUnits) {
    if (!digits.ends_with(unit)) continue;
    digits.remove_suffix(unit.size());
    shift = bits;
    break;
  }
  std::uint64_t count = 0;
  const bool fits = ParseWhole(digits, count) && count <= (kSegmentBytesMax >> shift);
  const std::uint64_t bytes = fits ? count << shift : 0;
  if (bytes < kNodeSegmentBytesMin || bytes % kJournalBlockBytes != 0) {
    return Wrong(text, fmt::format("must be a multiple of {} from {} to {}, for example 64MiB",
                                   kJournalBlockBytes, kNodeSegmentBytesMin, kSegmentBytesMax));
  }
  config.segment_bytes = bytes;
  return {};
}

Status SetIoThreads(Config& config, const std::string& text) {
  unsigned count = 0;
  if (!ParseWhole(text, count) || count < 1 || count > kIoThreadsMax) {
    return Wrong(text, fmt::format("must be a whole number from 1 to {}", kIoThreadsMax));
  }
  config.io_threads = count;
  return {};
}

Status SetArchiveRetention(Config& config, const std::string& text) {
  const Result<Nanos> span = ParseDuration(text);
  if (!span || (*span != 0 && *span < kDay)) {
    return Wrong(text, "must be a duration of at least 1d, or 0s for no end");
  }
  config.archive_retention = *span;
  return {};
}

constexpr ConfigOption kOptions[] = {
    {"--data-dir", "dataDir", "CAIRN_DATA_DIR", "DIR",
     "Where journal and archive are kept (default: ./data)", SetDataDir},
    {"--listen", "listen", "CAIRN_LISTEN", "HOST:PORT",
     "Where HTTP is served; port 0 takes a free one (default: 127.0.0.1:8080)", SetListen},
    {"--allowed-hosts", "allowedHosts", "CAIRN_ALLOWED_HOSTS", "NAMES",
     "Names that requests may call the node by, with commas between them", SetAllowedHosts},
    {"--catalog", "catalog", "CAIRN_CATALOG", "DIR",
     "The folder with the catalog's YAML files; there is no default", SetCatalog},
    {"--api-keys", "apiKeys", "CAIRN_API_KEYS", "FILE",
     "The keys of those who may use the API; needed to listen beyond this machine", SetApiKeys},
    {"--simulate", "simulate", "CAIRN_SIMULATE", nullptr,
     "Call no target: every work order is answered ok after some milliseconds", SetSimulate},
    {"--clock", "clock", "CAIRN_CLOCK", "real|virtual",
     "A virtual clock moves only by POST /v1/clock/advance (default: real)", SetClock},
    {"--log-format", "logFormat", "CAIRN_LOG_FORMAT", "text|json",
     "How log lines look (default: text)", SetLogFormat},
    {"--log-level", "logLevel", "CAIRN_LOG_LEVEL", "LEVEL",
     "debug, info, warn or error (default: info)", SetLogLevel},
    {"--stop-timeout", "stopTimeout", "CAIRN_STOP_TIMEOUT", "DURATION",
     "How long a stop waits for calls that are under way (default: 10s)", SetStopTimeout},
    {"--segment-bytes", "segmentBytes", "CAIRN_SEGMENT_BYTES", "BYTES",
     "Size of the journal's next segments, also as 64MiB (default: 64MiB)", SetSegmentBytes},
    {"--io-threads", "ioThreads", "CAIRN_IO_THREADS", "N", "Threads that serve HTTP (default: 1)",
     SetIoThreads},
    {"--accept-archive-ahead", "acceptArchiveAhead", "CAIRN_ACCEPT_ARCHIVE_AHEAD", nullptr,
     "Start although the archive has orders that the journal does not know of",
     SetAcceptArchiveAhead},
    {"--archive-retention", "archiveRetention", "CAIRN_ARCHIVE_RETENTION", "DURATION",
     "How long ended orders are kept, by days; 0s: for ever (default: 30d)", SetArchiveRetention},
};

}  // namespace

std::span<const ConfigOption> ConfigOptions() { return kOptions; }

bool Config::is_open_to_others() const {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  return error || !parsed.is_loopback();
}

}  // namespace cairn

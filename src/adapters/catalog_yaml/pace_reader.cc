#include "adapters/catalog_yaml/pace_reader.h"

#include "engine/orders/catalog_check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace cairn {
namespace {

const std::vector<std::string_view>& BackoffWords() {
  static const std::vector<std::string_view> kWords = {"fixed", "linear", "exponential"};
  return kWords;
}
constexpr std::array kBackoffs = {records::FIXED, records::LINEAR, records::EXPONENTIAL};

// "20%"
void TakePercent(SectionReader& reader, MapReader& map, std::string_view key, std::uint32_t& out) {
  std::string text;
  map.TakeText(key, text);
  if (text.empty()) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && std::string_view(end, text.data() + text.size()) == "%") return;
  reader.Complain(reader.FindPlace(map.PathOf(key)), "bad-percentage",
                  fmt::format("'{}' must be a whole number and a percent sign, such as 20%, not "
                              "'{}'",
                              key, text.substr(0, kNameBytesMax)));
  reader.MarkBroken(map.PathOf(key));
}

void ReadRetry(SectionReader& reader, const YamlNode& node, const std::string& path,
               records::Cartridge& out) {
  MapReader map(reader, node, path, "a retry policy");
  std::uint32_t attempts = 0;
  std::size_t backoff = 0;
  Nanos delay = 0;
  Nanos limit = 0;
  std::uint32_t jitter = 0;
  map.TakeUnsigned("attempts", attempts);
  map.TakeWord("backoff", BackoffWords(), backoff);
  map.TakeDuration("delay", delay);
  map.TakeDuration("max", limit);
  TakePercent(reader, map, "jitter", jitter);
  map.RefuseZero("attempts");
  map.RefuseZero("max");
  out.set_attempts(attempts);
  out.set_backoff(kBackoffs[backoff]);
  out.set_retry_delay_ns(delay);
  out.set_retry_delay_max_ns(limit);
  out.set_retry_jitter_percent(jitter);
  map.Finish();
}

// The short form is the same as a policy with a fixed delay.
void ReadShortRetry(MapReader& map, records::Cartridge& out) {
  std::uint32_t attempts = 0;
  Nanos delay = 0;
  map.TakeUnsigned("attempts", attempts);
  map.TakeDuration("retryDelay", delay);
  map.RefuseZero("attempts");
  out.set_attempts(attempts);
  out.set_retry_delay_ns(delay);
}

}  // namespace

void ReadPace(SectionReader& reader, MapReader& map, records::Cartridge& out) {
  ReadShortRetry(map, out);
  if (const YamlEntry* retry = map.Take("retry")) {
    for (const std::string_view key : {"attempts", "retryDelay"}) {
      const YamlEntry* twice = map.Take(key);
      if (twice == nullptr) continue;
      reader.Complain(
          twice->line, "given-twice",
          fmt::format("a cartridge has either 'retry' or '{}': say it in 'retry'", key));
    }
    const std::string path = map.PathOf("retry");
    ReadRetry(reader, *retry->value, path, out);
    // What is found to be wrong later is named as in the short form.
    reader.Locate(map.PathOf("attempts"), reader.FindPlace(CatalogPath(path, "attempts")).line);
    reader.Locate(map.PathOf("retryDelay"), reader.FindPlace(CatalogPath(path, "delay")).line);
  }
  map.TakeText("test", *out.mutable_test());
  map.TakeText("verify", *out.mutable_verify());
  std::uint32_t calls_per_second = 0;
  std::uint32_t burst = 0;
  map.TakeUnsigned("callsPerSecond", calls_per_second);
  map.TakeUnsigned("burst", burst);
  map.RefuseZero("callsPerSecond");
  map.RefuseZero("burst");
  out.set_calls_per_second(calls_per_second);
  out.set_burst(burst);
}

}  // namespace cairn

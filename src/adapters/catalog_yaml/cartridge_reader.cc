// Cartridges: what all have, and what each type has.
#include "adapters/catalog_yaml/pace_reader.h"
#include "adapters/catalog_yaml/section_readers.h"
#include "model/fields.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace cairn {
namespace {

const std::vector<std::string_view>& OutcomeWords() {
  static const std::vector<std::string_view> kWords = {"ok", "functional", "technical"};
  return kWords;
}
constexpr std::array kOutcomes = {records::SCRIPTED_OK, records::SCRIPTED_FUNCTIONAL,
                                  records::SCRIPTED_TECHNICAL};

const std::vector<std::string_view>& SimulatedWords() {
  static const std::vector<std::string_view> kWords = {"ok", "functional", "technical", "delayed"};
  return kWords;
}
constexpr std::array kSimulatedOutcomes = {records::SCRIPTED_OK, records::SCRIPTED_FUNCTIONAL,
                                           records::SCRIPTED_TECHNICAL, records::SCRIPTED_DELAYED};

template <typename List>
void SortByName(List& list) {
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
}

void ReadSimulatedOperation(SectionReader& reader, const YamlNode& node, const std::string& path,
                            records::SimulatedOperation& out) {
  MapReader map(reader, node, path, "a simulated operation");
  map.TakeList("outcomes", [&](const YamlNode& item, const std::string& item_path) {
    std::size_t outcome = 0;
    if (reader.ReadWord(item, item_path, SimulatedWords(), outcome)) {
      out.add_outcomes(kSimulatedOutcomes[outcome]);
    }
  });
  map.RefuseEmptyList("outcomes");
  Fields output;
  map.TakeMap("output", [&](const YamlEntry& entry, const std::string&) {
    output.Add(entry.key, YamlToJson(*entry.value).Serialize());
  });
  out.set_output(output.TakeEncoded());
  Nanos latency = 0;
  map.TakeDuration("latency", latency);
  out.set_latency_ns(latency);
  Nanos answer_after = 0;
  map.TakeDuration("answerAfter", answer_after);
  out.set_answer_after_ns(answer_after);
  map.RefuseZero("answerAfter");
  std::size_t answer = 0;
  map.TakeWord("answer", OutcomeWords(), answer);
  out.set_answer(kOutcomes[answer]);
  map.Finish();
}

void ReadSimulated(SectionReader& reader, MapReader& map, records::SimulatedCartridge& out) {
  Nanos latency = 0;
  map.TakeDuration("latency", latency);
  out.set_latency_ns(latency);
  map.TakeMap("operations", [&](const YamlEntry& entry, const std::string& path) {
    records::SimulatedOperation& operation = *out.add_operations();
    operation.set_name(entry.key);
    ReadSimulatedOperation(reader, *entry.value, path, operation);
  });
  SortByName(*out.mutable_operations());
}

template <typename Owner>
void ReadHeaders(SectionReader& reader, MapReader& map, Owner& out) {
  map.TakeMap("headers", [&](const YamlEntry& entry, const std::string& path) {
    records::Header& header = *out.add_headers();
    header.set_name(entry.key);
    reader.ReadText(*entry.value, path, *header.mutable_value());
  });
  SortByName(*out.mutable_headers());
}

// "404" or "500-599".
bool ParseStatuses(std::string_view text, std::uint32_t& from, std::uint32_t& to) {
  const auto parse = [](std::string_view digits, std::uint32_t& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  const std::size_t dash = text.find('-');
  if (!parse(text.substr(0, dash), from)) {
    return false;
  }
  to = from;
  return dash == std::string_view::npos || parse(text.substr(dash + 1), to);
}

void ReadStatus(SectionReader& reader, const YamlNode& node, const std::string& path,
                records::StatusOutcome& out) {
  MapReader map(reader, node, path, "an entry of statuses");
  map.Require("status");
  map.Require("outcome");
  std::string text;
  map.TakeText("status", text);
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  if (ParseStatuses(text, from, to)) {
    out.set_from(from);
    out.set_to(to);
  } else {
    if (!text.empty()) {
      reader.Complain(reader.FindPlace(map.PathOf("status")), "bad-status",
                      fmt::format("'{}' must be a status such as 404, or a range such as 500-599",
                                  text.substr(0, kNameBytesMax)));
    }
    reader.MarkBroken(path);
  }
  std::size_t outcome = 0;
  map.TakeWord("outcome", OutcomeWords(), outcome);
  out.set_outcome(kOutcomes[outcome]);
  map.Finish();
}

void ReadHttpOperation(SectionReader& reader, const YamlNode& node, const std::string& path,
                       records::HttpOperation& out) {
  out.set_method("POST");
  if (node.kind == YamlNode::Kind::kNull) {
    return;  // "create:" alone: all defaults
  }
  MapReader map(reader, node, path, "an http operation");
  map.TakeText("method", *out.mutable_method());
  map.TakeText("path", *out.mutable_path());
  ReadHeaders(reader, map, out);
  bool body = out.method() == "POST" || out.method() == "PUT" || out.method() == "PATCH";
  map.TakeBool("body", body);
  out.set_no_body(!body);
  map.TakeList("statuses", [&](const YamlNode& item, const std::string& item_path) {
    ReadStatus(reader, item, item_path, *out.add_statuses());
  });
  map.Finish();
}

void ReadHttp(SectionReader& reader, MapReader& map, records::HttpCartridge& out) {
  map.Require("url");
  map.TakeText("url", *out.mutable_url());
  ReadHeaders(reader, map, out);
  map.TakeMap("operations", [&](const YamlEntry& entry, const std::string& path) {
    records::HttpOperation& operation = *out.add_operations();
    operation.set_name(entry.key);
    ReadHttpOperation(reader, *entry.value, path, operation);
  });
  SortByName(*out.mutable_operations());
}

void ReadExec(SectionReader& reader, MapReader& map, records::ExecCartridge& out) {
  map.Require("command");
  map.TakeList("command", [&](const YamlNode& item, const std::string& path) {
    reader.ReadText(item, path, *out.add_command());
  });
  std::uint32_t workers = 0;
  map.TakeUnsigned("workers", workers);
  map.RefuseZero("workers");
  out.set_workers(workers);
}

}  // namespace

void ReadCartridge(SectionReader& reader, const YamlNode& node, const std::string& path,
                   records::Cartridge& out) {
  MapReader map(reader, node, path, "a cartridge");
  std::uint32_t concurrency = 0;
  Nanos timeout = 0;
  map.TakeUnsigned("concurrency", concurrency);
  map.TakeDuration("timeout", timeout);
  Nanos answer_within = 0;
  map.TakeDuration("answerWithin", answer_within);
  out.set_answer_within_ns(answer_within);
  out.set_concurrency(concurrency);
  out.set_timeout_ns(timeout);
  for (const char* key : {"concurrency", "timeout", "answerWithin"}) {
    map.RefuseZero(key);
  }
  ReadPace(reader, map, out);
  map.Require("type");
  constexpr std::size_t kNoType = 4;
  std::size_t type = kNoType;
  map.TakeWord("type", {"simulated", "http", "exec", "manual"}, type);
  switch (type) {
    case 0: ReadSimulated(reader, map, *out.mutable_simulated()); break;
    case 1: ReadHttp(reader, map, *out.mutable_http()); break;
    case 2: ReadExec(reader, map, *out.mutable_exec()); break;
    case 3: out.mutable_manual(); break;
    default: return;  // without a type nobody knows which further keys are right
  }
  map.Finish();
}

}  // namespace cairn

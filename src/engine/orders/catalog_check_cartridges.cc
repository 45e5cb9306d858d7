// The cartridges of a catalog: how much at once, how long, how often, and what each type needs.
#include "engine/orders/catalog_check_context.h"
#include "model/fields.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>

namespace cairn::catalog_check {
namespace {

using records::Cartridge;
using records::ExecCartridge;
using records::Header;
using records::HttpCartridge;
using records::HttpOperation;
using records::SimulatedCartridge;
using records::SimulatedOperation;

constexpr std::uint32_t kStatusMin = 100;
constexpr std::uint32_t kStatusMax = 599;
constexpr std::uint32_t kPortMax = 65'535;
constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD",  "POST",
                                                      "PUT", "PATCH", "DELETE"};
// Set with each request by what sends it.
constexpr std::array<std::string_view, 5> kReservedHeaders = {
    "connection", "content-length", "expect", "idempotency-key", "transfer-encoding"};

void CheckSpan(Context& context, const std::string& path, std::string_view key, Nanos span) {
  if (span >= 0 && span <= kCartridgeSpanNsMax) {
    return;
  }
  context.Add(CatalogPath(path, key), "out-of-range",
              fmt::format("{} is {}; it must lie between 0s and {}", key, FormatDuration(span),
                          FormatDuration(kCartridgeSpanNsMax)));
}

// Of an asynchronous answer.
void CheckWait(Context& context, const std::string& path, std::string_view key, Nanos span) {
  if (span >= 0 && span <= kAnswerWaitNsMax) {
    return;
  }
  context.Add(CatalogPath(path, key), "out-of-range",
              fmt::format("{} is {}; it must lie between 0s and {}", key, FormatDuration(span),
                          FormatDuration(kAnswerWaitNsMax)));
}

void CheckNumber(Context& context, const std::string& path, std::string_view key,
                 std::uint32_t value, std::uint32_t limit) {
  if (value <= limit) {
    return;
  }
  context.Add(CatalogPath(path, key), "out-of-range",
              fmt::format("{} is {}; the limit is {}", key, value, limit));
}

void CheckOutcome(Context& context, const std::string& path, int outcome) {
  if (records::ScriptedOutcome_IsValid(outcome)) {
    return;
  }
  context.Add(path, "unknown-outcome", "an outcome must be one of ok, functional and technical");
}

void CheckTemplate(Context& context, const std::string& path, std::string_view text) {
  std::vector<std::string_view> fields;
  if (TemplateFields(text, fields)) {
    return;
  }
  context.Add(path, "bad-template",
              fmt::format("'{}' has a brace without its partner, or empty braces; a field is "
                          "written {{name}}",
                          text.substr(0, kNameBytesMax)));
}

void CheckHeader(Context& context, const std::string& path, const Header& header) {
  static const RE2 kNamePattern("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  static const RE2 kValuePattern("[^\\x00-\\x08\\x0a-\\x1f\\x7f]*");
  std::string lower = header.name();
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (header.name().size() > kNameBytesMax || !RE2::FullMatch(header.name(), kNamePattern)) {
    context.Add(path, "bad-header",
                fmt::format("'{}' is not the name of an HTTP header",
                            header.name().substr(0, kNameBytesMax)));
  } else if (std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lower) !=
             kReservedHeaders.end()) {
    context.Add(path, "reserved-header",
                fmt::format("the header {} is set with each request and cannot be given here",
                            header.name()));
  }
  if (header.value().size() > kTextBytesMax || !RE2::FullMatch(header.value(), kValuePattern)) {
    context.Add(path, "bad-header",
                fmt::format("the value of {} is longer than {} bytes or holds a line break",
                            header.name(), kTextBytesMax));
  }
  CheckTemplate(context, path, header.value());
}

template <typename Owner>
void CheckHeaders(Context& context, const std::string& path, const Owner& owner) {
  const std::string base = CatalogPath(path, "headers");
  if (!context.CheckCount(base, "headers", owner.headers_size(), kHeadersMax)) {
    return;
  }
  for (const Header& header : owner.headers()) {
    CheckHeader(context, CatalogPath(base, header.name()), header);
  }
}

void CheckUrl(Context& context, const std::string& path, const std::string& url) {
  static const RE2 kPattern(
      "https?://(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(?:/[!-~]*)?");
  const std::string url_path = CatalogPath(path, "url");
  std::string port;
  if (url.size() > kTextBytesMax || !RE2::FullMatch(url, kPattern, &port) ||
      url.find_first_of("?#{}") != std::string::npos) {
    context.Add(url_path, "bad-url",
                fmt::format("'{}' must be http:// or https://, a host, an optional port and an "
                            "optional path",
                            url.substr(0, kNameBytesMax)));
    return;
  }
  if (url.back() == '/') {
    context.Add(url_path, "bad-url",
                fmt::format("'{}' must not end with '/': the paths of operations begin with it",
                            url.substr(0, kNameBytesMax)));
  }
  if (!port.empty() && std::stoul(port) > kPortMax) {
    context.Add(url_path, "bad-url", fmt::format("the port {} is above {}", port, kPortMax));
  }
}

void CheckHttpOperation(Context& context, const std::string& path, const HttpOperation& operation) {
  context.CheckName(path, "an operation", operation.name());
  if (std::find(kMethods.begin(), kMethods.end(), operation.method()) == kMethods.end()) {
    context.Add(CatalogPath(path, "method"), "unknown-method",
                fmt::format("'{}' is none of GET, HEAD, POST, PUT, PATCH and DELETE",
                            operation.method().substr(0, kNameBytesMax)));
  }
  static const RE2 kPathPattern("(?:/[!-~]*)?");
  const std::string path_path = CatalogPath(path, "path");
  if (operation.path().size() > kTextBytesMax || operation.path().find('#') != std::string::npos ||
      !RE2::FullMatch(operation.path(), kPathPattern)) {
    context.Add(path_path, "bad-path",
                fmt::format("'{}' must begin with '/' and hold no blank and no '#'",
                            operation.path().substr(0, kNameBytesMax)));
  } else {
    CheckTemplate(context, path_path, operation.path());
  }
  CheckHeaders(context, path, operation);
  const std::string statuses = CatalogPath(path, "statuses");
  if (!context.CheckCount(statuses, "statuses", operation.statuses_size(), kStatusesMax)) {
    return;
  }
  for (int i = 0; i < operation.statuses_size() && !context.full(); ++i) {
    const records::StatusOutcome& status = operation.statuses(i);
    if (status.from() < kStatusMin || status.to() > kStatusMax || status.from() > status.to()) {
      context.Add(CatalogPath(statuses, i), "bad-status",
                  fmt::format("{}-{} must be a rising range between {} and {}", status.from(),
                              status.to(), kStatusMin, kStatusMax));
    }
    CheckOutcome(context, CatalogPath(statuses, i), status.outcome());
  }
}

// Their number, their names, and each by `check(context, path, operation)`.
template <typename Operations, typename Check>
void CheckOperations(Context& context, const std::string& base, const Operations& operations,
                     Check check) {
  if (!context.CheckCount(base, "operations", operations.size(), kOperationsPerCartridgeMax)) {
    return;
  }
  std::set<std::string_view> seen;
  for (const auto& operation : operations) {
    if (context.full()) {
      return;
    }
    const std::string operation_path = CatalogPath(base, operation.name());
    if (!seen.insert(operation.name()).second) {
      context.Add(operation_path, "duplicate-name",
                  fmt::format("the operation '{}' is given twice", operation.name()));
    }
    check(context, operation_path, operation);
  }
}

void CheckHttp(Context& context, const std::string& path, const HttpCartridge& http) {
  CheckUrl(context, path, http.url());
  CheckHeaders(context, path, http);
  const std::string base = CatalogPath(path, "operations");
  if (http.operations().empty()) {
    context.Add(path, "no-operations", "an http cartridge needs at least one operation");
  }
  CheckOperations(context, base, http.operations(), CheckHttpOperation);
}

void CheckSimulatedOperation(Context& context, const std::string& path,
                             const SimulatedOperation& operation) {
  context.CheckName(path, "an operation", operation.name());
  CheckSpan(context, path, "latency", operation.latency_ns());
  CheckWait(context, path, "answerAfter", operation.answer_after_ns());
  if (operation.answer() == records::SCRIPTED_DELAYED) {
    context.Add(CatalogPath(path, "answer"), "unknown-outcome",
                "the answer to a delayed call must be one of ok, functional and technical");
  } else {
    CheckOutcome(context, CatalogPath(path, "answer"), operation.answer());
  }
  const std::string outcomes = CatalogPath(path, "outcomes");
  if (context.CheckCount(outcomes, "outcomes", operation.outcomes_size(), kScriptedOutcomesMax)) {
    for (int i = 0; i < operation.outcomes_size(); ++i) {
      CheckOutcome(context, CatalogPath(outcomes, i), operation.outcomes(i));
    }
  }
  const std::string output = CatalogPath(path, "output");
  if (operation.output().size() > kOutputBytesMax) {
    context.Add(output, "too-large",
                fmt::format("the output has {} bytes; the limit is {}", operation.output().size(),
                            kOutputBytesMax));
    return;
  }
  const Fields fields = Fields::FromEncoded(operation.output());
  for (const Fields::Field& field : fields) {
    const std::string field_path = CatalogPath(output, field.name);
    context.CheckFieldName(field_path, "a field of an output", field.name);
    context.CheckJson(field_path, field.json);
  }
}

void CheckSimulated(Context& context, const std::string& path,
                    const SimulatedCartridge& simulated) {
  CheckSpan(context, path, "latency", simulated.latency_ns());
  const std::string base = CatalogPath(path, "operations");
  CheckOperations(context, base, simulated.operations(), CheckSimulatedOperation);
}

void CheckExec(Context& context, const std::string& path, const ExecCartridge& exec) {
  const std::string command = CatalogPath(path, "command");
  if (exec.command().empty() || exec.command(0).empty()) {
    context.Add(command, "empty-command", "the command names no program");
  }
  if (context.CheckCount(command, "arguments", exec.command_size(), kCatalogListMax)) {
    for (int i = 0; i < exec.command_size() && !context.full(); ++i) {
      const std::string& argument = exec.command(i);
      if (argument.size() > kTextBytesMax || argument.find('\0') != std::string::npos) {
        context.Add(
            CatalogPath(command, i), "bad-command",
            fmt::format("an argument is longer than {} bytes or holds a zero byte", kTextBytesMax));
      }
    }
  }
  CheckNumber(context, path, "workers", exec.workers(), kExecWorkersMax);
}

void CheckCartridge(Context& context, const std::string& path, const Cartridge& cartridge) {
  CheckNumber(context, path, "concurrency", cartridge.concurrency(), kConcurrencyMax);
  CheckSpan(context, path, "timeout", cartridge.timeout_ns());
  CheckWait(context, path, "answerWithin", cartridge.answer_within_ns());
  CheckPace(context, path, cartridge);
  switch (cartridge.type_case()) {
    case Cartridge::kSimulated: CheckSimulated(context, path, cartridge.simulated()); break;
    case Cartridge::kHttp: CheckHttp(context, path, cartridge.http()); break;
    case Cartridge::kExec: CheckExec(context, path, cartridge.exec()); break;
    case Cartridge::kManual: break;
    case Cartridge::TYPE_NOT_SET:
      context.Add(CatalogPath(path, "type"), "unknown-type",
                  fmt::format("the cartridge '{}' has no type", cartridge.name()));
      break;
  }
}

}  // namespace

bool TemplateFields(std::string_view text, std::vector<std::string_view>& fields) {
  while (true) {
    const std::size_t open = text.find_first_of("{}");
    if (open == std::string_view::npos) {
      return true;
    }
    if (text[open] == '}') {
      return false;
    }
    text.remove_prefix(open + 1);
    const std::size_t close = text.find_first_of("{}");
    if (close == std::string_view::npos || close == 0 || text[close] == '{') {
      return false;
    }
    fields.push_back(text.substr(0, close));
    text.remove_prefix(close + 1);
  }
}

void CheckCartridges(Context& context) {
  for (const Cartridge& cartridge : context.catalog().cartridges()) {
    if (context.full()) {
      return;
    }
    CheckCartridge(context, CatalogPath("/cartridges", cartridge.name()), cartridge);
  }
}

}  // namespace cairn::catalog_check

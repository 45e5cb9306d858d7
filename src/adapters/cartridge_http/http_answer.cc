#include "adapters/cartridge_http/http_answer.h"

#include "base/json.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kDetailCharactersMax = 200;

Outcome ToOutcome(records::ScriptedOutcome outcome) {
  if (outcome == records::SCRIPTED_FUNCTIONAL) {
    return Outcome::kFunctional;
  }
  if (outcome == records::SCRIPTED_TECHNICAL) {
    return Outcome::kTechnical;
  }
  return Outcome::kOk;
}

// The length of the valid UTF-8 character at the front; 0 when the bytes are none.
std::size_t CharacterLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80U ? 1 : lead < 0xe0U ? 2 : lead < 0xf0U ? 3 : 4;
  if (text.size() < length || !IsCleanUtf8(text.substr(0, length))) {
    return 0;
  }
  return length;
}

// U+0080 to U+009F are control characters too; terminals obey some of them.
bool IsBlankOrControl(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (lead <= 0x20U || lead == 0x7fU) {
    return true;
  }
  return lead == 0xc2U && static_cast<unsigned char>(character[1]) < 0xa0U;
}

void FillOutput(std::string_view body, bool body_cut, CartridgeAnswer& answer) {
  const auto without_output = [&](std::string why) {
    answer.output = {};
    answer.detail = "no output: " + std::move(why);
  };
  const std::string too_large = fmt::format("the body is larger than {} bytes", kOutputBytesMax);
  if (body_cut) {
    return without_output(too_large);
  }
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return;
  }
  const Result<Json> json = ParseJson(body);
  if (!json) {
    return without_output("the body is " + json.error().message);
  }
  if (!json->is_object()) {
    return without_output("the body is JSON, but no object");
  }
  answer.output = Fields::FromJson(*json).value_or(Fields());
  if (answer.output.encoded().size() > kOutputBytesMax) {
    without_output(too_large);
  }
}

}  // namespace

Outcome OutcomeOfStatus(const records::HttpOperation& operation, std::uint32_t status) {
  for (const records::StatusOutcome& range : operation.statuses()) {
    if (status >= range.from() && status <= range.to()) {
      return ToOutcome(range.outcome());
    }
  }
  if (status >= 200 && status <= 299) {
    return Outcome::kOk;
  }
  if (status == 408 || status == 425 || status == 429) {
    return Outcome::kTechnical;
  }
  return status >= 400 && status <= 499 ? Outcome::kFunctional : Outcome::kTechnical;
}

void FillFromResponse(const records::HttpOperation& operation, std::uint32_t status,
                      std::string_view body, bool body_cut, CartridgeAnswer& answer) {
  answer.outcome = OutcomeOfStatus(operation, status);
  if (answer.outcome == Outcome::kOk) {
    return FillOutput(body, body_cut, answer);
  }
  const std::string text = OneCleanLine(body, kDetailCharactersMax);
  answer.detail =
      text.empty() ? fmt::format("HTTP {}", status) : fmt::format("HTTP {}: {}", status, text);
}

std::string OneCleanLine(std::string_view text, std::size_t characters_max) {
  std::string line;
  bool blank_before = true;  // no blank at the beginning
  for (std::size_t count = 0; !text.empty() && count < characters_max;) {
    const std::size_t length = CharacterLength(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    const bool blank = length != 0 && IsBlankOrControl(character);
    if (blank && blank_before) {
      continue;
    }
    line.append(length == 0 ? "?" : blank ? " " : character);
    blank_before = blank;
    ++count;
  }
  while (!line.empty() && line.back() == ' ') {
    line.pop_back();
  }
  return line;
}

}  // namespace cairn

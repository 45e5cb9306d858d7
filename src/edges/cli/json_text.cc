// JSON of the server as the command line reads and shows it: the bodies.
#include "edges/cli/json_text.h"

#include "edges/cli/text_layout.h"

namespace cairn::cli {
namespace {

// As deep as the document: at most kJsonDepthMax.
void AppendPretty(std::string& out, const Json& value, std::size_t level) {
  const auto next_line = [&](std::size_t to_level) {
    out.push_back('\n');
    out.append(2 * to_level, ' ');
  };
  if (value.is_array() && !value.items().empty()) {
    out.push_back('[');
    bool first = true;
    for (const Json& item : value.items()) {
      if (!first) {
        out.push_back(',');
      }
      first = false;
      next_line(level + 1);
      AppendPretty(out, item, level + 1);
    }
    next_line(level);
    out.push_back(']');
  } else if (value.is_object() && !value.members().empty()) {
    out.push_back('{');
    bool first = true;
    for (const Json::Member& member : value.members()) {
      if (!first) {
        out.push_back(',');
      }
      first = false;
      next_line(level + 1);
      AppendJsonString(out, member.key);
      out += ": ";
      AppendPretty(out, member.value, level + 1);
    }
    next_line(level);
    out.push_back('}');
  } else {
    value.SerializeTo(out);
  }
}

}  // namespace

std::string_view TextAt(const Json& object, std::string_view key) {
  const Json* found = object.Find(key);
  if (found == nullptr) {
    return {};
  }
  if (found->is_string() || found->is_number()) {
    return found->text();
  }
  if (found->is_bool()) {
    return found->bool_value() ? "true" : "false";
  }
  return {};
}

std::string CleanTextAt(const Json& object, std::string_view key) {
  return CleanForTerminal(TextAt(object, key));
}

const std::vector<Json>& ListAt(const Json& object, std::string_view key) {
  static const std::vector<Json> kEmpty;
  const Json* found = object.Find(key);
  return found != nullptr && found->is_array() ? found->items() : kEmpty;
}

Nanos MomentAt(const Json& object, std::string_view key) {
  const std::string_view text = TextAt(object, key);
  if (text.empty()) {
    return 0;
  }
  return ParseTime(text).value_or(0);
}

std::string TimeTextAt(const Json& object, std::string_view key) {
  const std::string_view text = TextAt(object, key);
  const Result<Nanos> moment = ParseTime(text);
  return moment ? FormatTime(*moment / kMillisecond * kMillisecond) : std::string(text);
}

std::string PrettyJson(const Json& value) {
  std::string out;
  AppendPretty(out, value, 0);
  return out;
}

}  // namespace cairn::cli

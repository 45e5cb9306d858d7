#include "base/json.h"

#include "base/check.h"
#include "base/text.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace cairn {
namespace {

constexpr std::size_t kSmallObject = 16;  // up to here keys are compared, beyond they are hashed

// Receives Boost.JSON's events and builds the tree on a stack of open containers.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = kJsonValuesMax;
  static constexpr std::size_t max_array_size = kJsonValuesMax;
  static constexpr std::size_t max_key_size = 1U << 16U;
  static constexpr std::size_t max_string_size = 1U << 30U;

  using error_code = boost::json::error_code;
  using View = boost::json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return Open(Json::Object(), ec); }
  bool on_object_end(std::size_t, error_code& ec) { return CloseObject(ec); }
  bool on_array_begin(error_code& ec) { return Open(Json::Array(), ec); }
  bool on_array_end(std::size_t, error_code& ec) { return Close(ec); }
  bool on_key_part(View s, std::size_t, error_code&) {
    return text_.append(s.data(), s.size()), true;
  }
  bool on_key(View s, std::size_t, error_code& ec) {
    text_.append(s.data(), s.size());
    if (text_.find('\0') != std::string::npos) return Refuse(ec, "a key holds U+0000");
    keys_.push_back(std::move(text_));
    text_.clear();
    return true;
  }
  bool on_string_part(View s, std::size_t, error_code&) {
    return text_.append(s.data(), s.size()), true;
  }
  bool on_string(View s, std::size_t, error_code& ec) {
    text_.append(s.data(), s.size());
    if (text_.find('\0') != std::string::npos) return Refuse(ec, "a string holds U+0000");
    Json value = Json::String(std::move(text_));
    text_.clear();
    return Put(std::move(value), ec);
  }
  bool on_number_part(View s, error_code&) { return text_.append(s.data(), s.size()), true; }
  bool on_int64(std::int64_t, View s, error_code& ec) { return PutNumber(s, ec); }
  bool on_uint64(std::uint64_t, View s, error_code& ec) { return PutNumber(s, ec); }
  bool on_double(double, View s, error_code& ec) { return PutNumber(s, ec); }
  bool on_bool(bool b, error_code& ec) { return Put(Json::Bool(b), ec); }
  bool on_null(error_code& ec) { return Put(Json::Null(), ec); }
  bool on_comment_part(View, error_code&) { return true; }
  bool on_comment(View, error_code&) { return true; }

  Json TakeRoot() { return std::move(root_); }
  const std::string& refusal() const { return refusal_; }
  bool too_large() const { return too_large_; }

 private:
  bool Refuse(error_code& ec, std::string why) {
    refusal_ = std::move(why);
    ec = boost::json::error::syntax;
    return false;
  }
  bool PutNumber(View s, error_code& ec) {
    text_.append(s.data(), s.size());
    Json value = Json::NumberText(std::move(text_));
    text_.clear();
    return Put(std::move(value), ec);
  }
  bool Open(Json container, error_code& ec) {
    open_.push_back(std::move(container));
    return ec.failed() ? false : true;
  }
  bool CloseObject(error_code& ec) {
    const auto& members = open_.back().members();
    const auto repeated = [&](std::string_view key) {
      return Refuse(ec, fmt::format("the key '{}' stands twice in one object", CutUtf8(key, 64)));
    };
    if (members.size() <= kSmallObject) {
      for (std::size_t i = 1; i < members.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (members[i].key == members[j].key) return repeated(members[i].key);
        }
      }
    } else {
      std::unordered_set<std::string_view> seen;
      for (const Json::Member& member : members) {
        if (!seen.insert(member.key).second) return repeated(member.key);
      }
    }
    return Close(ec);
  }
  bool Close(error_code& ec) {
    Json done = std::move(open_.back());
    open_.pop_back();
    return Put(std::move(done), ec);
  }
  bool Put(Json value, error_code& ec) {
    if (++values_ > kJsonValuesMax) {
      too_large_ = true;
      return Refuse(ec, fmt::format("more than {} values", kJsonValuesMax));
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Json& parent = open_.back();
    if (parent.is_object()) {
      parent.members().push_back({std::move(keys_.back()), std::move(value)});
      keys_.pop_back();
    } else {
      parent.items().push_back(std::move(value));
    }
    return true;
  }

  Json root_;
  std::vector<Json> open_;
  std::vector<std::string> keys_;
  std::string text_;
  std::string refusal_;
  std::size_t values_ = 0;
  bool too_large_ = false;
};

// The bytes of the character that begins the text; 0 when they are not clean. REQUIRES: not empty.
std::size_t CleanCharacterSize(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80U) return lead == 0 ? 0 : 1;
  const std::size_t length = lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : 2;
  if (lead < 0xc2U || lead > 0xf4U || length > bytes.size()) return 0;
  std::uint32_t point = lead & (0x7fU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    const auto next = static_cast<unsigned char>(bytes[k]);
    if ((next & 0xc0U) != 0x80U) return 0;
    point = (point << 6U) | (next & 0x3fU);
  }
  const bool overlong = (length == 3 && point < 0x800U) || (length == 4 && point < 0x10000U);
  const bool surrogate = point >= 0xd800U && point <= 0xdfffU;
  return overlong || surrogate || point > 0x10ffffU ? 0 : length;
}

}  // namespace

Json Json::Bool(bool value) {
  Json json;
  json.kind_ = Kind::kBool;
  json.bool_ = value;
  return json;
}
Json Json::Number(std::int64_t value) { return NumberText(std::to_string(value)); }
Json Json::NumberText(std::string text) {
  Json json;
  json.kind_ = Kind::kNumber;
  json.text_ = std::move(text);
  return json;
}
Json Json::String(std::string value) {
  Json json;
  json.kind_ = Kind::kString;
  json.text_ = std::move(value);
  return json;
}
Json Json::Array() {
  Json json;
  json.kind_ = Kind::kArray;
  return json;
}
Json Json::Object() {
  Json json;
  json.kind_ = Kind::kObject;
  return json;
}

bool Json::bool_value() const {
  CHECK(is_bool());
  return bool_;
}
const std::string& Json::text() const {
  CHECK(is_string() || is_number());
  return text_;
}
std::optional<std::int64_t> Json::int_value() const {
  if (!is_number()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (error != std::errc{} || end != text_.data() + text_.size()) return std::nullopt;
  return value;
}
const std::vector<Json>& Json::items() const {
  CHECK(is_array());
  return items_;
}
std::vector<Json>& Json::items() {
  CHECK(is_array());
  return items_;
}
const std::vector<Json::Member>& Json::members() const {
  CHECK(is_object());
  return members_;
}
std::vector<Json::Member>& Json::members() {
  CHECK(is_object());
  return members_;
}
const Json* Json::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}
void Json::Set(std::string key, Json value) {
  CHECK(is_object());
  members_.push_back({std::move(key), std::move(value)});
}
void Json::Push(Json value) {
  CHECK(is_array());
  items_.push_back(std::move(value));
}

std::string Json::Serialize() const {
  std::string out;
  SerializeTo(out);
  return out;
}

void Json::SerializeTo(std::string& out) const {
  switch (kind_) {
    case Kind::kNull: out += "null"; return;
    case Kind::kBool: out += bool_ ? "true" : "false"; return;
    case Kind::kNumber: out += text_; return;
    case Kind::kString: AppendJsonString(out, text_); return;
    case Kind::kArray: {
      out.push_back('[');
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (i > 0) out.push_back(',');
        items_[i].SerializeTo(out);
      }
      out.push_back(']');
      return;
    }
    case Kind::kObject: {
      out.push_back('{');
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out.push_back(',');
        AppendJsonString(out, members_[i].key);
        out.push_back(':');
        members_[i].value.SerializeTo(out);
      }
      out.push_back('}');
      return;
    }
  }
}

Result<Json> ParseJson(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::json::basic_parser<TreeBuilder> parser(options);
  boost::json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    const auto more = text.substr(used);
    if (more.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      ec = boost::json::error::extra_data;
    }
  }
  if (ec) {
    const TreeBuilder& builder = parser.handler();
    const bool too_deep = ec == boost::json::error::too_deep;
    const std::string why = !builder.refusal().empty() ? builder.refusal()
                            : too_deep ? fmt::format("nested deeper than {} levels", kJsonDepthMax)
                                       : ec.message();
    return Fail(builder.too_large() ? ErrorCode::kTooLarge : ErrorCode::kInvalidArgument,
                fmt::format("not valid JSON near offset {}: {}", used, why));
  }
  return parser.handler().TakeRoot();
}

void AppendJsonString(std::string& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20U && c != '"' && c != '\\';
  });
  if (plain) {
    out.push_back('"');
    out.append(text);
    out.push_back('"');
    return;
  }
  out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

bool IsCleanUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = CleanCharacterSize(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string MakeCleanUtf8(std::string bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::size_t length = CleanCharacterSize(std::string_view(bytes).substr(i));
    if (length == 0) bytes[i] = '?';
    i += std::max<std::size_t>(length, 1);
  }
  return bytes;
}

}  // namespace cairn

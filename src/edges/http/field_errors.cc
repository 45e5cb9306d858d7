#include "edges/http/field_errors.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr std::size_t kQuotedBytesMax = 64;  // of a bad value in a message

// A value from outside, shortened without cutting a UTF-8 character in two.
std::string Quoted(std::string_view text) {
  const std::string_view cut = CutUtf8(text, kQuotedBytesMax);
  return fmt::format("'{}{}'", cut, cut.size() == text.size() ? "" : "...");
}

void AppendEscaped(std::string& out, std::string_view key) {
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

std::string Place::Pointer() const {
  std::vector<const Place*> chain;
  for (const Place* place = this; place->parent_ != nullptr; place = place->parent_) {
    chain.push_back(place);
  }
  std::string pointer;
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    pointer.push_back('/');
    if ((*it)->is_member_) {
      AppendEscaped(pointer, (*it)->key_);
    } else {
      pointer += std::to_string((*it)->index_);
    }
  }
  return pointer;
}

std::string_view KindName(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull: return "null";
    case Json::Kind::kBool: return "a boolean";
    case Json::Kind::kNumber: return "a number";
    case Json::Kind::kString: return "a string";
    case Json::Kind::kArray: return "an array";
    case Json::Kind::kObject: return "an object";
  }
  return "a value";
}

void FieldErrors::Add(const Place& place, std::string_view rule, std::string detail) {
  ++count_;
  if (full()) return;
  errors_.push_back({place.Pointer(), std::string(rule), std::move(detail)});
}

void FieldErrors::WrongType(const Json& value, const Place& place, std::string_view wanted) {
  Add(place, "wrong-type", fmt::format("must be {}, is {}", wanted, KindName(value.kind())));
}

void FieldErrors::Required(const Place& place) { Add(place, "required", "must be present"); }

const std::string* FieldErrors::Text(const Json* value, const Place& place, std::size_t bytes_max) {
  if (value == nullptr) return nullptr;
  if (!value->is_string()) {
    WrongType(*value, place, "a string");
    return nullptr;
  }
  if (value->text().size() > bytes_max) {
    Add(place, "too-long",
        fmt::format("has {} bytes; at most {} are allowed", value->text().size(), bytes_max));
    return nullptr;
  }
  return &value->text();
}

const std::string* FieldErrors::Name(const Json* value, const Place& place) {
  const std::string* text = Text(value, place, kNameBytesMax);
  if (text != nullptr && text->empty()) {
    Add(place, "empty", "must not be empty");
    return nullptr;
  }
  return text;
}

std::optional<bool> FieldErrors::Bool(const Json* value, const Place& place) {
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) {
    WrongType(*value, place, "true or false");
    return std::nullopt;
  }
  return value->bool_value();
}

std::optional<std::int64_t> FieldErrors::Integer(const Json* value, const Place& place,
                                                 std::int64_t min, std::int64_t max) {
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) {
    WrongType(*value, place, "an integer");
    return std::nullopt;
  }
  const std::optional<std::int64_t> number = value->int_value();
  if (!number || *number < min || *number > max) {
    Add(place, "out-of-range",
        fmt::format("{} is not an integer from {} to {}", Quoted(value->text()), min, max));
    return std::nullopt;
  }
  return number;
}

std::optional<Nanos> FieldErrors::Time(const Json* value, const Place& place) {
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    WrongType(*value, place, "a time as a string");
    return std::nullopt;
  }
  const Result<Nanos> moment = ParseTime(value->text());
  if (!moment) {
    Add(place, "bad-time",
        fmt::format("{} is not an RFC 3339 time from 1970 to 2261, such as 2026-01-31T23:59:59Z",
                    Quoted(value->text())));
    return std::nullopt;
  }
  return *moment;
}

const Json* FieldErrors::Object(const Json* value, const Place& place) {
  if (value == nullptr || value->is_object()) return value;
  WrongType(*value, place, "an object");
  return nullptr;
}

const Json* FieldErrors::Array(const Json* value, const Place& place) {
  if (value == nullptr || value->is_array()) return value;
  WrongType(*value, place, "an array");
  return nullptr;
}

void FieldErrors::CheckFieldName(std::string_view name, const Place& place) {
  if (name.empty()) Add(place, "empty", "the name of a field must not be empty");
  if (name.size() > kFieldNameBytesMax) {
    Add(place, "too-long",
        fmt::format("the name has {} bytes; at most {} are allowed", name.size(),
                    kFieldNameBytesMax));
  }
}

void FieldErrors::CheckFieldSet(const Fields& fields, std::size_t count, const Place& place) {
  if (count > kFieldsPerSetMax) {
    Add(place, "too-many",
        fmt::format("has {} fields; at most {} are allowed", count, kFieldsPerSetMax));
  }
  if (fields.encoded().size() > kFieldSetBytesMax) {
    Add(place, "too-large",
        fmt::format("takes {} bytes; at most {} are allowed", fields.encoded().size(),
                    kFieldSetBytesMax));
  }
}

std::optional<Fields> FieldErrors::FieldSet(const Json* value, const Place& place) {
  const Json* object = Object(value, place);
  if (object == nullptr) return std::nullopt;
  Fields fields;
  std::string json;
  for (const Json::Member& member : object->members()) {
    CheckFieldName(member.key, place.Member(member.key));
    json.clear();
    member.value.SerializeTo(json);
    fields.Add(member.key, json);
  }
  CheckFieldSet(fields, object->members().size(), place);
  return fields;
}

void FieldErrors::RefuseUnknown(const Json& object, const Place& place,
                                std::initializer_list<std::string_view> known) {
  for (const Json::Member& member : object.members()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    Add(place.Member(member.key), "unknown-field",
        fmt::format("{} is not a field here", Quoted(member.key)));
  }
}

}  // namespace cairn::http

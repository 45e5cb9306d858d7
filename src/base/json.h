// JSON as Cairn keeps it: a tree whose numbers are the text that was sent, so that 1.10 stays 1.10
// and no digit of a large number is lost. Parsing is strict: UTF-8 must be valid, keys of an object
// must differ, U+0000 is refused, depth and size have limits.
//
// Plain values and pure functions; any thread.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::size_t kJsonValuesMax = 4'000'000;  // values in one document

class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  struct Member;

  Json() = default;
  static Json Null();
  static Json Bool(bool value);
  static Json Number(std::int64_t value);
  static Json NumberText(std::string text);  // REQUIRES: a number by the JSON grammar
  static Json String(std::string value);
  static Json Array();
  static Json Object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  bool bool_value() const;                        // REQUIRES: is_bool()
  const std::string& text() const;                // REQUIRES: is_string() or is_number()
  std::optional<std::int64_t> int_value() const;  // a number without fraction or exponent that fits

  const std::vector<Json>& items() const;  // REQUIRES: is_array()
  std::vector<Json>& items();
  const std::vector<Member>& members()
      const;  // REQUIRES: is_object(); in the order of the document
  std::vector<Member>& members();
  const Json* Find(std::string_view key) const;  // null when absent or when this is no object
  void Set(std::string key, Json value);         // REQUIRES: is_object() and no such key yet
  void Push(Json value);                         // REQUIRES: is_array()

  // Compact JSON text. Equal trees give equal text.
  std::string Serialize() const;
  void SerializeTo(std::string& out) const;

  bool operator==(const Json& other) const;

 private:
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

struct Json::Member {
  std::string key;
  Json value;
  friend bool operator==(const Member&, const Member&) = default;
};

// Down here, because both need to know what a Member is.
inline Json Json::Null() { return Json(); }
inline bool Json::operator==(const Json& other) const {
  return kind_ == other.kind_ && bool_ == other.bool_ && text_ == other.text_ &&
         items_ == other.items_ && members_ == other.members_;
}

// kInvalidArgument with the offset and what is wrong; kTooLarge past a limit.
[[nodiscard]] Result<Json> ParseJson(std::string_view text);

// Appends `text` as a JSON string, with quotes and escapes. REQUIRES: valid UTF-8.
void AppendJsonString(std::string& out, std::string_view text);
std::string JsonString(std::string_view text);

// True if the bytes are valid UTF-8 without U+0000.
bool IsCleanUtf8(std::string_view bytes);

// The same bytes, each that is not part of clean UTF-8 replaced by '?'.
std::string MakeCleanUtf8(std::string bytes);

}  // namespace cairn

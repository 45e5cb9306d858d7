// Fields: an ordered list of names and JSON values in one string, in the wire form of
// records.Fields. Datasets, parameters, inputs and outputs are Fields; most code only passes them
// on, and a protobuf message carries them as bytes without a copy of each name.
//
// A plain value; any thread.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace cairn {

class Fields {
 public:
  struct Field {
    std::string_view name;
    std::string_view json;  // one JSON value, compact
  };

  class Iterator {
   public:
    explicit Iterator(std::string_view rest) : rest_(rest) { Read(); }
    const Field& operator*() const { return field_; }
    const Field* operator->() const { return &field_; }
    Iterator& operator++() {
      rest_ = next_;
      Read();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.rest_.size() == b.rest_.size();
    }

   private:
    void Read();
    std::string_view rest_;
    std::string_view next_;
    Field field_;
  };

  Fields() = default;
  // Takes bytes that Encoded() once gave, or that came out of our own journal. Broken bytes end the
  // list early; they are never read past.
  static Fields FromEncoded(std::string bytes);
  // A JSON object, member by member. kInvalidArgument when it is another kind.
  [[nodiscard]] static Result<Fields> FromJson(const Json& object);
  [[nodiscard]] static Result<Fields> FromJsonText(std::string_view text);

  const std::string& encoded() const { return bytes_; }
  std::string TakeEncoded() { return std::move(bytes_); }
  bool empty() const { return bytes_.empty(); }
  std::size_t count() const;

  Iterator begin() const { return Iterator(bytes_); }
  Iterator end() const { return Iterator({}); }

  // The JSON of the first field of that name. The view lives as long as this object is unchanged.
  std::optional<std::string_view> Find(std::string_view name) const;

  // REQUIRES: `json` is one JSON value. Names may repeat; the first one is found.
  void Add(std::string_view name, std::string_view json);

  // {"name":value,...}
  void AppendJsonObject(std::string& out) const;
  std::string ToJsonObject() const;

  friend bool operator==(const Fields&, const Fields&) = default;

 private:
  std::string bytes_;
};

// Works on encoded bytes that live elsewhere, for example in a protobuf message.
std::optional<std::string_view> FindField(std::string_view encoded, std::string_view name);
void AppendFieldsAsJson(std::string& out, std::string_view encoded);

}  // namespace cairn

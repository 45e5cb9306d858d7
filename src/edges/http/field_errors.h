// Collects what is wrong with a body, all of it at once but never more than a bounded list, and
// reads the members of a JSON object by name and type while it does.
//
// Not thread-safe: one reader, one thread. The Json that is read must outlive the reader.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "model/fields.h"
#include "model/limits.h"
#include "model/order_request.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

inline constexpr std::size_t kFieldErrorsMax = 100;  // in one answer; further ones are only counted

// A place in a JSON document as a chain of stack objects, so that a pointer text is only made when
// there is an error to report. A Place must not outlive its parent or the text it was given.
class Place {
 public:
  Place() = default;
  Place Member(std::string_view key) const { return Place(this, key, 0); }
  Place Item(std::size_t index) const { return Place(this, {}, index); }
  // RFC 6901: "/productOrders/0/product"; the document itself is "".
  std::string Pointer() const;

 private:
  Place(const Place* parent, std::string_view key, std::size_t index)
      : parent_(parent), key_(key), index_(index), is_member_(key.data() != nullptr) {}
  const Place* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_member_ = false;
};

class FieldErrors {
 public:
  void Add(const Place& place, std::string_view rule, std::string detail);
  bool any() const { return count_ > 0; }
  bool full() const { return errors_.size() >= kFieldErrorsMax; }
  std::vector<FieldError> Take() { return std::move(errors_); }

  // Each of these returns the value when it is there and right, reports what is wrong with it
  // otherwise, and returns nothing when `value` is null (absent).
  const std::string* Text(const Json* value, const Place& place, std::size_t bytes_max);
  // As Text, and it must not be empty.
  const std::string* Name(const Json* value, const Place& place);
  std::optional<bool> Bool(const Json* value, const Place& place);
  std::optional<std::int64_t> Integer(const Json* value, const Place& place, std::int64_t min,
                                      std::int64_t max);
  std::optional<Nanos> Time(const Json* value, const Place& place);  // RFC 3339
  const Json* Object(const Json* value, const Place& place);
  const Json* Array(const Json* value, const Place& place);
  // A JSON object as Fields, within the limits of one set.
  std::optional<Fields> FieldSet(const Json* value, const Place& place);

  // Reports every member of `object` that is not among `known`.
  void RefuseUnknown(const Json& object, const Place& place,
                     std::initializer_list<std::string_view> known);
  void Required(const Place& place);
  // Reports a set of fields that is over its limits.
  void CheckFieldSet(const Fields& fields, std::size_t count, const Place& place);
  void CheckFieldName(std::string_view name, const Place& place);

 private:
  void WrongType(const Json& value, const Place& place, std::string_view wanted);
  std::vector<FieldError> errors_;
  std::size_t count_ = 0;
};

// "a string", "an object": how messages call the kind of a value.
std::string_view KindName(Json::Kind kind);

}  // namespace cairn::http

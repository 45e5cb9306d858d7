// What a ServiceOrder and a CancelServiceOrder of TMF641 v4.1 are made of: a table of members for
// each type, from which reading, showing, choosing and filtering attributes follow.
//
// Constants; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cairn::http {

enum class TmfKind : std::uint8_t {
  kText,
  kTime,  // RFC 3339
  kBool,
  kInteger,
  kWord,  // one of a few
  kAny,   // any JSON
  kObject
};

// Who may say it. Only counts for the members of an order and of its items.
enum class TmfAccess : std::uint8_t { kCreateAndPatch, kCreate, kPatch, kServer };

struct TmfWords {
  std::span<const std::string_view> words;
  std::string_view rule;  // that another word breaks
};

struct TmfType;

struct TmfMember {
  std::string_view name;
  TmfKind kind = TmfKind::kText;
  bool list = false;
  bool required = false;
  bool not_empty = false;           // a list with at least one entry
  bool number_too = false;          // a number is taken and becomes text
  const TmfType* type = nullptr;    // of kObject
  const TmfWords* words = nullptr;  // of kWord
  TmfAccess access = TmfAccess::kCreateAndPatch;
  std::string_view misspelt{};  // how published samples write the name
  // What the member is made from where it is missing: the value of another member, else a text.
  std::string_view from{};
  std::string_view otherwise{};

  template <typename T>
  constexpr TmfMember With(T TmfMember::*field, T value) const {
    TmfMember changed = *this;
    changed.*field = value;
    return changed;
  }
  constexpr TmfMember Required() const { return With(&TmfMember::required, true); }
  constexpr TmfMember NotEmpty() const { return With(&TmfMember::not_empty, true); }
  constexpr TmfMember NumberToo() const { return With(&TmfMember::number_too, true); }
  constexpr TmfMember By(TmfAccess who) const { return With(&TmfMember::access, who); }
  constexpr TmfMember Misspelt(std::string_view as) const { return With(&TmfMember::misspelt, as); }
  constexpr TmfMember From(std::string_view member) const { return With(&TmfMember::from, member); }
  constexpr TmfMember Otherwise(std::string_view text) const {
    return With(&TmfMember::otherwise, text);
  }
};

struct TmfType {
  std::span<const TmfMember> members;
  std::span<const TmfMember> common;  // what types of its sort share

  // Null: the type does not define it, so it may be anything.
  const TmfMember* Find(std::string_view name) const;
};

extern const TmfType kTmfServiceOrder;
extern const TmfType kTmfCancelServiceOrder;

extern const TmfWords kTmfOrderStates;

}  // namespace cairn::http

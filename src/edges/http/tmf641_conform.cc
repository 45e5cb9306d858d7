#include "edges/http/tmf641_conform.h"

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

namespace cairn::http {
namespace {

// Walks a value and its table together. Without `errors` what does not fit is left out.
class Conformer {
 public:
  explicit Conformer(FieldErrors* errors) : errors_(errors) {}

  // False: the object lacks something mandatory.
  bool Members(Json& object, const TmfType& type, const Place& place) {
    MendNames(object, type);
    std::vector<Json::Member> kept;
    kept.reserve(object.members().size());
    for (Json::Member& member : object.members()) {
      const TmfMember* known = type.Find(member.key);
      if (known != nullptr) {
        if (StandsForNothing(member.value, *known)) continue;
        const Place inner = place.Member(member.key);
        const bool fits =
            known->list ? Entries(member.value, *known, inner) : Value(member.value, *known, inner);
        if (!fits && LeavesOut()) continue;
      }
      kept.push_back(std::move(member));
    }
    object.members() = std::move(kept);
    return Complete(object, type.members, place);
  }

 private:
  // What is reported stays where it is, so that nothing is reported to be missing besides.
  bool LeavesOut() const { return errors_ == nullptr; }

  static void MendNames(Json& object, const TmfType& type) {
    for (const TmfMember& known : type.members) {
      if (known.misspelt.empty() || object.Find(known.name) != nullptr) continue;
      for (Json::Member& member : object.members()) {
        if (member.key == known.misspelt) member.key = known.name;
      }
    }
  }

  static bool StandsForNothing(const Json& value, const TmfMember& known) {
    if (value.is_null()) return known.kind != TmfKind::kAny;
    return known.kind == TmfKind::kTime && value.is_string() && value.text().empty();
  }

  bool Complete(Json& object, std::span<const TmfMember> members, const Place& place) {
    bool complete = true;
    for (const TmfMember& member : members) {
      if (object.Find(member.name) != nullptr) continue;
      const Json* from = member.from.empty() ? nullptr : object.Find(member.from);
      if (from != nullptr) {
        object.Set(std::string(member.name), Json(*from));
      } else if (!member.otherwise.empty()) {
        object.Set(std::string(member.name), Json::String(std::string(member.otherwise)));
      } else if (member.required) {
        complete = Wrong([&] { errors_->Required(place.Member(member.name)); });
      }
    }
    return complete;
  }

  bool Entries(Json& list, const TmfMember& member, const Place& place) {
    if (!list.is_array()) return Wrong([&] { errors_->Array(&list, place); });
    std::vector<Json> kept;
    kept.reserve(list.items().size());
    for (std::size_t i = 0; i < list.items().size(); ++i) {
      Json& entry = list.items()[i];
      if (Value(entry, member, place.Item(i)) || !LeavesOut()) kept.push_back(std::move(entry));
    }
    list.items() = std::move(kept);
    if (!member.not_empty || !list.items().empty()) return true;
    return Wrong([&] { errors_->Add(place, "empty", "must have at least one entry"); });
  }

  bool Value(Json& value, const TmfMember& member, const Place& place) {
    switch (member.kind) {
      case TmfKind::kAny: return true;
      case TmfKind::kBool: return value.is_bool() || Wrong([&] { errors_->Bool(&value, place); });
      case TmfKind::kInteger:
        return value.int_value().has_value() ||
               Wrong([&] { errors_->Integer(&value, place, INT64_MIN, INT64_MAX); });
      case TmfKind::kText:
        if (member.number_too && value.is_number()) value = Json::String(value.text());
        return value.is_string() || Wrong([&] { errors_->Text(&value, place, 0); });
      case TmfKind::kWord: return AnyWord(value, *member.words, place);
      case TmfKind::kTime: return Moment(value, place);
      case TmfKind::kObject:
        if (!value.is_object()) return Wrong([&] { errors_->Object(&value, place); });
        return Members(value, *member.type, place);
    }
    return false;
  }

  bool AnyWord(const Json& value, const TmfWords& words, const Place& place) {
    if (!value.is_string()) return Wrong([&] { errors_->Text(&value, place, 0); });
    const auto& known = words.words;
    if (std::find(known.begin(), known.end(), value.text()) != known.end()) return true;
    return Wrong([&] {
      errors_->Add(place, words.rule, fmt::format("must be one of {}", fmt::join(known, ", ")));
    });
  }

  bool Moment(Json& value, const Place& place) {
    const auto strict = value.is_string() ? StrictTime(value.text()) : std::nullopt;
    if (!strict) return Wrong([&] { errors_->Time(&value, place); });
    if (*strict != value.text()) value = Json::String(*strict);
    return true;
  }

  // Reports, where reports are wanted; false: the value is left out.
  template <typename Report>
  bool Wrong(Report report) {
    if (errors_ != nullptr) report();
    return false;
  }

  FieldErrors* errors_;
};

// A year of the same length that ParseTime can compute with.
std::string WithNearYear(const std::string& text) {
  const int year = std::atoi(text.substr(0, 4).c_str());
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return (leap ? "2000" : "2001") + text.substr(4);
}

}  // namespace

void ConformOrReport(Json& object, const TmfType& type, const Place& place, FieldErrors& errors) {
  Conformer(&errors).Members(object, type, place);
}

void ConformOrLeaveOut(Json& object, const TmfType& type) {
  Conformer(nullptr).Members(object, type, Place());
}

void DropUnsettable(Json& order, const TmfType& type, TmfAccess request) {
  std::erase_if(order.members(), [&](const Json::Member& member) {
    const TmfMember* known = type.Find(member.key);
    return known != nullptr && known->access != TmfAccess::kCreateAndPatch &&
           known->access != request;
  });
  for (Json::Member& member : order.members()) {
    const TmfMember* known = type.Find(member.key);
    if (known == nullptr || known->type == nullptr) continue;
    if (member.value.is_object()) DropUnsettable(member.value, *known->type, request);
    if (!member.value.is_array()) continue;
    for (Json& entry : member.value.items()) {
      if (entry.is_object()) DropUnsettable(entry, *known->type, request);
    }
  }
}

std::optional<std::string> StrictTime(const std::string& text) {
  constexpr std::size_t kSecondsAt = 17;
  if (const Result<Nanos> moment = ParseTime(text)) {
    // Leap seconds and a small z: right, but not every reader knows them.
    const bool odd = text.back() == 'z' || text.compare(kSecondsAt, 2, "60") == 0;
    return odd ? FormatTime(*moment) : text;
  }
  const bool has_year =
      text.size() > kSecondsAt && text.substr(0, 4) != "0000" &&
      std::all_of(text.begin(), text.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
  if (!has_year || text.back() == 'z' || !ParseTime(WithNearYear(text))) return std::nullopt;
  return text;
}

}  // namespace cairn::http

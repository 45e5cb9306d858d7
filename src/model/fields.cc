#include "model/fields.h"

#include "base/bytes.h"

namespace cairn {
namespace {

// The wire form of `repeated Field fields = 1` with `string name = 1` and `bytes json = 2`.
constexpr char kFieldTag = 0x0a;
constexpr char kNameTag = 0x0a;
constexpr char kJsonTag = 0x12;

}  // namespace

void Fields::Iterator::Read() {
  field_ = {};
  next_ = {};
  if (rest_.empty()) return;
  ByteReader outer(rest_);
  outer.Take(1);
  ByteReader inner(outer.Sized());
  if (!outer.ok()) {
    rest_ = {};
    return;
  }
  while (!inner.empty()) {
    const std::string_view tag = inner.Take(1);
    const std::string_view value = inner.Sized();
    if (!inner.ok()) break;
    (tag.front() == kNameTag ? field_.name : field_.json) = value;
  }
  next_ = outer.rest();
}

Fields Fields::FromEncoded(std::string bytes) {
  Fields fields;
  fields.bytes_ = std::move(bytes);
  return fields;
}

Result<Fields> Fields::FromJson(const Json& object) {
  if (!object.is_object()) return Fail(ErrorCode::kInvalidArgument, "must be a JSON object");
  Fields fields;
  std::string json;
  for (const Json::Member& member : object.members()) {
    json.clear();
    member.value.SerializeTo(json);
    fields.Add(member.key, json);
  }
  return fields;
}

Result<Fields> Fields::FromJsonText(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  return FromJson(json);
}

std::size_t Fields::count() const {
  std::size_t count = 0;
  for (auto it = begin(); it != end(); ++it) ++count;
  return count;
}

std::optional<std::string_view> Fields::Find(std::string_view name) const {
  return FindField(bytes_, name);
}

void Fields::Add(std::string_view name, std::string_view json) {
  const std::size_t size =
      2 + VarintSize(name.size()) + name.size() + VarintSize(json.size()) + json.size();
  bytes_.push_back(kFieldTag);
  AppendVarint(bytes_, size);
  bytes_.push_back(kNameTag);
  AppendSized(bytes_, name);
  bytes_.push_back(kJsonTag);
  AppendSized(bytes_, json);
}

void Fields::AppendJsonObject(std::string& out) const { AppendFieldsAsJson(out, bytes_); }

std::string Fields::ToJsonObject() const {
  std::string out;
  AppendJsonObject(out);
  return out;
}

std::optional<std::string_view> FindField(std::string_view encoded, std::string_view name) {
  for (auto it = Fields::Iterator(encoded); it != Fields::Iterator({}); ++it) {
    if (it->name == name) return it->json;
  }
  return std::nullopt;
}

void AppendFieldsAsJson(std::string& out, std::string_view encoded) {
  out.push_back('{');
  bool first = true;
  for (auto it = Fields::Iterator(encoded); it != Fields::Iterator({}); ++it) {
    if (!first) out.push_back(',');
    first = false;
    AppendJsonString(out, it->name);
    out.push_back(':');
    out.append(it->json);
  }
  out.push_back('}');
}

}  // namespace cairn

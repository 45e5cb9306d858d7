#include "engine/orders/catalog.h"

#include "base/bytes.h"
#include "base/check.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <re2/re2.h>

#include <algorithm>

namespace cairn {
namespace {

template <typename Items>
std::optional<std::uint32_t> FindByName(const Items& items, std::string_view name) {
  const auto it =
      std::lower_bound(items.begin(), items.end(), name,
                       [](const auto& item, std::string_view n) { return item.name() < n; });
  if (it == items.end() || it->name() != name) return std::nullopt;
  return static_cast<std::uint32_t>(it - items.begin());
}

std::string SerializeDeterministically(const records::Catalog& catalog) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  catalog.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

Catalog::Catalog(records::Catalog catalog, std::string serialized)
    : records_(std::move(catalog)), serialized_(std::move(serialized)), hash_(Hash64(serialized_)) {
  for (const auto& product : records_.products()) {
    auto& patterns = patterns_.emplace_back();
    for (const auto& parameter : product.parameters()) {
      patterns.push_back(parameter.pattern().empty() ? nullptr
                                                     : std::make_shared<const re2::RE2>(
                                                           parameter.pattern(), re2::RE2::Quiet));
    }
  }
  for (const auto& technical : records_.technical_product_orders()) {
    auto& cartridges = step_cartridges_.emplace_back();
    for (const auto& step : technical.steps()) {
      const auto index = FindByName(records_.cartridges(), step.cartridge());
      CHECK_MSG(index.has_value(), step.cartridge());
      cartridges.push_back(static_cast<int>(*index));
    }
  }
}

std::shared_ptr<const Catalog> Catalog::Make(records::Catalog catalog) {
  std::string serialized = SerializeDeterministically(catalog);
  return std::shared_ptr<const Catalog>(new Catalog(std::move(catalog), std::move(serialized)));
}

Result<std::shared_ptr<const Catalog>> Catalog::Parse(std::string_view serialized) {
  records::Catalog catalog;
  if (!catalog.ParseFromArray(serialized.data(), static_cast<int>(serialized.size()))) {
    return Fail(ErrorCode::kCorrupt, "a stored catalog cannot be parsed");
  }
  // The bytes as they are: orders name them by their hash, and another version of the library, or
  // fields that this program does not know, could come out otherwise.
  return std::shared_ptr<const Catalog>(new Catalog(std::move(catalog), std::string(serialized)));
}

const records::Cartridge& Catalog::cartridge_of(std::uint32_t technical_index,
                                                std::uint32_t step) const {
  return records_.cartridges(step_cartridges_[technical_index][step]);
}

const records::Rule& Catalog::rule(std::string_view name) const {
  const auto index = FindByName(records_.rules(), name);
  CHECK_MSG(index.has_value(), name);
  return records_.rules(static_cast<int>(*index));
}

std::optional<std::uint32_t> Catalog::FindProduct(std::string_view name) const {
  return FindByName(records_.products(), name);
}

std::optional<std::uint32_t> Catalog::FindTechnical(std::string_view name) const {
  return FindByName(records_.technical_product_orders(), name);
}

const records::ProductAction* Catalog::FindAction(const records::Product& product,
                                                  records::Verb verb) {
  for (const auto& action : product.actions()) {
    if (action.verb() == verb) return &action;
  }
  return nullptr;
}

std::string_view VerbName(std::uint32_t verb) {
  switch (verb) {
    case records::ADD: return "add";
    case records::MODIFY: return "modify";
    case records::DELETE: return "delete";
    case records::NO_CHANGE: return "noChange";
    default: return "";
  }
}

std::optional<records::Verb> ParseVerb(std::string_view name) {
  for (const auto verb : {records::ADD, records::MODIFY, records::DELETE, records::NO_CHANGE}) {
    if (VerbName(static_cast<std::uint32_t>(verb)) == name) return verb;
  }
  return std::nullopt;
}

}  // namespace cairn

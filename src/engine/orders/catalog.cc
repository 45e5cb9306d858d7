#include "engine/orders/catalog.h"

#include "base/bytes.h"
#include "base/check.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

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

// Which names of datasets the processes of a catalog may set while an order runs.
class SetNames {
 public:
  explicit SetNames(const records::Catalog& catalog) {
    for (const auto& technical : catalog.technical_product_orders()) {
      for (const auto& step : technical.steps()) {
        any_ = any_ || step.has_on_entry() || step.has_on_eval();
        for (const auto& assignment : step.assign()) names_.insert(assignment.value().target());
        for (const auto& assignment : step.results()) names_.insert(assignment.value().target());
      }
    }
  }
  bool MayHave(const std::string& name) const { return any_ || names_.contains(name); }

 private:
  std::set<std::string> names_;
  bool any_ = false;
};

StepTraits TraitsOf(const records::Step& step, const SetNames& set_names) {
  StepTraits traits;
  traits.is_settled = !IsCall(step) || step.assign_size() > 0;
  traits.has_script = step.has_on_entry();
  for (const auto& guard : step.guards()) {
    traits.has_script = traits.has_script || !guard.source().empty();
  }
  for (const auto& assignment : step.assign()) {
    traits.has_script = traits.has_script || assignment.value().has_expression();
  }
  for (const auto& mapping : step.input()) {
    traits.has_script = traits.has_script || mapping.has_expression();
    // What it is sent with must not change from one attempt to the next.
    const bool varies = mapping.source_case() == records::Mapping::kParameter &&
                        set_names.MayHave(mapping.parameter());
    traits.is_settled = traits.is_settled || varies;
  }
  traits.is_settled = traits.is_settled || traits.has_script;
  return traits;
}

}  // namespace

bool IsCall(const records::Step& step) {
  return step.kind() == records::WORK_ORDER || step.kind() == records::COMPENSATION;
}

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
  const SetNames set_names(records_);
  for (const auto& technical : records_.technical_product_orders()) {
    auto& traits = step_traits_.emplace_back();
    for (const auto& step : technical.steps()) traits.push_back(TraitsOf(step, set_names));
    auto& cartridges = step_cartridges_.emplace_back();
    for (const auto& step : technical.steps()) {
      if (!IsCall(step)) {
        cartridges.push_back(-1);
        continue;
      }
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
  const int index = step_cartridges_[technical_index][step];
  CHECK(index >= 0);
  return records_.cartridges(index);
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

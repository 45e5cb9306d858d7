// The products of a catalog: parameters, selectors, actions, and what they are decomposed into.
#include "base/json.h"
#include "engine/orders/catalog_check_context.h"
#include "engine/orders/decimal.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace cairn::catalog_check {
namespace {

using records::Parameter;
using records::Product;
using records::ProductAction;
using records::Selector;

std::string_view VerbName(int verb) {
  switch (verb) {
    case records::ADD: return "add";
    case records::MODIFY: return "modify";
    case records::DELETE: return "delete";
    case records::NO_CHANGE: return "noChange";
    default: return "unknown";
  }
}

std::string_view TypeName(int type) {
  switch (type) {
    case records::STRING: return "string";
    case records::INTEGER: return "integer";
    case records::NUMBER: return "number";
    case records::BOOLEAN: return "boolean";
    case records::OBJECT: return "object";
    case records::ARRAY: return "array";
    default: return "any";
  }
}

bool HasType(const Json& value, int type) {
  switch (type) {
    case records::STRING: return value.is_string();
    case records::INTEGER:
      return value.is_number() && value.text().find_first_of(".eE") == std::string::npos;
    case records::NUMBER: return value.is_number();
    case records::BOOLEAN: return value.is_bool();
    case records::OBJECT: return value.is_object();
    case records::ARRAY: return value.is_array();
    default: return true;
  }
}

// REQUIRES: `number` is one. A bound that is none is told elsewhere.
bool IsOutOfRange(const Parameter& parameter, std::string_view number) {
  const auto is_number = [](const std::string& text) {
    const auto value = ParseJson(text);
    return value && value->is_number();
  };
  return (is_number(parameter.minimum()) && CompareDecimals(number, parameter.minimum()) < 0) ||
         (is_number(parameter.maximum()) && CompareDecimals(number, parameter.maximum()) > 0);
}

// Checks a default against its parameter's type and pattern; `pattern` is null when there is none.
void CheckDefault(Context& context, const std::string& path, const Parameter& parameter,
                  const RE2* pattern) {
  const std::string default_path = CatalogPath(path, "default");
  const auto value = ParseJson(parameter.default_json());
  if (!value || parameter.default_json().size() > kFieldSetBytesMax) {
    context.CheckJson(default_path, parameter.default_json());
    return;
  }
  if (!HasType(*value, parameter.type())) {
    context.Add(default_path, "default-not-of-type",
                fmt::format("the default of '{}' must be of type {}", parameter.name(),
                            TypeName(parameter.type())));
  } else if (pattern != nullptr && value->is_string() && !RE2::FullMatch(value->text(), *pattern)) {
    context.Add(default_path, "default-not-of-pattern",
                fmt::format("the default of '{}' does not match the pattern {}", parameter.name(),
                            parameter.pattern()));
  }
  const auto& allowed = parameter.one_of();
  if (!allowed.empty() && std::none_of(allowed.begin(), allowed.end(), [&](const auto& json) {
        const auto other = ParseJson(json);
        return other && IsSameValue(*value, *other);
      })) {
    context.Add(default_path, "default-not-allowed",
                fmt::format("the default of '{}' is not in its enum", parameter.name()));
  }
  if (value->is_number() && IsOutOfRange(parameter, value->text())) {
    context.Add(default_path, "default-out-of-range",
                fmt::format("the default of '{}' is below its minimum or above its maximum",
                            parameter.name()));
  }
}

void CheckValues(Context& context, const std::string& path, const Parameter& parameter) {
  const std::string base = CatalogPath(path, "enum");
  if (!context.CheckCount(base, "values", parameter.one_of_size(), kParameterValuesMax)) return;
  for (int i = 0; i < parameter.one_of_size() && !context.full(); ++i) {
    const auto value = ParseJson(parameter.one_of(i));
    if (!value) {
      context.CheckJson(CatalogPath(base, i), parameter.one_of(i));
    } else if (!HasType(*value, parameter.type())) {
      context.Add(CatalogPath(base, i), "value-not-of-type",
                  fmt::format("the values of '{}' must be of type {}", parameter.name(),
                              TypeName(parameter.type())));
    }
  }
}

void CheckRange(Context& context, const std::string& path, const Parameter& parameter) {
  if (parameter.minimum().empty() && parameter.maximum().empty()) return;
  const bool numeric = parameter.type() == records::INTEGER || parameter.type() == records::NUMBER;
  if (!numeric) {
    context.Add(path, "range-needs-number",
                fmt::format("'{}' is of type {}; only numbers have a minimum and a maximum",
                            parameter.name(), TypeName(parameter.type())));
    return;
  }
  bool valid = true;
  const auto check = [&](std::string_view key, const std::string& text) {
    const auto value = ParseJson(text);
    if (text.empty() || (value && value->is_number())) return;
    valid = false;
    context.Add(CatalogPath(path, key), "bad-number",
                fmt::format("the {} of '{}' is no number", key, parameter.name()));
  };
  check("minimum", parameter.minimum());
  check("maximum", parameter.maximum());
  const bool both = valid && !parameter.minimum().empty() && !parameter.maximum().empty();
  if (both && CompareDecimals(parameter.minimum(), parameter.maximum()) > 0) {
    context.Add(CatalogPath(path, "maximum"), "empty-range",
                fmt::format("the maximum of '{}' is below its minimum", parameter.name()));
  }
}

void CheckParameter(Context& context, const std::string& path, const Parameter& parameter) {
  context.CheckFieldName(path, "a parameter", parameter.name());
  if (!records::ParameterType_IsValid(parameter.type())) {
    context.Add(CatalogPath(path, "type"), "unknown-type",
                fmt::format("the type of '{}' is not known", parameter.name()));
    return;
  }
  const std::string pattern_path = CatalogPath(path, "pattern");
  const bool has_pattern = !parameter.pattern().empty();
  if (has_pattern && parameter.type() != records::STRING &&
      parameter.type() != records::PARAMETER_TYPE_UNSPECIFIED) {
    context.Add(pattern_path, "pattern-needs-string",
                fmt::format("'{}' is of type {}; only text has a pattern", parameter.name(),
                            TypeName(parameter.type())));
    return;
  }
  if (parameter.pattern().size() > kPatternBytesMax) {
    context.Add(pattern_path, "pattern-too-long",
                fmt::format("the pattern of '{}' has {} bytes; the limit is {}", parameter.name(),
                            parameter.pattern().size(), kPatternBytesMax));
    return;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryBytesMax);
  const RE2 pattern(parameter.pattern(), options);
  if (!pattern.ok()) {
    context.Add(
        pattern_path, "bad-pattern",
        fmt::format("the pattern of '{}' is not valid: {}", parameter.name(), pattern.error()));
  }
  CheckValues(context, path, parameter);
  CheckRange(context, path, parameter);
  if (!parameter.default_json().empty()) {
    CheckDefault(context, path, parameter, has_pattern && pattern.ok() ? &pattern : nullptr);
  }
}

void CheckParameters(Context& context, const std::string& path, const Product& product) {
  const std::string base = CatalogPath(path, "parameters");
  if (!context.CheckCount(base, "parameters", product.parameters_size(),
                          static_cast<int>(kFieldsPerSetMax))) {
    return;
  }
  std::set<std::string_view> seen;
  for (const Parameter& parameter : product.parameters()) {
    if (context.full()) {
      return;
    }
    const std::string parameter_path = CatalogPath(base, parameter.name());
    if (!seen.insert(parameter.name()).second) {
      context.Add(parameter_path, "duplicate-name",
                  fmt::format("the parameter '{}' is given twice", parameter.name()));
    }
    CheckParameter(context, parameter_path, parameter);
  }
}

// A sequence says that a former entry goes first; an `after` between two of its entries must not
// say the opposite.
void CheckSequenceAgainstAfter(Context& context, const std::string& path,
                               const ProductAction& action) {
  std::map<std::string_view, int> positions;
  for (int i = 0; i < action.decomposition_size(); ++i) {
    positions.emplace(action.decomposition(i), i);
  }
  for (int i = 0; i < action.decomposition_size() && !context.full(); ++i) {
    const auto definition = context.technical_product_orders().find(action.decomposition(i));
    if (definition == context.technical_product_orders().end()) {
      continue;
    }
    for (const std::string& before :
         context.catalog().technical_product_orders(definition->second).after()) {
      const auto position = positions.find(before);
      if (position == positions.end() || position->second <= i) {
        continue;
      }
      context.Add(CatalogPath(path, i), "sequence-against-after",
                  fmt::format("'{}' stands before '{}' in this sequence, but it is defined to go "
                              "after it",
                              action.decomposition(i), before));
    }
  }
}

void CheckAction(Context& context, const std::string& path, const ProductAction& action) {
  const std::string base = CatalogPath(path, "decomposition");
  if (action.decomposition().empty()) {
    context.Add(
        path, "empty-decomposition",
        fmt::format("the action {} names no technical product order", VerbName(action.verb())));
    return;
  }
  if (!context.CheckCount(base, "technical product orders", action.decomposition_size(),
                          kCatalogListMax)) {
    return;
  }
  const int conditions = action.decomposition_when_size();
  if (conditions != 0 && conditions != action.decomposition_size()) {
    context.Add(base, "conditions-do-not-match",
                fmt::format("{} technical product orders with {} conditions",
                            action.decomposition_size(), conditions));
    return;
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < action.decomposition_size() && !context.full(); ++i) {
    const std::string& name = action.decomposition(i);
    if (conditions != 0 && !action.decomposition_when(i).source().empty()) {
      context.CheckScript(CatalogPath(CatalogPath(base, i), "when"), action.decomposition_when(i));
    }
    context.CheckReference(CatalogPath(base, i), "unknown-technical-product-order",
                           "technical product order", name, context.technical_product_orders());
    if (!seen.insert(name).second) {
      context.Add(CatalogPath(base, i), "duplicate-name",
                  fmt::format("'{}' stands twice in one decomposition", name));
    }
  }
  if (action.in_sequence()) {
    CheckSequenceAgainstAfter(context, base, action);
  }
}

void CheckActions(Context& context, const std::string& path, const Product& product) {
  const std::string base = CatalogPath(path, "actions");
  if (product.actions().empty()) {
    context.Add(path, "no-actions",
                fmt::format("the product '{}' has no action, so nothing can be ordered of it",
                            product.name()));
  }
  std::set<int> seen;
  for (const ProductAction& action : product.actions()) {
    const std::string action_path = CatalogPath(base, VerbName(action.verb()));
    if (!records::Verb_IsValid(action.verb()) || action.verb() == records::VERB_UNSPECIFIED) {
      context.Add(action_path, "unknown-action",
                  "an action must be one of add, modify, delete and noChange");
    } else if (!seen.insert(action.verb()).second) {
      context.Add(action_path, "duplicate-name",
                  fmt::format("the action {} is given twice", VerbName(action.verb())));
    }
    CheckAction(context, action_path, action);
  }
}

using SelectorKey =
    std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

// The product that has the selector.
using SelectorOwners = std::map<SelectorKey, std::string_view>;

void CheckSelectors(Context& context, const std::string& path, const Product& product,
                    SelectorOwners& owners) {
  const std::string base = CatalogPath(path, "selectors");
  if (!context.CheckCount(base, "selectors", product.selectors_size(), kSelectorsPerProductMax)) {
    return;
  }
  for (int i = 0; i < product.selectors_size() && !context.full(); ++i) {
    const Selector& selector = product.selectors(i);
    const SelectorKey key{selector.service_specification(), selector.service_type(),
                          selector.service_id(), selector.characteristic()};
    if (key == SelectorKey{}) {
      context.Add(CatalogPath(base, i), "empty-selector",
                  "a selector needs at least one field; this one would select everything");
      continue;
    }
    const auto [owner, is_new] = owners.try_emplace(key, product.name());
    if (!is_new) {
      context.Add(CatalogPath(base, i), "ambiguous-selector",
                  fmt::format("the product '{}' has the same selector", owner->second));
    }
  }
}

void CheckAfter(Context& context, const std::string& path, const Product& product) {
  const std::string base = CatalogPath(path, "after");
  if (!context.CheckCount(base, "products", product.after_size(), kCatalogListMax)) {
    return;
  }
  for (int i = 0; i < product.after_size() && !context.full(); ++i) {
    context.CheckReference(CatalogPath(base, i), "unknown-product", "product", product.after(i),
                           context.products());
  }
}

// The value of the id parameter must name a service, in every order and for everybody to read.
void CheckService(Context& context, const std::string& path, const Product& product) {
  if (!product.has_service()) return;
  const std::string base = CatalogPath(path, "service");
  const std::string id_path = CatalogPath(base, "id");
  const std::string& name = product.service().id_parameter();
  const auto parameter =
      std::find_if(product.parameters().begin(), product.parameters().end(),
                   [&](const Parameter& candidate) { return candidate.name() == name; });
  if (parameter == product.parameters().end()) {
    std::vector<std::string_view> known;
    for (const Parameter& candidate : product.parameters()) known.emplace_back(candidate.name());
    context.Add(id_path, "unknown-parameter",
                fmt::format("the product '{}' has no parameter '{}'{}", product.name(), name,
                            Context::Suggestion(name, known)));
    return;
  }
  if (parameter->type() != records::STRING && parameter->type() != records::INTEGER) {
    context.Add(id_path, "service-id-type",
                fmt::format("'{}' is of type {}; what names a service is of type string or integer",
                            name, TypeName(parameter->type())));
  }
  if (!parameter->mandatory() || !parameter->default_json().empty()) {
    context.Add(
        id_path, "service-id-optional",
        fmt::format("'{}' names a service, so it must be mandatory and have no default", name));
  }
  if (parameter->secret()) {
    context.Add(id_path, "service-id-secret",
                fmt::format("'{}' names a service, so it cannot be secret", name));
  }
}

}  // namespace

void CheckProducts(Context& context) {
  const std::string base = "/products";
  SelectorOwners owners;
  for (const Product& product : context.catalog().products()) {
    if (context.full()) {
      return;
    }
    const std::string path = CatalogPath(base, product.name());
    context.CheckDescription(path, product.description());
    CheckSelectors(context, path, product, owners);
    CheckParameters(context, path, product);
    CheckService(context, path, product);
    CheckAfter(context, path, product);
    CheckActions(context, path, product);
  }
}

}  // namespace cairn::catalog_check

#include "engine/orders/plan_parameters.h"

#include "base/check.h"
#include "base/text.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace cairn {
namespace {

std::string_view TypeName(records::ParameterType type) {
  switch (static_cast<int>(type)) {
    case records::STRING: return "string";
    case records::INTEGER: return "integer";
    case records::NUMBER: return "number";
    case records::BOOLEAN: return "boolean";
    case records::OBJECT: return "object";
    case records::ARRAY: return "array";
    default: return "any";
  }
}

bool HasType(std::string_view json, records::ParameterType type) {
  CHECK(!json.empty());
  const char first = json.front();
  const bool number = first == '-' || (first >= '0' && first <= '9');
  switch (static_cast<int>(type)) {
    case records::STRING: return first == '"';
    case records::INTEGER: return number && json.find_first_of(".eE") == std::string_view::npos;
    case records::NUMBER: return number;
    case records::BOOLEAN: return first == 't' || first == 'f';
    case records::OBJECT: return first == '{';
    case records::ARRAY: return first == '[';
    default: return true;
  }
}

// The value of a JSON string.
std::string StringValue(std::string_view json) {
  if (json.find('\\') == std::string_view::npos)
    return std::string(json.substr(1, json.size() - 2));
  const auto parsed = ParseJson(json);
  CHECK(parsed.has_value() && parsed->is_string());
  return parsed->text();
}

// What was given keeps the limits of a set; with the catalog's defaults it may not.
void CheckCompleteSet(const Fields& complete, const Fields& given,
                      const records::Product& definition, const std::string& field,
                      std::vector<FieldError>& errors) {
  if (complete.encoded().size() == given.encoded().size()) return;
  const auto check = [&](std::string_view rule, std::string_view unit, std::size_t has,
                         std::size_t limit) {
    if (has <= limit) return;
    errors.push_back({field, std::string(rule),
                      fmt::format("{} {} with the defaults of product '{}', the limit is {}", has,
                                  unit, definition.name(), limit)});
  };
  check("too-large", "bytes", complete.encoded().size(), kFieldSetBytesMax);
  check("too-many", "parameters", complete.count(), kFieldsPerSetMax);
}

}  // namespace

std::string EscapePointer(std::string_view name) {
  std::string escaped;
  escaped.reserve(name.size());
  for (const char c : name) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

Fields CheckParameters(const Catalog& catalog, std::uint32_t product, const Fields& given,
                       const std::string& field, std::vector<FieldError>& errors) {
  Fields complete = given;
  const records::Product& definition = catalog.product(product);
  for (int i = 0; i < definition.parameters_size(); ++i) {
    const records::Parameter& parameter = definition.parameters(i);
    const auto error = [&](std::string rule, std::string detail) {
      errors.push_back({field + "/" + EscapePointer(parameter.name()), std::move(rule),
                        fmt::format("parameter '{}' of product '{}' {}", parameter.name(),
                                    definition.name(), detail)});
    };
    const auto json = given.Find(parameter.name());
    if (!json || *json == "null") {
      if (!parameter.default_json().empty()) {
        if (!json) complete.Add(parameter.name(), parameter.default_json());
      } else if (parameter.mandatory()) {
        error("missing-parameter", "is mandatory and has no default");
      }
      continue;
    }
    if (!HasType(*json, parameter.type())) {
      error("parameter-type", fmt::format("must be of type {}, not {}", TypeName(parameter.type()),
                                          CutUtf8(*json, 64)));
      continue;
    }
    const re2::RE2* pattern = catalog.pattern_of(product, i);
    if (pattern != nullptr && json->front() == '"') {
      const std::string value = StringValue(*json);
      if (!re2::RE2::FullMatch(value, *pattern)) {
        error("parameter-pattern",
              fmt::format("does not match {}: '{}'", pattern->pattern(), CutUtf8(value, 64)));
      }
    }
  }
  CheckCompleteSet(complete, given, definition, field, errors);
  return complete;
}

void CheckGivenParameters(const Catalog& catalog, std::uint32_t product, const Fields& given,
                          const std::string& field, std::vector<FieldError>& errors) {
  std::vector<FieldError> found;
  CheckParameters(catalog, product, given, field, found);
  for (FieldError& error : found) {
    // What is missed, and a set that is too large only with the defaults, are of no concern here.
    if (error.rule != "missing-parameter" && error.field != field) {
      errors.push_back(std::move(error));
    }
  }
}

}  // namespace cairn

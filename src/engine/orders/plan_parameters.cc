#include "engine/orders/plan_parameters.h"

#include "base/check.h"
#include "base/text.h"
#include "engine/orders/decimal.h"
#include "engine/orders/secrets.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr int kShownValuesMax = 20;  // of the allowed ones, in an error

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

// As an error may show it.
std::string_view ShownOf(const records::Parameter& parameter, std::string_view json) {
  return parameter.secret() ? kSecretText : CutUtf8(json, 64);
}

bool IsOneOf(std::string_view json, const records::Parameter& parameter) {
  if (parameter.one_of().empty()) return true;
  const auto value = ParseJson(json);
  CHECK(value.has_value());
  return std::any_of(parameter.one_of().begin(), parameter.one_of().end(),
                     [&](const std::string& allowed) {
                       return allowed == json || IsSameValue(*value, ParseJson(allowed).value());
                     });
}

// "1, 2 and 3"
std::string ListOf(const google::protobuf::RepeatedPtrField<std::string>& values) {
  std::string text;
  for (int i = 0; i < values.size(); ++i) {
    if (i == kShownValuesMax) return text + fmt::format(" and {} more", values.size() - i);
    if (i > 0) text += i + 1 == values.size() ? " and " : ", ";
    text += CutUtf8(values.Get(i), 64);
  }
  return text;
}

template <typename Error>
void CheckRange(const records::Parameter& parameter, std::string_view json, Error error) {
  const bool is_number = json.front() == '-' || (json.front() >= '0' && json.front() <= '9');
  if (!is_number) return;
  if (!parameter.minimum().empty() && CompareDecimals(json, parameter.minimum()) < 0) {
    error("parameter-range", fmt::format("must be at least {}, not {}", parameter.minimum(),
                                         ShownOf(parameter, json)));
  } else if (!parameter.maximum().empty() && CompareDecimals(json, parameter.maximum()) > 0) {
    error("parameter-range",
          fmt::format("must be at most {}, not {}", parameter.maximum(), ShownOf(parameter, json)));
  }
}

// What was given keeps the limits of a set, or that was told already; with the catalog's defaults
// it may not.
void CheckCompleteSet(const Fields& complete, const Fields& given,
                      const records::Product& definition, const std::string& field,
                      std::vector<FieldError>& errors) {
  if (complete.encoded().size() == given.encoded().size()) return;
  if (given.encoded().size() > kFieldSetBytesMax || given.count() > kFieldsPerSetMax) return;
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

Fields WithDefaults(const records::Product& product, const Fields& given) {
  Fields complete = given;
  for (const records::Parameter& parameter : product.parameters()) {
    if (!parameter.default_json().empty() && !given.Find(parameter.name())) {
      complete.Add(parameter.name(), parameter.default_json());
    }
  }
  return complete;
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
                                          ShownOf(parameter, *json)));
      continue;
    }
    if (!IsOneOf(*json, parameter)) {
      error("parameter-value", fmt::format("must be one of {}, not {}", ListOf(parameter.one_of()),
                                           ShownOf(parameter, *json)));
    }
    CheckRange(parameter, *json, error);
    const re2::RE2* pattern = catalog.pattern_of(product, i);
    if (pattern != nullptr && json->front() == '"') {
      const std::string value = StringValue(*json);
      if (!re2::RE2::FullMatch(value, *pattern)) {
        error("parameter-pattern",
              fmt::format("does not match {}: {}", pattern->pattern(),
                          parameter.secret() ? std::string(kSecretText)
                                             : fmt::format("'{}'", CutUtf8(value, 64))));
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

// The parameter part of planning: types, values, ranges, patterns, what is mandatory, defaults.
#pragma once

#include "engine/orders/catalog.h"
#include "model/fields.h"
#include "model/order_request.h"

#include <string>
#include <vector>

namespace cairn {

// The product order's parameters with the product's defaults behind them. Names that the product
// does not define are kept: mappings and targets may know them. Adds what is wrong to `errors`;
// `field` is the JSON pointer of the set.
Fields CheckParameters(const Catalog& catalog, std::uint32_t product, const Fields& given,
                       const std::string& field, std::vector<FieldError>& errors);

// The same without a check.
Fields WithDefaults(const records::Product& product, const Fields& given);

// "~" and "/" of a name, as a JSON pointer writes them.
std::string EscapePointer(std::string_view name);

// For what does nothing with them: those that are given must be right, but none must be given, and
// defaults are not added.
void CheckGivenParameters(const Catalog& catalog, std::uint32_t product, const Fields& given,
                          const std::string& field, std::vector<FieldError>& errors);

}  // namespace cairn

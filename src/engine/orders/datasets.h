// The datasets of an order while it runs: where a name leads to, and what steps set.
//
// A name is looked up from the inside out: what the technical order was planned with or its steps
// have set, then the product order, then the order; what was set goes before what was given.
//
// Pure functions, but for AssignFields, which Apply alone calls.
#pragma once

#include "engine/orders/order.h"
#include "model/fields.h"

#include <google/protobuf/repeated_ptr_field.h>

#include <optional>
#include <string>
#include <string_view>

namespace cairn {

using DatasetChanges = google::protobuf::RepeatedPtrField<records::DatasetChange>;

// The JSON behind a name, as a step of the technical order sees it. The view lives as long as the
// order is unchanged.
std::optional<std::string_view> LookUpField(const Order& order, std::uint32_t technical_order,
                                            std::string_view name);

// All of one dataset: what was given, with what was set in place of it. `technical_order` tells
// whose.
Fields WholeDataset(const Order& order, std::uint32_t technical_order, records::DatasetScope scope);

// `fields` over `base`: a name that both have gets the value of `fields`. Of several of one name
// in `fields` the last one counts.
Fields MergeFields(const Fields& base, const Fields& fields);

// A sentence when the changes would not fit a dataset's limits, or the order's.
std::optional<std::string> WhyNotAssignable(const Order& order, std::uint32_t technical_order,
                                            const DatasetChanges& changes);

void AssignFields(Order& order, std::uint32_t technical_order, const DatasetChanges& changes);

}  // namespace cairn

// PATCH /serviceOrder/{id}: a merge patch (RFC 7396) of what an order says of itself.
//
// Pure functions; any thread.
#pragma once

#include "model/order_request.h"
#include "model/order_view.h"
#include "runtime/service.h"

#include <tl/expected.hpp>

#include <string_view>
#include <vector>

namespace cairn::http {

struct TmfPatch {
  OrderPatch change;     // without actor and version
  bool changes = false;  // false: the order says all of it already
  bool cancels = false;  // the state is to be cancelled
};

// What the patch comes to for the order as it is shown now. Items may be patched in what they say
// besides what they order: a list with the same items. All errors at once, each with its field.
[[nodiscard]] tl::expected<TmfPatch, std::vector<FieldError>> ReadTmf641Patch(std::string_view body,
                                                                              const OrderView& now);

}  // namespace cairn::http

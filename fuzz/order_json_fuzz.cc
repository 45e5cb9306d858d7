// Hands arbitrary bytes to the readers of submissions, native and TMF641. What they accept must be
// usable: ids present and unique, and a TMF641 document that can be shown again.

#include "base/check.h"
#include "base/json.h"
#include "edges/http/field_errors.h"
#include "edges/http/order_json.h"
#include "edges/http/tmf641_read.h"
#include "edges/http/tmf641_render.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

namespace {

using cairn::Json;
using cairn::OrderRequest;

void CheckAccepted(const OrderRequest& order) {
  CHECK(!order.product_orders.empty());
  std::set<std::string_view> ids;
  for (const cairn::ProductOrderRequest& request : order.product_orders) {
    CHECK(!request.id.empty() && request.id.size() <= cairn::kNameBytesMax);
    CHECK(ids.insert(request.id).second);
    CHECK(cairn::ParseJson(request.parameters.ToJsonObject()).has_value());
  }
}

void CheckRefused(const std::vector<cairn::FieldError>& errors) {
  CHECK(!errors.empty() && errors.size() <= cairn::http::kFieldErrorsMax);
  for (const cairn::FieldError& error : errors) {
    CHECK(!error.rule.empty());
    CHECK(cairn::IsCleanUtf8(error.field) && cairn::IsCleanUtf8(error.detail));
  }
}

void CheckShown(const OrderRequest& order) {
  cairn::SubmitReply reply;
  reply.id = cairn::OrderId(1);
  const auto shown = cairn::ParseJson(cairn::http::RenderTmf641Accepted(order.tmf_document, reply));
  CHECK(shown.has_value() && shown->is_object());
  CHECK(shown->Find("id")->text() == "so-1");
  CHECK(shown->Find("state")->text() == "acknowledged");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto native = cairn::http::ParseOrderJson(body);
  native ? CheckAccepted(*native) : CheckRefused(native.error());
  const auto tmf = cairn::http::ParseTmf641Order(body);
  tmf ? CheckAccepted(*tmf) : CheckRefused(tmf.error());
  if (tmf) CheckShown(*tmf);
  const auto action = cairn::http::ParseActionJson(body);
  if (!action) CheckRefused(action.error());
  const auto clock = cairn::http::ParseClockJson(body);
  if (!clock) CheckRefused(clock.error());
  return 0;
}

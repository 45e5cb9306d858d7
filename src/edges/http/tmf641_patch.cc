#include "edges/http/tmf641_patch.h"

#include "base/check.h"
#include "edges/http/field_errors.h"
#include "edges/http/order_json.h"
#include "edges/http/tmf641_conform.h"
#include "edges/http/tmf641_read.h"
#include "edges/http/tmf641_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn::http {
namespace {

using Errors = std::vector<FieldError>;

void Merge(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::Object();
  for (const Json::Member& member : patch.members()) {
    auto& members = target.members();
    const auto found = std::find_if(members.begin(), members.end(), [&](const Json::Member& each) {
      return each.key == member.key;
    });
    if (member.value.is_null()) {
      if (found != members.end()) members.erase(found);
    } else if (found != members.end()) {
      Merge(found->value, member.value);
    } else {
      Json fresh;
      Merge(fresh, member.value);
      target.Set(member.key, std::move(fresh));
    }
  }
}

// Reports each member that a patch may not hold.
void CheckPatchable(const Json& patch, FieldErrors& errors) {
  const Place top;
  for (const Json::Member& member : patch.members()) {
    const TmfMember* known = kTmfServiceOrder.Find(member.key);
    if (known != nullptr &&
        (known->access == TmfAccess::kCreateAndPatch || known->access == TmfAccess::kPatch)) {
      continue;
    }
    errors.Add(top.Member(member.key), "not-patchable", "cannot be changed by a patch");
  }
}

// True when the state is to become cancelled.
bool ReadState(const Json* state, const OrderView& now, FieldErrors& errors) {
  const Place top;
  const Place place = top.Member("state");
  const std::string* word = errors.Text(state, place, kNameBytesMax);
  if (word == nullptr) return false;
  const std::string_view present = TmfOrderState(now);
  if (*word == present) return false;
  if (*word != "cancelled") {
    errors.Add(place, "state-not-settable",
               "the node sets the state; a client may only ask for cancelled");
    return false;
  }
  if (IsFinal(now.summary.state)) {
    errors.Add(place, "state-not-allowed",
               fmt::format("an order that is {} cannot be cancelled", present));
    return false;
  }
  return true;
}

// What was ordered, as it is stored in the order's plan and cannot change any more.
bool OrdersTheSame(const OrderRequest& a, const OrderRequest& b) {
  const auto same = [](const ProductOrderRequest& x, const ProductOrderRequest& y) {
    return x.id == y.id && x.verb == y.verb && x.depends_on == y.depends_on &&
           x.parameters.encoded() == y.parameters.encoded() &&
           x.service.specification_id == y.service.specification_id &&
           x.service.specification_name == y.service.specification_name;
  };
  return std::equal(a.product_orders.begin(), a.product_orders.end(), b.product_orders.begin(),
                    b.product_orders.end(), same);
}

TmfPatch Difference(const OrderRequest& before, OrderRequest after) {
  TmfPatch patch;
  patch.changes = before.tmf_document != after.tmf_document;
  if (!patch.changes) return patch;
  if (before.external_id != after.external_id) patch.change.external_id = after.external_id;
  if (before.priority != after.priority) patch.change.priority = after.priority;
  if (before.requested_start != after.requested_start) {
    patch.change.requested_start = after.requested_start;
  }
  patch.change.tmf_document = std::move(after.tmf_document);
  return patch;
}

}  // namespace

tl::expected<TmfPatch, Errors> ReadTmf641Patch(std::string_view body, const OrderView& now) {
  auto patch = ParseBody(body);
  if (!patch) return tl::unexpected(patch.error());
  FieldErrors errors;
  if (errors.Object(&*patch, Place()) == nullptr) return tl::unexpected(errors.Take());
  CheckPatchable(*patch, errors);
  const bool cancels = ReadState(patch->Find("state"), now, errors);
  if (errors.any()) return tl::unexpected(errors.Take());

  std::erase_if(patch->members(), [](const Json::Member& each) { return each.key == "state"; });
  DropUnsettable(*patch, kTmfServiceOrder, TmfAccess::kPatch);
  Json document = Tmf641Document(now);
  ConformOrLeaveOut(document, kTmfServiceOrder);
  const auto before = ReadTmf641Order(document);
  if (!before) return tl::unexpected(before.error());
  Merge(document, *patch);
  ConformOrReport(document, kTmfServiceOrder, Place(), errors);
  if (errors.any()) return tl::unexpected(errors.Take());
  auto after = ReadTmf641Order(document);
  if (!after) return tl::unexpected(after.error());
  if (!OrdersTheSame(*before, *after)) {
    const Place top;
    errors.Add(top.Member("serviceOrderItem"), "not-changeable",
               "what an order's items order cannot be changed any more: their ids, actions, "
               "services and dependencies must stay as they are");
    return tl::unexpected(errors.Take());
  }
  TmfPatch difference = Difference(*before, std::move(*after));
  difference.cancels = cancels;
  return difference;
}

}  // namespace cairn::http

// What listeners of the TMF641 hub are told: which of the specification's events an event of an
// order comes to, and which of them a listener's query asks for.
//
// Pure functions; any thread. The time is in proportion to the order's size.
#pragma once

#include "edges/http/tmf641_filter.h"
#include "runtime/event_service.h"

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

// Conditions on what is told: "eventType=ServiceOrderStateChangeEvent&event.serviceOrder.state=
// completed". All of them hold.
struct HubQuery {
  std::vector<std::string> types;  // none: all
  std::vector<TmfCondition> of_order;
  std::vector<TmfCondition> of_cancellation;
};
[[nodiscard]] tl::expected<HubQuery, FieldError> ParseHubQuery(std::string_view query);

// A TellListener. REQUIRES: the query was taken by ParseHubQuery.
std::vector<Fields> TellTmf641Listener(const std::string& query, const ToldEvent& event);

}  // namespace cairn::http

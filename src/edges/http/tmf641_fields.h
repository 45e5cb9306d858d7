// The `fields` of TMF641: which attributes of a resource a client wants to see.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "edges/http/tmf641_schema.h"

#include <optional>
#include <string>
#include <vector>

namespace cairn::http {

// Names of attributes; with dots, those of attributes within: "serviceOrderItem.state". Names that
// there are not choose nothing. Nothing: all attributes.
using TmfFieldNames = std::optional<std::vector<std::string>>;

// Leaves of `resource`, which conforms to `type`, what was chosen, its id and its href; and of what
// is within, besides what was chosen, all that is mandatory there, so that it conforms still.
void ChooseFields(Json& resource, const TmfType& type, const TmfFieldNames& fields);

}  // namespace cairn::http

// POST /v1/orders/{id}/VERB: what a person does to an order. Not repeated by itself: the second of
// two would meet another order than the first.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <string>

namespace cairn::cli {

// The node's answer. `description` goes into the order's history; empty: none.
[[nodiscard]] CliResult<Json> ActOnOrder(CommandContext& context, const std::string& id,
                                         const std::string& verb, const std::string& description);

// Prints such an answer: the id and the state, or the JSON.
void PrintActedOn(const CommandContext& context, const std::string& id, const Json& reply);

}  // namespace cairn::cli

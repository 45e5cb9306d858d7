// POST /v1/orders/{id}/VERB: what a person does to an order, and the options that such commands
// share. Not repeated by itself: the second of two would meet another order than the first.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <CLI/CLI.hpp>

#include <string>

namespace cairn::cli {

struct OrderAction {
  std::string id;
  std::string description;  // goes into the order's history; empty: none
  std::string version;      // the only one that the order may have; empty: any
};

// Adds ID and --description, which each of these commands has.
void AddOrderActionOptions(CLI::App& command, OrderAction& action);
// Adds --if-version.
void AddVersionOption(CLI::App& command, std::string& version);

// The node's answer to the verb.
[[nodiscard]] CliResult<Json> ActOnOrder(CommandContext& context, const OrderAction& action,
                                         const std::string& verb);

// Prints such an answer: the id and the state, or the JSON.
void PrintActedOn(const CommandContext& context, const std::string& id, const Json& reply);

// cancel and abort: the wish, then with `wait` a watch until the order has ended by it.
[[nodiscard]] CliResult<ExitCode> StopOrder(CommandContext& context, const OrderAction& action,
                                            const std::string& verb, bool wait);

}  // namespace cairn::cli

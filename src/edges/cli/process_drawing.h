// A product's process as a Mermaid flowchart: the technical product orders that an action is
// decomposed into, each with its steps, choices with their guards, ends and what undoes what.
//
// A pure function; any thread.
#pragma once

#include "model/catalog.pb.h"

#include <string>

namespace cairn::cli {

// `action` is one of the product's, whose catalog is `catalog`: sorted by name and consistent.
// Lines without a newline at the end.
std::string DrawProcess(const records::Catalog& catalog, const records::ProductAction& action);

}  // namespace cairn::cli

// Texts inside of a Mermaid drawing.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

// One label between its quotes: the lines below each other, each cut to what a drawing has room
// for, and nothing in them that Mermaid or a browser would take for more than text.
std::string MermaidLabel(const std::vector<std::string>& lines);

}  // namespace cairn::cli

// What changed between two looks at an order, one line for each change: what `--wait` prints when
// nobody can watch a tree, in a log or a pipe.
//
// A plain value owned by one thread.
#pragma once

#include "base/json.h"
#include "base/time.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

class OrderChanges {
 public:
  // The lines for all that differs from the last look, without newlines. `order` is the answer to
  // GET /v1/orders/{id}, `seen_at` when it came. The first look gives the order's own line and one
  // for each part that is no longer Pending.
  std::vector<std::string> Next(const Json& order, Nanos seen_at);

 private:
  void Visit(const std::string& path, const std::string& name, const Json& part,
             std::vector<std::string>& lines);

  std::map<std::string, std::string> last_;  // what was said of each part, by its path
  std::string prefix_;
};

}  // namespace cairn::cli

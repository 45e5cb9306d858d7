// simulate: runs seeds. The last line is the last seed and the hash of its final state; the same
// seed always gives the same.
#include "base/bytes.h"
#include "simulation/run.h"
#include "simulation/violation.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using cairn::simulation::Run;
using cairn::simulation::RunResult;

struct Totals {
  std::vector<std::uint64_t> commands;
  std::vector<std::uint64_t> crashes;
  std::vector<std::uint64_t> kinds;
  std::map<std::string, std::uint64_t> faults;
  std::uint64_t orders = 0;
  std::uint64_t calls = 0;
  std::uint64_t questions = 0;
  std::uint64_t tasks = 0;
  std::uint64_t folding = 0;  // seeds in which any order was folded
  double simulated_hours = 0;
};

template <typename T>
T Median(std::vector<T> values) {
  if (values.empty()) return T{};
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

bool RunSeed(std::uint64_t seed, RunResult& result, Run::Folding folding = Run::Folding::kAsDrawn) {
  Run run(seed, folding);
  try {
    result = run.Execute();
    return true;
  } catch (const cairn::simulation::Violation& violation) {
    for (const std::string& line : run.tail()) fmt::print("  {}\n", line);
    fmt::print("seed {} VIOLATION: {}\n", seed, violation.what());
    return false;
  }
}

void Print(const Totals& totals) {
  fmt::print(
      "{} seeds: median {} commands, {} crashes, {} kinds of fault; {} orders, {} calls ({} "
      "questions "
      "whether something was done), {} tasks of people, {:.1f} simulated hours\n",
      totals.commands.size(), Median(totals.commands), Median(totals.crashes), Median(totals.kinds),
      totals.orders, totals.calls, totals.questions, totals.tasks, totals.simulated_hours);
  fmt::print("  {} seeds with folded orders\n", totals.folding);
  for (const auto& [name, count] : totals.faults) fmt::print("  {} seeds with {}\n", count, name);
}

// Whether orders that wait are folded can be seen nowhere.
int CompareFolding(std::uint64_t first, std::uint64_t last) {
  std::uint64_t folding = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    RunResult folded;
    RunResult whole;
    if (!RunSeed(seed, folded, Run::Folding::kAtOnce)) return 1;
    if (!RunSeed(seed, whole, Run::Folding::kNever)) return 1;
    if (folded.hash != whole.hash || folded.frames != whole.frames) {
      fmt::print("seed {}: {} with folded orders and {} without\n", seed, cairn::Hex64(folded.hash),
                 cairn::Hex64(whole.hash));
      return 1;
    }
    if (folded.folded_max > 0) ++folding;
  }
  fmt::print("{} seeds, {} with folded orders: the same without\n", last - first + 1, folding);
  return folding == 0 ? 1 : 0;
}

int RunSeeds(std::uint64_t first, std::uint64_t last, bool repeat) {
  Totals totals;
  RunResult result;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    if (!RunSeed(seed, result)) return 1;
    if (repeat) {
      RunResult again;
      if (!RunSeed(seed, again)) return 1;
      if (again.hash != result.hash) {
        fmt::print("seed {} is not deterministic: {} and {}\n", seed, cairn::Hex64(result.hash),
                   cairn::Hex64(again.hash));
        return 1;
      }
    }
    totals.commands.push_back(result.commands);
    totals.crashes.push_back(result.crashes);
    totals.kinds.push_back(result.faults.size());
    for (const std::string& fault : result.faults) ++totals.faults[fault];
    totals.orders += result.orders;
    totals.calls += result.calls;
    totals.questions += result.questions;
    totals.tasks += result.tasks;
    if (result.folded_max > 0) ++totals.folding;
    totals.simulated_hours +=
        static_cast<double>(result.simulated) / static_cast<double>(cairn::kHour);
  }
  Print(totals);
  fmt::print("seed {} hash {}\n", last, cairn::Hex64(result.hash));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs seeds of the simulation: a node with faults in a world of its own.");
  std::uint64_t seed = 0;
  std::string range;
  bool repeat = false;
  bool folding = false;
  auto* one = app.add_option("--seed", seed, "one seed");
  auto* many = app.add_option("--seeds", range, "a range of seeds: A..B");
  one->excludes(many);
  auto* twice = app.add_flag("--repeat", repeat, "runs each seed twice and compares the hashes");
  app.add_flag("--compare-folding", folding,
               "runs each seed with waiting orders folded and without, and compares the hashes")
      ->excludes(twice);
  CLI11_PARSE(app, argc, argv);
  if (range.empty()) return folding ? CompareFolding(seed, seed) : RunSeeds(seed, seed, repeat);
  const std::size_t dots = range.find("..");
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (dots != std::string::npos) {
    std::from_chars(range.data(), range.data() + dots, first);
    std::from_chars(range.data() + dots + 2, range.data() + range.size(), last);
  }
  if (dots == std::string::npos || last < first) {
    fmt::print(stderr, "--seeds takes a range such as 1..100, not '{}'\n", range);
    return 2;
  }
  return folding ? CompareFolding(first, last) : RunSeeds(first, last, repeat);
}

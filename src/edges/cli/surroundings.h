// Surroundings: all that the command line takes from the process it runs in, so that a test can put
// its own in place: streams, the clock, sleeping, the environment's settings and Ctrl-C.
//
// A plain value owned by one thread; only `interrupted` is set from elsewhere.
#pragma once

#include "base/time.h"
#include "edges/cli/terminal.h"

#include <atomic>
#include <functional>
#include <istream>
#include <string>

namespace cairn::cli {

struct Surroundings {
  std::istream* in = nullptr;  // outlives the command line
  Terminal out;                // data
  Terminal err;                // everything else
  std::function<Nanos()> now;  // UTC
  // Waits; may return early when interrupted.
  std::function<void(Nanos span)> sleep;
  // A new random text of at least 128 bits.
  std::function<std::string()> random_key;
  std::string api_key;                             // CAIRN_API_KEY: of --api-key, its default
  const std::atomic<bool>* interrupted = nullptr;  // set by Ctrl-C; outlives the command line

  void Note(const std::string& text) const { err.out() << text << "\n" << std::flush; }
};

}  // namespace cairn::cli

// cairnd: Cairn's node. Here it meets its process: arguments, environment and signals. What it is
// made of is in wiring.h.
#include "apps/cairnd/config.h"
#include "apps/cairnd/log_setup.h"
#include "apps/cairnd/stop_signals.h"
#include "apps/cairnd/wiring.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

// A file that is opened later must never get the number of a standard stream that was closed by
// whoever started us: a line for people would be written into it.
void OccupyStandardStreams() {
  int descriptor = 0;
  do {
    descriptor = open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) close(descriptor);
}

}  // namespace

int main(int argc, char** argv) {
  OccupyStandardStreams();
  const auto config = cairn::ReadConfig(
      std::vector<std::string>(argv + 1, argv + argc),
      [](const char* name) -> std::optional<std::string> {
        // Nothing changes the environment, and there is one thread.
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      });
  if (!config) {
    // A stream that cannot be written must not change the exit code.
    std::fputs(config.error().text.c_str(), config.error().code == 0 ? stdout : stderr);
    return config.error().code;
  }
  cairn::SetUpLog(config->log_format, config->log_level);
  cairn::StopSignals signals;
  return cairn::RunNode(*config, signals);
}

// Appends the lines of the ledger.
#include "tests/support/ledger_target/ledger.h"

#include "base/json.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace cairn {
namespace {

std::string NowNs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// Text from the network as a JSON string. A path or key that is no clean UTF-8 is shown in hex
// under another name, so that it is never mistaken for text.
void AppendField(std::string& line, std::string_view name, std::string_view value) {
  const bool is_text = IsCleanUtf8(value);
  line += ",\"";
  line += name;
  line += is_text ? "\":" : "Hex\":";
  if (is_text) {
    AppendJsonString(line, value);
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    line += kDigits[byte >> 4U];
    line += kDigits[byte & 15U];
  }
  line += '"';
}

std::string_view BoolText(bool value) { return value ? "true" : "false"; }

}  // namespace

Result<Ledger> Ledger::Open(const std::string& path) {
  if (path.empty()) {
    return Ledger(-1);
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) {
    return Fail(ErrorCode::kIo, "cannot open the ledger '" + path + "': " + std::strerror(errno));
  }
  return Ledger(fd);
}

Ledger::Ledger(Ledger&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Ledger::~Ledger() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void Ledger::RecordCall(const LedgerCall& call) {
  if (fd_ < 0) {
    return;
  }
  std::string line = R"({"event":"call","at":)" + NowNs();
  line += ",\"call\":" + std::to_string(call.number);
  AppendField(line, "method", call.method);
  AppendField(line, "path", call.path);
  if (!call.key.empty()) {
    AppendField(line, "key", call.key);
    line += ",\"callOfKey\":" + std::to_string(call.call_of_key);
  }
  AppendField(line, "body", call.body);
  Append(line + "}\n");
}

void Ledger::RecordAnswer(const LedgerCall& call, const LedgerAnswer& answer) {
  if (fd_ < 0) {
    return;
  }
  std::string line = R"({"event":"answer","at":)" + NowNs();
  line += ",\"call\":" + std::to_string(call.number);
  AppendField(line, "path", call.path);
  if (!call.key.empty()) {
    AppendField(line, "key", call.key);
  }
  line += ",\"status\":" + std::to_string(answer.status);
  line.append(",\"effect\":").append(BoolText(answer.effect));
  line.append(",\"duplicate\":").append(BoolText(answer.duplicate));
  line.append(",\"dropped\":").append(BoolText(answer.dropped));
  Append(line + "}\n");
}

void Ledger::Append(const std::string& line) {
  const ssize_t written = ::write(fd_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    std::fprintf(stderr, "ledger_target: the ledger cannot be written: %s\n",
                 written < 0 ? std::strerror(errno) : "the disk is full");
    std::exit(1);
  }
}

}  // namespace cairn

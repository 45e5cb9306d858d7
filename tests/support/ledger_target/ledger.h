// The ledger: a file to which each call and each answer of the target is appended as one line of
// JSON, so that a test can count afterwards what really happened, whatever became of its peer.
//
//   {"event":"call","at":NS,"call":7,"method":"POST","path":"/ok/a","key":"k","callOfKey":1,
//    "body":"..."}                  `key` and `callOfKey` only with an Idempotency-Key;
//                                   `bodyHex` in place of `body` when it is no clean UTF-8
//   {"event":"answer","at":NS,"call":7,"path":"/ok/a","key":"k","status":200,"effect":true,
//    "duplicate":false,"dropped":false}
//
// `at` is in nanoseconds since 1970 UTC. A line is handed to the kernel with one write(2) before
// the function returns, so it survives a kill of the process.
//
// One thread. A ledger that cannot be written would make every count wrong, so a failed write
// ends the process with a message.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

struct LedgerCall {
  std::uint64_t number = 0;  // of all calls since the start, from 1
  std::string method;
  std::string path;  // with its query
  std::string key;   // empty: the call has none
  std::uint64_t call_of_key = 0;
  std::string body;
};

struct LedgerAnswer {
  unsigned status = 0;
  bool effect = false;     // something was done for this call
  bool duplicate = false;  // the remembered answer of an earlier call with the same key
  bool dropped = false;    // the connection is closed in place of the answer
};

class Ledger {
 public:
  // Appends to the file, which is created when absent. An empty path: nothing is written.
  [[nodiscard]] static Result<Ledger> Open(const std::string& path);

  Ledger(Ledger&& other) noexcept;
  Ledger& operator=(Ledger&&) = delete;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  void RecordCall(const LedgerCall& call);
  void RecordAnswer(const LedgerCall& call, const LedgerAnswer& answer);

 private:
  explicit Ledger(int fd) : fd_(fd) {}
  void Append(const std::string& line);

  int fd_;  // -1: nothing is written
};

}  // namespace cairn

// Cartridge: what drives one type of target system. The runtime hands it calls, it answers each
// once through the sink, in any order, at any time, from any thread. Where it still learns what
// became of a call that it has answered with a timeout, it may answer that once more.
#pragma once

#include "base/time.h"
#include "model/catalog.pb.h"
#include "model/fields.h"
#include "model/ids.h"
#include "model/limits.h"
#include "model/states.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

// Names one call for one attempt at one work order. Comes back with the answer.
struct CallTicket {
  WorkOrderRef work_order;
  std::uint32_t run = 0;      // from 1; a resubmission of the order begins a new one
  std::uint32_t attempt = 0;  // from 1 within the run
  std::uint64_t epoch = 0;    // of the partition's start that sent it
  bool verify = false;        // only asks whether the attempt was carried out, see Cartridge::Call
  friend auto operator<=>(const CallTicket&, const CallTicket&) = default;
};

struct CartridgeCall {
  CallTicket ticket;
  std::shared_ptr<const records::Cartridge> cartridge;  // by the catalog of the order
  std::string operation;
  std::string idempotency_key;  // the same for every attempt and restart of one run
  std::uint32_t ordinal = 0;    // how often this work order was sent before, over all runs
  Fields input;
  Nanos timeout = 0;             // a span, > 0
  std::string callback_token{};  // with which the answer to a delayed call may be given later
  std::string trace_parent{};    // W3C trace context to pass on; empty: none
  std::int64_t priority = kPriorityDefault;  // the lower goes first where calls wait
};

struct CartridgeAnswer {
  CallTicket ticket;
  Outcome outcome = Outcome::kOk;
  Fields output;
  std::string detail;     // for people; cut to kTextBytesMax by the runtime
  Nanos retry_after = 0;  // a span: the target asked to be left alone for so long; 0: it did not
};

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  // Any thread; never blocks. Answers of one call to this function are decided together.
  virtual void OnAnswers(std::vector<CartridgeAnswer> answers) = 0;
};

class Cartridge {
 public:
  virtual ~Cartridge() = default;

  // Starts the calls and returns without waiting for a target. One thread at a time. The calls'
  // number is bounded by the runtime (the cartridge's concurrency). An adapter keeps `timeout`
  // itself: past it, it answers technical, "no answer within 30s".
  //
  // A call whose ticket has `verify` set names the cartridge's verify operation, and has the key
  // and the input of the work order: ok says that it was carried out before, functional that it was
  // not, technical that nobody knows.
  virtual void Call(std::vector<CartridgeCall> calls) = 0;

  // After a start: these work orders got a delayed answer at `since` and wait. Only what answers by
  // itself has something to do, so it is told of operations that do, without their inputs. Called
  // like Call, by the same thread at a time.
  struct Waiting {
    CartridgeCall call;
    Nanos since = 0;
  };
  virtual void Resume(const std::vector<Waiting>& /*waiting*/) {}

  // After this returns the sink is called no more. What is under way is given up. Never while a
  // Call is being made, and no Call follows.
  virtual void Stop() = 0;
};

}  // namespace cairn

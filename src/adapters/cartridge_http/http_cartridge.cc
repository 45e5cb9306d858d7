#include "adapters/cartridge_http/http_cartridge.h"

#include "base/check.h"

#include <csignal>
#include <iterator>
#include <utility>

#include <pthread.h>

namespace cairn {
namespace {

constexpr std::size_t kIdleTransfersMax = 1'024;

// Signals are for the threads that the application chose for them.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

HttpCartridge::HttpCartridge(AnswerSink& sink, Options options)
    : sink_(sink), options_(std::move(options)), thread_([this] { Run(); }) {}

HttpCartridge::~HttpCartridge() { Stop(); }

void HttpCartridge::Call(std::vector<CartridgeCall> calls) {
  if (calls.empty()) {
    return;
  }
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return;
    }
    was_empty = incoming_.empty();
    incoming_.insert(incoming_.end(), std::make_move_iterator(calls.begin()),
                     std::make_move_iterator(calls.end()));
  }
  if (was_empty) {
    multi_.Wake();
  }
}

void HttpCartridge::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  multi_.Wake();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void HttpCartridge::Run() {
  BlockSignals();
  pthread_setname_np(pthread_self(), "cartridge_http");
  std::vector<CartridgeCall> calls;
  std::vector<CurlMulti::Finished> finished;
  while (TakeIncoming(calls)) {
    std::vector<CartridgeAnswer> refused;
    for (CartridgeCall& call : calls) Start(std::move(call), refused);
    calls.clear();
    if (!refused.empty()) sink_.OnAnswers(std::move(refused));

    multi_.Wait(finished);
    if (finished.empty()) continue;
    std::vector<CartridgeAnswer> answers;
    answers.reserve(finished.size());
    for (const auto& [easy, code] : finished) answers.push_back(End(HttpTransfer::Of(easy), code));
    finished.clear();
    sink_.OnAnswers(std::move(answers));
  }
  for (const auto& [transfer, owned] : active_) {
    multi_.Remove(transfer->easy());
  }
  active_.clear();
  idle_.clear();
}

bool HttpCartridge::TakeIncoming(std::vector<CartridgeCall>& calls) {
  const std::lock_guard lock(mutex_);
  calls.swap(incoming_);
  return !stopping_;
}

void HttpCartridge::Start(CartridgeCall call, std::vector<CartridgeAnswer>& answers) {
  std::unique_ptr<HttpTransfer> transfer = TakeIdle();
  const CallTicket ticket = call.ticket;
  if (const Status ready = transfer->Prepare(std::move(call)); !ready) {
    answers.push_back({ticket, Outcome::kFunctional, {}, ready.error().message});
    PutIdle(std::move(transfer));
    return;
  }
  multi_.Add(transfer->easy());
  HttpTransfer* key = transfer.get();
  active_.emplace(key, std::move(transfer));
}

CartridgeAnswer HttpCartridge::End(HttpTransfer& transfer, CURLcode code) {
  multi_.Remove(transfer.easy());
  CartridgeAnswer answer = transfer.Finish(code);
  auto node = active_.extract(&transfer);
  CHECK(!node.empty());
  PutIdle(std::move(node.mapped()));
  return answer;
}

std::unique_ptr<HttpTransfer> HttpCartridge::TakeIdle() {
  if (idle_.empty()) {
    return std::make_unique<HttpTransfer>(options_.proxy);
  }
  std::unique_ptr<HttpTransfer> transfer = std::move(idle_.back());
  idle_.pop_back();
  return transfer;
}

void HttpCartridge::PutIdle(std::unique_ptr<HttpTransfer> transfer) {
  if (idle_.size() >= kIdleTransfersMax) {
    return;
  }
  transfer->Clear();
  idle_.push_back(std::move(transfer));
}

}  // namespace cairn

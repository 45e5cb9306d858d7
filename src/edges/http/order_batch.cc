// A batch is worked off line by line: never more than kBatchOrdersAtOnce orders are with the
// service, and after some lines the worker thread is given up to others. A line that is refused
// does not stop those behind it.
#include "edges/http/order_batch.h"

#include "base/bytes.h"
#include "edges/http/json_writer.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;
// Lines that are read and planned before the thread goes to somebody else.
constexpr std::size_t kLinesPerTurn = 64;

// The next line of `rest` that is not blank, without its end; empty: there is none.
std::string_view NextLine(std::string_view& rest) {
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) return line;
  }
  return {};
}

void CutErrors(std::vector<FieldError>& errors) {
  if (errors.size() > kBatchErrorsPerLineMax) errors.resize(kBatchErrorsPerLineMax);
}

class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(Service& service, ExchangePtr exchange, SubmitContext context, std::size_t count)
      : service_(service),
        exchange_(std::move(exchange)),
        context_(std::move(context)),
        trace_parent_(TraceParentOf(exchange_->request())),
        rest_(exchange_->request().body),
        lines_(count) {}

  // Submits what there is room for. On a worker; one thread at a time.
  void Turn();

 private:
  void Submit(std::size_t index, std::string_view line);
  void Answer(std::size_t index, std::string line);
  void AnswerProblem(std::size_t index, HttpResponse problem);
  void Finish();

  Service& service_;
  const ExchangePtr exchange_;
  const SubmitContext context_;  // of the whole
  const std::string trace_parent_;
  std::string_view rest_;  // of the body; only in Turn
  std::size_t next_ = 0;   // index of its next line; only in Turn

  std::mutex mutex_;
  std::vector<std::string> lines_;  // of the answer
  std::size_t answer_bytes_ = 0;
  std::size_t under_way_ = 0;
  std::size_t answered_ = 0;
  bool turning_ = true;     // a turn is running or posted
  bool all_taken_ = false;  // no line is left to submit
};

void Batch::Turn() {
  for (std::size_t i = 0; i < kLinesPerTurn; ++i) {
    if (exchange_->abandoned()) return;  // nobody reads on; the orders so far stand
    {
      const std::lock_guard lock(mutex_);
      all_taken_ = next_ == lines_.size();
      if (all_taken_ || under_way_ >= kBatchOrdersAtOnce) {
        turning_ = false;
        return;
      }
      ++under_way_;
    }
    const std::size_t index = next_++;
    Submit(index, NextLine(rest_));
  }
  exchange_->RunOnWorker([self = shared_from_this()] { self->Turn(); });
}

void Batch::Submit(std::size_t index, std::string_view line) {
  SubmitContext context;
  context.actor = context_.actor;
  if (!context_.idempotency_key.empty()) {
    // No client can send a line end in a key, so this is never the key of a single order.
    context.idempotency_key = fmt::format("{}\n{}", context_.idempotency_key, index);
    context.body_hash = Hash64(line);
  }
  auto order = ParseOrderJson(line);
  if (!order) {
    CutErrors(order.error());
    return AnswerProblem(index, BodyRefused(kStyle, order.error()));
  }
  order->trace_parent = trace_parent_;
  service_.SubmitOrder(
      *order, std::move(context),
      [self = shared_from_this(), index](tl::expected<SubmitReply, Refusal> reply) {
        if (!reply) {
          CutErrors(reply.error().errors);
          return self->AnswerProblem(index, ErrorResponse(kStyle, reply.error()));
        }
        self->Answer(index,
                     fmt::format("{{\"index\":{},\"id\":\"{}\"}}\n", index, FormatId(reply->id)));
      });
}

void Batch::AnswerProblem(std::size_t index, HttpResponse problem) {
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    is_full = answer_bytes_ + problem.body.size() > kBatchAnswerBytesMax;
  }
  if (is_full) {
    problem = ErrorResponse(kStyle, problem.status, "refused; the answer has no room to say why");
  }
  while (problem.body.ends_with('\n')) problem.body.pop_back();
  Answer(index, fmt::format("{{\"index\":{},\"problem\":{}}}\n", index, problem.body));
}

void Batch::Answer(std::size_t index, std::string line) {
  bool is_last = false;
  bool turn = false;
  {
    const std::lock_guard lock(mutex_);
    answer_bytes_ += line.size();
    lines_[index] = std::move(line);
    --under_way_;
    ++answered_;
    is_last = answered_ == lines_.size();
    // Not for each answer: half a window is worth a turn.
    turn = !all_taken_ && !turning_ && under_way_ <= kBatchOrdersAtOnce / 2;
    if (turn) turning_ = true;
  }
  if (turn) exchange_->RunOnWorker([self = shared_from_this()] { self->Turn(); });
  if (is_last) exchange_->RunOnWorker([self = shared_from_this()] { self->Finish(); });
}

void Batch::Finish() {
  HttpResponse response;
  response.content_type = kTypeNdjson;
  response.must_be_sent = true;
  response.body.reserve(answer_bytes_);
  for (const std::string& line : lines_) response.body += line;
  exchange_->Respond(std::move(response));
}

void SubmitBatch(Service& service, const ExchangePtr& exchange) {
  const HttpRequest& request = exchange->request();
  if (auto refusal = RefuseParameters(request.target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  auto context = ContextOf(request, kStyle);
  if (!context) return exchange->Respond(std::move(context.error()));
  std::size_t count = 0;
  for (std::string_view rest = request.body; !NextLine(rest).empty();) ++count;
  if (count == 0) {
    return exchange->Respond(
        BodyRefused(kStyle, {{"", "empty", "must have at least one line with an order"}}));
  }
  if (count > kBatchLinesMax) {
    return exchange->Respond(ErrorResponse(
        kStyle, 413,
        fmt::format("the batch has {} orders; at most {} are allowed", count, kBatchLinesMax)));
  }
  std::make_shared<Batch>(service, exchange, std::move(*context), count)->Turn();
}

}  // namespace

void AddOrderBatchRoute(Router& router, Service& service) {
  router.Add(
      Method::kPost, "/v1/orders:batch", true,
      [&service](const ExchangePtr& exchange) { SubmitBatch(service, exchange); }, kTypeNdjson);
}

}  // namespace cairn::http

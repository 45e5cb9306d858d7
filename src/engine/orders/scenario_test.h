// For tests: scenarios of an order, written as tables. A line is one step with its expectation:
//
//   cartridge hlr attempts=3 delay=10s within=1h   one to name in a process, behind a "~"
//   process P: s1~hlr; s2 after s1; s3! after s1 s2    "!": a point of no return
//   process Q after P: s1
//   product L: P Q                             decomposed into two technical product orders
//   product M in sequence after L: P Q
//   settings stopAll skipFailedWO=false start=10s ...
//   order A; B after A; m=M after A B          a product order and what it depends on
//
//   sent A, m/P/s1                             exactly these, in this order, since the last check
//   sent nothing
//   answer A ok                                counts, and moves the order on
//   answer A technical run=1 attempt=2: history     is kept as history only
//   answer A ok: no trace
//   wait 10s
//   resubmit | giveUp | cancel | abort | refused resubmit | refused cancel ...
//   order Held port=retry run=2
//   is Partial A B                             product orders ("A"), technical product orders
//                                              ("m/P") or work orders ("m/P/s1")
//   slices {A, C} {B}                          of technical product orders
//
// A name that no "product" line explains is a product with one process of one work order; where a
// technical product order or a work order is meant, what is the only one may be left out. Sends
// that no "sent" line names before the order moves on fail the scenario.
#pragma once

#include "engine/orders/order_run_test.h"
#include "model/ids.h"

#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace cairn::testing {

inline std::string Trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t") - from + 1));
}

inline std::vector<std::string> SplitAt(std::string_view text, char at) {
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (;;) {
    const std::size_t end = text.find(at, from);
    std::string piece =
        Trimmed(text.substr(from, end == std::string_view::npos ? end : end - from));
    if (!piece.empty()) pieces.push_back(std::move(piece));
    if (end == std::string_view::npos) return pieces;
    from = end + 1;
  }
}

// "B after A C" -> "B" and {A, C}.
struct NameAfter {
  std::string name;
  std::vector<std::string> after;
  bool in_sequence = false;
};
inline NameAfter ReadNameAfter(std::string_view text) {
  NameAfter read;
  std::vector<std::string> words = SplitAt(text, ' ');
  if (words.empty()) return read;
  read.name = words.front();
  bool after = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "in" || words[i] == "sequence") {
      read.in_sequence = true;
    } else if (words[i] == "after") {
      after = true;
    } else {
      EXPECT_TRUE(after) << "cannot read: " << text;
      read.after.push_back(words[i]);
    }
  }
  return read;
}

// The catalog of a scenario, line by line; sorted by name when made.
class CatalogSketch {
 public:
  void Cartridge(std::string_view rest) {
    const auto words = SplitAt(rest, ' ');
    records::Cartridge& cartridge = cartridges_[words.at(0)];
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto pair = SplitAt(words[i], '=');
      if (pair.at(0) == "attempts") {
        cartridge.set_attempts(static_cast<std::uint32_t>(std::stoul(pair.at(1))));
      } else if (pair.at(0) == "delay") {
        cartridge.set_retry_delay_ns(ParseDuration(pair.at(1)).value());
      } else if (pair.at(0) == "within") {
        cartridge.set_answer_within_ns(ParseDuration(pair.at(1)).value());
      } else {
        ADD_FAILURE() << "cartridge " << words[i];
      }
    }
  }

  void Process(std::string_view rest) {
    const std::size_t colon = rest.find(':');
    const NameAfter head = ReadNameAfter(rest.substr(0, colon));
    records::TechnicalProductOrder& process = processes_[head.name];
    for (const std::string& name : head.after) process.add_after(name);
    std::map<std::string, std::uint32_t> index;
    for (const std::string& text : SplitAt(rest.substr(colon + 1), ';')) {
      const NameAfter read = ReadNameAfter(text);
      const auto name_and_cartridge = SplitAt(read.name, '~');
      records::Step& step = *process.add_steps();
      std::string step_name = name_and_cartridge.at(0);
      if (step_name.back() == '!') {
        step.set_point_of_no_return(true);
        step_name.pop_back();
      }
      step.set_name(step_name);
      step.set_operation("do");
      step.set_cartridge(name_and_cartridge.size() > 1 ? name_and_cartridge[1] : "sim");
      for (const std::string& name : read.after) step.add_after(index.at(name));
      const auto number = static_cast<std::uint32_t>(index.size());
      index[step.name()] = number;
    }
  }

  void Product(std::string_view rest) {
    const std::size_t colon = rest.find(':');
    const NameAfter head = ReadNameAfter(rest.substr(0, colon));
    records::Product& product = products_[head.name];
    for (const std::string& name : head.after) product.add_after(name);
    records::ProductAction& action = *product.add_actions();
    action.set_verb(records::ADD);
    action.set_in_sequence(head.in_sequence);
    for (const std::string& name : SplitAt(rest.substr(colon + 1), ' '))
      action.add_decomposition(name);
  }

  void NeedProduct(const std::string& name) {
    if (products_.contains(name)) return;
    if (!processes_.contains(name)) Process(name + ": do");
    Product(name + ": " + name);
  }

  std::shared_ptr<const Catalog> Make() {
    cartridges_["sim"];
    records::Catalog catalog;
    const auto move_all = [](auto& from, auto* to) {
      for (auto& [name, record] : from) {
        record.set_name(name);
        to->Add(std::move(record));
      }
    };
    for (auto& [name, cartridge] : cartridges_) cartridge.mutable_simulated();
    move_all(products_, catalog.mutable_products());
    move_all(processes_, catalog.mutable_technical_product_orders());
    move_all(cartridges_, catalog.mutable_cartridges());
    return CheckedCatalog(std::move(catalog));
  }

 private:
  std::map<std::string, records::Product> products_;
  std::map<std::string, records::TechnicalProductOrder> processes_;
  std::map<std::string, records::Cartridge> cartridges_;
};

class Scenario {
 public:
  void Run(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      const std::string step = Trimmed(line.substr(0, line.find('#')));
      if (step.empty()) continue;
      SCOPED_TRACE(fmt::format("line {}: {}", number, step));
      Step(step);
      if (::testing::Test::HasFatalFailure()) return;
    }
    ExpectNothingUnnamed();
  }

  const Order& order() const { return run_->order(); }
  OrderRun& run() { return *run_; }
  std::uint32_t WorkOrderAt(const std::string& path) const {
    const std::uint32_t t = TechnicalAt(path);
    const auto pieces = SplitAt(path, '/');
    const std::uint32_t end = order().work_order_end(t);
    for (std::uint32_t w = order().technical_orders[t].first_work_order; w < end; ++w) {
      if (pieces.size() < 3 || order().step(w).name() == pieces[2]) return w;
    }
    ADD_FAILURE() << "no work order " << path;
    return 0;
  }

 private:
  void Step(const std::string& step) {
    const std::size_t space = step.find(' ');
    const std::string verb = step.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : Trimmed(step.substr(space));
    if (run_ == nullptr) return Prepare(verb, rest);
    if (verb == "sent") return Sent(rest);
    if (verb == "order") return ExpectOrder(rest);
    if (verb == "is") return ExpectStates(rest);
    if (verb == "slices") return ExpectSlices(rest);
    ExpectNothingUnnamed();
    if (verb == "answer") return TakeAnswer(rest);
    if (verb == "wait") return run_->Wait(ParseDuration(rest).value());
    if (verb == "refused") {
      const Status status = Operate(rest);
      ASSERT_FALSE(status.has_value());
      EXPECT_EQ(status.error().code, ErrorCode::kConflict);
      return;
    }
    const Status status = Operate(verb);
    EXPECT_TRUE(status.has_value()) << status.error().message;
  }

  Status Operate(const std::string& verb) {
    if (verb == "resubmit") return run_->Resubmit();
    if (verb == "giveUp") return run_->GiveUp();
    if (verb == "cancel") return run_->Cancel(CancelVerb::kCancel);
    if (verb == "abort") return run_->Cancel(CancelVerb::kAbort);
    ADD_FAILURE() << "no such step: " << verb;
    return {};
  }

  void Prepare(const std::string& verb, const std::string& rest) {
    if (verb == "cartridge") return catalog_.Cartridge(rest);
    if (verb == "process") return catalog_.Process(rest);
    if (verb == "product") return catalog_.Product(rest);
    if (verb == "settings") return Settings(rest);
    ASSERT_EQ(verb, "order");
    for (const std::string& text : SplitAt(rest, ';')) {
      NameAfter read = ReadNameAfter(text);
      const auto id_and_product = SplitAt(read.name, '=');
      ProductOrderRequest& product_order = request_.product_orders.emplace_back();
      product_order.id = id_and_product.front();
      product_order.product = id_and_product.back();
      product_order.depends_on = std::move(read.after);
      catalog_.NeedProduct(product_order.product);
    }
    Begin();
  }

  void Settings(const std::string& rest) {
    for (const std::string& word : SplitAt(rest, ' ')) {
      if (word == "stopAll") {
        request_.stop_all = true;
      } else if (word == "sequentialSequencing") {
        request_.sequential = true;
      } else if (word == "replayableSOToRetryPort=false") {
        request_.replayable_so_to_retry_port = false;
      } else if (word == "skipFailedWO=false") {
        request_.skip_failed_wo = false;
      } else if (word.starts_with("start=")) {
        request_.requested_start = word == "start=past"
                                       ? kRunStart - 1
                                       : kRunStart + ParseDuration(word.substr(6)).value();
      } else if (word == "DependencyTree") {
        request_.dataset.Add("pop::EXECUTION_POLICY", "\"Dependency Tree\"");
      } else {
        FAIL() << word;
      }
    }
  }

  void Begin() {
    const auto catalog = catalog_.Make();
    const auto plan = MakePlan(request_, *catalog);
    ASSERT_TRUE(plan.has_value()) << plan.error().front().detail;
    run_ = std::make_unique<OrderRun>(catalog, *plan);
    EXPECT_EQ(order().state, OrderState::kNew);
    run_->after_event = [this](const OrderEvent&) {
      const auto copy =
          OrderFromSnapshot(OrderSnapshotBytes(order()), CatalogOf(order()), PartsOf(order()));
      ASSERT_TRUE(copy.has_value()) << copy.error().message;
      EXPECT_EQ(DumpWhole(**copy), DumpWhole(order()));
    };
    run_->Settle();
  }

  void Sent(const std::string& rest) {
    std::vector<std::string> wanted;
    if (rest != "nothing") {
      for (const std::string& path : SplitAt(rest, ','))
        wanted.push_back(FullName(WorkOrderAt(path)));
    }
    EXPECT_EQ(SentNames(), wanted);
  }

  std::vector<std::string> SentNames() {
    std::vector<std::string> names;
    for (const std::uint32_t w : run_->TakeSent()) names.push_back(FullName(w));
    return names;
  }

  void ExpectNothingUnnamed() {
    if (run_ == nullptr) return;
    EXPECT_EQ(SentNames(), std::vector<std::string>()) << "sent, not expected";
  }

  void TakeAnswer(const std::string& rest) {
    const std::size_t colon = rest.find(':');
    const std::string effect = colon == std::string::npos ? "" : Trimmed(rest.substr(colon + 1));
    const auto words = SplitAt(rest.substr(0, colon), ' ');
    ASSERT_GE(words.size(), 2U);
    const auto outcome = ParseOutcome(words[1]);
    if (!outcome) FAIL() << "not an outcome: " << words[1];
    Answer answer;
    answer.work_order = WorkOrderAt(words[0]);
    answer.outcome = *outcome;
    answer.detail = "said " + words[1];
    answer.run = order().work_orders[answer.work_order].run;
    answer.attempt = order().work_orders[answer.work_order].attempt;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const auto pair = SplitAt(words[i], '=');
      (pair.at(0) == "run" ? answer.run : answer.attempt) =
          static_cast<std::uint32_t>(std::stoul(pair.at(1)));
    }
    const std::uint32_t ignored = order().ignored_answers;
    const std::uint64_t version = order().version;
    const bool trace = run_->TakeAnswer(std::move(answer));
    EXPECT_EQ(trace, effect != "no trace");
    EXPECT_EQ(order().ignored_answers, ignored + (effect == "history" ? 1U : 0U));
    if (effect == "history") {
      EXPECT_EQ(order().version, version + 1);
    }
    if (effect == "no trace") {
      EXPECT_EQ(order().version, version);
    }
  }

  void ExpectOrder(const std::string& rest) {
    const auto words = SplitAt(rest, ' ');
    EXPECT_EQ(Name(order().state), words.at(0));
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto pair = SplitAt(words[i], '=');
      if (pair.at(0) == "port") {
        EXPECT_EQ(Name(order().port), pair.at(1));
      } else if (pair.at(0) == "run") {
        EXPECT_EQ(std::to_string(order().run), pair.at(1));
      } else {
        FAIL() << words[i];
      }
    }
    if (order().state == OrderState::kHeld || IsFinal(order().state)) {
      EXPECT_EQ(order().active, 0U);
    }
    EXPECT_EQ(order().ended_at != 0, IsFinal(order().state));
  }

  void ExpectStates(const std::string& rest) {
    const auto words = SplitAt(rest, ' ');
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto depth = SplitAt(words[i], '/').size();
      std::string_view state = depth == 1 ? Name(order().product_orders[ProductAt(words[i])].state)
                               : depth == 2
                                   ? Name(order().technical_orders[TechnicalAt(words[i])].state)
                                   : Name(order().work_orders[WorkOrderAt(words[i])].state);
      EXPECT_EQ(state, words[0]) << words[i];
    }
  }

  void ExpectSlices(const std::string& rest) {
    std::string actual;
    for (std::uint32_t slice = 0; slice < order().slice_count(); ++slice) {
      actual += slice == 0 ? "{" : " {";
      const std::uint32_t from = order().slices.starts[slice];
      for (std::uint32_t i = from; i < order().slices.starts[slice + 1]; ++i) {
        if (i > from) actual += ", ";
        actual += ShortName(order().slices.members[i]);
      }
      actual += "}";
    }
    EXPECT_EQ(actual, rest);
  }

  std::uint32_t ProductAt(const std::string& path) const {
    const std::string id = SplitAt(path, '/').front();
    for (std::uint32_t p = 0; p < order().product_orders.size(); ++p) {
      if (order().product_orders[p].plan->id() == id) return p;
    }
    ADD_FAILURE() << "no product order " << id;
    return 0;
  }

  std::uint32_t TechnicalAt(const std::string& path) const {
    const std::uint32_t p = ProductAt(path);
    const auto pieces = SplitAt(path, '/');
    for (std::uint32_t t = order().product_orders[p].first_technical_order;
         t < order().technical_order_end(p); ++t) {
      if (pieces.size() < 2 || TechnicalName(t) == pieces[1]) return t;
    }
    ADD_FAILURE() << "no technical product order " << path;
    return 0;
  }

  const std::string& TechnicalName(std::uint32_t t) const {
    return order().catalog->technical(order().technical_orders[t].plan->definition()).name();
  }

  // "A" when the product order has no other, else "A/P".
  std::string ShortName(std::uint32_t t) const {
    const std::uint32_t p = order().technical_orders[t].plan->product_order();
    const std::string& id = order().product_orders[p].plan->id();
    const bool only =
        order().technical_order_end(p) - order().product_orders[p].first_technical_order == 1;
    return only ? id : id + "/" + TechnicalName(t);
  }

  std::string FullName(std::uint32_t w) const {
    const std::uint32_t t = order().work_orders[w].technical_order;
    const std::uint32_t p = order().technical_orders[t].plan->product_order();
    return order().product_orders[p].plan->id() + "/" + TechnicalName(t) + "/" +
           order().step(w).name();
  }

  CatalogSketch catalog_;
  OrderRequest request_;
  std::unique_ptr<OrderRun> run_;
};

inline void RunScenario(const std::string& text) { Scenario().Run(text); }

}  // namespace cairn::testing

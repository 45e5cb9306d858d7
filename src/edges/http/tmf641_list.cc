#include "edges/http/tmf641_list.h"

#include "edges/http/problem.h"
#include "edges/http/tmf641_render.h"

#include <algorithm>
#include <atomic>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;
constexpr std::size_t kFetchMax = 50;      // details in memory at once
constexpr std::size_t kRefineMax = 1'000;  // Failed orders whose details are read to filter them

using Snapshot = std::shared_ptr<const OrderSnapshot>;
using Snapshots = std::vector<Snapshot>;  // null: the order is gone

// One listing under way. Its steps run on the worker, one after the other:
// scan the node's list -> tell `partial` from `failed` where asked -> render the page.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Service& service, ExchangePtr exchange, TmfListQuery query)
      : service_(service), exchange_(std::move(exchange)), query_(std::move(query)) {
    for (const std::string& state : query_.states) {
      for (const OrderState native : NativeStates(state)) wanted_.push_back(native);
    }
    const auto asked = [this](std::string_view word) {
      return std::find(query_.states.begin(), query_.states.end(), word) != query_.states.end();
    };
    refine_ = asked("partial") != asked("failed");
    cursor_.external_id = query_.external_id;
    cursor_.limit = kListLimitMax;
    if (wanted_.size() == 1) cursor_.state = wanted_.front();
  }

  void Scan() {
    if (exchange_->abandoned()) return;
    if (!query_.states.empty() && wanted_.empty()) return RenderPage();
    service_.ListOrders(cursor_, [self = shared_from_this()](Result<OrderList> list) {
      self->exchange_->RunOnWorker([self, list = std::move(list)] { self->Scanned(list); });
    });
  }

 private:
  void Scanned(const Result<OrderList>& list) {
    if (!list) return exchange_->Respond(ErrorResponse(kStyle, list.error()));
    scanned_ += list->items.size();
    for (const OrderSummary& summary : list->items) {
      if (!query_.states.empty() &&
          std::find(wanted_.begin(), wanted_.end(), summary.state) == wanted_.end()) {
        continue;
      }
      found_.push_back({summary.id, summary.state});
    }
    cursor_.before = list->next;
    if (!list->next.valid()) return Refine(0);
    if (scanned_ < kTmfScanMax) return Scan();
    total_known_ = false;
    Refine(0);
  }

  // Takes out the Failed orders that are not the kind of failed that was asked for.
  void Refine(std::size_t from) {
    if (!refine_) return RenderPage();
    if (from == 0) {
      std::size_t failed = 0;
      const auto past = std::find_if(found_.begin(), found_.end(), [&failed](const Found& order) {
        return order.state == OrderState::kFailed && ++failed > kRefineMax;
      });
      if (past != found_.end()) total_known_ = false;
      found_.erase(past, found_.end());
    }
    std::vector<std::size_t> indexes;
    while (from < found_.size() && indexes.size() < kFetchMax) {
      if (found_[from].state == OrderState::kFailed) indexes.push_back(from);
      ++from;
    }
    if (indexes.empty()) {
      std::erase_if(found_, [](const Found& order) { return order.other; });
      return RenderPage();
    }
    Fetch(indexes, [from, indexes](Listing& self, const Snapshots& snapshots) {
      for (std::size_t i = 0; i < indexes.size(); ++i) {
        const auto& states = self.query_.states;
        self.found_[indexes[i]].other =
            snapshots[i] == nullptr ||
            std::find(states.begin(), states.end(), TmfOrderState(snapshots[i]->View())) ==
                states.end();
      }
      self.Refine(from);
    });
  }

  void RenderPage() {
    page_end_ = std::min(found_.size(), query_.offset + query_.limit);
    body_ = "[";
    RenderFrom(std::min(query_.offset, page_end_));
  }

  void RenderFrom(std::size_t from) {
    if (exchange_->abandoned()) return;
    if (from >= page_end_ || body_.size() > kTmfPageBytesMax) return Finish();
    std::vector<std::size_t> indexes;
    while (from < page_end_ && indexes.size() < kFetchMax) indexes.push_back(from++);
    Fetch(indexes, [from](Listing& self, const Snapshots& snapshots) {
      for (const Snapshot& snapshot : snapshots) {
        if (self.body_.size() > kTmfPageBytesMax) break;
        if (snapshot == nullptr) continue;
        if (self.count_++ > 0) self.body_.push_back(',');
        self.body_ += RenderTmf641Order(snapshot->View(), self.query_.fields);
      }
      self.RenderFrom(from);
    });
  }

  void Finish() {
    body_ += "]";
    HttpResponse response;
    response.content_type = kTypeTmfJson;
    response.headers.emplace_back("X-Result-Count", std::to_string(count_));
    if (total_known_) {
      response.headers.emplace_back("X-Total-Count", std::to_string(found_.size()));
    }
    response.body = std::move(body_);
    exchange_->Respond(std::move(response));
  }

  // Reads the details of these found orders, all at once, and goes on with them on the worker.
  template <typename Then>
  void Fetch(const std::vector<std::size_t>& indexes, Then then) {
    struct Gathering {
      Snapshots snapshots;
      std::atomic<std::size_t> missing = 0;
    };
    const auto gathering = std::make_shared<Gathering>();
    gathering->snapshots.resize(indexes.size());
    gathering->missing = indexes.size();
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      service_.GetOrder(found_[indexes[i]].id,
                        [self = shared_from_this(), gathering, i, then](Result<Snapshot> snapshot) {
                          if (snapshot) gathering->snapshots[i] = std::move(*snapshot);
                          if (gathering->missing.fetch_sub(1) > 1) return;
                          self->exchange_->RunOnWorker(
                              [self, gathering, then] { then(*self, gathering->snapshots); });
                        });
    }
  }

  struct Found {
    OrderId id;
    OrderState state;
    bool other = false;  // of another TMF state than asked for
  };

  Service& service_;
  ExchangePtr exchange_;
  TmfListQuery query_;
  std::vector<OrderState> wanted_;
  bool refine_ = false;
  OrderQuery cursor_;
  std::size_t scanned_ = 0;
  bool total_known_ = true;
  std::vector<Found> found_;
  std::size_t page_end_ = 0;
  std::size_t count_ = 0;
  std::string body_;
};

}  // namespace

void ListTmf641Orders(Service& service, const ExchangePtr& exchange, TmfListQuery query) {
  std::make_shared<Listing>(service, exchange, std::move(query))->Scan();
}

}  // namespace cairn::http

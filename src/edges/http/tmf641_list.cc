#include "edges/http/tmf641_list.h"

#include "edges/http/problem.h"
#include "edges/http/tmf641_gather.h"
#include "edges/http/tmf641_render.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;
constexpr std::size_t kFetchMax = 50;  // details in memory at once

// One listing under way. Its steps run on the worker, one after the other:
// scan the node's list -> read details where its rows do not tell enough -> sort -> render the
// page.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Service& service, ExchangePtr exchange, TmfListQuery query)
      : service_(service),
        exchange_(std::move(exchange)),
        query_(std::move(query)),
        cursor_(WiderQuery(query_)) {}

  void Start() {
    const auto by_id = std::find_if(query_.conditions.begin(), query_.conditions.end(),
                                    [](const TmfCondition& condition) {
                                      return condition.attribute().name() == "id" &&
                                             condition.op() == TmfCondition::Operator::kEq;
                                    });
    if (by_id == query_.conditions.end()) return Scan();
    for (const std::string& text : by_id->alternatives()) {
      const auto id = ParseId<OrderTag>(text);
      if (id && id->valid()) found_.push_back({*id, {}, true});
    }
    const auto newer = [](const Found& a, const Found& b) { return a.id > b.id; };
    std::sort(found_.begin(), found_.end(), newer);
    const auto same = [](const Found& a, const Found& b) { return a.id == b.id; };
    found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
    Refine(0);
  }

 private:
  struct Found {
    OrderId id;
    TmfSortValues keys;
    bool unsure = false;  // its details say whether it is wanted, and the keys
    bool other = false;   // it is not wanted
  };

  bool newest_first() const { return query_.sort.empty(); }
  std::size_t wanted() const { return query_.offset + query_.limit; }

  void Scan() {
    if (exchange_->abandoned()) return;
    service_.ListOrders(cursor_, [self = shared_from_this()](Result<OrderList> list) {
      self->exchange_->RunOnWorker([self, list = std::move(list)] { self->Scanned(list); });
    });
  }

  void Scanned(const Result<OrderList>& list) {
    if (!list) return exchange_->Respond(ErrorResponse(kStyle, list.error()));
    scanned_ += list->items.size();
    for (const OrderSummary& row : list->items) Take(row);
    cursor_.before = list->next;
    if (!list->next.valid()) return Refine(0);
    if (scanned_ < kTmfScanMax) return Scan();
    total_known_ = false;
    if (!newest_first()) return RefuseAsTooBroad(kTmfScanMax);
    Refine(0);
  }

  void Take(const OrderSummary& row) {
    const RowVerdict verdict = JudgeRow(query_, row);
    if (verdict == RowVerdict::kNo) return;
    Found found{row.id, {}, verdict == RowVerdict::kUnsure};
    for (const TmfSortKey& key : query_.sort) {
      auto values = ValuesOfRow(row, key.attribute);
      found.unsure = found.unsure || !values;
      found.keys.push_back(values ? std::move(*values) : std::vector<std::string>());
    }
    found_.push_back(std::move(found));
  }

  void RefuseAsTooBroad(std::size_t limit) {
    exchange_->Respond(ErrorResponse(
        kStyle, 400, "the list cannot be made",
        {{"", "too-broad",
          fmt::format("more than {} orders would have to be looked at: narrow it by state, "
                      "externalId, orderDate.gte or orderDate.lt",
                      limit)}}));
  }

  // Reads the details of those of which the rows did not tell enough, some at a time.
  void Refine(std::size_t from) {
    if (exchange_->abandoned()) return;
    std::vector<std::size_t> indexes;
    while (from < found_.size() && indexes.size() < kFetchMax) {
      if (found_[from].unsure) indexes.push_back(from);
      ++from;
    }
    if (indexes.empty()) return Refined();
    details_ += indexes.size();
    if (details_ > kTmfDetailsMax) {
      if (!newest_first()) return RefuseAsTooBroad(kTmfDetailsMax);
      total_known_ = false;
      found_.resize(indexes.front());
      return Refined();
    }
    Fetch(indexes, [from, indexes](Listing& self, const Snapshots& snapshots) {
      for (std::size_t i = 0; i < indexes.size(); ++i) {
        self.Judge(self.found_[indexes[i]], snapshots[i]);
      }
      self.Refine(from);
    });
  }

  void Judge(Found& found, const Snapshot& snapshot) const {
    found.other = true;
    if (snapshot == nullptr) return;
    const Json order = Tmf641OrderJson(snapshot->View());
    found.other = !Meets(query_, order);
    found.keys = SortValuesOf(query_, order);
  }

  void Refined() {
    std::erase_if(found_, [](const Found& order) { return order.other; });
    if (!total_known_ && found_.size() < wanted()) {
      return RefuseAsTooBroad(details_ > kTmfDetailsMax ? kTmfDetailsMax : kTmfScanMax);
    }
    std::stable_sort(found_.begin(), found_.end(), [this](const Found& a, const Found& b) {
      return SortsBefore(query_, a.keys, b.keys);
    });
    page_end_ = std::min(found_.size(), wanted());
    body_.assign(1, '[');
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
        if (snapshot != nullptr) self.Append(*snapshot);
      }
      self.RenderFrom(from);
    });
  }

  void Append(const OrderSnapshot& snapshot) {
    Json order = Tmf641OrderJson(snapshot.View());
    // It may have changed since its row was read.
    if (!Meets(query_, order)) return;
    ChooseFields(order, kTmfServiceOrder, query_.fields);
    if (count_++ > 0) body_.push_back(',');
    order.SerializeTo(body_);
  }

  void Finish() {
    body_ += "]";
    exchange_->Respond(
        TmfPage(std::move(body_), count_,
                total_known_ ? std::optional<std::size_t>(found_.size()) : std::nullopt));
  }

  template <typename Then>
  void Fetch(const std::vector<std::size_t>& indexes, Then then) {
    std::vector<OrderId> ids;
    for (const std::size_t index : indexes) ids.push_back(found_[index].id);
    GatherOrders(service_, exchange_, ids,
                 [self = shared_from_this(), then = std::move(then)](const Snapshots& snapshots) {
                   then(*self, snapshots);
                 });
  }

  Service& service_;
  ExchangePtr exchange_;
  TmfListQuery query_;
  OrderQuery cursor_;
  std::size_t scanned_ = 0;
  std::size_t details_ = 0;
  bool total_known_ = true;
  std::vector<Found> found_;
  std::size_t page_end_ = 0;
  std::size_t count_ = 0;
  std::string body_;
};

}  // namespace

HttpResponse TmfPage(std::string body, std::size_t count, std::optional<std::size_t> total) {
  HttpResponse response;
  response.status = total == count ? 200 : 206;
  response.content_type = kTypeTmfJson;
  response.headers.emplace_back("X-Result-Count", std::to_string(count));
  if (total) response.headers.emplace_back("X-Total-Count", std::to_string(*total));
  response.body = std::move(body);
  return response;
}

void ListTmf641Orders(Service& service, const ExchangePtr& exchange, TmfListQuery query) {
  std::make_shared<Listing>(service, exchange, std::move(query))->Start();
}

}  // namespace cairn::http

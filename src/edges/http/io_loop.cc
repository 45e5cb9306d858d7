#include "edges/http/io_loop.h"

#include "edges/http/http_connection.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace cairn::http {
namespace {

constexpr Nanos kSweepMin = 5 * kMillisecond;
constexpr Nanos kSweepMax = kSecond;

// Often enough for the shortest limit, and so no timer is set for each request.
Nanos SweepInterval(const HttpServerOptions& options) {
  const Nanos shortest = std::min({options.header_timeout, options.idle_timeout,
                                   options.body_progress_timeout, options.linger});
  return std::clamp(shortest / 8, kSweepMin, kSweepMax);
}

}  // namespace

bool BodyBudget::TryTake(std::size_t bytes) {
  std::size_t used = used_.load();
  do {
    if (bytes > bytes_max_ || used > bytes_max_ - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

BodyLease& BodyLease::operator=(BodyLease&& other) noexcept {
  Release();
  budget_ = std::move(other.budget_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

bool BodyLease::RaiseTo(std::size_t bytes) {
  if (bytes <= bytes_) return true;
  if (!budget_->TryTake(bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

void BodyLease::RaiseAnyway(std::size_t bytes) {
  if (bytes <= bytes_) return;
  budget_->TakeAnyway(bytes - bytes_);
  bytes_ = bytes;
}

void BodyLease::Release() {
  if (bytes_ > 0) budget_->Give(bytes_);
  bytes_ = 0;
}

void Mailbox::Post(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (!wake_) return;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) wake_();
}

std::vector<Mailbox::Letter> Mailbox::TakeAll() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

void Mailbox::Close() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
  letters_.clear();
}

void ServerShared::AddConnection() { connections_.fetch_add(1); }

void ServerShared::RemoveConnection() {
  if (connections_.fetch_sub(1) > 1) return;
  const std::lock_guard lock(mutex_);
  none_.notify_all();
}

bool ServerShared::WaitUntilNoConnection(Nanos span) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, std::chrono::nanoseconds(span),
                        [this] { return connections_.load() == 0; });
}

IoLoop::IoLoop(ServerShared& shared) : shared_(shared) {
  mailbox_ = std::make_shared<Mailbox>([this] { boost::asio::post(io_, [this] { Deliver(); }); });
}

IoLoop::~IoLoop() { Close(); }

void IoLoop::Run() {
  ArmSweep();
  thread_ = std::thread([this] {
    const auto work = boost::asio::make_work_guard(io_);
    io_.run();
  });
}

void IoLoop::Close() {
  mailbox_->Close();
  io_.stop();
  if (thread_.joinable()) thread_.join();
  const auto connections = std::exchange(connections_, {});
  for (const auto& [key, connection] : connections) connection->Abort();
}

void IoLoop::Add(const std::shared_ptr<Connection>& connection) {
  connections_.emplace(connection.get(), connection);
}

void IoLoop::Remove(Connection* connection) { connections_.erase(connection); }

void IoLoop::BeginStop() {
  stopping_ = true;
  // A connection that ends leaves the map, so this goes over a copy.
  const auto connections = connections_;
  for (const auto& [key, connection] : connections) connection->OnServerStops();
}

Nanos IoLoop::now() const { return std::chrono::steady_clock::now().time_since_epoch().count(); }

const std::string& IoLoop::DateHeader() {
  const std::time_t second = std::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    std::tm utc{};
    gmtime_r(&second, &utc);
    char text[64];
    const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text, size);
  }
  return date_;
}

void IoLoop::Deliver() {
  for (Mailbox::Letter& letter : mailbox_->TakeAll()) {
    const auto connection = letter.connection.lock();
    if (connection == nullptr) continue;
    using Kind = Mailbox::Letter::Kind;
    switch (letter.kind) {
      case Kind::kAnswer: connection->OnAnswer(letter.serial, std::move(letter.response)); break;
      case Kind::kWait: connection->OnWait(letter.serial, std::move(letter.response)); break;
      case Kind::kStream: connection->OnStream(letter.serial, std::move(letter.response)); break;
      case Kind::kPart:
        connection->OnPart(letter.serial, std::move(letter.response.body), std::move(letter.sent));
        break;
      case Kind::kStreamEnd: connection->OnStreamEnd(letter.serial); break;
    }
  }
}

void IoLoop::ArmSweep() {
  sweep_.expires_after(std::chrono::nanoseconds(SweepInterval(shared_.options)));
  sweep_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    Sweep();
    ArmSweep();
  });
}

void IoLoop::Sweep() {
  const Nanos now_ns = now();
  std::vector<std::shared_ptr<Connection>> late;
  for (const auto& [key, connection] : connections_) {
    if (connection->deadline() < now_ns) late.push_back(connection);
  }
  for (const auto& connection : late) connection->OnDeadline();
}

}  // namespace cairn::http

// IoLoop: one I/O thread of the server, and the connections that live on it. What belongs to a
// connection is only ever touched on its loop's thread; other threads reach it through the Mailbox.
#pragma once

#include "edges/http/http_server.h"
#include "edges/http/order_routes.h"
#include "edges/http/router.h"
#include "edges/http/worker_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace cairn::http {

class Connection;

// What all bodies in memory may take. Shared with exchanges, which may outlive the server.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  bool TryTake(std::size_t bytes);
  void TakeAnyway(std::size_t bytes) { used_.fetch_add(bytes); }  // also past the limit
  std::size_t bytes_max() const { return bytes_max_; }
  void Give(std::size_t bytes) { used_.fetch_sub(bytes); }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> used_ = 0;
};

// A part of the budget; given back when it ends.
class BodyLease {
 public:
  BodyLease() = default;
  explicit BodyLease(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  BodyLease(BodyLease&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyLease& operator=(BodyLease&& other) noexcept;
  ~BodyLease() { Release(); }

  bool held() const { return bytes_ > 0; }
  // Raises the lease to `bytes`. False when the budget has no room: nothing changes.
  bool RaiseTo(std::size_t bytes);
  void RaiseAnyway(std::size_t bytes);  // also past the budget
  void Release();

 private:
  std::shared_ptr<BodyBudget> budget_;
  std::size_t bytes_ = 0;
};

// Carries answers from any thread to a loop. Many that come close together cost one wake-up.
class Mailbox {
 public:
  struct Letter {
    enum class Kind { kAnswer, kWait, kStream, kPart, kStreamEnd };
    Kind kind = Kind::kAnswer;
    std::weak_ptr<Connection> connection;
    std::uint64_t serial = 0;  // of the connection's request
    HttpResponse response;
    std::function<void()> sent;  // of kPart
  };

  // `wake` is called, on the posting thread, when the box is no longer empty.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Post(Letter letter);       // any thread; dropped once closed
  std::vector<Letter> TakeAll();  // the loop's thread
  void Close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;  // null: closed
  std::vector<Letter> letters_;
};

// What the loops and connections of one server share.
struct ServerShared {
  HttpServerOptions options;
  Router router;
  std::shared_ptr<WorkerPool> workers;
  std::shared_ptr<BodyBudget> bodies;
  std::shared_ptr<WaitCount> waits;

  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> connections_refused = 0;

  // Connections of all loops; the condition is signalled when there are none left.
  void AddConnection();
  void RemoveConnection();
  std::size_t connections() const { return connections_.load(); }
  bool WaitUntilNoConnection(Nanos span);

 private:
  std::atomic<std::size_t> connections_ = 0;
  std::mutex mutex_;
  std::condition_variable none_;
};

class IoLoop {
 public:
  explicit IoLoop(ServerShared& shared);
  ~IoLoop();

  void Run();  // starts the thread
  // Ends the thread and all connections. REQUIRES: on another thread.
  void Close();

  boost::asio::io_context& io() { return io_; }
  ServerShared& shared() { return shared_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

  // On the loop's thread only.
  void Add(const std::shared_ptr<Connection>& connection);
  void Remove(Connection* connection);
  void BeginStop();
  bool stopping() const { return stopping_; }
  Nanos now() const;                // monotonic
  const std::string& DateHeader();  // for the Date header, of this second

 private:
  void Deliver();
  void ArmSweep();
  void Sweep();

  ServerShared& shared_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer sweep_{io_};
  std::shared_ptr<Mailbox> mailbox_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  bool stopping_ = false;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::thread thread_;
};

}  // namespace cairn::http

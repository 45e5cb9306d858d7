#include "edges/http/worker_pool.h"

#include "base/check.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <mutex>

namespace cairn::http {

struct WorkerPool::State {
  std::mutex mutex;
  std::unique_ptr<boost::asio::thread_pool> pool;  // null: closed
};

WorkerPool::WorkerPool(unsigned threads) : state_(std::make_unique<State>()) {
  state_->pool = std::make_unique<boost::asio::thread_pool>(threads);
}

WorkerPool::~WorkerPool() { CHECK(state_->pool == nullptr); }

void WorkerPool::Post(std::function<void()> work) {
  const std::lock_guard lock(state_->mutex);
  if (state_->pool != nullptr) boost::asio::post(*state_->pool, std::move(work));
}

void WorkerPool::Close() {
  std::unique_ptr<boost::asio::thread_pool> pool;
  {
    const std::lock_guard lock(state_->mutex);
    pool = std::move(state_->pool);
  }
  if (pool == nullptr) return;
  pool->stop();
  pool->join();
  // Work that never ran may hold the last reference to things that hold this pool: it goes here,
  // outside of the lock.
  pool.reset();
}

}  // namespace cairn::http

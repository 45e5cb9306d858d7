// Answers without an end: the head, and then part by part whatever comes.
#include "edges/http/http_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace cairn::http {

using boost::system::error_code;

// Its end is the connection's: nobody knows how long it will be.
void Connection::OnStream(std::uint64_t serial, HttpResponse response) {
  if (phase_ != Phase::kHandling || serial != serial_) return;
  if (loop_.stopping()) return Close();
  phase_ = Phase::kStreaming;
  close_after_ = true;
  is_endless_ = true;
  WriteHead(response);
  head_ += response.body;
  body_ = std::move(head_);
  head_.clear();
  WatchForHangUp();
  WritePart({});
}

void Connection::OnPart(std::uint64_t serial, std::string part, std::function<void()> sent) {
  if (phase_ != Phase::kStreaming || serial != serial_) return;
  if (part_under_way_) {
    // The head may still be on its way when the first part comes.
    next_part_ += part;
    next_sent_ = std::move(sent);
    return;
  }
  body_ = std::move(part);
  WritePart(std::move(sent));
}

void Connection::OnStreamEnd(std::uint64_t serial) {
  if (phase_ != Phase::kStreaming || serial != serial_) return;
  ends_after_part_ = true;
  if (!part_under_way_) Close();
}

// A client that takes nothing for too long is cut off; it can resume.
void Connection::WritePart(std::function<void()> sent) {
  part_under_way_ = true;
  const auto rate = static_cast<Nanos>(options().transfer_bytes_per_s_min);
  deadline_ =
      loop_.now() + options().transfer_base + static_cast<Nanos>(body_.size()) / rate * kSecond;
  boost::asio::async_write(
      socket_, boost::asio::buffer(body_),
      [self = shared_from_this(), sent = std::move(sent)](const error_code& ec, std::size_t) {
        if (self->phase_ != Phase::kStreaming) return;
        if (ec) return self->Close();
        self->part_under_way_ = false;
        self->deadline_ = kNever;
        if (sent) sent();
        if (!self->next_part_.empty() || self->next_sent_) {
          self->body_ = std::exchange(self->next_part_, {});
          return self->WritePart(std::exchange(self->next_sent_, nullptr));
        }
        if (self->ends_after_part_) self->Close();
      });
}

}  // namespace cairn::http

// TestClient: a blocking HTTP client on a plain socket, for tests that must say exactly which bytes
// go over the wire and when.
#pragma once

#include "base/json.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cairn::http {

struct TestResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  Json json() const { return ParseJson(body).value_or(Json()); }
  // The text of a member of the body; empty when there is none.
  std::string Text(std::string_view key) const {
    const Json tree = json();
    const Json* member = tree.Find(key);
    return member == nullptr || member->is_null() ? "" : member->text();
  }
};

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    // A test that waits this long has failed; the limit keeps it from hanging.
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~TestClient() { Close(); }
  TestClient(TestClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        buffer_(std::move(other.buffer_)) {}
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // No more bytes will come from here, but the answer is still awaited.
  void EndSending() { ::shutdown(fd_, SHUT_WR); }
  // Closes so that the peer sees a reset.
  void Reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    Close();
  }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool Send(std::string_view method, std::string_view target, std::string_view body = {},
            std::string_view headers = {}) {
    return Send(Request(method, target, body, headers));
  }
  static std::string Request(std::string_view method, std::string_view target,
                             std::string_view body = {}, std::string_view headers = {}) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n{}", method, target, headers);
    if (!body.empty() || method == "POST") {
      text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    }
    return fmt::format("{}\r\n{}", text, body);
  }

  // The next answer; nothing when the connection ends before a whole one has come.
  std::optional<TestResponse> Read(bool is_head = false) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) return std::nullopt;
    }
    TestResponse response = ParseHead(std::string_view(buffer_).substr(0, end + 2));
    buffer_.erase(0, end + 4);
    const std::string length = response.Header("content-length");
    const std::size_t bytes = is_head || length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < bytes) {
      if (!Receive()) return std::nullopt;
    }
    response.body = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return response;
  }
  TestResponse Ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view headers = {}) {
    if (!Send(method, target, body, headers)) return {};
    return Read(method == "HEAD").value_or(TestResponse());
  }
  // Of an answer without an end: up to and with `last`, or what came until the end.
  std::string ReadUntil(std::string_view last) {
    std::size_t at = 0;
    while ((at = buffer_.find(last)) == std::string::npos) {
      if (!Receive()) return std::exchange(buffer_, {});
    }
    std::string text = buffer_.substr(0, at + last.size());
    buffer_.erase(0, at + last.size());
    return text;
  }
  // Reads on until the server closes. False when it does not.
  bool ReadToEnd() {
    while (Receive()) buffer_.clear();
    return errno != EAGAIN;
  }
  // True when the server has closed and nothing more is to be read.
  bool AtEnd() {
    if (!buffer_.empty()) return false;
    char byte = 0;
    const ssize_t n = ::recv(fd_, &byte, 1, 0);
    return n == 0 || (n < 0 && errno != EAGAIN);
  }

 private:
  bool Receive() {
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n == 0) errno = 0;
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  static TestResponse ParseHead(std::string_view head) {
    TestResponse response;
    response.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const std::size_t colon = line.find(": ");
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      response.headers[name] = line.substr(colon + 2);
    }
    return response;
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace cairn::http

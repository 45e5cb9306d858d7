// CommandLineTest: runs command lines with surroundings of its own, in which time passes only in
// sleeps, mostly against a FakeNode.
#pragma once

#include "edges/cli/command_line.h"
#include "edges/cli/fake_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace cairn::cli {

using Answer = FakeNode::Answer;
using Request = FakeNode::Request;

struct Outcome {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};

class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn_cli_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    now_ = ParseTime("2026-01-01T00:00:00Z").value();
    file_ = File("order.json", R"({"productOrders": []})");
  }
  ~CommandLineTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // Time passes only in sleeps, so that no test waits.
  Outcome Run(std::vector<std::string> arguments) {
    std::istringstream in(input_);
    std::ostringstream out;
    std::ostringstream err;
    CommandLine line(Surroundings{&in, Terminal::Fixed(out, size_, false),
                                  Terminal::Fixed(err, std::nullopt, false),
                                  [this] { return now_; },
                                  [this](Nanos span) {
                                    slept_.push_back(span);
                                    now_ += span;
                                    if (on_sleep_) on_sleep_();
                                  },
                                  [] { return std::string("key-1"); }, api_key_, &interrupted_});
    Outcome outcome;
    outcome.code = line.Run(std::move(arguments));
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  std::filesystem::path folder_;
  std::string file_;
  std::string input_;
  std::string api_key_;
  std::optional<Terminal::Size> size_;
  Nanos now_ = 0;
  std::vector<Nanos> slept_;
  std::function<void()> on_sleep_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace cairn::cli

// JsonWriter: writes compact JSON text straight into a string. It puts the commas; the caller sees
// to it that what is opened is closed, and in the right order.
//
// Not thread-safe.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "model/fields.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::http {

class JsonWriter {
 public:
  JsonWriter& OpenObject() { return Open('{'); }
  JsonWriter& CloseObject() { return Close('}'); }
  JsonWriter& OpenArray() { return Open('['); }
  JsonWriter& CloseArray() { return Close(']'); }

  // REQUIRES: valid UTF-8, here and in all strings below.
  JsonWriter& Key(std::string_view key) {
    Comma();
    AppendJsonString(out_, key);
    out_.push_back(':');
    fresh_ = true;
    return *this;
  }
  JsonWriter& Text(std::string_view text) {
    Comma();
    AppendJsonString(out_, text);
    return *this;
  }
  JsonWriter& Number(std::int64_t number) { return Raw(std::to_string(number)); }
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Time(Nanos moment) { return Text(FormatTime(moment)); }
  // REQUIRES: one JSON value.
  JsonWriter& Raw(std::string_view json) {
    Comma();
    out_ += json;
    return *this;
  }
  JsonWriter& Object(const Fields& fields) {
    Comma();
    fields.AppendJsonObject(out_);
    return *this;
  }

  std::string Take() { return std::move(out_); }
  std::size_t size() const { return out_.size(); }

 private:
  JsonWriter& Open(char c) {
    Comma();
    out_.push_back(c);
    fresh_ = true;
    return *this;
  }
  JsonWriter& Close(char c) {
    out_.push_back(c);
    fresh_ = false;
    return *this;
  }
  void Comma() {
    if (!fresh_) out_.push_back(',');
    fresh_ = false;
  }

  std::string out_;
  bool fresh_ = true;
};

}  // namespace cairn::http

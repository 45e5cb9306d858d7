// The values that must not be shown: those of parameters that the catalog calls secret, wherever
// else they come to stand: in the input of a work order, in what a target answers, in a detail.
//
// A plain value; any thread.
#pragma once

#include "base/json.h"
#include "engine/orders/order.h"
#include "model/fields.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// Stands in place of a secret.
inline constexpr std::string_view kSecretText = "***";

// A shorter secret is only found where it is the whole of a value: everything would hold it.
inline constexpr std::size_t kSecretPartBytesMin = 4;

class SecretValues {
 public:
  SecretValues() = default;
  // Those of all product orders of the order.
  explicit SecretValues(const Order& order);

  // Adds what the product calls secret, with the values in `parameters` or else in `dataset`; both
  // are encoded Fields.
  void Add(const records::Product& product, std::string_view parameters, std::string_view dataset);

  // True when there is nothing to hide.
  bool empty() const { return names_.empty(); }

  // The same fields: one with the name of a secret is hidden whole, and the others lose what they
  // hold of one.
  Fields Hide(const Fields& fields) const;
  // The same text without the secrets in it.
  std::string Hide(std::string text) const;
  // The same value, each text and number in it hidden as above.
  Json Hide(Json value) const;
  // What is more than values of the order, such as a TMF document: characteristics with the name of
  // a secret lose their value, and texts what they hold of one. Numbers and short texts stay, which
  // may be ids and quantities.
  Json HideInDocument(Json value) const;

 private:
  std::string HideParts(std::string text) const;

  std::set<std::string, std::less<>> names_;
  std::vector<std::string> parts_;  // as they are, and as JSON writes them; the longest first
  std::set<std::string, std::less<>> wholes_;  // texts and numbers
};

}  // namespace cairn

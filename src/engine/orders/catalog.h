// Catalog: a stored catalog made ready for look-ups. Immutable and shared: every order holds the
// one that it was planned with.
//
// REQUIRES of its input: the records are sorted by name and consistent (catalog_check.h).
// Any thread.
#pragma once

#include "base/result.h"
#include "model/catalog.pb.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace cairn {

// What the engine has to do for a step before it can be sent or passed.
struct StepTraits {
  bool is_settled = false;  // its input or its effect is an event of its own
  bool has_script = false;  // and that needs a script
};

class Catalog {
 public:
  // Takes what CheckCatalog found nothing wrong with. The hash is that of its serialized form.
  static std::shared_ptr<const Catalog> Make(records::Catalog catalog);
  // From the bytes of a CatalogStored record. kCorrupt when they are no catalog.
  [[nodiscard]] static Result<std::shared_ptr<const Catalog>> Parse(std::string_view serialized);

  std::uint64_t hash() const { return hash_; }
  const std::string& serialized() const { return serialized_; }
  const records::Catalog& records() const { return records_; }

  const records::Product& product(std::uint32_t index) const {
    return records_.products(static_cast<int>(index));
  }
  const records::TechnicalProductOrder& technical(std::uint32_t index) const {
    return records_.technical_product_orders(static_cast<int>(index));
  }
  // REQUIRES: there is a rule of that name.
  const records::Rule& rule(std::string_view name) const;
  std::uint32_t step_count(std::uint32_t technical_index) const {
    return static_cast<std::uint32_t>(technical(technical_index).steps_size());
  }
  // The cartridge of one step of a technical product order. REQUIRES: the step is sent to one.
  const records::Cartridge& cartridge_of(std::uint32_t technical_index, std::uint32_t step) const;

  StepTraits traits(std::uint32_t technical_index, std::uint32_t step) const {
    return step_traits_[technical_index][step];
  }

  // Null when the parameter has no pattern.
  const re2::RE2* pattern_of(std::uint32_t product_index, int parameter) const {
    return patterns_[product_index][static_cast<std::size_t>(parameter)].get();
  }

  std::optional<std::uint32_t> FindProduct(std::string_view name) const;
  std::optional<std::uint32_t> FindTechnical(std::string_view name) const;
  // Null when the product does not have the action.
  static const records::ProductAction* FindAction(const records::Product& product,
                                                  records::Verb verb);

 private:
  Catalog(records::Catalog catalog, std::string serialized);

  records::Catalog records_;
  std::string serialized_;
  std::uint64_t hash_ = 0;
  std::vector<std::vector<std::shared_ptr<const re2::RE2>>> patterns_;  // by product, by parameter
  // By technical product order, by step.
  std::vector<std::vector<int>> step_cartridges_;  // -1: none
  std::vector<std::vector<StepTraits>> step_traits_;
};

// Whether the step is a call to a cartridge: a work order, or one that undoes another.
bool IsCall(const records::Step& step);

// "add"; empty for a number that is no verb.
std::string_view VerbName(std::uint32_t verb);
std::optional<records::Verb> ParseVerb(std::string_view name);

}  // namespace cairn

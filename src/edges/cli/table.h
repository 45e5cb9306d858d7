// Table: rows under titles, fitted to the width of the terminal. When a row is too long its widest
// columns are cut with an ellipsis, except those that must be whole (ids): a cut id is no id. When
// that is not enough, the columns that can be done without are left out, the last one first.
//
// A plain value owned by one thread.
#pragma once

#include "edges/cli/color.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn::cli {

class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  enum class Fit : std::uint8_t { kMayCut, kWhole, kWholeOrNot };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    Fit fit = Fit::kMayCut;
  };
  struct Cell {
    std::string text;  // is cleaned for the terminal
    Color color = Color::kPlain;
  };

  explicit Table(std::vector<Column> columns);

  void AddRow(std::vector<Cell> cells);  // REQUIRES: one cell for each column

  // Lines with a newline each; titles first. `columns_max` is the width of the terminal, 0: no
  // limit. Longer than that only when the whole columns alone are.
  std::string Render(std::size_t columns_max, bool color) const;

 private:
  // Of a column that is shown; nothing for one that is left out.
  using Width = std::optional<std::size_t>;

  std::vector<Width> Widths(std::size_t columns_max) const;
  std::string RenderRow(const std::vector<Cell>& cells, const std::vector<Width>& widths,
                        bool color) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace cairn::cli

#include "store/postgres/setups.h"

#include <string>

namespace authd::store {

namespace {

template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) values.push_back(value);
  return values;
}

}  // namespace

bool Setups::add(const core::OpenAccount& open, const core::Moment& moment,
                 const std::vector<core::Row>&) {
  opened_.push_back({open.account, moment.sequence, moment.at});
  return true;
}

bool Setups::add(const core::IssueCard& issue, const core::Moment&, const std::vector<core::Row>&) {
  cards_.push_back(issue.card);
  return true;
}

bool Setups::add(const core::ChangeAccount& change, const core::Moment&,
                 const std::vector<core::Row>&) {
  account_changes_.insert_or_assign(change.account, change);
  return true;
}

bool Setups::add(const core::ChangeCard& change, const core::Moment&,
                 const std::vector<core::Row>&) {
  card_changes_.insert_or_assign({change.program, change.card}, change);
  return true;
}

bool Setups::add(const core::SetControl& set, const core::Moment& moment,
                 const std::vector<core::Row>& rows) {
  for (const core::Row& row : rows) {
    const auto* const controls = std::get_if<core::ControlSet>(&row);
    if (controls == nullptr) continue;
    return controls_.changed(set, *controls, source(moment), definition_);
  }
  return false;
}

bool Setups::add(const core::RemoveControl& remove, const core::Moment& moment,
                 const std::vector<core::Row>&) {
  controls_.changed(remove, source(moment));
  return true;
}

core::Result<void, PgError> Setups::write(Connection& connection) {
  AUTHD_TRY_VOID(insert_accounts(connection, shard_, opened_));
  AUTHD_TRY_VOID(insert_cards(connection, cards_));
  AUTHD_TRY(accounts, change_accounts(connection, values_of(account_changes_)));
  AUTHD_TRY_VOID(expect_all(accounts, account_changes_.size(), "accounts"));
  AUTHD_TRY(cards, change_cards(connection, values_of(card_changes_)));
  AUTHD_TRY_VOID(expect_all(cards, card_changes_.size(), "cards"));
  return controls_.write(connection);
}

void Setups::clear() noexcept {
  opened_.clear();
  cards_.clear();
  account_changes_.clear();
  card_changes_.clear();
  controls_.clear();
}

}  // namespace authd::store

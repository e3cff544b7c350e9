#include "store/mirror/known.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "store/format/keys.h"

namespace authd::store {

namespace {

struct KeyBytes {
  std::string operator()(core::AccountId id) const { return std::string(account_key(id).view()); }
  std::string operator()(const CardKey& key) const {
    return std::string(card_key(key.program, key.token).view());
  }
  std::string operator()(const ControlKey& key) const {
    return std::string(controls_key(key.owner).view()) + std::to_string(key.control.value);
  }
  std::string operator()(CreditKey key) const { return "credit" + std::to_string(key.id); }
};

core::Account closed(core::Account account) noexcept {
  account.status = core::AccountStatus::closed;
  account.posted_minor = 0;  // what the state keeps itself is not given
  account.held_minor = 0;
  account.pending_credit_minor = 0;
  account.has_controls = false;
  return account;
}

core::Card closed(core::Card card) noexcept {
  card.status = core::CardStatus::closed;
  card.locked_to = {};
  card.has_controls = false;
  return card;
}

// What has to be closed: collected first, because the state must not be changed while it is looked
// through.
class Collected {
 public:
  explicit Collected(const std::function<bool(const MirroredKey&)>& is_gone) : is_gone_(is_gone) {}

  void add(const core::Row& row) {
    if (const auto* const account = std::get_if<core::Account>(&row)) add(*account);
    if (const auto* const card = std::get_if<core::Card>(&row)) add(*card);
    if (const auto* const set = std::get_if<core::ControlSet>(&row)) add(*set);
  }

  bool give_all(const std::function<bool(core::Command)>& give) const {
    const auto with = [&give](const auto& rows, auto command_of) {
      return std::all_of(rows.begin(), rows.end(),
                         [&](const auto& row) { return give(command_of(row)); });
    };
    return with(controls_,
                [](const ControlKey& key) {
                  return core::MirrorRemoval{key.owner, key.control};
                }) &&
           with(cards_, [](const core::Card& card) { return core::MirrorCard{closed(card)}; }) &&
           with(accounts_,
                [](const core::Account& account) { return core::MirrorAccount{closed(account)}; });
  }

 private:
  void add(const core::Account& account) {
    if (account.status == core::AccountStatus::closed) return;
    if (is_gone_(account.id)) accounts_.push_back(account);
  }
  void add(const core::Card& card) {
    if (card.status == core::CardStatus::closed) return;
    if (is_gone_(CardKey{card.program, card.token})) cards_.push_back(card);
  }
  void add(const core::ControlSet& set) {
    for (const core::Control& control : set.controls) {
      const ControlKey key{set.owner, control.id};
      if (is_gone_(key)) controls_.push_back(key);
    }
  }

  const std::function<bool(const MirroredKey&)>& is_gone_;
  std::vector<core::Account> accounts_;
  std::vector<core::Card> cards_;
  std::vector<ControlKey> controls_;
};

}  // namespace

void KeySet::insert(const MirroredKey& key) { hashes_.push_back(hash(key)); }

void KeySet::seal() { std::sort(hashes_.begin(), hashes_.end()); }

bool KeySet::contains(const MirroredKey& key) const {
  return std::binary_search(hashes_.begin(), hashes_.end(), hash(key));
}

KeySet::Hash KeySet::hash(const MirroredKey& key) {
  const std::string bytes = std::visit(KeyBytes{}, key);
  const std::hash<std::string_view> hash_of;
  return {hash_of(bytes), hash_of("\x01" + bytes)};
}

std::optional<Numbers> numbers_of(const KnownRows& known) {
  Numbers numbers;
  const bool all = known([&numbers](const core::Row& row) {
    if (const auto* const account = std::get_if<core::Account>(&row)) numbers.meet(account->id);
    if (const auto* const set = std::get_if<core::ControlSet>(&row)) {
      for (const core::Control& control : set->controls) numbers.meet(control.counter);
    }
  });
  if (!all) return std::nullopt;
  return numbers;
}

bool close_gone(const KnownRows& known, const std::function<bool(const MirroredKey&)>& is_gone,
                const std::function<bool(core::Command)>& give) {
  Collected collected(is_gone);
  if (!known([&collected](const core::Row& row) { collected.add(row); })) return false;
  return collected.give_all(give);
}

}  // namespace authd::store
